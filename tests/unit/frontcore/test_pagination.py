from __future__ import annotations

import itertools
from contextlib import nullcontext
from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest
import requests_mock
from hypothesis import given, settings
from hypothesis import strategies as st
from singer_sdk import RESTStream, Tap
from typing_extensions import override

from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    PaginationError,
    RefusedError,
    RetriableError,
    TapError,
)
from tap_frontcore.frontcore.queries import Endpoint
from tap_frontcore.frontcore.reading import ListReader
from tap_frontcore.frontcore.windows import Row, Window, overlapping
from tests.support.fuzz import examples
from tests.unit.frontcore.worlds import (
    MENUS,
    PAST_END,
    PastEnd,
    World,
    WorldList,
    bulk_worlds,
    cut_worlds,
    hidden_run_worlds,
    hiding_worlds,
    menu,
    menu_worlds,
    null_worlds,
    orders,
    paginator_of,
    read_world,
    volatile_hiding_worlds,
    worlds,
    worlds_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from singer_sdk import Stream
    from singer_sdk.streams.rest import HTTPRequest, PageContext

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.frontcore.pagination import OverlappingPaginator

parallel = st.integers(1, 8)
page_sizes = st.sampled_from([100, 150, 250])


# The space, by hypothesis


KINDS = {
    "moving": worlds,
    "hidden": hiding_worlds,
    "a hidden run": hidden_run_worlds,
    "null": null_worlds,
    "a limit of the server's own": menu_worlds,
    "edited together": bulk_worlds,
    "changing by itself": volatile_hiding_worlds,
}


@pytest.mark.parametrize("worlds", KINDS.values(), ids=KINDS)
@settings(max_examples=examples(150))
@given(data=st.data(), page_size=page_sizes, parallel=parallel)
def test_no_untouched_row_is_lost_in_silence(
    worlds: st.SearchStrategy[World], data: st.DataObject, page_size: int, parallel: int
) -> None:
    """All rows come, or an error says why they can't; a warning does where `limit` is replaced."""
    world = data.draw(worlds)
    is_hiding = bool(world.hidden or world.hidden_run)
    try:
        reading = read_world(
            world,
            250 if is_hiding or world.bulk or world.rounding else page_size,
            parallel,
            is_full_read=is_hiding or data.draw(st.booleans()),
            may_delete=data.draw(st.booleans()),
        )
    except TapError:  # told: it changes, or becomes shorter, meanwhile, or its end fails
        assert world.changes or world.rounding or world.bulk or world.past_end == "failing"
        return

    is_told = world.rounding and any(doubt.warning for doubt in reading.doubts)
    assert not reading.lost or is_told


@settings(max_examples=examples(150))
@given(
    st.one_of(
        *KINDS.values(),
        cut_worlds,
        worlds_of(
            size=st.integers(0, 1000),
            order=orders,
            hidden=st.sampled_from([0.5, 0.8]),
            changes=st.integers(0, 1),
        ),
        worlds_of(size=st.integers(0, 1000), ties=st.sampled_from([3, 10, 60, 300])),
    ),
    parallel,
)
def test_a_list_at_rest_before_rows_are_deleted_lacks_none(world: World, parallel: int) -> None:
    """The dangerous direction: a target deletes what didn't come from such a list."""
    try:
        reading = read_world(world, 250, parallel, may_delete=True)
    except TapError:
        return

    assert not (reading.is_at_rest and reading.lost)


@settings(max_examples=examples(60))
@given(st.integers(260, 1500), st.integers(2, 60), page_sizes, st.integers(0, 2**32))
def test_rows_that_share_a_place_and_are_shuffled(
    size: int, ties: int, page_size: int, seed: int
) -> None:
    """Up to a quarter of a page of them is held against; where more are, it is told."""
    reading = read_world(World(size, ties=ties, seed=seed), page_size)

    if reading.lost:
        assert ties > page_size // 8
        assert not reading.paginator.stability.is_orderly


@pytest.mark.parametrize(
    "world",
    [
        World(267, "title", ties=30, past_end="last page", seed=50),
        World(185, "-id", ties=10, past_end="first page", maximum=60, seed=87),
    ],
)
def test_no_window_is_asked_for_twice_in_a_row(world: World) -> None:
    """The SDK would end with an error; and the window before its own has no new rows."""
    assert not read_world(world, parallel=1).lost


# The edges, by hand


@pytest.mark.parametrize("size", [0, 1, 24, 25, 249, 250, 251, 498, 10_001])
def test_a_list_at_rest_comes_once_and_in_its_order(size: int) -> None:
    for parallel in (1, 4):
        reading = read_world(World(size), parallel=parallel)

        assert [row["id"] for row in reading.rows] == list(range(1, size + 1))
        assert reading.is_at_rest
        assert len(reading.source.asked) == len(set(reading.source.asked))


@pytest.mark.parametrize(
    ("size", "of_changes", "of_all", "before_deleting"),
    [
        (0, 1, 2, 12),
        (1, 1, 2, 12),
        (22, 1, 2, 14),
        (24, 1, 2, 14),
        (25, 3, 3, 14),
        (29, 3, 3, 12),
        (60, 3, 3, 8),
        (125, 3, 3, 5),
        (249, 2, 2, 3),
        (250, 2, 2, 2),
        (251, 4, 4, 4),
        (1000, 7, 7, 7),
        (10_000, 46, 46, 46),
    ],
)
def test_what_a_list_costs(size: int, of_changes: int, of_all: int, before_deleting: int) -> None:
    modes: list[dict[str, bool]] = [{"is_full_read": False}, {}, {"may_delete": True}]
    readings = [read_world(World(size), parallel=1, **mode) for mode in modes]

    requests = [len(reading.source.asked) for reading in readings]
    assert requests == [of_changes, of_all, before_deleting]
    assert not any(reading.paginator.stability.has_moved for reading in readings)


def test_what_hidden_rows_cost() -> None:
    """526 of 10 526 are hidden."""
    source = WorldList(World(10_526))
    for id_ in range(20, 10_526, 20):
        source.rows[id_]["hidden"] = True

    reading = read_world(source)

    assert len(reading.source.asked) < 44 * 1.3
    assert not reading.lost
    assert not reading.is_at_rest


@pytest.mark.parametrize(
    "world",
    [
        World(210, hidden_run=range(101, 201), maximum=100),
        World(60, hidden_run=range(1, 41), maximum=50, starts_by_asked=True),
        World(232, "-id", hidden_run=range(141, 268), maximum=100, past_end="first page"),
    ],
    ids=["behind page 1", "on page 1", "all of page 1"],
)
def test_rows_that_page_1_lacks_come_before_others_are_deleted(world: World) -> None:
    """Its maximum isn't known if it hides rows, so each position behind the last row is shown."""
    reading = read_world(world, may_delete=True)

    assert not reading.lost
    assert not reading.is_at_rest


def test_rows_of_page_1_with_hidden_ones_between_are_no_sign_of_its_maximum() -> None:
    """Three of 285 rows are visible, and no more than 149 hidden in a row."""
    source = WorldList(World(285))
    for id_, row in source.rows.items():
        row["hidden"] = id_ not in {100, 250, 285}

    assert read_world(source, may_delete=True).ids == {100, 250, 285}


def test_a_list_that_moves_while_it_is_looked_behind_is_not_at_rest() -> None:
    """Most of it is hidden, and rows behind page 1 move to before where the windows are."""
    world = World(
        120,
        "-updated_at",
        maximum=100,
        hidden=0.8,
        bulk=range(248, 249),
        bulk_deletes=78,
        seed=1699557718,
    )

    assert not read_world(world, parallel=1, may_delete=True).is_at_rest


def test_later_pages_that_are_cut_shorter_than_page_1() -> None:
    rows = rows_from(0, 490)

    def answer(window: Window) -> list[Row]:
        return rows[window.start : window.end][: 250 if window.page == 1 else 25]

    assert len(rows_of(answer, paginator_of())) == 490


@pytest.mark.parametrize("starts_by_asked", [False, True])
@pytest.mark.parametrize("maximum", [25, 100, 249])
def test_a_maximum_below_the_documented_one(maximum: int, *, starts_by_asked: bool) -> None:
    for size in (20, 25, 75, 99, 100, 101, 200, 250, 1000):
        for is_full_read in (False, True):
            world = World(size, maximum=maximum, starts_by_asked=starts_by_asked)

            reading = read_world(world, is_full_read=is_full_read)

            assert not reading.lost
            assert reading.is_at_rest


@pytest.mark.parametrize(
    "world",
    [
        *(
            World(2000, hidden_run=range(first, first + length))
            for length in (100, 225, 230, 240)
            for first in (1, 2, 100, 226, 900, 1700)
        ),
        World(999, "-id", hidden_run=range(289, 525), past_end="refused"),
        World(1482, hidden_run=range(477, 710)),
        World(334, hidden_run=range(86, 326)),
    ],
    ids=lambda world: f"{world.hidden_run} of {world.size}",
)
def test_a_run_of_up_to_240_hidden_rows_is_not_the_end(world: World) -> None:
    """The number that README promises, whatever the constant says."""
    for may_delete in (False, True):
        reading = read_world(world, may_delete=may_delete)

        assert not reading.lost
        assert not reading.is_at_rest, "the target would delete them"


@pytest.mark.parametrize(
    ("world", "is_full_read"),
    {
        "a third is hidden, and pages are cut": (
            World(182, "updated_at", hidden=0.34, maximum=100, seed=758),
            True,
        ),
        "all of the first page is hidden": (World(1000, hidden_run=range(1, 251)), True),
        "null comes for rows, and pages are cut": (
            World(493, hidden_run=range(10, 136), maximum=100, shows_nulls=True),
            True,
        ),
        "rows are hidden, and it moves": (
            World(
                111,
                "-id",
                changes=2,
                maximum=100,
                hidden_run=range(51, 282),
                past_end="first page",
                seed=915573312,
            ),
            True,
        ),
        "25 rows come, and none of them again": (World(1000, hidden_run=range(1, 226)), False),
        "the end lies where a page was cut": (
            World(469, rounding=menu(200, 250), starts_by_asked=True),
            True,
        ),
        "a page was cut before the last row of the one before": (
            World(1893, rounding=menu(75, 250, default=75), starts_by_asked=True),
            True,
        ),
    }.values(),
)
def test_an_end_that_is_none(world: World, *, is_full_read: bool) -> None:
    assert not read_world(world, is_full_read=is_full_read).lost


@pytest.mark.parametrize(
    "world",
    [
        World(445, hidden_run=range(1, 82), rounding=menu(250, default=200)),
        World(401, hidden_run=range(1, 174), rounding=menu(250, default=200)),
    ],
)
def test_a_page_of_more_rows_than_asked_for_with_others_than_the_one_before(world: World) -> None:
    with pytest.raises(PaginationError, match="`limit` isn't taken as asked"):
        read_world(world)


def test_rows_behind_hidden_ones_that_move_to_before_them() -> None:
    """Where rows are found past the end, those that moved to before it meanwhile are, too."""
    source = WorldList(World(700, hidden_run=range(163, 313)))
    source.when = {3: moving(-20)}

    assert not read_world(source, parallel=1).lost


@pytest.mark.parametrize("past_end", PAST_END)
@pytest.mark.parametrize("is_full_read", [False, True])
def test_a_page_past_the_end_can_give_anything(past_end: PastEnd, *, is_full_read: bool) -> None:
    sizes = [*range(8, 14), *range(31, 35), 75, 99, 100, 249, 250, 251, 500, 1000]
    for size, page_size, maximum in itertools.product(sizes, (100, 250), (250, 60)):
        reading = read_world(
            World(size, maximum=maximum, past_end=past_end),
            page_size,
            is_full_read=is_full_read,
            most_requests=size // min(maximum, page_size) * 2 + 20,
        )

        assert not reading.lost
        if past_end != "failing":
            assert reading.is_at_rest


def test_a_window_past_the_end_is_asked_for_alone_and_may_fail() -> None:
    paginator, rows = paginator_of(), rows_from(0, 112)
    while not paginator.is_behind:
        _, limit = window = paginator.current_value
        paginator.advance(rows[window.start :][: min(limit, 60)])

    assert len(paginator.upcoming(4)) == 1

    paginator.advance(rows_from(600, 9))
    assert not paginator.is_behind, "rows came, so the next window may not fail"


def test_page_1_is_asked_for_alone_at_last() -> None:
    paginator = paginator_of()
    paginator.advance(rows_from(0, 250))
    paginator.advance(None)

    assert paginator.upcoming(4) == [Window(1, 250)]

    paginator.advance(rows_from(0, 250))
    assert paginator.finished


def test_a_server_that_is_down_past_the_end_is_no_end() -> None:
    """After a refusal, page 1 is asked for once more."""
    source = WorldList(World(300, past_end="refused", is_cached=True))
    last = read_world(source.world, parallel=1).source.asked[-1]
    assert last == Window(1, 250)
    refusal = RefusedError("nothing at all")
    source.when = {4: lambda it: it.shown.update({last: refusal})}

    with pytest.raises(RefusedError):
        read_world(source, parallel=1)


@pytest.mark.parametrize(
    ("error", "hidden", "is_raised"),
    [
        (NoAccessError, 0, True),  # the key was withdrawn meanwhile
        (KeyRejectedError, 0, True),
        (RefusedError, 0, False),
        (RefusedError, 0.05, False),
        (RetriableError, 0, False),
        (RetriableError, 0.05, True),
    ],
)
def test_an_error_past_the_end(error: type[TapError], hidden: float, *, is_raised: bool) -> None:
    world = World(300, hidden=hidden, is_cached=True)
    source = WorldList(world)
    source.shown[read_world(world, parallel=1).source.asked[-1]] = error("past the end")

    with pytest.raises(error) if is_raised else nullcontext():
        read_world(source, parallel=1)


@pytest.mark.parametrize("size", [30, 500, 1000])
def test_an_end_that_fails_is_tried_three_times_and_not_confirmed(size: int) -> None:
    """A page past the last row has failed at each try: a target must delete nothing."""
    reading = read_world(World(size, past_end="failing"))

    assert not reading.lost
    (doubt,) = (it for it in reading.doubts if it.warning)
    assert doubt.reason == "the end of the list can't be confirmed"
    tries = {tries for window, tries in reading.source.tries if window.start >= size}
    assert tries == {3}


def test_an_end_that_is_refused_is_not_confirmed_where_rows_are_hidden() -> None:
    reading = read_world(World(600, hidden=0.05, past_end="refused"))

    assert not reading.lost
    assert "the end of the list can't be confirmed" in {doubt.reason for doubt in reading.doubts}


@pytest.mark.parametrize(
    ("size", "is_paged"),
    [(10_000, True), (50_000, True), (100_000, True), (75, False), (250, False)],
)
def test_a_length_at_which_servers_cut_lists_is_doubted(size: int, *, is_paged: bool) -> None:
    paginator = paginator_of()
    client = cast("FrontcoreClient", None)  # isn't asked
    reader = ListReader(client, Endpoint("/rows", "rows", is_paged=is_paged), {}, paginator)
    doubted = {}
    for length in (size - 1, size, size + 1):
        paginator.seen = set(map(str, range(length)))
        doubted[length] = any("servers cut lists there" in it.reason for it in reader.doubts)

    assert doubted == {size - 1: False, size: True, size + 1: False}


def moving(change: int) -> Callable[[WorldList], None]:
    """Make something happen: so many rows are added, or deleted from the front."""

    def move(source: WorldList) -> None:
        source.delete(*list(source.rows)[: max(-change, 0)])
        for _ in range(change):
            source.insert()

    return move


@pytest.mark.parametrize("change", [-2000, -300, -3, 3, 300, 2000])
def test_a_list_that_moves_by_more_than_a_window(change: int) -> None:
    source = WorldList(World(3000, "id" if change < 0 else "-id"))
    source.when = {8: moving(change)}

    assert not read_world(source, 100, most_requests=120).lost


@pytest.mark.parametrize("drift", [-4, 4])
def test_a_list_that_drifts_steadily(drift: int) -> None:
    source = WorldList(World(1500, "id" if drift < 0 else "-id"))
    source.when = dict.fromkeys(range(1, 100), moving(drift))

    assert not read_world(source, 100, most_requests=150).lost


@pytest.mark.parametrize(
    ("looks", "change"), [([45], -1500), (range(5, 200, 10), -150)], ids=["once", "again and again"]
)
def test_bulk_deletions_far_into_a_long_list(looks: Iterable[int], change: int) -> None:
    source = WorldList(World(6000))
    source.when = dict.fromkeys(looks, moving(change))

    assert not read_world(source, 100, 1, most_requests=120).lost


@pytest.mark.parametrize("order", ["id", "-id"])
@pytest.mark.parametrize("field_of", ["all", "the last row"])
def test_a_field_that_changes_by_itself_is_no_edit(order: str, field_of: str) -> None:
    source = WorldList(World(1000, order, volatile=field_of == "all"))
    if field_of == "the last row":
        for look in range(1, 50):
            source.when[look] = lambda source: source.rows[30].update(seen_at=source.looks)

    assert not source.untouched - read_world(source, most_requests=20).ids


def test_rows_added_in_front_of_a_short_list() -> None:
    source = WorldList(World(21, "-id"))
    source.when = {1: moving(30)}

    assert not read_world(source).lost


@pytest.mark.parametrize("change", ["none", "insert", "delete", "move", "hide", "edit", "moment"])
def test_a_list_that_moves_is_noticed(change: str) -> None:
    def move(source: WorldList) -> None:
        if change in {"insert", "moment"}:
            source.insert()
        elif change == "delete":
            source.delete(900)
        elif change == "edit":  # all that two windows share
            source.edit(*range(509, 513))
        elif change == "move":  # from what is unread to what is read
            source.rows[2000] = source.rows.pop(10) | {"id": 2000}

    source = WorldList(World(1000, "-id", hidden_run=range(900, 902 if change == "hide" else 900)))
    source.when = {2: move}
    if change == "moment":
        source.when[3] = lambda source: source.delete(1001)

    reading = read_world(source, parallel=1)

    assert reading.is_at_rest == (change == "none")


# Servers that don't take `limit` as it is asked


@pytest.mark.parametrize("rounding", MENUS.values(), ids=MENUS)
@pytest.mark.parametrize("starts_by_asked", [False, True])
@pytest.mark.parametrize("is_full_read", [False, True])
def test_a_limit_that_is_rounded_down(
    rounding: Callable[[int], int], *, starts_by_asked: bool, is_full_read: bool
) -> None:
    """All rows come, or an error says why they can't."""
    errors = []
    for size in [*range(10, 700, 23), 1900, 2000]:
        world = World(size, rounding=rounding, starts_by_asked=starts_by_asked)
        try:
            assert not read_world(world, is_full_read=is_full_read).lost
        except PaginationError as error:
            errors.append(str(error))

    assert all("`limit` isn't taken as" in it or "`page` is ignored" in it for it in errors)
    assert not (errors and starts_by_asked)


# Hidden rows, and edits or deletions at the boundary


@pytest.mark.parametrize("edited", [(249, 250), (246, 247, 248, 249, 250), (250,)])
@pytest.mark.parametrize("hidden", [1, 2, 5])
def test_a_hidden_row_and_edits_at_the_end_of_the_first_page(
    hidden: int, edited: tuple[int, ...]
) -> None:
    source = WorldList(World(2000, hidden_run=range(100, 100 + hidden)))
    source.when = {1: lambda source: source.edit(*edited)}

    reading = read_world(source, parallel=1, is_full_read=False)

    assert not reading.lost
    assert {id_ for id_ in edited if id_ not in reading.ids} == set()


def test_rows_that_change_places_at_the_boundary_while_one_is_deleted() -> None:
    """Rows 250 and 251 change places: one comes twice and one never, unless more overlap."""

    def swap(source: WorldList) -> None:
        source.delete(3)
        for id_, title in ((250, 251.0), (251, 250.0)):
            source.rows[id_] |= {"title": title}
            source.before[id_] = dict(source.rows[id_])  # by the order alone: they aren't edited

    source = WorldList(World(1000, "title"))
    for id_, row in source.rows.items():
        row["title"] = float(id_)
        source.before[id_] = dict(row)
    source.when = {1: swap}

    reading = read_world(source, parallel=1)

    assert not reading.lost
    assert not reading.is_at_rest


def test_entries_that_are_no_rows_hold_their_places() -> None:
    """In a run that asks for changes, one row and 249 nulls aren't the last page."""
    rows = [None if id_ % 250 else {"id": id_} for id_ in range(1000)]

    pages = rows_of(lambda window: rows[window.start : window.end], paginator_of())

    assert {row["id"] for row in pages} == set(range(0, 1000, 250))


def test_entries_that_are_no_rows_are_no_move() -> None:
    """Where rows are found again is no sign that others were added."""
    reading = read_world(World(964, hidden_run=range(504, 631), shows_nulls=True))

    assert not reading.lost
    assert len(reading.source.asked) < 12


def test_rows_that_share_a_key_are_named_as_the_reason() -> None:
    fresh = count()

    with pytest.raises(PaginationError, match="several rows of a page have the same key"):
        rows_of(lambda window: [{"id": 5, "title": next(fresh)} for _ in range(window.limit)])


# What is no list of pages


def rows_of(
    answer: Callable[[Window], Sequence[Row | None]], paginator: OverlappingPaginator | None = None
) -> list[Row]:
    paginator = paginator or paginator_of(100)
    rows: list[Row] = []
    while not paginator.finished:
        assert paginator.count < 310, "it goes round in circles"
        paginator.advance(answer(paginator.current_value))
        rows += paginator.new_rows
    return rows


def rows_from(first: int, number: int) -> list[Row]:
    return [{"id": id_, "updated_at": None} for id_ in range(first, first + number)]


@pytest.mark.parametrize(
    ("answer", "words", "requests"),
    [
        (lambda window: rows_from((window.page - 1) * 60, 60), "`limit` isn't taken as asked", 2),
        (lambda window: rows_from((window.page - 1) * 120, 120), "`limit` isn't taken as asked", 2),
        (
            lambda window: rows_from(window.start, window.limit + 1),
            "`limit` isn't taken as asked",
            2,
        ),
        (
            lambda window: rows_from(0, 150)[(window.page - 1) * 120 : window.page * 120],
            "`limit` isn't taken as asked",
            2,
        ),
        (lambda window: rows_from(0, window.limit), "`page` is ignored", 4),
        (
            lambda window: rows_from(min(window.page - 1, 19) * window.limit, window.limit),
            "changed faster than they could",
            211,
        ),
    ],
    ids=[
        "60 a page",
        "120 a page",
        "one too many",
        "120, and then 30",
        "always the first page",
        "20 pages at most",
    ],
)
def test_an_api_that_ignores_what_it_is_asked_is_told(
    answer: Callable[[Window], list[Row]], words: str, requests: int
) -> None:
    paginator = paginator_of(100)

    with pytest.raises(PaginationError, match=words):
        rows_of(answer, paginator)

    assert paginator.count == requests


def test_a_list_that_never_rests_ends_with_an_error() -> None:
    fresh = count()

    with pytest.raises(PaginationError, match="faster than they could be read"):
        rows_of(lambda window: rows_from(next(fresh) * 1000, window.limit))

    assert next(fresh) == 1 + 10 * 2 + 1, "page 1; ten times page 2 and page 1 again; and page 2"


@pytest.mark.parametrize("size", [10, 100, 250, 300])
def test_a_list_that_takes_no_limit_comes_whole(size: int) -> None:
    paginator = paginator_of()

    rows = rows_of(lambda _: rows_from(0, size), paginator)

    assert [row["id"] for row in rows] == list(range(size))
    assert len(paginator.seen) == size


@pytest.mark.parametrize("second", [[], [{"id": 7, "title": "Ny"}, *rows_from(8, 290)]])
def test_a_list_that_came_whole_is_looked_at_again(second: list[Row]) -> None:
    """As page 2: it is empty, or the list again, in which a row may have been edited."""
    rows = rows_of(lambda window: rows_from(0, 298) if window.page == 1 else second, paginator_of())

    assert {row["id"] for row in rows} == set(range(298))


def test_a_list_that_grows_with_each_look_ends_with_an_error() -> None:
    """Its server gives the first page for one past the end, with the row that was just added."""
    source = WorldList(World(46, "-id", past_end="first page"))
    source.when = dict.fromkeys(range(1, 999), WorldList.insert)

    with pytest.raises(PaginationError, match="faster than they could be read"):
        read_world(source, parallel=1)

    assert len(source.asked) == 117, "100, and one for each ten rows that came"


@pytest.mark.parametrize(("is_full_read", "windows"), [(False, 1), (True, 2)])
def test_as_many_windows_are_asked_for_ahead_as_pages_have_come(
    windows: int, *, is_full_read: bool
) -> None:
    paginator = paginator_of(is_full_read=is_full_read)

    assert len(paginator.upcoming(4)) == windows, "two at once for a full read"
    paginator.advance(rows_from(0, 250))
    assert len(paginator.upcoming(2)) == 2
    assert len(paginator.upcoming(4)) == 2
    paginator.advance(rows_from(246, 246))
    assert len(set(paginator.upcoming(4))) == 3

    hiding = paginator_of(is_full_read=is_full_read)
    hiding.stability.has_hidden = True
    assert len(hiding.upcoming(4)) == 1, "the next one depends on the current one"


# Geometry


@given(st.integers(20, 250), st.integers(0, 100_000), st.integers(1, 62))
def test_a_window_has_the_last_rows_and_reaches_beyond_them(
    limit: int, end: int, overlap: int
) -> None:
    overlap = min(overlap, limit // 4)
    end = max(end, overlap)

    window = overlapping(end, limit, overlap)

    assert window.start <= end - overlap
    assert window.end > end
    assert limit // 2 <= window.limit <= limit


# Inside the SDK

URL = "https://api.example.com/v2/things"


class ThingsStream(RESTStream[Window]):
    """A stream of the SDK's, as it comes: one request after the other."""

    name = "things"
    url_base = "https://api.example.com/v2"
    path = "/things"
    schema: ClassVar[dict[str, Any]] = {"properties": {"id": {"type": "integer"}}}

    @override
    def get_new_paginator(self) -> OverlappingPaginator:
        return paginator_of(is_full_read=True)

    @override
    def get_http_request(self, *, page: PageContext) -> HTTPRequest:
        request = super().get_http_request(page=page)
        window = cast("Window", page.next_page_token)
        request.params = {"limit": window.limit, "page": window.page}
        return request


class ThingsTap(Tap):
    """Its tap."""

    name = "tap-things"
    config_jsonschema: ClassVar[dict[str, Any]] = {"properties": {}}

    @override
    def discover_streams(self) -> list[Stream]:
        return [ThingsStream(self)]


@pytest.mark.parametrize(
    "world",
    [World(1000, maximum=60), World(1000, hidden_run=range(1, 251)), World(1000), World(3)],
)
def test_the_sdks_own_loop_reads_a_list_whole(world: World) -> None:
    source = WorldList(world)

    def answer(request: Any, _context: Any) -> list[Row | None]:
        source.asked.append(Window(int(request.qs["page"][0]), int(request.qs["limit"][0])))
        assert len(source.asked) < 100, "it goes round in circles"
        return source.look(source.asked[-1])

    with requests_mock.Mocker() as server:
        server.get(URL, json=answer)
        stream = ThingsTap().streams["things"]
        records = cast("Iterable[Row]", stream.get_records(None))
        ids = {record["id"] for record in records}

    assert ids == source.untouched
    assert source.looks > 1, "nothing behind the first page was looked at"
