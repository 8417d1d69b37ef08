"""A Meltano project of its own in an empty folder, with the plugins of this project."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.fake_frontcore import API_KEY
from tests.support.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
MELTANO = Path(sys.executable).with_name("meltano")
ITS_ENV = "TAP_FRONTCORE_"


def environment(**settings: str) -> dict[str, str]:
    """Return the environment for a run, without what a developer has set for own use."""
    own = ("MELTANO_", ITS_ENV, "TARGET_", "POSTGRES_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return kept | {"NO_COLOR": "1", "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false"} | settings


def states(folder: Path) -> dict[str, Any]:
    """Return how far each pipeline of a project has come, by Meltano's name for it."""
    with closing(sqlite3.connect(folder / ".meltano" / "meltano.db")) as kept:
        rows = kept.execute("SELECT state_id, completed_state FROM state").fetchall()
    return {name: json.loads(state) for name, state in rows}


class MeltanoProject:
    """A folder with `meltano.yml`, in which `meltano` can be run."""

    def __init__(self, folder: Path) -> None:
        """Make the project: the one in this repository, with the tap at its place.

        Args:
            folder: An empty folder.
        """
        self.folder = folder
        text = (ROOT / "meltano.yml").read_text(encoding="utf-8")
        text = text.replace("pip_url: -e .", f"pip_url: -e {ROOT}")
        (folder / "meltano.yml").write_text(text, encoding="utf-8")

    def bin(self, loader: str) -> Path:
        """Return the folder of a loader's programs, once it is installed."""
        return self.folder / ".meltano" / "loaders" / loader / "venv" / "bin"

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Return the environment for a run, with the key."""
        return environment(**{f"{ITS_ENV}API_KEY": API_KEY} | dict(settings))

    def start(self, *args: str, settings: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
        """Begin to run `meltano`, in a process group of its own."""
        with log.open("wb") as file:
            return subprocess.Popen(
                [MELTANO, *args],
                cwd=self.folder,
                env=self.environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def meltano(self, *args: str, **settings: str) -> tuple[int, str]:
        """Run `meltano` to its end.

        Args:
            args: Its arguments.
            settings: Environment variables.

        Returns:
            The exit code, and all that it printed.
        """
        return run([MELTANO, *args], self.folder, self.environment(settings))
