"""Check whether changed rows pass the filters that incremental runs send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING

from tap_frontcore import clock
from tap_frontcore.check.probe import EnoughError, Finding
from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.filters import Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row

# Months in which all of Europe is on summer time, and in which none of it is.
SUMMER, WINTER = range(4, 10), (11, 12, 1, 2)

CREATED, CHANGED = "created_at", "updated_at"

LOST = (
    "the API's {}_min filter drops a row that it should return, so incremental runs lose rows: set "
    "`timezone` to the zone in which Frontcore reads filters, or read the stream with FULL_TABLE"
)
REFUSED = "a filter by time is refused, so incremental runs fail: read the stream with FULL_TABLE"
IGNORED = "filters take no row out, so each run reads all"


def check_filters(probe: Probe) -> Iterator[Finding]:
    """Request rows of the first page once more, with the filters of an incremental run."""
    first = probe.pages[0]
    check = _check_times if not first or any(CHANGED in row for row in first) else _check_untimed
    try:
        yield from check(probe)
    except RefusedError:
        yield Finding("broken", "filters", REFUSED)
    except EnoughError:
        yield Finding("unsure", "filters", "no request was left to try the filters")


def _check_untimed(probe: Probe) -> Iterator[Finding]:
    """Ask for rows edited from tomorrow on, which is none, and created since 2000, which is all."""
    yield Finding("fact", "changes", "rows don't tell when they changed")
    tomorrow = clock.to_text(datetime.now(UTC) + timedelta(days=1))
    edited = next(iter(probe.stream.queries(Span(since=tomorrow))))
    *_, created = probe.stream.queries(Span(since="2000-01-01T00:00:00+00:00"))
    are_ignored = len(probe.first_page(edited.filters)) >= len(probe.pages[0])
    if not probe.first_page(created.filters):
        yield Finding("broken", "filters", LOST.format(CREATED))
    else:
        yield Finding("fact", "filters", IGNORED if are_ignored else "filters take rows out")


def _check_times(probe: Probe) -> Iterator[Finding]:
    first = probe.pages[0]
    unedited = [row for row in first if clock.is_unset(row.get(CHANGED))]
    tried = 0
    for field, rows, months in (
        (CHANGED, first, SUMMER),
        (CHANGED, first, WINTER),
        (CREATED, unedited or first, range(1, 13)),
    ):
        passes = _passes(probe, field, rows, months)
        if passes is False:
            yield Finding("broken", "filters", LOST.format(field))
            return
        tried += bool(passes)
    yield Finding("fact", "filters", "filters work" if tried else "no row to try the filters with")
    yield Finding("detail", "never edited rows", f"{len(unedited)} of {len(first)}")


def _passes(probe: Probe, field: str, rows: list[Row], months: Collection[int]) -> bool | None:
    """Return whether the latest row of these months passes the filter that a run would send.

    None if one page can't tell. Without such a row, ask at least whether the filter is accepted.
    """
    times = [
        (time, row)
        for row in rows
        if (text := probe.stream.time_of(row, field))
        and clock.is_askable(text)
        and (time := clock.parse(text)).month in months
    ]
    time, row = max(times, key=itemgetter(0), default=(datetime.now(UTC), {}))
    queries = probe.stream.queries(Span(since=clock.to_text(time)))
    of_field = (query.filters for query in queries if query.by_creation == (field == CREATED))
    if not (filters := next(of_field, {})):  # the settings exclude a row of that time
        return None
    found = probe.first_page(filters)
    # If as many rows come as without the filter, it may be on the next page.
    if not row or len(found) >= len(probe.pages[0]):
        return None
    # A row that is no longer on page 1 was edited or deleted meanwhile.
    return probe.has(found, row) or (
        None if not probe.has(probe.first_page(probe.filters), row) else False
    )
