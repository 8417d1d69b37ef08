"""End the process at once on a signal, with the signal's exit code."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

SIGNAL_EXIT_CODE = 128  # plus the signal's number


def exit_on_signal(number: int, _frame: object = None) -> NoReturn:
    """End the process directly, since a signal can interrupt code that holds a lock."""
    name = signal.Signals(number).name
    os.write(2, f"Ended by {name}. The next run resumes from the last successful one.\n".encode())
    os._exit(SIGNAL_EXIT_CODE + number)


def handle_signals() -> None:
    """End with one line on SIGINT and SIGTERM: Python prints a traceback, or nothing."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_on_signal)
