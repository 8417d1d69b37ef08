from __future__ import annotations

from concurrent.futures import Future
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_frontcore.errors import PaginationError
from tap_frontcore.frontcore.pagination import OverlappingPaginator, read
from tap_frontcore.frontcore.windows import Row, Window, overlapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ORDERS = ("id", "-id", "title", "-title", "updated_at", "-updated_at")


class MovingList:
    """A list that is edited, grows and shrinks between requests; each fetch takes one look."""

    def __init__(  # noqa: PLR0913
        self,
        size: int,
        order: str,
        seed: int,
        *,
        changes: int,
        maximum: int = 250,
        hidden: float = 0,
    ) -> None:
        self.chance = Random(seed)
        self.clock = count(1)
        self.ids = count(1)
        self.rows: dict[int, Row] = {}
        self.order = order
        self.changes = changes
        self.maximum = maximum
        self.hidden = hidden
        self.asked: list[Window] = []
        for _ in range(size):
            self.insert()
        self.before = {id_: dict(row) for id_, row in self.rows.items()}

    def insert(self) -> None:
        id_ = next(self.ids)
        title = self.chance.random()
        row = {"id": id_, "title": title, "updated_at": next(self.clock)}
        self.rows[id_] = row | {"hidden": self.chance.random() < self.hidden}

    def change(self) -> None:
        for _ in range(self.chance.randint(0, self.changes)):
            kind = self.chance.choice(("edit", "insert", "delete"))
            if kind == "insert" or not self.rows:
                self.insert()
            elif kind == "delete":
                del self.rows[self.chance.choice(list(self.rows))]
            else:
                row = self.rows[self.chance.choice(list(self.rows))]
                row |= {"title": self.chance.random(), "updated_at": next(self.clock)}

    def look(self, window: Window) -> list[Row]:
        """Show a window of the list as it is now, and let it change."""
        name = self.order.lstrip("-")
        rows = sorted(
            self.rows.values(), key=lambda row: row[name], reverse=self.order.startswith("-")
        )
        limit = min(window.limit, self.maximum)
        page = rows[(window.page - 1) * limit : window.page * limit]
        shown = [dict(row) for row in page if not row["hidden"]]
        self.change()
        return shown

    @property
    def untouched(self) -> set[int]:
        """The ids of the rows that were there all the time and never changed."""
        return {
            id_
            for id_, row in self.rows.items()
            if self.before.get(id_) == row and not row["hidden"]
        }


class Fetching:
    """Up to so many windows in flight, which look at the list in any order and at any time."""

    def __init__(self, source: MovingList, seed: int) -> None:
        self.source = source
        self.chance = Random(seed)
        self.flying: list[tuple[Window, Future[list[Row]]]] = []
        self.most_flying = 0

    def send(self, window: Window) -> Future[list[Row]]:
        future: Future[list[Row]] = Future()
        self.source.asked.append(window)
        assert len(self.source.asked) < 2000, "it goes round in circles"
        self.flying.append((window, future))
        needed = [flying for _, flying in self.flying if not flying.cancelled()]
        self.most_flying = max(self.most_flying, len(needed))
        self.land(self.chance.randint(0, len(self.flying)))
        return future

    def land(self, number: int) -> None:
        for _ in range(number):
            window, future = self.flying.pop(self.chance.randrange(len(self.flying)))
            if not future.cancelled():
                future.set_result(self.source.look(window))

    def send_ahead(self, window: Window, needed: Future[list[Row]]) -> Future[list[Row]] | None:
        return None if needed.done() else self.send(window)

    def peek(self, sent: Future[list[Row]]) -> list[Row] | None:
        # Sometimes it doesn't come.
        return None if self.chance.random() < 0.2 else self.receive(Window(1, 1), sent)

    def receive(self, _window: Window, sent: Future[list[Row]]) -> list[Row]:
        while not sent.done():
            self.land(1)
        return sent.result()


