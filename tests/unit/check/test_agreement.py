"""The check's verdict is the runs' own: "NOT OK" exactly where a run fails with that server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tap_frontcore.check.probe import MOST_REQUESTS
from tests.fake_frontcore.app import CUSTOMERS
from tests.unit.check.worlds import account, check, customers, hiding, run, tied, with_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_frontcore import FakeFrontcore


class World:
    """An account, and what is to be said of it and nothing else."""

    def __init__(self, name: str, make: Callable[[], FakeFrontcore], *claims: str) -> None:
        self.name = name
        self.make = make
        self.claims = set(claims)


WORLDS = (
    World("0 rows", lambda: account(0), "no row to try"),
    World(
        "1 rows",
        lambda: account(1),
    ),
    World(
        "3 rows",
        lambda: account(3),
    ),
    World("24 rows", lambda: account(24), "filters in Oslo's time"),
    World("25 rows", lambda: account(25), "filters in Oslo's time"),
    World("250 rows", lambda: account(250), "filters in Oslo's time"),
    World("251 rows", lambda: account(251), "filters in Oslo's time"),
    World("499 rows", lambda: account(499), "filters in Oslo's time"),
    World("600 rows", lambda: account(600), "filters in Oslo's time"),
    World("ordered by -id", lambda: account(order="-id"), "filters in Oslo's time"),
    World("ordered by -updated_at", lambda: account(order="-updated_at"), "filters in Oslo's time"),
    World("ordered by title", lambda: account(order="title"), "filters in Oslo's time"),
    World("ordered by orgnr", lambda: account(order="orgnr"), "filters in Oslo's time"),
    World("inclusive", lambda: account(inclusive=True), "filters in Oslo's time"),
    World("null passes", lambda: account(null_passes=True), "filters in Oslo's time"),
    World(
        "past the end of 3: error",
        lambda: account(3, past_end="error"),
    ),
    World(
        "past the end of 60: error", lambda: account(60, past_end="error"), "filters in Oslo's time"
    ),
    World(
        "past the end of 250: error",
        lambda: account(250, past_end="error"),
        "filters in Oslo's time",
    ),
    World(
        "past the end of 3: 500",
        lambda: account(3, past_end="500"),
    ),
    World("past the end of 60: 500", lambda: account(60, past_end="500"), "filters in Oslo's time"),
    World(
        "past the end of 250: 500", lambda: account(250, past_end="500"), "filters in Oslo's time"
    ),
    World(
        "past the end of 3: last page",
        lambda: account(3, past_end="last page"),
    ),
    World(
        "past the end of 60: last page",
        lambda: account(60, past_end="last page"),
        "filters in Oslo's time",
    ),
    World(
        "past the end of 250: last page",
        lambda: account(250, past_end="last page"),
        "filters in Oslo's time",
    ),
    World(
        "maximum 20", lambda: account(maximum=20), "filters in Oslo's time", "incremental run loses"
    ),
    World("maximum 25", lambda: account(maximum=25), "filters in Oslo's time", "rows, at most"),
    World("maximum 75", lambda: account(maximum=75), "filters in Oslo's time", "rows, at most"),
    World("maximum 249", lambda: account(maximum=249), "filters in Oslo's time", "rows, at most"),
    World(
        "maximum 100, by asked",
        lambda: account(maximum=100, starts_by_asked=True),
        "filters in Oslo's time",
        "rows, at most",
    ),
    World(
        "zone Etc/GMT+10",
        lambda: account(filter_zone="Etc/GMT+10"),
        "doesn't pass updated_at_min",
        "doesn't pass created_at_min",
    ),
    World(
        "zone Etc/GMT+5",
        lambda: account(filter_zone="Etc/GMT+5"),
        "doesn't pass updated_at_min",
        "doesn't pass created_at_min",
    ),
    World(
        "zone Etc/GMT+1",
        lambda: account(filter_zone="Etc/GMT+1"),
        "doesn't pass updated_at_min",
        "doesn't pass created_at_min",
    ),
    World(
        "zone Atlantic/Azores",
        lambda: account(filter_zone="Atlantic/Azores"),
        "doesn't pass updated_at_min",
    ),
    World("zone UTC", lambda: account(filter_zone="UTC"), "not in Oslo's time"),
    World("zone Europe/London", lambda: account(filter_zone="Europe/London"), "not in Oslo's time"),
    World(
        "zone Europe/Paris", lambda: account(filter_zone="Europe/Paris"), "filters in Oslo's time"
    ),
    World("zone Etc/GMT-1", lambda: account(filter_zone="Etc/GMT-1"), "not in Oslo's time"),
    World("zone Etc/GMT-2", lambda: account(filter_zone="Etc/GMT-2"), "not in Oslo's time"),
    World(
        "zone Europe/Helsinki", lambda: account(filter_zone="Europe/Helsinki"), "not in Oslo's time"
    ),
    World("zone Asia/Kolkata", lambda: account(filter_zone="Asia/Kolkata"), "not in Oslo's time"),
    World("zone Asia/Tokyo", lambda: account(filter_zone="Asia/Tokyo"), "not in Oslo's time"),
    World(
        "zone Pacific/Auckland",
        lambda: account(filter_zone="Pacific/Auckland"),
        "not in Oslo's time",
    ),
    World("zone Etc/GMT-13", lambda: account(filter_zone="Etc/GMT-13"), "not in Oslo's time"),
    World("300 in Tokyo", lambda: account(300, filter_zone="Asia/Tokyo"), "not in Oslo's time"),
    World("filters ignored", lambda: account(ignores_filters=True), "filters ignored"),
    World("filters ignored, 60 rows", lambda: account(60, ignores_filters=True), "filters ignored"),
    World(
        "updated_at_min refused",
        lambda: account(refuses=frozenset({"updated_at_min"})),
        "turned down",
    ),
    World(
        "created_at_min refused",
        lambda: account(refuses=frozenset({"created_at_min"})),
        "filters in Oslo's time",
        "turned down",
    ),
    World(
        "updated_at_max refused",
        lambda: account(refuses=frozenset({"updated_at_max"})),
        "filters in Oslo's time",
    ),
    World(
        "since_id refused",
        lambda: account(refuses=frozenset({"since_id"})),
        "filters in Oslo's time",
    ),
    World(
        "page refused",
        lambda: account(refuses=frozenset({"page"})),
    ),
    World(
        "filters refused, no rows",
        lambda: account(0, refuses=frozenset({"updated_at_min", "created_at_min"})),
        "turned down",
    ),
    World(
        "429 for each third",
        lambda: account(faults=dict.fromkeys(range(3, 500, 3), "429")),
        "filters in Oslo's time",
    ),
    World(
        "500 for each third",
        lambda: account(faults=dict.fromkeys(range(3, 500, 3), "500")),
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
        "page ignored, 250 rows",
        lambda: account(250, ignores_page=True),
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
        "whole, 100 rows",
        lambda: account(100, ignores_paging=frozenset({CUSTOMERS})),
        "filters in Oslo's time",
        "in one answer",
    ),
    World(
        "whole, 600 rows",
        lambda: account(600, ignores_paging=frozenset({CUSTOMERS})),
        "filters in Oslo's time",
        "in one answer",
    ),
    World(
        "hidden 0 to 230", lambda: hiding(0, 230), "filters in Oslo's time", "incremental run loses"
    ),
    World("hidden 0 to 300", lambda: hiding(0, 300), "no row to try", "incremental run loses"),
    World(
        "hidden 0 to 600",
        lambda: hiding(0, 600),
        "no row to try",
        "full run loses",
        "incremental run loses",
    ),
    World(
        "hidden 20 to 250",
        lambda: hiding(20, 250),
        "filters in Oslo's time",
        "incremental run loses",
    ),
    World("hidden 100 to 200", lambda: hiding(100, 200), "filters in Oslo's time", "are hidden"),
    World(
        "hidden 100 to 400",
        lambda: hiding(100, 400),
        "filters in Oslo's time",
        "incremental run loses",
    ),
    World(
        "hidden 100 to 500",
        lambda: hiding(100, 500),
        "filters in Oslo's time",
        "full run loses",
        "incremental run loses",
    ),
    World("hidden 250 to 300", lambda: hiding(250, 300), "filters in Oslo's time", "are hidden"),
    World(
        "hidden 250 to 500",
        lambda: hiding(250, 500),
        "filters in Oslo's time",
        "full run loses",
        "incremental run loses",
    ),
    World("hidden 300 to 540", lambda: hiding(300, 540), "filters in Oslo's time", "are hidden"),
    World(
        "hidden 300 to 800",
        lambda: hiding(300, 800),
        "filters in Oslo's time",
        "full run loses",
        "incremental run loses",
    ),
    World("hidden 600 to 700", lambda: hiding(600, 700), "filters in Oslo's time", "are hidden"),
    World(
        "each 97th hidden",
        lambda: account(1500, hides=lambda row: row["id"] % 97 == 0),
        "filters in Oslo's time",
        "are hidden",
    ),
    World(
        "each 5th hidden",
        lambda: account(1500, hides=lambda row: row["id"] % 5 == 0),
        "filters in Oslo's time",
        "are hidden",
    ),
    World(
        "each 2th hidden",
        lambda: account(1500, hides=lambda row: row["id"] % 2 == 0),
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
    World("tied 2 at 124", lambda: tied(2, 124), "filters in Oslo's time", "share a place"),
    World("tied 2 at 249", lambda: tied(2, 249), "filters in Oslo's time", "meanwhile"),
    World("tied 10 at 245", lambda: tied(10, 245), "filters in Oslo's time", "share a place"),
    World("tied 40 at 100", lambda: tied(40, 100), "filters in Oslo's time", "share a place"),
    World("tied 60 at 220", lambda: tied(60, 220), "filters in Oslo's time", "share a place"),
    World(
        "tied 200 at 150",
        lambda: tied(200, 150),
        "filters in Oslo's time",
        "share a place",
        "full run loses",
        "incremental run loses",
        "may lose",
    ),
    World(
        "tied 300 at 100",
        lambda: tied(300, 100),
        "filters in Oslo's time",
        "share a place",
        "full run loses",
        "incremental run loses",
        "may lose",
    ),
    World("tied 2 at 498", lambda: tied(2, 498), "filters in Oslo's time"),
    World(
        "blocks of 2",
        lambda: tied(2, *range(0, 1000, 2)),
        "filters in Oslo's time",
        "share a place",
    ),
    World(
        "blocks of 10",
        lambda: tied(10, *range(0, 1000, 10)),
        "filters in Oslo's time",
        "share a place",
    ),
    World(
        "blocks of 40",
        lambda: tied(40, *range(0, 1000, 40)),
        "filters in Oslo's time",
        "share a place",
    ),
    World(
        "blocks of 80",
        lambda: tied(80, *range(0, 1000, 80)),
        "filters in Oslo's time",
        "share a place",
        "may lose",
    ),
    World(
        "blocks of 120",
        lambda: tied(120, *range(0, 1000, 120)),
        "filters in Oslo's time",
        "share a place",
        "may lose",
    ),
    World(
        "blocks of 250",
        lambda: tied(250, *range(0, 1000, 250)),
        "filters in Oslo's time",
        "share a place",
        "may lose",
    ),
    World(
        "tied by type",
        lambda: account(order="type", shuffles_equals=True),
        "filters in Oslo's time",
        "share a place",
        "full run loses",
        "incremental run loses",
        "may lose",
    ),
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
    World(
        "no key",
        lambda: with_rows(account(30, order="title"), {1002: {"id": None}}),
        "filters in Oslo's time",
        "no key",
    ),
)

UNSEEN = (
    World("hidden 100 to 800", lambda: hiding(100, 800), "filters in Oslo's time"),
    World("hidden 300 to 700", lambda: hiding(300, 700), "filters in Oslo's time", "are hidden"),
    World("hidden 300 to 1000", lambda: hiding(300, 1000), "filters in Oslo's time"),
    World("hidden 500 to 760", lambda: hiding(500, 760), "filters in Oslo's time", "are hidden"),
    World(
        "nine of ten hidden",
        lambda: account(1500, hides=lambda row: row["id"] % 10 != 0),
        "filters in Oslo's time",
        "are hidden",
    ),
    World("tied 300 at 500", lambda: tied(300, 500), "filters in Oslo's time"),
)
"""Rows are lost where a dozen requests don't look: behind the third page, or where a filter by
time moves what is hidden to the beginning of a list."""

CAUTIOUS = (
    World(
        "tied 200 at 20",
        lambda: tied(200, 20),
        "filters in Oslo's time",
        "share a place",
        "may lose",
    ),
    World(
        "tied 100 at 100",
        lambda: tied(100, 100),
        "filters in Oslo's time",
        "share a place",
        "may lose",
    ),
)
"""More rows share a place than the tap can be sure of, but by luck only within the first page."""


def names(world: World) -> str:
    return world.name


@pytest.mark.parametrize("world", WORLDS, ids=names)
def test_it_says_not_ok_where_runs_fail(world: World) -> None:
    checked = check(world.make())

    assert checked.is_ok == (not run(world.make)), checked.text
    assert checked.claims == world.claims, checked.text
    if not (fake := world.make()).faults and fake.switches.past_end != "500":
        assert checked.requests <= MOST_REQUESTS


@pytest.mark.parametrize("world", UNSEEN, ids=names)
def test_it_does_not_see_what_is_far_into_a_list(world: World) -> None:
    checked = check(world.make())

    assert run(world.make)
    assert checked.is_ok
    assert checked.claims == world.claims, checked.text


@pytest.mark.parametrize("world", CAUTIOUS, ids=names)
def test_it_warns_of_rows_that_share_a_place_also_where_runs_have_luck(world: World) -> None:
    checked = check(world.make())

    assert not run(world.make)
    assert not checked.is_ok
    assert checked.claims == world.claims, checked.text
