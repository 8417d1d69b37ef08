"""What two pages share, and what that says of the list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_frontcore.frontcore.joints import Joint, ListStability, join
from tap_frontcore.frontcore.windows import Page, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_frontcore.frontcore.windows import Row


def row(number: int, **fields: Any) -> Row:
    return {"id": number, "updated_at": None, **fields}


def page(number: int, limit: int, ids: Iterable[int], **fields: Any) -> Page:
    return Page.of(Window(number, limit), [row(it, **fields) for it in ids], "id")


@pytest.mark.parametrize(
    ("ids", "fields", "pairs"),
    [
        ([3, 4, 5, 6], {"seen_at": 2}, {2: 0, 3: 1, 4: 2, 5: 3}),
        ([4, 5, 6], {"seen_at": 2}, {}),  # too few to tell
        ([3, 4, 6, 5], {"seen_at": 2}, {}),  # not in their places
        ([3, 4, 5, 6], {"seen_at": 2, "updated_at": "2026-01-01"}, {}),  # edited
    ],
)
def test_rows_join_that_all_change_by_themselves_in_their_places(
    ids: list[int], fields: dict[str, Any], pairs: dict[int, int]
) -> None:
    assert join(page(1, 6, range(1, 7)), page(2, 4, ids, **fields)).pairs == pairs


def test_beside_an_unchanged_row_the_others_were_edited() -> None:
    before = page(1, 6, range(1, 7))
    after = page(2, 4, [3, 4, 5, 6], seen_at=2)
    after.rows[1] = before.rows[3]

    assert join(before, after).pairs == {3: 1}


def test_the_shift_is_of_positions_in_the_list() -> None:
    before = page(1, 10, range(1, 11))

    assert join(before, page(2, 8, [9, 10, 11])).shift == 0
    assert join(before, page(2, 8, [98, 99, 9, 10])).shift == 2


@pytest.mark.parametrize(
    ("size", "ids", "is_other"),
    [
        (250, range(101, 201), True),  # `limit` was rounded down to 100
        (250, range(138, 238), True),  # and a quarter of the distance was deleted
        (250, range(139, 239), False),
        (250, [*range(101, 105), *range(501, 597)], False),  # four rows may be a coincidence
        (250, [102, 101, *range(103, 201)], False),
        (249, range(101, 201), True),  # or rows are hidden
    ],
)
def test_a_limit_that_was_replaced_shows_in_a_short_page_off_by_as_much(
    size: int, ids: Iterable[int], *, is_other: bool
) -> None:
    joint = join(page(1, 250, range(1, size + 1)), page(2, 248, ids))

    assert joint.shows_other_limit is is_other


@pytest.mark.parametrize(("size", "is_other"), [(250, True), (249, False)])
def test_behind_a_short_page_that_is_not_the_first_positions_are_not_known(
    size: int, *, is_other: bool
) -> None:
    joint = join(page(2, 250, range(251, 251 + size)), page(3, 248, range(261, 361)))

    assert joint.shows_other_limit is is_other


@pytest.mark.parametrize(("limit", "has_too_many"), [(8, False), (9, True), (10, False)])
def test_rows_are_too_many_for_the_positions_that_two_pages_share(
    limit: int, *, has_too_many: bool
) -> None:
    """Two rows, where the pages share two positions, one, or none."""
    joint = join(page(1, 10, range(1, 11)), page(2, limit, [9, 10, 11]))

    assert joint.has_too_many is has_too_many


def test_full_windows_without_a_new_row_are_counted() -> None:
    same = page(1, 4, range(1, 5))
    with_gap = Page.of(Window(1, 4), [*same.rows[:3], None], "id")
    stability, counts = ListStability(), []
    for after in (same, same, page(2, 4, [1, 2, 3]), same, with_gap, same, page(1, 4, range(5))):
        stability.note(Joint(same, after, join(same, after).pairs))
        counts.append(stability.stale_windows)

    assert counts == [1, 2, 0, 1, 0, 1, 0]
