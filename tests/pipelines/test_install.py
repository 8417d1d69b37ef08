"""The ways into one's own environment: pip, uv, pipx and Meltano."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.meltano import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

BIN = Path(sys.executable).parent


def run(*command: str | Path, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", ROOT, cwd=folder)
    (built,) = folder.glob("tap_frontcore-*.whl")
    return built


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tap_frontcore").rglob("*")
        if path.suffix in {".py", ".yml", ".typed"} or path.name == "py.typed"
    }

    assert {name for name in names if ".dist-info/" not in name} == package


@pytest.mark.parametrize("source", ["checkout", "wheel"])
@pytest.mark.parametrize("tool", ["pip", "uv", "pipx"])
def test_an_installed_command(wheel: Path, tmp_path: Path, tool: str, source: str) -> None:
    what = wheel if source == "wheel" else ROOT
    commands: dict[str, list[str | Path]] = {
        "pip": [tmp_path / "bin" / "python", "-m", "pip", "install", "--quiet", what],
        "uv": [BIN / "uv", "tool", "install", "--quiet", "--python", sys.executable, what],
        "pipx": [BIN / "pipx", "install", "--quiet", "--python", sys.executable, what],
    }
    if tool == "pip":
        venv.create(tmp_path, with_pip=True)
    env = {
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_MAN_DIR": str(tmp_path / "man"),
    }

    run(*commands[tool], cwd=tmp_path, env=env)

    said = run(tmp_path / "bin" / "tap-frontcore", "--version", cwd=tmp_path)
    assert said.startswith("tap-frontcore v0.")
