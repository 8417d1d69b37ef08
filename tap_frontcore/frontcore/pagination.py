"""Which pages to ask for, and in which order their rows are handed on.

Frontcore lists rows by page number, in an order that it doesn't promise, while people edit, add
and delete them. With pages side by side, a row that leaves the part already read (it was
deleted, or is sorted elsewhere after an edit) pulls an unread row over the boundary into that
part, where nobody looks again. So here each page overlaps the one before. In the list's terms,
a page is a *window*: `page` and `limit` name the rows `(page-1)*limit` up to `page*limit`.

Why nothing is lost: rows that don't change keep their order among themselves, whatever happens
around them, and a window shows an unbroken run of them. If two windows have an unchanged row in
common (the *joint*), their two runs are one unbroken run; and that holds whenever each of them
was fetched, so windows can be fetched ahead. A row that did change has an `updated_at` after
the sync began, and comes with the next run. Where a joint is missing, the list has moved by more
than the overlap: go back, as far as needed to find a joint or the beginning, and on from there
with a larger overlap.

A window that isn't full proves nothing: the server may have a maximum of its own, or take rows
out of a page that the key may not see. The next window is laid over the last row that came, so
it needs no page past the end; only if it shows nothing new was that the end.

What this rests on is that rows which don't change keep their order. A server that sorts by
something many rows share, and their order among each other differently for each page, breaks
that; `OverlappingPaginator.is_orderly` tells, as far as it shows.

The paginator is long for a class, because each of its rules leans on what the others have learned:
how many rows a page shows, whether the list moves, what was foreseen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.windows import Row, RowMatcher, Window, moving_on, overlapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

SMALLEST_MAXIMUM = 25
"""No server has a maximum for `limit` below this, so fewer rows are a whole list."""

MAX_STEPS_BACK = 10
"""Steps back without a row of progress between them. Each is twice as long as the one before, so
that ten reach the beginning of any list."""

MAX_STALE_WINDOWS = 3
"""Full windows in a row that show nothing new. One can be: as many rows came in ahead of them."""

MOST_GROWTH = 5
"""New rows behind the last one that can have come in between two requests."""

MAX_DOUBTS = 100
"""Windows in a row of which each could have been the last."""

LONG_LIST = 4
"""Windows after which a list is long enough that a few requests past its end don't matter."""

DOUBT = 1e-6
"""How unlikely it must be that all the rows behind the last one are hidden, if some are."""

LEAST_SHOWN = 0.05
"""Rows that come in while a list is read look like rows taken out; this many aren't."""

RISK = 1e-3
"""How often, in a list from which rows are taken out, a joint may be missing for that."""


