"""Check whether changed rows pass the filters that incremental runs send."""

from __future__ import annotations

from datetime import UTC, datetime
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
REFUSED = "{}_min is refused, so incremental runs fail: read the stream with FULL_TABLE"


def check_filters(probe: Probe) -> Iterator[Finding]:
    """Request rows of the first page once more, with the filters of an incremental run."""
    first = probe.pages[0]
    unedited = [row for row in first if clock.is_unset(row.get(CHANGED))]
    tried = 0
    for field, rows, months in (
        (CHANGED, first, SUMMER),
        (CHANGED, first, WINTER),
        (CREATED, unedited or first, range(1, 13)),
    ):
        try:
            passes = _passes(probe, field, rows, months)
        except RefusedError:
            yield Finding("broken", "filters", REFUSED.format(field))
            return
        except EnoughError:
            yield Finding("unsure", "filters", f"no request was left to try {field}_min")
            return
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
