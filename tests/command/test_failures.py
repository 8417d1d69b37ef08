"""Whatever goes wrong, all rows arrive, or the run ends with one clear line and exit code 1."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import API_KEY, FakeFrontcore, Switches, generate_customers
from tests.support.cli import TAP, Run, catalog_with, config_for, options_for, run_tap
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serving
    from tests.fake_frontcore.app import Fault


def assert_one_clear_line(run: Run, *words: str) -> None:
    assert run.code == 1
    line, *end = run.errors
    for word in words:
        assert word in line
    # The last line says once more that something failed.
    assert len(end) == 1, run.stderr
    assert "failed: " in end[0] or "No stream could be read to its end: " in end[0]
    assert run.stderr.splitlines()[-1] == end[0]
    assert "Traceback" not in run.stderr
    assert API_KEY not in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("fault", "at"),
    [("429", 1), ("half", 3), ("reset", 3), ("hang", 3)],
)
def test_a_retry_that_succeeds_loses_no_row(serving: Serving, fault: Fault, at: int) -> None:
    fake = FakeFrontcore(generate_customers(300), [], faults={at: fault})
    config = config_for(serving(fake), request_timeout=1)

    run = run_tap(config, catalog=catalog_with("customers"))

    assert run.code == 0, run.stderr
    assert run.ids() == list(range(1001, 1301))
    warnings = [line for line in run.stderr.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert re.search(r"Retry 1 of [27] in", warnings[0])  # 2 past the last row
    assert " retries=1 " in run.stderr
    assert API_KEY not in run.stdout + run.stderr


@pytest.mark.parametrize("fault", ["500", "half", "reset", "hang"])
def test_a_lasting_fault_ends_the_run_with_one_line(serving: Serving, fault: Fault) -> None:
    fake = FakeFrontcore(generate_customers(300), [], faults=dict.fromkeys(range(2, 99), fault))
    config = config_for(serving(fake), request_timeout=1, max_retries=0, max_parallel_requests=1)

    run = run_tap(config, catalog=catalog_with("customers"))

    assert_one_clear_line(run, "Giving up after 1 try.", "The next run resumes")
    assert run.ids() == list(range(1001, 1251)), "what was read before is emitted"
    assert run.bookmark() is None


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("401", ("The key has no access to this stream, or lost it", "deselect customers")),
        ("too large", ("Result window is too large", "refuses page 2", "deselect customers")),
        ("redirect", ("redirected /customers to localhost:", "isn't followed")),
    ],
)
def test_a_permanent_error_is_not_retried(
    serving: Serving, fault: Fault, words: tuple[str, ...]
) -> None:
    elsewhere = FakeFrontcore(generate_customers(300))
    url = serving(elsewhere).replace("127.0.0.1", "localhost")
    fake = FakeFrontcore(
        generate_customers(300),
        faults={2: fault},
        switches=Switches(redirect_to=f"{url}/customers?key={API_KEY}"),
    )

    config = config_for(serving(fake), max_parallel_requests=1)
    run = run_tap(config, catalog=catalog_with("customers"))

    assert_one_clear_line(run, *words)
    assert elsewhere.asked == [], "the key went to another host"


@pytest.mark.parametrize("status", [200, 401])
def test_a_wrong_key_is_reported_for_each_list_and_at_the_end(
    serving: Serving, status: int
) -> None:
    switches = Switches(error_status=status)
    fake = FakeFrontcore(generate_customers(30), switches=switches, key="another key")

    run = run_tap(config_for(serving(fake)))

    assert run.code == 1
    first, *others, last = run.errors
    assert '"Wrong API Key". The key was rejected: check api_key, or make a new one' in first
    assert [line.split(" | ")[-1] for line in others] == [
        f"{name}: the key was rejected; check api_key (see above)."
        for name in ("customers", "legal_bases", "products")
    ]
    assert last.endswith(", legal_bases, products (the key was rejected; check api_key).")
    assert API_KEY not in run.stdout + run.stderr
    assert not [message for message in run.messages if message["type"] == "RECORD"]


def test_a_key_or_a_name_in_an_error_is_not_logged(serving: Serving) -> None:
    fake = FakeFrontcore([], faults={1: "echo", 2: "503", 3: "echo"})
    config = config_for(serving(fake), max_parallel_requests=1)

    run = run_tap(config, env={"TAP_FRONTCORE_LOGLEVEL": "DEBUG"})

    assert '400 and "Not valid for…"' in run.stderr
    assert "503 and " in run.stderr
    assert "Kari" not in run.stdout + run.stderr
    assert API_KEY[:8].lower() not in (run.stdout + run.stderr).lower()


@pytest.mark.parametrize("id_", [1001, 1050, 1299, 1300])
def test_a_null_entry_loses_no_other_row(serving: Serving, id_: int) -> None:
    switches = Switches(nulls=lambda row: row["id"] == id_)
    fake = FakeFrontcore(generate_customers(300), [], switches=switches)
    config = config_for(serving(fake))

    run = run_tap(config, catalog=catalog_with("customers"))

    assert run.code == 0, run.stderr
    assert sorted(set(run.ids())) == [other for other in range(1001, 1301) if other != id_]
    assert "customers: some entries of the list are no rows: they are left out." in run.stderr


@pytest.mark.parametrize("fault", ["firewall", "403", "404"])
def test_a_refused_prefetch_is_not_the_end_of_the_list(serving: Serving, fault: Fault) -> None:
    """The page before it isn't full, since a row of it is hidden."""
    switches = Switches(hides=lambda row: row["id"] == 1400)
    fake = FakeFrontcore(generate_customers(2000), [], faults={3: fault}, switches=switches)
    config = config_for(serving(fake), max_parallel_requests=2)

    run = run_tap(config, catalog=catalog_with("customers"))

    if run.code:  # told; the next run reads the rest
        assert run.bookmark() is None
    else:
        assert len(set(run.ids())) == 1999


