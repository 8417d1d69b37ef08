"""Wall clocks and UTC: the one place that converts time.

In the hour that occurs twice when daylight saving time ends, one wall time means two instants:
2026-10-25 02:30 in Oslo is 00:30 and 01:30 in UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pendulum
from pendulum.tz.exceptions import InvalidTimezone

UNSET = ("0000-00-00", "-0001-11-30")
"""How MySQL writes a date that isn't set, and what PHP's `DateTime` makes of it."""

ASKABLE = range(1900, 9000)
"""Years that a bound may lie in, far from the edges of the calendar."""


def parse(text: str, timezone: str = "UTC") -> datetime:
    """Read an ISO 8601 date or time as an instant.

    Args:
        text: For instance `2018-01-07T14:02:18+01:00`, `2018-01-07 14:02:18` or `2018-01-07`.
        timezone: The zone of a text that names no offset. If its wall time occurs twice, the
            earlier instant is meant, so that nothing is skipped for it.

    Returns:
        The instant, in UTC.

    Raises:
        ValueError: The text is no such time.
    """
    try:
        time = datetime.fromisoformat(text)
        if time.tzinfo is None:
            time = time.replace(tzinfo=pendulum.timezone(timezone))
        return time.astimezone(UTC)
    except OverflowError as error:  # the first and the last day of the calendar
        raise ValueError(text) from error


def to_date(text: str, timezone: str = "UTC") -> str:
    """Read a date, or the day of a time as the zone's wall clock has it.

    Returns:
        For instance `2018-01-07`.

    Raises:
        ValueError: The text is no such date.
    """
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo is None else wall(time, timezone)).date().isoformat()


def is_unset(value: object) -> bool:
    """Tell whether a value, as the API sends it, says that there is none."""
    return value is None or value == "" or (isinstance(value, str) and value.startswith(UNSET))


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
    """
    instant = datetime.fromisoformat(text)
    local = wall(instant, timezone)
    return text if local.fold else to_text(instant + repeated(local))


def to_text(instant: datetime) -> str:
    """Give an instant the form in which all times leave the tap.

    One fixed form, in UTC: targets drop or apply an offset each in its own way, and the SDK
    compares bookmarks as strings.

    Returns:
        For instance `2018-01-07T13:02:18+00:00`.
    """
    return instant.astimezone(UTC).isoformat()


def is_timezone(name: str) -> bool:
    """Tell whether a name, such as `Europe/Oslo`, is a time zone of the tz database."""
    try:
        pendulum.timezone(name)
    except (InvalidTimezone, ValueError, OSError):  # zoneinfo raises OSError for a folder's name
        return False
    return True


def wall(instant: datetime, timezone: str) -> datetime:
    """Read an instant from the wall clock of a zone."""
    return instant.astimezone(UTC).astimezone(pendulum.timezone(timezone))


def repeated(wall: datetime) -> timedelta:
    """Return for how long the clock was put back if this wall time occurs twice, else zero."""
    first, second = (wall.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    return max(first - second, timedelta())
