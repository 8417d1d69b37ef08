"""Check whether changed rows pass the filters that incremental runs send."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from tap_frontcore import clock
from tap_frontcore.check.probe import EnoughError, Finding
from tap_frontcore.errors import RefusedError
from tap_frontcore.frontcore.filters import HOUR, SECOND, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from tap_frontcore.check.probe import Probe
    from tap_frontcore.frontcore.windows import Row

# Months in which all of Europe is on summer time, and in which none of it is.
SUMMER, WINTER = range(4, 10), (11, 12, 1, 2)

CREATED, CHANGED = "created_at", "updated_at"
BOUND_FORM = "%Y-%m-%d %H:%M:%S"

LOST = (
    "the API's {}_min filter drops a row that it should return, so incremental runs lose rows: set "
    "`timezone` to the zone in which Frontcore reads filters, or read the stream with FULL_TABLE"
)
REFUSED = "{}_min is refused, so incremental runs fail: read the stream with FULL_TABLE"

Clock = Literal["same", "other", "lost", "ignored", "unknown"]
"""The filter's time zone: the expected one, or another, with which rows pass or are lost."""


def read_clock(passes: Callable[[str], bool | None], own: str, expected: str) -> Clock:
    """Find out in which time zone a filter is read.

    `passes` returns whether a known row passes a lower bound, None if that is unknown. `own` is the
    tap's bound for the row, `expected` the wall time in the expected zone, a second before the row.
    """
    if passes(expected):
        wall = datetime.fromisoformat(expected)
        if not passes((wall + HOUR).strftime(BOUND_FORM)):
            return "same"
        return "ignored" if passes((wall + 24 * HOUR).strftime(BOUND_FORM)) else "other"
    passed = passes(own)
    return "unknown" if passed is None else "other" if passed else "lost"


def judge(clocks: list[Clock], timezone: str) -> Finding:
    """Return what a row of summer and one of winter show together."""
    city = timezone.rpartition("/")[2].replace("_", " ")
    answers: dict[Clock, str] = {
        "lost": LOST.format(CHANGED),
        "ignored": "filters ignored, so each run reads the whole list",
        "other": f"filters not in {city}'s time, which does no harm",
        "same": f"filters in {city}'s time" if clocks == ["same", "same"] else "filters work",
    }
    found = (answer for clock, answer in answers.items() if clock in clocks)
    answer = next(found, "no row to try the filters with")
    return Finding("broken" if "lost" in clocks else "fact", "filters", answer)


def check_filters(probe: Probe) -> Iterator[Finding]:
    """Request rows of the first page once more, with the filters of an incremental run."""
    for check, field in ((_check_changed, CHANGED), (_check_created, CREATED)):
        try:
            finding = check(probe)
        except RefusedError:
            finding = Finding("broken", "filters", REFUSED.format(field))
        except EnoughError:
            finding = Finding("unsure", "filters", f"no request was left to try {field}_min")
        yield finding
        if finding.kind == "broken":
            return


def _check_changed(probe: Probe) -> Finding:
    timezone = probe.stream.timezone
    clocks: list[Clock] = []
    try:
        for months in (SUMMER, WINTER):
            trial = _Trial(probe, CHANGED, probe.pages[0], months)
            if trial.row and not {"ignored", "lost"}.intersection(clocks):
                expected = clock.wall(trial.time - SECOND, timezone).strftime(BOUND_FORM)
                found = read_clock(trial.passes, trial.own, expected)
                is_gone = found == "lost" and not trial.is_still_there()
                clocks.append("unknown" if is_gone else found)
        if not clocks:  # without a row, ask at least whether the filter is accepted
            trial = _Trial(probe, CHANGED, [])
            trial.passes(trial.own)
    except EnoughError:
        if not clocks:
            raise
    return judge(clocks, timezone)


def _check_created(probe: Probe) -> Finding:
    first = probe.pages[0]
    unedited = [row for row in first if clock.is_unset(row.get(CHANGED))]
    trial = _Trial(probe, CREATED, unedited or first)
    if trial.passes(trial.own) is False and trial.row and trial.is_still_there():
        return Finding("broken", "filters", LOST.format(CREATED))
    return Finding("detail", "never edited rows", f"{len(unedited)} of {len(first)}")


class _Trial:
    """Requests a row of the first page once more, with a lower bound for its time in a field."""

    def __init__(
        self, probe: Probe, field: str, rows: list[Row], months: Collection[int] = range(1, 13)
    ) -> None:
        """Take the row with the latest time in these months; if there is none, the time is now."""
        times = [
            (time, row)
            for row in rows
            if (text := probe.stream.time_of(row, field))
            and clock.is_askable(text)
            and (time := clock.parse(text)).month in months
        ]
        self.time, self.row = max(times, key=itemgetter(0), default=(datetime.now(UTC), {}))
        queries = probe.stream.queries(Span(since=clock.to_text(self.time)))
        of_field = (query.filters for query in queries if query.by_creation == (field == CREATED))
        self._filters = next(of_field, {})  # empty if the settings exclude a row of that time
        self._probe, self._name = probe, f"{field}_min"
        self.own = self._filters.get(self._name, "")  # the bound that a run sends

    def passes(self, bound: str) -> bool | None:
        """Return whether the row passes a lower bound, None if one page can't tell."""
        if not self._filters:
            return None
        rows = self._probe.first_page(self._filters | {self._name: bound})
        # If as many rows come as without the filter, it may be on the next page.
        is_unknown = len(rows) >= len(self._probe.pages[0])
        return self._probe.has(rows, self.row) or (None if is_unknown else False)

    def is_still_there(self) -> bool:
        """Return whether page 1 still has the row, not edited."""
        return self._probe.has(self._probe.first_page(self._probe.filters), self.row)
