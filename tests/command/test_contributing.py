"""What CONTRIBUTING says of adding a list, done to a copy of this repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.meltano import ROOT

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = re.findall(
    r"`([\w/]+\.py)`:\n\n```diff\n(.*?)```",
    (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    re.DOTALL,
)
"""Files, and what changes in them."""

LISTS, DOCS = "tests/unit/test_streams.py", "tests/command/test_docs.py"
SECONDS = 180
"""By then every command has ended; far more than any takes."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the repository."""
    kept_out = shutil.ignore_patterns(".git", ".venv", ".meltano", "*_cache", "__pycache__")
    return shutil.copytree(ROOT, tmp_path / "copy", ignore=kept_out)


def change(copy: Path, *, places: int = len(EXAMPLE), word: str = "department") -> None:
    """Make the changes of the example, in its first places, for a list of that name."""
    for name, diff in EXAMPLE[:places]:
        lines = diff.replace("department", word).replace("Department", word.title())
        old, new = (
            "".join(line[1:] for line in lines.splitlines(keepends=True) if line[0] in f" {side}")
            for side in "-+"
        )
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"CONTRIBUTING.md: {name} has no such place:\n{old}"
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")


def python(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy, which goes before the installed tap."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def run_tests(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy."""
    return python(copy, "-m", "pytest", "--numprocesses=0", "-p", "no:cacheprovider", *args)


def place(copy: Path, name: str, beginning: str) -> str:
    """Return the file and line that begins in a certain way."""
    lines = (copy / name).read_text(encoding="utf-8").splitlines()
    return f"{name}:{next(n for n, line in enumerate(lines, 1) if line.startswith(beginning))}: "


def test_the_example_works_for_two_lists(copy: Path) -> None:
    change(copy)
    change(copy, word="room")
    written = python(copy, "-m", "tests.docs")
    assert "Written: tap_frontcore/streams/README.md" in written.stdout, written.stderr

    discovered = python(copy, "-m", "tap_frontcore", "--discover")
    tested = run_tests(
        copy,
        *(LISTS, DOCS, "tests/command/test_sync.py"),
        *("-k", "test_streams or test_docs or (first_run and (departments or rooms))"),
    )

    for name in ("departments", "rooms"):
        assert f'"tap_stream_id":"{name}"' in discovered.stdout.replace(": ", ":")
    assert tested.returncode == 0, tested.stdout


def test_a_stream_that_is_forgotten_is_named(copy: Path) -> None:
    change(copy, places=1)

    tested = run_tests(copy, LISTS)

    assert tested.returncode == 1
    there = place(copy, "tap_frontcore/streams/people.py", "class DepartmentsStream")
    assert f"/{there}name DepartmentsStream in " in tested.stdout


def test_a_fake_and_docs_that_are_forgotten_are_named(copy: Path) -> None:
    change(copy, places=3)

    tested = run_tests(copy, LISTS, DOCS, "-k", "test_streams or test_generating")

    assert tested.returncode == 1
    for name, beginning, to_do in (
        ("tests/fake_frontcore/app.py", "TABLES = {", "add departments"),
        ("tests/fake_frontcore/rows.py", "def generate_account", "add departments"),
        ("README.md", "| [`instructors`]", "run `make docs`"),
    ):
        assert f"/{place(copy, name, beginning)}{to_do}" in tested.stdout
