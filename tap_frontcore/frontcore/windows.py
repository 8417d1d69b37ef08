"""Windows on a list, and the rows that two of them share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row = dict[str, Any]

MANY = 4
"""Rows that two windows share by key, the last of one and the first of the other: if all of them
differ, and in the same field, it is one that changes by itself."""


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
    return max(_windows_at(first, page_size), key=lambda window: window.end)


def moving_on(end: int, page_size: int) -> Window:
    """Find the window that reaches beyond `end` and begins as far before it as it can."""
    beyond = [window for window in _windows_at(end, page_size) if window.end > end]
    return min(beyond, key=lambda window: (window.start, -window.end))


def _windows_at(position: int, page_size: int) -> Iterator[Window]:
    for limit in range(page_size, page_size // 2 - 1, -1):
        yield Window(position // limit + 1, limit)


class RowMatcher:
    """Finds the rows that two windows share."""

    def __init__(self, key: str) -> None:
        """Begin with no field that changes by itself.

        Args:
            key: The field that tells a row from others.
        """
        self._key = key
        self._volatile: frozenset[str] = frozenset()

    def name_of(self, row: Row) -> str:
        """Return what tells a row from others."""
        return str(row.get(self._key))

    def shared(self, before: Sequence[Row], rows: Sequence[Row]) -> dict[int, int]:
        """Find the rows of one window that come unchanged in the next.

        Returns:
            The index of each in the first, and in the second, in the second's order.
        """
        known = {self.name_of(row): index for index, row in enumerate(before)}
        pairs = {
            known[name]: index
            for index, row in enumerate(rows)
            if (name := self.name_of(row)) in known
        }
        shared = self._unchanged(pairs, before, rows)
        tail = len(before) - len(pairs)
        are_in_place = pairs == {tail + index: index for index in range(len(pairs))}
        if not shared and len(pairs) >= MANY and are_in_place:
            differing = [
                {name for name in rows[new] if before[old].get(name) != rows[new][name]}
                for old, new in pairs.items()
            ]
            volatile = set.intersection(*differing)
            if "updated_at" not in volatile:  # else they were edited
                self._volatile |= volatile
                shared = self._unchanged(pairs, before, rows)
        return shared

    def _unchanged(
        self, pairs: dict[int, int], before: Sequence[Row], rows: Sequence[Row]
    ) -> dict[int, int]:
        """Compare whole rows: one that was edited may be sorted elsewhere now."""
        return {
            old: new
            for old, new in pairs.items()
            if (row := before[old]) == (other := rows[new])
            or (
                self._volatile
                and row.keys() == other.keys()
                and all(row[name] == other[name] for name in row.keys() - self._volatile)
            )
        }
