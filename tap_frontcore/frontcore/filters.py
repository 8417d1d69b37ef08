"""Frontcore's filters by time.

They take wall time without a zone (`yyyy-mm-dd hh:mm:ss`), and nobody says in which zone it is
read, or whether a row at the very time passes. So the bounds here let too much pass rather than
too little; what comes too early or too late is left out by the row's own time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pendulum

from tap_frontcore import clock

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)

EASTERNMOST = timedelta(hours=14)
"""How far the wall clock of any zone can be ahead of UTC."""


def lower_bound(instant: datetime, timezone: str) -> str:
    """Make the filter that every time at or after an instant passes.

    It is a second early, since the filter may be exclusive, and where its wall time occurs
    twice, it is taken from before the hour that repeats. It is never a wall time that the
    clock skips. Whether Frontcore reads filters in its own zone or in UTC, nobody says: so it
    is the earlier of the two.

    Args:
        instant: Any aware time, of a year in `clock.ASKABLE`.
        timezone: The zone that Frontcore is in.

    Returns:
        Wall time in the form `yyyy-mm-dd hh:mm:ss`.
    """
    utc = (instant.replace(microsecond=0) - SECOND).astimezone(UTC)
    local = clock.wall(utc, timezone)
    if not local.fold:
        local = clock.wall(local - clock.repeated(local), timezone)
    if not _is_shown(utc, timezone):
        utc -= HOUR
    return min(_to_filter(local), _to_filter(utc))


def upper_bound(instant: datetime, timezone: str) -> str:
    """Make the filter that every time before an instant passes, in whichever zone it is read.

    Later times pass too. That costs little, since few rows are asked for with an upper bound.

    Args:
        instant: Any aware time, of a year in `clock.ASKABLE`.
        timezone: The zone that Frontcore is in, whose clock must show the wall time.

    Returns:
        Wall time in the form `yyyy-mm-dd hh:mm:ss`.
    """
    latest = instant.replace(microsecond=0).astimezone(UTC) + SECOND + EASTERNMOST
    return _to_filter(latest if _is_shown(latest, timezone) else latest + HOUR)


class Span(NamedTuple):
    """The time from one instant up to, not including, another. Either end may be open."""

    since: str | None = None
    """In the form of `to_text`, as is the next."""

    until: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no time lies within."""
        return self.since is not None and self.until is not None and self.since >= self.until

    def narrow(self, other: Span) -> Span:
        """Return the time that lies in both."""
        return Span(
            max(filter(None, (self.since, other.since)), default=None),
            min(filter(None, (self.until, other.until)), default=None),
        )

    def has(self, time: str | None) -> bool:
        """Tell whether a time, in the form of `to_text`, lies within. An unknown one may."""
        return time is None or (
            (self.since is None or self.since <= time) and (self.until is None or time < self.until)
        )

    def filters(self, field: str, timezone: str) -> dict[str, str]:
        """Make Frontcore's filters for a field, which let at least this span pass.

        Args:
            field: `created_at` or `updated_at`.
            timezone: The zone of the filters.

        Returns:
            Query parameters: `<field>_min` and `<field>_max`, as far as there is such an end.
        """
        filters = {}
        if self.since:
            filters[f"{field}_min"] = lower_bound(clock.parse(self.since), timezone)
        if self.until:
            filters[f"{field}_max"] = upper_bound(clock.parse(self.until), timezone)
        return filters


def _is_shown(wall: datetime, timezone: str) -> bool:
    """Tell whether a zone's clock ever shows a wall time: in spring it skips an hour."""
    zone = pendulum.timezone(timezone)
    shown = wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return shown.replace(tzinfo=None) == wall.replace(tzinfo=None)


def _to_filter(wall: datetime) -> str:
    return wall.replace(tzinfo=None).isoformat(sep=" ")
