"""Frontcore's filters by time, in wall time without a time zone (`yyyy-mm-dd hh:mm:ss`).

https://app.frontcore.com/api/docs/v2/customers documents neither their time zone nor whether a row
at the bound passes. So bounds let too many rows pass rather than too few, and rows are checked
again. Instants must be aware, of a year in `clock.ASKABLE`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pendulum

from tap_frontcore import clock

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
EASTERNMOST = timedelta(hours=14)  # the most that any time zone is ahead of UTC


def lower_bound(instant: datetime, timezone: str) -> str:
    """Return the filter that every time at or after an instant passes, in `timezone` or in UTC."""
    utc = (instant.replace(microsecond=0) - SECOND).astimezone(UTC)  # the filter may be exclusive
    local = clock.wall(utc, timezone)
    if not local.fold:
        local = clock.wall(local - clock.repeated(local), timezone)  # before a repeated hour
    if not _is_shown(utc, timezone):
        utc -= HOUR  # before the hour that the clock skips
    return min(_to_filter(local), _to_filter(utc))


def upper_bound(instant: datetime, timezone: str) -> str:
    """Return the filter that every time before an instant passes, in any time zone."""
    latest = instant.replace(microsecond=0).astimezone(UTC) + SECOND + EASTERNMOST
    return _to_filter(latest if _is_shown(latest, timezone) else latest + HOUR)


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
            filters[f"{field}_max"] = upper_bound(clock.parse(self.until), timezone)
        return filters


def _is_shown(wall: datetime, timezone: str) -> bool:
    """Return whether a time zone's clock shows a wall time: in spring it skips an hour."""
    zone = pendulum.timezone(timezone)
    shown = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return shown.replace(tzinfo=None) == wall.replace(tzinfo=None)


def _to_filter(wall: datetime) -> str:
    return wall.replace(tzinfo=None).isoformat(sep=" ")
