"""Which pages to ask for, and in which order their rows are handed on.

Frontcore lists customers by page number, in an order that it doesn't promise, while people edit,
add and delete customers. With pages side by side, a row that leaves the part already read (it
was deleted, or is sorted elsewhere after an edit) pulls an unread row over the boundary into
that part, where nobody looks again. So here each page overlaps the one before. In the list's
terms, a page is a *window*: `page` and `limit` name the rows `(page-1)*limit` up to `page*limit`.

Why nothing is lost: rows that don't change keep their order among themselves, whatever happens
around them, and a window shows an unbroken run of them. If two windows have an unchanged row in
common (the *joint*), their two runs are one unbroken run; and that holds whenever each of them
was fetched, so windows can be fetched ahead. The first window begins at the first row, and a
window that isn't full ends with the last. Joined from the first to the last, they have shown
every row that didn't change. One that did change has an `updated_at` after the sync began, and
comes with the next run.

Where a joint is missing, the list has moved by more than the overlap: go back, as far as needed
to find a joint or the beginning, and on from there with a larger overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

Row = dict[str, Any]

MAX_STEPS_BACK = 10
"""Steps back without a row of progress between them. Each is twice as long as the one before, so
that ten reach the beginning of any list."""

MAX_STALE_WINDOWS = 3
"""Full windows in a row that show nothing new. One can be: as many rows came in ahead of them."""

LIKELY_MAXIMUM = 25
"""A server's own maximum for `limit` is a round number: a multiple of this."""


class PaginationError(Exception):
    """The pages that the API gives don't make up a list; the message says in which way."""


class Window(NamedTuple):
    """The rows from `start` up to, not including, `end`, counted from 0."""

    page: int
    limit: int

    @property
    def start(self) -> int:
        """Position of the first row."""
        return (self.page - 1) * self.limit

    @property
    def end(self) -> int:
        """Position behind the last row."""
        return self.page * self.limit


def overlapping(end: int, page_size: int, overlap: int = 1) -> Window:
    """Find the window that has the last rows before `end` and reaches furthest beyond them.

    It is always a page of the API: a page size a little below the chosen one puts a page's
    boundary where it is needed. From a page size of 20 up one reaches beyond `end`.

    Args:
        end: How many rows were covered so far.
        page_size: The highest `limit`; the lowest tried is half of it.
        overlap: How many rows before `end` at least, up to a quarter of the page size.
    """
    first = max(end - overlap, 0)
    limit = max(
        range(page_size, page_size // 2 - 1, -1),
        key=lambda limit: limit - first % limit,
    )
    return Window(first // limit + 1, limit)


class OverlappingPaginator:
    """The SDK's `PageNumberPaginator`, with a window in place of the page number.

    Ask for `current_value`, give its rows to `advance`, and so on until it is `finished`.
    """

    def __init__(self, page_size: int) -> None:
        """Begin at the beginning of the list.

        Args:
            page_size: Rows to ask for at a time, at least 20.
        """
        self.current_value = Window(1, page_size)
        self.finished = False
        self._page_size = page_size
        self._seen: set[tuple[str, str]] = set()
        self._furthest = 0
        self._overlap = 1
        self._steps_back = 0
        self._stale_windows = 0

    def advance(self, rows: Sequence[Row]) -> list[Row]:
        """Move on to the next window.

        Args:
            rows: The rows of the current window.

        Returns:
            Those of them to hand on: the ones that the window before didn't show.

        Raises:
            PaginationError: The API ignores `page` or `limit`, or the list moves too fast.
        """
        window = self.current_value
        if len(rows) > window.limit:
            msg = f"{window.limit} rows were asked for and {len(rows)} came: `limit` is ignored"
            raise PaginationError(msg)
        if window.page == 1 and not self._furthest and self._may_be_capped(rows):
            # The end of the list, or a maximum below the documented one. Taken for the page
            # size it is either way right: the next window tells.
            self._page_size = len(rows)
            window = Window(1, len(rows))

        marks = [_mark(row) for row in rows]
        if window.start and self._seen.isdisjoint(marks):
            self._step_back()
            return []

        new_rows = [row for row, mark in zip(rows, marks, strict=True) if mark not in self._seen]
        if len(rows) < window.limit:
            self.finished = True
        else:
            self._move_on(window, marks if new_rows else None)
        return new_rows

    def upcoming(self, count: int) -> list[Window]:
        """Name the current window and those that follow if all of them are full.

        Before a first window came back full, it is the only one: most runs find only a few rows.
        """
        windows = [self.current_value]
        while self._furthest and len(windows) < count:
            windows.append(self._next(windows[-1].end))
        return windows

    def _may_be_capped(self, rows: Sequence[Row]) -> bool:
        return 0 < len(rows) < self._page_size and len(rows) % LIKELY_MAXIMUM == 0

    def _move_on(self, window: Window, marks: list[tuple[str, str]] | None) -> None:
        if marks:
            self._seen = set(marks)
            self._stale_windows = 0
        else:
            self._stale_windows += 1
            if self._stale_windows == MAX_STALE_WINDOWS:
                msg = "page after page came with the same rows: `page` is ignored"
                raise PaginationError(msg)
        if window.end > self._furthest:
            self._furthest = window.end
            self._steps_back = 0
        self.current_value = self._next(window.end)

    def _step_back(self) -> None:
        self._steps_back += 1
        if self._steps_back > MAX_STEPS_BACK:
            msg = "the list changed faster than it could be read"
            raise PaginationError(msg)
        self._overlap = min(self._overlap * 2, self._page_size // 4)
        distance = self._page_size * 2 ** (self._steps_back - 1)
        self.current_value = self._next(self.current_value.start - distance)

    def _next(self, end: int) -> Window:
        return overlapping(end, self._page_size, self._overlap)


def read(
    send: Callable[[Window], Future[list[Row]]],
    receive: Callable[[Window, Future[list[Row]]], list[Row]],
    send_ahead: Callable[[Window, Future[list[Row]]], Future[list[Row]] | None],
    *,
    page_size: int,
    max_parallel_requests: int,
) -> Iterator[list[Row]]:
    """Read a whole list, several windows ahead of the reader if they are long in coming.

    Args:
        send: Waits for its turn and begins to fetch a window.
        receive: Waits for the rows of a window that was sent, and may send it again.
        send_ahead: Does as `send`, unless the window that the reader needs, which it is given
            too, comes before the turn: that may be the last one.
        page_size: Rows to ask for at a time, at least 20.
        max_parallel_requests: Windows in flight at once, and so the most in memory.

    Yields:
        The rows of one window after the other, in the list's order.

    Raises:
        PaginationError: See `OverlappingPaginator.advance`.
    """
    paginator = OverlappingPaginator(page_size)
    sent: dict[Window, Future[list[Row]]] = {}
    try:
        while not paginator.finished:
            window, *ahead = paginator.upcoming(max_parallel_requests)
            if window not in sent:  # the first one, or after a step back
                _drop(sent)
                sent[window] = send(window)
            for next_window in ahead:
                if next_window not in sent:
                    future = send_ahead(next_window, sent[window])
                    if future is None:
                        break
                    sent[next_window] = future
            yield paginator.advance(receive(window, sent.pop(window)))
    finally:
        _drop(sent)


def _drop(sent: dict[Window, Future[list[Row]]]) -> None:
    for future in sent.values():
        future.cancel()
    sent.clear()


def _mark(row: Row) -> tuple[str, str]:
    """Tell a row apart from others and from its own later state."""
    return str(row.get("id")), str(row.get("updated_at"))
