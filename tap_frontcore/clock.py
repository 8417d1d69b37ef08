"""Frontcore's wall clock and UTC: the one place that converts time.

Frontcore sends times with an offset, but its filters take wall time without one
(`yyyy-mm-dd hh:mm:ss`, read in the account's time zone). In the hour that occurs twice when
daylight saving time ends, one wall time means two instants; the bounds below are chosen so that
no row on the right side of an instant can be kept out by that.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

SECOND = timedelta(seconds=1)

EASTERNMOST = timedelta(hours=14)
"""How far the wall clock of any zone can be ahead of UTC."""

_OFFSET = r"(?:Z|[+-]\d\d(?::?[0-5]\d)?)?"
_FORM = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{{1,6}}0*)?)?{_OFFSET})?"
    rf"|\d{{8}}(?:T\d{{6}}{_OFFSET})?",
    re.ASCII,
)
"""The forms of ISO 8601 that mean one thing only.

Python reads more. To it the date `2018-01-07+01:00` is one o'clock, and 1512121212345
milliseconds are 23:45 on a day in 1512; and it cuts off what is smaller than a microsecond.
"""

_UNSET = re.compile(
    rf"(?:0000-00-00|-0001-11-30)(?:[T ]00:00(?::00(?:\.0+)?)?{_OFFSET})?", re.ASCII
)
"""How MySQL writes a date that isn't set, and what PHP's `DateTime` makes of it."""

ASKABLE = range(1900, 9000)
"""Years that a bound may lie in, far from the edges of the calendar."""

_BEYOND = "a time outside of the years 1 to 9999"


def parse(text: object, timezone: str = "UTC") -> datetime:
    """Read an ISO 8601 date or time as an instant.

    Args:
        text: For instance `2018-01-07T14:02:18+01:00`, `2018-01-07 14:02:18` or `2018-01-07`;
            anything else is refused.
        timezone: The zone of a text that names no offset. If its wall time occurs twice, the
            earlier instant is meant, so that nothing is skipped for it.

    Returns:
        The instant, in UTC.

    Raises:
        ValueError: The text is no such time, or in UTC its year isn't one from 1 to 9999.
    """
    time = _read(text)
    try:
        if time.tzinfo is None:
            time = time.replace(tzinfo=pendulum.timezone(timezone))
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(_BEYOND) from error


def to_date(text: object, timezone: str = "UTC") -> str:
    """Read a date, or the day of a time as the zone's wall clock has it.

    Args:
        text: As for `parse`.
        timezone: The zone of the wall clock.

    Returns:
        For instance `2018-01-07`.

    Raises:
        ValueError: The text is no such date, or the day's year isn't one from 1 to 9999.
    """
    time = _read(text)
    return (time if time.tzinfo is None else _wall(time, timezone)).date().isoformat()


def is_unset(value: object) -> bool:
    """Tell whether a value, as the API sends it for a time, says that there is none."""
    return (
        value is None
        or value == ""
        or (isinstance(value, str) and _UNSET.fullmatch(value) is not None)
    )


def is_askable(value: object) -> bool:
    """Tell whether a value is a time that rows can be asked for by."""
    try:
        return parse(str(value)).year in ASKABLE
    except ValueError:
        return False


def latest(text: str, timezone: str) -> str:
    """Return the latest instant that the wall time of another can mean.

    Args:
        text: In the form of `to_text`, as is what is returned.
        timezone: The zone of the wall clock.

    Raises:
        ValueError: The text has another form.
    """
    instant = _read(text)
    try:
        wall = _wall(instant, timezone)
        return text if wall.fold else to_text(instant + _repeated(wall))
    except (OverflowError, ValueError):  # no clock is put back on the calendar's last day
        return text


def to_text(instant: datetime) -> str:
    """Give an instant the form in which all times leave the tap.

    One fixed form, in UTC: targets drop or apply an offset each in its own way, and the SDK
    compares bookmarks as strings.

    Returns:
        For instance `2018-01-07T13:02:18+00:00`.

    Raises:
        ValueError: In UTC its year isn't one from 1 to 9999.
    """
    try:
        return instant.astimezone(UTC).isoformat()
    except OverflowError as error:
        raise ValueError(_BEYOND) from error


def is_timezone(name: str) -> bool:
    """Tell whether a name, such as `Europe/Oslo`, is a time zone of the tz database."""
    try:
        pendulum.timezone(name)
    except (InvalidTimezone, ValueError, OSError):  # zoneinfo raises OSError for a folder's name
        return False
    return True


def lower_bound(instant: datetime, timezone: str) -> str:
    """Make the filter that every time at or after an instant passes.

    It is a second early, since the filter may be exclusive, and where its wall time occurs
    twice, it is taken from before the hour that repeats. It is never a wall time that the
    clock skips. Whether Frontcore reads filters in its own zone or in UTC, nobody says: so it
    is the earlier of the two.

    Args:
        instant: Any aware time, of a year in `ASKABLE`.
        timezone: The zone that Frontcore is in.

    Returns:
        Wall time in the form `yyyy-mm-dd hh:mm:ss`.
    """
    utc = (instant.replace(microsecond=0) - SECOND).astimezone(UTC)
    wall = _wall(utc, timezone)
    if not wall.fold:
        wall = _wall(wall - _repeated(wall), timezone)
    if utc.hour != _wall(utc.replace(tzinfo=pendulum.timezone(timezone)), timezone).hour:
        utc -= timedelta(hours=1)  # read in the zone, the clock would skip it
    return min(_filter(wall), _filter(utc))


def upper_bound(instant: datetime) -> str:
    """Make the filter that every time before an instant passes, in whichever zone it is read.

    Later times pass too; that costs little, since few rows are asked for with an upper bound.
    """
    return _filter(instant.replace(microsecond=0) + SECOND + EASTERNMOST)


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
            filters[f"{field}_min"] = lower_bound(parse(self.since), timezone)
        if self.until:
            filters[f"{field}_max"] = upper_bound(parse(self.until))
        return filters


def _read(text: object) -> datetime:
    """Read a date or time, with or without an offset.

    Raises:
        ValueError: The text is no such time.
    """
    if not (isinstance(text, str) and _FORM.fullmatch(text)):
        msg = "not a date or time in a form of ISO 8601"
        raise ValueError(msg)
    return datetime.fromisoformat(text)


def _wall(instant: datetime, timezone: str) -> datetime:
    """Read an instant from the wall clock of a zone.

    Raises:
        ValueError: It is on a day before the calendar's first, or after its last.
    """
    try:
        return instant.astimezone(UTC).astimezone(pendulum.timezone(timezone))
    except OverflowError as error:
        raise ValueError(_BEYOND) from error


def _repeated(wall: datetime) -> timedelta:
    """Return for how long the clock was put back if this wall time occurs twice, else zero."""
    first, second = (wall.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return max(first - second, timedelta())


def _filter(wall: datetime) -> str:
    return wall.replace(tzinfo=None).isoformat(sep=" ")
