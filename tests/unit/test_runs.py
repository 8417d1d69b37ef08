"""Sequences of runs: what was there when a run began is in the target after the next good one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fake_frontcore import FakeFrontcore, Switches
from tests.fake_frontcore.rows import OSLO, Row, api_time
from tests.support.fuzz import examples
from tests.unit.virtual import Account, Clock, bookmark_in

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal[
    "time", "zero date", "no updated_at", "no created_at", "no times", "no offset", "odd", "mixed"
]
KINDS: tuple[Kind, ...] = Kind.__args__[:-1]  # type: ignore[attr-defined]
STARTS = (
    datetime(2024, 3, 31, 0, 50, tzinfo=UTC),  # Oslo's clock skips an hour
    datetime(2024, 7, 1, 10, 0, tzinfo=UTC),
    datetime(2024, 10, 27, 0, 20, tzinfo=UTC),  # Oslo's clock shows an hour twice
)


class Scenario(NamedTuple):
    """What the documentation leaves open of a list, and what happens to it."""

    stream: str
    kind: Kind = "time"
    """How its rows show when they changed."""

    filters: Literal["work", "ignored", "refused"] = "work"
    """"refused" is so in some runs, one of the two filters."""

    inclusive: bool = False
    null_passes: bool = False
    filter_zone: str = "Europe/Oslo"
    order: str = "id"
    export_moves: bool = True
    """Whether an export to accounting moves `updated_at`."""

    has_date: bool = True
    ahead: float = 0
    """Seconds by which this machine's clock is ahead of the server's."""

    lookback: int | None = None
    start: datetime = STARTS[1]
    seed: int = 0


class Life:
    """A list in which rows come and change, and the target that its runs load."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario, self.chance = scenario, Random(scenario.seed)
        self.clock = Clock(scenario.start - timedelta(days=30), scenario.ahead)
        switches = Switches(
            inclusive=scenario.inclusive,
            null_passes=scenario.null_passes,
            filter_zone=scenario.filter_zone,
            ignores_filters=scenario.filters == "ignored",
            order=scenario.order,
            shows=self.shown,
        )
        self.fake = FakeFrontcore([], [], switches=switches, between=self.meanwhile)
        self.rows = self.fake.tables[scenario.stream]
        self.latest_wait = 50 if scenario.lookback is None else 0
        """Seconds in which a row is saved, at most, after the time that it has."""

        self.changes_meanwhile = 0
        self.state: dict[str, Any] = {}
        self.target: dict[int, int] = {}
        self.due: dict[int, int] = {}
        """The version of each row that is to be in the target, at least, after the next run."""

        for _ in range(self.chance.choice((0, 3, 30, 60))):
            self.new()
        self.clock.now = scenario.start

    def shown(self, _stream: str, row: Row) -> Row:
        """Show a row's times in the way of its kind."""
        kinds = KINDS if self.scenario.kind == "mixed" else (self.scenario.kind,)
        shown, edited = dict(row), row["updated_at"]
        match kinds[row["id"] % len(kinds)]:
            case "zero date":
                shown["updated_at"] = edited or "0000-00-00 00:00:00"
            case "no updated_at":
                del shown["updated_at"]
            case "no created_at":
                del shown["created_at"]
            case "no times":
                del shown["created_at"], shown["updated_at"]
            case "no offset":
                shown |= {name: _wall(row[name]) for name in ("created_at", "updated_at")}
            case "odd":
                shown["updated_at"] = edited and {"date": edited}
        return shown

    # What happens

    def now(self) -> str:
        """Return what time a change has: that of its statement, not of its commit."""
        wait = self.chance.uniform(0, self.latest_wait)
        return api_time(self.clock.now - timedelta(seconds=wait))

    def new(self) -> None:
        """Add a row; some are imported, with the edit of an older system."""
        old = api_time(self.clock.now - timedelta(days=self.chance.choice((0.1, 0.5, 400))))
        edited = old if self.chance.random() < 0.2 else None
        number = len(self.rows) + 1
        row = {"id": number, "version": 1, "created_at": self.now(), "updated_at": edited}
        self.fake.add(row, stream=self.scenario.stream, now=False)

    def edit(self) -> None:
        """Edit a row, or deregister who takes part, or export an order."""
        if not self.rows:
            return
        number = self.chance.choice(list(self.rows))
        fields: Row = {"version": self.rows[number]["version"] + 1, "updated_at": self.now()}
        match self.chance.choice(("edit", "deregister", "export")), self.scenario.stream:
            case "deregister", "participants":
                fields["status"] = {"title": "Avmeldt", "status_code": 4}
            case "export", "orders":
                fields["exported_at"] = fields["updated_at"]
                if not self.scenario.export_moves:  # then a run can't know
                    fields["updated_at"] = self.rows[number]["updated_at"]
                    fields["version"] -= 1
        self.fake.edit(number, stream=self.scenario.stream, **fields)

    def change(self, most: int) -> None:
        for _ in range(self.chance.randint(0, most)):
            self.clock.pass_by(self.chance.choice((0.1, 0.9, 7, 70)))
            (self.new if self.chance.random() < 0.4 else self.edit)()

    def meanwhile(self, _fake: FakeFrontcore, _number: int) -> None:
        """Change rows while a run reads them."""
        now = self.clock.now
        self.change(self.changes_meanwhile)
        self.clock.now = now + timedelta(seconds=self.chance.random())

    # Runs

    def run(self) -> None:
        """Run the tap, load what it brings, and look whether anything is lost."""
        chance, fake = self.chance, self.fake
        self.due = {number: row["version"] for number, row in self.rows.items()}
        self.changes_meanwhile = chance.choice((0, 0, 3))
        fake.switches.refuses = frozenset()
        if self.scenario.filters == "refused" and chance.random() < 0.5:
            fake.switches.refuses = frozenset({chance.choice(("updated_at_min", "created_at_min"))})
        first = len(fake.asked) + chance.randint(1, 6)
        fake.faults = {} if chance.random() < 0.8 else dict.fromkeys(range(first, first + 9), "500")
        settings = (
            {} if self.scenario.lookback is None else {"lookback_seconds": self.scenario.lookback}
        )

        ran = self.account.run(self.state, **settings)

        for record in ran.records:
            self.target[record["id"]] = record["additional_properties"]["version"]
        before, self.state = self.state, ran.state or self.state
        if ran.is_complete:
            assert self.lost == {}
        else:
            assert bookmark_in(self.state) == bookmark_in(before)

    @property
    def account(self) -> Account:
        seconds = self.chance.choice((0.01, 0.4, 1.3))
        return Account(
            self.fake,
            self.scenario.stream,
            self.clock,
            lambda: seconds,
            has_date=self.scenario.has_date,
        )

    @property
    def lost(self) -> Mapping[int, tuple[int, int | None]]:
        """The rows of which the target lacks the version, with that and what it has."""
        return {
            number: (version, self.target.get(number))
            for number, version in self.due.items()
            if self.target.get(number, 0) < version
        }

    def live(self) -> None:
        for _ in range(self.chance.randint(2, 5)):
            self.run()
            self.clock.pass_by(self.chance.choice((0.2, 1, 40, 3600, 90_000)))
            self.change(5)
        self.scenario = self.scenario._replace(filters="work")
        self.fake.switches.refuses, self.fake.faults = frozenset(), {}
        self.run()


