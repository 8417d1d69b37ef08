"""Settings, files and states as the command takes them; `unit/singer` has all the cases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import API_KEY
from tests.fake_frontcore.app import DEFAULT, INCREMENTAL, TABLES
from tests.support.cli import run_tap

if TYPE_CHECKING:
    from pathlib import Path


DEAD: dict[str, Any] = {
    "api_key": API_KEY,
    "api_url": "http://127.0.0.1:9/v2",
    "max_retries": 0,
}
"""Settings with which nothing is asked for elsewhere, should a check be broken."""


def test_an_invalid_key_is_not_shown() -> None:
    run = run_tap(DEAD | {"api_key": f"{API_KEY} {API_KEY}"})

    assert run.code == 1
    assert len(run.errors) == 1
    assert API_KEY not in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
@pytest.mark.parametrize("content", [None, "{"])
def test_a_missing_or_invalid_file_is_an_error(
    option: str, content: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "file.json"
    if content:
        path.write_text(content, encoding="utf-8")
    config = None if option == "--config" else DEAD

    run = run_tap(config, option, str(path))

    assert run.code == 2
    assert "Traceback" not in run.stderr
    assert len(run.errors) == 1
    assert option in run.errors[0]
    assert str(path) in run.errors[0]


def test_discovery_needs_no_setting() -> None:
    run = run_tap(None, "--discover")

    assert run.code == 0
    catalog = json.loads(run.stdout)
    assert [entry["stream"] for entry in catalog["streams"]] == [*sorted(TABLES), "sync_runs"]
    for entry in catalog["streams"]:
        properties = entry["schema"]["properties"]
        assert all(field.get("description") for field in properties.values())
    for entry in catalog["streams"][:-1]:
        name = entry["stream"]
        assert entry["key_properties"] == [TABLES[name].key]
        assert entry.get("replication_key") == ("updated_at" if name in INCREMENTAL else None)
        (root,) = [item["metadata"] for item in entry["metadata"] if not item["breadcrumb"]]
        assert root["selected"] is (name in DEFAULT)
        assert "additional_properties" in entry["schema"]["properties"]
