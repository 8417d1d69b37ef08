"""Reading a list whole: which request is sent when, and rows in the list's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from tap_frontcore.errors import NotFoundError, PaginationError, RefusedError, RetriableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_frontcore.frontcore.client import Endpoint, FrontcoreClient, Request
    from tap_frontcore.frontcore.pagination import OverlappingPaginator
    from tap_frontcore.frontcore.windows import Row, Window

DEFAULT_LIMITS = frozenset({75, 250})
"""What a list in one answer may have been cut to: the documented default and maximum."""

ROUND_LENGTHS = frozenset({10_000, 50_000, 100_000})
"""Where search engines and databases are often told to end a long list."""

TRIES_BEHIND = 3
"""Tries for a window behind what looks like the end. A server that fails for every page past the
end should not cost two minutes a list."""

Sent = TypeVar("Sent")


class Fetcher(Protocol[Sent]):
    """What `read` needs of whoever sends the requests."""

    def send(self, window: Window) -> Sent:
        """Wait for the turn of a request, and send it."""

    def send_ahead(self, window: Window, needed: Sent) -> Sent | None:
        """Do so, unless the answer that is needed next comes before the turn."""

    def receive(self, window: Window, sent: Sent) -> list[Row]:
        """Wait for the rows of a request, and send it again if it failed."""

    def peek(self, sent: Sent) -> list[Row] | None:
        """Wait for the rows of a window that may be past the end; null if they can't be had."""


def read(
    paginator: OverlappingPaginator, fetcher: Fetcher[Sent], *, max_parallel_requests: int
) -> Iterator[list[Row]]:
    """Read a whole list, several windows ahead of the reader if they are long in coming.

    Args:
        paginator: At its beginning.
        fetcher: Who sends the requests.
        max_parallel_requests: Windows in flight at once, and so the most in memory.

    Yields:
        The rows of one window after the other, in the list's order.

    Raises:
        PaginationError: See `OverlappingPaginator.advance`.
    """
    sent: dict[Window, Sent] = {}
    while not paginator.finished:
        window, *ahead = paginator.upcoming(max_parallel_requests)
        if window not in sent:  # the first one, or one that wasn't foreseen
            sent.clear()
            sent[window] = fetcher.send(window)
        for next_window in ahead:
            if next_window not in sent:
                request = fetcher.send_ahead(next_window, sent[window])
                if request is None:
                    break
                sent[next_window] = request
        paginator.advance(fetcher.receive(window, sent.pop(window)))
        yield paginator.new_rows
        if (behind := paginator.window_behind) and not paginator.finished:
            request = sent.pop(behind, None) or fetcher.send(behind)
            sent.clear()
            if (rows := fetcher.peek(request)) is not None:
                paginator.look_behind(rows)


class ListReader:
    """One list: iterate over it for its rows, a page at a time.

    Raises:
        TapError: The list can't be read to its end.
    """

    def __init__(
        self,
        client: FrontcoreClient,
        endpoint: Endpoint,
        filters: Mapping[str, str],
        paginator: OverlappingPaginator,
    ) -> None:
        """Prepare to read; nothing is sent yet.

        Args:
            client: Who sends the requests.
            endpoint: The list.
            filters: Query parameters, besides `limit` and `page`.
            paginator: At its beginning. A list that isn't paged has no use for it.
        """
        self.requests = 0
        self.retries = 0
        self.not_rows = 0
        """How many entries were no rows, such as null."""

        self.were_cleaned = False
        """Whether characters were taken out that no database takes."""

        self.is_end_unsure = False
        """Whether what lies behind the last row couldn't be had, or rows seen there never came."""

        self._client = client
        self._endpoint = endpoint
        self._filters = dict(filters)
        self._paginator = paginator
        self._length = 0

    @property
    def is_orderly(self) -> bool:
        """Whether rows that didn't change kept their order; else some may have been missed."""
        return self._paginator.condition.is_orderly

    @property
    def is_cut(self) -> bool:
        """Whether the list has a length at which servers cut lists."""
        return self._length in (ROUND_LENGTHS if self._endpoint.is_paged else DEFAULT_LIMITS)

    @property
    def doubt(self) -> str | None:
        """Why rows that didn't come may be there all the same; null if nothing speaks for it."""
        condition = self._paginator.condition
        doubts = {
            "the list has no order that can be relied on": not condition.is_orderly,
            "the list changed while it was read": condition.has_moved,
            "an entry of the list was no row": self.not_rows > 0,
            "the API hides rows of the list": condition.has_hidden,
            "the end of the list couldn't be made sure of": self.is_end_unsure,
            f"the list may have been cut at {self._length} rows": self.is_cut,
        }
        return next((doubt for doubt, is_so in doubts.items() if is_so), None)

    def __iter__(self) -> Iterator[list[Row]]:
        if not self._endpoint.is_paged:
            rows = self._rows_of(self._send({}))
            self._length = len(rows)
            yield rows
            return
        try:
            yield from read(
                self._paginator, self, max_parallel_requests=self._client.max_parallel_requests
            )
        except PaginationError as error:
            msg = (
                f"{self._endpoint.path} can't be read to its end: {error}. Run again when less "
                "is going on."
            )
            raise PaginationError(msg) from error
        self._length = self._paginator.row_count
        self.is_end_unsure |= self._paginator.is_waiting

    def send(self, window: Window) -> Request:
        """See `Fetcher`."""
        return self._send({"limit": str(window.limit), "page": str(window.page)})

    def send_ahead(self, window: Window, needed: Request) -> Request | None:
        """See `Fetcher`."""
        while not needed.future.done():
            if not (seconds := self._client.pace.take()):
                return self._start({"limit": str(window.limit), "page": str(window.page)})
            needed.wait(seconds)
        return None

    def receive(self, window: Window, sent: Request) -> list[Row]:
        """See `Fetcher`. A page past the end, which servers may refuse, shows nothing.

        It is no such page where rows behind it were seen already.
        """
        is_past_end = self._paginator.is_looking_behind and not self._paginator.is_waiting
        try:
            return self._rows_of(sent)
        except NotFoundError:  # or the list has become shorter
            if not window.start or self._paginator.is_waiting:
                raise
        except RefusedError:
            if not is_past_end:
                raise
            self.is_end_unsure = True
        except RetriableError:
            if not is_past_end or self._paginator.is_careful:
                raise
            self.is_end_unsure = True
        return []

    def peek(self, sent: Request) -> list[Row] | None:
        """See `Fetcher`."""
        try:
            return self._rows_of(sent, TRIES_BEHIND)
        except (RefusedError, RetriableError):  # it proves nothing
            return None

    def _send(self, page: Mapping[str, str]) -> Request:
        self._client.pace.wait()
        return self._start(page)

    def _start(self, page: Mapping[str, str]) -> Request:
        self.requests += 1
        return self._client.start(self._endpoint, {**self._filters, **page})

    def _rows_of(self, sent: Request, tries: int | None = None) -> list[Row]:
        try:
            rows, were_cleaned, not_rows = self._client.receive(sent, tries)
        finally:
            self.requests += sent.retries
            self.retries += sent.retries
        self.were_cleaned |= were_cleaned
        if not_rows:
            self.not_rows += not_rows
            self._paginator.condition.has_hidden = True  # each of them held a row's place
        return rows
