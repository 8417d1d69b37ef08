"""Windows: pages of the API, as positions in a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

Row = dict[str, Any]


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
    rows: Sequence[Row]
    size: int  # how many entries it had, also those that are no rows, such as null

    @classmethod
    def of(cls, window: Window, entries: Sequence[Any]) -> Page:
        """Make the page of the entries of a JSON array."""
        return cls(window, [it for it in entries if isinstance(it, dict)], len(entries))

    @property
    def is_full(self) -> bool:
        """Whether it has as many entries as were requested."""
        return self.size == self.window.limit

    @property
    def has_gaps(self) -> bool:
        """Whether entries are no rows."""
        return len(self.rows) < self.size

    @property
    def end(self) -> int:
        """The position after the last row, or a higher one if rows are hidden."""
        return self.window.start + len(self.rows)


def overlapping(end: int, limit: int, overlap: int = 1) -> Window:
    """Return the window with at least `overlap` positions before `end` that reaches furthest.

    The overlap is at most a quarter of `limit`. After 250 rows, page 2 of 246 rows is 246 up to
    492: it has the last four of them and 242 new ones.
    """
    first = max(end - overlap, 0)
    windows = (Window(first // size + 1, size) for size in range(limit, limit // 2 - 1, -1))
    return max(windows, key=lambda window: window.end)
