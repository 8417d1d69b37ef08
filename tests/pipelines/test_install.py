"""The ways into one's own environment: uv, and by pip the steps of a container."""

from __future__ import annotations

import os
import re
import shutil
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from tests.support.meltano import ROOT
from tests.support.process import run_well

UV = Path(sys.executable).with_name("uv")
PIP = (sys.executable, "-m", "pip", "--quiet")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
pytestmark = pytest.mark.xdist_group("install")  # one wheel for all


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Take the Dockerfile's first step: make the wheels, of the files that it copies alone."""
    folder = tmp_path_factory.mktemp("wheels")
    source = folder / "source"
    source.mkdir()
    for copied, place in re.findall(r"^COPY (.+) (\S+)$", DOCKERFILE, re.MULTILINE):
        for name in copied.split():
            if (ROOT / name).is_dir():
                kept_out = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, source / place, ignore=kept_out)
            else:
                (source / place).mkdir(exist_ok=True)
                shutil.copy(ROOT / name, source / place)
    (arguments,) = re.findall(
        r"^RUN pip wheel --no-cache-dir --wheel-dir /wheels (.+)$", DOCKERFILE, re.MULTILINE
    )
    run_well([*PIP, "wheel", "--wheel-dir", folder, *arguments.split()], source, os.environ)
    return folder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the tap's own from the checkout, as a release does."""
    folder = tmp_path_factory.mktemp("wheel")
    run_well([UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], folder, os.environ)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    package = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "tap_frontcore").rglob("*")
        if path.suffix in {".py", ".yml", ".typed"} or path.name == "py.typed"
    }

    assert {name for name in names if ".dist-info/" not in name} == package


def test_uv_installs_the_command(wheel: Path, tmp_path: Path) -> None:
    env = {"UV_TOOL_DIR": str(tmp_path / "tools"), "UV_TOOL_BIN_DIR": str(tmp_path / "bin")}
    install = (UV, "tool", "install", "--quiet", "--python", sys.executable, wheel)

    run_well(install, tmp_path, os.environ | env)

    said = run_well([tmp_path / "bin" / "tap-frontcore", "--version"], tmp_path, os.environ)
    assert said.startswith("tap-frontcore v0.")


def test_the_image_has_the_versions_of_the_tests(wheels: Path) -> None:
    lines = (ROOT / "tests" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    tested = {line.partition(" ;")[0] for line in lines}
    versions = (wheel.name.split("-")[:2] for wheel in wheels.glob("*.whl"))
    built = {f"{name.replace('_', '-')}=={version}".lower() for name, version in versions}

    others = {it for it in built if not it.startswith("tap-frontcore==")}
    assert others
    assert others <= tested


def test_the_steps_of_the_dockerfile(wheels: Path, tmp_path: Path) -> None:
    """Without a container: no variable, git or home is needed."""
    assert "pip install --no-cache-dir --no-index /wheels/*.whl" in DOCKERFILE
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    venv.create(tmp_path / "image")
    python = tmp_path / "image" / "bin" / "python"

    # Python compiles what is used, quicker than pip all that is there.
    install = (*PIP, "--python", python, "install", "--no-compile", "--no-index")
    run_well([*install, *wheels.glob("*.whl")], home, os.environ)

    discover: list[str | Path] = [python.with_name("tap-frontcore"), "--config=ENV", "--discover"]
    env = {"HOME": str(home), "TAP_FRONTCORE_API_KEY": "none"}
    assert '"tap_stream_id":"customers"' in run_well(discover, home, env).replace(": ", ":")
    assert not list(home.iterdir())
