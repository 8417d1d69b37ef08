"""The invented account is one that an analyst believes, whatever day it is."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.fake_frontcore import full_account
from tests.fake_frontcore.rows import DEMO_CUSTOMERS, DEMO_SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fake_frontcore.rows import Row

    Lists = Mapping[str, list[Row]]


def lists_on(today: date) -> Lists:
    """Return the rows of the demo's account on a day, by the name of the stream."""
    fake = full_account(DEMO_CUSTOMERS, today=today, sizes=DEMO_SIZES)
    return {stream: list(rows.values()) for stream, rows in fake.tables.items()}


@pytest.fixture(params=[date(2025, 2, 28), date(2026, 7, 4)], ids=str, scope="module")
def today(request: pytest.FixtureRequest) -> date:
    """Return a Friday and a Saturday."""
    day: date = request.param
    return day


@pytest.fixture(scope="module")
def lists(today: date) -> Lists:
    return lists_on(today)


def test_the_rows_of_a_day_are_the_same_each_time(today: date, lists: Lists) -> None:
    assert all(lists.values())
    assert lists_on(today) == lists


def test_nothing_but_course_dates_lies_in_the_future(today: date, lists: Lists) -> None:
    times = [
        row[name]
        for rows in lists.values()
        for row in rows
        for name in ("created_at", "updated_at", "deleted_at", "certificate_issued_at")
        if row.get(name)
    ]
    starts = [row["start_at"] for row in lists["course_dates"] if not row["deleted_at"]]

    assert max(times) < str(today)
    assert {start > str(today) for start in starts} == {True, False}
    assert all(row["created_at"] < row["coursedate"]["start_at"] for row in lists["participants"])
