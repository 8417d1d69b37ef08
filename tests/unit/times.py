"""Instants around the changes of daylight saving time, and what a wall clock shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONES = ("Europe/Oslo", "Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "UTC")
READ_IN = ("", "Europe/London", "Europe/Helsinki", "Europe/Istanbul")
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)

# Both changes of daylight saving time in Oslo, and all between and around them.
instants = st.datetimes(
    datetime(2024, 1, 1),  # noqa: DTZ001
    datetime(2027, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
) | st.integers(-7300, 7300).flatmap(
    lambda seconds: st.sampled_from(
        [
            datetime(2026, 3, 29, 1, tzinfo=UTC) + timedelta(seconds=seconds),
            datetime(2026, 10, 25, 1, tzinfo=UTC) + timedelta(seconds=seconds),
        ],
    ),
)
waits = st.timedeltas(timedelta(0), timedelta(days=400)) | st.timedeltas(timedelta(0), 3 * HOUR)


def wall(instant: datetime, zone: str) -> str:
    """Return what Frontcore's clock shows, as a filter would compare it."""
    return instant.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def instants_of(wall_time: str, zone: str) -> list[datetime]:
    """Return the instants that a wall time can mean: two, one, or none if the clock skips it."""
    naive = datetime.fromisoformat(wall_time)
    both = {naive.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(instant for instant in both if wall(instant, zone) == wall_time)
