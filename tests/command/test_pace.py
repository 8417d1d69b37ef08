"""The pace, by the server's own clock, where a busy machine lets requests bunch on their way.

So there may be one more in a second; the gap itself is held in `unit/frontcore/test_pace.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fake_frontcore import FakeFrontcore, Switches, generate_customers
from tests.fake_frontcore.app import DEFAULT
from tests.support.cli import catalog_with, config_for, run_tap

if TYPE_CHECKING:
    from tests.conftest import Serving


def most_in_a_second(times: list[float]) -> int:
    return max(sum(start <= time < start + 1 for time in times) for start in times)


def test_a_long_list_uses_most_of_the_rate_limit(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(4_000), [], switches=Switches(latency=0.5, jitter=0.5))
    config = config_for(serving(fake), requests_per_second=5)

    run = run_tap(config, catalog=catalog_with("customers"))

    assert run.code == 0
    assert sorted(run.ids()) == sorted(row["id"] for row in generate_customers(4_000))
    times = [asked.at for asked in fake.asked]
    assert most_in_a_second(times) <= 5 + 1
    # While the list is read: at first two at once are enough, since most lists are short.
    reading = times[4:]
    used = (len(reading) - 1) / (reading[-1] - reading[0]) / 5
    # One request after the other would use 0.4 of it; how near it comes is for the benchmark.
    assert used >= 0.7


def test_all_streams_share_one_rate_limit(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(300))

    run_tap(config_for(serving(fake), requests_per_second=8))

    assert len({asked.stream for asked in fake.asked}) == len(DEFAULT)
    assert most_in_a_second([asked.at for asked in fake.asked]) <= 8 + 1
