from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_frontcore.frontcore.filters import Span, lower_bound, upper_bound
from tests.unit.times import HOUR, READ_IN, SECOND, ZONES, instants, instants_of, waits, wall


@given(instants, waits, st.sampled_from(ZONES), st.sampled_from(READ_IN))
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), timedelta(minutes=31), "Europe/Oslo", "")
@example(datetime(2026, 10, 25, 1, 0, tzinfo=UTC), timedelta(0), "Europe/Oslo", "")
@example(datetime(2026, 7, 1, 12, 0, tzinfo=UTC), timedelta(0), "America/New_York", "")
@example(datetime(2026, 11, 1, 5, 30, tzinfo=UTC), timedelta(minutes=31), "America/New_York", "")
@example(datetime(2026, 11, 1, 6, 0, tzinfo=UTC), timedelta(0), "America/New_York", "")
def test_every_later_instant_passes_the_lower_bound(
    bookmark: datetime, wait: timedelta, zone: str, read_in: str
) -> None:
    """In the zone that is set, in UTC, and in those between them and further east."""
    east = zone in {"Europe/Oslo", "Europe/Stockholm", "UTC"}
    bound = lower_bound(bookmark, zone)

    assert wall(bookmark + wait, read_in if read_in and east else zone) > bound
    assert wall(bookmark + wait, "UTC") > bound


@given(instants, st.sampled_from(("Europe/Oslo", "UTC")))
def test_the_lower_bound_reaches_back_a_few_hours_at_most(bookmark: datetime, zone: str) -> None:
    meant = instants_of(lower_bound(bookmark, zone), zone)  # none in the hour that the clock skips

    whole = bookmark.replace(microsecond=0)
    assert all(whole - 3 * HOUR - SECOND <= instant <= whole - HOUR for instant in meant)


def test_a_bound_is_wall_time_without_a_time_zone_in_whole_seconds() -> None:
    instant = datetime(2026, 7, 1, 0, 0, 0, 900_000, tzinfo=UTC)

    assert lower_bound(instant, "America/New_York") == "2026-06-30 18:59:59"
    assert upper_bound(instant) == "2026-07-01 15:00:01"


def test_a_span_has_its_first_instant_and_not_the_one_behind_it() -> None:
    assert [Span("b", "d").has(time) for time in "abcd"] == [False, True, True, False]


@given(instants, waits, st.sampled_from((*ZONES, "Pacific/Kiritimati")))
@example(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), timedelta(minutes=31), "Europe/Oslo")
def test_every_earlier_instant_passes_the_upper_bound(
    end: datetime, wait: timedelta, zone: str
) -> None:
    bound = upper_bound(end)

    assert wall(end - wait - timedelta(microseconds=1), zone) < bound
    assert datetime.fromisoformat(bound).replace(tzinfo=UTC) < end + 16 * HOUR


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [("b", "b", True), ("c", "b", True), ("b", "c", False), (None, "b", False), ("b", None, False)],
)
def test_an_empty_span(since: str | None, until: str | None, *, expected: bool) -> None:
    assert Span(since, until).is_empty is expected


@given(
    st.builds(Span, st.none() | st.sampled_from("bcd"), st.none() | st.sampled_from("bcd")),
    st.builds(Span, st.none() | st.sampled_from("bcd"), st.none() | st.sampled_from("bcd")),
    st.none() | st.sampled_from("abcde"),
)
def test_a_narrowed_span_has_what_both_have(one: Span, other: Span, time: str | None) -> None:
    assert one.narrow(other).has(time) == (one.has(time) and other.has(time))
    assert Span(*one).has(None), "one that is unknown may lie within"
