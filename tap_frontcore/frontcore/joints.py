"""What joins two windows on a list, and what that tells of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_frontcore.frontcore.windows import Page, Row

ENOUGH_PAIRS = 4
"""How many rows must differ in one and the same field before it counts as one that changes by
itself, such as `seen_at`. One row could have been edited; four at the joint weren't."""


class Joint(NamedTuple):
    """What joins a page to the one before: the rows that come unchanged in both."""

    before: Page
    page: Page
    pairs: dict[int, int]
    """The index of each such row in the page before, and in this one, in this one's order."""

    @property
    def shift(self) -> int:
        """How many places further back the first of them stands now.

        2 if two rows were added in front, or if two rows are hidden in the page before.
        """
        if not self.pairs:
            return 0
        old, new = next(iter(self.pairs.items()))
        return self.page.window.start + new - (self.before.window.start + old)

    @property
    def is_orderly(self) -> bool:
        """Whether they come in the same order."""
        return list(self.pairs) == sorted(self.pairs)

    @property
    def has_too_many(self) -> bool:
        """Whether they are more than the positions that the two have in common."""
        return len(self.pairs) > self.before.end - self.page.window.start > 0

    @property
    def other_rows(self) -> list[Row]:
        """The rows of this page that aren't joined."""
        joined = set(self.pairs.values())
        return [row for index, row in enumerate(self.page.rows) if index not in joined]


class RowMemory:
    """Knows the rows of a list again."""

    def __init__(self, key: str) -> None:
        """Begin with no field that changes by itself.

        Args:
            key: The field that tells a row from others.
        """
        self._key = key
        self._volatile: frozenset[str] = frozenset()
        self._seen: set[str] = set()
        self._awaited: set[str] = set()

    @property
    def row_count(self) -> int:
        """How many different rows came."""
        return len(self._seen)

    @property
    def is_waiting(self) -> bool:
        """Whether a row that is expected hasn't come yet."""
        return not self._awaited <= self._seen

    def add(self, rows: Sequence[Row]) -> int:
        """Take note of rows; return how many of them are new."""
        count = len(self._seen)
        self._seen |= self._names_of(rows)
        return len(self._seen) - count

    def expect(self, rows: Sequence[Row]) -> bool:
        """Expect rows that were seen out of their turn; tell whether one of them is new."""
        unseen = self._names_of(rows) - self._seen
        self._awaited |= unseen
        return bool(unseen)

    def join(self, before: Page, page: Page) -> Joint:
        """Find the rows of one page that come unchanged in the next.

        Whole rows are compared: one that was edited may be sorted elsewhere now.
        """
        return Joint(before, page, self._shared(before.rows, page.rows))

    def _names_of(self, rows: Sequence[Row]) -> set[str]:
        return set(map(self._name_of, rows))

    def _name_of(self, row: Row) -> str:
        return str(row.get(self._key))

    def _shared(self, before: Sequence[Row], rows: Sequence[Row]) -> dict[int, int]:
        known = {self._name_of(row): index for index, row in enumerate(before)}
        pairs = {
            known[name]: index
            for index, row in enumerate(rows)
            if (name := self._name_of(row)) in known
        }
        shared = self._unchanged(pairs, before, rows)
        first = len(before) - len(pairs)
        are_in_place = pairs == {first + index: index for index in range(len(pairs))}
        if not shared and len(pairs) >= ENOUGH_PAIRS and are_in_place:
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


class Condition:
    """How a list behaves, as far as its windows have shown."""

    def __init__(self) -> None:
        """Begin with a list that is at rest."""
        self.is_orderly = True
        """Whether rows that didn't change kept their order; if not, some may be missing."""

        self.has_moved = False
        """Whether rows came, went or moved while it was read."""

        self.has_hidden = False
        """Whether the server takes rows out of its pages."""

    @property
    def is_at_rest(self) -> bool:
        """Whether none of that happened, so that what didn't come isn't there."""
        return self.is_orderly and not self.has_moved and not self.has_hidden

    def note(self, joint: Joint) -> None:
        """Take into account what joins two windows.

        Hidden rows show by a shift: a row was the 90th, and is the 95th in a window that leaves 5
        hidden rows behind. In a full window, it was moved by 5 new rows.
        """
        self.is_orderly &= joint.is_orderly
        self.has_moved |= joint.shift != 0
        self.has_hidden |= joint.shift > 0 and not joint.page.is_full
