"""Asking for one list, and what is found out about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tap_frontcore.frontcore.filters import Span
from tap_frontcore.streams.base import PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_frontcore.frontcore.answers import Rows
    from tap_frontcore.frontcore.client import Endpoint, FrontcoreClient, Request
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

MAX_REQUESTS = 12
"""Requests for one list; retries aren't counted."""

TIMES = ("created_at", "updated_at")


class Finding(NamedTuple):
    """One thing found out about a list, without values of rows.

    It breaks a promise, leaves one open, is in the stream's line, below it, or in JSON only.
    """

    kind: Literal["broken", "unsure", "fact", "new", "detail"]
    question: str
    answer: str


class EnoughError(Exception):
    """No request is left."""


class Probe:
    """Sends each request once. A `ListReader` takes it for the client, and reads as in a run."""

    max_parallel_requests = 1

    def __init__(self, client: FrontcoreClient, stream: FrontcoreStream) -> None:
        """Prepare to ask; nothing is sent yet."""
        self.endpoint = stream.endpoint
        self.filters = next((query.filters for query in stream.queries(Span())), {})
        self.seen: dict[str, Row] = {}  # all rows that came, by their key
        self.has_doubles = False  # rows share a key
        self.has_not_rows = False  # entries are no rows
        self.is_whole = False  # the list came whole, whatever was asked for
        self.requests = 0
        self.reserve = 0  # requests to leave for others
        self._client = client
        self._sent: dict[frozenset[tuple[str, str]], Request] = {}

    def keys(self, rows: Iterable[Row]) -> list[str]:
        """Return what tells the rows apart, in their order."""
        return [str(row.get(self.endpoint.key)) for row in rows]

    def send(self, endpoint: Endpoint, params: Mapping[str, str]) -> Request:
        """Send a request in its turn, unless it was sent before.

        Raises:
            EnoughError: No request is left.
        """
        name = frozenset(params.items())
        if name not in self._sent:
            if self.requests >= MAX_REQUESTS - self.reserve:
                raise EnoughError
            self.requests += 1
            self._sent[name] = self._client.send(endpoint, params)
        return self._sent[name]

    def receive(self, request: Request, tries: int | None = None) -> Rows:
        """Return what a request brings, and note what is odd about it."""
        answer = self._client.receive(request, tries)
        rows = [entry for entry in answer.entries if isinstance(entry, dict)]
        by_key = dict(zip(self.keys(rows), rows, strict=True))
        again = [(row, self.seen[key]) for key, row in by_key.items() if key in self.seen]
        others = [row for row, seen in again if row != seen and _times(row) == _times(seen)]
        # If all of them differ, a field changes by itself.
        self.has_doubles |= len(by_key) < len(rows) or 0 < len(others) < len(again)
        self.has_not_rows |= len(rows) < len(answer.entries)
        self.is_whole |= len(answer.entries) > int(request.params.get("limit", len(rows)))
        self.seen.update(by_key)
        return answer

    def page(self, filters: Mapping[str, str] | None = None, *, again: bool = False) -> list[Row]:
        """Return the rows of the first page; of all of them, if the list isn't paged."""
        params = dict(self.filters if filters is None else filters)
        if self.endpoint.is_paged:
            params |= {"limit": str(PAGE_SIZE), "page": "1"}
        if again:
            self._sent.pop(frozenset(params.items()), None)
        entries = self.receive(self.send(self.endpoint, params)).entries
        return [entry for entry in entries if isinstance(entry, dict)]


def _times(row: Row) -> list[object]:
    return [row.get(name) for name in TIMES]
