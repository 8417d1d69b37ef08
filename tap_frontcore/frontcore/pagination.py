"""Which pages to ask for, so that a list that moves loses no row.

Frontcore lists rows by page number, in an order that it doesn't promise, while people edit, add
and delete them. Read side by side, pages lose rows: page 1 has come, a row of it is deleted, and
the first row of page 2 becomes the last of page 1, where nobody looks again. So here each page
overlaps the one before. A page is a *window* on the list: page 2 of 100 rows is the positions
100 up to 200.

Why that is enough: rows that don't change keep their order among themselves, and a window shows
an unbroken run of them. If two windows share an unchanged row (the *joint*), their two runs are
one unbroken run. That holds whenever each of them was fetched, so windows can be fetched ahead.
A row that did change has an `updated_at` after the start of the run, and the next run brings it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.joints import Condition, RowMemory
from tap_frontcore.frontcore.windows import Page, Window, overlapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_frontcore.frontcore.joints import Joint
    from tap_frontcore.frontcore.windows import Row

SMALLEST_MAXIMUM = 25
"""No server has a maximum for `limit` below this: 24 rows of 250 aren't a page that was cut."""

MAX_STEPS_BACK = 10
"""Steps back before the list counts as one that moves too fast. Each is twice as long as the one
before, so ten reach the beginning of any list."""

MAX_STALE_WINDOWS = 3
"""Full windows in a row without a new row. One can happen: as many rows were added in front."""

LONGEST_GAP = 240
"""How many hidden rows in a row are looked behind before a list with hidden rows is at its end."""

MOST_WINDOWS = 100
"""Windows after which each must have brought three rows, or else the list moves too fast."""

TOO_FAST = "the list changed faster than it could be read"


