"""TapFrontcore: the settings, and the list of streams."""

from __future__ import annotations

import json
from functools import cached_property
from io import StringIO
from ipaddress import ip_address
from typing import IO, TYPE_CHECKING, Any, ClassVar, cast
from urllib.parse import urlsplit

import click
from singer_sdk import Tap
from singer_sdk import typing as th
from singer_sdk.configuration._dict_config import parse_environment_config
from singer_sdk.exceptions import ConfigurationError
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.plugin_base import JSONSchemaValidator
from typing_extensions import override

from tap_frontcore import clock, streams
from tap_frontcore.messages import MessageWriter
from tap_frontcore.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

    from jsonschema import ValidationError
    from singer_sdk import Stream

SIGNALLED = 128
"""A process that a signal ended has this plus the signal's number as its exit code."""

_TIME = "a date or time such as 2024-01-31T00:00:00+01:00"


class TapFrontcore(Tap):
    """Reads the customers of a Frontcore account and their contact persons."""

    name = "tap-frontcore"
    message_writer_class = MessageWriter

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
                "A bookmark that is earlier gives way to it."
            ),
        ),
        th.Property(
            "end_date",
            th.DateTimeType,
            title="End Date",
            description="Only rows last changed before it.",
        ),
        th.Property(
            "created_at_min",
            th.DateTimeType,
            title="Created Since",
            description="Only customers created at or after it. Contacts come whatever it is.",
        ),
        th.Property(
            "created_at_max",
            th.DateTimeType,
            title="Created Before",
            description="Only customers created before it. Contacts come whatever it is.",
        ),
        th.Property(
            "since_id",
            th.IntegerType(minimum=0),
            title="Since ID",
            description="Only customers with a greater id. Contacts come whatever it is.",
        ),
        th.Property(
            "include_employees",
            th.BooleanType,
            default=False,
            title="Include Employees",
            description="Ask for the employees of companies too, in the customers' `employees`.",
        ),
        th.Property(
            "page_size",
            th.IntegerType(minimum=25, maximum=250),
            default=250,
            title="Page Size",
            description="Rows asked for at a time.",
        ),
        th.Property(
            "max_parallel_requests",
            th.IntegerType(minimum=1, maximum=8),
            default=4,
            title="Parallel Requests",
            description="Requests on their way at once; 1 is one after the other.",
        ),
        th.Property(
            "requests_per_second",
            th.NumberType(exclusive_minimum=0),
            default=4,
            title="Requests per Second",
            description=(
                "Pace of the whole tap. Frontcore allows 5 per account, for all of its "
                "integrations together."
            ),
        ),
        th.Property(
            "request_timeout",
            th.NumberType(exclusive_minimum=0),
            default=60,
            title="Request Timeout",
            description="Seconds to wait for an answer; for a connection, 10 at most.",
        ),
        th.Property(
            "max_retries",
            th.IntegerType(minimum=0),
            default=7,
            title="Retries",
            description="Tries after the first one that failed; 7 take about two minutes.",
        ),
        th.Property(
            "lookback_seconds",
            th.IntegerType(minimum=0),
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

    @override
    def discover_streams(self) -> Sequence[Stream]:
        return [
            streams.Customers(self),
            streams.CustomerContacts(self),
        ]

    @cached_property
    def pace(self) -> Pace:
        """The pace that all streams share."""
        return Pace(float(self.config["requests_per_second"]))

    @cached_property
    def failures(self) -> dict[str, Exception]:
        """What went wrong, by the name of the stream."""
        return {}

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Make the command, which checks its files before it begins."""
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"state", "catalog"}:
                option.type = _JSONObjectFile()
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Check the files with settings, and read them."""
        for path in value:
            if path != "ENV":
                _JSONObjectFile().convert(path, param, ctx)
        return super().cb_config(ctx, param, value)

    def flush_messages(self) -> None:
        """Hand on the records that the writer still collects; a state that follows does too."""
        if isinstance(self.message_writer, MessageWriter):
            self.message_writer.flush()

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the bookmarks.

        Raises:
            ConfigurationError: A bookmark is no time.
        """
        super().load_state(state)
        for name, stream_state in self.state.get("bookmarks", {}).items():
            bookmark = stream_state.get("replication_key_value")
            if bookmark is not None and not _is_time(bookmark):
                msg = f"The state's bookmark for {name} is not {_TIME}: correct or remove it."
                raise ConfigurationError(msg)

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Check every setting before the first request. What isn't set takes its default.

        The SDK's own messages quote the value, which may be the key.

        Raises:
            ConfigurationError: A setting is missing, unknown or not of its type; one line each.
        """
        for name in [name for name, value in self._config.items() if value in (None, "")]:
            del self._config[name]
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        for name, value in self._config.items():
            # Meltano can hand on a fraction from the environment only as text.
            if isinstance(value, str) and "number" in schema["properties"].get(name, {}).get(
                "type", ()
            ):
                self._config[name] = _from_text(value)
        errors = [
            line
            for error in JSONSchemaValidator(schema).iter_errors(self._config)
            for line in _explain(error)
        ] or list(_check_values(self._config))
        if errors and raise_errors:
            raise ConfigurationError("\n".join(errors))
        return errors

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        """Return the settings from environment variables.

        The SDK's parser leaves numbers as text, takes any word for false, and ends in a bare
        error for a bad integer. Here a value that isn't of its type is left to the validation,
        which names the setting.
        """
        schema = cls.config_jsonschema
        cls.append_builtin_config(schema)
        texts = parse_environment_config(
            {"properties": {name: {"type": "string"} for name in schema["properties"]}},
            cls._env_var_prefix,
        )
        return {
            name: text if "string" in schema["properties"][name]["type"] else _from_text(text)
            for name, text in texts.items()
        }

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        """End with a code that tells of the signal.

        The SDK ends with 0, and a pipeline would take half a table for a whole one.
        """
        raise SystemExit(SIGNALLED + signum)


class _JSONObjectFile(click.File):
    """A file that holds a JSON object. The SDK would end in the parser's bare error."""

    @override
    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> IO[str]:
        text = super().convert(value, param, ctx).read()
        if not isinstance(_from_text(text), dict):
            self.fail(f"{str(value)!r} holds no JSON object.", param, ctx)
        return StringIO(text)


def _from_text(text: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(text.lower() if text.lower() in {"true", "false"} else text)
    except ValueError:
        return text


def _is_time(value: object) -> bool:
    try:
        clock.parse(str(value))
    except ValueError:
        return False
    return True


def _explain(error: ValidationError) -> Iterator[str]:
    """Say in a line what is wrong with a setting and what is allowed, without its value."""
    schema = cast("dict[str, Any]", error.schema)
    settings = cast("dict[str, Any]", error.instance)
    name = ".".join(str(part) for part in error.path)
    if error.validator == "required" and not name:
        for missing in sorted(set(schema["required"]) - set(settings)):
            yield f"The setting {missing} is missing."
    elif error.validator == "additionalProperties" and not name:
        for unknown in sorted(set(settings) - set(schema["properties"])):
            yield f"There is no setting {unknown}. `tap-frontcore --about` lists them."
    else:
        yield f"The setting {name} must be {_allowed(schema)}."


def _allowed(schema: dict[str, Any]) -> str:
    """Put into words what the JSON schema of a setting allows."""
    if "pattern" in schema:
        return "text without spaces, line breaks or special letters"
    if "minimum" in schema:
        upper = f"to {schema['maximum']}" if "maximum" in schema else "up"
        return f"a whole number from {schema['minimum']} {upper}"
    if "exclusiveMinimum" in schema:
        return "a number above 0"
    if schema.get("format") == "date-time":
        return _TIME
    words = {"boolean": "true or false", "string": "text", "integer": "a whole number"}
    types = [name for name in schema.get("type", []) if name != "null"]
    return " or ".join(words.get(name, f"JSON of type {name}") for name in types) or "valid"


def _check_values(config: dict[str, Any]) -> Iterator[str]:
    """Check what a JSON schema can't."""
    for name in ("start_date", "end_date", "created_at_min", "created_at_max"):
        if name in config and not _is_time(config[name]):
            yield f"The setting {name} must be {_TIME}."
            return
    for lower, upper in (("start_date", "end_date"), ("created_at_min", "created_at_max")):
        if (
            lower in config
            and upper in config
            and clock.parse(config[lower]) >= clock.parse(config[upper])
        ):
            yield f"The setting {lower} must be a time before {upper}."
    if not clock.is_timezone(config["timezone"]):
        yield "The setting timezone must be a name of the tz database such as Europe/Oslo."
    if not _is_safe_url(config["api_url"]):
        yield (
            "The setting api_url must be a URL such as https://api.frontcore.com/v2, without "
            "user name and query; plain http is for this machine (localhost) only."
        )


def _is_safe_url(text: str) -> bool:
    """Tell whether the key can be sent to a URL without others seeing it."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
        url.port  # noqa: B018  # raises if it is no number
    except ValueError:
        return False
    if not host or url.username or url.query or url.fragment or not text.isprintable():
        return False
    if set(text) & set(" {}"):
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
