"""Windows: pages of the API, as positions in a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]

OVERLAP = 4  # rows that two pages share; one row isn't enough if two rows swap at the boundary


class Window(NamedTuple):
    """A page of the API: page 2 of 100 rows is the positions 100 up to, not including, 200."""

    page: int
    limit: int

    @property
    def start(self) -> int:
        """Position of the first row, counted from 0."""
        return (self.page - 1) * self.limit

    @property
    def end(self) -> int:
        """Position after the last row."""
        return self.page * self.limit


class Page(NamedTuple):
    """The response for a window."""

    window: Window
    rows: list[Row]
    keys: list[str]  # by which the rows are told apart
    size: int  # how many entries it had, also those that are no rows, such as null

    @classmethod
    def of(cls, window: Window, entries: Sequence[Any], key: str) -> Page:
        """Make the page of the entries of a JSON array; `key` is the field that identifies rows."""
        rows = [it for it in entries if isinstance(it, dict)]
        return cls(window, rows, [str(row.get(key)) for row in rows], len(entries))

    @property
    def is_full(self) -> bool:
        """Whether it has as many entries as were requested."""
        return self.size == self.window.limit

    @property
    def is_over_limit(self) -> bool:
        """Whether it has more entries than were requested: the server takes no `limit`."""
        return self.size > self.window.limit

    @property
    def has_gaps(self) -> bool:
        """Whether entries are no rows."""
        return len(self.rows) < self.size

    @property
    def end(self) -> int:
        """The position after the last row, or a higher one if rows are hidden."""
        return self.window.start + len(self.rows)


def overlapping(end: int, limit: int, overlap: int, beyond: int = -1) -> Window:
    """Return the window with at least `overlap` positions before `end` that reaches furthest.

    The overlap is at most a quarter of `limit`. After 250 rows, page 2 of 246 rows is 246 up to
    492: it has the last four of them and 242 new ones. One that begins behind the position `beyond`
    is taken first, if it shows more than `end`: after a short page, the same one would come again.
    """
    first = max(end - overlap, 0)
    windows = (Window(first // size + 1, size) for size in range(limit, 0, -1))
    return max(windows, key=lambda it: (it.start > beyond and it.end > end, it.end))


@dataclass
class WindowPlan:
    """Lays windows over a list, and knows how far it has come."""

    limit: int  # rows of a window at most: as requested, or the server's maximum
    overlap: int = OVERLAP
    furthest: int = 0  # end of the furthest window that was joined
    steps_back: int = 0  # since a window reached further than all before

    def note(self, window: Window) -> None:
        """Note that a window was joined to those before."""
        if window.end > self.furthest:
            self.furthest, self.steps_back = window.end, 0

    def cut(self, window: Window) -> Window:
        """Return what a server gives of a window, if its maximum is the limit of this plan."""
        return Window(window.page, min(window.limit, self.limit))

    def after(self, end: int, beyond: int = -1) -> Window:
        """Rule 1: the next window overlaps the last four rows."""
        return overlapping(end, self.limit, self.overlap, beyond)

    def starting_with(self, window: Window, count: int) -> list[Window]:
        """Return a window and those that follow it, if their pages are full: `count` in all."""
        windows = [window]
        while len(windows) < count:
            windows.append(self.after(windows[-1].end))
        return windows

    def across(self, position: int) -> Window:
        """Return a window with a quarter of a page before a position."""
        return overlapping(position, self.limit, self.limit // 4)

    def back(self, window: Window) -> Window:
        """Return a window that is 1, 2, 4, 8 … pages before another, and overlap more from now."""
        self.overlap = min(self.overlap * 2, self.limit // 4)
        end = window.start - self.limit * 2**self.steps_back
        self.steps_back += 1
        return self.after(end) if end > self.overlap else Window(1, self.limit)
