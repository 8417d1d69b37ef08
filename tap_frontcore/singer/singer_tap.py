"""SingerTap: the command with its files, the run, and the state."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

from singer_sdk import Tap
from singer_sdk.exceptions import ConfigurationError
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.metrics import get_metrics_logger
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from singer_sdk.tap_base import CliTestOptionValue
from typing_extensions import override

from tap_frontcore.singer import settings, states
from tap_frontcore.singer.configured import ConfiguredTap
from tap_frontcore.singer.names import shown
from tap_frontcore.singer.report import SYNC_RUNS, Run
from tap_frontcore.singer.shape import ShapedStream
from tap_frontcore.singer.writer import MessageWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.mapper import StreamMap

NOT_ACTIVATED = (
    "emit_activate_version_messages has no effect on %s, which this run reads incrementally: "
    "deleted rows stay in the target. Set the replication-method to FULL_TABLE."
)


class SingerTap(ConfiguredTap):
    """A tap whose command checks its files, and ends with a line about the run."""

    message_writer_class = MessageWriter
    message_writer: MessageWriter

    # Batches are files of records as they are read: stream maps and flattening don't apply.
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        it for it in Tap.capabilities if it is not PluginCapabilities.BATCH
    ]

    @cached_property
    def run(self) -> Run:
        """What the streams of this run share."""
        return Run(self.message_writer, self.initialized_at // 1000)

    @override
    def _setup_signal_handlers(self) -> None:
        """Do nothing: the command has set its own. The SDK's end with 0, as a complete run does."""

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        """Make the command, which checks its files first."""
        command = super().get_singer_command()
        for option in command.params:
            if option.name in {"state", "catalog"}:
                option.type = settings.JSONObjectFile()
            elif option.name == "test":
                option.callback, option.expose_value = None, True  # `invoke` does it
        return command

    @classmethod
    @override
    def cb_config(cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]) -> Any:
        """Read the files with settings; the SDK would fail with the parser's error."""
        given = super().cb_config(ctx, param, tuple(name for name in value if name == "ENV"))
        for path in value:
            if path != "ENV":
                given.config.update(settings.JSONObjectFile().convert(path, param, ctx))
        return given

    @classmethod
    @override
    def invoke(cls, *, test: str = CliTestOptionValue.Disabled.value, **options: Any) -> None:
        """Run the command as `Tap.invoke` does, but end with a line about the run.

        For `--test`, read a row of each selected stream. The SDK would read all streams, end at the
        first that fails, and log no success.
        """
        super(Tap, cls).invoke(**options)  # `Tap.invoke` would sync
        cls.print_version(print_fn=cls.logger.info)
        tap = cls.from_options(options)
        if test == CliTestOptionValue.Disabled.value:
            tap.sync_and_report()
        elif test == CliTestOptionValue.Schema.value:
            tap.write_schemas()
        else:
            for stream in tap.streams.values():
                stream.ABORT_AT_RECORD_COUNT = 1
            get_metrics_logger().disabled = True  # it logs "failed" for a stream that ends early
            tap.sync_and_report("The key works")

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Make the tap that the command's options name."""
        config, catalog, state = (options[name] for name in ("config", "catalog", "state"))
        return cls(
            config=config.config, catalog=catalog, state=state, parse_env_config=config.parse_env
        )

    def sync_and_report(self, success: str = "Done") -> None:
        """Sync all streams, log the result, and exit with 1 if a stream failed."""
        started_at = self.run.now()
        self.sync_all()
        self.logger.log(*self.run.end(success, round(self.run.now() - started_at, 1)))
        if self.run.failures:
            raise SystemExit(1)

    @override
    def setup_mapper(self) -> None:
        """Set up stream maps, and refuse one name for two streams: their rows would mix."""
        super(Tap, self).setup_mapper()  # a stream's `stream_maps` does what the tap's own would
        if runs := self.streams.pop(SYNC_RUNS, None):
            self.streams[SYNC_RUNS] = runs  # the last: it tells of the others
        streams = [it for it in self.streams.values() if isinstance(it, ShapedStream)]
        selected = [stream for stream in streams if stream.selected]
        _check_names(it for stream in selected for it in stream.stream_maps)
        self._tell_settings(selected)

    def _tell_settings(self, selected: Sequence[ShapedStream]) -> None:
        """Say how many columns are masked, and which streams get no ACTIVATE_VERSION."""
        if masks := [stream.privacy for stream in selected if stream.privacy]:
            counts = sum(it.left_out for it in masks), sum(it.hashed for it in masks)
            text = "personal_data is %s: %d columns are left out, %d come as a hash."
            self.logger.info(text, self.config["personal_data"], *counts)
        names = [it.name for it in selected if it.replication_method != REPLICATION_FULL_TABLE]
        if names and self.config.get("emit_activate_version_messages"):
            self.logger.warning(NOT_ACTIVATED, ", ".join(names))

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        """Take over the bookmarks, and check those that this run needs."""
        bookmarks = states.bookmarks_of(state)
        if bookmarks and not bookmarks.keys() & self.streams.keys():
            text = "The state is another tap's: it has %s, no stream of %s. So all rows are read."
            self.logger.warning(text, shown(next(iter(bookmarks))), self.name)
        for name, stream_state in bookmarks.items():
            stream = self.streams.get(name)
            if stream and stream.selected and stream.replication_method != REPLICATION_FULL_TABLE:
                states.check_bookmark(name, stream_state)
                own = stream.replication_key
                if (of := stream_state.get("replication_key", own)) != own:
                    text = "%s: the state's bookmark is one of %s, not of %s, so all rows are read."
                    self.logger.warning(text, name, of, own)
        super().load_state(states.without_interim(bookmarks))


def _check_names(outputs: Iterable[StreamMap]) -> None:
    names: list[Any] = [
        it.stream_alias for it in outputs if not isinstance(it, RemoveRecordTransform)
    ]
    for name in names:
        if not isinstance(name, str) or not any(map(str.isalpha, name)):
            msg = "stream_maps: what `__alias__` gives, a stream's name, must have a letter."
            raise ConfigurationError(msg)
        if (times := names.count(name)) > 1:
            msg = f"By stream_maps, {times} streams go out as {name}. Give each another name."
            raise ConfigurationError(msg)
