"""SingerStream: bookmarks, ACTIVATE_VERSION, one stream's failure, fast messages.

All that is overruled of the SDK's stream stands here, so that whoever raises the SDK's version
reads it; `tests/unit/singer` goes red where the SDK changes it.
"""

from __future__ import annotations

import logging
import time
from abc import abstractmethod
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.exceptions import SingerSDKError, SyncLifecycleSignal
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.mapper import RemoveRecordTransform, StreamMap
from singer_sdk.singerlib import ActivateVersionMessage, RecordMessage, StreamMetadata
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.errors import KeyRejectedError, OutputError, RecordError, TapError
from tap_frontcore.singer import schemas
from tap_frontcore.singer.records import ADDITIONAL_COLUMN, RecordConverter

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog

    from tap_frontcore.singer.tap import SingerTap

KNOWN = ("Stream is assumed to be unsorted", "New replication value is null")
"""What the SDK warns of, the second for each record, and is meant to be so here."""

logging.getLogger("singer_sdk").addFilter(lambda entry: not str(entry.msg).startswith(KNOWN))


class SingerStream(Stream):
    """A stream whose records fit its schema, and whose failure is its own."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `records` has done it

    def __init__(self, tap: SingerTap) -> None:
        """Set up the stream."""
        super().__init__(tap)
        self.source_keys = tuple(self.primary_keys)
        """What tells rows apart, whichever `primary_keys` a catalog gives the target."""

        self._failures = tap.failures
        self._writer = tap.message_writer
        self._version: int | None = None
        self._initialized = tap.initialized_at
        self._records = 0

    # What a stream says of itself

    @property
    @abstractmethod
    def timezone(self) -> str:
        """The zone of times without an offset."""

    @abstractmethod
    def why_incomplete(self) -> str | None:
        """Return why a whole run may not have brought all rows there are, or null."""

    def summary(self) -> str:
        """Return what else is to be said of a run, with a comma behind it."""
        return ""

    # Records

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take from the catalog which fields are to come, and what its user added to them.

        The SDK would take its whole schema for the tap's own, also that of an older version; and
        no key, if it names none.
        """
        if entry := catalog.get_stream(self.name):
            if entry.key_properties is None:
                root = entry.metadata.get(())
                named = root.table_key_properties if isinstance(root, StreamMetadata) else None
                entry.key_properties = self.source_keys if named is None else named
            keys = {*self.source_keys, *entry.key_properties}
            schemas.take_over(entry, self.schema, keys, self.replication_key)
        super().apply_catalog(catalog)

    @cached_property
    def converter(self) -> RecordConverter:
        """Made when it is first needed: the catalog can change the schema and the selection."""
        deselected = [tuple(crumb[1::2]) for crumb, is_in in self.mask.items() if not is_in]
        left_out = list(schemas.missing(self.schema, self.effective_schema))
        if left_out:
            self.logger.info(
                "%s: the catalog lacks %s, which this version reads; they are left out. A new "
                "discovery (with Meltano: --refresh-catalog) brings them.",
                self.name,
                ", ".join(".".join(path) for path in left_out),
            )
        return RecordConverter(
            self.effective_schema,
            key_properties=self.source_keys,
            timezone=self.timezone,
            tell=lambda level, text: self.logger.log(level, "%s: %s", self.name, text),
            deselected=[*deselected, *left_out],
        )

    def time_of(self, row: Mapping[str, Any], name: str) -> str | None:
        """Return a time of a row in the form of `clock.to_text`, or null if it has none."""
        try:
            return clock.to_text(clock.parse(row[name], self.timezone))
        except (KeyError, TypeError, ValueError):
            return None

    @cached_property
    @override
    def stream_maps(self) -> list[StreamMap]:
        """The SDK's, so that what goes out is exactly what is declared, whatever they do."""
        return [
            stream_map if isinstance(stream_map, RemoveRecordTransform) else _ExactMap(stream_map)
            for stream_map in super().stream_maps
        ]

    @override
    def _generate_record_messages(
        self,
        record: Record,
    ) -> Generator[RecordMessage, None, None]:
        """Make the messages of a record.

        The SDK would look up every field of every record in the catalog's selection first; the
        converter has left out what is deselected. And it would give the version only if it also
        wrote ACTIVATE_VERSION before the first record.
        """
        for stream_map in self.stream_maps:
            mapped = stream_map.transform(record)
            if mapped is not None:
                yield RecordMessage(
                    stream=stream_map.stream_alias,
                    record=mapped,
                    version=self._version,
                    time_extracted=datetime.now(UTC),
                )

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
        started = time.monotonic()
        bookmark = self._bookmark
        activates = self.replication_method == REPLICATION_FULL_TABLE and bool(
            self.config.get("emit_activate_version_messages"),
        )
        if activates and write_messages:
            self._version = self._initialized // 1000
        try:
            for record in super()._sync_records(context, write_messages=write_messages):
                self._records += 1
                yield record
            self._writer.flush()
            if activates:
                self._activate_version(has_versions=write_messages)
            self._sum_up(bookmark, started)
        except SyncLifecycleSignal:  # the end of `--test`, which the SDK would log as an error
            self._writer.flush()
        except Exception as error:  # noqa: BLE001  # whatever it is, the next stream may do
            self._fail(error)

    def _activate_version(self, *, has_versions: bool) -> None:
        """Let targets drop what didn't come, if that is sure to be gone."""
        reason = self.why_incomplete() or (
            "batches carry no version"
            if not has_versions
            else "no row came, which may be a mistake"
            if not self._records
            else None
        )
        if reason:
            self.logger.warning(
                "%s: no ACTIVATE_VERSION, so that targets keep what didn't come: %s.",
                self.name,
                reason,
            )
            return
        for stream_map in self.stream_maps:
            if not isinstance(stream_map, RemoveRecordTransform):
                self._writer.write_message(
                    ActivateVersionMessage(stream_map.stream_alias, self._version or 0)
                )

    def _fail(self, error: Exception) -> None:
        """Say what went wrong, at once, and end the run if no stream can be read any more.

        Raises:
            SystemExit: With the exit code 1.
        """
        if isinstance(error, RecordError):
            self.logger.error("%s: %s. The stream ends there.", self.name, error)
        elif isinstance(error, (TapError, SingerSDKError)):
            self.logger.error("%s", error)
        else:
            # The text of any other error may hold data of customers.
            self.logger.error(
                "%s: unexpected %s. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where; please report it.",
                self.name,
                type(error).__name__,
            )
        self.logger.debug("Where it happened:", exc_info=error)
        self._failures.append(self.name)
        is_test = self.ABORT_AT_RECORD_COUNT is not None
        if is_test or isinstance(error, (KeyRejectedError, OutputError)):
            raise SystemExit(1)
        self._writer.flush()

    def _sum_up(self, bookmark: str | None, started: float) -> None:
        self.logger.info(
            "Done with %s: %d records, %s%d with %s, %.1f s, bookmark %s -> %s",
            self.name,
            self._records,
            self.summary(),
            self.converter.additional_records,
            ADDITIONAL_COLUMN,
            time.monotonic() - started,
            bookmark,
            self._bookmark,
        )

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """Leave the bookmark of a stream that failed; the SDK would move it."""
        if self.name not in self._failures:
            super().finalize_state_progress_markers(state)

    @override
    def log_sync_costs(self) -> None:
        """End with an exit code that tells of failures, now that every stream has ended.

        The SDK calls it when all are done, to log something.

        Raises:
            SystemExit: With the exit code 1.
        """
        if self._failures:
            raise SystemExit(1)

    @property
    def _bookmark(self) -> str | None:
        bookmark: str | None = self.stream_state.get("replication_key_value")
        return bookmark


class _ExactMap(StreamMap):
    """A stream map of the SDK, helped: it gives each record all declared fields, in order.

    By itself, flattening leaves a null object under its name, without the columns that are
    declared for its parts.
    """

    def __init__(self, stream_map: StreamMap) -> None:
        vars(self).update(vars(stream_map))
        self._map = stream_map
        self._names = list(stream_map.transformed_schema["properties"])

    @override
    def transform(self, record: Record) -> Record | None:
        mapped = self._guarded(self._map.transform, record)
        if mapped is None or mapped is record:
            return mapped
        return {name: mapped.get(name) for name in self._names}

    @override
    def get_filter_result(self, record: Record) -> bool:
        return bool(self._guarded(self._map.get_filter_result, record))

    def _guarded(self, function: Any, record: Record) -> Any:  # noqa: ANN401
        try:
            return function(record)
        except Exception as error:  # noqa: BLE001  # an expression can fail in any way
            msg = (
                f"The stream map of {self._map.stream_alias} can't be applied to a row "
                f"({type(error).__name__}): correct its expressions in stream_maps."
            )
            raise TapError(msg) from None  # the text of the error may hold data of customers
