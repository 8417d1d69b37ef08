"""End the process at once on a signal, with the signal's exit code."""

from __future__ import annotations

import os
import select
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNAL_EXIT_CODE = 128  # plus the signal's number
PATIENCE = 5  # seconds that a signal waits for the end of a line


class _Line:
    """A line that is being written."""

    is_open = False
    signal: int | None = None  # waits for its end


def handle_signals() -> None:
    """End with one line on SIGINT and SIGTERM: Python prints a traceback, or nothing."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_on_signal)


def exit_on_signal(number: int, _frame: object = None) -> None:
    """End the process directly, since a signal can interrupt code that holds a lock.

    Inside `whole_line` the first signal waits, for some seconds at most.
    """
    if _Line.is_open and not _Line.signal:
        _Line.signal = number
        signal.signal(signal.SIGALRM, lambda *_: exit_on_signal(number))
        signal.alarm(PATIENCE)
        return
    name = signal.Signals(number).name
    line = f"Ended by {name}. The next run resumes from the last successful one.\n"
    with suppress(OSError):  # stderr may be closed, or its disk full
        if select.select([], [2], [], 0)[1]:  # its reader may have stopped
            os.write(2, line.encode())
    os._exit(SIGNAL_EXIT_CODE + number)


@contextmanager
def whole_line() -> Iterator[None]:
    """Write a line to its end before a signal ends the process, if its reader takes it soon."""
    _Line.is_open = True
    try:
        yield
    finally:
        _Line.is_open = False
        if _Line.signal:
            exit_on_signal(_Line.signal)
