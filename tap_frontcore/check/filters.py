"""Whether changed rows pass the filters that incremental runs ask by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from tap_frontcore import clock
from tap_frontcore.check.probe import Finding
from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.filters import HOUR, SECOND, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

DAY = timedelta(days=1)

SUMMER, WINTER = (4, 5, 6, 7, 8, 9), (11, 12, 1, 2)
"""Months in which Europe's clocks surely are on summer time, and surely aren't."""

FOR_FILTERS = 5
"""Requests for all of this: two for a row of each season, and one for `created_at`."""

FOR_A_SEASON = 3
"""Requests to leave before another row is tried: two for it, and one for `created_at`."""

LOST = (
    "an edited row doesn't pass the filter by which the tap asks for it, so incremental runs lose "
    "changes: set `timezone` to the zone in which Frontcore reads filters, or use FULL_TABLE"
)
LOST_NEW = (
    "a row that was never edited doesn't pass the filter by which the tap asks for it, so "
    "incremental runs lose new rows: set `timezone`, or use FULL_TABLE"
)

Reading = Literal["lost", "behind", "same", "ahead", "ignored", "unknown"]
"""How the clock by which a filter is read stands to the one that is expected. "lost" is so far
behind that rows don't pass the tap's own bound."""


class KnownRow(NamedTuple):
    """A row of the list's first page."""

    row: Row
    time: datetime
    """When it was edited or created, in UTC."""


def read_clock(passes: Callable[[str], bool | None], own: str, expected: str) -> Reading:
    """Find out by a known row by which clock a filter is read.

    A row that passes a bound passes all earlier ones too, so the latest is tried first.

    Args:
        passes: Tells whether the row passes a bound; null if that can't be told.
        own: The bound by which the tap asks for the row.
        expected: What the expected clock showed a second before the row's time.

    Returns:
        "ignored" if the row also passes a bound that is a day too late.
    """
    at_expected = passes(expected)
    if at_expected:
        if not passes(_later(expected, HOUR)):
            return "same"
        return "ignored" if passes(_later(own, DAY)) else "ahead"
    at_own = at_expected if own == expected else passes(own)
    if at_own is None:
        return "unknown"
    return "behind" if at_own else "lost"


def judge(readings: Collection[Reading], timezone: str) -> Finding:
    """Say what the readings of a row of summer and of one of winter mean."""
    question = "updated_at_min"
    city = timezone.rpartition("/")[2].replace("_", " ")
    if "lost" in readings:
        return Finding("broken", question, LOST)
    if "ignored" in readings:
        return Finding("fact", question, "filters ignored, so each run reads the whole list")
    if list(readings) == ["same", "same"]:
        return Finding("fact", question, f"filters in {city}'s time")
    if set(readings) <= {"unknown"}:
        return Finding("fact", question, "filters accepted, but no row to try them with")
    if {"ahead", "behind"}.intersection(readings):
        answer = f"filters by another clock than {city}'s, which is allowed for"
        return Finding("fact", question, answer)
    return Finding("fact", question, "filters work")


def check_filters(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Iterator[Finding]:
    """Ask for rows whose times are known by the filters of an incremental run.

    Args:
        probe: Who asks.
        stream: Whose list it is.
        first: The list's first page, as it comes without these filters.

    Yields:
        What was found.

    Raises:
        TapError: There is no good answer.
    """
    for check, name in ((_check_changed, "updated_at_min"), (_check_created, "created_at_min")):
        try:
            yield check(probe, stream, first)
        except RefusedError:
            text = f"{name} is turned down, and with it each incremental run: use FULL_TABLE"
            yield Finding("broken", name, text)


def _check_changed(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Finding:
    readings: list[Reading] = []
    for months in (SUMMER, WINTER):
        known = _latest(stream, first, "updated_at", months)
        if known and probe.left >= FOR_A_SEASON and "ignored" not in readings:
            trial = Trial(probe, stream, first, known, "updated_at")
            local = clock.wall(known.time - SECOND, stream.timezone)
            readings.append(read_clock(trial.passes, trial.own, _text(local)))
    if not readings:
        trial = Trial(probe, stream, first, _now(), "updated_at")
        trial.passes(trial.own)
    return judge(readings, stream.timezone)


def _check_created(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Finding:
    """Ask for a row that was never edited, or if there is none for any."""
    unedited = [row for row in first if clock.is_unset(row.get("updated_at"))]
    known = _latest(stream, unedited or first, "created_at") or _now()
    trial = Trial(probe, stream, first, known, "created_at")
    if trial.passes(trial.own) is False and known.row:
        return Finding("broken", "created_at_min", LOST_NEW)
    answer = "accepted" if not known.row else "passes" if unedited else "an edited row passes"
    return Finding("detail", "created_at_min", answer)


class Trial:
    """Asks whether a known row passes a lower bound."""

    def __init__(
        self,
        probe: Probe,
        stream: FrontcoreStream,
        first: list[Row],
        known: KnownRow,
        field: Literal["updated_at", "created_at"],
    ) -> None:
        """Ask nothing yet."""
        since = Span(since=clock.to_text(known.time))
        query = list(stream.queries(since))[0 if field == "updated_at" else -1]
        self._name = f"{field}_min"
        self.own = query.filters[self._name]
        """The bound by which the tap asks for the row."""

        self._filters = query.filters
        self._probe = probe
        self._first = first
        self._row = known.row

    def passes(self, bound: str) -> bool | None:
        """Tell whether the row passes a bound; null if it may be on another page."""
        rows = self._probe.page(filters=self._filters | {self._name: bound})
        (key,) = self._probe.keys([self._row])
        if key in self._probe.keys(rows):
            return True
        return None if len(rows) >= len(self._first) else False


def _now() -> KnownRow:
    return KnownRow({}, datetime.now(UTC))


def _latest(
    stream: FrontcoreStream, rows: list[Row], field: str, months: Collection[int] = range(1, 13)
) -> KnownRow | None:
    known = [
        KnownRow(row, time)
        for row in rows
        if (text := stream.time_of(row, field))
        and clock.is_askable(text)
        and (time := clock.parse(text)).month in months
    ]
    return max(known, key=lambda it: it.time, default=None)


def _later(bound: str, step: timedelta) -> str:
    return _text(datetime.fromisoformat(bound) + step)


def _text(wall: datetime) -> str:
    return wall.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
