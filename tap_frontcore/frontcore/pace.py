"""How fast requests may follow each other."""

from __future__ import annotations

import time

LIMIT = 5.0  # requests per second that Frontcore's documentation allows an account
MARGIN = 1.05  # factor on the spacing at that limit, since some requests arrive faster than others


class Pace:
    """Spaces all requests of the tap evenly, since Frontcore asks for no bursts. For one thread."""

    def __init__(self, requests_per_second: float) -> None:
        # Minimum seconds between requests. An account may be allowed more than `LIMIT`.
        self.interval = max(1 / requests_per_second, MARGIN / max(requests_per_second, LIMIT))
        self._next = 0.0
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Send no request for so many seconds."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)

    @property
    def held(self) -> float:
        """Seconds until requests may be sent again, or 0."""
        return max(self._held_until - time.monotonic(), 0)

    def take(self) -> float:
        """Take the turn for a request and return 0, or return the seconds until it may come."""
        now = time.monotonic()
        seconds = max(self._next, self._held_until) - now
        if seconds > 0:
            return seconds
        self._next = now + self.interval
        return 0.0

    def wait(self) -> None:
        """Wait for the turn of a request, and take it."""
        while seconds := self.take():
            time.sleep(seconds)
