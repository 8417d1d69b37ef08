"""End the process at once on a signal, with the signal's exit code."""

from __future__ import annotations

import os
import select
import signal
from contextlib import suppress


def handle_signals() -> None:
    """End with one line on SIGINT and SIGTERM: Python prints a traceback, or nothing."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_on_signal)


def exit_on_signal(number: int, _frame: object = None) -> None:
    """End the process directly, since a signal can interrupt code that holds a lock."""
    name = signal.Signals(number).name
    line = f"Ended by {name}. The next run resumes from the last successful one.\n"
    with suppress(OSError):  # stderr may be closed, its disk full, or on Windows no socket
        if select.select([], [2], [], 0)[1]:  # its reader may have stopped
            os.write(2, line.encode())
    os._exit(128 + number)  # as a shell tells of a signal
