"""SingerStream: bookmarks, ACTIVATE_VERSION, one stream's failure, fast messages.

All that is overruled of the SDK's stream stands here, so that whoever raises the SDK's version
reads it; `tests/unit/singer` goes red where the SDK changes it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.exceptions import ConfigurationError, SingerSDKError, SyncLifecycleSignal
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import (
    ActivateVersionMessage,
    Catalog,
    CatalogEntry,
    MetadataMapping,
    RecordMessage,
    Schema,
    StateMessage,
    StreamMetadata,
)
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.errors import (
    OutputError,
    RecordError,
    RefusedError,
    ReplicationError,
    TapError,
)
from tap_frontcore.singer import maps, schemas, versions
from tap_frontcore.singer.logs import where
from tap_frontcore.singer.records import ADDITIONAL_COLUMN, RecordConverter
from tap_frontcore.singer.report import StreamFailedExit, listed
from tap_frontcore.singer.states import RECORDS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.mapper import StreamMap

    from tap_frontcore.singer.tap import SingerTap

PROGRESS_INTERVAL = 30.0
"""Seconds between two lines of progress, at least."""


class SingerStream(Stream):
    """A stream whose records fit its schema, and whose failure is its own."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `records` has done it

    name: str
    schema: dict[str, Any]
    primary_keys: Sequence[str]
    replication_key: str | None = None
    """The time of a row's last change, if it has one: nothing else can be read incrementally."""

    def __init__(self, tap: SingerTap) -> None:
        """Set up the stream."""
        super().__init__(tap)
        self._run = tap.run
        self._told_at = self._run.now()
        self._version: int | None = None
        self._records = 0
        self._sent: Counter[str] = Counter()
        """How many records went out, by the name that the target sees."""

        self._other_key: str | None = None
        """A replication key that the catalog names and the stream hasn't."""

    # What a stream says of itself

    @property
    @abstractmethod
    def timezone(self) -> str:
        """The zone of times without an offset."""

    @abstractmethod
    def incomplete_reason(self) -> str | None:
        """Return why a full run may have missed rows, or None."""

    def counts(self) -> dict[str, int]:
        """Return what else is counted in a run, such as `requests`."""
        return {}

    @property
    def activates_version(self) -> bool:
        """Whether targets will be told to delete what a run doesn't bring."""
        return (
            not self._is_test
            and self.replication_method == REPLICATION_FULL_TABLE
            and bool(self.config.get("emit_activate_version_messages"))
        )

    @property
    def _is_test(self) -> bool:
        return self.ABORT_AT_RECORD_COUNT is not None

    # The catalog

    @property
    def source_keys(self) -> tuple[str, ...]:
        """What tells rows apart, whichever keys a catalog gives the target."""
        return tuple(type(self).primary_keys)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take over the selection, what a user added to the schema, keys, replication method.

        The SDK would take the catalog's whole schema for the tap's own, also that of an older
        version; and no key, if it names none. The replication key stays the stream's own: with
        one that the schema lacks, the SDK would end all streams, also in FULL_TABLE mode.
        """
        own, entry = type(self).replication_key, catalog.get_stream(self.name)
        if entry:
            root = entry.metadata.get(())
            if entry.key_properties is None:
                named = root.table_key_properties if isinstance(root, StreamMetadata) else None
                entry.key_properties = self.source_keys if named is None else named
            keys = {*self.source_keys, *entry.key_properties}
            schemas.take_over(entry, self.schema, keys)
        super().apply_catalog(catalog)
        if entry:
            named_keys = {entry.replication_key, getattr(root, "replication_key", None)}
            self._other_key = min(filter(None, named_keys - {own}), default=None)
            self.replication_key = own if own in self.effective_schema["properties"] else None

    def _check_replication(self) -> None:
        """Refuse to read incrementally what can't be.

        Raises:
            ReplicationError: Rows that were edited would be left out.
        """
        if self.replication_method != REPLICATION_INCREMENTAL:
            return
        own = type(self).replication_key
        if own is None:
            msg = (
                f"{self.name} can't be read incrementally, since its rows don't tell when they "
                f"last changed. Set its replication method to {REPLICATION_FULL_TABLE}."
            )
            raise ReplicationError(msg)
        if self._other_key:
            msg = f"{self.name} can't be read by {self._other_key}. Its replication key is {own}."
            raise ReplicationError(msg)

    # Records

    @cached_property
    def converter(self) -> RecordConverter:
        """Made when it is first needed: the catalog can change the schema and the selection."""
        deselected = [
            tuple(breadcrumb[1::2])
            for breadcrumb, is_selected in self.mask.items()
            if breadcrumb and not is_selected
        ]
        left_out = list(schemas.missing(type(self).schema, self.effective_schema))
        if left_out:
            self.logger.info(
                "%s: the catalog lacks %s, which this version reads; they are left out. A new "
                "discovery (with Meltano: --refresh-catalog) brings them.",
                self.name,
                ", ".join(".".join(path) for path in left_out),
            )
        deselected += left_out
        mapped = maps.masked_fields(self.name, self._maps, self.effective_schema["properties"])
        return RecordConverter(
            self.effective_schema,
            key_properties=self.source_keys,
            timezone=self.timezone,
            tell=lambda level, text: self.logger.log(level, "%s: %s", self.name, text),
            # The bookmark needs the replication key, also if it isn't to go out.
            deselected=[path for path in deselected if path != (self.replication_key,)],
            withheld=mapped.union(path[0] for path in deselected if len(path) == 1),
        )

    @property
    def _maps(self) -> dict[str, maps.Definition]:
        """The setting `stream_maps`."""
        return self.config.get("stream_maps") or {}

    def time_of(self, row: Mapping[str, Any], name: str) -> str | None:
        """Return a time of a row in the form of `clock.to_text`, or null if it has none."""
        try:
            return clock.to_text(clock.parse(row[name], self.timezone))
        except (KeyError, TypeError, ValueError):
            return None

    @cached_property
    @override
    def stream_maps(self) -> list[StreamMap]:
        """Made when they are first needed, so that those of a stream that isn't selected rest.

        The SDK makes those of all streams at once. Of a stream that isn't selected it declares no
        field, and ends for the lack of a key.

        Raises:
            ConfigurationError: A map takes the place of another that removes more, or flattening
                gives two columns one name.
        """
        if lines := list(maps.replaced(self.name, self._maps, self.effective_schema["properties"])):
            raise ConfigurationError("\n".join(lines))
        entry = CatalogEntry(
            tap_stream_id=self.name,
            metadata=self.metadata if self.selected else MetadataMapping(),
            schema=Schema.from_dict(self.effective_schema),
            key_properties=self.primary_keys,
        )
        mapper = self._tap.mapper
        try:
            mapper.register_raw_streams_from_catalog(Catalog([(self.name, entry)]))
        except ValueError as error:  # it names the column
            msg = (
                f"{self.name} can't be flattened: {error}. Correct flattening_max_key_length or "
                "flattening_separator."
            )
            raise ConfigurationError(msg) from error
        for stream_map in mapper.stream_maps[self.name]:
            # `__else__` begins a schema of the SDK's own, with a `$schema` that Draft 4 refuses.
            stream_map.transformed_schema.pop("$schema", None)
        return mapper.stream_maps[self.name]

    @cached_property
    def _outputs(self) -> list[tuple[StreamMap, maps.Definition]]:
        """The stream's maps, each with what the user wrote."""
        definitions = maps.definitions(self.name, self._maps)
        return list(zip(self.stream_maps, definitions, strict=True))

    @override
    def _generate_record_messages(
        self,
        record: Record,
    ) -> Generator[RecordMessage, None, None]:
        """Make the messages of a record, each with exactly the fields that its schema declares.

        The SDK would look up every field of every record in the catalog's selection first; the
        converter has left out what is deselected. It would leave a null object under its name
        where flattening declares columns for its parts. And it would give the version only if it
        also wrote ACTIVATE_VERSION before the first record.
        """
        for stream_map, definition in self._outputs:
            mapped = maps.apply(stream_map, definition, record)
            if mapped is not None:
                names = stream_map.transformed_schema["properties"]
                self._sent[stream_map.stream_alias] += 1
                yield RecordMessage(
                    stream=stream_map.stream_alias,
                    record={name: mapped.get(name) for name in names},
                    version=self._version,
                    time_extracted=datetime.now(UTC),
                )

    @override
    def generate_child_contexts(self, record: Record, context: Context | None) -> Iterator[Context]:
        """Yield none: there are no child streams. The SDK would ask the filter for each of them."""
        yield from ()

    # The run

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would write the message first.

        It makes a target delete the rows of earlier versions, so a run that breaks off would
        leave the table without the rows it didn't get to. Here it is written last.
        """
        return False

    @override
    def _sync_records(
        self,
        context: Context | None = None,
        *,
        write_messages: bool = True,
    ) -> Generator[dict[str, Any], Any, Any]:
        """Sync the records; an error of this stream alone doesn't end the other streams.

        In the SDK, any error ends them all.
        """
        started_at = self._told_at = self._run.now()
        bookmark, writer, report = self._bookmark, self._run.writer, self._run.report
        if self.activates_version:
            self._version = self._run.version
        try:
            self._check_replication()
            for record in super()._sync_records(context, write_messages=write_messages):
                self._records += 1
                self.tell_progress()
                yield record
            writer.flush()
            if self.activates_version:
                self._activate_version()
            if not self._is_test:
                self._sum_up(bookmark, started_at)
            report.complete.append(self.name)
        except SyncLifecycleSignal:  # the end of `--test`, which the SDK would log as an error
            writer.flush()
            report.complete.append(self.name)
        except Exception as error:  # noqa: BLE001  # whatever it is, the next stream may do
            self._fail(error)
        finally:
            report.counts.update({"records": self._records, **self.counts()})

    def _activate_version(self) -> None:
        """Send ACTIVATE_VERSION under each name, but only if every missing row is deleted."""
        state = self.stream_state
        incomplete = self.incomplete_reason() or versions.shrunk(self._records, state.get(RECORDS))
        for stream_map, definition in self._outputs:
            if isinstance(stream_map, RemoveRecordTransform):
                continue
            name = stream_map.stream_alias
            count = self._sent[name]
            if reason := incomplete or versions.why_not(definition, count):
                self.logger.warning(versions.NOT_SENT, name, reason)
            else:
                self._run.writer.write_message(ActivateVersionMessage(name, self._version or 0))
                self.logger.info(versions.SENT, name, count)
        if not incomplete:
            state[RECORDS] = self._records
            self._run.writer.write_message(StateMessage(self.tap_state))

    def _fail(self, error: Exception) -> None:
        """Say what went wrong, at once, and end the run if nobody takes what is read.

        Raises:
            SystemExit: With the exit code 1.
        """
        reason, failures = f"unexpected {type(error).__name__}", self._run.report.failures
        if isinstance(error, RecordError):
            self.logger.error("%s: %s. The stream ends there.", self.name, error)
        elif isinstance(error, RefusedError) and error.brief in failures.values():
            self.logger.error("%s: %s (see above).", self.name, error.brief)
        elif isinstance(error, (TapError, SingerSDKError)):
            self.logger.error("%s", error)
        else:
            # The text of any other error may hold data of customers.
            self.logger.error(
                "%s: %s. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where; please report it.",
                self.name,
                reason,
            )
        self.logger.debug("%s", where(error))
        if isinstance(error, OutputError):
            raise SystemExit(1)
        failures[self.name] = getattr(error, "brief", reason)
        self._run.writer.flush()
        if self._is_test:
            raise StreamFailedExit(1)

    def tell_progress(self) -> None:
        """Say how far the stream is read, at most every 30 seconds.

        It is called for each record. A stream that reads rows and emits none calls it too.
        """
        now = self._run.now()
        if now - self._told_at >= PROGRESS_INTERVAL:
            self._told_at = now
            counts = listed({"records": self._records, **self.counts()})
            self.logger.info("%s: %s so far", self.name, counts)

    def _sum_up(self, bookmark: str | None, started_at: float) -> None:
        moved = f"{bookmark}->" if bookmark and bookmark != self._bookmark else ""
        counts = {
            "records": self._records,
            **self.counts(),
            ADDITIONAL_COLUMN: self.converter.additional_records,
            "seconds": round(self._run.now() - started_at, 1),
            "bookmark": self._bookmark and f"{moved}{self._bookmark}",
        }
        if more := self.converter.untold:
            self.logger.info(
                "%s: and %d more fields that this version doesn't know", self.name, more
            )
        self.logger.info("Done with %s: %s", self.name, listed(counts))

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """Leave the bookmark of a stream that failed; the SDK would move it."""
        if self.name not in self._run.report.failures:
            super().finalize_state_progress_markers(state)

    @property
    def _bookmark(self) -> str | None:
        bookmark: str | None = self.stream_state.get("replication_key_value")
        return bookmark