def _wall(time: str | None) -> str | None:
    return time and datetime.fromisoformat(time).astimezone(OSLO).strftime("%Y-%m-%d %H:%M:%S")


scenarios = st.builds(
    Scenario,
    stream=st.sampled_from(("participants", "orders", "customers")),
    filters=st.sampled_from(("work", "work", "ignored", "refused")),
    inclusive=st.booleans(),
    null_passes=st.booleans(),
    filter_zone=st.sampled_from(("Europe/Oslo", "UTC")),
    order=st.sampled_from(("id", "-updated_at", "-id")),
    export_moves=st.booleans(),
    has_date=st.booleans(),
    ahead=st.sampled_from((0, 0, -200, 200)),
    lookback=st.sampled_from((None, None, 0)),
    start=st.sampled_from(STARTS),
    seed=st.integers(0, 2**32),
)


@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
@settings(max_examples=examples(40))
@given(scenarios)
def test_each_version_that_a_run_began_with_is_loaded(kind: Kind, scenario: Scenario) -> None:
    Life(scenario._replace(kind=kind)).live()


# By what a list is bookmarked

NOON = datetime(2024, 7, 1, 10, 0, tzinfo=UTC)
BOTH = pytest.mark.parametrize("stream", ["participants", "orders"])


def account_of(*rows: Row, stream: str = "participants", **switches: Any) -> Account:
    """Make an account with rows of one list, numbered from 1. Its first answer is sent at 12:00:01.

    So, by the time that it took, the run began at 12:00:00.5.
    """
    created = {"created_at": api_time(NOON - timedelta(days=9)), "updated_at": None}
    numbered = [created | {"id": number} | row for number, row in enumerate(rows, 1)]
    fake = FakeFrontcore([], [], {stream: numbered}, switches=Switches(**switches))
    return Account(fake, stream, Clock(NOON + timedelta(seconds=0.6)))


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line for line in caplog.messages if "no row tells when it changed" in line]