class OverlappingPaginator(BaseAPIPaginator[Window]):
    """A page-number paginator whose pages overlap.

    What it can't tell from the end: a run of hidden rows that is longer than the next window; or
    than `LONGEST_GAP`, where rows are known to be hidden or targets will delete what didn't come.
    """

    def __init__(
        self, page_size: int, key: str = "id", *, is_long: bool = False, is_final: bool = False
    ) -> None:
        """Begin at the beginning of the list.

        Args:
            page_size: Rows to ask for at a time, from 100 to 250.
            key: The field that tells a row from others.
            is_long: Whether the whole list is read, which probably has more than one page.
            is_final: Whether targets will delete what didn't come, so the end must be certain.
        """
        super().__init__(Window(1, page_size))
        self.new_rows: list[Row] = []
        """The rows to hand on: those of the last window that the one before didn't show."""

        self.window_behind: Window | None = None
        """A window behind what may be the end, for `look_behind`."""

        self.condition = Condition()
        self._memory = RowMemory(key)
        self._is_long = is_long
        self._is_final = is_final
        self._limit = page_size  # the server's maximum, if that is lower
        self._overlap = 1
        self._last: Page | None = None  # the last one that was joined
        self._planned: list[Window] = []
        self._is_across = False
        self._looked_to = 0  # how far it was looked behind the last row, if it is
        self._furthest = self._steps_back = self._stale_windows = 0

    @property
    def row_count(self) -> int:
        """How many different rows came."""
        return self._memory.row_count

    @property
    def is_looking_behind(self) -> bool:
        """Whether the current window lies behind the last row that came."""
        return self._looked_to > 0

    @property
    def is_careful(self) -> bool:
        """Whether the list is to be read carefully, since there may be more behind a short page."""
        return self.condition.has_hidden or self.is_waiting

    @property
    def is_waiting(self) -> bool:
        """Whether rows that were seen behind the last one are still to come in their turn."""
        return self._memory.is_waiting

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return True  # an empty page proves nothing where rows are hidden

    @override
    def advance(self, response: requests.Response | Sequence[Row]) -> None:
        """Move on to the next window, by the response for the current one, or its rows.

        Raises:
            PaginationError: The API ignores `page` or `limit`, or the list moves too fast.
        """
        super().advance(cast("requests.Response", response))

    @override
    def get_next(self, response: requests.Response | Sequence[Row]) -> Window | None:
        if self.count > MOST_WINDOWS + self.row_count / 3:
            raise PaginationError(TOO_FAST)
        rows = response.json() if isinstance(response, requests.Response) else response
        page, last = Page(self.current_value, rows), self._last
        self.new_rows, self.window_behind = [], None
        planned, self._planned = self._planned, []
        if len(rows) > page.window.limit or (last and len(last.rows) > last.window.limit):
            return self._take_whole(page)
        joint = self._memory.join(last or Page(page.window, ()), page)
        if last and not joint.pairs and not self.is_looking_behind:
            if page.window.start:
                return self._step_back(page.window)
            self._is_final = True  # even the beginning isn't what it was
        return self._across(joint) or self._take(joint, planned)

    def upcoming(self, count: int) -> list[Window]:
        """Name the current window and those that probably follow, up to a number.

        Few follow near the beginning, since most lists are short.
        """
        if self._last is None:
            ahead = int(self._is_long)
        elif self.condition.has_hidden or self.is_looking_behind or not self._last.is_full:
            ahead = 0
        else:
            ahead = count if self._last.window.end >= 4 * self._limit else 1
        while len(self._planned) < min(ahead, count - 1):
            self._planned.append(self._over([self.current_value, *self._planned][-1].end))
        return [self.current_value, *self._planned]

    def look_behind(self, rows: Sequence[Row]) -> None:
        """Take into account what came for `window_behind`: with no unseen row, that was the end.

        With one, the window before has hidden rows, or the server cut it.
        """
        is_uncut = self._last is not None and self._last.window.limit <= self._limit
        if self._memory.expect(rows):
            self.condition.has_hidden |= is_uncut
        elif is_uncut and not (self._is_final or self.is_careful):
            self._finished = True

    def _over(self, end: int) -> Window:
        """Rule 1: the next window is laid over the last row that came.

        250 rows came: page 2 of 249 rows begins with the last of them. After a window that isn't
        full, `end` is the lowest that the last row's place can be, so hidden rows don't matter.
        """
        return overlapping(end, self._limit, self._overlap)

    def _step_back(self, window: Window) -> Window:
        """Rule 2: where two windows share no row, go back until they do.

        300 rows before this window were deleted meanwhile: 300 unread ones have moved to where
        was read before. Each step is twice as long, and the overlap stays larger from then on.
        """
        self.condition.has_moved = True
        self._steps_back += 1
        if self._steps_back > MAX_STEPS_BACK:
            raise PaginationError(TOO_FAST)
        self._overlap = min(self._overlap * 2, self._limit // 4)
        end = window.start - self._limit * 2 ** (self._steps_back - 1)
        return self._over(end) if end > self._overlap else Window(1, self._limit)

    def _across(self, joint: Joint) -> Window | None:
        """Rule 3: if two windows share more rows than they should, look across their boundary.

        They should share 1 row and share 3. Either 2 rows were added in front. Or rows that share
        a place in the order changed it among themselves, and 2 were missed for the 2 that came
        again; a window with a quarter of a page on either side of the boundary shows them all.
        """
        was_across, self._is_across = self._is_across, False
        if was_across or self.condition.has_hidden or not joint.has_too_many:
            return None
        self._is_across = self.condition.has_moved = True
        across = overlapping(joint.before.end, self._limit, self._limit // 4)
        return across if across != self.current_value else None

    def _take(self, joint: Joint, planned: list[Window]) -> Window | None:
        """Hand on the rows of a window, and find the next one: the planned one, if it fits."""
        page, last = joint.page, self._last
        new_count = self._memory.add(page.rows)
        self.new_rows = joint.other_rows
        self._note(joint, is_new=new_count > 0)
        if last and not new_count and (not page.is_full or self.is_looking_behind):
            return self._look_on(page.window) if self._is_final or self.is_careful else None
        if last is None and not page.is_full:
            if len(page.rows) >= SMALLEST_MAXIMUM:
                self._limit = len(page.rows)  # it may be what the server cuts pages to
            elif not (self._is_long or self.is_careful):
                return None
        self._last, self._looked_to = page, 0
        if page.is_full and planned and planned[0].start <= page.end - self._overlap:
            following, *self._planned = planned
            return following
        if not page.is_full and (not last or last.is_full) and (planned or self._is_long):
            behind = Window(page.window.page + 1, page.window.limit)
            self.window_behind = planned[0] if planned else behind
        following = self._over(page.end)
        is_further = following.start > page.window.start or following.end > page.window.end
        # Else there is no row, or so many are hidden that no window over the last reaches further.
        return following if is_further else self._look_on(page.window)

    def _look_on(self, window: Window) -> Window | None:
        """Rule 4: where rows are hidden or the end must be certain, look behind the last row.

        Elsewhere the end is a window that isn't full and has no unseen row. Here the next ones
        must have none either, up to `LONGEST_GAP` behind the last window that had.
        """
        last = cast("Page", self._last).window
        self._looked_to = max(self._looked_to, window.end, 0 if self.is_careful else last.end)
        if self._looked_to - last.end >= LONGEST_GAP:
            return None
        # A window that the server may cut is large enough to tell whether there is any.
        limit = self._limit if self.is_careful else max(self._limit, last.limit)
        return overlapping(self._looked_to, limit)

    def _note(self, joint: Joint, *, is_new: bool) -> None:
        """Rule 5: note whether rows are hidden; such a list is read carefully, page by page.

        An unseen row behind a window that wasn't full tells, unless the server cut that window.
        `Condition.note` says what else does.
        """
        page, last = joint.page, self._last
        was_short = last and not last.is_full and last.window.limit <= self._limit
        if is_new and (was_short or self.is_looking_behind):
            self.condition.has_hidden = True
        if not self.is_looking_behind:  # else it may be the last page in place of one past the end
            self.condition.note(joint)
        if page.window.end > self._furthest:
            self._furthest, self._steps_back = page.window.end, 0
        is_stale = page.is_full and not self.new_rows and not self.is_looking_behind
        self._stale_windows = self._stale_windows + 1 if is_stale else 0
        if self._stale_windows == MAX_STALE_WINDOWS:
            msg = "page after page came with the same rows: `page` is ignored"
            raise PaginationError(msg)

    def _take_whole(self, page: Page) -> Window | None:
        """Make sure of a list that takes no `limit`, and so probably comes in one answer."""
        if self._last is None:
            self._last, self.new_rows = page, list(page.rows)
            self._memory.add(page.rows)
            return Window(2, page.window.limit)  # it shows the same, or nothing
        joint = self._memory.join(self._last, page)
        if page.rows and len(joint.pairs) * 2 < len(self._last.rows):
            asked, came = page.window.limit, len(page.rows)
            msg = f"{asked} rows were asked for and {came} came: `limit` is ignored"
            raise PaginationError(msg)
        self.new_rows = joint.other_rows
        return None
