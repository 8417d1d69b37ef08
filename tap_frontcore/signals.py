"""What a signal does to the process: it ends at once, with an exit code that tells of it."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

SIGNAL_EXIT_CODE = 128
"""A process that a signal ended has this plus the signal's number as its exit code."""


def exit_on_signal(number: int, _frame: object = None) -> NoReturn:
    """End the process, past Python's locks and exceptions, which a signal can fall into."""
    name = signal.Signals(number).name
    os.write(2, f"Ended by {name}. The next run resumes from the last successful one.\n".encode())
    os._exit(SIGNAL_EXIT_CODE + number)


def handle_signals() -> None:
    """End on SIGINT and SIGTERM from now on.

    Python would print a traceback for the one, and nothing for the other.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_on_signal)
