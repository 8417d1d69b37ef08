from __future__ import annotations

from typing import Any

import pytest

from tap_frontcore.check.paging import find_order


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
