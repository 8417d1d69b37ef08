"""FrontcoreStream: where the API and the Singer protocol meet."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import metrics
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.frontcore.filters import Span
from tap_frontcore.frontcore.pagination import OverlappingPaginator
from tap_frontcore.frontcore.queries import Endpoint, Query, queries
from tap_frontcore.frontcore.reading import Doubt, ListReader
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.singer.singer_tap import SingerTap

PAGE_SIZE = 250  # the documented maximum; a lower one is learned from the first page
CREATED = ("created_at_min", "created_at_max")


class FrontcoreStream(SingerStream):
    """A stream of the Frontcore API. Subclasses only declare name, path, keys and schema.

    It isn't a `RESTStream`, which can't prefetch, but `path`, `get_new_paginator` and the metrics
    of requests work as they do there.
    """

    path: ClassVar[str]  # of the endpoint, below the base URL
    primary_keys = ("id",)
    params: ClassVar[Mapping[str, str]] = {}  # query parameters of every request
    # By column, or part of one such as `course.id`: the stream whose key it holds.
    references: ClassVar[Mapping[str, str]] = {}  # that are documented
    references_by_analogy: ClassVar[Mapping[str, str]] = {}  # those by name, or in public clients
    is_paged: ClassVar[bool] = True  # otherwise one response has all rows
    has_filters: ClassVar[bool] = True  # by since_id, created_at and updated_at
    narrowed_by: ClassVar[
        tuple[str, ...]
    ] = ()  # settings, and query parameters, that leave out rows

    def __init__(self, tap: SingerTap, client: FrontcoreClient) -> None:
        super().__init__(tap)
        self._client = client
        self._readers: list[ListReader] = []
        self._has_time = False  # whether a row's replication key is a time
        self._has_odd_time = False  # whether a row's replication key is neither that nor unset

    @property
    @override
    def timezone(self) -> str:
        return str(self.config["timezone"])

    @property
    def endpoint(self) -> Endpoint:
        """The stream's endpoint, for the client."""
        (key,) = self.source_keys
        return Endpoint(self.path, self.name, key, self.is_paged)

    def get_new_paginator(self, query: Query | None = None) -> OverlappingPaginator:
        """Return a paginator at the start of the endpoint, or of what a query selects."""
        changed = query.changed if query else self._changed_span()
        return OverlappingPaginator(PAGE_SIZE, self.endpoint.key, is_full_read=not any(changed))

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        self._client.on_response = self._log_response
        with metrics.http_request_counter(self.name, self.path) as counter:
            try:
                for span in self._spans():
                    readers = [(query, self._reader(query)) for query in self.queries(span)]
                    for _, reader in readers:  # so the second response arrives meanwhile
                        reader.start()
                    for query, reader in readers:
                        yield from self._records_of(query, reader, context)
            finally:
                counter.increment(self.counts()["requests"])
        if self._has_odd_time and not self._has_time:
            text = "%s: no row has a time in `%s`, so each run reads all rows; please report it."
            self.logger.warning(text, self.name, self.replication_key)

    def _reader(self, query: Query) -> ListReader:
        paginator = self.get_new_paginator(query)
        self._readers.append(ListReader(self._client, self.endpoint, query.filters, paginator))
        return self._readers[-1]

    def _records_of(
        self, query: Query, reader: ListReader, context: Context | None
    ) -> Iterator[Record]:
        for rows in reader:
            self._cap_bookmark(context)
            self.tell_progress()
            for row in rows:
                times = (self._instant_of(row, name) for name in ("created_at", "updated_at"))
                if query.is_open or query.wants(row, *times):
                    yield self._record(row)
        self._warn_of(reader)

    def _spans(self) -> Iterator[Span]:
        """Yield the spans in which the rows to read last changed."""
        yield self._changed_span()
        # Before ACTIVATE_VERSION, reread rows that changed during the run: an edited row may have
        # moved from the unread part to the part already read, and would be deleted.
        if self.activates_version and self.has_filters and (started_at := self._client.started_at):
            lookback = timedelta(seconds=int(self.config["lookback_seconds"]))
            yield Span(clock.to_text(started_at - lookback))

    def _instant_of(self, row: Row, name: str) -> str | None:
        """Return a row's time, or None if it has no offset and so isn't an exact instant."""
        return self.time_of(row, name) if clock.has_offset(row.get(name)) else None

    def _record(self, row: Row) -> Record:
        record = self.converter.convert(row)
        if self.replication_key and record[self.replication_key] is None:
            self._has_odd_time |= not clock.is_unset(row.get(self.replication_key, "absent"))
            record[self.replication_key] = self.time_of(row, "created_at")
        elif self.replication_key:
            self._has_time = True
        return record

    def queries(self, changed: Span) -> Iterator[Query]:
        """Yield queries that together return every row that last changed in a span."""
        narrowing = self._narrowing()
        created = Span(*(_to_text(narrowing.pop(it, None)) for it in CREATED))
        scope = {**self.query_params(), **{name: str(it) for name, it in narrowing.items()}}
        return queries(scope, created=created, changed=changed, timezone=self.timezone)

    def query_params(self) -> dict[str, str]:
        """Return the query parameters of every request, which leave out no row."""
        return dict(self.params)

    def _narrowing(self) -> dict[str, Any]:
        """Return the settings by which this run leaves out rows."""
        return {name: it for name in self.narrowed_by if (it := self.config.get(name))}

    def _changed_span(self) -> Span:
        """Return the span that the settings and the bookmark give."""
        if self.replication_method == REPLICATION_FULL_TABLE:
            return Span()
        since = None
        if start := self.get_starting_timestamp(None):
            start -= timedelta(seconds=int(self.config["lookback_seconds"]))
            since = max(clock.to_text(start), _to_text(self.config.get("start_date")) or "")
        return Span(since, _to_text(self.config.get("end_date")))

    def _cap_bookmark(self, context: Context | None) -> None:
        """Cap the bookmark at the start of the sync by the server's clock.

        The SDK uses this machine's clock. If it is fast, the next run would miss later changes.
        """
        start, there = self.get_replication_key_signpost(context), self._client.started_at
        if there and start and there < start:
            self.state_manager.write_replication_key_signpost(there, context=context)

    def _log_response(self, endpoint: Endpoint, status: int, seconds: float) -> None:
        """Log the duration of a response as the SDK's metric; at DEBUG, since there are many."""
        succeeded = status < HTTPStatus.BAD_REQUEST
        tags: dict[str, Any] = {
            metrics.Tag.STREAM: endpoint.name,
            metrics.Tag.ENDPOINT: endpoint.path,
            metrics.Tag.HTTP_STATUS_CODE: status,
            metrics.Tag.STATUS: metrics.Status.SUCCEEDED if succeeded else metrics.Status.FAILED,
        }
        point = metrics.Point("timer", metrics.Metric.HTTP_REQUEST_DURATION, seconds, tags)
        metrics.get_metrics_logger().debug("METRIC: %s", point)

    def _warn_of(self, reader: ListReader) -> None:
        if reader.were_cleaned:
            text = "%s: texts had characters that no database takes, such as U+0000. They are gone."
            self.logger.warning(text, self.name)
        for doubt in reader.doubts:
            if doubt.warning:
                self.logger.warning("%s: %s: %s.", self.name, *doubt)

    @override
    def doubts(self) -> list[Doubt]:
        doubts = [doubt for reader in self._readers for doubt in reader.doubts]
        text = "%s is set, so not all rows were asked for"
        doubts += [Doubt(text % setting) for setting in self._narrowing()]
        return sorted(doubts, key=lambda doubt: not doubt.warning)

    @override
    def counts(self) -> dict[str, int]:
        return {
            "requests": sum(reader.requests for reader in self._readers),
            "retries": sum(reader.retries for reader in self._readers),
        }


def _to_text(time: str | None) -> str | None:
    return clock.to_text(clock.parse(time)) if time else None


class PreviewStream(FrontcoreStream):
    """A stream that isn't selected by default, since too little is known of it."""

    selected_by_default = False
    has_filters = False
