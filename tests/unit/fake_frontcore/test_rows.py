"""The invented account is one that an analyst believes, whatever day it is."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore.app import FakeFrontcore, demo_account

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]
DAYS = (date(2025, 2, 28), date(2026, 7, 4), date(2026, 12, 31))


@pytest.fixture(params=DAYS, ids=str, scope="module")
def today(request: pytest.FixtureRequest) -> date:
    """Return a Friday, a Saturday and a Thursday."""
    day: date = request.param
    return day


@pytest.fixture(scope="module")
def fake(today: date) -> FakeFrontcore:
    """Make the demo's account of that day."""
    return demo_account(today)


@pytest.fixture(scope="module")
def lists(fake: FakeFrontcore) -> Mapping[str, list[Row]]:
    """Return its rows, by the name of the stream."""
    return {stream: list(rows.values()) for stream, rows in fake.tables.items()}


def test_all_lists_have_rows(lists: Mapping[str, list[Row]]) -> None:
    assert all(lists.values())


def test_a_day_has_the_same_rows_each_time(today: date, fake: FakeFrontcore) -> None:
    assert demo_account(today).tables == fake.tables


def test_most_customers_are_norwegian(lists: Mapping[str, list[Row]]) -> None:
    countries = Counter(row["country"]["code"] for row in lists["customers"])

    assert countries["NO"] > 9 * countries["SE"] > 0


def test_nothing_is_from_the_future(today: date, lists: Mapping[str, list[Row]]) -> None:
    times = [
        row[name]
        for rows in lists.values()
        for row in rows
        for name in ("created_at", "updated_at", "deleted_at", "certificate_issued_at")
        if row.get(name)
    ]

    assert max(times) < str(today)


def test_courses_are_held_on_working_days(today: date, lists: Mapping[str, list[Row]]) -> None:
    dates = [row for row in lists["course_dates"] if not row["deleted_at"]]
    for row in dates:
        first, last = (date.fromisoformat(row[name]) for name in ("start_at", "end_at"))
        assert first.weekday() <= last.weekday() <= 4
        assert last - first < timedelta(days=5)
        assert last <= today + timedelta(days=62)
    assert sum(row["start_at"] > str(today) for row in dates) >= 8
    assert sum(row["end_at"] < str(today) for row in dates) > 30


def test_a_course_costs_what_its_product_costs(lists: Mapping[str, list[Row]]) -> None:
    prices = {row["id_relation"]: row["price"] for row in lists["products"] if row["id_type"] == 2}

    assert prices == {row["id"]: row["price"]["value"] for row in lists["courses"]}


def test_who_takes_part_has_signed_up_before(today: date, lists: Mapping[str, list[Row]]) -> None:
    dates = {row["coursedate_id"]: row for row in lists["course_dates"]}
    for row in lists["participants"]:
        held = dates[row["coursedate"]["id"]]
        assert row["created_at"] < held["start_at"]
        assert not held["deleted_at"]
        assert row["completed"] is bool(row["certificate_issued_at"])
        if row["completed"]:
            assert held["end_at"] < str(today)
            assert row["status"]["title"] == "Confirmed"
    assert {row["completed"] for row in lists["participants"]} == {True, False}


def test_seats_are_taken_by_those_who_take_part(lists: Mapping[str, list[Row]]) -> None:
    taken: dict[int, Counter[str]] = {
        row["coursedate_id"]: Counter() for row in lists["course_dates"]
    }
    for row in lists["participants"]:
        taken[row["coursedate"]["id"]][row["status"]["title"]] += 1
    for row in lists["course_dates"]:
        seats, by_status = row["seats"], taken[row["coursedate_id"]]
        there = by_status["Confirmed"] + by_status["Unconfirmed"]
        assert seats["free"]["num"] == seats["allocated_capacity"]["num"] - there >= 0
        assert seats["booking_status"]["num_confirmed"] == by_status["Confirmed"]
        assert seats["booking_status"]["num_waiting"] == by_status["Waiting list"]
        assert not by_status["Waiting list"] or seats["free"]["num"] == 0
    assert {row["seats_status"] for row in lists["course_dates"]} == {"available", "full"}


def test_most_buyers_were_customers_when_they_signed_up(lists: Mapping[str, list[Row]]) -> None:
    """Titles aren't unique, so this looks at the first customer of that name."""
    since: dict[str, str] = {}
    for row in lists["customers"]:
        since[row["title"]] = min(row["created_at"], since.get(row["title"], "9"))

    for row in lists["participants"]:
        assert since[row["user"]["customer"]["title"]] < row["created_at"]
