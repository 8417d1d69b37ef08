"""Lists as a server may give them: in any order, cut, with hidden rows, and on the move."""

from __future__ import annotations

from concurrent.futures import Future
from itertools import count
from operator import itemgetter
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from hypothesis import strategies as st

from tap_frontcore.errors import RefusedError, RetriableError, TapError
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
PAST_END = ("empty", "refused", "last page", "first page", "failing")

PastEnd = Literal["empty", "refused", "last page", "first page", "failing"]


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

    shows_nulls: bool = False
    """Whether null comes in their places."""

    ties: int = 1
    """How many rows share a place, and are shuffled at each request."""

    past_end: PastEnd = "empty"
    rounding: Callable[[int], int] | None = None
    """What the server makes of the `limit` that it is asked for."""

    bulk: range = range(0)
    """Positions whose rows are edited in one go, in their order, after the first look."""

    bulk_deletes: int = 0
    """How many rows from the front are deleted just before that."""

    lag: int = 0
    """By how many changes the replica that answers may be behind."""

    is_cached: bool = False
    """Whether a window that is asked for again shows what it did at first."""

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
        self.tries: list[tuple[Window, int | None]] = []
        """The windows that were waited for, and how often they are tried at most."""

        self.looks = 0
        self.shown: dict[Window, list[Row | None] | Exception] = {}
        self.when: dict[int, Callable[[WorldList], None]] = {}
        """What happens to it after which look."""

        for _ in range(world.size):
            self.insert()
        self.before = {id_: dict(row) for id_, row in self.rows.items()}
        self.states = [dict(self.rows)]
        """Its rows after each look, as replicas that lag behind still have them."""
        if world.bulk:
            self.when[1] = WorldList.edit_in_bulk

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

    def edit_in_bulk(self) -> None:
        """Delete rows from the front, and edit those at some positions, in their order."""
        in_order = self.in_order(self.rows)
        self.delete(*(row["id"] for row in in_order[: self.world.bulk_deletes]))
        self.edit(*(in_order[index]["id"] for index in self.world.bulk if index < len(in_order)))

    def change(self) -> None:
        for _ in range(self.chance.randint(0, self.world.changes)):
            kind = self.chance.choice(("edit", "insert", "delete"))
            if kind == "insert" or not self.rows:
                self.insert()
            elif kind == "delete":
                self.delete(self.chance.choice(list(self.rows)))
            else:
                self.edit(self.chance.choice(list(self.rows)))

    def in_order(self, rows: Mapping[int, Row], window: object = None) -> list[Row]:
        """Sort rows as the world lists them; rows that share a place differ by the window."""
        world, name = self.world, self.world.order.lstrip("-")
        place: Callable[[Row], Any] = itemgetter(name)
        if world.ties > 1:
            tie = Random(f"{window}/{world.seed}")
            place = lambda row: (row["id"] // world.ties, tie.random())  # noqa: E731
        return sorted(rows.values(), key=place, reverse=world.order.startswith("-"))

    def look(self, window: Window) -> list[Row | None]:
        """Show a window of the list as it is now, or was some changes ago, or fail."""
        self.looks += 1
        if not (self.world.is_cached and window in self.shown):
            self.shown[window] = self._page(window)
        self.change()
        if happens := self.when.get(self.looks):
            happens(self)
        self.states.append(dict(self.rows))
        if isinstance(shown := self.shown[window], Exception):
            raise shown
        return shown

    def _page(self, window: Window) -> list[Row | None] | Exception:
        world = self.world
        behind = min(self.chance.randint(0, world.lag) + 1, len(self.states)) if world.lag else 0
        rows = self.in_order(self.states[-behind] if behind else self.rows, window)
        limit = min((world.rounding or int)(window.limit), world.maximum)
        start = window.start if world.starts_by_asked else (window.page - 1) * limit
        if start and start >= len(rows) and world.past_end != "empty":
            if world.past_end == "refused":
                return RefusedError("not this page")
            if world.past_end == "failing":
                return RetriableError("no good answer")
            start = 0 if world.past_end == "first page" else (len(rows) - 1) // limit * limit
        moment = {"seen_at": self.looks} if world.volatile else {}
        shown = [None if row["hidden"] else row | moment for row in rows[start : start + limit]]
        return shown if world.shows_nulls else [row for row in shown if row]

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
            try:
                request.future.set_result(Rows(self.source.look(window)))
            except TapError as error:
                request.future.set_exception(error)

    def receive(self, request: Request, tries: int | None = None) -> Rows:
        window = Window(int(request.params["page"]), int(request.params["limit"]))
        self.source.tries.append((window, tries))
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


def paginator_of(
    page_size: int = 250, *, is_full_read: bool = False, may_delete: bool = False
) -> OverlappingPaginator:
    """Make one for rows with an id: by default, in a run that asks for changes."""
    return OverlappingPaginator(page_size, "id", is_full_read=is_full_read, may_delete=may_delete)


def read_world(  # noqa: PLR0913  # what can differ, one for each
    source: WorldList | World,
    page_size: int = 250,
    parallel: int = 4,
    *,
    is_full_read: bool = True,
    may_delete: bool = False,
    most_requests: int = 800,
) -> Reading:
    """Read a list of a world with the tap's own paginator and reader."""
    source = WorldList(source) if isinstance(source, World) else source
    paginator = paginator_of(page_size, is_full_read=is_full_read, may_delete=may_delete)
    client = cast("FrontcoreClient", WorldClient(source, parallel, most_requests=most_requests))
    reader = ListReader(client, Endpoint("/rows", "rows"), {}, paginator)
    rows = [row for page in reader for row in page]
    return Reading(rows, paginator, source, list(reader.doubts))


def worlds_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[World]:
    """Draw worlds of some fields; the others are as in a list at rest."""
    seed = st.integers(0, 2**32)
    return st.fixed_dictionaries({"seed": seed, **fields}).map(lambda drawn: World(**drawn))


def menu(*sizes: int, default: int = 0) -> Callable[[int], int]:
    """Return how a server takes `limit` that knows some sizes alone.

    Instead of another it takes its default, or the largest one below.
    """

    def taken(limit: int) -> int:
        if limit in sizes or not default:
            return max((size for size in sizes if size <= limit), default=min(sizes))
        return default

    return taken


MENUS = {
    "10, 25, 50, 100": menu(10, 25, 50, 100),
    "10, 25, 50, 100, 250": menu(10, 25, 50, 100, 250),
    "10, 25, 50, 100, 200, 250": menu(10, 25, 50, 100, 200, 250),
    "100, 250, else 75": menu(100, 250, default=75),
    "30, 60, 90, 250": menu(30, 60, 90, 250),
    "32, 64, 128, 256": menu(32, 64, 128, 256),
    "tens": lambda limit: limit // 10 * 10,
    "fifties": lambda limit: limit // 50 * 50,
    "one less": lambda limit: limit - 1,
}
"""Servers that don't take `limit` as it is asked."""

orders = st.sampled_from(ORDERS)
worlds = worlds_of(
    size=st.one_of(st.integers(0, 60), st.integers(0, 700)),
    order=orders,
    changes=st.integers(0, 6),
    maximum=st.one_of(st.just(250), st.integers(25, 249)),
    starts_by_asked=st.booleans(),
    past_end=st.sampled_from(PAST_END),
    volatile=st.booleans(),
    lag=st.sampled_from([0, 0, 1, 6]),
    is_cached=st.booleans(),
)
"""Worlds in which every row can be had."""

hiding_worlds = worlds_of(
    size=st.integers(0, 1500),
    order=orders,
    changes=st.integers(0, 2),
    maximum=st.sampled_from([250, 250, 100]),
    hidden=st.sampled_from([0.01, 0.05, 0.2, 0.34]),
    past_end=st.sampled_from(PAST_END),
)
"""Worlds in which up to a third of the rows are hidden."""

volatile_hiding_worlds = worlds_of(
    size=st.integers(0, 1200),
    hidden=st.sampled_from([0.01, 0.2, 0.34]),
    past_end=st.sampled_from(["empty", "refused", "last page", "first page"]),
    volatile=st.just(value=True),
)
"""The same, with a field that differs at each request."""

hidden_run_worlds = worlds_of(
    size=st.integers(0, 1500),
    order=st.sampled_from(["id", "-id"]),
    hidden_run=st.builds(
        lambda start, length: range(start, start + length),
        st.integers(1, 1200),
        st.integers(1, 240),
    ),
    changes=st.integers(0, 2),
    past_end=st.sampled_from(PAST_END),
)
"""Worlds in which up to 240 rows in a row are hidden, as README promises."""

null_worlds = worlds_of(
    size=st.integers(0, 1500),
    order=orders,
    changes=st.integers(0, 2),
    maximum=st.sampled_from([250, 100, 60]),
    hidden=st.sampled_from([0.01, 0.2, 0.34]),
    shows_nulls=st.just(value=True),
)
"""Worlds with entries that are no rows."""

cut_worlds = worlds_of(
    size=st.integers(0, 600),
    hidden_run=st.builds(
        lambda start, length: range(start, start + length), st.integers(1, 400), st.integers(1, 240)
    ),
    maximum=st.integers(25, 249),
    starts_by_asked=st.booleans(),
    past_end=st.sampled_from(PAST_END),
)
"""The same, behind a maximum that page 1 doesn't tell if it hides rows, too."""

menu_fields = {
    "size": st.integers(0, 2000),
    "order": orders,
    "rounding": st.sampled_from(list(MENUS.values())),
    "past_end": st.sampled_from(PAST_END),
}
menu_worlds = st.one_of(
    worlds_of(**menu_fields, changes=st.integers(0, 3)),
    worlds_of(**menu_fields, starts_by_asked=st.just(value=True)),
)
"""Worlds whose server knows some limits alone. (README names what is left: both at once.)"""

bulk_worlds = worlds_of(
    size=st.integers(250, 700),
    order=orders,
    bulk=st.builds(
        lambda end, length: range(end - length, end),
        st.sampled_from([242, 246, 249, 250, 251, 496]),
        st.integers(1, 12),
    ),
    bulk_deletes=st.integers(0, 12),
    past_end=st.sampled_from(PAST_END),
)
"""Worlds in which rows at the end of a page are edited together after the first look."""
