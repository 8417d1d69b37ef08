"""What a signal does to the process: it ends, with an exit code that tells of it."""

from __future__ import annotations

import signal
from typing import NoReturn

SIGNAL_EXIT_CODE = 128
"""A process that a signal ended has this plus the signal's number as its exit code."""


_received: list[int] = []


def exit_on_signal(number: int, _frame: object = None) -> NoReturn:
    """End the process.

    Raises:
        SystemExit: With the code that tells of the signal.
    """
    _received.append(number)
    raise SystemExit(SIGNAL_EXIT_CODE + number)


def exit_if_signalled() -> None:
    """End the process if a signal came whose error was lost on its way.

    It strikes anywhere: within `Condition.wait`, a RuntimeError of the lock takes its place.

    Raises:
        SystemExit: With the code that tells of the signal.
    """
    if _received:
        raise SystemExit(SIGNAL_EXIT_CODE + _received[0])


def handle_signals() -> None:
    """End on SIGINT and SIGTERM from now on.

    Python would print a traceback for the one, and nothing for the other.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_on_signal)
