"""What users ask of the command itself."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest

from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import (
    API_KEY,
    FakeFrontcore,
    generate_account,
    generate_customers,
)
from tests.fake_frontcore.app import TABLES
from tests.support.cli import config_for, run_tap

if TYPE_CHECKING:
    from collections.abc import Callable


def test_version() -> None:
    run = run_tap(None, "--version")

    assert run.stdout.startswith(f"tap-frontcore v{version('tap-frontcore')}, ")
    assert run.stderr == ""


def test_help_names_every_option() -> None:
    text = run_tap(None, "--help").stdout

    for option in ("--version", "--about", "--config", "--discover", "--test", "--state"):
        assert option in text


@pytest.mark.parametrize("arguments", [["--about"], ["--about", "--format=markdown"]])
def test_about_names_every_setting(arguments: list[str]) -> None:
    run = run_tap(None, *arguments)

    assert run.code == 0
    for name in TapFrontcore.config_jsonschema["properties"]:
        assert name in run.stdout


def test_about_as_json() -> None:
    about = json.loads(run_tap(None, "--about", "--format=json").stdout)

    assert about["name"] == "tap-frontcore"
    assert about["supported_python_versions"] == ["3.11", "3.12", "3.13", "3.14"]
    assert about["settings"]["required"] == ["api_key"]


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tap_frontcore", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == run_tap(None, "--version").stdout


def test_test_reads_one_row_of_each_stream(serving: Callable[[FakeFrontcore], str]) -> None:
    customers = generate_customers(300)
    fake = FakeFrontcore(customers, others=generate_account(customers))

    run = run_tap(config_for(serving(fake), max_parallel_requests=1), "--test")

    assert run.code == 0
    assert run.errors == []
    assert [asked.path for asked in fake.asked] == [TABLES[name].path for name in sorted(TABLES)]
    assert all(len(run.records(name)) == 1 for name in TABLES)


def test_test_with_a_wrong_key_says_so_in_one_line(
    serving: Callable[[FakeFrontcore], str],
) -> None:
    fake = FakeFrontcore([], key="another key")

    run = run_tap(config_for(serving(fake)), "--test")

    assert run.code == 1
    assert len(run.errors) == 1
    assert "The key was rejected" in run.errors[0]
    assert API_KEY not in run.stderr


def test_test_with_a_stream_that_fails(serving: Callable[[FakeFrontcore], str]) -> None:
    fake = FakeFrontcore(generate_customers(3), faults={1: "403"})

    run = run_tap(config_for(serving(fake)), "--test")

    assert run.code == 1
    assert len(run.errors) == 1


def test_an_option_that_does_not_exist() -> None:
    run = run_tap(None, "--bogus")

    assert run.code == 2
    assert len(run.errors) == 1
    assert "--bogus" in run.errors[0]
