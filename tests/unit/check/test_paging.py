from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_frontcore.check.paging import Comparison, compare, find_order

if TYPE_CHECKING:
    from tap_frontcore.frontcore.windows import Row


def rows(*ids: int, **fields: Any) -> list[Row]:
    return [{"id": id_, "title": f"t{id_}"} | fields for id_ in ids]


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((1, 2, 3, 4, 5, 6), Comparison()),
        ((1, 2, 3, 4), Comparison(has_hidden=True)),
        ((9, 1, 2, 3, 4, 5), Comparison(has_moved=True)),
        ((1, 3, 4, 5, 6, 7), Comparison(has_moved=True)),
        ((1, 2, 4, 3, 5, 6), Comparison(reach=1)),
        ((6, 1, 2, 3, 4, 5), Comparison(reach=5)),
        ((1, 2, 3, 3, 4, 5), Comparison(reach=1)),
    ],
)
def test_small_pages_show_what_changed_between_requests(
    parts: tuple[int, ...], expected: Comparison
) -> None:
    assert compare("id", rows(1, 2, 3, 4, 5, 6), rows(*parts)) == expected


def test_a_row_that_was_edited_says_nothing_of_the_order() -> None:
    edited = [*rows(6, title="new"), *rows(1, 2, 3, 4, 5)]

    assert compare("id", rows(1, 2, 3, 4, 5, 6), edited) == Comparison(has_moved=True)


def test_rows_with_one_key_cannot_be_compared() -> None:
    assert compare("id", rows(1, 1, 2), rows(2, 1, 1)) == Comparison()


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        ("created_at", ["a", "b", "c", "d"], "newest last"),
        ("created_at", ["d", "c", "b", "a"], "newest first"),
        ("updated_at", ["d", "c", None, None], ""),
        ("updated_at", ["d", "c", "b", None], "latest edit first"),
        ("id", [9, 10, 11, 100], "by id"),
        ("id", [100, 11, 10, 9], "by id, backwards"),
        ("id", [1, 3, 2, 4], ""),
        ("id", ["1", None, "2", 4], ""),
        ("title", ["a", "b", "c", "d"], "by title"),
        ("title", ["a", "b", "c"], ""),
    ],
)
def test_an_order_has_a_name(field: str, values: list[Any], expected: str) -> None:
    assert find_order("id", [{field: value} for value in values]) == expected
