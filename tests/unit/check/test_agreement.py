"""The check's verdict is the runs' own: "NOT OK" exactly where a run fails with that server."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from tap_frontcore.check.probe import MAX_REQUESTS
from tests.fake_frontcore.app import CUSTOMERS
from tests.fake_frontcore.rows import customer
from tests.unit.check.worlds import account, check, customers, hiding, run, tied, with_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_frontcore import FakeFrontcore


def self_changing(count: int) -> FakeFrontcore:
    """Make an account in which each request changes a field of all rows, and not `updated_at`."""
    fake = account(count)

    def change(fake: FakeFrontcore, number: int) -> None:
        for row in fake.tables[CUSTOMERS].values():
            row["seen_at"] = str(number)
        fake.forget()

    fake.between = change
    return fake


class World:
    """An account, and what is to be said of it and nothing else."""

    def __init__(self, name: str, make: Callable[[], FakeFrontcore], *claims: str) -> None:
        self.name = name
        self.make = make
        self.claims = set(claims)


WORLDS = (
    World("0 rows", lambda: account(0), "no row to try"),
    World(
        "3 rows",
        lambda: account(3),
    ),
    World("24 rows", lambda: account(24), "filters in Oslo's time"),
    World("25 rows", lambda: account(25), "filters in Oslo's time"),
    World("600 rows", lambda: account(600), "filters in Oslo's time"),
    World("ordered by -updated_at", lambda: account(order="-updated_at"), "filters in Oslo's time"),
    World("inclusive", lambda: account(inclusive=True), "filters in Oslo's time"),
    World("null passes", lambda: account(null_passes=True), "filters in Oslo's time"),
    World(
        "past the end of 3: error",
        lambda: account(3, past_end="error"),
    ),
    World(
        "past the end of 250: error",
        lambda: account(250, past_end="error"),
        "filters in Oslo's time",
    ),
    World(
        "past the end of 250: 500", lambda: account(250, past_end="500"), "filters in Oslo's time"
    ),
    World(
        "past the end of 3: last page",
        lambda: account(3, past_end="last page"),
    ),
    World(
        "maximum 20",
        lambda: account(maximum=20),
        "filters in Oslo's time",
        "a first page of fewer",
        "are hidden",
    ),
    World("maximum 25", lambda: account(maximum=25), "filters in Oslo's time", "rows, at most"),
    World("maximum 249", lambda: account(maximum=249), "filters in Oslo's time", "rows, at most"),
    World(
        "maximum 100, by asked",
        lambda: account(maximum=100, starts_by_asked=True),
        "filters in Oslo's time",
        "rows, at most",
    ),
    World(
        "zone Etc/GMT+5",
        lambda: account(filter_zone="Etc/GMT+5"),
        "updated_at_min filter drops",
    ),
    World(
        "zone Atlantic/Azores",
        lambda: account(filter_zone="Atlantic/Azores"),
        "updated_at_min filter drops",
    ),
    World("zone UTC", lambda: account(filter_zone="UTC"), "not in Oslo's time"),
    World("zone Etc/GMT-1", lambda: account(filter_zone="Etc/GMT-1"), "not in Oslo's time"),
    World("zone Asia/Tokyo", lambda: account(filter_zone="Asia/Tokyo"), "not in Oslo's time"),
    World("zone Etc/GMT-13", lambda: account(filter_zone="Etc/GMT-13"), "not in Oslo's time"),
    World("filters ignored", lambda: account(ignores_filters=True), "filters ignored"),
    World(
        "updated_at_min refused",
        lambda: account(refuses=frozenset({"updated_at_min"})),
        "is refused",
    ),
    World(
        "created_at_min refused",
        lambda: account(refuses=frozenset({"created_at_min"})),
        "filters in Oslo's time",
        "is refused",
    ),
    World(
        "page refused",
        lambda: account(refuses=frozenset({"page"})),
    ),
    World(
        "filters refused, no rows",
        lambda: account(0, refuses=frozenset({"updated_at_min", "created_at_min"})),
        "is refused",
    ),
    World(
        "429 for each third",
        lambda: account(faults=dict.fromkeys(range(3, 500, 3), "429")),
        "filters in Oslo's time",
    ),
    World(
        "500 always", lambda: account(faults=dict.fromkeys(range(1, 500), "500")), "no good answer"
    ),
    World(
        "page ignored, 25 rows",
        lambda: account(25, ignores_page=True),
        "filters in Oslo's time",
        "`page` is ignored",
    ),
    World(
        "page ignored, 600 rows",
        lambda: account(600, ignores_page=True),
        "filters in Oslo's time",
        "`page` is ignored",
    ),
    World(
        "page ignored, 20 rows", lambda: account(20, ignores_page=True), "filters in Oslo's time"
    ),
    World(
        "whole, 600 rows",
        lambda: account(600, ignores_paging=frozenset({CUSTOMERS})),
        "filters in Oslo's time",
        "in one answer",
    ),
    World(
        "hidden 0 to 230",
        lambda: hiding(0, 230),
        "filters in Oslo's time",
        "a first page of fewer",
        "are hidden",
    ),
    World(
        "hidden 20 to 250",
        lambda: hiding(20, 250),
        "filters in Oslo's time",
        "a first page of fewer",
        "are hidden",
    ),
    World("hidden 100 to 200", lambda: hiding(100, 200), "filters in Oslo's time", "are hidden"),
    World("hidden 300 to 540", lambda: hiding(300, 540), "filters in Oslo's time", "are hidden"),
    World(
        "each 97th hidden",
        lambda: account(600, hides=lambda row: row["id"] % 97 == 0),
        "filters in Oslo's time",
        "are hidden",
    ),
    World(
        "each 2th hidden",
        lambda: account(600, hides=lambda row: row["id"] % 2 == 0),
        "filters in Oslo's time",
        "are hidden",
    ),
    World(
        "null for each 50th",
        lambda: account(nulls=lambda row: row["id"] % 50 == 0),
        "filters in Oslo's time",
        "are hidden",
        "no rows",
    ),
    World("tied 2 at 249", lambda: tied(2, 249), "filters in Oslo's time"),
    World(
        "year 9999",
        lambda: with_rows(
            account(300),
            {
                1005: {"updated_at": "9999-12-31T23:59:59+01:00"},
                1006: {"created_at": "9999-12-31T03:00:00+01:00"},
            },
        ),
        "filters in Oslo's time",
    ),
    World(
        "key twice",
        lambda: with_rows(account(300, order="title"), {9001: {**customers(300)[4], "title": "A"}}),
        "filters in Oslo's time",
        "the key of another",
    ),
    World(
        "key twice, far",
        lambda: with_rows(
            account(300, order="title"), {9001: {**customers(300)[4], "title": "ZZ"}}
        ),
        "filters in Oslo's time",
        "the key of another",
    ),
    World("a field changes by itself", lambda: self_changing(300), "filters in Oslo's time"),
    World(
        "no key",
        lambda: with_rows(account(30, order="title"), {1002: {"id": None}}),
        "filters in Oslo's time",
        "no key",
    ),
)

UNSURE = (
    World(
        "blocks of 80",
        lambda: tied(80, *range(0, 1000, 80)),
        "filters in Oslo's time",
        "equal sort values",
        "meanwhile",
    ),
    World(
        "tied 60 at 220",
        lambda: tied(60, 220),
        "filters in Oslo's time",
        "equal sort values",
        "meanwhile",
    ),
    World(
        "tied by type",
        lambda: account(order="type", shuffles_equals=True),
        "filters in Oslo's time",
        "equal sort values",
        "are hidden",
    ),
)
"""Rows that share a place change it: whether a run has luck can't be told."""

