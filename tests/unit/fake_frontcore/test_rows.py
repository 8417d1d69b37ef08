"""The invented account is one that an analyst believes, whatever day it is."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import full_account
from tests.fake_frontcore.rows import DEMO_CUSTOMERS, DEMO_SIZES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fake_frontcore.rows import Row

    Lists = Mapping[str, list[Row]]

REFERENCES = {
    "customers": {"idParentCustomer": "customers"},
    "customer_contacts": {"customer_id": "customers"},
    "course_dates": {"course_id": "courses", "location_id": "locations"},
    "participants": {
        "course.id": "courses",
        "coursedate.id": "course_dates",
        "user.id": "customer_contacts",
    },
    "products": {"id_relation": "courses"},
    "legal_bases": {"user.id": "customer_contacts"},
    "orders": {"customer.id": "customers"},
    "admin_users": {"role_ids": "admin_roles"},
}


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


def ids_in(row: Row, path: str) -> list[Any]:
    value: Any = row
    for part in path.split("."):
        value = value[part]
    return value if isinstance(value, list) else [] if value is None else [value]


def test_each_id_that_refers_to_a_list_is_found_there(lists: Lists) -> None:
    for stream, references in REFERENCES.items():
        for path, other in references.items():
            key = "coursedate_id" if other == "course_dates" else "id"
            referring = {id_ for row in lists[stream] for id_ in ids_in(row, path)}
            assert referring, f"{stream}.{path}"
            assert referring <= {row[key] for row in lists[other]}, f"{stream}.{path}"


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


def test_seats_are_taken_by_those_who_take_part(lists: Lists) -> None:
    taken = Counter(
        (row["coursedate"]["id"], row["status"]["title"]) for row in lists["participants"]
    )
    for row in lists["course_dates"]:
        id_, seats = row["coursedate_id"], row["seats"]
        there = taken[id_, "Confirmed"] + taken[id_, "Unconfirmed"]
        assert seats["free"]["num"] == seats["allocated_capacity"]["num"] - there >= 0
        assert seats["booking_status"]["num_waiting"] == taken[id_, "Waiting list"]
    assert {row["seats_status"] for row in lists["course_dates"]} == {"available", "full"}
