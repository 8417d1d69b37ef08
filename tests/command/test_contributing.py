"""What CONTRIBUTING says of adding a list and a filter, done to a copy of this repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.fake_frontcore import FakeFrontcore, generate_customers
from tests.support.cli import Run, catalog_with, config_for, options_for
from tests.support.meltano import ROOT
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serving

Diffs = list[tuple[str, str]]


def diffs_of(section: str) -> Diffs:
    """Return the files that a section of CONTRIBUTING changes, and what changes in them."""
    text = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    _, _, section = text.partition(f"\n## {section}\n")
    section, _, _ = section.partition("\n## ")
    return re.findall(r"`([\w/]+\.py)`:\n\n```diff\n(.*?)```", section, re.DOTALL)


A_LIST, A_FILTER = diffs_of("Add a list"), diffs_of("Give a list a filter")

LISTS, DOCS = "tests/unit/test_streams.py", "tests/command/test_docs.py"
FILTERS = "tests/unit/test_narrowing.py"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy the repository."""
    kept_out = shutil.ignore_patterns(".git", ".venv", ".meltano", "*_cache", "__pycache__")
    return shutil.copytree(ROOT, tmp_path / "copy", ignore=kept_out)


def change(copy: Path, diffs: Diffs, *, word: str = "department") -> None:
    """Make the changes of an example; if it adds a list, one of that name."""
    for name, diff in diffs:
        lines = diff.replace("department", word).replace("Department", word.title())
        old, new = (
            "".join(line[1:] for line in lines.splitlines(keepends=True) if line[0] in f" {side}")
            for side in "-+"
        )
        text = (copy / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"CONTRIBUTING.md: {name} has no such place:\n{old}"
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")


def python(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy, which goes before the installed tap."""
    return subprocess.run(
        [sys.executable, *args],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def run_tests(copy: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run tests of the copy."""
    return python(copy, "-m", "pytest", "--numprocesses=0", "-p", "no:cacheprovider", *args)


def place(copy: Path, name: str, beginning: str) -> str:
    """Return the file and line that begins in a certain way."""
    lines = (copy / name).read_text(encoding="utf-8").splitlines()
    return f"{name}:{next(n for n, line in enumerate(lines, 1) if line.startswith(beginning))}: "


SYNC = """
from tests.fake_frontcore import full_account, serve
from tests.support.cli import catalog_with, config_for, run_tap

with serve(full_account(3)) as url:
    run = run_tap(config_for(url), catalog=catalog_with("departments", "rooms"))
for name in ("departments", "rooms"):
    print(name, [row["title"] for row in run.records(name)])
"""


def test_each_diff_is_made() -> None:
    page = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")

    assert len(A_LIST + A_FILTER) == page.count("```diff")


def test_the_example_works_for_two_lists(copy: Path) -> None:
    change(copy, A_LIST)
    change(copy, A_LIST, word="room")

    written = python(copy, "-m", "tests.docs")
    synced = python(copy, "-c", SYNC)
    tested = run_tests(copy, LISTS, DOCS)

    assert "Written: tap_frontcore/streams/README.md" in written.stdout, written.stderr
    rows = ["Kurs", "Regnskap"]
    assert synced.stdout == f"departments {rows}\nrooms {rows}\n", synced.stderr
    assert tested.returncode == 0, tested.stdout


def test_a_stream_that_is_forgotten_is_named(copy: Path) -> None:
    change(copy, A_LIST[:1])

    tested = run_tests(copy, LISTS)

    assert tested.returncode == 1
    there = place(copy, "tap_frontcore/streams/people.py", "class DepartmentsStream")
    assert f"/{there}name DepartmentsStream in " in tested.stdout


def test_a_fake_and_docs_that_are_forgotten_are_named(copy: Path) -> None:
    change(copy, A_LIST[:3])

    tested = run_tests(copy, LISTS, DOCS, "-k", "test_streams or test_generating")

    assert tested.returncode == 1
    for name, beginning, to_do in (
        ("tests/fake_frontcore/app.py", "TABLES = {", "add departments"),
        ("tests/fake_frontcore/rows.py", "def generate_account", "add departments"),
        ("README.md", "| [`instructors`]", "run `make docs`"),
    ):
        assert f"/{place(copy, name, beginning)}{to_do}" in tested.stdout


def test_a_filter_is_asked_by_and_lets_no_target_delete_the_rest(
    copy: Path, serving: Serving, tmp_path: Path
) -> None:
    change(copy, A_FILTER)
    written = python(copy, "-m", "tests.docs")
    fake = FakeFrontcore(generate_customers(30))
    files = {
        "config": config_for(serving(fake), emit_activate_version_messages=True, customer_id=1007),
        "catalog": catalog_with("customers", "customer_contacts", replication_method="FULL_TABLE"),
    }

    ended = python(copy, "-m", "tap_frontcore", *options_for(tmp_path, files))
    tested = run_tests(copy, FILTERS, DOCS, "-k", "test_narrowing or test_generating")

    assert "Written: README.md" in written.stdout, written.stderr
    run = Run(ended.returncode, ended.stdout, ended.stderr)
    assert run.code == 0, run.stderr
    of_contacts = [asked.params for asked in fake.asked if asked.path.endswith("/contacts")]
    assert {params.get("customer_id") for params in of_contacts} == {"1007"}
    assert run.records("customer_contacts")
    activated = {it["stream"] for it in run.messages if it["type"] == "ACTIVATE_VERSION"}
    assert activated == {"customers"}
    assert tested.returncode == 0, tested.stdout


IN_A_METHOD = """
    def query_params(self):
        return {name: it for name in ["customer_id"] if (it := self.config.get(name))}
"""


def test_a_filter_in_a_place_that_does_not_narrow_is_named(copy: Path) -> None:
    change(copy, A_FILTER[:1])
    module = copy / A_FILTER[1][0]
    path = '    path = "/customers/contacts"\n'
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace(path, path + IN_A_METHOD), encoding="utf-8")

    tested = run_tests(copy, FILTERS)

    assert tested.returncode == 1
    there = place(copy, A_FILTER[1][0], "class CustomerContactsStream")
    assert f"/{there}name customer_id in `narrowed_by`" in tested.stdout
