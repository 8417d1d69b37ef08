"""SingerTap: settings, files, signals and state, each checked before the first request."""

from __future__ import annotations

import json
import signal
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigurationError
from typing_extensions import override

from tap_frontcore.singer import settings
from tap_frontcore.singer.messages import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

SIGNALLED = 128
"""A process that a signal ended has this plus the signal's number as its exit code."""


class SingerTap(Tap):
    """A tap that says in one line what is wrong with what it is given."""

    message_writer_class = MessageWriter
    message_writer: MessageWriter

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        parse_env_config: bool = False,
        validate_config: bool = True,
        **kwargs: Any,  # noqa: ANN401  # as the SDK has them
    ) -> None:
        """Check what is given, and set up the tap.

        Args:
            config: The settings.
            parse_env_config: Whether to read settings from the environment too.
            validate_config: Whether the settings must be right.
            kwargs: More arguments of `singer_sdk.Tap`.

        Raises:
            ConfigurationError: A setting is missing, unknown or not of its type, or the state
                isn't one; one line for each mistake.
        """
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        given = dict(config or {})
        if parse_env_config:
            prefix = f"{self.name.upper().replace('-', '_')}_"
            given |= settings.from_environment(schema, prefix)
        given = settings.completed(given, schema)
        if validate_config:
            mistakes = settings.mistakes(given, schema) or list(self.mistakes(given))
            if mistakes:
                raise ConfigurationError("\n".join(mistakes))
        self.failures: list[str] = []
        """The names of the streams that failed."""

        super().__init__(config=given, validate_config=validate_config, **kwargs)
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, _end)

    @classmethod
    @abstractmethod
    def mistakes(cls, config: settings.Settings) -> Iterator[str]:
        """Yield what a JSON schema can't tell of settings that fit theirs, in a line each."""

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Do nothing: all is checked. The SDK's messages quote the value, which may be the key."""
        return []

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Make the command, which checks its files before it begins."""
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"state", "catalog"}:
                option.type = settings.JSONObjectFile()
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read the files with settings; the SDK would end in the parser's bare error."""
        given = super().cb_config(ctx, param, tuple(name for name in value if name == "ENV"))
        for path in value:
            if path != "ENV":
                file = settings.JSONObjectFile().convert(path, param, ctx)
                given.config.update(json.load(file))
        return given

    @override
    def setup_mapper(self) -> None:
        """Let `--test` read also the streams that are not selected.

        The SDK would declare no field of theirs, and of the others what the catalog says before
        the streams have set it right.
        """
        streams = self.streams.values()
        super().setup_mapper()
        for stream in streams:
            if not stream.selected:
                self.mapper.register_raw_stream_schema(
                    stream.name, stream.effective_schema, stream.primary_keys
                )

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the bookmarks.

        Raises:
            ConfigurationError: They aren't such.
        """
        if mistake := settings.check_state(state):
            raise ConfigurationError(mistake)
        super().load_state(state)


def _end(number: int, _frame: object) -> None:
    """End with a code that tells of a signal.

    The SDK ends with 0, and a pipeline would take half a table for a whole one.
    """
    raise SystemExit(SIGNALLED + number)
