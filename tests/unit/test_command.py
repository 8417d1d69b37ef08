"""The command in this process, for what a process of its own can't show."""

from __future__ import annotations

import errno
import io
import os
import sys

import pytest
from typing_extensions import override

from tap_frontcore.command import run
from tap_frontcore.tap import TapFrontcore

pytestmark = pytest.mark.usefixtures("own_logging")


class DiskThatFills(io.StringIO):
    """Takes all that is written, and can't keep it."""

    @override
    def flush(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_failed_flush_of_stdout_is_an_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stdout", DiskThatFills())

    assert run(["--about"]) == 1
    assert caplog.messages == ["stdout can't be written: No space left on device."]


def test_a_missing_file_is_not_taken_for_a_full_disk(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(**_: object) -> None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))

    monkeypatch.setattr(TapFrontcore, "invoke", fail)

    assert run(["--about"]) == 1
    (line,) = caplog.messages
    assert line.startswith("Unexpected FileNotFoundError. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where")
