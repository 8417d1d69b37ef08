"""Count and report how a run and its streams ended."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from singer_sdk.exceptions import SingerSDKError

from tap_frontcore.errors import RecordError, RefusedError, TapError
from tap_frontcore.singer.logs import where

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_frontcore.singer.writer import MessageWriter

SYNC_RUNS = "sync_runs"  # the stream that tells of the others, so it comes last


def listed(counts: Mapping[str, float | str | None]) -> str:
    """Write counts as `records=4947 requests=21`, without those that are 0."""
    return " ".join(f"{name}={count}" for name, count in counts.items() if count)


@dataclass
class Run:
    """What the streams of a run share, and how they ended."""

    writer: MessageWriter
    version: int  # of the tables that FULL_TABLE streams make: seconds since 1970
    now: Callable[[], float] = time.monotonic
    id: str = field(default_factory=lambda: str(uuid4()))  # two accounts may run at once
    failures: dict[str, str] = field(default_factory=dict)  # why, in a few words, by stream
    rows: list[dict[str, Any]] = field(default_factory=list)  # of `sync_runs`, one for each stream

    def fail(self, name: str, error: Exception, logger: logging.Logger) -> None:
        """Log at once why a stream failed, and note it for the last line of the run."""
        reason = getattr(error, "brief", f"unexpected {type(error).__name__}")
        if isinstance(error, RecordError):
            logger.error("%s: %s. The stream ends there.", name, error)
        elif isinstance(error, RefusedError) and reason in self.failures.values():
            logger.error("%s: %s (see above).", name, reason)
        elif isinstance(error, (TapError, SingerSDKError)):
            logger.error("%s", error)
        else:
            # The text of any other error may hold customers' data.
            text = "%s: %s. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where; please report it."
            logger.error(text, name, reason)
        logger.debug("%s", where(error))
        self.failures[name] = reason

    def end(self, start: str, seconds: float) -> tuple[int, str]:
        """Return the level and the text of the last line; `start` is for success."""
        complete, failed = sum(not row["failure"] for row in self.rows), len(self.failures)
        if not failed:
            names = ("records", "requests", "retries")
            sums = {name: sum(row.get(name, 0) for row in self.rows) for name in names}
            counts = listed({"streams": complete, **sums, "seconds": seconds})
            return logging.INFO, f"{start}: {counts}"
        names_by_reason: dict[str, list[str]] = {}
        for name, reason in self.failures.items():
            names_by_reason.setdefault(reason, []).append(name)
        reasons = "; ".join(f"{', '.join(it)} ({why})" for why, it in names_by_reason.items())
        if not complete:
            return logging.ERROR, f"No stream could be read to its end: {reasons}."
        return logging.ERROR, (
            f"{failed} of {complete + failed} streams failed: {reasons}. The others are complete; "
            "the bookmarks of what failed are unchanged."
        )
