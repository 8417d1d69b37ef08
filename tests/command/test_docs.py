"""The files that repeat what the code declares are as `make docs` writes them."""

from __future__ import annotations

import ast
import difflib
import json
import os
import re
import sys
import tomllib
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests import docs
from tests.support.cli import run_tap
from tests.support.meltano import ROOT
from tests.support.process import run

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT: dict[str, Any] = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))
EXTRACTOR = PROJECT["plugins"]["extractors"][0]
GENERATED = docs.generated()


@pytest.mark.parametrize("path", GENERATED, ids=lambda path: str(path.relative_to(ROOT)))
def test_generating_changes_nothing(path: Path) -> None:
    there = path.read_text(encoding="utf-8") if path.exists() else ""

    assert there == GENERATED[path], differences(path, there, GENERATED[path])


def differences(path: Path, there: str, due: str) -> str:
    """Name the file and the first line that differs, and show what does."""
    lines, due_lines = there.splitlines(), due.splitlines()
    same = (one == other for one, other in zip(lines, due_lines, strict=False))
    number = next((n for n, is_same in enumerate(same, 1) if not is_same), len(lines))
    changes = difflib.unified_diff(lines, due_lines, "there", "due", n=0, lineterm="")
    return "\n".join((f"{path}:{number}: run `make docs`", *changes))


def test_each_file_has_its_generated_regions() -> None:
    has = [
        (path.name, region["name"])
        for path, text in GENERATED.items()
        for region in docs.REGION.finditer(text)
    ]

    assert sorted(has) == [
        (".env.example", "environment"),
        ("README.md", "select"),
        ("README.md", "settings"),
        ("README.md", "streams"),
        ("meltano.yml", "extractor"),
    ]


def test_generated_settings_are_those_of_about() -> None:
    assert docs.about() == json.loads(run_tap(None, "--about", "--format=json").stdout)


def test_select_in_meltano_yml_is_what_discovery_selects() -> None:
    catalog = json.loads(run_tap(None, "--discover").stdout)["streams"]
    selected = {
        f"{entry['stream']}.*"
        for entry in catalog
        for item in entry["metadata"]
        if not item["breadcrumb"] and item["metadata"]["selected"]
    }

    assert set(EXTRACTOR["select"]) == selected


TEXT = {"type": "string"}


def test_meltano_yml_is_valid_by_meltanos_schema() -> None:
    schema = json.loads((files("meltano.schemas") / "meltano.schema.json").read_text())

    errors = Draft202012Validator(schema).iter_errors(PROJECT)

    assert [error.message for error in errors] == []


HUBS_SCHEMA = {
    "type": "object",
    "required": ["name", "namespace", "variant", "quality"],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("name", "namespace", "variant", "label", "description"), TEXT),
        **dict.fromkeys(("pip_url", "executable", "settings_preamble", "domain_url"), TEXT),
        "keywords": {"type": "array", "items": TEXT},
        "select": {"type": "array", "items": TEXT},
        "supported_python_versions": {"items": {"type": "string", "pattern": r"^3\.\d+$"}},
        "settings_group_validation": {"type": "array", "items": {"type": "array", "items": TEXT}},
        "maintenance_status": {"enum": ["active", "beta", "development", "inactive", "unknown"]},
        "quality": {"enum": ["gold", "silver", "bronze", "unknown"]},
        "capabilities": {
            "items": {
                "enum": [
                    *("catalog", "state", "discover", "activate-version", "about"),
                    *("stream-maps", "schema-flattening", "structured-logging"),
                ]
            }
        },
        "settings": {
            "items": {
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    **dict.fromkeys(("name", "label", "description", "placeholder"), TEXT),
                    "kind": {
                        "enum": ["array", "boolean", "integer", "object", "options", "string"]
                    },
                    "options": {"type": "array", "items": {"required": ["label", "value"]}},
                    "sensitive": {"type": "boolean"},
                    "value": {},
                },
            }
        },
    },
}
"""What of Meltano's Hub's schema for extractors `plugin.yml` uses, in this project's own words (the
Hub's is in the repository meltano/hub, `schemas/plugin_definitions/extractors.schema.json`)."""

HUBS_LINT = {
    "extends": "default",
    "rules": {
        "braces": {"forbid": "non-empty"},
        "document-start": {"present": False},
        "indentation": {"spaces": 2, "indent-sequences": False},
        "key-ordering": "enable",
        "line-length": "disable",
    },
}
"""What the Hub asks of a file's form, likewise (there, `.yamllint.yaml`)."""


