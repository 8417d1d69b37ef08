"""Check whether changed rows pass the filters that incremental runs send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tap_frontcore import clock
from tap_frontcore.check.probe import Finding
from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.filters import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

WINTER = (11, 12, 1, 2)  # a zone that is behind UTC in summer is so in these months too
CREATED, CHANGED = "created_at", "updated_at"

LOST = (
    "the API's {} filter drops a row that it should return, so incremental runs lose rows: set "
    "`timezone` to the zone in which Frontcore reads filters, or read the stream with FULL_TABLE"
)
REFUSED = "a filter by time is refused, so incremental runs fail: read the stream with FULL_TABLE"


def check_filters(probe: Probe) -> Iterator[Finding]:
    """Request the first page again, with the filters of an incremental run."""
    first = probe.pages[0]
    has_times = not first or any(CHANGED in row for row in first)
    try:
        yield from _check_times(probe) if has_times else _check_untimed(probe)
    except RefusedError:
        yield Finding("broken", "filters", REFUSED)


def _check_times(probe: Probe) -> Iterator[Finding]:
    """Ask for two rows of the first page as a run does that has a bookmark at their time."""
    passes = {f"{field}_min": _passes(probe, field) for field in (CHANGED, CREATED)}
    lost = [name for name, does in passes.items() if does is False]
    untried = [name for name, does in passes.items() if does is None]
    if lost:
        yield Finding("broken", "filters", LOST.format(lost[0]))
    elif untried:
        yield Finding("unsure", "filters", f"could not be tried: {', '.join(untried)}")
    else:
        yield Finding("fact", "filters", "filters lose nothing")


def _check_untimed(probe: Probe) -> Iterator[Finding]:
    """Ask for rows edited from tomorrow on, which is none, and created since 2000, which is all."""
    tomorrow = clock.to_text(datetime.now(UTC) + timedelta(days=1))
    edited = next(probe.stream.queries(Span(since=tomorrow)))
    *_, created = probe.stream.queries(Span(since="2000-01-01T00:00:00+00:00"))
    takes_out = len(probe.first_page(edited)) < len(probe.pages[0])
    effect = "take rows out" if takes_out else "take no row out, so each run reads all"
    yield Finding("fact", "filters", f"rows don't tell when they changed, filters {effect}")
    if not probe.first_page(created):
        yield Finding("broken", "filters", LOST.format("created_at_min"))


def _passes(probe: Probe, field: str) -> bool | None:
    """Return whether the latest row passes the filter of a run with a bookmark at its time.

    None if page 1 doesn't show it. Without a row, this asks at least whether the filter is refused.
    """
    time, row = _latest(probe.stream, field, probe.pages[0])
    queries = probe.stream.queries(Span(since=time))
    query = next((it for it in queries if it.by_creation == (field == CREATED)), None)
    if query is None:  # the settings exclude all rows of that time, so no run sends this filter
        return True
    found = probe.first_page(query)
    if probe.has(found, row):
        return True
    if len(found) >= len(probe.pages[0]):  # the row may be on the next page
        return None
    is_there = probe.has(probe.first_page(probe.query), row)
    return False if is_there else None  # there was none, or it was edited or deleted meanwhile


def _latest(stream: FrontcoreStream, field: str, rows: list[Row]) -> tuple[str, Row]:
    """Return the latest time of a field, of a winter if there is one, and its row.

    Without a time, return now, and an empty row.
    """
    times = ((stream.time_of(row, field), row) for row in rows)
    by_time = {time: row for time, row in times if time and clock.is_askable(time)}
    by_time = by_time or {clock.to_text(datetime.now(UTC)): {}}
    in_winter = [time for time in by_time if clock.parse(time).month in WINTER]
    latest = max(in_winter or by_time)
    return latest, by_time[latest]
