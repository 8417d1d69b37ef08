"""What users ask of the command itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import (
    API_KEY,
    FakeFrontcore,
    full_account,
    generate_customers,
)
from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.support.cli import TAP, catalog_with, config_for, options_for, run_tap

if TYPE_CHECKING:
    from tests.conftest import Serving


def test_version() -> None:
    run = run_tap(None, "--version")

    assert run.stdout.startswith(f"tap-frontcore v{version('tap-frontcore')}, ")
    assert run.stderr == ""


def test_about_as_json() -> None:
    about = json.loads(run_tap(None, "--about", "--format=json").stdout)

    assert about["name"] == "tap-frontcore"
    assert about["supported_python_versions"] == ["3.11", "3.12", "3.13", "3.14"]
    assert about["settings"]["required"] == ["api_key"]
    settings = TapFrontcore.config_jsonschema["properties"]
    assert settings.keys() <= about["settings"]["properties"].keys()


def test_the_module_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tap_frontcore", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == run_tap(None, "--version").stdout


@pytest.mark.parametrize("chosen", [None, ("products", "admin_roles")])
def test_test_reads_one_row_of_each_selected_list(
    serving: Serving, chosen: tuple[str, ...] | None, tmp_path: Path
) -> None:
    fake = full_account(300)
    config = config_for(serving(fake), max_parallel_requests=1)

    catalog = options_for(tmp_path, {"catalog": catalog_with(*chosen) if chosen else None})

    run = run_tap(config, "--test", *catalog)

    names = chosen or DEFAULT
    assert run.code == 0
    assert list(dict.fromkeys(asked.stream for asked in fake.asked)) == sorted(names)
    assert {name: len(run.records(name)) for name in TABLES} == {
        name: int(name in names) for name in TABLES
    }
    assert "replication_key_value" not in run.stdout
    assert "failed" not in run.stderr
    last = run.stderr.splitlines()[-1]
    assert "| INFO " in last
    counts = f"streams={len(names)} records={len(names)} requests={len(names)}"
    assert f"The key works: {counts}" in last


def test_test_sends_no_activate_version(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(1))
    config = config_for(serving(fake), emit_activate_version_messages=True)

    run = run_tap(config, "--test", catalog=catalog_with(*DEFAULT, replication_method="FULL_TABLE"))

    assert run.code == 0
    assert "The key works: streams=4" in run.stderr.splitlines()[-1]
    assert "ACTIVATE_VERSION" not in run.stdout + run.stderr


def test_test_reads_the_other_lists_after_one_has_failed(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(3), faults={1: "403"})

    run = run_tap(config_for(serving(fake), max_parallel_requests=1), "--test")

    assert run.code == 1
    assert len(run.records("customers")) == 1
    assert list(dict.fromkeys(asked.stream for asked in fake.asked)) == sorted(DEFAULT)
    assert run.errors[-1].endswith(
        "1 of 4 streams failed: customer_contacts (no access). The others are complete; the "
        "bookmarks of what failed are unchanged."
    )


def test_test_schema_sends_no_request() -> None:
    run = run_tap(config_for("http://127.0.0.1:9/v2"), "--test=schema")

    assert run.code == 0
    assert {message["type"] for message in run.messages} == {"SCHEMA"}


def test_an_unknown_option_is_an_error() -> None:
    run = run_tap(None, "--bogus")

    assert run.code == 2
    assert len(run.errors) == 1
    assert "--bogus" in run.errors[0]


LOG_CONFIG = """
version: 1
handlers:
  console: {class: logging.StreamHandler, stream: ext://sys.stderr, formatter: line}
formatters:
  line: {format: "| %(levelname)s | %(message)s"}
root: {handlers: [console], level: INFO}
"""
"""As Meltano 4.0 writes it: without `disable_existing_loggers: false`."""


@pytest.mark.parametrize("level", ["CRITICAL", "DEBUG", "config"])
def test_error_lines_are_the_same_at_any_log_level(
    serving: Serving, level: str, tmp_path: Path
) -> None:
    path = tmp_path / "logging.yml"
    path.write_text(LOG_CONFIG, encoding="utf-8")
    env = {"SINGER_SDK_LOG_CONFIG": str(path)} if level == "config" else {"LOGLEVEL": level}
    config = config_for(serving(FakeFrontcore([], faults={1: "403"})), max_parallel_requests=1)

    wrong = run_tap(config | {"max_parallel_requests": 9}, env=env)
    missing = run_tap(None, "--config", "nowhere.json", env=env)
    failed = run_tap(config, env=env)

    assert [run.code for run in (wrong, missing, failed)] == [1, 2, 1]
    lines = [line.split("| ")[-1] for run in (wrong, missing, failed) for line in run.errors]
    assert lines == [
        "The setting max_parallel_requests must be a whole number from 1 to 8.",
        "Invalid value for '--config': 'nowhere.json': No such file or directory.",
        lines[2],
        lines[3],
    ]
    assert "The key has no access to this stream" in lines[2]
    assert lines[3].startswith("1 of 4 streams failed: customer_contacts (no access).")


@pytest.mark.parametrize("argument", ["--discover", "--about", "--version", "--help"])
def test_a_full_disk_is_an_error(argument: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [TAP, argument], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )

    assert done.returncode == 1
    assert done.stderr.count("| ERROR ") == 1
    assert "stdout can't be written: No space left on device." in done.stderr


def test_a_working_folder_that_was_removed_is_no_error(tmp_path: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f'rmdir "$PWD"; exec {TAP} --config=ENV --test=schema'],  # noqa: S607
        env=os.environ | {"TAP_FRONTCORE_API_KEY": API_KEY},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '"SCHEMA"' in done.stdout
    assert "Skipping parse of env var settings" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_import_ends_the_command_without_a_traceback(
    number: signal.Signals, tmp_path: Path
) -> None:
    """A library that the tap imports sends it, which is the earliest that can be had."""
    (tmp_path / "pendulum.py").write_text(
        f"import os\nos.kill(os.getpid(), {number:d})\n", encoding="utf-8"
    )

    done = subprocess.run(
        [TAP, "--version"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (128 + number, "")
    assert done.stderr.startswith(f"Ended by {number.name}. The next run resumes")
    assert len(done.stderr.splitlines()) == 1
