"""Writing to a stdout that is slow, full, closed or none."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from singer_sdk.singerlib import RecordMessage, StateMessage

from tap_frontcore.errors import OutputError
from tap_frontcore.singer.writer import BUFFER_SIZE, MessageWriter

if TYPE_CHECKING:
    from pathlib import Path


class Stdout:
    """A stdout with a raw file of the test's making."""

    def __init__(self, raw: Any) -> None:
        self.buffer = raw

    def flush(self) -> None:
        pass


class Slow(io.RawIOBase):
    """Takes ten bytes at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = bytearray()

    def write(self, data: Any, /) -> int:
        self.taken += bytes(data[:10])
        return min(len(data), 10)


def record(number: int) -> RecordMessage:
    return RecordMessage("customers", {"id": number, "title": "x" * 50})


def test_a_partial_write_cuts_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr("sys.stdout", Stdout(slow))
    writer = MessageWriter()

    for number in range(5):
        writer.write_message(record(number))
    writer.write_message(StateMessage({"a": 1}))

    lines = [json.loads(line) for line in slow.taken.decode().splitlines()]
    assert [line["type"] for line in lines] == ["RECORD"] * 5 + ["STATE"]


def test_records_are_buffered_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", Stdout(raw))
    writer = MessageWriter()

    writer.write_message(record(1))
    assert raw.getvalue() == b""
    for number in range(BUFFER_SIZE // 100):
        writer.write_message(record(number))
    assert BUFFER_SIZE <= len(raw.getvalue()) < BUFFER_SIZE + 200
    writer.flush()
    assert raw.getvalue().count(b"\n") == BUFFER_SIZE // 100 + 1


def test_a_non_blocking_pipe_loses_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    received = bytearray()

    def read() -> None:
        time.sleep(0.05)  # until the pipe is full
        while data := os.read(reading, 4096):
            received.extend(data)

    reader = threading.Thread(target=read)
    with open(writing, "wb", buffering=0) as raw:  # noqa: PTH123  # a descriptor
        monkeypatch.setattr("sys.stdout", Stdout(raw))
        reader.start()
        writer = MessageWriter()
        for number in range(5000):
            writer.write_message(record(number))
        writer.flush()
    reader.join()
    os.close(reading)

    assert [json.loads(line)["record"]["id"] for line in received.splitlines()] == [*range(5000)]


def test_a_full_disk_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb") as raw:  # noqa: PTH123
        monkeypatch.setattr("sys.stdout", Stdout(raw))

        with pytest.raises(
            OutputError, match=r"stdout can't be written: No space left on device\."
        ):
            MessageWriter().write_message(StateMessage({}))


def test_a_missing_or_closed_stdout_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    closed = (tmp_path / "file").open("w")
    closed.close()
    for stdout in (None, closed):
        monkeypatch.setattr("sys.stdout", stdout)

        with pytest.raises(OutputError, match="it is closed"):
            MessageWriter().write_message(StateMessage({}))
