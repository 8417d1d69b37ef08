"""Read the beginning of a list as a run does, and say what a run would notice."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.filters import Span
from tap_frontcore.frontcore.pagination import MIN_SERVER_PAGE_SIZE
from tap_frontcore.frontcore.reading import ListReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.frontcore.pagination import OverlappingPaginator
    from tap_frontcore.frontcore.queries import Query
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

MAX_REQUESTS = 12  # for one stream, without retries
FILTER_REQUESTS = 4  # for an edited row and a new one, and for page 1 once more

LOSES = (
    "incremental runs lose rows: they take a first page of fewer than "
    f"{MIN_SERVER_PAGE_SIZE} rows for all of them, and here are more"
)


@dataclass(frozen=True)
class Finding:
    """A result of the check, without values of rows.

    `broken` and `unsure` are about a promise, `barred` about the access to a stream that isn't
    selected. A `fact` stands in the stream's line, what is `new` below it, a `detail` only in JSON.
    """

    kind: Literal["broken", "unsure", "barred", "fact", "new", "detail"]
    question: str
    answer: str


class Probe:
    """A stream's list, and the rows of its beginning."""

    def __init__(self, client: FrontcoreClient, stream: FrontcoreStream) -> None:
        self.stream = stream
        self.pages: list[list[Row]] = []  # the rows of each page that the one before lacks
        self.query = next(stream.queries(Span()))  # for all rows that the settings include
        self.paginator = stream.get_new_paginator(self.query)
        self._client = client
        self._readers: list[ListReader] = []
        self.reader = self._reader(self.query, self.paginator)

    def _reader(self, query: Query, paginator: OverlappingPaginator) -> ListReader:
        reader = ListReader(self._client, self.stream.endpoint, query.filters, paginator)
        self._readers.append(reader)
        return reader

    @property
    def requests(self) -> int:
        """How many requests were sent, with retries."""
        return sum(reader.requests for reader in self._readers)

    @property
    def rows(self) -> list[Row]:
        """The rows of the pages. A row that was edited meanwhile may be there twice."""
        return [row for page in self.pages for row in page]

    def first_page(self, query: Query) -> list[Row]:
        """Request the rows of a query's first page."""
        return next(iter(self._reader(query, self.stream.get_new_paginator(query))))

    def has(self, rows: list[Row], row: Row) -> bool:
        """Return whether a row is among these, not edited."""
        names = (self.stream.endpoint.key, "created_at", "updated_at")
        # As text: PHP may send the key as "5" in one response and as 5 in the next.
        return any(all(str(row.get(name)) == str(it.get(name)) for name in names) for it in rows)

    @property
    def has_doubles(self) -> bool:
        """Whether different rows have one key: on the same page, or created at different times."""
        key = self.stream.endpoint.key
        rows = {(str(row.get(key)), str(row.get("created_at"))) for row in self.rows}
        is_on_one_page = any(
            len({str(it.get(key)) for it in page}) < len(page) for page in self.pages
        )
        return is_on_one_page or len(rows) > len({number for number, _ in rows})


def check_pages(probe: Probe) -> Iterator[Finding]:
    """Read the beginning of a list as a run does, and yield what a run would notice.

    The check can't see what is further into the list; a run notices it there.
    """
    has_filters, is_paged = probe.stream.has_filters, probe.stream.endpoint.is_paged
    reserved = FILTER_REQUESTS if has_filters else 0
    failure = None
    try:
        probe.pages.extend(islice(probe.reader, MAX_REQUESTS - reserved))
    except PaginationError as error:
        failure = error.__cause__
    count = len(probe.paginator.seen)
    rows = "1 row" if count == 1 else f"{count} rows"
    is_finished = probe.paginator.finished or not is_paged
    yield Finding("fact", "rows", rows if is_finished else f"at least {rows}")
    if probe.has_doubles:
        yield Finding("broken", "key", "a row has the key of another one, and takes its place")
    if failure:
        yield Finding("broken", "pages", f"runs fail: {failure}")
        return  # doubts would follow from that
    if has_filters and len(probe.pages[0]) < min(count, MIN_SERVER_PAGE_SIZE):
        yield Finding("broken", "pages", LOSES)
    for doubt in probe.reader.doubts:
        yield Finding("unsure" if doubt.warning else "fact", "completeness", doubt.reason)
