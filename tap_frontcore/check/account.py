"""What holds for all lists of an account."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING

from tap_frontcore.check.asking import Finding
from tap_frontcore.frontcore.answers import server_time

if TYPE_CHECKING:
    from tap_frontcore.check.asking import Asker
    from tap_frontcore.frontcore import FrontcoreClient

MOST_PARALLEL = 8
"""The highest setting of `max_parallel_requests`."""

CLOSE = 5
"""Seconds by which two clocks may differ and nobody notices."""


def check_account(client: FrontcoreClient, askers: list[Asker]) -> list[Finding]:
    """Sum up how the API answered."""
    seconds = [time for asker in askers for time in asker.seconds]
    answers = [answer for asker in askers for answer in asker.answers]
    how = f"{len(seconds)} requests"
    if not answers:
        meaning = "check api_url, and the network"
        return [Finding("reachable", "no", how, meaning, holds=False)]
    typical = median(seconds)
    needed = min(max(math.ceil(typical / client.pace.interval), 1), MOST_PARALLEL)
    is_enough = needed <= client.max_parallel_requests
    encodings = {answer.headers.get("Content-Encoding", "") for answer in answers} - {""}
    return [
        Finding("reachable", "yes", how, "", holds=True),
        Finding("time of an answer", f"{typical:.2f} s, at most {max(seconds):.2f} s", how, ""),
        Finding(
            "max_parallel_requests",
            "enough" if is_enough else "too few",
            f"{client.max_parallel_requests} are set",
            f"{needed} use up requests_per_second" + ("" if is_enough else ": set it to that"),
        ),
        Finding("compressed", ", ".join(sorted(encodings)) or "no", how, "both hold"),
        _clock(askers),
    ]


def _clock(askers: list[Asker]) -> Finding:
    there = next((a.answers[-1] for a in reversed(askers) if a.answers), None)
    how = "header Date"
    if there is None or (date := server_time(there)) is None:
        return Finding("this machine's clock", "unknown", how, "its own time is taken")
    ahead = (datetime.now(UTC) - date).total_seconds()
    found = "as the server's"
    if abs(ahead) > CLOSE:
        found = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the server's"
    return Finding("this machine's clock", found, how, "the bookmark goes by the earlier one")
