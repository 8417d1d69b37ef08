"""`--check` as users see it; what it finds is tested in `tests/unit/check`."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import (
    API_KEY,
    FakeFrontcore,
    Switches,
    full_account,
    generate_customers,
)
from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.support.cli import TAP, catalog_with, config_for, options_for, run_tap

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serving


def whole_account(**switches: Any) -> FakeFrontcore:
    return full_account(300, odd=True, switches=Switches(**switches))


def test_a_healthy_account_takes_a_line_a_list_and_what_is_new(serving: Serving) -> None:
    fake = whole_account()

    run = run_tap(config_for(serving(fake)), "--check")

    assert run.code == 0
    lines = run.stdout.splitlines()
    assert len(lines) <= 40
    words = {line.split()[0]: line.split()[1] for line in lines[:-1] if not line.startswith(" ")}
    assert words == dict.fromkeys(TABLES, "ok")
    assert list(words)[: len(DEFAULT)] == sorted(DEFAULT)
    assert "    new fields: loyalty (text)" in lines
    assert "at least" not in run.stdout
    assert lines[-1].startswith("The tap's promises hold with this account")
    assert f"{len(fake.asked)} requests" in lines[-1]
    for stream in TABLES:
        assert 0 < len([asked for asked in fake.asked if asked.stream == stream]) <= 12
    assert not run.errors


def test_json_is_one_object_with_everything(serving: Serving) -> None:
    run = run_tap(config_for(serving(whole_account())), "--check=json")

    assert run.code == 0
    found = json.loads(run.stdout)
    assert found.keys() == {"tap-frontcore", "ok", "streams"}
    assert found["ok"] is True
    assert found["streams"].keys() == TABLES.keys()
    customers = found["streams"]["customers"]
    assert customers["verdict"] == "ok"
    answers = {finding["question"]: finding["answer"] for finding in customers["findings"]}
    assert "turnover (null, number, object)" in answers["undocumented fields"]
    assert answers["new fields"] == "loyalty (text)"


@pytest.mark.parametrize("form", ["--check", "--check=json"])
def test_no_value_is_shown(serving: Serving, form: str) -> None:
    fake = whole_account()

    run = run_tap(config_for(serving(fake)), form, env={"TAP_FRONTCORE_LOGLEVEL": "DEBUG"})

    values = {
        value
        for table in fake.tables.values()
        for row in table.values()
        for value in texts_of(row)
        if len(value) > 5 and not value.startswith(("course", "Company", "Europe/Oslo"))
    }
    assert len(values) > 1000
    assert not [value for value in values if value in run.stdout]
    assert API_KEY not in run.stdout + run.stderr


def texts_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts_of(item)]
    return [value] if isinstance(value, str) else []


def test_what_breaks_a_promise_stands_below_its_list(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(60), switches=Switches(filter_zone="Etc/GMT+5"))

    run = run_tap(config_for(serving(fake)), "--check", catalog=catalog_with("customers"))

    assert run.code == 1
    line, reason, *_, last = run.stdout.splitlines()
    assert line.startswith("customers          NOT OK     60 rows")
    assert reason.startswith("    filters: the API's updated_at_min filter drops a row")
    assert last.startswith("Not all of the tap's promises hold")


@pytest.mark.parametrize(
    ("rows", "switches", "unsettled"),
    [
        (300, Switches(order="type", shuffles_equals=True), "the completeness of customers"),
        (0, Switches(), "the filters of customers"),
    ],
)
def test_the_last_line_names_what_is_not_settled(
    serving: Serving, rows: int, switches: Switches, unsettled: str
) -> None:
    fake = FakeFrontcore(generate_customers(rows), switches=switches)

    run = run_tap(config_for(serving(fake)), "--check", catalog=catalog_with("customers"))

    assert run.code == 0
    line, *_, last = run.stdout.splitlines()
    assert line.startswith("customers          can't tell ")
    assert last.startswith("Nothing is broken, as far as ")
    assert last.endswith(f" requests can tell. Not settled: {unsettled}.")


def test_the_rows_of_a_list_that_is_read_in_part_are_at_least_so_many(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(3000))

    run = run_tap(config_for(serving(fake)), "--check", catalog=catalog_with("customers"))

    assert " at least 1904 rows, " in run.stdout


def test_a_field_may_have_any_name(serving: Serving, tmp_path: Path) -> None:
    """What isn't printable is escaped, and what stdout doesn't take."""
    customers = generate_customers(3)
    customers[0] |= {"red \x1b[31m\n": 1, "Δ år": 1}
    files = {"config": config_for(serving(FakeFrontcore(customers, [])))}

    done = subprocess.run(
        [TAP, "--check", *options_for(tmp_path, files | {"catalog": catalog_with("customers")})],
        env=os.environ | {"PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    line = r"    new fields: red \x1b[31m\n (number), \u0394 år (number)"
    assert line in done.stdout.decode("latin-1").splitlines()


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_list_without_access_counts_if_it_is_selected(serving: Serving, status: int) -> None:
    switches = {"forbidden": frozenset({"orders"}), "forbidden_status": status}
    url = serving(whole_account(**switches))

    by_default = run_tap(config_for(url), "--check")
    selected = run_tap(config_for(url), "--check", catalog=catalog_with("customers", "orders"))

    assert by_default.code == 0
    assert "\norders             no access " in by_default.stdout
    assert selected.code == 1
    assert "\norders             NOT OK\n    " in selected.stdout


@pytest.mark.parametrize("form", ["--check", "--check=json"])
def test_a_wrong_key_and_no_server_take_one_line(serving: Serving, form: str) -> None:
    fake = FakeFrontcore([], key="another key")

    rejected = run_tap(config_for(serving(fake)), form)
    absent = run_tap(config_for("http://127.0.0.1:9/v2", max_retries=0), form)

    assert rejected.code == absent.code == 1
    assert rejected.stdout == absent.stdout == ""
    (line,) = rejected.errors
    assert "The key was rejected: check api_key" in line
    assert len(fake.asked) == 1
    (line,) = absent.errors
    assert "127.0.0.1:9" in line
    assert API_KEY not in rejected.stderr
