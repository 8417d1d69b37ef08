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
from tap_frontcore.frontcore.queries import Endpoint, Query, is_unedited, queries
from tap_frontcore.frontcore.reading import Doubt, ListReader
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from singer_sdk.helpers.types import Context, Record

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.singer.singer_tap import SingerTap

PAGE_SIZE = 250  # the documented maximum; a lower one is learned from the first page
CREATED = ("created_at_min", "created_at_max")


class FrontcoreStream(SingerStream):
    """A stream of the Frontcore API. Subclasses only declare name, path, keys and schema.

    It isn't a `RESTStream`, which can't prefetch, but `path`, `get_new_paginator` and the metrics
    of requests mean what they mean there.
    """

    path: ClassVar[str]  # of the endpoint, below the base URL
    primary_keys = ("id",)
    params: ClassVar[Mapping[str, str]] = {}  # query parameters of every request
    # By column, or part of one such as `course.id`: the stream whose key it holds.
    references: ClassVar[Mapping[str, str]] = {}  # that are documented
    references_by_analogy: ClassVar[Mapping[str, str]] = {}  # those by name, or in public clients
    is_paged: ClassVar[bool] = True  # otherwise one response has all rows
    null_is_unedited: ClassVar[bool] = True  # whether a null `updated_at` is known to say so
    # Settings, which are query parameters too, that leave out rows.
    narrowed_by: ClassVar[tuple[str, ...]] = ()

    def __init__(self, tap: SingerTap, client: FrontcoreClient) -> None:
        super().__init__(tap)
        self._client = client
        self._readers: list[ListReader] = []
        self._tells_changes: bool | None = None  # whether any row tells; None before the first

    @property
    @override
    def timezone(self) -> str:
        return str(self.config["timezone"])

    @property
    def endpoint(self) -> Endpoint:
        """The stream's endpoint, for the client."""
        (key,) = self.source_keys
        return Endpoint(self.path, self.name, key, self.is_paged)

    @property
    def has_filters(self) -> bool:
        """Whether the list takes filters by time, also where its rows or a catalog lack the key."""
        return type(self).replication_key is not None

    def get_new_paginator(self, query: Query) -> OverlappingPaginator:
        """Return a paginator at the start of what a query selects."""
        is_full_read = not any(query.changed)
        return OverlappingPaginator(
            PAGE_SIZE,
            self.endpoint.key,
            is_full_read=is_full_read,
            may_delete=self.activates_version,
        )

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
                        yield from self._records_of(query, reader)
            finally:
                counter.increment(self.counts()["requests"])
        self._bound_bookmark(context)

    def _reader(self, query: Query) -> ListReader:
        paginator = self.get_new_paginator(query)
        self._readers.append(ListReader(self._client, self.endpoint, query.filters, paginator))
        return self._readers[-1]

    def _records_of(self, query: Query, reader: ListReader) -> Iterator[Record]:
        for rows in reader:
            self.tell_progress()
            start = self._client.started_at
            began = self._less_lookback(start) if start else None
            yield from (self._record(row) for row in rows if query.wants(row, began))
        self._warn_of(reader)

    def _spans(self) -> Iterator[Span]:
        """Yield the spans in which the rows to read last changed."""
        yield self._changed_span()
        # Before ACTIVATE_VERSION, reread rows that changed during the run: an edited row may have
        # moved from the unread part to the part already read, and would be deleted.
        if self.activates_version and self.has_filters and (start := self._client.started_at):
            yield Span(self._less_lookback(start))

    def _less_lookback(self, start: datetime) -> str:
        """Return from when on a look at `start` may have missed rows, since they are saved late."""
        return clock.to_text(start - timedelta(seconds=int(self.config["lookback_seconds"])))

    def _record(self, row: Row) -> Record:
        record = self.converter.convert(self.privacy.mask(row) if self.privacy else row)
        if key := self.replication_key:
            may_tell = record[key] is not None or is_unedited(row)
            record[key] = record[key] or self.time_of(row, "created_at")
            self._tells_changes = self._tells_changes or (may_tell and record[key] is not None)
        return record

    def queries(self, changed: Span) -> Iterator[Query]:
        """Yield queries that together return every row that last changed in a span."""
        narrowing = self._narrowing()
        created = Span(*(_to_text(narrowing.pop(it, None)) for it in CREATED))
        scope = {**self.query_params(), **{name: str(it) for name, it in narrowing.items()}}
        return queries(
            scope,
            created=created,
            changed=changed,
            timezone=self.timezone,
            null_is_unedited=self.null_is_unedited,
        )

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
            since = max(self._less_lookback(start), _to_text(self.config.get("start_date")) or "")
        return Span(since, _to_text(self.config.get("end_date")))

    def _bound_bookmark(self, context: Context | None) -> None:
        """Cap the bookmark at the start of the run by the server's clock, and at `end_date`.

        The SDK uses this machine's clock. If it is fast, the next run would miss later changes.
        If no row tells when it changed, that cap is the bookmark: all changes before it were read.
        """
        key, start = self.replication_key, self._client.started_at
        if self.replication_method == REPLICATION_FULL_TABLE or not (key and start):
            return
        latest = min(it for it in (clock.to_text(start), self._changed_span().until) if it)
        self.state_manager.write_replication_key_signpost(latest, context=context)
        if self._tells_changes is False:
            self._increment_stream_state({key: latest}, context=context)
            text = "%s: no row tells when it changed, so the time of this run is the bookmark: %s."
            self.logger.info(text, self.name, latest)

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
