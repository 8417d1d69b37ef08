"""Whether changed rows pass the filters that incremental runs ask by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from tap_frontcore import clock
from tap_frontcore.check.probe import TIMES, Finding
from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.filters import HOUR, SECOND, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

MAX_FILTER_REQUESTS = 5
"""Two for an edited row of each season, and one for a row that was never edited."""

SUMMER, WINTER = range(4, 10), (11, 12, 1, 2)
"""Months in which Europe's clocks surely are on summer time, and surely aren't."""

CHANGED, CREATED = "updated_at", "created_at"

LOST = (
    "a row doesn't pass {}_min as the tap asks by it, so incremental runs lose rows: set "
    "`timezone` to the zone in which Frontcore reads filters, or read the list with FULL_TABLE"
)
REFUSED = "{}_min is turned down, so incremental runs fail: read the list with FULL_TABLE"

Reading = Literal["lost", "behind", "same", "ahead", "ignored", "unknown"]
"""How the clock by which a filter is read stands to the one that is expected."""


def read_clock(
    passes: Callable[[str], bool | None], own: str, expected: str, *, is_filter: bool = False
) -> Reading:
    """Find out by a known row by which clock a filter is read.

    A row that passes a bound passes the earlier ones too, so the latest is tried first.

    Args:
        passes: Tells whether the row passes a bound; null if that can't be told.
        own: The bound by which the tap asks for the row.
        expected: What the expected clock showed a second before the row's time.
        is_filter: Whether it is known that not all rows pass.

    Returns:
        "lost" if it doesn't pass the tap's own, "ignored" if it passes one that is a day later.
    """
    passed = passes(expected)
    if passed:
        if not passes(_text(datetime.fromisoformat(expected) + HOUR)):
            return "same"
        if is_filter:
            return "ahead"
        day_later = _text(datetime.fromisoformat(own) + timedelta(days=1))
        return "ignored" if passes(day_later) else "ahead"
    if own != expected:
        passed = passes(own)
    return "unknown" if passed is None else "behind" if passed else "lost"


def judge(readings: list[Reading], timezone: str) -> Finding:
    """Say what the readings of a row of summer and of one of winter mean."""
    if "lost" in readings:
        return Finding("broken", "filters", LOST.format(CHANGED))
    city = timezone.rpartition("/")[2].replace("_", " ")
    if "ignored" in readings:
        answer = "filters ignored, so each run reads the whole list"
    elif readings == ["same", "same"]:
        answer = f"filters in {city}'s time"
    elif {"ahead", "behind"}.intersection(readings):
        answer = f"filters not in {city}'s time, which does no harm"
    else:
        answer = "filters work" if "same" in readings else "no row to try the filters with"
    return Finding("fact", "filters", answer)


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
    for check, field in ((_check_changed, CHANGED), (_check_created, CREATED)):
        try:
            finding = check(probe, stream, first)
        except RefusedError:
            finding = Finding("broken", "filters", REFUSED.format(field))
        yield finding
        if finding.kind == "broken" or not probe.left:
            return


def _check_changed(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Finding:
    readings: list[Reading] = []
    for months in (SUMMER, WINTER):
        time, row = _latest(stream, first, CHANGED, months)
        # Two requests for this row, and one for the other field.
        is_known = bool({"ignored", "lost"}.intersection(readings))
        if row and probe.left > 2 and not is_known:  # noqa: PLR2004
            passes, own = _trial(probe, stream, first, CHANGED, time, row)
            expected = _text(clock.wall(time - SECOND, stream.timezone))
            is_filter = bool({"same", "behind", "ahead"}.intersection(readings))
            reading = read_clock(passes, own, expected, is_filter=is_filter)
            is_gone = reading == "lost" and not _still_has(probe, row)
            readings.append("unknown" if is_gone else reading)
    if not readings:  # whether they are accepted can be asked all the same
        passes, own = _trial(probe, stream, first, CHANGED, datetime.now(UTC), {})
        passes(own)
    return judge(readings, stream.timezone)


def _check_created(probe: Probe, stream: FrontcoreStream, first: list[Row]) -> Finding:
    unedited = [row for row in first if clock.is_unset(row.get(CHANGED))]
    time, row = _latest(stream, unedited or first, CREATED)
    passes, own = _trial(probe, stream, first, CREATED, time, row)
    if passes(own) is False and row and probe.left and _still_has(probe, row):
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
        rows = probe.page(query.filters | {name: bound})
        if probe.keys([row])[0] in probe.keys(rows):
            return True
        return None if len(rows) >= len(first) else False  # it may be on the next page

    return passes, query.filters[name]


def _still_has(probe: Probe, row: Row) -> bool:
    """Fetch page 1 again, and return whether the row is still there, not edited."""
    names = (probe.endpoint.key, *TIMES)
    rows = probe.page(again=True)
    return any(all(row.get(name) == it.get(name) for name in names) for it in rows)


def _text(wall: datetime) -> str:
    return wall.replace(tzinfo=None, microsecond=0).isoformat(sep=" ")
