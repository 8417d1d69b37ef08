"""Lists as a server may give them: in any order, cut, with hidden rows, and on the move."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import count
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from hypothesis import strategies as st

from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.answers import Rows
from tap_frontcore.frontcore.client import Request
from tap_frontcore.frontcore.pagination import OverlappingPaginator
from tap_frontcore.frontcore.queries import Endpoint
from tap_frontcore.frontcore.reading import ListReader
from tap_frontcore.frontcore.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.frontcore.reading import Doubt
    from tap_frontcore.frontcore.windows import Row

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
    rounding: Callable[[int], int] | None = None
    """What the server makes of the `limit` that it is asked for."""

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

    def edit(self, *ids: int) -> None:
        for id_ in ids:
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
        place: Callable[[Row], Any] = itemgetter(name)
        if world.ties > 1:
            tie = Random(f"{window}/{world.seed}")
            place = lambda row: (row["id"] // world.ties, tie.random())  # noqa: E731
        rows = sorted(self.rows.values(), key=place, reverse=world.order.startswith("-"))
        limit = min((world.rounding or int)(window.limit), world.maximum)
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


class WorldClient:
    """Up to so many requests in flight, which look at the list in any order and at any time."""

    def __init__(self, source: WorldList, parallel: int, *, most_requests: int) -> None:
        self.max_parallel_requests = parallel
        self.source = source
        self.most_requests = most_requests
        self.chance = Random(source.world.seed)
        self.flying: list[Request] = []

    def prefetch(
        self, endpoint: Endpoint, params: Mapping[str, str], needed: Request
    ) -> Request | None:
        return None if needed.future.done() else self.send(endpoint, params)

    def send(self, endpoint: Endpoint, params: Mapping[str, str]) -> Request:
        self.source.asked.append(Window(int(params["page"]), int(params["limit"])))
        assert len(self.source.asked) <= self.most_requests, "it goes round in circles"
        request = Request(endpoint, params, Future())
        self.flying.append(request)
        self.land(self.chance.randint(0, len(self.flying)))
        return request

    def land(self, number: int) -> None:
        for _ in range(number):
            request = self.flying.pop(self.chance.randrange(len(self.flying)))
            window = Window(int(request.params["page"]), int(request.params["limit"]))
            rows = self.source.look(window)
            if rows is None:
                request.future.set_exception(RefusedError("not this page"))
            else:
                request.future.set_result(Rows(rows))

    def receive(self, request: Request, _tries: int | None = None) -> Rows:
        while not request.future.done():
            self.land(1)
        return request.future.result()


class Reading(NamedTuple):
    """What a list was read to."""

    rows: list[Row]
    paginator: OverlappingPaginator
    source: WorldList
    doubts: list[Doubt]

    @property
    def ids(self) -> set[int]:
        return {row["id"] for row in self.rows}

    @property
    def lost(self) -> set[int]:
        return self.source.untouched - self.ids

    @property
    def is_at_rest(self) -> bool:
        """Whether targets may be told to delete what didn't come."""
        return not self.doubts


def read_world(  # what can differ, one for each
    source: WorldList | World,
    page_size: int = 250,
    parallel: int = 4,
    *,
    is_full_read: bool = True,
    most_requests: int = 800,
) -> Reading:
    """Read a list of a world with the tap's own paginator and reader."""
    source = WorldList(source) if isinstance(source, World) else source
    paginator = OverlappingPaginator(page_size, is_full_read=is_full_read)
    client = cast("FrontcoreClient", WorldClient(source, parallel, most_requests=most_requests))
    reader = ListReader(client, Endpoint("/rows", "rows"), {}, paginator)
    rows = [row for page in reader for row in page]
    return Reading(rows, paginator, source, list(reader.doubts))


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
