"""The check's verdict is the runs' own: "NOT OK" exactly where a run fails with that server."""

from __future__ import annotations

from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tap_frontcore.check.probe import MAX_REQUESTS
from tests.fake_frontcore import FakeFrontcore, Switches, generate_account
from tests.fake_frontcore.rows import customer
from tests.unit.check.worlds import (
    account,
    check,
    customers,
    failures_of_runs,
    hiding,
    tied,
    with_rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable


def self_changing(count: int) -> FakeFrontcore:
    """Make an account in which each request changes a field of all rows, and not `updated_at`."""
    fake = account(count)

    def change(fake: FakeFrontcore, number: int) -> None:
        for row in fake.tables["customers"].values():
            row["seen_at"] = str(number)
        fake.forget()

    fake.between = change
    return fake


def hiding_each(number: int) -> FakeFrontcore:
    return account(600, hides=lambda row: row["id"] % number == 0)


def key_twice(**fields: str) -> FakeFrontcore:
    """Make an account in which two rows have one key, and differ in these fields."""
    return with_rows(account(300, order="title"), {9001: {**customers(300)[4], **fields}})


def ordered_by_filter() -> FakeFrontcore:
    """Make an account whose list is in another order where it is filtered."""

    def turn(fake: FakeFrontcore, _number: int) -> None:
        is_filtered = "created_at_min" in fake.asked[-1].params
        fake.switches.order = "-created_at" if is_filtered else "created_at"
        fake.forget()

    fake = account(1000)
    fake.between = turn
    return fake


class CheckedAccount(NamedTuple):
    """An account, and what is to be said of it and nothing else."""

    name: str
    make: Callable[[], FakeFrontcore]
    claims: set[str]


WORK, UNTRIED = "filters lose nothing", "could not be tried"


def world(
    name: str, make: Callable[[], FakeFrontcore], *claims: str, filters: str = WORK
) -> CheckedAccount:
    return CheckedAccount(name, make, {*claims, filters} - {""})


def switched(name: str, *claims: str, filters: str = WORK, **switches: Any) -> CheckedAccount:
    """Return an account of so many rows, 300 by default, with switches."""
    return world(name, lambda: account(**switches), *claims, filters=filters)


WORLDS = (
    switched("0 rows", count=0, filters=UNTRIED),
    *(switched(f"{count} rows", count=count) for count in (3, 24, 25, 600)),
    switched("ordered by -updated_at", order="-updated_at"),
    switched("inclusive", inclusive=True),
    switched("null passes", null_passes=True),
    *(
        switched(f"past the end of {count}: {past_end}", count=count, past_end=past_end)
        for count, past_end in ((3, "error"), (3, "last page"), (250, "error"), (250, "500"))
    ),
    switched("maximum 20", "a first page of fewer", "hides rows", maximum=20),
    *(switched(f"maximum {size}", maximum=size) for size in (25, 249)),
    switched("maximum 100, by asked", maximum=100, starts_by_asked=True),
    *(
        switched(f"zone {zone}", filter_zone=zone, filters="updated_at_min filter drops")
        for zone in ("Etc/GMT+5", "America/Nuuk")
    ),
    world(
        "zone America/Nuuk, last edit in summer",
        lambda: with_rows(
            account(300, filter_zone="America/Nuuk"),
            {1003: {"updated_at": "2027-07-01T10:00:00+02:00"}},
        ),
        filters="updated_at_min filter drops",
    ),
    *(
        switched(f"zone {zone}", filter_zone=zone)
        for zone in ("UTC", "Etc/GMT-1", "Asia/Tokyo", "Etc/GMT-13")
    ),
    switched("filters ignored", ignores_filters=True),
    switched("updated_at_min refused", refuses={"updated_at_min"}, filters="is refused"),
    switched("created_at_min refused", refuses={"created_at_min"}, filters="is refused"),
    switched("page refused", refuses={"page"}, filters=""),
    switched(
        "filters refused, no rows",
        count=0,
        refuses={"updated_at_min", "created_at_min"},
        filters="is refused",
    ),
    switched("429 for each third", faults=dict.fromkeys(range(3, 500, 3), "429")),
    switched("500 always", faults=dict.fromkeys(range(1, 500), "500"), filters="no good answer"),
    *(
        switched(f"page ignored, {count} rows", "`page` is ignored", count=count, ignores_page=True)
        for count in (25, 600)
    ),
    switched("page ignored, 20 rows", count=20, ignores_page=True),
    switched("whole, 600 rows", count=600, ignores_paging={"customers"}),
    *(
        world(f"hidden {start} to {end}", partial(hiding, start, end), "hides rows", *claims)
        for start, end, *claims in (
            (0, 230, "a first page of fewer"),
            (20, 250, "a first page of fewer"),
            (100, 200),
            (300, 540),
        )
    ),
    world(
        "hidden 0 to 300",
        partial(hiding, 0, 300),
        "hides rows",
        "a first page of fewer",
        filters=UNTRIED,
    ),
    *(world(f"each {n}th hidden", partial(hiding_each, n), "hides rows") for n in (97, 2)),
    switched(
        "null for each 50th", "hides rows", "are no rows", nulls=lambda row: row["id"] % 50 == 0
    ),
    world("tied 2 at 249", lambda: tied(2, 249)),
    world(
        "year 9999",
        lambda: with_rows(
            account(300, filter_zone="UTC"),
            {
                1005: {"updated_at": "9999-12-31T23:59:59+00:00"},
                1006: {"created_at": "9999-12-31T03:00:00+01:00"},
            },
        ),
    ),
    world("key twice", partial(key_twice, fax="1"), "the key of another"),
    world(
        "key twice, far",
        partial(key_twice, title="ZZ", created_at="2020-01-01T10:00:00+01:00"),
        "the key of another",
    ),
    world("a field changes by itself", lambda: self_changing(300)),
    world(
        "no key",
        lambda: with_rows(account(30, order="title"), {1002: {"id": None}}),
        "no key",
    ),
)

UNSURE = (
    world("another order where filtered", ordered_by_filter, filters=UNTRIED),
    world("blocks of 80", lambda: tied(80, *range(0, 1000, 80)), "another order"),
    world("tied 60 at 220", lambda: tied(60, 220), "another order"),
    switched("tied by type", "another order", "hides rows", order="type", shuffles_equals=True),
)
"""Rows that share a place change it, so whether a run has luck can't be told; or a filter's first
page doesn't show whether a row passes it."""

UNSEEN = (
    world("hidden 100 to 500", partial(hiding, 100, 500)),
    world("hidden 300 to 1000", partial(hiding, 300, 1000)),
)
"""More rows are hidden in a row, or further into the list, than a dozen requests show."""


def moving(seed: int) -> FakeFrontcore:
    """Make an account in which up to two rows change before each request."""
    chance = Random(seed)
    count = chance.choice((30, 100, 260, 300, 600, 1000))
    order = chance.choice(("id", "-id", "-updated_at", "-created_at", "updated_at", "title"))
    fake = account(count, order=order, maximum=chance.choice((250, 250, 75)))
    new_ids = iter(range(5000, 6000))

    def change(fake: FakeFrontcore, _number: int) -> None:
        for _ in range(chance.randint(0, 2)):
            kind, ids = chance.choice(("add", "edit", "delete")), list(fake.tables["customers"])
            if kind == "add":
                fake.add(customer(next(new_ids)))
            elif kind == "edit":
                fake.edit(chance.choice(ids))
            else:
                fake.delete(chance.choice(ids))

    fake.between = change
    return fake


def names(world: CheckedAccount) -> str:
    return world.name


@pytest.mark.parametrize("world", WORLDS, ids=names)
def test_it_says_not_ok_where_runs_fail(world: CheckedAccount) -> None:
    checked = check(world.make())

    assert checked.is_ok == (not failures_of_runs(world.make)), checked.text
    assert checked.claims == world.claims, checked.text
    if not (fake := world.make()).faults and fake.switches.past_end != "500":
        assert checked.requests <= MAX_REQUESTS


@pytest.mark.parametrize("world", UNSEEN, ids=names)
def test_it_does_not_see_what_is_far_into_a_list(world: CheckedAccount) -> None:
    checked = check(world.make())

    assert failures_of_runs(world.make)
    assert checked.is_ok
    assert checked.claims == world.claims, checked.text


@pytest.mark.parametrize("world", UNSURE, ids=names)
def test_it_says_where_it_cannot_tell(world: CheckedAccount) -> None:
    checked = check(world.make())

    assert "can't tell" in checked.text
    assert checked.is_ok
    assert checked.claims == world.claims, checked.text


@pytest.mark.parametrize("seed", [2, 6, 9, 21, 22, 31, 35, 36, 55, 59])
def test_a_list_that_moves_is_no_finding(seed: int) -> None:
    checked = check(moving(seed))

    assert checked.is_ok, checked.text
    assert checked.requests <= MAX_REQUESTS


def test_filters_that_are_set_are_asked_by_too() -> None:
    fake = account(60)
    year = {"created_at_min": "2016-01-01T00:00:00Z", "created_at_max": "2017-01-01T00:00:00Z"}

    checked = check(fake, **year, since_id=1010)

    assert checked.is_ok, checked.text
    assert {asked.params.get("since_id") for asked in fake.asked} == {"1010"}
    assert all(asked.params["created_at_max"] for asked in fake.asked)
    none = check(account(0), **year)
    assert none.is_ok
    # No run that these settings narrow asks for rows that are created later.
    assert none.text.endswith("could not be tried: updated_at_min")


def test_a_short_first_page_hides_nothing_from_runs_without_filters() -> None:
    courses = generate_account(customers(3))["courses"]
    fake = FakeFrontcore([], [], {"courses": courses}, Switches(maximum=3))

    checked = check(fake, "courses")

    assert checked.is_ok, checked.text


def test_a_list_that_cannot_be_read_is_not_called_a_moving_one() -> None:
    assert "while it was read" not in check(account(600, ignores_page=True)).text