def test_plugin_yml_is_valid_by_the_hubs_schema() -> None:
    definition = yaml.safe_load((ROOT / "tap_frontcore" / "plugin.yml").read_text("utf-8"))

    errors = Draft202012Validator(HUBS_SCHEMA).iter_errors(definition)

    assert [error.message for error in errors] == []


def test_plugin_yml_has_the_form_that_the_hub_asks_for() -> None:
    command = Path(sys.executable).with_name("yamllint")
    arguments = ("--strict", "--config-data", json.dumps(HUBS_LINT), "tap_frontcore/plugin.yml")

    code, output = run([command, *arguments], ROOT, os.environ)

    assert code == 0, output


def test_plugin_yml_names_the_pythons_that_the_package_does() -> None:
    definition = yaml.safe_load((ROOT / "tap_frontcore" / "plugin.yml").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    named = definition["supported_python_versions"]

    assert project["requires-python"] == f">={named[0]}"
    assert f"Python {named[0]} to {named[-1]}" in (ROOT / "README.md").read_text("utf-8")


def test_figures_on_the_page_are_the_benchmarks() -> None:
    folder = ROOT / "tests" / "benchmark"

    results = (folder / "results.md").read_text(encoding="utf-8").strip()

    assert results in (folder / "README.md").read_text(encoding="utf-8")


def test_readme_examples_and_changelog_name_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    workflows = (ROOT / ".github" / "examples").iterdir()
    pages = [page.read_text("utf-8") for page in (ROOT / "README.md", *workflows)]
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    dated = re.findall(r"^## (\S+) - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)

    named = set(re.findall(r"tap-frontcore@v([\d.]+\d)", "".join(pages)))

    assert named == {project["version"]} == {dated[0]}


def test_the_example_of_pages_that_do_not_overlap_loses_a_row() -> None:
    page = (ROOT / "tap_frontcore" / "frontcore" / "README.md").read_text("utf-8")
    _, _, block = page.partition("```text\n")
    before, _, after, *_ = block.splitlines()
    (first, second), now = (
        [re.findall(r"\b[a-h]\b", part) for part in line.split("|")] for line in (before, after)
    )
    left = [row for row in first + second if row != "b"]

    assert now == [left[: len(first)], [*left[len(first) :], "e"]]
    assert after.endswith("e was on no page that was read")
    assert "e" not in first + left[len(first) :]


PAGES = ("README.md", "tap_frontcore/streams/README.md", ".github/CONTRIBUTING.md")


@pytest.mark.parametrize("page", PAGES)
def test_each_link_has_a_target(page: str) -> None:
    """On the web nothing is looked up: only files, and headings in them."""
    text = without_code((ROOT / page).read_text(encoding="utf-8"))
    links = re.findall(r"\]\(([^)\s]+)\)", text)

    for link in links:
        path, _, anchor = link.partition("#")
        if not re.match(r"\w+:", path):
            target = ROOT / page if not path else (ROOT / page).parent / path
            assert target.exists(), f"{page}: {link}"
            assert not anchor or anchor in anchors(target), f"{page}: {link}"
    assert links or "](" not in text


def anchors(page: Path) -> set[str]:
    """Return what GitHub calls the headings of a page."""
    headings = re.findall("^#+ (.*)", without_code(page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def without_code(markdown: str) -> str:
    """Take out the blocks of code."""
    return re.sub("^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)


def test_each_message_in_readme_is_in_the_source() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    _, _, rows = readme.partition("| message | what to do |\n|---|---|\n")
    explained = [row.split(" | ")[0] for row in rows.partition("\n\n")[0].splitlines()]
    of_meltano = (files("meltano.core.block") / "extract_load.py").read_text("utf-8")
    modules = (ROOT / "tap_frontcore").rglob("*.py")
    own = [text for module in modules for text in texts_in(module.read_text("utf-8"))]

    for message in chain.from_iterable(row.removeprefix("| ").split("; ") for row in explained):
        phrase = message.removeprefix("Meltano: ").removesuffix(" (a warning)")
        said = texts_in(of_meltano) if message.startswith("Meltano: ") else own
        pattern = re.compile(".*".join(map(re.escape, phrase.split("…"))))
        is_said = any(map(pattern.search, said))
        assert is_said, f"README explains a message that nothing says: {message}"


def texts_in(source: str) -> Iterator[str]:
    """Yield the texts in a module, with an ellipsis for what is filled in, less its docstrings."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield str(node.value)
