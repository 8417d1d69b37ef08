from __future__ import annotations

import pytest

from tap_frontcore.frontcore.pace import Pace


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("tap_frontcore.frontcore.pace.time.monotonic", lambda: self.now)
        monkeypatch.setattr("tap_frontcore.frontcore.pace.time.sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    ("requests_per_second", "gap"),
    [(0.5, 2), (4, 0.25), (4.9, 0.21), (5, 0.21), (10, 0.105), (1000, 0.00105)],
)
def test_the_gap_between_two_turns(clock: Clock, requests_per_second: float, gap: float) -> None:
    """The slower of what is asked for, and 5 % above what Frontcore allows."""
    pace = Pace(requests_per_second)

    assert pace.take() == 0
    assert pace.take() == pytest.approx(gap)
    clock.now += gap * 0.99
    assert pace.take() == pytest.approx(gap * 0.01)
    clock.now += gap * 0.01 + 1e-9
    assert pace.take() == 0


def test_waiting_takes_the_turn(clock: Clock) -> None:
    pace = Pace(4)
    for _ in range(9):
        pace.wait()

    assert clock.now == pytest.approx(1002)


def test_time_without_requests_is_not_saved_up(clock: Clock) -> None:
    pace = Pace(4)
    pace.wait()
    clock.now += 100
    pace.wait()

    assert pace.take() == pytest.approx(0.25)


def test_a_hold_lasts_as_long_as_the_longest_that_was_asked_for(clock: Clock) -> None:
    pace = Pace(1000)
    pace.hold(30)
    pace.hold(10)

    assert pace.held == pytest.approx(30)
    assert pace.take() == pytest.approx(30)
    clock.now += 31
    assert pace.held == 0
    assert pace.take() == 0