@pytest.mark.parametrize("fault", ["503", "403"])
def test_a_failure_before_rows_that_were_prefetched_fails_the_run(
    serving: Serving, fault: Fault
) -> None:
    """A page ahead has shown rows behind those that are hidden."""
    switches = Switches(hides=lambda row: 1131 <= row["id"] <= 1350)
    faults = dict.fromkeys(range(4, 99), fault)
    fake = FakeFrontcore(generate_customers(2000), [], faults=faults, switches=switches)
    config = config_for(serving(fake), max_retries=0, max_parallel_requests=2)

    run = run_tap(config, catalog=catalog_with("customers"))

    assert run.code == 1
    assert run.bookmark() is None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("401", "the key was rejected; check api_key"),
        ("403", "no access"),
        ("404", "nothing there"),
    ],
)
def test_a_failed_stream_leaves_the_others_complete(
    serving: Serving, fault: Fault, reason: str
) -> None:
    """Many APIs answer 401 where a right is missing."""
    fake = FakeFrontcore(generate_customers(300), faults={1: fault})
    config = config_for(serving(fake), max_parallel_requests=1)

    run = run_tap(config)

    assert_one_clear_line(run, "/customers/contacts")
    assert f"1 of 4 streams failed: customer_contacts ({reason})." in run.errors[1]
    assert run.ids() == list(range(1001, 1301))
    assert run.bookmark() is not None
    assert run.bookmark("customer_contacts") is None

    second = run_tap(config, state=run.state)

    assert second.code == 0
    assert sorted(second.ids("customer_contacts")) == sorted(fake.tables["customer_contacts"])


def test_a_failed_full_table_run_sends_no_activate_version(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(300), [], faults=dict.fromkeys(range(2, 99), "403"))
    config = config_for(
        serving(fake),
        max_retries=0,
        max_parallel_requests=1,  # so that the first page is whole
        emit_activate_version_messages=True,
    )

    run = run_tap(config, catalog=catalog_with("customers", replication_method="FULL_TABLE"))

    assert run.code == 1
    assert len(run.ids()) == 250
    assert not [message for message in run.messages if message["type"] == "ACTIVATE_VERSION"]


@pytest.mark.parametrize("retry_after", ["1", None])
def test_the_rate_limit_loses_no_row(serving: Serving, retry_after: str | None) -> None:
    switches = Switches(rate_limit=5, retry_after=retry_after)
    fake = FakeFrontcore(generate_customers(450), [], switches=switches)

    run = run_tap(config_for(serving(fake)), catalog=catalog_with("customers"))

    assert run.code == 0, run.stderr
    assert run.ids() == list(range(1001, 1451))


