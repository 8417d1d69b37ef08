"""FrontcoreStream: where the API and the Singer protocol meet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.clock import Span
from tap_frontcore.frontcore import Endpoint
from tap_frontcore.frontcore.questions import Question, questions
from tap_frontcore.singer.stream import SingerStream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Context, Record

    from tap_frontcore.frontcore import FrontcoreClient, Listing
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.singer.tap import SingerTap


class FrontcoreStream(SingerStream):
    """A list of the Frontcore API.

    A stream says its name, path, keys and schema, and is done.
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
        self._listings: list[Listing] = []

    @property
    @override
    def timezone(self) -> str:
        return str(self.config["timezone"])

    @property
    def endpoint(self) -> Endpoint:
        """The stream's list, for the client."""
        (key,) = self.source_keys
        return Endpoint(self.path, self.name, key, self.is_paged)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read every list that the run asks for, and yield its records."""
        for question in self._questions(context):
            is_long = not any(question.changed)
            listing = self._client.read(self.endpoint, question.filters, is_long=is_long)
            self._listings.append(listing)
            for rows in listing:
                self._cap_bookmark(context)
                for row in rows:
                    if question.is_open or question.wants(
                        row, self.time_of(row, "created_at"), self.time_of(row, "updated_at")
                    ):
                        yield self._record(row)
            self._warn_of(listing)

    def _record(self, row: Row) -> Record:
        record = self.converter.convert(row)
        if self.replication_key and record[self.replication_key] is None:
            record[self.replication_key] = self.time_of(row, "created_at")
        return record

    def _questions(self, context: Context | None) -> Iterator[Question]:
        """Return the lists to read, so that together they have every row that is due."""
        scope = dict(self.params)
        if since_id := self._row_setting("since_id"):
            scope["since_id"] = str(since_id)
        if self._row_setting("include_employees"):
            scope["include[]"] = "employees"
        return questions(
            scope,
            created=Span(self._time("created_at_min"), self._time("created_at_max")),
            changed=self._changed_span(context),
            timezone=self.timezone,
        )

    def _changed_span(self, context: Context | None) -> Span:
        """Return when rows must have changed to be due."""
        if self.replication_method == REPLICATION_FULL_TABLE:
            return Span()
        since = None
        if start := self.get_starting_timestamp(context):
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
        start, there = self.get_replication_key_signpost(context), self._client.began_at
        if there and start and there < start:
            self.state_manager.write_replication_key_signpost(there, context=context)

    def _warn_of(self, listing: Listing) -> None:
        if listing.were_cleaned:
            self.logger.warning(
                "%s: texts had characters that no database takes, such as U+0000; they were "
                "taken out.",
                self.name,
            )
        if not listing.is_orderly:
            self.logger.warning(
                "%s: rows that didn't change came in another order from page to page, so some "
                "may be missing. They come with one of the next runs at --full-refresh; please "
                "report it.",
                self.name,
            )

    @override
    def why_incomplete(self) -> str | None:
        for name in ("since_id", "created_at_min", "created_at_max"):
            if self._row_setting(name):
                return f"{name} is set, so not all rows were asked for"
        if not all(listing.is_orderly for listing in self._listings):
            return "the list has no order that can be relied on"
        if not all(listing.is_at_rest for listing in self._listings):
            return "the list changed while it was read"
        return None

    @override
    def summary(self) -> str:
        requests = sum(listing.requests for listing in self._listings)
        retries = sum(listing.retries for listing in self._listings)
        return f"{requests} requests, {retries} of them retries, "


class PreviewStream(FrontcoreStream):
    """A list of which nobody has seen a whole row: it comes only if a user selects it."""

    selected_by_default = False
    has_filters = False
