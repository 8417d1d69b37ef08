"""A signal ends the process, whatever stdout and stderr are, and tears no line."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

import pytest

from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS = [signal.SIGINT, signal.SIGTERM]
IDLE = "ready(); time.sleep(60)"
WRITING = """
from singer_sdk.singerlib import RecordMessage
from tap_frontcore.singer.writer import MessageWriter

writer = MessageWriter()
ready()
while True:
    writer.write_message(RecordMessage("customers", {"id": 1, "title": "x" * 300}))
"""


@contextmanager
def process(
    code: str, *, stdout: int | IO[bytes] | None = None, stderr: int | IO[bytes] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run code in a process that handles signals as the command does, up to its `ready()`."""
    waiting, says = os.pipe()
    start = (
        "import os, signal, time\n"
        "from tap_frontcore import signals\n"
        "signals.handle_signals()\n"
        f"ready = lambda: os.close({says})\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", start + code], stdout=stdout, stderr=stderr, pass_fds=[says]
    ) as running:
        os.close(says)
        os.read(waiting, 1)  # nothing comes, but the end
        os.close(waiting)
        try:
            yield running
        finally:
            running.kill()


def fill(writing: int) -> None:
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 4096)
    os.set_blocking(writing, True)


def wait_until_full(writing: int) -> None:
    """Wait until a process that writes to a pipe can't go on."""
    while select.select([], [writing], [], 0.01)[1]:
        pass


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_ends_the_process_with_one_line(number: signal.Signals) -> None:
    with process(IDLE, stderr=subprocess.PIPE) as running:
        running.send_signal(number)
        assert running.wait(TIMEOUT) == 128 + number
        assert running.stderr
        said = running.stderr.read().decode()

    assert said == f"Ended by {number.name}. The next run resumes from the last successful one.\n"


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("stderr", ["full disk", "dead reader", "slow reader", "closed"])
def test_a_signal_ends_the_process_if_stderr_cannot_be_written(
    number: signal.Signals, stderr: str
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as reader, os.fdopen(writing), open("/dev/full", "wb") as disk:  # noqa: PTH123
        if stderr == "slow reader":
            fill(writing)
        elif stderr == "dead reader":
            reader.close()
        code = f"os.close(2)\n{IDLE}" if stderr == "closed" else IDLE

        with process(code, stderr=disk if stderr == "full disk" else writing) as running:
            running.send_signal(number)
            assert running.wait(TIMEOUT) == 128 + number


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_tears_no_line_of_usual_length_that_waits_for_its_reader(
    number: signal.Signals,
) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe, process(WRITING, stdout=writing) as running:
        wait_until_full(writing)
        os.close(writing)
        running.send_signal(number)

        assert running.wait(TIMEOUT) == 128 + number
        text = pipe.read()

    assert text.endswith(b"\n")
    assert {json.loads(line)["type"] for line in text.splitlines()} == {"RECORD"}
