"""Asking, counted and timed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from tap_frontcore.errors import KeyRejectedError, RetriableError, TapError

if TYPE_CHECKING:
    from tap_frontcore.frontcore import Endpoint, FrontcoreClient
    from tap_frontcore.frontcore.answers import Answer
    from tap_frontcore.frontcore.windows import Row

MOST_REQUESTS = 25
"""Requests for one list."""

PAGE_SIZE = 250
"""The documented maximum for `limit`."""

TOO_SMALL = "too few rows to tell"


class Finding(NamedTuple):
    """One thing found out."""

    question: str
    found: str
    how: str
    meaning: str
    """What the tap makes of it."""

    holds: bool | None = None
    """Whether what the tap promises holds with it; null if nothing rests on it."""


class Asker:
    """Asks for pages of one list, and keeps what is seen on the way."""

    def __init__(self, client: FrontcoreClient, endpoint: Endpoint, params: dict[str, str]) -> None:
        """Begin with nothing seen.

        Args:
            client: The conversation with the API.
            endpoint: The list.
            params: Query parameters of every request.
        """
        self.endpoint = endpoint
        self.first: list[Row] = []
        """The list's first page."""

        self.seen: dict[str, Row] = {}
        """All rows that came, by their key."""

        self.seconds: list[float] = []
        """How long each answer took."""

        self.answers: list[Answer] = []
        self._client = client
        self._params = params

    @property
    def left(self) -> int:
        """How many more requests there may be."""
        return MOST_REQUESTS - len(self.seconds)

    def key_of(self, row: Row) -> str:
        """Return what tells a row from others."""
        return str(row.get(self.endpoint.key))

    def keys_of(self, rows: list[Row]) -> list[str]:
        """Return what tells rows from others, in their order."""
        return [self.key_of(row) for row in rows]

    def ask(self, **params: str) -> list[Row]:
        """Send one request, once more if it fails in passing.

        Raises:
            TapError: There is no good answer.
        """
        try:
            return self._ask(params)
        except RetriableError as error:
            if self.left <= 0:
                raise
            self._client.pace.hold(error.seconds)
            return self._ask(params)

    def page(self, limit: int, page: int) -> list[Row]:
        """Ask for one page."""
        if not self.endpoint.is_paged:
            return self.ask()
        return self.ask(limit=str(limit), page=str(page))

    def page_or_none(self, limit: int, page: int) -> list[Row] | None:
        """Ask for a page that may be past the end; null if that is an error."""
        try:
            return self.page(limit, page)
        except KeyRejectedError:
            raise
        except TapError:
            return None

    def _ask(self, params: dict[str, str]) -> list[Row]:
        params = self._params | params
        self._client.pace.wait()
        started = time.monotonic()
        try:
            answer = self._client.ask(self.endpoint, params)
        finally:
            self.seconds.append(time.monotonic() - started)
        self.answers.append(answer)
        rows = self._client.rows_of(answer, self.endpoint, params).rows
        self.seen.update(zip(self.keys_of(rows), rows, strict=True))
        return rows
