"""How fast requests may follow each other."""

from __future__ import annotations

import math
import time

from pyrate_limiter import InMemoryBucket, Rate, RateItem

MARGIN = 1.05
"""Requests are sent this much further apart than the limit asks for. Some are faster on their
way than others, and the server counts when they arrive."""


class Pace:
    """The pace of a whole tap, since Frontcore's limit counts for a whole account.

    Requests are spaced evenly: Frontcore asks callers not to send bursts. One thread sends.
    """

    def __init__(self, requests_per_second: float) -> None:
        """Set the pace.

        Args:
            requests_per_second: The most requests in any one second, above 0.
        """
        milliseconds = max(math.ceil(1000 * MARGIN / requests_per_second), 1)
        self._bucket = InMemoryBucket([Rate(1, milliseconds)])
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Let no request be sent for so long. Any thread may ask for it."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    @property
    def held(self) -> float:
        """Seconds until requests are no longer held, or 0."""
        return max(self._held_until - time.monotonic(), 0)

    def take(self) -> float:
        """Take the turn for one request, if it has come.

        Returns:
            0 if it has come and is taken; else the seconds until it may come.
        """
        if self.held:
            return self.held
        now = int(self._bucket.now())  # type: ignore[no-untyped-call]
        self._bucket.leak(now)
        item = RateItem("request", now)
        if self._bucket.put(item):
            return 0.0
        return max(int(self._bucket.waiting(item)), 1) / 1000  # type: ignore[arg-type]

    def wait(self) -> None:
        """Wait for the turn of one request, and take it."""
        while seconds := self.take():
            time.sleep(seconds)
