"""`make release` makes the tag of a version that is ready, and says what else is missing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests import release

if TYPE_CHECKING:
    from pathlib import Path

READY = {
    "pyproject.toml": '[project]\nversion = "1.2.3"\n',
    "CHANGELOG.md": "# Changelog\n\n## 1.2.3 - 2026-01-31\n\n## 1.2.2 - 2026-01-01\n",
    "README.md": "pip install git+https://example.com/tap-frontcore@v1.2.3\n",
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a checkout that is ready for 1.2.3."""
    for name, text in READY.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(release, "ROOT", tmp_path)
    monkeypatch.setattr(release, "stale_files", list)
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "Kari")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "kari@example.no")
    for command in ("init", "add .", "commit --message=Ready"):
        release.git(*command.split())
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *args: str) -> str:
    monkeypatch.setattr(sys, "argv", ["release", *args])
    try:
        release.main()
    except SystemExit as end:
        return str(end.code)
    return ""


def test_a_version_that_is_ready_is_tagged(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(monkeypatch, "1.2.3") == ""

    assert release.git("tag").split() == ["v1.2.3"]
    assert "the tag v1.2.3 exists" in run(monkeypatch, "1.2.3")
    assert checkout.exists()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("pyproject.toml", '[project]\nversion = "1.2.2"\n', "pyproject.toml: version is 1.2.2"),
        ("CHANGELOG.md", "## 1.2.2 - 2026-01-01\n", "the first section isn't `## 1.2.3 - `"),
        ("CHANGELOG.md", "## Unreleased\n\n## 1.2.3 - 2026-01-31\n", "an unreleased section"),
        ("README.md", "tap-frontcore@v1.2.2\n", "README.md: names the tag v1.2.2"),
        ("new.txt", "", "there are changes that aren't committed"),
    ],
)
def test_what_is_missing_is_said(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, said: str
) -> None:
    (checkout / name).write_text(text, encoding="utf-8")

    assert said in run(monkeypatch, "1.2.3")
    assert release.git("tag") == ""


@pytest.mark.parametrize("version", ["1.2", "1.2.3rc1", "x"])
def test_what_is_no_version_is_refused(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    assert "isn't a version such as" in run(monkeypatch, version)
    assert checkout.exists()


def test_the_check_of_the_workflow_needs_no_library() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "tests.release", "--check", "v0.0.0"],
        cwd=release.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "Not ready for 0.0.0:")