def read_all(
    source: MovingList,
    page_size: int,
    parallel: int,
    seed: int = 0,
    *,
    is_long: bool = False,
) -> list[Row]:
    fetching = Fetching(source, seed)
    pages = read(
        OverlappingPaginator(page_size, is_long=is_long),
        fetching.send,
        fetching.receive,
        fetching.send_ahead,
        fetching.peek,
        max_parallel_requests=parallel,
    )
    rows = [row for page in pages for row in page]
    assert fetching.most_flying <= parallel
    return rows


def side_by_side(source: MovingList, page_size: int) -> list[Row]:
    """Read as other taps do: page after page, until one isn't full."""
    rows: list[Row] = []
    for page in count(1):
        new = source.look(Window(page, page_size))
        rows += new
        if len(new) < page_size:
            break
    return rows


moving_lists = st.builds(
    MovingList,
    st.integers(0, 700),
    st.sampled_from(ORDERS),
    st.integers(0, 2**32),
    changes=st.integers(0, 6),
)
odd_lists = st.builds(
    MovingList,
    st.integers(0, 2000),
    st.sampled_from(ORDERS),
    st.integers(0, 2**32),
    changes=st.integers(0, 2),
    maximum=st.integers(75, 250),
    hidden=st.sampled_from([0, 0.01, 0.05, 0.2, 0.34]),
)


@settings(max_examples=250, deadline=None)
@given(moving_lists, st.integers(25, 60), st.integers(1, 8), st.integers(0, 2**32))
def test_no_untouched_row_is_lost_while_the_list_moves(
    source: MovingList, page_size: int, parallel: int, seed: int
) -> None:
    rows = read_all(source, page_size, parallel, seed, is_long=bool(seed % 2))

    assert source.untouched <= {row["id"] for row in rows}


@settings(max_examples=250, deadline=None)
@given(odd_lists, st.integers(1, 8), st.integers(0, 2**32))
def test_none_is_lost_either_with_a_maximum_and_hidden_rows(
    source: MovingList, parallel: int, seed: int
) -> None:
    try:
        rows = read_all(source, 250, parallel, seed, is_long=bool(seed % 2))
    except PaginationError:  # told: its end can't be made out while it moves with each request
        assert source.hidden
        assert source.changes
        return

    assert source.untouched <= {row["id"] for row in rows}


def test_most_such_lists_are_read_to_their_end() -> None:
    failed = 0
    for seed in range(150):
        source = MovingList(
            1000, ORDERS[seed % len(ORDERS)], seed, changes=2, maximum=100 + seed, hidden=0.1
        )
        try:
            read_all(source, 250, 4, seed)
        except PaginationError:
            failed += 1

    assert failed <= 3


def test_pages_side_by_side_lose_rows() -> None:
    """What is guarded against: the same lists, read the usual way."""
    lost = 0
    for seed in range(60):
        source = MovingList(500, ORDERS[seed % len(ORDERS)], seed, changes=3)
        rows = side_by_side(source, 50)
        lost += bool(source.untouched - {row["id"] for row in rows})

    assert lost > 30


@pytest.mark.parametrize("parallel", [1, 4])
@pytest.mark.parametrize("page_size", [25, 26, 99, 250])
@pytest.mark.parametrize("pages", ["0", "1 row", "1 less", "1", "1 more", "40"])
def test_a_list_that_rests_comes_whole_and_once(pages: str, page_size: int, parallel: int) -> None:
    sizes = {"0": 0, "1 row": 1, "1 less": page_size - 1, "1": page_size, "1 more": page_size + 1}
    size = sizes.get(pages, 40 * page_size)
    source = MovingList(size, "id", 0, changes=0)

    rows = read_all(source, page_size, parallel)

    assert [row["id"] for row in rows] == list(range(1, size + 1))
    beyond = [window for window in source.asked if window.start >= max(size, 1)]
    # Of a list that is long, a few are sent past the end; of any other, one at the most.
    assert len(beyond) <= (parallel - 1 if pages == "40" else min(parallel - 1, 1))
    assert len(source.asked) == len(set(source.asked))


