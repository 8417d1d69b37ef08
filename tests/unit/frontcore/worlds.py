"""Lists as a server may give them: in any order, cut, with hidden rows, and on the move."""

from __future__ import annotations

from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from hypothesis import strategies as st

from tap_frontcore.frontcore.pagination import OverlappingPaginator
from tap_frontcore.frontcore.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_frontcore.frontcore.windows import Row, Window

ORDERS = ("id", "-id", "title", "-title", "updated_at", "-updated_at")
PAST_END = ("empty", "refused", "last page", "first page")


class World(NamedTuple):
    """What a list may be like."""

    size: int = 0
    order: str = "id"
    changes: int = 0
    """The most rows that are edited, added or deleted at a request."""

    maximum: int = 250
    """The server's own for `limit`."""

    starts_by_asked: bool = False
    """Whether a page beyond the maximum begins where the `limit` that was asked for has it."""

    hidden: float = 0
    """The share of rows that are taken out of pages."""

    hidden_run: range = range(0)
    """Ids that are taken out of pages."""

    ties: int = 1
    """How many rows share a place, and are shuffled at each request."""

    past_end: Literal["empty", "refused", "last page", "first page"] = "empty"
    volatile: bool = False
    """Whether a field differs at each request."""

    seed: int = 0


class WorldList:
    """A list of such a world. It changes with each look at it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.chance = Random(world.seed)
        self.clock = count(1)
        self.ids = count(1)
        self.rows: dict[int, Row] = {}
        self.asked: list[Window] = []
        self.looks = 0
        self.when: dict[int, Callable[[WorldList], None]] = {}
        """What happens to it after which look."""

        for _ in range(world.size):
            self.insert()
        self.before = {id_: dict(row) for id_, row in self.rows.items()}

    def insert(self) -> None:
        id_ = next(self.ids)
        row = {"id": id_, "title": self.chance.random(), "updated_at": next(self.clock)}
        hidden = id_ in self.world.hidden_run or self.chance.random() < self.world.hidden
        self.rows[id_] = row | {"hidden": hidden}

    def delete(self, *ids: int) -> None:
        for id_ in ids:
            del self.rows[id_]

    def edit(self, id_: int) -> None:
        changed = {"title": self.chance.random(), "updated_at": next(self.clock)}
        self.rows[id_] = self.rows[id_] | changed

    def change(self) -> None:
        for _ in range(self.chance.randint(0, self.world.changes)):
            kind = self.chance.choice(("edit", "insert", "delete"))
            if kind == "insert" or not self.rows:
                self.insert()
            elif kind == "delete":
                self.delete(self.chance.choice(list(self.rows)))
            else:
                self.edit(self.chance.choice(list(self.rows)))

    def look(self, window: Window) -> list[Row] | None:
        """Show a window of the list as it is now; null if it is refused."""
        self.looks += 1
        world, name = self.world, self.world.order.lstrip("-")
        tie = Random(f"{window}/{world.seed}")
        rows = sorted(
            self.rows.values(),
            key=lambda row: (
                (row["id"] // world.ties, tie.random()) if world.ties > 1 else (row[name], 0)
            ),
            reverse=world.order.startswith("-"),
        )
        limit = min(window.limit, world.maximum)
        start = window.start if world.starts_by_asked else (window.page - 1) * limit
        if start and start >= len(rows) and world.past_end != "empty":
            if world.past_end == "refused":
                return None
            start = 0 if world.past_end == "first page" else (len(rows) - 1) // limit * limit
        shown = [dict(row) for row in rows[start : start + limit] if not row["hidden"]]
        if world.volatile:
            for row in shown:
                row["seen_at"] = self.looks
        self.change()
        if happens := self.when.get(self.looks):
            happens(self)
        return shown

    @property
    def untouched(self) -> set[int]:
        """The ids of the rows that were there all the time, never changed, and aren't hidden."""
        return {
            id_
            for id_, row in self.rows.items()
            if self.before.get(id_) == row and not row["hidden"]
        }


class Sent:
    """A request of a test."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.rows: list[Row] | None = None
        self.has_come = False


class WorldFetcher:
    """Up to so many windows in flight, which look at the list in any order and at any time."""

    def __init__(self, source: WorldList, *, most_requests: int) -> None:
        self.source = source
        self.most_requests = most_requests
        self.chance = Random(source.world.seed)
        self.flying: list[Sent] = []

    def send(self, window: Window) -> Sent:
        self.source.asked.append(window)
        assert len(self.source.asked) <= self.most_requests, "it goes round in circles"
        sent = Sent(window)
        self.flying.append(sent)
        self.land(self.chance.randint(0, len(self.flying)))
        return sent

    def land(self, number: int) -> None:
        for _ in range(number):
            sent = self.flying.pop(self.chance.randrange(len(self.flying)))
            sent.rows, sent.has_come = self.source.look(sent.window), True

    def send_ahead(self, window: Window, needed: Sent) -> Sent | None:
        return None if needed.has_come else self.send(window)

    def receive(self, window: Window, sent: Sent) -> list[Row]:
        assert window == sent.window
        return self.peek(sent) or []

    def peek(self, sent: Sent) -> list[Row] | None:
        while not sent.has_come:
            self.land(1)
        return sent.rows


class Reading(NamedTuple):
    """What a list was read to."""

    rows: list[Row]
    paginator: OverlappingPaginator
    source: WorldList

    @property
    def ids(self) -> set[int]:
        return {row["id"] for row in self.rows}

    @property
    def lost(self) -> set[int]:
        return self.source.untouched - self.ids


def read_world(  # noqa: PLR0913  # what can differ, one for each
    source: WorldList | World,
    page_size: int = 250,
    parallel: int = 4,
    *,
    is_long: bool = True,
    is_final: bool = False,
    most_requests: int = 800,
) -> Reading:
    """Read a list of a world with the tap's own paginator and reader."""
    source = WorldList(source) if isinstance(source, World) else source
    paginator = OverlappingPaginator(page_size, is_long=is_long, is_final=is_final)
    fetcher = WorldFetcher(source, most_requests=most_requests)
    pages = read(paginator, fetcher, max_parallel_requests=parallel)
    return Reading([row for page in pages for row in page], paginator, source)


def worlds_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[World]:
    """Draw worlds of some fields; the others are as in a list at rest."""
    seed = st.integers(0, 2**32)
    return st.fixed_dictionaries({"seed": seed, **fields}).map(lambda drawn: World(**drawn))


orders = st.sampled_from(ORDERS)
worlds = worlds_of(
    size=st.one_of(st.integers(0, 60), st.integers(0, 700)),
    order=orders,
    changes=st.integers(0, 6),
    maximum=st.one_of(st.just(250), st.integers(25, 249)),
    starts_by_asked=st.booleans(),
    past_end=st.sampled_from(PAST_END),
    volatile=st.booleans(),
)
"""Worlds in which every row can be had."""

hiding_worlds = worlds_of(
    size=st.integers(0, 1500),
    order=orders,
    changes=st.integers(0, 2),
    maximum=st.sampled_from([250, 250, 100]),
    hidden=st.sampled_from([0.01, 0.05, 0.2, 0.34]),
    past_end=st.sampled_from(["empty", "refused", "last page"]),
)
"""Worlds in which up to a third of the rows are hidden."""
