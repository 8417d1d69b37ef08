"""Compare consecutive pages, to detect rows that were added, deleted, moved or are hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_frontcore.frontcore.windows import Page, Row

OVERLAP = 4  # rows that two pages share; one row isn't enough if two rows swap at the boundary


class Joint(NamedTuple):
    """What joins a page to the one before: the rows that both have, unchanged."""

    before: Page
    page: Page
    pairs: dict[int, int]  # index in the page before -> index in this one, ordered by the latter

    @property
    def shift(self) -> int:
        """How far back the first of them moved: 2 if two rows before it are new or hidden."""
        if not self.pairs:
            return 0
        old, new = next(iter(self.pairs.items()))
        return self.page.window.start + new - (self.before.window.start + old)

    @property
    def shows_other_limit(self) -> bool:
        """Whether the server replaced `limit`, so that a page's positions aren't known.

        If page 2 of 246 rows has 200 and begins with the 201st, `limit` was rounded down to 200.
        """
        (number, limit), size = self.page.window, self.page.size
        start, before = (number - 1) * size, self.before
        shared = {start - before.window.start + i: i for i in range(before.end - start)}
        return before.is_full and size < limit and number > 1 and self.pairs == shared != {}

    @property
    def is_orderly(self) -> bool:
        """Whether they come in the same order."""
        return list(self.pairs) == sorted(self.pairs)

    @property
    def has_too_many(self) -> bool:
        """Whether they are more than the positions that the two pages share."""
        return len(self.pairs) > self.before.end - self.page.window.start > 0

    @property
    def other_rows(self) -> list[Row]:
        """The rows of this page that aren't among them."""
        joined = set(self.pairs.values())
        return [row for index, row in enumerate(self.page.rows) if index not in joined]


class RowMemory:
    """Remembers the keys of a list's rows."""

    def __init__(self, key: str) -> None:
        """Begin with no row; `key` is the field that identifies a row."""
        self.has_repeats = False  # whether rows of one page had the same key
        self._key = key
        self._seen: set[str] = set()

    @property
    def row_count(self) -> int:
        """How many different rows were received."""
        return len(self._seen)

    def add(self, rows: Sequence[Row]) -> int:
        """Remember rows; return how many of them are new."""
        count, keys = len(self._seen), self._keys_of(rows)
        self.has_repeats |= len(keys) < len(rows)
        self._seen |= keys
        return len(self._seen) - count

    def has_unseen(self, rows: Sequence[Row]) -> bool:
        """Return whether one of these rows is new."""
        return not self._keys_of(rows) <= self._seen

    def join(self, before: Page, page: Page) -> Joint:
        """Find the rows that two pages share unchanged: an edited row may have moved."""
        known = {self._key_of(row): index for index, row in enumerate(before.rows)}
        pairs = {
            known[key]: index
            for index, row in enumerate(page.rows)
            if (key := self._key_of(row)) in known
        }
        unchanged = {old: new for old, new in pairs.items() if before.rows[old] == page.rows[new]}
        first = len(before.rows) - len(pairs)
        are_in_place = pairs == {first + index: index for index in range(len(pairs))}
        # If all of them differ in their places, a field changes by itself, such as `seen_at`.
        if not unchanged and are_in_place and len(pairs) >= OVERLAP:
            unchanged = pairs
        return Joint(before, page, unchanged)

    def _keys_of(self, rows: Sequence[Row]) -> set[str]:
        return set(map(self._key_of, rows))

    def _key_of(self, row: Row) -> str:
        return str(row.get(self._key))


@dataclass
class ListStability:
    """What the pages so far reveal of a list. If nothing, no row is missing."""

    is_orderly: bool = True  # whether unchanged rows kept their order; else some may be missing
    has_moved: bool = False  # whether rows were added, deleted or moved while it was read
    has_hidden: bool = False  # whether the server takes rows out of its pages
    stale_windows: int = 0  # consecutive full windows without a new row

    def note(self, joint: Joint) -> None:
        """Rule 5: a shift shows added rows on a full page, and hidden rows on any other."""
        self.is_orderly &= joint.is_orderly
        self.has_moved |= joint.shift != 0
        self.has_hidden |= joint.shift > 0 and not joint.page.is_full
        is_stale = joint.page.is_full and not joint.page.has_gaps and not joint.other_rows
        self.stale_windows = self.stale_windows + 1 if is_stale else 0
