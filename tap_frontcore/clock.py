"""Wall clocks and UTC: the one place that converts time.

In the hour that occurs twice when daylight saving time ends, one wall time means two instants:
2026-10-25 02:30 in Oslo is 00:30 and 01:30 in UTC.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

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
    return (time if time.tzinfo is None else wall(time, timezone)).date().isoformat()


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


def has_offset(text: object) -> bool:
    """Tell whether a text is a date or time that names its offset from UTC."""
    try:
        return _read(text).tzinfo is not None
    except ValueError:
        return False


def _read(text: object) -> datetime:
    """Read a date or time, with or without an offset.

    Raises:
        ValueError: The text is no such time.
    """
    if not (isinstance(text, str) and _FORM.fullmatch(text)):
        msg = "not a date or time in a form of ISO 8601"
        raise ValueError(msg)
    return datetime.fromisoformat(text)


def wall(instant: datetime, timezone: str) -> datetime:
    """Read an instant from the wall clock of a zone.

    Raises:
        ValueError: It is on a day before the calendar's first, or after its last.
    """
    try:
        return instant.astimezone(UTC).astimezone(pendulum.timezone(timezone))
    except OverflowError as error:
        raise ValueError(_BEYOND) from error


def repeated(wall: datetime) -> timedelta:
    """Return for how long the clock was put back if this wall time occurs twice, else zero."""
    first, second = (wall.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return max(first - second, timedelta())
