"""Running a command to its end, as a user sees it: what it prints, on either stream, in order."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TIMEOUT = 180
"""Seconds by which every command has ended; far more than any takes."""


def run(command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> tuple[int, str]:
    """Run a command.

    Args:
        command: With its arguments.
        folder: Where.
        env: All of the environment.

    Returns:
        The exit code, and all that it printed.
    """
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    return done.returncode, done.stdout


def run_well(command: Sequence[str | Path], folder: Path, env: Mapping[str, str]) -> str:
    """Run a command that has to succeed, and return all that it printed."""
    code, output = run(command, folder, env)
    assert code == 0, output
    return output
