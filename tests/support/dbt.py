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

DBT: tuple[str | Path, ...] = (
    *(Path(sys.executable).with_name("uv"), "run", "--quiet", "--no-project"),
    *("--python", sys.executable, "--with-requirements", ROOT / "tests" / "dbt.txt"),
)
"""Runs a program in an environment that uv makes, and keeps for the next time."""

COMMANDS = Path(__file__).with_name("dbt_commands.py")


def run_dbt(
    folder: Path,
    variables: dict[str, object],
    warehouses: dict[str, Path],
    *commands: str,
) -> list[dict[str, str]]:
    """Make a project with `sources.yml`, and run dbt in it.

    Args:
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
    files = {
        "dbt_project.yml": {"name": "warehouse", "profile": "warehouse", "vars": variables},
        "profiles.yml": {"warehouse": {"target": "none", "outputs": outputs}},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")  # which is YAML too
    done = subprocess.run(
        [*DBT, "python", "-I", COMMANDS, *commands],
        cwd=folder,
        env=os.environ | {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DBT_PROFILES_DIR": "."},
        stdout=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]
