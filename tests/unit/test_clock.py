"""The clock by itself; which forms it reads is held in `singer/test_conversions.py`."""

from __future__ import annotations

import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_frontcore import clock
from tests.unit.times import ZONES, instants

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put this machine into another zone."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_the_machines_zone_makes_no_difference() -> None:
    instant = clock.parse("2026-07-01T12:00:00+02:00")

    assert instant.isoformat() == "2026-07-01T10:00:00+00:00"
    assert clock.to_text(instant) == "2026-07-01T10:00:00+00:00"
    assert clock.parse("2026-07-01").isoformat() == "2026-07-01T00:00:00+00:00"
    assert clock.to_date("2026-07-01T23:30:00+00:00", "Europe/Oslo") == "2026-07-02"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-25T02:10:00+02:00", True),
        ("2026-10-25T02:10:00Z", True),
        ("2026-10-25 02:10:00", False),
        ("2026-10-25", False),
        ("soon", False),
        (None, False),
    ],
)
def test_a_time_is_exact_if_it_names_its_offset(text: object, *, expected: bool) -> None:
    assert (clock.exact(text) is not None) == expected


@given(instants, st.sampled_from(ZONES))
def test_a_time_stays_the_same_instant_in_utc(instant: datetime, zone: str) -> None:
    sent = instant.astimezone(ZoneInfo(zone)).isoformat()

    text = clock.to_text(clock.parse(sent))

    assert text.endswith("+00:00")
    assert datetime.fromisoformat(text) == instant


ends = st.sampled_from([datetime(1, 1, 1), datetime(9999, 12, 30)]).flatmap(  # noqa: DTZ001
    lambda day: st.datetimes(
        day, day + timedelta(hours=47), timezones=st.sampled_from(ZONES).map(ZoneInfo)
    )
)


@given(ends, st.sampled_from(ZONES))
@example(datetime(9999, 12, 31, 23, tzinfo=UTC), "Europe/Oslo")
@example(datetime(1, 1, 1, tzinfo=UTC), "America/New_York")
def test_times_at_the_ends_of_the_calendar_raise_at_most_a_value_error(
    time: datetime, zone: str
) -> None:
    """An OverflowError would end a stream."""
    for text in (time.isoformat(), time.replace(tzinfo=None).isoformat()):
        for function in (clock.parse, clock.to_date):
            with contextlib.suppress(ValueError):
                function(text, zone)
    with contextlib.suppress(ValueError):
        clock.to_text(time)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        ("", True),
        ("0000-00-00 00:00:00", True),
        ("-0001-11-30T00:00:00+00:43", True),
        ("2018-01-07", False),
        ("0000-00-00 12:00:00", False),
        (0, False),
        ([], False),
    ],
)
def test_is_unset(value: object, *, expected: bool) -> None:
    assert clock.is_unset(value) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1900-01-01", True), ("1899-12-31", False), ("8999-12-31", True), ("9000-01-01", False),
     ("soon", False), (20240101, False), (None, False)],
)  # fmt: skip
def test_is_askable(value: object, *, expected: bool) -> None:
    assert clock.is_askable(value) is expected
