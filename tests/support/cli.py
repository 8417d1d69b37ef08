"""Running the command as a user does: a process of its own, with files."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from tests.fake_frontcore import API_KEY
from tests.fake_frontcore.app import TABLES
from tests.support import forks
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

TAP = Path(sys.executable).with_name("tap-frontcore")


@dataclass
class Run:
    """What a run of the command left behind."""

    code: int
    stdout: str
    stderr: str

    @cached_property
    def messages(self) -> list[dict[str, Any]]:
        """Every line of stdout, which all are Singer messages."""
        return [json.loads(line) for line in self.stdout.split("\n") if line]

    def check(self) -> None:
        """Make sure that each record is exactly what the schema before it declares."""
        schemas: dict[str, Any] = {}
        for message in self.messages:
            if message["type"] == "SCHEMA":
                schema = message["schema"]
                assert "$schema" not in schema
                assert not any(map(_has_no_part, schema["properties"].values()))
                names = list(schema["properties"])
                schemas[message["stream"]] = (names, jsonschema_rs.validator_for(schema))
            elif message["type"] == "RECORD":
                names, validator = schemas[message["stream"]]
                assert list(message["record"]) == names
                assert validator.is_valid(message["record"]), message["record"]

    def records(self, stream: str = "customers") -> list[dict[str, Any]]:
        """Return the records of a stream, in the order they came."""
        return [
            message["record"]
            for message in self.messages
            if message["type"] == "RECORD" and message["stream"] == stream
        ]

    def ids(self, stream: str = "customers") -> list[int]:
        """Return the ids of a stream's records, in the order they came."""
        key = TABLES[stream].key
        return [record[key] for record in self.records(stream)]

    @property
    def state(self) -> dict[str, Any]:
        """The last state, which a target hands back when all before it is loaded."""
        states = [message for message in self.messages if message["type"] == "STATE"]
        state: dict[str, Any] = states[-1]["value"] if states else {}
        return state

    def bookmark(self, stream: str = "customers") -> str | None:
        """Return a stream's bookmark in the last state."""
        bookmarks = self.state.get("bookmarks", {})
        value: str | None = bookmarks.get(stream, {}).get("replication_key_value")
        return value

    @property
    def errors(self) -> list[str]:
        """The lines of stderr that report an error."""
        return [line for line in self.stderr.splitlines() if "| ERROR " in line]


def _has_no_part(field: dict[str, Any]) -> bool:
    """Tell whether a field is an object without a part, of which flattening leaves no column.

    The items of a list, which nothing flattens, may be such.
    """
    parts = field.get("properties")
    return parts == {} or any(map(_has_no_part, (parts or {}).values()))


def config_for(url: str, **settings: Any) -> dict[str, Any]:
    """Return settings for a fake, at a pace that a test can wait for."""
    return {"api_key": API_KEY, "api_url": url, "requests_per_second": 1000, **settings}


def options_for(folder: Path, files: Mapping[str, Any]) -> list[str]:
    """Write files of JSON, and return the options that hand them to a tap.

    Args:
        folder: Where to write them.
        files: What to give as `--config` and so on; nothing for None.
    """
    options = []
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            options += [f"--{name}", str(path)]
    return options


def run_tap(
    config: dict[str, Any] | None,
    *args: str,
    state: dict[str, Any] | None = None,
    catalog: dict[str, Any] | None = None,
    env: dict[str, str] | None = None,
) -> Run:
    """Run the command to its end.

    Args:
        config: The settings, given as a file.
        args: More arguments.
        state: The state of the run before, given as a file.
        catalog: The catalog, given as a file.
        env: More environment variables.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {"config": config, "state": state, "catalog": catalog}
        options = [*options_for(Path(folder), files), *args]
        run = Run(*forks.run_command(options, Path(folder), os.environ | (env or {}), TIMEOUT))
    if not {"--discover", "--about", "--version", "--help"}.intersection(args) and (
        "--check" not in " ".join(args)
    ):
        run.check()
    return run


@cache
def discovered() -> str:
    """Return the catalog, which is the same each time."""
    return run_tap(None, "--discover").stdout


def catalog_with(
    *streams: str,
    replication_method: str | None = None,
    deselected: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Discover the catalog, and choose streams, a replication method and fields."""
    catalog: dict[str, Any] = json.loads(discovered())
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] == []:
                item["metadata"]["selected"] = entry["stream"] in streams
            elif item["breadcrumb"][-1] in deselected:
                item["metadata"]["selected"] = False
        if replication_method:
            entry["replication_method"] = replication_method
    return catalog
