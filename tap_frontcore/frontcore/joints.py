"""Compare consecutive pages, to detect rows that were added, deleted, moved or are hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tap_frontcore.frontcore.windows import OVERLAP

if TYPE_CHECKING:
    from tap_frontcore.frontcore.windows import Page, Row

UPDATED = "updated_at"  # the field that each edit changes


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

        If page 2 of 246 rows has 100 and begins with the 101st, `limit` was rounded down to 100:
        the rows lie 146 positions off. Rows that are added or deleted meanwhile change that a bit.
        Behind a page 1 that was short, hidden rows look the same.
        """
        number, limit = self.page.window
        off = (number - 1) * (limit - self.page.size)
        is_off = off > 0 and abs(self.shift - off) <= off / 4
        is_exact = self.before.is_full or not self.before.window.start
        return is_off and is_exact and self.is_orderly and len(self.pairs) > OVERLAP

    @property
    def is_orderly(self) -> bool:
        """Whether they come in the same order."""
        return list(self.pairs) == sorted(self.pairs)

    @property
    def has_too_many(self) -> bool:
        """Whether they are more than the positions that the two pages share."""
        return len(self.pairs) > self.before.end - self.page.window.start > 0

    @property
    def has_last_row(self) -> bool:
        """Whether the last row of the page before is among them, so that this page goes on."""
        return len(self.before.rows) - 1 in self.pairs

    @property
    def other_rows(self) -> list[Row]:
        """The rows of this page that aren't among them."""
        joined = set(self.pairs.values())
        return [row for index, row in enumerate(self.page.rows) if index not in joined]


def join(before: Page, page: Page) -> Joint:
    """Find the rows that two pages share unchanged: an edited row may have moved."""
    known = {key: index for index, key in enumerate(before.keys)}
    shared = {known[key]: index for index, key in enumerate(page.keys) if key in known}
    pairs = {old: new for old, new in shared.items() if before.rows[old] == page.rows[new]}
    if not pairs and _change_by_themselves(before, page, shared):
        pairs = shared
    return Joint(before, page, pairs)


def _change_by_themselves(before: Page, page: Page, shared: dict[int, int]) -> bool:
    """Return whether all shared rows differ only since a field, such as `seen_at`, always does.

    They are where they should be, and none was edited: in a list by `updated_at`, rows that were
    edited together may well end up there.
    """
    first = len(before.rows) - len(shared)
    are_in_place = shared == {first + index: index for index in range(len(shared))}
    were_edited = any(
        before.rows[old].get(UPDATED) != page.rows[new].get(UPDATED) for old, new in shared.items()
    )
    return len(shared) >= OVERLAP and are_in_place and not were_edited


@dataclass
class ListStability:
    """What the pages so far reveal of a list. If nothing, no row is missing."""

    is_orderly: bool = True  # whether unchanged rows kept their order; else some may be missing
    has_moved: bool = False  # whether rows were added, deleted or moved while it was read
    has_hidden: bool = False  # whether the server takes rows out of its pages
    has_gaps: bool = False  # whether entries of the list are no rows, such as `null`
    stale_windows: int = 0  # consecutive full windows without a new row

    def note(self, joint: Joint) -> None:
        """Rule 5: a shift shows added rows on a full page, and hidden rows on any other."""
        self.is_orderly &= joint.is_orderly
        self.has_moved |= joint.shift != 0
        self.has_hidden |= joint.shift > 0 and not joint.page.is_full
        is_stale = joint.page.is_full and not joint.page.has_gaps and not joint.other_rows
        self.stale_windows = self.stale_windows + 1 if is_stale else 0
