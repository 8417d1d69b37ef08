from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_frontcore.check.filters import Clock, judge, read_clock

UTC_TIME = datetime(2025, 7, 10, 10, 30)  # noqa: DTZ001  # what a clock shows
OWN, EXPECTED = "2025-07-10 10:29:59", "2025-07-10 12:29:59"


def read(minutes: int | None) -> tuple[Clock, int]:
    """Read the clock of a filter that is so far ahead of UTC; None if it is ignored."""
    asked = []

    def passes(bound: str) -> bool:
        asked.append(bound)
        wall = UTC_TIME + timedelta(minutes=minutes or 0)
        return minutes is None or wall.isoformat(sep=" ") > bound

    return read_clock(passes, OWN, EXPECTED), len(asked)


@given(st.integers(-12 * 60, 14 * 60))
def test_a_row_passes_the_taps_own_bound_wherever_it_is_not_lost(minutes: int) -> None:
    reading, requests = read(minutes)

    hours = minutes / 60
    expected = "lost" if hours < 0 else "same" if 2 <= hours < 3 else "other"
    assert reading == expected
    assert requests <= 3


def test_a_filter_that_lets_all_pass_is_none() -> None:
    assert read(None) == ("ignored", 3)


def test_a_row_that_may_be_on_the_next_page_tells_nothing() -> None:
    assert read_clock(lambda _: None, OWN, EXPECTED) == "unknown"


@pytest.mark.parametrize(
    ("readings", "kind", "answer"),
    [
        (["same", "same"], "fact", "filters in Oslo's time"),
        (["same"], "fact", "filters work"),
        (["same", "unknown"], "fact", "filters work"),
        (["same", "other"], "fact", "filters not in Oslo's time, which does no harm"),
        (["other", "other"], "fact", "filters not in Oslo's time, which does no harm"),
        (["ignored"], "fact", "filters ignored, so each run reads the whole list"),
        ([], "fact", "no row to try the filters with"),
        (["unknown", "unknown"], "fact", "no row to try the filters with"),
        (["other", "lost"], "broken", "set `timezone`"),
    ],
)
def test_a_zone_is_named_only_where_it_is_plain(
    readings: list[Clock], kind: str, answer: str
) -> None:
    finding = judge(readings, "Europe/Oslo")

    assert finding.kind == kind
    assert answer in finding.answer
