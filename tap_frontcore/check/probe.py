"""Send the requests of a check, and read the beginning of a list as a run does."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal, cast

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.filters import Span
from tap_frontcore.frontcore.pagination import MIN_SERVER_PAGE_SIZE, OverlappingPaginator
from tap_frontcore.frontcore.reading import ListReader
from tap_frontcore.streams.base import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_frontcore.frontcore.answers import Rows
    from tap_frontcore.frontcore.client import FrontcoreClient, Request
    from tap_frontcore.frontcore.queries import Endpoint
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

MAX_REQUESTS = 12  # for one stream, without retries
FILTER_REQUESTS = 4  # for a row edited in summer, one in winter, a new one, and to see one again

LOSES = (
    "incremental runs lose rows: they take a first page of fewer than "
    f"{MIN_SERVER_PAGE_SIZE} rows for all of them, and here are more"
)
DISORDER = "rows with equal sort values change places, so a run may miss some"
MOVED = "some were added, deleted or moved meanwhile"


@dataclass(frozen=True)
class Finding:
    """A result of the check, without values of rows.

    It breaks a promise, leaves one open, is in the stream's line, below it, or in JSON only.
    """

    kind: Literal["broken", "unsure", "fact", "new", "detail"]
    question: str
    answer: str


class EnoughError(Exception):
    """No request is left."""


class Probe:
    """Counts requests and notes odd rows. A `ListReader` can use it as its client."""

    max_parallel_requests = 1

    def __init__(self, client: FrontcoreClient, stream: FrontcoreStream) -> None:
        self.stream, self.endpoint = stream, stream.endpoint
        self.filters = next((query.filters for query in stream.queries(Span())), {})
        self.pages: list[list[Row]] = []  # the rows of each response, in order
        self.seen: dict[str, Row] = {}  # all rows that came, by their key
        self.has_doubles = False  # rows share a key
        self.is_whole = False  # more rows came than were asked for
        self.requests = 0
        self._client = client

    def send(self, endpoint: Endpoint, params: Mapping[str, str]) -> Request:
        """Send a request in its turn, or raise EnoughError if none is left."""
        if self.requests >= MAX_REQUESTS:
            raise EnoughError
        self.requests += 1
        return self._client.send(endpoint, params)

    def receive(self, request: Request, tries: int | None = None) -> Rows:
        """Wait for the response, and note what is odd about it."""
        answer = self._client.receive(request, tries)
        rows = [entry for entry in answer.entries if isinstance(entry, dict)]
        by_key = {str(row.get(self.endpoint.key)): row for row in rows}
        again = [(row, self.seen[key]) for key, row in by_key.items() if key in self.seen]
        others = [row for row, old in again if row != old and self.has([old], row)]
        # If all of them differ, a field changes by itself.
        self.has_doubles |= len(by_key) < len(rows) or 0 < len(others) < len(again)
        self.is_whole |= len(answer.entries) > int(request.params.get("limit", len(answer.entries)))
        self.pages.append(rows)
        self.seen.update(by_key)
        return answer

    def first_page(self, filters: Mapping[str, str]) -> list[Row]:
        """Return the rows of the first page that filters select."""
        paging = {"limit": str(PAGE_SIZE), "page": "1"} if self.endpoint.is_paged else {}
        self.receive(self.send(self.endpoint, {**filters, **paging}))
        return self.pages[-1]

    def has(self, rows: list[Row], row: Row) -> bool:
        """Return whether a row is among these, not edited."""
        names = (self.endpoint.key, "created_at", "updated_at")
        # As text: PHP may send the key as "5" in one response and as 5 in the next.
        return any(all(str(row.get(name)) == str(it.get(name)) for name in names) for it in rows)


def check_pages(probe: Probe) -> Iterator[Finding]:
    """Read the beginning of a list as a run does, and yield what the reader notices.

    The check can't see what is further into the list; a run notices it there.
    """
    paginator = OverlappingPaginator(PAGE_SIZE, probe.endpoint.key, is_full_read=True)
    reader = ListReader(cast("FrontcoreClient", probe), probe.endpoint, probe.filters, paginator)
    failure = None
    reserve = FILTER_REQUESTS if probe.stream.has_filters else 0
    try:
        for _ in islice(reader, MAX_REQUESTS - reserve):
            pass
    except PaginationError as error:
        failure = error.__cause__
    first, count, stability = len(probe.pages[0]), len(probe.seen), paginator.stability
    rows = "1 row" if count == 1 else f"{count} rows"
    is_finished = paginator.finished or not probe.endpoint.is_paged
    has_maximum = MIN_SERVER_PAGE_SIZE <= first < min(count, PAGE_SIZE) and not probe.is_whole
    loses = probe.stream.has_filters and first < min(count, MIN_SERVER_PAGE_SIZE)
    is_plain = not (failure or stability.has_hidden)  # else other facts follow from these
    findings = {
        Finding("broken", "pages", f"runs fail: {failure}"): failure,
        Finding("broken", "pages", LOSES): loses,
        Finding("unsure", "pages", DISORDER): not stability.is_orderly,
        Finding("fact", "rows", rows if is_finished else f"more than {rows}"): True,
        Finding("fact", "pages", "all in one answer"): probe.is_whole and not failure,
        Finding("fact", "pages", "some are hidden"): stability.has_hidden and not failure,
        Finding("fact", "pages", f"at most {first} a page"): has_maximum and is_plain,
        Finding("fact", "pages", MOVED): stability.has_moved and is_plain,
        Finding("fact", "entries", "some entries are no rows"): reader.not_rows,
    }
    return (finding for finding, is_so in findings.items() if is_so)
