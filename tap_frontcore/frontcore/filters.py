"""Frontcore's filters by time, in wall time without a time zone (`yyyy-mm-dd hh:mm:ss`).

https://app.frontcore.com/api/docs/v2/customers documents neither their time zone nor whether a row
at the bound passes; and a clock shows an hour twice in autumn, and skips one in spring. So bounds
let too many rows pass rather than too few, and rows are checked again. Instants must be aware, of a
year in `clock.ASKABLE`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from tap_frontcore import clock

MARGIN = timedelta(hours=1, seconds=1)  # for that hour, and for a filter that excludes its bound
EASTERNMOST = timedelta(hours=14)  # the most that any time zone is ahead of UTC


def lower_bound(instant: datetime, timezone: str) -> str:
    """Return the filter that every time at or after an instant passes, in `timezone` or in UTC."""
    early = instant.astimezone(UTC).replace(microsecond=0) - MARGIN
    return min(_to_filter(early), _to_filter(clock.wall(early, timezone)))


def upper_bound(instant: datetime) -> str:
    """Return the filter that every time before an instant passes, in any time zone."""
    return _to_filter(instant.astimezone(UTC).replace(microsecond=0) + EASTERNMOST + MARGIN)


class Span(NamedTuple):
    """From `since` up to, not including, `until`, in the form of `to_text`; None is open."""

    since: str | None = None
    until: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it contains no time."""
        return self.since is not None and self.until is not None and self.since >= self.until

    def narrow(self, other: Span) -> Span:
        """Return the overlap with another span."""
        return Span(
            max(filter(None, (self.since, other.since)), default=None),
            min(filter(None, (self.until, other.until)), default=None),
        )

    def has(self, time: str | None) -> bool:
        """Return whether the span may contain a time, in the form of `to_text`; None is unknown."""
        return time is None or (
            (self.since is None or self.since <= time) and (self.until is None or time < self.until)
        )

    def filters(self, field: str, timezone: str) -> dict[str, str]:
        """Return the query parameters for a field that let at least this span pass."""
        filters = {}
        if self.since:
            filters[f"{field}_min"] = lower_bound(clock.parse(self.since), timezone)
        if self.until:
            filters[f"{field}_max"] = upper_bound(clock.parse(self.until))
        return filters


def _to_filter(wall: datetime) -> str:
    return wall.replace(tzinfo=None).isoformat(sep=" ")
