"""TapFrontcore: the settings and the streams."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import click
import pendulum
from singer_sdk import typing as th
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.frontcore.client import SAFE_URL, FrontcoreClient
from tap_frontcore.singer.privacy import KEEP, MODES
from tap_frontcore.singer.runs import SyncRunsStream
from tap_frontcore.singer.settings import is_future
from tap_frontcore.singer.singer_tap import SingerTap
from tap_frontcore.streams import STREAMS
from tap_frontcore.streams.base import FrontcoreStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Stream

START_DATE = (
    "In incremental mode: only rows changed or created since then. Default: all rows. "
    "Takes precedence over an earlier bookmark."
)
CUSTOMERS = "Applies to customers only."
TIMES = (  # name, title and description
    ("start_date", "Start Date", START_DATE),
    ("end_date", "End Date", "In incremental mode: only rows last changed before it."),
    ("created_at_min", "Created Since", f"Created at or after this time. {CUSTOMERS}"),
    ("created_at_max", "Created Before", f"Created before this time. {CUSTOMERS}"),
)
IN_QUOTES = "Quote it in YAML."  # Meltano parses an unquoted time, and drops its offset


class TapFrontcore(SingerTap):
    """Reads a Frontcore account: customers, courses and bookings."""

    name = "tap-frontcore"
    stream_classes = (*STREAMS, SyncRunsStream)
    removed_settings: ClassVar[dict[str, Any]] = {"page_size": 250}

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "api_key",
            th.StringType(pattern=r"^(?![\s\S]*\s)[!-~]+$"),
            required=True,
            secret=True,
            title="API Key",
            description="Key of the account, created in Frontcore under Settings > API.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default="https://api.frontcore.com/v2",
            title="API URL",
            description="Base URL of the API: https, or plain http on this machine only.",
        ),
        *(
            th.Property(name, th.DateTimeType, title=title, description=f"{text} {IN_QUOTES}")
            for name, title, text in TIMES
        ),
        th.Property(
            "since_id",
            th.IntegerType(minimum=0),
            title="Since ID",
            description=f"Only rows with a greater id. {CUSTOMERS}",
        ),
        th.Property(
            "include_employees",
            th.BooleanType,
            default=False,
            title="Include Employees",
            description="Also request the employees of companies, in the field `employees`.",
        ),
        th.Property(
            "max_parallel_requests",
            th.IntegerType(minimum=1, maximum=8),
            default=8,
            title="Parallel Requests",
            description="Maximum of concurrent requests; 1 sends them one after the other.",
        ),
        th.Property(
            "requests_per_second",
            th.NumberType(minimum=0.01, maximum=1000),  # type: ignore[arg-type]  # as JSON schema has it
            default=4,
            title="Requests per Second",
            description=(
                "Maximum of the whole tap. Frontcore allows 5 per account, for all integrations."
            ),
        ),
        th.Property(
            "request_timeout",
            th.NumberType(minimum=0.1, maximum=3600),  # type: ignore[arg-type]
            default=60,
            title="Request Timeout",
            description="Seconds to wait for a whole response; at most 10 for a connection.",
        ),
        th.Property(
            "max_retries",
            th.IntegerType(minimum=0, maximum=100),
            default=7,
            title="Retries",
            description="Retries per request. The default waits about two minutes in total.",
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0, maximum=31_536_000),
            default=60,
            title="Lookback",
            description="How far before its bookmark a run starts, for rows saved late.",
        ),
        th.Property(
            "timezone",
            th.StringType,
            default="Europe/Oslo",
            title="Time Zone",
            description="Time zone of Frontcore's filters, and of times without an offset.",
        ),
        th.Property(
            "personal_data",
            th.StringType,
            default=KEEP,
            allowed_values=[*MODES],
            title="Personal Data",
            description="Keep it; or leave it out: emails come as a `hash` to join by, or not.",
        ),
        th.Property(
            "personal_data_salt",
            th.StringType(min_length=16),
            secret=True,
            title="Salt of the Hashes",
            description="Random text for `hash`. Who knows it can guess emails from their hashes.",
        ),
        th.Property(
            "emit_activate_version_messages",
            th.BooleanType,
            default=False,
            title="Emit ACTIVATE_VERSION",
            description="After a whole FULL_TABLE run, let the target delete rows that are gone.",
        ),
        additional_properties=False,
    ).to_dict()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Add `--check` to the SDK's command."""
        command = super().get_singer_command()
        command.params.append(
            click.Option(
                ["--check"],
                is_flag=False,
                flag_value="table",
                type=click.Choice(["table", "json"]),
                help=(
                    "Find out whether the tap's promises hold with this account. Only reads, and "
                    "shows no values. Use --check=json for a bug report."
                ),
            )
        )
        return command

    @classmethod
    @override
    def invoke(cls, *, check: str | None = None, **kwargs: Any) -> None:
        if check is None or kwargs.get("about"):
            super().invoke(**kwargs)
            return
        from tap_frontcore.check import check_account  # noqa: PLC0415  # only needed here

        tap = cls.from_options(kwargs)
        streams = [it for it in tap.streams.values() if isinstance(it, FrontcoreStream)]
        wanted = [stream for stream in streams if stream.selected or not kwargs["catalog"]]
        tap.logger.info("Checking %s.", ", ".join(stream.name for stream in wanted))
        if not check_account(tap.client, wanted, click.echo, in_json=check == "json"):
            raise SystemExit(1)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [*(stream(self, self.client) for stream in STREAMS), SyncRunsStream(self)]

    @cached_property
    def client(self) -> FrontcoreClient:
        """The API client, which all streams share."""
        names = ("max_parallel_requests", "requests_per_second", "request_timeout", "max_retries")
        return FrontcoreClient(
            self.config.get("api_key", ""),  # discovery needs none
            api_url=self.config["api_url"],
            user_agent=f"{self.name}/{self.plugin_version}",
            logger=self.logger,
            **{name: self.config[name] for name in names},
        )

    @classmethod
    @override
    def config_errors(cls, config: Mapping[str, Any]) -> Iterator[str]:
        for lower, upper in (("start_date", "end_date"), ("created_at_min", "created_at_max")):
            if lower in config and is_future(config[lower]):
                yield f"The setting {lower} lies in the future, so no row would come."
            has_both = lower in config and upper in config
            if has_both and clock.parse(config[lower]) >= clock.parse(config[upper]):
                yield f"The setting {lower} must be a time before {upper}."
        if config["timezone"] not in pendulum.timezones():
            yield "The setting timezone must be a name of the tz database such as Europe/Oslo."
        if not SAFE_URL.fullmatch(config["api_url"]):
            yield (
                "The setting api_url must be a URL such as https://api.frontcore.com/v2, without "
                "user name and query; plain http is for this machine (localhost) only."
            )