@pytest.mark.parametrize("page_size", [*range(20, 60), *range(60, 251, 10)])
def test_each_window_overlaps_the_last_row_and_reaches_beyond_it(page_size: int) -> None:
    for overlap in (1, page_size // 4):
        for end in range(overlap, 2000, 3):
            window = overlapping(end, page_size, overlap)

            assert window.start <= end - overlap
            assert window.end > end
            assert page_size // 2 <= window.limit <= page_size


def test_the_overlap_costs_less_than_a_tenth_more_requests() -> None:
    source = MovingList(40_000, "id", 0, changes=0)

    read_all(source, 250, 1)

    assert len(source.asked) < 40_000 / 250 * 1.1


@pytest.mark.parametrize("change", [-2000, -300, -3, 3, 300, 2000])
def test_a_list_that_moves_by_more_than_a_window_is_still_read_whole(change: int) -> None:
    source = MovingList(3000, "-id", 0, changes=0)
    look, looks = source.look, count(1)

    def move_once(window: Window) -> list[Row]:
        rows = look(window)
        if next(looks) == 8:
            for id_ in list(source.rows)[change:] if change < 0 else ():
                del source.rows[id_]  # from the front, which is already read
            for _ in range(change):
                source.insert()
        return rows

    source.look = move_once  # type: ignore[method-assign]

    rows = read_all(source, 100, 4)

    assert source.untouched <= {row["id"] for row in rows}


@pytest.mark.parametrize("drift", [-4, 4])
@pytest.mark.parametrize("parallel", [1, 4])
def test_a_list_that_drifts_steadily_is_read_to_its_end(drift: int, parallel: int) -> None:
    source = MovingList(1500, "id" if drift < 0 else "-id", 0, changes=0)
    look = source.look

    def drifting(window: Window) -> list[Row]:
        rows = look(window)
        for id_ in list(source.rows)[: -drift if drift < 0 else 0]:
            del source.rows[id_]
        for _ in range(drift):
            source.insert()
        return rows

    source.look = drifting  # type: ignore[method-assign]

    rows = read_all(source, 50, parallel)

    assert source.untouched <= {row["id"] for row in rows}
    assert len(source.asked) < 200


def answers_of(answer: Callable[[Window], list[Row]], page_size: int = 100) -> Iterator[list[Row]]:
    paginator = OverlappingPaginator(page_size)
    while not paginator.finished:
        yield paginator.advance(answer(paginator.current_value))


def rows_from(first: int, number: int) -> list[Row]:
    return [{"id": id_, "updated_at": None} for id_ in range(first, first + number)]


def test_an_api_with_pages_of_its_own_size_is_found_out() -> None:
    with pytest.raises(PaginationError, match="`limit` is ignored"):
        list(answers_of(lambda window: rows_from((window.page - 1) * 60, 60)))


def test_an_api_that_ignores_the_page_is_found_out() -> None:
    with pytest.raises(PaginationError, match="`page` is ignored"):
        list(answers_of(lambda window: rows_from(0, window.limit)))


def test_an_api_that_ignores_the_limit_is_found_out() -> None:
    with pytest.raises(PaginationError, match="`limit` is ignored"):
        list(answers_of(lambda window: rows_from((window.page - 1) * 120, 120)))


def test_a_list_that_never_rests_ends_with_an_error() -> None:
    fresh = count()

    with pytest.raises(PaginationError, match="faster than it could be read"):
        list(answers_of(lambda window: rows_from(next(fresh) * 1000, window.limit)))


@pytest.mark.parametrize("starts_by_asked", [False, True])
@pytest.mark.parametrize("maximum", [25, 30, 60, 75, 99, 100, 120, 128, 200, 249])
@pytest.mark.parametrize("size", [20, 25, 26, 75, 76, 250, 251, 1000])
def test_a_maximum_below_the_documented_one_loses_nothing(
    size: int, maximum: int, *, starts_by_asked: bool
) -> None:
    def capped(window: Window) -> list[Row]:
        limit = min(window.limit, maximum)
        start = (window.page - 1) * (window.limit if starts_by_asked else limit)
        return rows_from(0, size)[start : start + limit]

    rows: list[Any] = [row for page in answers_of(capped, 250) for row in page]

    assert [row["id"] for row in rows] == list(range(size))


@pytest.mark.parametrize("share", [1 / 97, 1 / 20, 1 / 5, 1 / 3, 1 / 2, 2 / 3])
@pytest.mark.parametrize("seed", range(12))
def test_rows_that_are_taken_out_lose_no_other(share: float, seed: int) -> None:
    source = MovingList(2500, "id", seed, changes=0, hidden=share)

    rows = read_all(source, 250, 1)

    assert {row["id"] for row in rows} == source.untouched


@pytest.mark.parametrize("every", [97, 20, 5, 3, 2])
@pytest.mark.parametrize("page_size", [50, 100, 250])
def test_rows_that_are_taken_out_regularly(every: int, page_size: int) -> None:
    source = MovingList(2500, "id", 0, changes=0)
    for id_, row in source.rows.items():
        row["hidden"] = id_ % every == 0
        source.before[id_] = dict(row)

    assert {row["id"] for row in read_all(source, page_size, 4)} == source.untouched


@pytest.mark.parametrize(
    ("size", "requests"), [(0, 1), (24, 1), (25, 2), (100, 2), (249, 2), (250, 2), (5000, 24)]
)
def test_what_a_list_costs(size: int, requests: int) -> None:
    source = MovingList(size, "id", 0, changes=0)

    read_all(source, 250, 1)

    assert len(source.asked) <= requests


def test_what_hidden_rows_cost() -> None:
    def asked(hidden: int) -> int:
        source = MovingList(10_000 + hidden, "id", 0, changes=0)
        for id_ in range(1, hidden + 1):
            source.rows[id_ * 20]["hidden"] = True
        read_all(source, 250, 1)
        return len(source.asked)

    assert asked(526) <= asked(0) * 1.2


def test_reading_goes_on_ahead_where_rows_are_hidden() -> None:
    source = MovingList(5000, "id", 0, changes=0)
    for id_ in range(20, 5000, 20):
        source.rows[id_]["hidden"] = True
    paginator = OverlappingPaginator(250)
    foreseen = 0
    while not paginator.finished:
        window, *ahead = paginator.upcoming(4)
        paginator.advance(source.look(window))
        foreseen += paginator.current_value in ahead

    assert foreseen > len(source.asked) * 0.7


def test_a_list_that_takes_no_limit_comes_whole() -> None:
    for size in (10, 100, 250, 300):
        rows = [row for page in answers_of(lambda _, n=size: rows_from(0, n), 250) for row in page]  # type: ignore[misc]
        assert [row["id"] for row in rows] == list(range(size))


def test_a_field_that_changes_by_itself_is_no_edit() -> None:
    looks = count()

    def ticking(window: Window) -> list[Row]:
        now = next(looks)
        return [row | {"seen": now} for row in rows_from(0, 1000)[window.start : window.end]]

    rows = [row for page in answers_of(ticking, 250) for row in page]

    assert {row["id"] for row in rows} == set(range(1000))


def test_a_row_that_moved_without_a_new_time_is_no_joint() -> None:
    source = MovingList(1000, "title", 0, changes=0)
    look, looks = source.look, count(1)

    def move(window: Window) -> list[Row]:
        rows = look(window)
        if next(looks) == 1:
            # 40 rows of the first page go, and its first turns up behind where it ends now.
            for row in rows[10:50]:
                del source.rows[row["id"]]
            source.rows[rows[0]["id"]]["title"] = rows[-1]["title"] + 0.04
        return rows

    source.look = move  # type: ignore[method-assign]

    rows = read_all(source, 250, 1)

    assert source.untouched <= {row["id"] for row in rows}


def test_an_order_among_equals_that_changes_is_noticed() -> None:
    source = MovingList(3000, "id", 0, changes=0)
    for row in source.rows.values():
        row["title"] = 1 if row["id"] < 900 else 2 + row["id"]

    def shuffling(window: Window) -> list[Row]:
        chance = Random(f"{window.page}/{window.limit}")
        rows = sorted(source.rows.values(), key=lambda row: (row["title"], chance.random()))
        return [dict(row) for row in rows[window.start : window.end]]

    unsteady, steady = OverlappingPaginator(50), OverlappingPaginator(50)
    while not unsteady.finished:
        unsteady.advance(shuffling(unsteady.current_value))
    while not steady.finished:
        steady.advance(source.look(steady.current_value))

    assert not unsteady.is_orderly
    assert steady.is_orderly


@pytest.mark.parametrize("change", ["none", "insert", "delete", "move"])
def test_a_list_that_moves_is_noticed(change: str) -> None:
    source = MovingList(1000, "-id", 0, changes=0)
    paginator = OverlappingPaginator(250)
    while not paginator.finished:
        paginator.advance(source.look(paginator.current_value))
        if len(source.asked) == 2:
            if change == "insert":
                source.insert()
            elif change == "delete":
                del source.rows[900]
            elif change == "move":  # from what is unread to what is read
                source.rows[2000] = source.rows.pop(10) | {"id": 2000}
        source.asked.append(paginator.current_value)

    assert paginator.is_at_rest == (change == "none")


def test_what_was_fetched_ahead_and_not_needed_is_dropped() -> None:
    source = MovingList(130, "id", 0, changes=0)
    futures: list[Future[list[Row]]] = []

    def send(window: Window) -> Future[list[Row]]:
        futures.append(Future())
        if window.start >= 130:
            futures[-1].set_exception(RuntimeError("a page past the end"))
        else:
            futures[-1].set_result(source.look(window))
        return futures[-1]

    pages = read(
        OverlappingPaginator(50),
        send,
        lambda _, sent: sent.result(),
        lambda window, _: send(window),
        lambda _: None,
        max_parallel_requests=8,
    )

    assert [row["id"] for page in pages for row in page] == list(range(1, 131))
    assert len(futures) > 4


def test_a_bulk_deletion_far_into_a_long_list_is_gone_back_behind() -> None:
    source = MovingList(6000, "id", 0, changes=0)
    look, looks = source.look, count(1)

    def delete_once(window: Window) -> list[Row]:
        rows = look(window)
        if next(looks) == 45:
            for id_ in list(source.rows)[:1500]:
                del source.rows[id_]
        return rows

    source.look = delete_once  # type: ignore[method-assign]

    rows = read_all(source, 100, 1)

    assert source.untouched <= {row["id"] for row in rows}
    assert len(source.asked) < 110


def test_rows_that_come_in_ahead_again_and_again_are_no_error() -> None:
    source = MovingList(2000, "-id", 0, changes=0)
    paginator = OverlappingPaginator(100)
    rows: list[Row] = []
    stale = 0
    for number in count(1):
        window = paginator.current_value
        new = paginator.advance(source.look(window))
        rows += new
        stale += not new
        if paginator.finished:
            break
        if number % 4 < 2 and number < 30:
            # As many as the next window moves on: it shows the same rows once more.
            for _ in range(paginator.current_value.start - window.start):
                source.insert()

    assert stale > 6
    assert source.untouched <= {row["id"] for row in rows}


def test_an_api_that_gives_a_row_too_many_is_found_out() -> None:
    def one_more(window: Window) -> list[Row]:
        return rows_from((window.page - 1) * window.limit, window.limit + 1)

    with pytest.raises(PaginationError, match="`limit` is ignored"):
        list(answers_of(one_more))


@pytest.mark.parametrize("size", [30, 120, 180, 230])
@pytest.mark.parametrize("start", [40, 112, 240, 900, 1110, 1300, 2100])
def test_a_run_of_rows_that_are_taken_out_is_not_taken_for_the_end(start: int, size: int) -> None:
    """Read whole, or told: a run that is longer than a page can't be joined over."""
    source = MovingList(3000, "id", 0, changes=0)
    for id_ in range(start, start + size):
        source.rows[id_]["hidden"] = True
        source.before[id_] = dict(source.rows[id_])

    def send(window: Window) -> Future[list[Row]]:
        future: Future[list[Row]] = Future()
        future.set_result(source.look(window))
        return future

    pages = read(
        OverlappingPaginator(250, is_long=True),
        send,
        lambda _, sent: sent.result(),
        lambda window, _: send(window),
        lambda sent: sent.result(),
        max_parallel_requests=4,
    )
    try:
        rows = [row for page in pages for row in page]
    except PaginationError:
        assert size > 100
    else:
        assert {row["id"] for row in rows} == source.untouched