@pytest.mark.parametrize(
    ("field", "value", "level"),
    [
        ("country", "Hemmelig land", "WARNING"),
        ("ny", {"Hemmelig": 1}, "INFO"),  # nobody can mend that it is new
    ],
)
def test_a_misfit_is_kept_in_additional_properties(
    serving: Serving, field: str, value: Any, level: str
) -> None:
    customers = generate_customers(30)
    for row in customers[20:22]:
        row[field] = value

    run = run_tap(config_for(serving(FakeFrontcore(customers, []))))

    assert run.code == 0
    assert len(run.ids()) == 30
    additional = {record["id"]: record["additional_properties"] for record in run.records()}
    assert {number: kept for number, kept in additional.items() if kept} == {
        1021: {field: value},
        1022: {field: value},
    }
    (line,) = [line for line in run.stderr.splitlines() if "additional_properties." in line]
    assert f"| {level} " in line
    assert f"`{field}`" in line
    assert level == "WARNING" or "WARNING" not in run.stderr
    assert "Hemmelig" not in run.stderr


@pytest.mark.parametrize("id_", ["Kari Nordmann", None, [], 10**30, ...])
def test_an_unusable_id_ends_its_stream(serving: Serving, id_: Any) -> None:
    customers = generate_customers(3)
    fake = FakeFrontcore(customers, [], switches=Switches(order="title"))
    row = {name: value for name, value in customers[1].items() if name != "id"}
    fake.tables["customers"][1002] = row if id_ is ... else row | {"id": id_}

    run = run_tap(config_for(serving(fake)))

    assert_one_clear_line(run, "customers: a row's key, `id`, is", "The stream ends there")
    assert "Nordmann" not in run.stdout + run.stderr
    assert all(record["id"] for record in run.records())


def test_a_row_without_times_comes_and_leaves_the_bookmark(serving: Serving) -> None:
    customers = generate_customers(3)
    customers[1] |= {"created_at": None, "updated_at": None}

    run = run_tap(config_for(serving(FakeFrontcore(customers, []))))

    assert run.code == 0
    assert {record["id"]: record["updated_at"] for record in run.records()}[1002] is None
    assert run.bookmark() == max(record["updated_at"] or "" for record in run.records())
    assert "WARNING" not in run.stderr


def test_nul_characters_are_removed_from_texts(serving: Serving) -> None:
    customers = generate_customers(30)
    customers[7] |= {"note": "a\0b", "custom_properties": {"x\0": "\0"}}

    run = run_tap(config_for(serving(FakeFrontcore(customers, []))))

    record = run.records()[7]
    assert (record["note"], record["custom_properties"]) == ("ab", {"x": ""})
    (warning,) = [line for line in run.stderr.splitlines() if "WARNING" in line]
    assert "customers: texts had characters that no database takes" in warning


def test_a_refused_connection_is_an_error() -> None:
    run = run_tap(
        config_for("http://127.0.0.1:9/v2", max_retries=0), catalog=catalog_with("customers")
    )

    assert_one_clear_line(run, "No connection to 127.0.0.1:9")
    assert run.errors[1].endswith("customers (No connection to 127.0.0.1:9: Connection refused).")


def test_an_invalid_proxy_url_is_not_retried() -> None:
    """The proxy's port is none; by default it would be tried for two minutes."""
    proxy = {"HTTPS_PROXY": "http://me:invented-password@127.0.0.1:99999"}
    config, catalog = config_for("https://frontcore.invalid/v2"), catalog_with("customers")

    run = run_tap(config, catalog=catalog, env=proxy)
    debugged = run_tap(config, catalog=catalog, env=proxy | {"TAP_FRONTCORE_LOGLEVEL": "DEBUG"})

    assert_one_clear_line(run, "The proxy can't be used; check HTTPS_PROXY")
    assert "Retry" not in run.stderr
    assert "invented-password" not in run.stderr + debugged.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_with_its_exit_code(
    serving: Serving, number: signal.Signals, tmp_path: Path
) -> None:
    fake = FakeFrontcore(generate_customers(300), [], faults=dict.fromkeys(range(4, 99), "hang"))
    options = options_for(tmp_path, {"config": config_for(serving(fake))})
    output = tmp_path / "output.jsonl"
    with (
        output.open("w") as file,
        subprocess.Popen([TAP, *options], stdout=file, stderr=subprocess.PIPE, text=True) as tap,
    ):
        while len(fake.asked) < 4 and tap.poll() is None:
            time.sleep(0.01)
        tap.send_signal(number)
        _, stderr = tap.communicate(timeout=TIMEOUT)

    assert tap.returncode == 128 + number
    assert f"Ended by {number.name}" in stderr
    assert "Traceback" not in stderr
    assert [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]