UNSEEN = (
    World("hidden 0 to 300", lambda: hiding(0, 300), "no row to try"),
    World(
        "hidden 100 to 500",
        lambda: hiding(100, 500),
        "filters in Oslo's time",
    ),
    World("hidden 300 to 1000", lambda: hiding(300, 1000), "filters in Oslo's time"),
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
            kind, ids = chance.choice(("add", "edit", "delete")), list(fake.tables[CUSTOMERS])
            if kind == "add":
                fake.add(customer(next(new_ids)))
            elif kind == "edit":
                fake.edit(chance.choice(ids))
            else:
                fake.delete(chance.choice(ids))

    fake.between = change
    return fake


def names(world: World) -> str:
    return world.name


@pytest.mark.parametrize("world", WORLDS, ids=names)
def test_it_says_not_ok_where_runs_fail(world: World) -> None:
    checked = check(world.make())

    assert checked.is_ok == (not run(world.make)), checked.text
    assert checked.claims == world.claims, checked.text
    if not (fake := world.make()).faults and fake.switches.past_end != "500":
        assert checked.requests <= MAX_REQUESTS


@pytest.mark.parametrize("world", UNSEEN, ids=names)
def test_it_does_not_see_what_is_far_into_a_list(world: World) -> None:
    checked = check(world.make())

    assert run(world.make)
    assert checked.is_ok
    assert checked.claims == world.claims, checked.text


@pytest.mark.parametrize("world", UNSURE, ids=names)
def test_it_says_where_it_cannot_tell(world: World) -> None:
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
    assert check(account(0), **year).is_ok
