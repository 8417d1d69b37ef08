"""What a run has brought, in words: the line of each list, and the last one."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class StreamFailedExit(SystemExit):
    """A stream failed under `--test`. The SDK would log any error that is an `Exception`."""


def counted(number: int, things: str) -> str:
    """Put a number and its noun into words.

    Args:
        number: How many.
        things: The noun in the plural, such as `retries`.

    Returns:
        For instance `4 947 records`, or `1 retry`.
    """
    noun = things
    if number == 1:
        noun = f"{things[:-3]}y" if things.endswith("ies") else things.removesuffix("s")
    return f"{number:,} {noun}".replace(",", " ")


def listed(counts: Mapping[str, int]) -> str:
    """Put counts into words, without those that are 0."""
    return ", ".join(counted(number, things) for things, number in counts.items() if number)


class RunReport:
    """What became of the lists of a run."""

    def __init__(self) -> None:
        """Begin with no list."""
        self.failures: dict[str, str] = {}
        """Why a list failed, in a few words, by its name."""

        self._complete: list[str] = []
        self._counts: Counter[str] = Counter(records=0)

    def complete(self, name: str) -> None:
        """Take down that a list was read whole."""
        self._complete.append(name)

    def fail(self, name: str, reason: str) -> None:
        """Take down that a list failed.

        Args:
            name: The list.
            reason: Why, in a few words.
        """
        self.failures[name] = reason

    def count(self, counts: Mapping[str, int]) -> None:
        """Add what was counted while a list was read, by its name in the plural."""
        self._counts.update(counts)

    def end_of_run(self, seconds: float) -> tuple[int, str]:
        """Return the level and the text of the last line of a run."""
        lists, complete = len(self._complete) + len(self.failures), len(self._complete)
        if not self.failures:
            records = counted(self._counts["records"], "records")
            others = listed({n: c for n, c in self._counts.items() if n != "records"})
            parts = (counted(lists, "lists"), records, others, f"{seconds:.1f} s")
            return logging.INFO, ", ".join(filter(None, parts))
        if not complete:
            return logging.ERROR, f"No list could be read to its end: {self._reasons()}."
        others = "other one is" if complete == 1 else f"other {complete} are"
        return logging.ERROR, (
            f"{len(self.failures)} of {counted(lists, 'lists')} failed: {self._reasons()}. The "
            f"{others} complete; the bookmarks of what failed are unchanged."
        )

    def end_of_test(self) -> tuple[int, str]:
        """Return the level and the text of the last line of `--test`."""
        lists, complete = len(self._complete) + len(self.failures), len(self._complete)
        if not self.failures:
            return logging.INFO, (
                f"The key works: {complete} of {counted(lists, 'lists')} answered."
            )
        if not complete:
            return logging.ERROR, f"No list answered: {self._reasons()}."
        return logging.ERROR, (
            f"The key works, but only {complete} of {counted(lists, 'lists')} answered: "
            f"{self._reasons()}."
        )

    def _reasons(self) -> str:
        """Say which lists failed and why; only why, where nothing else came."""
        names: dict[str, list[str]] = {}
        for name, reason in self.failures.items():
            names.setdefault(reason, []).append(name)
        if len(names) == 1 and len(self.failures) > 1 and not self._complete:
            return next(iter(names))
        return "; ".join(f"{', '.join(those)} ({reason})" for reason, those in names.items())
