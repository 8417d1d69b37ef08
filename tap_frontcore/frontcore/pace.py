"""How fast requests may follow each other."""

from __future__ import annotations

import time

LIMIT = 5.0
"""Requests a second that Frontcore allows, as its documentation says."""

MARGIN = 1.05
"""How much further apart than that limit requests are sent at least. Some are faster on their
way than others, and the server counts when they arrive."""


class Pace:
    """The pace of a whole tap, since Frontcore's limit counts for a whole account.

    Requests are spaced evenly: Frontcore asks callers not to send bursts. One thread sends.
    """

    def __init__(self, requests_per_second: float) -> None:
        """Set the pace.

        Args:
            requests_per_second: The most requests in any one second, above 0. More than
                `LIMIT` is for an account that is allowed more.
        """
        self.interval = max(1 / requests_per_second, MARGIN / max(requests_per_second, LIMIT))
        """Seconds between two requests at least."""

        self._next = 0.0
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
        now = time.monotonic()
        seconds = max(self._next, self._held_until) - now
        if seconds > 0:
            return seconds
        self._next = now + self.interval
        return 0.0

    def wait(self) -> None:
        """Wait for the turn of one request, and take it."""
        while seconds := self.take():
            time.sleep(seconds)
