"""FrontcoreStream: where the API and the Singer protocol meet."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import metrics
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.frontcore.client import Endpoint
from tap_frontcore.frontcore.filters import Span
from tap_frontcore.frontcore.pagination import OverlappingPaginator
from tap_frontcore.frontcore.queries import Query, queries
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.frontcore.reading import ListReader
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.singer.tap import SingerTap


class FrontcoreStream(SingerStream):
    """A list of the Frontcore API.

    A stream says its name, path, keys and schema, and is done.

    It isn't a `RESTStream`, since that waits for each page before it asks for the next. Of the
    hooks of a `RESTStream`, 13 of 33 would look alive here and do nothing, such as all of
    `backoff_*`. What is of use to others is the same: `path`, `get_new_paginator`, and the
    metrics of its requests.
    """

    path: ClassVar[str]
    """Of the list, below the base URL."""

    primary_keys = ("id",)

    params: ClassVar[Mapping[str, str]] = {}
    """Query parameters of every request."""

    is_paged: ClassVar[bool] = True
    """Whether the list comes in pages; else one answer has all of it."""

    has_filters: ClassVar[bool] = True
    """Whether the list takes `since_id`, and filters by `created_at` and `updated_at`."""

    row_settings: ClassVar[frozenset[str]] = frozenset()
    """The settings that choose among this stream's rows; to the others they don't apply."""

    def __init__(self, tap: SingerTap, client: FrontcoreClient) -> None:
        """Set up the stream.

        Args:
            tap: The tap.
            client: The conversation with the API, which all streams share.
        """
        super().__init__(tap)
        self._client = client
        self._readers: list[ListReader] = []

    @property
    @override
    def timezone(self) -> str:
        return str(self.config["timezone"])

    @property
    def endpoint(self) -> Endpoint:
        """The stream's list, for the client."""
        (key,) = self.source_keys
        return Endpoint(self.path, self.name, key, self.is_paged)

    def get_new_paginator(self, query: Query | None = None) -> OverlappingPaginator:
        """Return a paginator at the beginning of the list, or of what a query leaves of it."""
        is_long = not any(query.changed if query else self._changed_span())
        return OverlappingPaginator(
            self.config["page_size"],
            self.endpoint.key,
            is_long=is_long,
            is_final=is_long and self.activates_version,
        )

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read every list that the run asks for, and yield its records."""
        self._client.on_response = self._log_response
        with metrics.http_request_counter(self.name, self.path) as counter:
            for query in self._run_queries():
                paginator = self.get_new_paginator(query)
                reader = self._client.read(self.endpoint, query.filters, paginator)
                self._readers.append(reader)
                try:
                    for rows in reader:
                        self._cap_bookmark(context)
                        self.tell_progress()
                        for row in rows:
                            if query.is_open or query.wants(
                                row,
                                self.time_of(row, "created_at"),
                                self.time_of(row, "updated_at"),
                            ):
                                yield self._record(row)
                finally:
                    counter.increment(reader.requests)
                self._warn_of(reader)

    def _run_queries(self) -> Iterator[Query]:
        """Yield the lists that a run reads.

        Where targets will delete what didn't come, that includes what changed since the run began.
        A row that was edited may have moved from what was unread to what was read.
        """
        yield from self.queries(self._changed_span())
        if self.activates_version and self.has_filters and (started_at := self._client.started_at):
            lookback = timedelta(seconds=int(self.config["lookback_seconds"]))
            yield from self.queries(Span(clock.to_text(started_at - lookback)))

    def _record(self, row: Row) -> Record:
        record = self.converter.convert(row)
        if self.replication_key and record[self.replication_key] is None:
            record[self.replication_key] = self.time_of(row, "created_at")
        return record

    def queries(self, changed: Span) -> Iterator[Query]:
        """Return the lists to read, so that together they have every row that is due.

        Args:
            changed: When rows last changed that are due.
        """
        scope = dict(self.params)
        if since_id := self._row_setting("since_id"):
            scope["since_id"] = str(since_id)
        if self._row_setting("include_employees"):
            scope["include[]"] = "employees"
        return queries(
            scope,
            created=Span(self._time("created_at_min"), self._time("created_at_max")),
            changed=changed,
            timezone=self.timezone,
        )

    def _changed_span(self) -> Span:
        """Return when rows must have changed to be due."""
        if self.replication_method == REPLICATION_FULL_TABLE:
            return Span()
        since = None
        if start := self.get_starting_timestamp(None):
            start -= timedelta(seconds=int(self.config["lookback_seconds"]))
            since = max(clock.to_text(start), self._time("start_date") or "")
        return Span(since, self._time("end_date"))

    def _time(self, name: str) -> str | None:
        value = self._row_setting(name) if name.startswith("created") else self.config.get(name)
        return clock.to_text(clock.parse(value)) if value else None

    def _row_setting(self, name: str) -> Any:  # noqa: ANN401
        return self.config.get(name) if name in self.row_settings else None

    def _cap_bookmark(self, context: Context | None) -> None:
        """Keep the bookmark from passing the sync's start also by the server's clock.

        The SDK takes this machine's clock. If that is fast, rows that change while the list is
        read could fall behind the bookmark.
        """
        start, there = self.get_replication_key_signpost(context), self._client.started_at
        if there and start and there < start:
            self.state_manager.write_replication_key_signpost(there, context=context)

    def _log_response(self, endpoint: Endpoint, status: int, seconds: float) -> None:
        """Log how long an answer took, as the SDK's own streams do."""
        tags: dict[str, Any] = {
            metrics.Tag.STREAM: endpoint.name,
            metrics.Tag.ENDPOINT: endpoint.path,
            metrics.Tag.HTTP_STATUS_CODE: status,
            metrics.Tag.STATUS: metrics.Status.SUCCEEDED
            if status < HTTPStatus.BAD_REQUEST
            else metrics.Status.FAILED,
        }
        point = metrics.Point("timer", metrics.Metric.HTTP_REQUEST_DURATION, seconds, tags)
        metrics.log(metrics.get_metrics_logger(), point)

    def _warn_of(self, reader: ListReader) -> None:
        warnings = {
            "texts had characters that no database takes, such as U+0000; they were taken out": (
                reader.were_cleaned
            ),
            "entries that were no rows were left out": reader.not_rows > 0,
            "rows that didn't change came in another order from page to page, so some may be "
            "missing; they come with one of the next runs at --full-refresh; please report it": (
                not reader.is_orderly
            ),
            "what lies behind its last row couldn't be had, so rows may be missing": (
                reader.is_end_unsure
            ),
            "the list has a length at which servers cut lists, so rows may be missing; compare it "
            "with what Frontcore shows": reader.is_cut,
        }
        for warning, is_due in warnings.items():
            if is_due:
                self.logger.warning("%s: %s.", self.name, warning)

    @override
    def why_incomplete(self) -> str | None:
        for name in ("since_id", "created_at_min", "created_at_max"):
            if self._row_setting(name):
                return f"{name} is set, so not all rows were asked for"
        return next((reader.doubt for reader in self._readers if reader.doubt), None)

    @override
    def counts(self) -> dict[str, int]:
        return {
            "requests": sum(reader.requests for reader in self._readers),
            "retries": sum(reader.retries for reader in self._readers),
        }


class PreviewStream(FrontcoreStream):
    """A list of which nobody has seen a whole row: it comes only if a user selects it."""

    selected_by_default = False
    has_filters = False