def test_a_broken_pipe_is_an_error(serving: Serving, tmp_path: Path) -> None:
    fake = FakeFrontcore(generate_customers(3000), [])
    options = options_for(tmp_path, {"config": config_for(serving(fake))})
    with subprocess.Popen(
        [TAP, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as tap:
        assert tap.stdout
        assert tap.stderr
        tap.stdout.readline()
        tap.stdout.close()
        stderr = tap.stderr.read()
        tap.wait(TIMEOUT)

    assert tap.returncode == 1
    assert stderr.count("The target has stopped reading") == 1
    assert "Traceback" not in stderr


def test_the_key_is_sent_in_its_header_only_and_no_value_is_logged(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(30, odd=True))

    run = run_tap(config_for(serving(fake)), env={"TAP_FRONTCORE_LOGLEVEL": "DEBUG"})

    assert {asked.key for asked in fake.asked} == {API_KEY}
    assert not any(API_KEY in str(asked.params) + asked.path for asked in fake.asked)
    assert API_KEY not in run.stdout + run.stderr
    rows: list[dict[str, Any]] = [*fake.tables["customers"].values()]
    assert not [row for row in rows if row["email"] in run.stderr or row["title"] in run.stderr]


@pytest.mark.parametrize("redirect", [">/dev/full", ">&-"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_unwritable_stdout_is_an_error(
    serving: Serving, tmp_path: Path, redirect: str, unbuffered: str
) -> None:
    config = config_for(serving(FakeFrontcore(generate_customers(300))))
    _, file = options_for(tmp_path, {"config": config})

    done = subprocess.run(
        ["sh", "-c", f"exec {TAP} --config {file} {redirect}"],  # noqa: S607
        stderr=subprocess.PIPE,
        text=True,
        timeout=TIMEOUT,
        check=False,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    )

    assert done.returncode == 1
    assert done.stderr.count("| ERROR ") == 1
    assert "stdout can't be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("past_end", ["empty", "error", "last page"])
def test_prefetching_asks_for_few_pages_past_the_end(serving: Serving, past_end: Any) -> None:
    switches = Switches(latency=0.1, past_end=past_end)
    fake = FakeFrontcore(generate_customers(620), [], switches=switches)
    config = config_for(serving(fake), requests_per_second=20)

    run = run_tap(config, catalog=catalog_with("customers"))

    assert run.ids() == list(range(1001, 1621))
    starts = [(int(asked.params["page"]) - 1) * int(asked.params["limit"]) for asked in fake.asked]
    assert len([start for start in starts if start >= 620]) <= 3


def test_timezone_applies_to_filters_and_times(serving: Serving) -> None:
    """Times without an offset, and filters, are read in the zone that is set."""
    customers = generate_customers(3)
    customers[0] |= {"created_at": "2026-01-10 12:00:00", "updated_at": "2026-07-10 12:00:00"}
    fake = FakeFrontcore(customers[:1], [], switches=Switches(filter_zone="America/New_York"))
    config = config_for(serving(fake), timezone="America/New_York")

    run = run_tap(config | {"start_date": "2026-07-01"}, catalog=catalog_with("customers"))

    assert run.records()[0]["created_at"] == "2026-01-10T17:00:00+00:00"
    assert run.records()[0]["updated_at"] == "2026-07-10T16:00:00+00:00"
    bounds = {asked.params.get("updated_at_min") for asked in fake.asked}
    assert bounds == {"2026-06-30 18:59:59", None}


def test_a_proxy_is_not_used_for_localhost(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(3), [])
    proxy = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")

    run = run_tap(config_for(serving(fake), max_retries=0), env=proxy)

    assert run.code == 0


def test_the_lookback_does_not_go_before_start_date(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(3), [])
    bookmark = {"replication_key": "updated_at", "replication_key_value": "2026-05-01T00:00:30Z"}
    config = config_for(serving(fake), start_date="2026-05-01", timezone="UTC")

    run_tap(config, catalog=catalog_with("customers"), state={"bookmarks": {"customers": bookmark}})

    bounds = [it.params.get("updated_at_min") for it in fake.asked]  # of two queries, in any order
    assert set(bounds) == {"2026-04-30 22:59:59", None}
