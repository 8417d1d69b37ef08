"""Asking one list, counted, and what is found out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tap_frontcore import clock
from tap_frontcore.errors import RefusedError, RetriableError
from tap_frontcore.frontcore.filters import Span
from tap_frontcore.frontcore.reading import TRIES_BEHIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_frontcore.frontcore.client import FrontcoreClient, Request
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

MOST_REQUESTS = 12
"""Requests for one list; tries that failed aren't counted."""


class Finding(NamedTuple):
    """One thing found out of a list."""

    kind: Literal["broken", "fact", "new", "detail"]
    """Whether it breaks the tap's promise, stands in the list's line, below it, or in JSON only."""

    question: str
    answer: str
    """Without values of rows."""


class Probe:
    """Asks for pages of one list, as the tap does, and for each page once."""

    def __init__(self, client: FrontcoreClient, stream: FrontcoreStream) -> None:
        """Ask nothing yet.

        Args:
            client: The conversation with the API.
            stream: Whose list it is.
        """
        self.client = client
        self.endpoint = stream.endpoint
        self.limit: int = stream.config["page_size"]
        self.filters = next((query.filters for query in stream.queries(Span())), {})
        """What a run asks by that reads everything."""

        self.seen: dict[str, Row] = {}
        """All rows that came, by their key."""

        self.has_doubles = False
        """Whether a row had the key of another one."""

        self.has_not_rows = False
        """Whether there were entries that are no rows, such as `null`."""

        self._time_of = stream.time_of
        self._sent: dict[frozenset[tuple[str, str]], Request] = {}

    @property
    def requests(self) -> int:
        """How many were sent."""
        return len(self._sent)

    @property
    def left(self) -> int:
        """How many more there may be."""
        return MOST_REQUESTS - self.requests

    def keys(self, rows: Iterable[Row]) -> list[str]:
        """Return what tells the rows from others, in their order."""
        return [str(row.get(self.endpoint.key)) for row in rows]

    def is_settled(self, key: str) -> bool:
        """Tell whether a row last changed before the check began, else the next run brings it."""
        start = self.client.started_at
        times = [self._time_of(self.seen[key], name) for name in ("created_at", "updated_at")]
        return not start or not any(time and time >= clock.to_text(start) for time in times)

    def has_sent(self, params: Mapping[str, str]) -> bool:
        """Tell whether a request was sent before."""
        return frozenset(params.items()) in self._sent

    def send(self, params: Mapping[str, str]) -> Request:
        """Send a request in its turn, unless it was sent before."""
        name = frozenset(params.items())
        if name not in self._sent:
            self.client.pace.wait()
            self._sent[name] = self.client.start(self.endpoint, params)
        return self._sent[name]

    def receive(self, request: Request, tries: int | None = None) -> list[Row]:
        """Return the rows that a request brings.

        Raises:
            TapError: There is no good answer.
        """
        rows, _, not_rows = self.client.receive(request, tries)
        keys = self.keys(rows)
        self.has_doubles |= len(set(keys)) < len(keys)
        self.has_not_rows |= not_rows > 0
        self.seen.update(zip(keys, rows, strict=True))
        return rows

    def page(
        self, page: int = 1, limit: int | None = None, filters: Mapping[str, str] | None = None
    ) -> list[Row]:
        """Return the rows of a page; of all of them, if the list isn't paged.

        Args:
            page: Its number, from 1.
            limit: Rows to ask for; by default as many as the tap does.
            filters: Others than those of a run that reads everything.

        Raises:
            TapError: There is no good answer.
        """
        return self.receive(self.send(self._params(page, limit, filters)))

    def page_behind(self, page: int) -> list[Row]:
        """Return the rows of a page that may be past the end, where an error is as good as none."""
        try:
            return self.receive(self.send(self._params(page)), TRIES_BEHIND)
        except (RefusedError, RetriableError):
            return []

    def _params(
        self, page: int, limit: int | None = None, filters: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        params = dict(self.filters if filters is None else filters)
        if self.endpoint.is_paged:
            params |= {"limit": str(limit or self.limit), "page": str(page)}
        return params
