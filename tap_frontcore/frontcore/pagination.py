"""Which pages to ask for, so that a list that changes while it is read loses no row.

Frontcore lists rows by page number, in an order that it doesn't promise, while people change them.
If a row of page 1 is deleted after page 1 was fetched, the first row of page 2 moves to page 1,
which nobody fetches again. So each page overlaps the one before. A page is a *window* on the list:
page 2 of 100 rows is the positions 100 up to 200.

That is enough, since unchanged rows keep their order, and a window shows an unbroken run of them.
If two windows share an unchanged row (the *joint*), their runs are one run, whenever each was
fetched: so windows can be prefetched. The next run reads the rows that changed during this one.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING, Any, cast

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.joints import OVERLAP, ListStability, RowMemory
from tap_frontcore.frontcore.windows import Page, Window, overlapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_frontcore.frontcore.joints import Joint
    from tap_frontcore.frontcore.windows import Row

MIN_SERVER_PAGE_SIZE = 25  # assume that no server caps `limit` below: 24 rows aren't cut off
LONGEST_GAP = 240  # the list ends where so many positions show no new row; a window shows as many
MAX_STEPS_BACK = 10  # each is twice as long as the one before, so they reach the beginning
MAX_STALE_WINDOWS = 3  # full windows without a new row; one is normal if rows were added before it
MAX_WINDOWS, MIN_NEW_ROWS = 100, 10  # after 100 windows, give up below 10 new rows per window


class Phase(Enum):
    """What the current window is for."""

    NEXT = auto()  # read on: it overlaps the window before
    ACROSS = auto()  # reread the boundary of the two windows before
    BEHIND = auto()  # confirm the end: it lies past the last row


class OverlappingPaginator(BaseAPIPaginator[Window]):
    """A page-number paginator whose pages overlap."""

    def __init__(self, page_size: int, key: str = "id", *, is_full_read: bool = False) -> None:
        """Begin at the first page of `page_size` rows, 100 to 250.

        If not all rows are requested (`is_full_read`), a short first page is the whole list.
        """
        super().__init__(Window(1, page_size))
        self.new_rows: list[Row] = []  # to emit: those that the window before lacks
        self.phase = Phase.NEXT
        self.stability = ListStability()
        self.is_end_refused = False  # whether the server refuses windows past the last row
        self.memory = RowMemory(key)
        self._is_full_read = is_full_read
        self._limit = page_size  # or the server's maximum, if that is lower
        self._overlap = OVERLAP
        self._last: Page | None = None  # the last one that was joined
        self._planned: list[Window] = []
        self._reach = 0  # the highest position that a received row can have
        self._searched_to = 0  # from the last row up to here, no row is new
        self._furthest = self._steps_back = 0

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return True  # an empty page proves nothing where rows are hidden

    @override
    def advance(self, response: requests.Response | Sequence[Any] | None) -> None:
        """Move on, given the response or the entries of its JSON array; None if it was refused."""
        super().advance(cast("requests.Response", response))

    @override
    def get_next(self, response: requests.Response | Sequence[Any] | None) -> Window | None:
        if self.count > MAX_WINDOWS + self.memory.row_count / MIN_NEW_ROWS:
            raise _too_fast(self.memory)
        planned, self._planned, self.new_rows = self._planned, [], []
        phase, self.phase = self.phase, Phase.NEXT
        if response is None:
            return self._after_refusal()
        entries = response.json() if isinstance(response, requests.Response) else response
        page, last = Page.of(self.current_value, entries), self._last
        self.stability.has_hidden |= page.has_gaps
        if page.size > page.window.limit or (last and last.size > last.window.limit):
            return self._take_whole(page)
        if self.memory.has_unseen(page.rows) or (last is None and planned):
            self._reach = max(self._reach, page.window.end)
        joint = self.memory.join(last or Page.of(page.window, ()), page)
        if phase is Phase.BEHIND:
            return self._confirm_end(joint, planned)
        if last and not joint.pairs and page.window.start:
            return self._step_back(page.window)
        if phase is Phase.NEXT:
            if joint.shows_other_limit and not self.stability.has_hidden:
                raise _ignores_limit(page)
            if across := self._across(joint):
                return across
        return self._accept(joint, planned)

    def upcoming(self, count: int) -> list[Window]:
        """Return at most `count` windows: the current one, and no more ahead than were received."""
        may_end_here = self._last is not None and not self._last.is_full
        is_one_by_one = may_end_here or self.stability.has_hidden or self.phase is Phase.BEHIND
        ahead = 0 if is_one_by_one else self.count if self._last else int(self._is_full_read)
        while len(self._planned) < min(ahead, count - 1):
            self._planned.append(self._over([self.current_value, *self._planned][-1].end))
        return [self.current_value, *self._planned]

    def _over(self, end: int) -> Window:
        """Rule 1: the next window overlaps the last four rows."""
        return overlapping(end, self._limit, self._overlap)

    def _further(self, page: Page) -> Window | None:
        """Return the window over a page's last rows, if it reaches further than that page."""
        window, before = self._over(page.end), page.window
        is_further = window.start > before.start or window.end > before.end
        return window if is_further and window != self.current_value else None

    def _step_back(self, window: Window) -> Window:
        """Rule 2: where two windows share no row, go back until they do, in growing steps.

        If 300 rows before this window were deleted, 300 unread ones have moved to the front.
        """
        self.stability.has_moved = True
        self._steps_back += 1
        if self._steps_back > MAX_STEPS_BACK:
            raise _too_fast(self.memory)
        self._overlap = min(self._overlap * 2, self._limit // 4)
        end = window.start - self._limit * 2 ** (self._steps_back - 1)
        return self._over(end) if end > self._overlap else Window(1, self._limit)

    def _across(self, joint: Joint) -> Window | None:
        """Rule 3: if two windows share more rows than they should, reread their boundary.

        If they share 6 rows instead of 4, 2 rows were added before them. Or rows with an equal
        place in the order were shuffled, and 2 were missed: a quarter of a page on either side of
        the boundary shows them.
        """
        if self.stability.has_hidden or not (joint.has_too_many and joint.other_rows):
            return None
        self.stability.has_moved = True
        across = overlapping(joint.before.end, self._limit, self._limit // 4)
        if across == self.current_value:
            return None
        self.phase = Phase.ACROSS
        return across

    def _accept(self, joint: Joint, planned: list[Window]) -> Window | None:
        """Emit the page's new rows and choose the next window: the planned one, if it fits."""
        page, last = joint.page, self._last
        is_new = self.memory.add(page.rows) > 0
        self.new_rows = joint.other_rows
        self.stability.note(joint)
        if self.stability.stale_windows == MAX_STALE_WINDOWS:
            msg = "page after page came with the same rows, so `page` is ignored"
            raise PaginationError(msg)
        if page.window.end > self._furthest:
            self._furthest, self._steps_back = page.window.end, 0
        if last is None and not page.is_full:
            if page.size >= MIN_SERVER_PAGE_SIZE:
                self._limit = page.size  # it may be the server's maximum
            elif not self._is_full_read:
                return None
        has_hidden = self.stability.has_hidden
        if last and not is_new and not page.is_full and not (has_hidden and joint.other_rows):
            return self._search(page.window.end, planned)
        self._last, self._searched_to = page, 0
        planned = [it for it in planned if it.end > page.window.end and it.limit <= self._limit]
        if page.is_full and planned and planned[0].start <= page.end - self._overlap:
            following, *self._planned = planned
            return following
        self._planned = [] if page.is_full else planned  # they show the rows past the last one
        return self._further(page) or self._search(page.window.end, planned)

    def _search(self, position: int, planned: Sequence[Window] = ()) -> Window | None:
        """Rule 4: the list ends where `LONGEST_GAP` positions past the last row show no new one.

        They count from the end of the last row's window: hidden rows may follow it there.
        """
        last, has_hidden = cast("Page", self._last), self.stability.has_hidden
        self._searched_to = max(self._searched_to, position, 0 if has_hidden else last.window.end)
        is_confirmed = self._searched_to >= self._reach + LONGEST_GAP
        if is_confirmed or (self.is_end_refused and not has_hidden):
            return None
        self.phase = Phase.BEHIND
        if has_hidden:  # rows found there are emitted, so their place must be known
            return overlapping(self._searched_to, self._limit, self._limit // 4)
        for index, window in enumerate(planned):
            if window.start <= self._searched_to < window.end:
                self._planned = list(planned[index + 1 :])
                return window
        is_cut = self.memory.row_count > self._limit  # else the first page may be the whole list
        limit = self._limit if is_cut else max(self._limit, last.window.limit)
        return overlapping(self._searched_to, limit)

    def _confirm_end(self, joint: Joint, planned: list[Window]) -> Window | None:
        """Search on if no row is new; else rows are hidden: read on from the last row."""
        page, last = joint.page, cast("Page", self._last)
        was_moved_here = self.stability.has_hidden and joint.pairs and joint.other_rows
        if not (self.memory.has_unseen(page.rows) or was_moved_here):
            return self._search(page.window.end, planned)
        if not self.stability.has_hidden:
            self.stability.has_hidden, self._searched_to = True, 0
            following = self._further(last) or self._search(last.window.end)
            if following != self.current_value:
                return following
            self.phase = Phase.NEXT
        return self._accept(joint, planned)

    def _after_refusal(self) -> Window | None:
        """Request the window that has the last row instead, which can't be past the end."""
        was_refused, self.is_end_refused = self.is_end_refused, True
        if was_refused or self.stability.has_hidden:
            return None
        return self._further(cast("Page", self._last))

    def _take_whole(self, page: Page) -> Window | None:
        """Accept more rows than requested as the whole list, if page 2 has nothing else."""
        joint = self.memory.join(self._last or Page.of(page.window, ()), page)
        if self._last and page.rows and len(joint.pairs) * 2 < len(self._last.rows):
            raise _ignores_limit(page)
        was_first, self._last, self.new_rows = self._last is None, page, joint.other_rows
        self.memory.add(page.rows)
        return Window(2, page.window.limit) if was_first else None


def _ignores_limit(page: Page) -> PaginationError:
    numbers = f"{page.window.limit} rows were asked for and {page.size} came"
    return PaginationError(f"{numbers}, so `limit` isn't taken as asked")


def _too_fast(memory: RowMemory) -> PaginationError:
    if memory.has_repeats:
        return PaginationError("several rows of a page have the same key")
    text = "rows changed faster than they could be read. Try again at a quieter time"
    return PaginationError(text)
