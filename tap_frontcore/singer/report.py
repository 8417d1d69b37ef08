"""What a run has brought, in words: the line of each stream, and the last one."""

from __future__ import annotations

import logging
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_frontcore.singer.messages import MessageWriter


class StreamFailedExit(SystemExit):
    """A stream failed under `--test`. The SDK would log any error that is an `Exception`."""


def listed(counts: Mapping[str, float | str | None]) -> str:
    """Write counts as `records=4947 requests=21`, without those that are 0."""
    return " ".join(f"{name}={count}" for name, count in counts.items() if count)


@dataclass
class RunReport:
    """What became of the streams of a run."""

    failures: dict[str, str] = field(default_factory=dict)
    """Why a stream failed, in a few words, by its name."""

    complete: list[str] = field(default_factory=list)
    """The streams that were read whole."""

    counts: Counter[str] = field(default_factory=Counter)
    """What was counted, such as `records`."""

    def end(self, start: str, **counts: float) -> tuple[int, str]:
        """Return the level and the text of the last line of a run, or of `--test`.

        Args:
            start: What it begins with if no stream failed.
            counts: What else to tell, such as `seconds`.
        """
        complete, failed = len(self.complete), len(self.failures)
        if not failed:
            return (
                logging.INFO,
                f"{start}: {listed({'streams': complete, **self.counts, **counts})}",
            )
        if not complete:
            return logging.ERROR, f"No stream could be read to its end: {self._reasons()}."
        return logging.ERROR, (
            f"{failed} of {complete + failed} streams failed: {self._reasons()}. The others are "
            "complete; the bookmarks of what failed are unchanged."
        )

    def _reasons(self) -> str:
        """Say which streams failed and why; only why, where nothing else came."""
        names: dict[str, list[str]] = {}
        for name, reason in self.failures.items():
            names.setdefault(reason, []).append(name)
        if len(names) == 1 and len(self.failures) > 1 and not self.complete:
            return next(iter(names))
        return "; ".join(f"{', '.join(those)} ({reason})" for reason, those in names.items())


@dataclass
class Run:
    """What the streams of a run share."""

    report: RunReport
    writer: MessageWriter
    version: int
    """Of the tables that FULL_TABLE streams make: seconds since 1970."""

    now: Callable[[], float] = time.monotonic
