"""Which pages to ask for, so that a list that changes while it is read loses no row.

Frontcore lists rows by page number, in an order that it doesn't promise, while people change them.
If a row of page 1 is deleted after page 1 was fetched, the first row of page 2 moves to page 1,
which nobody fetches again. So pages overlap. A page is a *window* on the list: page 2 of 100 rows
is the positions 100 up to 200. Five rules:

1. The next window overlaps the last four rows that came.
2. The two windows must share an unchanged row, the *joint*. If they don't, go back until they do.
3. If they share more rows than they should, reread the boundary: rows may have changed places.
4. The list ends where 240 positions past the last new row show none.
5. What the windows reveal of the list is noted: ACTIVATE_VERSION needs a list that was at rest.

For a list of 600 rows: page 1 of 250 rows (positions 0 to 250), page 2 of 246 (246 to 492), page 3
of 244 (488 to 732), which ends at row 600, page 4 of 198 (594 to 792), which has the last rows once
more, so page 3 wasn't cut, and page 4 of 250 (750 to 1000), which is empty: no row follows.

README.md in this folder proves that they lose nothing, and says what the proof rests on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import requests
from singer_sdk.pagination import BaseAPIPaginator
from typing_extensions import override

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.joints import ListStability, join
from tap_frontcore.frontcore.windows import Page, Window, WindowPlan, overlapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_frontcore.frontcore.joints import Joint
    from tap_frontcore.frontcore.windows import Row

MIN_SERVER_PAGE_SIZE = 25  # no server is assumed to cap `limit` lower: 24 rows aren't cut off
LONGEST_GAP = 240  # positions without a new row that end the list; one window shows as many
MAX_STEPS_BACK = 10  # each is twice as long as the one before, so they reach the beginning
MAX_STALE_WINDOWS = 3  # full windows without a new row; one is normal if rows were added before it
MAX_WINDOWS, MIN_NEW_ROWS = 100, 10  # after 100 windows, give up below 10 new rows per window


class OverlappingPaginator(BaseAPIPaginator[Window]):
    """A page-number paginator whose pages overlap."""

    def __init__(self, page_size: int, key: str, *, is_full_read: bool, may_delete: bool) -> None:
        """Begin at the first page of `page_size` rows, 100 to 250.

        If not all rows are requested (`is_full_read`), a short first page is the whole list.
        If targets `may_delete` what doesn't come, one of 60 rows shows 60 positions, not 250.
        """
        super().__init__(Window(1, page_size))
        self.new_rows: list[Row] = []  # to emit: those that the window before lacks
        self.is_behind = False  # whether the current window lies past the last row
        self.stability = ListStability()
        self.is_end_refused = False  # whether the server refuses windows past the last row
        self.seen: set[str] = set()  # the keys of the rows that came
        self._key = key
        self._is_full_read = is_full_read
        self._may_delete = may_delete
        self._plan = WindowPlan(page_size)
        self._first = Page.of(Window(1, page_size), (), key)
        self._last: Page | None = None  # the last one that was joined
        self._is_ending = False  # whether page 1 comes once more, and then nothing
        # End of page 1, or of the furthest window with a new row, or with one of page 1's (rule 4).
        self._reach = 0

    @override
    def continue_if_empty(self, response: requests.Response) -> bool:
        return True  # an empty page proves nothing where rows are hidden

    @override
    def advance(self, response: requests.Response | Sequence[Any] | None) -> None:
        """Move on, given the response or the entries of its JSON array; None if it was refused."""
        super().advance(cast("requests.Response", response))

    @override
    def get_next(self, response: requests.Response | Sequence[Any] | None) -> Window | None:
        if self.count > MAX_WINDOWS + len(self.seen) / MIN_NEW_ROWS:
            raise _too_fast(cast("Page", self._last))
        was_behind, self.is_behind, self.new_rows = self.is_behind, False, []
        if response is None:
            self.is_end_refused = True
            return self._look_again()
        entries = response.json() if isinstance(response, requests.Response) else response
        page = Page.of(self.current_value, entries, self._key)
        if not self._last:
            self._learn_limit(page)
        self.stability.has_gaps |= page.has_gaps
        self.stability.has_hidden |= page.has_gaps
        joint = join(self._last or Page.of(page.window, (), self._key), page)
        if page.is_over_limit or joint.before.is_over_limit:
            return self._take_whole(joint)
        end = self._looked_at(page.window).end
        if self._last and self.seen.issuperset(page.keys):
            # Page 1 may have shown these rows, and so all up to here, with hidden ones among them.
            end = min(end, self._first.window.limit) if page.keys else 0
        self._reach = max(self._reach, end)
        return self._confirm_end(joint) if was_behind else self._follow(joint)

    def _learn_limit(self, first: Page) -> None:
        """Take the size of the first page for the server's maximum, which it may be."""
        self._first = first
        if first.size >= MIN_SERVER_PAGE_SIZE or self._may_delete:
            self._plan = WindowPlan(max(first.size, MIN_SERVER_PAGE_SIZE))

    def _looked_at(self, window: Window) -> Window:
        """Return what a window is believed to show: page 1 may be cut at the server's maximum."""
        is_unsure = self._may_delete or self.stability.has_gaps
        return self._plan.cut(window) if is_unsure else window

    def _follow(self, joint: Joint) -> Window | None:
        """Choose the window that follows a page, by what joins it to the one before."""
        if self._is_ending:
            self.stability.has_moved |= joint.page.keys != self._first.keys
            return None
        if joint.page.window.start and not joint.pairs:
            return self._step_back(joint)
        if not self.stability.has_hidden:  # else positions aren't exact
            if joint.shows_other_limit:
                if joint.before.is_full:
                    raise _ignores_limit(joint.page)
                return Window(1, joint.before.size)  # it comes full, unless rows are hidden
            if across := self._across(joint):
                return across
        return self._accept(joint)

    def upcoming(self, count: int) -> list[Window]:
        """Return at most `count` windows: the current one, and those to request ahead of it.

        As many ahead as pages have come; none where the next one depends on the current one.
        """
        is_going_on = self._last.is_full if self._last else self._is_full_read
        is_at_end = self.is_behind or self._is_ending
        is_known = is_going_on and not (self.stability.has_hidden or is_at_end)
        ahead = min(max(self.count, 1), count - 1) if is_known else 0
        return self._plan.starting_with(self.current_value, 1 + ahead)

    def _step_back(self, joint: Joint) -> Window:
        """Rule 2: where two windows share no row, go back until they do, in growing steps.

        If 300 rows before this window were deleted, 300 unread ones have moved to the front.
        """
        self.stability.has_moved = True
        if self._plan.steps_back == MAX_STEPS_BACK:
            raise _too_fast(joint.before)
        return self._plan.back(joint.page.window)

    def _across(self, joint: Joint) -> Window | None:
        """Rule 3: if two windows share more rows than they should, reread their boundary.

        If they share 6 rows instead of 4, 2 rows were added before them. Or rows with an equal
        place in the order were shuffled, and 2 were missed: a quarter of a page on either side of
        the boundary shows them.
        """
        if not (joint.has_too_many and joint.other_rows):
            return None
        self.stability.has_moved = True
        across = self._plan.across(joint.before.end)
        return None if across == self.current_value else across

    def _accept(self, joint: Joint) -> Window | None:
        """Emit the page's new rows, and choose the next window."""
        page, is_first, is_new = joint.page, self._last is None, self._emit(joint)
        if is_first and page.size < MIN_SERVER_PAGE_SIZE and not self._is_full_read:
            return None  # it is believed to be the whole list
        if is_first or is_new or page.is_full:
            self._last = page
            return self._read_on(page)
        is_cut = not (self.stability.has_hidden or joint.has_last_row)
        again = self._reread(joint.before) if is_cut else None
        return again or self._search(page.window.end)

    def _read_on(self, page: Page) -> Window | None:
        """Return the window over a page's last rows; search behind it if that isn't further."""
        following = self._plan.after(page.end, beyond=page.window.start or -1)
        is_further = following.start > page.window.start and following != self.current_value
        return following if is_further else self._search(self._looked_at(page.window).end)

    def _emit(self, joint: Joint) -> bool:
        """Emit the rows that the page before lacks; return whether one of them is new."""
        self.new_rows = joint.other_rows
        self.stability.note(joint)
        if self.stability.stale_windows == MAX_STALE_WINDOWS:
            msg = "page after page came with the same rows, so `page` is ignored"
            raise PaginationError(msg)
        self._plan.note(joint.page.window)
        is_new = not self.seen.issuperset(joint.page.keys)
        self.seen.update(joint.page.keys)
        return is_new

    def _reread(self, last: Page) -> Window | None:
        """Note that rows are hidden; return the window after the last row, if it is another."""
        self.stability.has_hidden = True
        window = self._read_on(last)
        return None if window == self.current_value else window

    def _search(self, position: int) -> Window | None:
        """Rule 4: the list ends where `LONGEST_GAP` positions show no new row.

        They count from the end of the last window that brought one, since hidden rows may follow
        the row there. `position` is up to where none was found.
        """
        last = self._looked_at(cast("Page", self._last).window)
        has_hidden = self.stability.has_hidden
        if not has_hidden:
            position = max(position, last.end)  # it may have been a longer window
        if position >= self._reach + LONGEST_GAP:
            return self._look_again() if self._may_delete and not self._first.is_full else None
        self.is_behind = True
        if has_hidden:  # rows found there are emitted, so their place must be known
            return self._plan.across(position)
        limit = max(self._plan.limit, last.limit)  # page 1 may be the whole list
        return overlapping(position, limit, 0 if self._may_delete else self._plan.overlap)

    def _confirm_end(self, joint: Joint) -> Window | None:
        """Search on if no row is new; else rows are hidden: read on from the last row."""
        if self.seen.issuperset(joint.page.keys):
            return self._search(joint.page.window.end)
        if not self.stability.has_hidden and (again := self._reread(joint.before)):
            return again
        self.is_behind = False
        return self._accept(joint)

    def _look_again(self) -> Window:
        """Ask for page 1 at last: it differs if the list moved, and fails if the server is down."""
        self._is_ending = True
        return self._first.window

    def _take_whole(self, joint: Joint) -> Window | None:
        """Accept more rows than requested as the whole list, if page 2 has nothing else."""
        page, last = joint.page, self._last
        if last and page.rows and len(joint.pairs) * 2 < max(len(page.rows), len(last.rows)):
            raise _ignores_limit(page)
        self._last, self.new_rows = page, joint.other_rows
        self.seen.update(page.keys)
        return None if last else Window(2, page.window.limit)


def _ignores_limit(page: Page) -> PaginationError:
    numbers = f"{page.window.limit} rows were asked for and {page.size} came"
    return PaginationError(f"{numbers}, so `limit` isn't taken as asked")


def _too_fast(last: Page) -> PaginationError:
    if len(set(last.keys)) < len(last.keys):
        return PaginationError("several rows of a page have the same key")
    text = "rows changed faster than they could be read. Try again at a quieter time"
    return PaginationError(text)
