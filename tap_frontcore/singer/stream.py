"""SingerStream: the run of a stream, with its bookmark, its failure and ACTIVATE_VERSION.

All overrides of the SDK's stream are here and in `shape`; `tests/unit/singer` checks them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.errors import OutputError
from tap_frontcore.singer import versions
from tap_frontcore.singer.report import listed
from tap_frontcore.singer.shape import ShapedStream

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from singer_sdk.helpers.types import Context

    from tap_frontcore.singer.singer_tap import SingerTap

PROGRESS_INTERVAL = 30.0  # seconds between two lines of progress, at least


class SingerStream(ShapedStream):
    """A stream whose failure doesn't end the others."""

    def __init__(self, tap: SingerTap) -> None:
        super().__init__(tap)
        self._run = tap.run
        self._told_at = self._run.now()
        self._records = 0
        self._keys: set[Any] = set()  # of rows that came, in a run in which they may come twice

    def doubts(self) -> Sequence[tuple[str, str | None]]:
        """Return why rows may be missing, the gravest reason first; a warning of it, or None."""
        return ()

    def counts(self) -> dict[str, int]:
        """Return further counts of a run, such as `requests`."""
        return {}

    @property
    def activates_version(self) -> bool:
        """Whether ACTIVATE_VERSION may tell targets to delete the rows that a run lacks."""
        is_full_run = self.replication_method == REPLICATION_FULL_TABLE and not self._is_test
        return is_full_run and bool(self.config.get("emit_activate_version_messages"))

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """False: the SDK would send it first, so a failing run would leave the table incomplete."""
        return False

    @property
    def _is_test(self) -> bool:
        return self.ABORT_AT_RECORD_COUNT is not None

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        """Sync the records; unlike in the SDK, the other streams go on after an error."""
        began, bookmark, run = datetime.now(UTC), self._bookmark, self._run
        self._told_at = run.now()
        withheld: list[str | None] = []
        if self.activates_version:
            self.version = run.version
        may_come_twice = self.activates_version or bookmark or self.config.get("start_date")
        self._keep_bookmark()
        try:
            for record in super()._sync_records(context, write_messages=write_messages):
                key = record[self.source_keys[0]]
                self._records += key not in self._keys
                if may_come_twice:
                    self._keys.add(key)
                self.tell_progress()
                yield record
                if self._records == self.ABORT_AT_RECORD_COUNT:
                    break
            run.writer.flush()
            if self.activates_version:
                reason = next((reason for reason, _ in self.doubts()), None)
                withheld = versions.activate(self, run, self._records, reason)
        except Exception as error:  # noqa: BLE001  # the next stream may succeed
            run.fail(self.name, error, self.logger)
            if isinstance(error, OutputError):  # no stream can write its records
                raise SystemExit(1) from None
            run.writer.flush()
        finally:
            self._end(began, bookmark, withheld)

    def _keep_bookmark(self) -> None:
        """Begin at the bookmark as if a row had it, so that no row of the run moves it back."""
        key = self.replication_key
        if key and self._bookmark and self.stream_state.get("replication_key") == key:
            self._increment_stream_state({key: self._bookmark})

    def _end(self, began: datetime, bookmark: str | None, withheld: list[str | None]) -> None:
        """Note how the stream ended, for `sync_runs` and the last line of the run, and log it."""
        ended, doubts = datetime.now(UTC), self.doubts()
        failure = self._run.failures.get(self.name)
        reasons = [*(reason for reason, _ in doubts), *filter(None, withheld)]
        may_lack_rows = self._is_test or any(consequence for _, consequence in doubts)
        counts = {"records": self._records, **self.counts()}
        row = {
            "id": f"{self._run.id}/{self.name}",
            "stream": self.name,
            "started_at": clock.to_text(began),
            "ended_at": clock.to_text(ended),
            "replication_method": self.replication_method,
            **counts,
            "is_complete": not (failure or may_lack_rows),
            "doubt": next(iter(reasons), None),
            "failure": failure,
            "bookmark_before": bookmark,
            "bookmark_after": self._bookmark,
            "is_activated": bool(withheld) and not any(withheld),
            "new_fields": ", ".join(self.converter.new_fields.values()) or None,
            "tap_version": self._tap.plugin_version,
        }
        self._run.rows.append(row)
        if not failure:
            seconds = round((ended - began).total_seconds(), 1)
            told = listed({**counts, "seconds": seconds, "bookmark": self._bookmark})
            self.logger.info("Done with %s: %s", self.name, told)

    def tell_progress(self) -> None:
        """Log the progress, at most every 30 seconds. Call it for rows without records too."""
        now = self._run.now()
        if now - self._told_at >= PROGRESS_INTERVAL:
            self._told_at = now
            counts = listed({"records": self._records, **self.counts()})
            self.logger.info("%s: %s so far", self.name, counts)

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """Keep the bookmark of a stream that wasn't read to its end; the SDK would move it."""
        if not self._is_test and self.name not in self._run.failures:
            super().finalize_state_progress_markers(state)

    @property
    def _bookmark(self) -> str | None:
        bookmark: str | None = self.stream_state.get("replication_key_value")
        return bookmark
