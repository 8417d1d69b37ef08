"""Accounts as the fake's switches make them, what `--check` says of each, and what runs bring."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_frontcore.check import check_account
from tap_frontcore.errors import TapError
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import FakeFrontcore, Switches, generate_customers, serve
from tests.fake_frontcore.rows import Row, api_time
from tests.support.cli import config_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SUMMER = datetime(2025, 7, 10, 10, tzinfo=UTC)
WINTER = datetime(2025, 1, 10, 10, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)

CLAIMS = (
    "filters lose nothing", "could not be tried",
    "is refused", "updated_at_min filter drops", "created_at_min filter drops",
    "hides rows", "another order", "can't be confirmed", "are no rows",
    "a first page of fewer", "`page` is ignored", "the key of another", "no key",
    "no access", "no good answer",
)  # fmt: skip
"""What a list's lines can say."""


class Checked(NamedTuple):
    """What the check said of the customers."""

    is_ok: bool
    claims: frozenset[str]
    text: str
    requests: int


@cache
def customers(count: int) -> list[Row]:
    """Make customers. After each bookmark one is edited soon, and one is new."""
    rows = generate_customers(count)
    if count >= 24:
        for index, bookmark in enumerate((SUMMER, WINTER)):
            created, minute = api_time(bookmark - timedelta(days=90)), timedelta(minutes=1)
            edited = {"created_at": created, "updated_at": api_time(bookmark + 10 * minute)}
            new = {"created_at": api_time(bookmark + 20 * minute), "updated_at": None}
            rows[3 * index + 1] |= edited
            rows[3 * index + 2] |= new
    return rows


def account(
    count: int = 300, faults: dict[int, Any] | None = None, **switches: Any
) -> FakeFrontcore:
    """Make an account with customers alone."""
    rows = [dict(row) for row in customers(count)]
    return FakeFrontcore(rows, [], switches=Switches(**switches), faults=faults or {})


def hiding(start: int, end: int) -> FakeFrontcore:
    """Make an account of 1100 customers that hides those from one position to another."""
    return account(1100, hides=lambda row: start <= row["id"] - 1001 < end)


def tied(block: int, *starts: int) -> FakeFrontcore:
    """Make an account of 1000 customers; from each start so many share a place in the order."""
    fake = account(1000, order="title", shuffles_equals=True)
    for index, row in enumerate(fake.tables["customers"].values()):
        first = next((start for start in starts if start <= index < start + block), index)
        row["title"] = f"{first:05}"
    fake.forget()
    return fake


def with_rows(fake: FakeFrontcore, changes: dict[int, Row]) -> FakeFrontcore:
    """Change or add rows, whatever their keys."""
    for number, fields in changes.items():
        fake.tables["customers"][number] = fake.tables["customers"].get(number, {}) | fields
    fake.forget()
    return fake


def check(fake: FakeFrontcore, stream: str = "customers", **settings: Any) -> Checked:
    """Check one list in this process."""
    lines: list[str] = []
    with _tap(fake, **settings) as tap:
        try:
            is_ok = check_account(tap.client, [tap.streams[stream]], lines.append)  # type: ignore[list-item]
        except TapError as error:
            return Checked(
                is_ok=False, claims=frozenset(), text=str(error), requests=len(fake.asked)
            )
    text = "\n".join(lines[:-1])
    return Checked(is_ok, frozenset(c for c in CLAIMS if c in text), text, len(fake.asked))


def failures_of_runs(make: Callable[[], FakeFrontcore]) -> list[str]:
    """Read the customers in full, from long ago on, and after the bookmark in winter.

    Returns:
        What each run failed to do: a row that it lost, or brought twice, or why it failed.
    """
    fake = make()
    hides = fake.switches.hides or fake.switches.nulls or (lambda _: False)
    rows = [row for row in fake.tables["customers"].values() if not hides(row)]
    failures = []
    for since in (None, LONG_AGO, WINTER):
        due = Counter(row["id"] for row in rows if since is None or _last_change(row) >= since)
        try:
            came = Counter(_read(make(), since))
        except TapError as error:
            failures.append(type(error).__name__)
            continue
        if lost := due - came:
            failures.append(f"{since}: {len(lost)} lost")
        doubled = +(came - Counter(due.keys() | came.keys()))
        # What is edited while it is read may be new to one query and edited to the other.
        if {row["id"] for row in rows if _last_change(row) < datetime.now(UTC)} & doubled.keys():
            failures.append(f"{since}: {len(doubled)} doubled")
    return failures


def _read(fake: FakeFrontcore, since: datetime | None) -> list[int]:
    state = None
    if since:
        bookmark = {"replication_key": "updated_at", "replication_key_value": since.isoformat()}
        state = {"bookmarks": {"customers": bookmark}}
    with _tap(fake, state) as tap:
        stream = tap.streams["customers"]
        stream._write_starting_replication_value(None)
        return [record["id"] for record in stream.get_records(None) if isinstance(record, dict)]


def _last_change(row: Row) -> datetime:
    times = filter(None, (row["created_at"], row["updated_at"]))
    return max(datetime.fromisoformat(time) for time in times)


@contextmanager
def _tap(
    fake: FakeFrontcore, state: dict[str, Any] | None = None, **settings: Any
) -> Iterator[TapFrontcore]:
    """Make a tap that waits for nothing."""
    with serve(fake) as url:
        tap = TapFrontcore(config=config_for(url, **settings), state=state)
        tap.client._sleep = lambda _: None
        tap.client.pace.hold = _hold_not  # type: ignore[method-assign]
        yield tap


def _hold_not(seconds: float) -> None:
    """Take `Retry-After` for done."""
