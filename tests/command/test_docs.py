"""What `meltano.yml`, the README and `.env.example` say is what the tap says of itself."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.fake_frontcore.app import DEFAULT, INCREMENTAL, TABLES
from tests.support.cli import run_tap
from tests.support.meltano import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
EXTRACTOR = PROJECT["plugins"]["extractors"][0]


@pytest.fixture(scope="module")
def about() -> dict[str, Any]:
    """Return what `--about` says."""
    said: dict[str, Any] = json.loads(run_tap(None, "--about", "--format=json").stdout)
    return said


def declared_type(setting: dict[str, Any]) -> str:
    if setting.get("format") == "date-time":
        return "date-time"
    name: str = next(name for name in setting["type"] if name != "null")
    return name


def kind(setting: dict[str, Any]) -> str:
    """Name a type as Meltano does."""
    name = declared_type(setting)
    # Meltano 4.4 can't hand on a `decimal` that comes from the environment.
    return {"number": "string", "date-time": "date_iso8601"}.get(name, name)


def kind_in_readme(setting: dict[str, Any]) -> str:
    """Name a type as the README does."""
    name = declared_type(setting)
    if "exclusiveMinimum" in setting:
        name += f" > {setting['exclusiveMinimum']}"
    if "maximum" in setting:
        return f"{name}, {setting['minimum']}–{setting['maximum']}"  # noqa: RUF001
    return f"{name} ≥ {setting['minimum']}" if "minimum" in setting else name


def folded(text: str) -> str:
    return " ".join(text.split())


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def test_meltano_says_of_each_setting_what_the_tap_says(about: dict[str, Any]) -> None:
    settings = {setting["name"]: setting for setting in EXTRACTOR["settings"]}

    assert list(settings) == list(about["settings"]["properties"])
    for name, declared in about["settings"]["properties"].items():
        setting = settings[name]
        assert setting["label"] == declared.get("title", name)
        assert setting["kind"] == kind(declared)
        assert setting.get("sensitive", False) is declared.get("secret", False)
        assert setting.get("value") == declared.get("default")
        assert folded(setting["description"]) == folded(declared["description"])


def test_meltano_knows_the_capabilities_and_what_is_required(about: dict[str, Any]) -> None:
    assert EXTRACTOR["capabilities"] == about["capabilities"]
    assert EXTRACTOR["settings_group_validation"] == [about["settings"]["required"]]


def test_meltanos_own_schema_takes_the_project() -> None:
    schema = json.loads((files("meltano.schemas") / "meltano.schema.json").read_text())

    errors = Draft202012Validator(schema).iter_errors(PROJECT)

    assert [error.message for error in errors] == []


def test_the_readme_has_each_setting(about: dict[str, Any]) -> None:
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    for name, declared in about["settings"]["properties"].items():
        notes = [kind_in_readme(declared)]
        notes += ["secret"] if declared.get("secret") else []
        notes += ["required"] if name in about["settings"]["required"] else []
        default = f"`{as_text(declared['default'])}`" if "default" in declared else ""
        meaning = folded(declared["description"])
        assert f"| `{name}` | {', '.join(notes)} | {default} | {meaning} |" in rows


def test_the_example_of_an_env_file_has_each_setting(about: dict[str, Any]) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()

    shown = dict(line.removeprefix("# ").split("=", 1) for line in lines if "TAP_" in line[:6])
    assert shown == {
        f"TAP_FRONTCORE_{name.upper()}": as_text(declared.get("default", ""))
        for name, declared in about["settings"]["properties"].items()
    }


def test_the_readme_has_each_field_as_the_catalog_describes_it() -> None:
    streams = json.loads(run_tap(None, "--discover").stdout)["streams"]
    for stream in streams:
        for name, field in stream["schema"]["properties"].items():
            assert f"| `{name}` | " in README
            assert f" | {field['description']} |" in README


def test_the_readmes_figures_are_the_benchmarks() -> None:
    results = (ROOT / "tests" / "benchmark" / "results.md").read_text(encoding="utf-8")

    assert results.strip() in README


def test_the_plugins_definition_is_the_projects() -> None:
    definition = yaml.safe_load((ROOT / "tap_frontcore" / "plugin.yml").read_text("utf-8"))

    own = {"variant": "tap-frontcore", "pip_url": "${TAP_FRONTCORE_SOURCE}"}
    assert definition == EXTRACTOR | own


def test_what_is_selected_at_first_is_what_the_catalog_says() -> None:
    catalog = json.loads(run_tap(None, "--discover").stdout)["streams"]
    selected = {
        entry["stream"]
        for entry in catalog
        for item in entry["metadata"]
        if not item["breadcrumb"] and item["metadata"]["selected"]
    }

    assert {rule.removesuffix(".*") for rule in EXTRACTOR["select"]} == selected == set(DEFAULT)


def test_the_readme_says_of_each_stream_how_well_it_is_known() -> None:
    for name, table in TABLES.items():
        path = table.path.removeprefix("/v2")
        kind = "by default" if name in DEFAULT else "preview"
        method = "incremental" if name in INCREMENTAL else "FULL_TABLE"
        assert f"| `{name}` | `{path}` | {method} | {kind} |" in README
