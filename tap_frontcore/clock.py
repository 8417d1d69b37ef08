"""Parse times, and convert between time zones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

# The unambiguous forms of ISO 8601. Python also reads `2018-01-07+01:00` as one o'clock, reads
# 1512121212345 (milliseconds) as a time in 1512, and drops digits past microseconds.
_OFFSET = r"(?:Z|[+-]\d\d(?::?[0-5]\d)?)?"
_FORM = re.compile(
    rf"\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?{_OFFSET})?"
    rf"|\d{{8}}(?:T\d{{6}}{_OFFSET})?",
    re.ASCII,
)
# MySQL's zero date, and what PHP's `DateTime` makes of it.
_UNSET = re.compile(
    rf"(?:0000-00-00|-0001-11-30)(?:[T ]00:00(?::00(?:\.0+)?)?{_OFFSET})?", re.ASCII
)
ASKABLE = range(1900, 9000)  # years of a filter bound, far from the edges of the calendar


def parse(text: object, timezone: str = "UTC") -> datetime:
    """Parse a date or time, such as `2018-01-07 14:02:18`, as an instant in UTC.

    `timezone` is for a text without an offset. A wall time that occurs twice, as 2026-10-25 02:30
    in Oslo, means the earlier instant. Other forms, or years outside 1 to 9999, are a ValueError.
    """
    time = _read(text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=pendulum.timezone(timezone))
    return _in_zone(time, UTC)


def to_date(text: object, timezone: str = "UTC") -> str:
    """Return the day of a date or time in a time zone, such as `2018-01-07`."""
    time = _read(text)
    return (time if time.tzinfo is None else wall(time, timezone)).date().isoformat()


def is_unset(value: object) -> bool:
    """Return whether a value from the API stands for no time."""
    return value in (None, "") or (isinstance(value, str) and bool(_UNSET.fullmatch(value)))


def is_askable(value: object) -> bool:
    """Return whether a value is a time that can be a filter bound."""
    try:
        return parse(str(value)).year in ASKABLE
    except ValueError:
        return False


def to_text(instant: datetime) -> str:
    """Format an instant as the tap emits all times, such as `2018-01-07T13:02:18+00:00`.

    In UTC: some targets drop an offset, some apply it, and the SDK compares bookmarks as text.
    """
    return _in_zone(instant, UTC).isoformat()


def is_timezone(name: str) -> bool:
    """Return whether a name, such as `Europe/Oslo`, is a time zone of the tz database."""
    try:
        pendulum.timezone(name)
    except (InvalidTimezone, ValueError, OSError):  # OSError: the name of a folder, e.g. Europe
        return False
    return True


def exact(text: object) -> str | None:
    """Return a time in the form of `to_text`, or None if it isn't one with an offset from UTC."""
    try:
        time = _read(text)
        return None if time.tzinfo is None else to_text(time)
    except ValueError:
        return None


def _read(text: object) -> datetime:
    """Parse a date or time, with or without an offset."""
    if not (isinstance(text, str) and _FORM.fullmatch(text)):
        msg = "not a date or time in a form of ISO 8601"
        raise ValueError(msg)
    return datetime.fromisoformat(text)


def _in_zone(instant: datetime, zone: tzinfo) -> datetime:
    try:
        return instant.astimezone(zone)
    except OverflowError as error:
        msg = "a time outside of the years 1 to 9999"
        raise ValueError(msg) from error


def wall(instant: datetime, timezone: str) -> datetime:
    """Convert an instant to the wall time of a time zone."""
    return _in_zone(_in_zone(instant, UTC), pendulum.timezone(timezone))