class OverlappingPaginator:
    """The SDK's `PageNumberPaginator`, with a window in place of the page number.

    Ask for `current_value`, give its rows to `advance`, and so on until it is `finished`.
    """

    def __init__(self, page_size: int, key: str = "id", *, is_long: bool = False) -> None:
        """Begin at the beginning of the list.

        Args:
            page_size: Rows to ask for at a time, at least 25.
            key: The field that tells a row from others.
            is_long: Whether the list probably has more than one page.
        """
        self.current_value = Window(1, page_size)
        self.finished = False
        self.is_at_rest = True
        """Whether no window showed that rows came, went or moved meanwhile."""
        self.behind: Window | None = None
        """A window that was foreseen, and lies behind what may be the end: see `look_behind`."""

        self.is_probably_over = False
        """Whether that is the end if it shows nothing. After full pages and one that is more than
        half empty, a row can have moved from behind that window to before it only if as many
        were taken out here as the page lacks, and deleted meanwhile."""

        self._matcher = RowMatcher(key)
        self._is_long = is_long
        self._page_size = page_size
        self._limit = page_size  # what the server surely keeps to
        # Of a small page, so few rows could also be what is left of one.
        self._few = SMALLEST_MAXIMUM if page_size >= 6 * SMALLEST_MAXIMUM else page_size // 12
        self._window: Window | None = None
        self._rows: Sequence[Row] = ()
        self._planned: list[Window] = []
        self._windows = 0
        self._end = self._furthest = 0
        self._overlap = 1
        self._steps_back = 0
        self._stale_windows = 0
        self._doubts = 0
        self._shown: float | None = None  # the share of the rows, if some are taken out
        self._shown_rows = self._positions = 0
        self._ignores_limit = False
        self._has_full = False
        self._is_in_doubt = False  # whether the last window could be the end
        self._is_behind = False  # whether the current window lies behind the last row
        self._nothing_behind = False
        self._disorders = 0

    @property
    def is_orderly(self) -> bool:
        """Whether the rows that two windows share always came in the same order."""
        return self._disorders < 2  # noqa: PLR2004  # one may be of a row that was sorted anew

    def advance(self, rows: Sequence[Row]) -> list[Row]:
        """Move on to the next window.

        Args:
            rows: The rows of the current window.

        Returns:
            Those of them to hand on: the ones that the window before didn't show.

        Raises:
            PaginationError: The API ignores `page` or `limit`, or the list moves too fast.
        """
        window, before = self.current_value, self._window
        if len(rows) > window.limit or self._ignores_limit:
            return self._take_all(window, rows)
        if before is None:
            if self._few <= len(rows) < window.limit:
                # The end, a maximum of the server's, or rows taken out. With this limit the
                # next window is where it is meant to be in any case, and tells.
                self._limit = max(len(rows), SMALLEST_MAXIMUM)
        elif self._is_behind and not rows:
            if window.end - self._end <= self._hidden_run(DOUBT):
                self.current_value = moving_on(window.end, self._limit)
            else:
                self._is_behind, self._nothing_behind = False, True
                self.current_value = before  # if it is as it was, that is the end
            return []
        self._is_behind = False

        shared = self._matcher.shared(self._rows, rows)
        if window.start and not shared:
            self._step_back(window)
            return []
        known = set(shared.values())
        new_rows = [row for index, row in enumerate(rows) if index not in known]
        self._note_hidden(window, shared)
        is_whole = not window.start and len(rows) < self._few
        if is_whole or self._is_the_end(window, rows, shared):
            self.finished = True
        else:
            self._note(window, rows, shared, is_stale=not new_rows)
            self._go_on(window, rows)
        return new_rows

    def _take_all(self, window: Window, rows: Sequence[Row]) -> list[Row]:
        """Make sure of a list that takes no `limit`, and so probably comes in one answer."""
        if self._window is None:
            self._window, self._rows, self._ignores_limit = window, rows, True
            self._planned.clear()
            self.current_value = Window(2, window.limit)  # it shows the same, or nothing
            return list(rows)
        shared = self._matcher.shared(self._rows, rows)
        if rows and len(shared) * 2 < len(self._rows):
            msg = f"{window.limit} rows were asked for and {len(rows)} came: `limit` is ignored"
            raise PaginationError(msg)
        self.finished = True
        return [row for index, row in enumerate(rows) if index not in shared.values()]

    def upcoming(self, count: int) -> list[Window]:
        """Name the current window and those that probably follow, up to a number.

        It is the only one where the list may be at its end: before a first window came back
        full, unless the list is long, and after one that came back shorter than expected.
        """
        if self._windows:
            ahead = 0 if self._is_in_doubt else count - 1 if self._windows >= LONG_LIST else 1
        else:
            ahead = int(self._is_long)
        while len(self._planned) < min(ahead, count - 1):
            last = self._planned[-1] if self._planned else self.current_value
            self._planned.append(self._next(self._behind_last_row(last)))
        return [self.current_value, *self._planned]

    def look_behind(self, rows: Sequence[Row]) -> None:
        """Take into account what `behind` showed, at what is the end by all else.

        Raises:
            PaginationError: The list goes on there, behind more rows that are taken out than a
                page has.
        """
        names = {self._matcher.name_of(row) for row in self._rows}
        unseen = [row for row in rows if self._matcher.name_of(row) not in names]
        if len(unseen) > SMALLEST_MAXIMUM:
            msg = "it goes on behind what looks like its end"
            raise PaginationError(msg)

    def _behind_last_row(self, window: Window) -> int:
        """Say where the next window may be laid, if the list goes on behind this one."""
        return max(window.end - self._hidden_run(RISK), window.start + 1)

    def _hidden_run(self, chance: float) -> int:
        """Say how many rows in a row are taken out more often than with this chance."""
        hidden = 1 - (1 if self._shown is None else self._shown)
        return math.ceil(math.log(chance) / math.log(hidden)) if hidden > chance else 0

    def _go_on(self, window: Window, rows: Sequence[Row]) -> None:
        """Lay the next window over the last row that came, wherever that was in this one."""
        self._end = max(self._end, window.end)
        self._window, self._rows = window, rows
        self.behind, self.is_probably_over = None, False
        self._windows += 1
        self._nothing_behind = False
        is_in_doubt = self._is_in_doubt or self._shown is None
        end = window.start + len(rows) if is_in_doubt else self._behind_last_row(window)
        if self._planned:
            planned = self._planned.pop(0)
            if planned.start <= end - self._overlap and planned.end > window.end:
                self.current_value = planned
                return
            self._planned.clear()
            self.behind = planned
            has_few = len(rows) * 2 <= window.limit
            self.is_probably_over = self._has_full and self._shown is None and has_few
        self.current_value = self._next(end)
        is_stuck = self.current_value.start <= window.start
        if is_stuck and self.current_value.end <= max(window.end, self._end):
            # So many rows are taken out that no page has the last one and reaches further.
            self.current_value = moving_on(window.end, self._limit)
            self._is_behind = True

    def _is_the_end(self, window: Window, rows: Sequence[Row], shared: dict[int, int]) -> bool:
        """Tell whether nothing that was there before is behind the last row of a window."""
        before = self._window
        if before is None or len(rows) == window.limit:
            return False
        was_short, has_last = len(self._rows) < before.limit, len(self._rows) - 1 in shared
        # What came in behind the last row meanwhile is for the next run.
        has_few = was_short and len(rows) * 2 <= window.limit
        has_grown = len(rows) - len(shared) <= MOST_GROWTH
        if has_grown and (self._nothing_behind or (has_few and self._has_full and not self._shown)):
            return True
        if not has_last:
            return False
        if self._shown is None:
            # If both agree on where the last row is, none before it is taken out.
            last = window.start + shared[len(self._rows) - 1]
            is_agreed = before.start + len(self._rows) - 1 == last and (
                (window.start - before.start) * 2 >= len(self._rows)
            )
            return is_agreed and ((has_few and has_grown) or len(shared) == len(rows))
        reach = window.end - self._end
        has_grown &= reach * self._shown > 4 * MOST_GROWTH  # else it could be what goes on there
        return reach > self._hidden_run(DOUBT) and (has_grown or len(shared) == len(rows))

    def _note_hidden(self, window: Window, shared: dict[int, int]) -> None:
        """Learn how many rows are taken out, from two windows of which the first wasn't full."""
        before = self._window
        if before is None or not shared or len(self._rows) == before.limit:
            return
        old, new = next(iter(shared.items()))
        distance = window.start - before.start
        # Of a list with full pages, so few are rows that came in.
        tolerated = MOST_GROWTH if self._has_full else 0
        if distance > 0 and (self._shown is not None or old - new + tolerated < distance):
            self._shown_rows += max(old - new, 0)
            self._positions += distance
            self._shown = max(self._shown_rows / self._positions, LEAST_SHOWN)

    def _note(
        self, window: Window, rows: Sequence[Row], shared: dict[int, int], *, is_stale: bool
    ) -> None:
        """Learn from a window how the list is."""
        is_full, before = len(rows) == window.limit, self._window
        was_full = before is not None and len(self._rows) == before.limit
        self._has_full |= is_full
        self._is_in_doubt = not is_full and (
            self._shown is None or len(rows) < int(window.limit * self._shown) - 1
        )

        self._doubts = self._doubts + 1 if self._is_in_doubt else 0
        if self._doubts == MAX_DOUBTS:
            msg = "its end changed faster than it could be read"
            raise PaginationError(msg)
        self._stale_windows = self._stale_windows + 1 if is_full and is_stale else 0
        if self._stale_windows == MAX_STALE_WINDOWS:
            msg = "page after page came with the same rows: `page` is ignored"
            raise PaginationError(msg)
        if window.end > self._furthest:
            self._furthest = window.end
            self._steps_back = 0

        if before is not None and shared:
            self._disorders += list(shared) != sorted(shared)
            old, new = next(iter(shared.items()))
            if self._shown is None and (is_full or was_full):
                self.is_at_rest &= before.start + old == window.start + new

    def _step_back(self, window: Window) -> None:
        self.is_at_rest = False
        self._steps_back += 1
        if self._steps_back > MAX_STEPS_BACK:
            msg = "the list changed faster than it could be read"
            raise PaginationError(msg)
        self._overlap = min(self._overlap * 2, self._limit // 4)
        end = window.start - self._limit * 2 ** (self._steps_back - 1)
        if self._steps_back == 1 and self._window and self._window.limit > self._limit:
            # After a first page that wasn't full: perhaps the rows at its end are what it shows.
            self.current_value = moving_on(self._window.end, self._limit)
        elif end > self._overlap:
            self.current_value = self._next(end)
        else:
            self.current_value = Window(1, self._page_size)
        self._end = min(self._end, self.current_value.end)
        self._planned.clear()

    def _next(self, end: int) -> Window:
        return overlapping(end, self._limit, self._overlap)


def read(  # noqa: PLR0913  # what a client does, one for each
    paginator: OverlappingPaginator,
    send: Callable[[Window], Future[list[Row]]],
    receive: Callable[[Window, Future[list[Row]]], list[Row]],
    send_ahead: Callable[[Window, Future[list[Row]]], Future[list[Row]] | None],
    peek: Callable[[Future[list[Row]]], list[Row] | None],
    *,
    max_parallel_requests: int,
) -> Iterator[list[Row]]:
    """Read a whole list, several windows ahead of the reader if they are long in coming.

    Args:
        paginator: At its beginning.
        send: Waits for its turn and begins to fetch a window.
        receive: Waits for the rows of a window that was sent, and may send it again.
        send_ahead: Does as `send`, unless the window that the reader needs, which it is given
            too, comes before the turn: that may be the last one.
        peek: Waits for the rows of a window that was sent ahead; null if they didn't come.
        max_parallel_requests: Windows in flight at once, and so the most in memory.

    Yields:
        The rows of one window after the other, in the list's order.

    Raises:
        PaginationError: See `OverlappingPaginator.advance`.
    """
    sent: dict[Window, Future[list[Row]]] = {}
    behind: tuple[Window, Future[list[Row]]] | None = None
    try:
        while not paginator.finished:
            window, *ahead = paginator.upcoming(max_parallel_requests)
            if behind and behind[0] != paginator.behind:
                behind[1].cancel()
                behind = None
            if window not in sent:  # the first one, or one that wasn't foreseen
                if paginator.behind in sent:
                    behind = paginator.behind, sent.pop(paginator.behind)
                _drop(sent)
                sent[window] = send(window)
            for next_window in ahead:
                if next_window not in sent:
                    future = send_ahead(next_window, sent[window])
                    if future is None:
                        break
                    sent[next_window] = future
            yield paginator.advance(receive(window, sent.pop(window)))
            if paginator.is_probably_over and paginator.behind in sent:
                paginator.finished = peek(sent[paginator.behind]) == []
        if behind and behind[0] == paginator.behind and (rows := peek(behind[1])):
            paginator.look_behind(rows)
    finally:
        _drop(sent)


def _drop(sent: dict[Window, Future[list[Row]]]) -> None:
    for future in sent.values():
        future.cancel()
    sent.clear()