@BOTH
def test_rows_without_updated_at_are_bookmarked_by_the_start_of_the_run(
    stream: str, caplog: pytest.LogCaptureFixture
) -> None:
    account = account_of({}, {}, stream=stream)

    with caplog.at_level("INFO"):
        ran = account.run()

    assert ran.bookmark == "2024-07-01T10:00:00+00:00"
    (line,) = told(caplog)
    assert line.startswith(f"{stream}: no row tells when it changed, so the time of this run is")
    assert line.endswith(f" {ran.bookmark}.")
    created = api_utc(NOON - timedelta(days=9)) if stream == "participants" else None
    assert [record["updated_at"] for record in ran.records] == [created] * 2
    assert not [entry for entry in caplog.records if entry.levelname == "WARNING"]


def api_utc(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


@pytest.mark.parametrize(
    ("times", "bookmark"),
    [
        ([None, NOON - timedelta(days=2)], NOON - timedelta(days=2)),
        ([None, None], NOON - timedelta(days=9)),
        ([None, NOON + timedelta(days=1)], NOON),
        (["absent", None], NOON - timedelta(days=9)),
        (["absent", NOON - timedelta(days=2)], NOON - timedelta(days=2)),
        (["absent", "soon"], NOON),
    ],
    ids=["a time", "never edited", "the future", "one never edited", "one time", "odd"],
)
def test_rows_with_updated_at_are_bookmarked_by_the_latest(
    times: list[Any], bookmark: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """Also in a list in which others lack it: of those, it is a time before which all was read."""
    texts = [api_time(time) if isinstance(time, datetime) else time for time in times]
    rows = [{"updated_at": text} for text in texts]

    def shown(_stream: str, row: Row) -> Row:
        return {name: value for name, value in row.items() if value != "absent"}

    with caplog.at_level("INFO"):
        ran = account_of(*rows, shows=shown).run()

    assert ran.bookmark == api_utc(bookmark)
    assert bool(told(caplog)) is ("soon" in times)


def test_rows_never_edited_without_created_at_are_bookmarked_by_the_start_of_the_run() -> None:
    account = account_of({}, shows=lambda _, row: {"id": row["id"], "updated_at": None})

    assert account.run().bookmark == "2024-07-01T10:00:00+00:00"


def test_a_list_without_rows_has_no_bookmark(caplog: pytest.LogCaptureFixture) -> None:
    account = account_of()

    with caplog.at_level("INFO"):
        ran = account.run()
        again = account.run(ran.state)

    assert ran.bookmark is again.bookmark is None
    assert told(caplog) == []


@BOTH
@pytest.mark.parametrize(
    "state", [None, {}, {"records": 2}], ids=["no state", "FULL_TABLE", "ACTIVATE_VERSION"]
)
def test_a_run_in_which_nothing_changed_takes_two_requests_however_long_the_list(
    stream: str, state: dict[str, int] | None
) -> None:
    """Also after runs with FULL_TABLE, whose state has no bookmark: it reads all once."""
    account = account_of(*[{}] * 1000, stream=stream)

    first = account.run(state and {"bookmarks": {stream: state}})
    account.clock.pass_by(3600)
    second = account.run(first.state)

    assert len(first.records) == 1000
    assert second.records == []
    assert second.requests == 2
    assert second.state == first.state


def test_end_date_bounds_the_bookmark_of_rows_that_tell_no_time() -> None:
    """Else the next run without it would miss what changed between it and this run."""
    account = account_of({}, {"updated_at": api_time(NOON - timedelta(hours=1))})

    span = account.run(end_date="2024-06-30T00:00:00Z")
    rest = account.run(span.state)

    assert span.bookmark == "2024-06-30T00:00:00+00:00"
    assert [record["id"] for record in rest.records] == [2]


def test_start_date_asks_for_rows_that_tell_no_time_by_both_filters() -> None:
    hour_ago = api_time(NOON - timedelta(hours=1))
    account = account_of({}, {"updated_at": hour_ago}, {"created_at": hour_ago})

    ran = account.run(start_date="2024-07-01T00:00:00Z")

    assert [record["id"] for record in ran.records] == [2, 3]


@pytest.mark.parametrize("refused", ["updated_at_min", "created_at_min"])
def test_a_filter_that_is_refused_ends_the_stream_and_keeps_its_bookmark(
    refused: str, caplog: pytest.LogCaptureFixture
) -> None:
    account = account_of({}, {})
    first = account.run()
    account.clock.pass_by(3600)
    account.fake.edit(1, stream="participants", updated_at=api_time(account.clock.now))
    account.fake.switches.refuses = frozenset({refused})

    failed = account.run(first.state)
    account.fake.switches.refuses = frozenset()
    account.clock.pass_by(3600)
    after = account.run(failed.state)

    assert not failed.is_complete
    (line, _) = [entry.getMessage() for entry in caplog.records if entry.levelname == "ERROR"]
    assert f"Field(s) not valid: {refused}" in line
    assert failed.bookmark == first.bookmark
    assert [record["id"] for record in after.records] == [1]


def test_a_row_saved_in_the_second_of_the_bookmark_comes_without_lookback() -> None:
    """The API's times have whole seconds, so the start of a run has, too."""
    account = account_of({}, {})

    def edit(fake: FakeFrontcore, number: int) -> None:
        if number == 2:
            fake.edit(1, stream="participants", updated_at=api_time(NOON), completed=True)

    account.fake.between = edit
    first = account.run(lookback_seconds=0)
    account.clock.pass_by(3600)
    second = account.run(first.state, lookback_seconds=0)

    assert not any(record["completed"] for record in first.records)
    assert [record["id"] for record in second.records] == [1]


def test_a_new_row_that_is_edited_between_the_two_queries_comes() -> None:
    """The query of edited rows was too early for it; the one of new rows sees it edited."""
    account = account_of({}, shows=lambda _, row: row)
    first = account.run()
    account.clock.pass_by(3600)
    now = api_time(account.clock.now)
    row = {"id": 2, "created_at": now, "updated_at": None}
    account.fake.add(row, stream="participants", now=False)

    def edit(fake: FakeFrontcore, number: int) -> None:
        if "created_at_min" in fake.asked[number - 1].params:
            saved_late = account.clock.now - timedelta(seconds=30)
            fake.edit(2, stream="participants", updated_at=api_time(saved_late))

    account.fake.between = edit
    second = account.run(first.state)

    assert 2 in [record["id"] for record in second.records]
