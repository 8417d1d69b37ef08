"""TapFrontcore: the settings, and the list of streams."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

import click
from singer_sdk import typing as th
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.frontcore.client import FrontcoreClient, is_safe_url
from tap_frontcore.singer.settings import is_future
from tap_frontcore.singer.tap import SingerTap
from tap_frontcore.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk import Stream

    from tap_frontcore.streams.base import FrontcoreStream

IN_QUOTES = "In YAML, write it in quotes: else its offset is lost."
"""Meltano reads a time without them as one, and hands it on without its offset."""


class TapFrontcore(SingerTap):
    """Reads a Frontcore account: customers, courses and bookings."""

    name = "tap-frontcore"
    stream_classes = STREAMS

    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property(
            "api_key",
            th.StringType(pattern=r"^(?![\s\S]*\s)[!-~]+$"),
            required=True,
            secret=True,
            title="API Key",
            description="Key of the account, made in Frontcore under Settings > API.",
        ),
        th.Property(
            "api_url",
            th.StringType,
            default="https://api.frontcore.com/v2",
            title="API URL",
            description="Base URL of the API: https, or plain http on this machine only.",
        ),
        th.Property(
            "start_date",
            th.DateTimeType,
            title="Start Date",
            description=(
                "Without a bookmark: only rows changed or created since then. Absent: all rows. "
                f"A bookmark that is earlier gives way to it. {IN_QUOTES}"
            ),
        ),
        th.Property(
            "end_date",
            th.DateTimeType,
            title="End Date",
            description=f"Only rows last changed before it. {IN_QUOTES}",
        ),
        th.Property(
            "created_at_min",
            th.DateTimeType,
            title="Created Since",
            description=(
                "Only customers created at or after it. Other lists come whatever it is. "
                f"{IN_QUOTES}"
            ),
        ),
        th.Property(
            "created_at_max",
            th.DateTimeType,
            title="Created Before",
            description=(
                f"Only customers created before it. Other lists come whatever it is. {IN_QUOTES}"
            ),
        ),
        th.Property(
            "since_id",
            th.IntegerType(minimum=0),
            title="Since ID",
            description="Only customers with a greater id. Other lists come whatever it is.",
        ),
        th.Property(
            "include_employees",
            th.BooleanType,
            default=False,
            title="Include Employees",
            description="Ask for the employees of companies too, in the customers' `employees`.",
        ),
        th.Property(
            "max_parallel_requests",
            th.IntegerType(minimum=1, maximum=8),
            default=8,
            title="Parallel Requests",
            description="Requests on their way at once; 1 is one after the other.",
        ),
        th.Property(
            "requests_per_second",
            th.NumberType(minimum=0.01, maximum=1000),  # type: ignore[arg-type]  # as JSON schema has it
            default=4,
            title="Requests per Second",
            description=(
                "Pace of the whole tap. Frontcore allows 5 per account, for all of its "
                "integrations together."
            ),
        ),
        th.Property(
            "request_timeout",
            th.NumberType(minimum=0.1, maximum=3600),  # type: ignore[arg-type]
            default=60,
            title="Request Timeout",
            description="Seconds to wait for an answer; for a connection, 10 at most.",
        ),
        th.Property(
            "max_retries",
            th.IntegerType(minimum=0, maximum=100),
            default=7,
            title="Retries",
            description="Tries after the first one that failed; 7 take about two minutes.",
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0, maximum=31_536_000),
            default=60,
            title="Lookback",
            description=(
                "How far an incremental run reaches back behind its bookmark, for rows that "
                "Frontcore saved late."
            ),
        ),
        th.Property(
            "timezone",
            th.StringType,
            default="Europe/Oslo",
            title="Time Zone",
            description="Zone of Frontcore's wall clock, in which its filters are read.",
        ),
        th.Property(
            "emit_activate_version_messages",
            th.BooleanType,
            default=False,
            title="Emit ACTIVATE_VERSION",
            description=(
                "After a whole FULL_TABLE run, let the target drop the rows that Frontcore no "
                "longer has."
            ),
        ),
        additional_properties=False,
    ).to_dict()

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Make the command, with `--check`."""
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
        """Run the command."""
        if check is None or kwargs.get("about"):
            super().invoke(**kwargs)
            return
        from tap_frontcore.check import check_account  # noqa: PLC0415  # a run has no need of it

        config, catalog = kwargs["config"], kwargs["catalog"]
        tap = cls(
            config=config.config,
            catalog=json.load(catalog) if catalog else None,
            parse_env_config=config.parse_env,
        )
        streams = [cast("FrontcoreStream", stream) for stream in tap.streams.values()]
        wanted = [stream for stream in streams if stream.selected or not catalog]
        if not check_account(tap.client, wanted, click.echo, in_json=check == "json"):
            raise SystemExit(1)

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [stream(self, self.client) for stream in STREAMS]

    @cached_property
    def client(self) -> FrontcoreClient:
        """The conversation with the API, which all streams share."""
        names = (
            "max_parallel_requests",
            "requests_per_second",
            "request_timeout",
            "max_retries",
        )
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
        for name in ("start_date", "created_at_min"):
            if name in config and is_future(config[name]):
                yield f"The setting {name} lies in the future, so no row would come."
        for lower, upper in (("start_date", "end_date"), ("created_at_min", "created_at_max")):
            if (
                lower in config
                and upper in config
                and clock.parse(config[lower]) >= clock.parse(config[upper])
            ):
                yield f"The setting {lower} must be a time before {upper}."
        if not clock.is_timezone(config["timezone"]):
            yield "The setting timezone must be a name of the tz database such as Europe/Oslo."
        if not is_safe_url(config["api_url"]):
            yield (
                "The setting api_url must be a URL such as https://api.frontcore.com/v2, without "
                "user name and query; plain http is for this machine (localhost) only."
            )
