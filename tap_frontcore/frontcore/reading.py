"""Schedule page requests ahead of the consumer, and yield rows in the list's order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tap_frontcore import errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tap_frontcore.frontcore.client import FrontcoreClient, Request
    from tap_frontcore.frontcore.pagination import OverlappingPaginator
    from tap_frontcore.frontcore.queries import Endpoint
    from tap_frontcore.frontcore.windows import Row, Window

DEFAULT_LIMITS = {75, 250}  # Frontcore's default and maximum: a list may have been cut there
ROUND_LENGTHS = {10_000, 50_000, 100_000}  # maximum lengths that servers are often configured with
MAX_TRIES_PAST_END = 3  # of a page past the last row: a failing one shouldn't cost two minutes


class Doubt(NamedTuple):
    """Why rows may be missing."""

    reason: str
    warning: str | None = None  # what follows from it, if the user should know


class ListReader:
    """Iterate over it for a list's rows, by the page; a TapError if its end can't be reached."""

    def __init__(
        self,
        client: FrontcoreClient,
        endpoint: Endpoint,
        filters: Mapping[str, str],
        paginator: OverlappingPaginator,
    ) -> None:
        """Prepare to read, with query parameters besides `limit` and `page`."""
        self.requests = self.retries = 0
        self.were_cleaned = False  # whether characters were removed that no database takes
        self._client, self._endpoint, self._paginator = client, endpoint, paginator
        self._filters = dict(filters)
        self._sent: dict[Window, Request] = {}  # whose responses aren't used, or not yet
        self._has_end_failed = False

    @property
    def doubts(self) -> Iterator[Doubt]:
        """Why rows may be missing, the gravest reason first."""
        stability = self._paginator.stability
        is_end_refused = self._paginator.is_end_refused and stability.has_hidden
        length = len(self._paginator.seen)
        suspicious_lengths = ROUND_LENGTHS if self._endpoint.is_paged else DEFAULT_LIMITS
        if not stability.is_orderly:
            yield Doubt(
                "rows that didn't change came in another order from page to page",
                "some may be missing until one of the next runs with --full-refresh",
            )
        if stability.has_gaps:
            yield Doubt("some entries of the list are no rows", "they are left out")
        if stability.has_hidden:
            yield Doubt("the API hides rows of the list")
        if is_end_refused or self._has_end_failed:
            yield Doubt("the end of the list can't be confirmed", "rows may be missing")
        if length in suspicious_lengths:
            yield Doubt(
                f"the list has {length} rows, and servers cut lists there",
                "rows may be missing; compare the number with what Frontcore shows",
            )
        if stability.has_moved:
            yield Doubt("the list changed while it was read")

    def start(self) -> None:
        """Send the first request, without waiting for its response."""
        self._send_all([self._paginator.current_value])

    def __iter__(self) -> Iterator[list[Row]]:
        try:
            while not self._paginator.finished:
                self._send_all(self._paginator.upcoming(self._client.max_parallel_requests))
                window = self._paginator.current_value
                self._paginator.advance(self._receive(window, self._sent.pop(window)))
                yield self._paginator.new_rows
                if not self._endpoint.is_paged:
                    break
        except errors.PaginationError as error:
            msg = f"Could not read all of {self._endpoint.path}: {error}."
            raise errors.PaginationError(msg) from error

    def _send_all(self, windows: Sequence[Window]) -> None:
        """Send the requests for these windows, until the first one has its response."""
        for window in windows if self._endpoint.is_paged else windows[:1]:
            if window in self._sent:
                continue
            page = {"limit": str(window.limit), "page": str(window.page)}
            params = self._filters | (page if self._endpoint.is_paged else {})
            if not (needed := self._sent.get(windows[0])):
                self._sent[window] = self._client.send(self._endpoint, params)
            elif request := self._client.prefetch(self._endpoint, params, needed):
                self._sent[window] = request
            else:
                break
            self.requests += 1

    def _receive(self, window: Window, request: Request) -> list[Any] | None:
        """Wait for the entries of a page; None if it is past the last row and fails.

        | error | on the first page | on a later one | past the last row |
        |---|---|---|---|
        | NotFoundError | raised | an empty page | an empty page |
        | KeyRejectedError, NoAccessError | raised | raised | raised |
        | another RefusedError | raised | raised | None |
        | RetriableError, after all tries | raised | raised | None, unless rows are hidden |
        """
        is_behind = self._paginator.is_behind
        may_fail = is_behind and not self._paginator.stability.has_hidden
        try:
            return self._entries_of(request, MAX_TRIES_PAST_END if may_fail else None)
        except errors.NotFoundError:  # the page is past the end
            if not window.start:
                raise
            return []
        except (errors.KeyRejectedError, errors.NoAccessError):  # the key was withdrawn meanwhile
            raise
        except errors.RefusedError:
            if not is_behind:
                raise
        except errors.RetriableError:
            if not may_fail:
                raise
            self._has_end_failed = True
        return None

    def _entries_of(self, request: Request, tries: int | None) -> list[Any]:
        try:
            entries, were_cleaned = self._client.receive(request, tries)
        finally:
            self.requests += request.retries
            self.retries += request.retries
        self.were_cleaned |= were_cleaned
        return entries
