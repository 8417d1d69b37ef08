"""What holds for all lists of an account."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from tap_frontcore.check.asking import Finding

if TYPE_CHECKING:
    from tap_frontcore.check.asking import Asker
    from tap_frontcore.frontcore.client import FrontcoreClient

MOST_PARALLEL = 8
"""The highest setting of `max_parallel_requests`."""


def check_account(client: FrontcoreClient, askers: list[Asker]) -> list[Finding]:
    """Sum up how the API answered."""
    seconds = [time for asker in askers for time in asker.seconds]
    how = f"{len(seconds)} requests"
    if not seconds:
        meaning = "check api_url, and the network"
        return [Finding("reachable", "no", how, meaning, holds=False)]
    typical = median(seconds)
    needed = min(max(math.ceil(typical / client.pace.interval), 1), MOST_PARALLEL)
    is_enough = needed <= client.max_parallel_requests
    return [
        Finding("reachable", "yes", how, "", holds=True),
        Finding("time of an answer", f"{typical:.2f} s, at most {max(seconds):.2f} s", how, ""),
        Finding(
            "max_parallel_requests",
            "enough" if is_enough else "too few",
            f"{client.max_parallel_requests} are set",
            f"{needed} use up requests_per_second" + ("" if is_enough else ": set it to that"),
        ),
    ]
