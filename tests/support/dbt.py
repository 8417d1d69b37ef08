"""dbt, in an environment of its own: its many pins would hold back those of the tests."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.meltano import ROOT
from tests.support.process import TIMEOUT

PINS = ROOT / "tests" / "dbt.txt"
COMMANDS = Path(__file__).with_name("dbt_commands.py")
PROJECT = """\
name: warehouse
version: "1.0"
profile: warehouse
vars: {VARIABLES}
"""
PROFILES = """\
warehouse:
  target: none
  outputs: {OUTPUTS}
"""


def run_dbt(
    environment: Path,
    folder: Path,
    variables: dict[str, object],
    warehouses: dict[str, Path],
    *commands: str,
) -> list[dict[str, str]]:
    """Make a project with `sources.yml`, and run dbt in it.

    Args:
        environment: A folder for what is installed; it may be kept for the next time.
        folder: Where to make the project.
        variables: What a user writes under `vars`.
        warehouses: Files of DuckDB, each by the name of dbt's target.
        commands: Such as `test --target NAME`.

    Returns:
        For each command, the status of each test or source, by its name.
    """
    outputs = {
        name: {"type": "duckdb", "path": str(path), "schema": "main"}
        for name, path in warehouses.items()
    }
    (folder / "models").mkdir(parents=True)
    shutil.copy(ROOT / "tap_frontcore" / "streams" / "sources.yml", folder / "models")
    texts = {
        "dbt_project.yml": PROJECT.format(VARIABLES=json.dumps(variables)),
        "profiles.yml": PROFILES.format(OUTPUTS=json.dumps(outputs)),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [_python_in(environment), "-I", COMMANDS, *commands],
        cwd=folder,
        env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": "."},
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _python_in(environment: Path) -> Path:
    """Install dbt, if it isn't there, and return its Python."""
    uv, python = Path(sys.executable).with_name("uv"), environment / "bin" / "python"
    for step in (
        ("venv", "--quiet", "--allow-existing", "--python", sys.executable, environment),
        ("pip", "sync", "--quiet", "--python", python, PINS),
    ):
        subprocess.run([uv, *step], timeout=TIMEOUT, check=True)
    return python
