"""Whether changed rows pass the filters by which incremental runs ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from tap_frontcore import clock
from tap_frontcore.check.probe import TIMES, EnoughError, Finding
from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.filters import HOUR, SECOND, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

MAX_FILTER_REQUESTS = 5
"""Up to three for a row that was edited, in summer or winter, and one for one that never was."""

SUMMER, WINTER = range(4, 10), (11, 12, 1, 2)
"""Months in which Europe's clocks surely are on summer time, and surely aren't."""

CREATED, CHANGED = TIMES

LOST = (
    "the API's {}_min filter drops a row that it should return, so incremental runs lose rows: set "
    "`timezone` to the zone in which Frontcore reads filters, or read the stream with FULL_TABLE"
)
REFUSED = "{}_min is refused, so incremental runs fail: read the stream with FULL_TABLE"

Clock = Literal["lost", "same", "other", "ignored", "unknown"]
"""By which clock a filter is read: as expected, by another that does no harm, or by none."""


def read_clock(passes: Callable[[str], bool | None], own: str, expected: str) -> Clock:
    """Find out by which clock a filter is read.

    `passes` tells whether a known row passes a bound, or None; `own` is the tap's bound for it, and
    `expected` what the expected clock showed a second before the row's time.
    """
    if passes(expected):
        if not passes(_text(datetime.fromisoformat(expected) + HOUR)):
            return "same"
        day_later = _text(datetime.fromisoformat(own) + timedelta(days=1))
        return "ignored" if passes(day_later) else "other"
    passed = passes(own)
    return "unknown" if passed is None else "other" if passed else "lost"


def judge(clocks: list[Clock], timezone: str) -> Finding:
    """Say what was read off a row of summer and one of winter."""
    if "lost" in clocks:
        return Finding("broken", "filters", LOST.format(CHANGED))
    city = timezone.rpartition("/")[2].replace("_", " ")
    if "ignored" in clocks:
        answer = "filters ignored, so each run reads the whole list"
    elif "other" in clocks:
        answer = f"filters not in {city}'s time, which does no harm"
    elif clocks == ["same", "same"]:
        answer = f"filters in {city}'s time"
    else:
        answer = "filters work" if "same" in clocks else "no row to try the filters with"
    return Finding("fact", "filters", answer)


def check_filters(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Iterator[Finding]:
    """Ask for rows of the first page, whose times are known, by an incremental run's filters."""
    for check, field in ((_check_changed, CHANGED), (_check_created, CREATED)):
        try:
            finding = check(probe, stream, first)
        except RefusedError:
            finding = Finding("broken", "filters", REFUSED.format(field))
        yield finding
        if finding.kind == "broken":
            return


def _check_changed(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Finding:
    clocks: list[Clock] = []
    for months in (SUMMER, WINTER):
        time, row = _latest(stream, first, CHANGED, months)
        if row and not {"ignored", "lost"}.intersection(clocks):
            passes, own = _trial(probe, stream, first, CHANGED, time, row)
            found = read_clock(passes, own, _text(clock.wall(time - SECOND, stream.timezone)))
            is_gone = found == "lost" and not _still_has(probe, row)
            clocks.append("unknown" if is_gone else found)
    if not clocks:  # whether they are accepted can be asked all the same
        passes, own = _trial(probe, stream, first, CHANGED, datetime.now(UTC), {})
        passes(own)
    return judge(clocks, stream.timezone)


def _check_created(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Finding:
    unedited = [row for row in first if clock.is_unset(row.get(CHANGED))]
    time, row = _latest(stream, unedited or first, CREATED)
    passes, own = _trial(probe, stream, first, CREATED, time, row)
    if passes(own) is False and row and _still_has(probe, row):
        return Finding("broken", "filters", LOST.format(CREATED))
    return Finding("detail", "never edited rows", f"{len(unedited)} of {len(first)}")


def _latest(
    stream: FrontcoreStream, rows: list[Row], field: str, months: Collection[int] = range(1, 13)
) -> tuple[datetime, Row]:
    """Return the row with the latest time in some months; none with the time now."""
    times = [
        (time, row)
        for row in rows
        if (text := stream.time_of(row, field))
        and clock.is_askable(text)
        and (time := clock.parse(text)).month in months
    ]
    return max(times, key=lambda pair: pair[0], default=(datetime.now(UTC), {}))


def _trial(  # noqa: PLR0913, PLR0917
    probe: Probe, stream: FrontcoreStream, first: list[Row], field: str, time: datetime, row: Row
) -> tuple[Callable[[str], bool | None], str]:
    """Return how to ask whether a row passes a lower bound, and the tap's own bound for it."""
    name, span = f"{field}_min", Span(since=clock.to_text(time))
    of_field = (it for it in stream.queries(span) if it.by_creation == (field == CREATED))
    if (query := next(of_field, None)) is None:  # by the settings no row of that time is due
        return (lambda _bound: None), span.since or ""

    def passes(bound: str) -> bool | None:
        try:
            rows = probe.page(query.filters | {name: bound})
        except EnoughError:
            return None
        if probe.keys([row])[0] in probe.keys(rows):
            return True
        return None if len(rows) >= len(first) else False  # it may be on the next page

    return passes, query.filters[name]


def _still_has(probe: Probe, row: Row) -> bool:
    """Fetch page 1 again, and return whether the row is still there, not edited."""
    try:
        rows = probe.page(again=True)
    except EnoughError:
        return False
    names = (probe.endpoint.key, *TIMES)
    return any(all(row.get(name) == it.get(name) for name in names) for it in rows)


def _text(wall: datetime) -> str:
    return wall.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
