"""SingerTap: settings, files, signals and state, each checked before the first request."""

from __future__ import annotations

import json
import logging
import os
from abc import abstractmethod
from collections import Counter
from contextlib import suppress
from copy import deepcopy
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Self

import click
from singer_sdk import Tap
from singer_sdk.exceptions import ConfigurationError
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.mapper import MAPPER_ELSE_OPTION, RemoveRecordTransform
from singer_sdk.metrics import get_metrics_logger
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_frontcore.signals import exit_on_signal
from tap_frontcore.singer import catalogs, logs, maps, settings, states
from tap_frontcore.singer.messages import MessageWriter
from tap_frontcore.singer.report import Run, RunReport, StreamFailedExit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.capabilities import CapabilitiesEnum

    from tap_frontcore.singer.stream import SingerStream

FLATTENING_MINIMA = {"flattening_max_depth": 0, "flattening_max_key_length": 1}
"""Of settings that the SDK declares without bounds."""


class SingerTap(Tap):
    """A tap that says in one line what is wrong with what it is given."""

    message_writer_class = MessageWriter
    message_writer: MessageWriter

    # Batches are files of records as they are read: stream maps and flattening don't apply.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        it for it in Tap.capabilities if it is not PluginCapabilities.BATCH
    ]

    stream_classes: ClassVar[Sequence[type[SingerStream]]]
    """The streams that there are."""

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
                or the catalog isn't one; one line for each mistake.
        """
        for name in ("singer_sdk", "singer_sdk.mapper"):
            logging.getLogger(name).addFilter(logs.is_news)
        schema = self.config_jsonschema
        self.append_builtin_config(schema)
        prefix = f"{self.name.upper().replace('-', '_')}_"
        variables = settings.variables() if parse_env_config else dict(os.environ)
        given = dict(config or {})
        if parse_env_config:
            given |= settings.from_environment(schema, prefix, variables)
        given = settings.with_defaults(given, schema)
        misspelled = settings.misspelled(schema, prefix, variables)
        if parse_env_config:
            misspelled += settings.parts_of_objects(schema, prefix, variables)
            if names := settings.for_meltano(prefix, variables):
                self.logger.warning(
                    "Only Meltano reads %s; without it, --catalog selects.", ", ".join(names)
                )
        self._check(
            given,
            misspelled,
            kwargs.get("catalog"),
            takes_variables=parse_env_config,
            may_lack=not validate_config,
            has_key="api_key" not in given and f"{prefix}API_KEY" in settings.variables(),
        )
        if type(catalog := kwargs.get("catalog")) is dict:
            kwargs["catalog"] = catalogs.with_methods(catalog)
        super().__init__(config=given, validate_config=validate_config, **kwargs)

    @cached_property
    def run(self) -> Run:
        """What the streams of this run share."""
        return Run(RunReport(), self.message_writer, self.initialized_at // 1000)

    def _check(  # noqa: PLR0913  # each is named where it is given
        self,
        config: settings.Settings,
        misspelled: list[str],
        catalog: object,
        *,
        takes_variables: bool,
        may_lack: bool,
        has_key: bool,
    ) -> None:
        """Make sure that settings are right, and say what isn't plain of them.

        Args:
            config: The settings.
            misspelled: A line for each variable that is probably meant to be one.
            catalog: As it was given, if it was.
            takes_variables: Whether settings come from the environment. Else a variable there may
                be for something else.
            may_lack: Whether a setting may be missing, as in a discovery.
            has_key: Whether the key is there, where nobody reads it.

        Raises:
            ConfigurationError: They aren't; one line for each mistake.
        """
        schema = self.config_jsonschema
        errors = [
            f"{line} It is in the environment: add --config=ENV."
            if has_key and line == "The setting api_key is missing."
            else line
            for line in settings.config_errors(
                config, schema | {"required": []} if may_lack else schema
            )
        ] or [
            *settings.sdk_config_errors(config, self.name),
            *self.config_errors(config),
            *self._stream_errors(config, catalog),
        ]
        if takes_variables:
            errors = misspelled + errors
        if errors:
            raise ConfigurationError("\n".join(errors))
        if not takes_variables:
            for line in misspelled:
                self.logger.warning(line)
        if instants := settings.instants(config, schema):
            times = ", ".join(f"{name} {instant}" for name, instant in instants.items())
            self.logger.info("In UTC: %s", times)

    @classmethod
    @abstractmethod
    def config_errors(cls, config: settings.Settings) -> Iterator[str]:
        """Yield what a JSON schema can't tell of settings that fit theirs, in a line each."""

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        """Add the SDK's settings, with bounds that the SDK doesn't give them.

        What it says of `__else__` is no JSON schema, and the validator ends in a bare error.
        """
        super().append_builtin_config(config_jsonschema)
        properties = config_jsonschema["properties"]
        for name, minimum in FLATTENING_MINIMA.items():
            properties[name] = deepcopy(properties[name]) | {"minimum": minimum}
        streams = properties["stream_maps"] = deepcopy(properties["stream_maps"])
        (fields,) = (it for it in streams["additionalProperties"]["anyOf"] if "properties" in it)
        for schema in (streams, fields):
            schema["properties"][MAPPER_ELSE_OPTION]["anyOf"] = [{"type": ["string", "null"]}]

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        """Do nothing: all is checked. The SDK's messages quote the value, which may be the key."""
        return []

    @override
    def _handle_termination(self, signum: int, frame: object) -> None:
        """End with a code that tells of a signal.

        The SDK ends with 0, and a pipeline would take half a table for a whole one.
        """
        exit_on_signal(signum, frame)

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Make the command, which checks its files before it begins."""
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"state", "catalog"}:
                option.type = settings.JSONObjectFile()
                option.is_eager = True  # so that `--test` knows the catalog
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read the files with settings; the SDK would end in the parser's bare error."""
        given = super().cb_config(ctx, param, tuple(name for name in value if name == "ENV"))
        for path in value:
            if path.upper() == "ENV" != path and not Path(path).exists():
                msg = "to read settings from the environment, write ENV in capitals."
                raise click.BadParameter(msg, ctx, param)
            if path != "ENV":
                file = settings.JSONObjectFile().convert(path, param, ctx)
                given.config.update(json.load(file))
        return given

    @classmethod
    @override
    def cb_test(cls, ctx: click.Context, param: click.Option, value: str) -> None:
        """Read a row of each selected list, also after one has failed, and say what came of it.

        The SDK would read every list, also those that no run reads, and end at the first that
        fails. It has no word for a test that went well.

        Raises:
            SystemExit: A list failed; with the exit code 1.
        """
        if value in {CliTestOptionValue.Disabled.value, CliTestOptionValue.Schema.value}:
            super().cb_test(ctx, param, value)
            return
        config, catalog = ctx.params["config"], ctx.params.get("catalog")
        tap = cls.from_files(config, catalog)
        logger = get_metrics_logger()
        logger.disabled = True  # the SDK says "failed" of a stream that stops at its first row
        for stream in [stream for stream in tap.streams.values() if stream.selected]:
            with suppress(StreamFailedExit):
                tap.run_sync_dry_run(streams=[stream])
        logger.disabled = False
        report = tap.run.report
        tap.logger.log(*report.end("The key works"))
        ctx.exit(1 if report.failures else 0)

    @classmethod
    @override
    def invoke(cls, *, about: bool = False, about_format: str | None = None, **files: Any) -> None:
        """Run the command, as the SDK does, up to the end of the run."""
        super(Tap, cls).invoke(about=about, about_format=about_format)
        cls.print_version(print_fn=cls.logger.info)
        config, state, catalog = (files[name] for name in ("config", "state", "catalog"))
        cls.from_files(config, catalog, state).sync_and_report()

    @classmethod
    def from_files(
        cls,
        config: Any,  # noqa: ANN401  # a private class of the SDK's
        catalog: IO[str] | None,
        state: IO[str] | None = None,
    ) -> Self:
        """Make the tap that the command's options name; `config` is what `cb_config` returns."""
        return cls(
            config=config.config,
            state=json.load(state) if state else None,
            catalog=json.load(catalog) if catalog else None,
            parse_env_config=config.parse_env,
        )

    def sync_and_report(self) -> None:
        """Sync all streams, and end with a line about them.

        In the SDK, nothing is said at the end, and each error ends the run.

        Raises:
            SystemExit: A stream failed; with the exit code 1.
        """
        report, started_at = self.run.report, self.run.now()
        self.sync_all()
        self.logger.log(*report.end("Done", seconds=round(self.run.now() - started_at, 1)))
        if report.failures:
            raise SystemExit(1)

    @classmethod
    def _stream_errors(cls, config: settings.Settings, catalog: object) -> Iterator[str]:
        """Yield what stream maps and the catalog say of streams and can't be, in a line each."""
        fields = {stream.name: stream.schema["properties"] for stream in cls.stream_classes}
        keys = {stream.name: stream.primary_keys[0] for stream in cls.stream_classes}
        yield from maps.map_errors(config, fields, keys)
        if type(catalog) is dict:
            yield from catalogs.catalog_errors(catalog, cls.stream_classes)

    @override
    def setup_mapper(self) -> None:
        """Set up the stream maps of what is selected, so that a wrong one is told at once.

        Raises:
            ConfigurationError: Two streams would have one name, and rows of the one would take
                the place of the other's.
        """
        super(Tap, self).setup_mapper()  # a stream's `stream_maps` does what the tap's own would
        names = Counter(
            stream_map.stream_alias
            for stream in self.streams.values()
            if stream.selected
            for stream_map in stream.stream_maps
            if not isinstance(stream_map, RemoveRecordTransform)
        )
        for name, times in names.items():
            if times > 1:
                msg = f"By stream_maps, {times} streams go out as {name}. Give each another name."
                raise ConfigurationError(msg)

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the bookmarks.

        Raises:
            ConfigurationError: They aren't such; of streams that this run reads by them.
        """
        bookmarks = states.bookmarks_of(state)
        for name, stream_state in bookmarks.items():
            stream = self.streams.get(name)
            if stream and stream.selected and stream.replication_method != REPLICATION_FULL_TABLE:
                states.check_bookmark(name, stream_state)
                of = stream_state.get("replication_key", stream.replication_key)
                if of != stream.replication_key:
                    self.logger.warning(
                        "%s: the state's bookmark is one of %s, not of %s, so all rows are read.",
                        name,
                        of,
                        stream.replication_key,
                    )
        super().load_state(states.without_interim(bookmarks))
