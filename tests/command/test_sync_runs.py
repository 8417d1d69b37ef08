"""The stream `sync_runs`: what a run tells, in rows, of each stream that it read."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import FakeFrontcore, Switches, generate_account, generate_customers
from tests.fake_frontcore.app import TABLES
from tests.support.cli import TAP, Run, catalog_with, config_for, options_for, run_tap
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Serving

ALL = tuple(TABLES)
ENDED = {"started_at", "ended_at", "tap_version", "requests"}
"""What differs from run to run."""


def account(rows: list[dict[str, Any]] | None = None, **switches: Any) -> FakeFrontcore:
    rows = rows or generate_customers(300)
    return FakeFrontcore(rows, others=generate_account(rows), switches=Switches(**switches))


def rows_of(run: Run) -> dict[str, dict[str, Any]]:
    """Return the rows of a run, by stream."""
    rows = run.records("sync_runs")
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["stream"]: row for row in rows}


def selecting(*streams: str, **options: Any) -> dict[str, Any]:
    return catalog_with(*streams, "sync_runs", **options)


def test_each_stream_of_a_run_has_a_row_also_if_one_fails(serving: Serving) -> None:
    def is_hidden(row: dict[str, Any]) -> bool:
        return "item_number" in row and row["id"] % 9 == 0

    fake = account(hides=is_hidden, forbidden=frozenset({"customer_contacts"}))

    run = run_tap(config_for(serving(fake)), catalog=selecting(*ALL))

    assert run.code == 1
    assert f"1 of {len(ALL)} streams failed: customer_contacts (no access)" in run.errors[-1]
    rows = rows_of(run)
    assert rows.keys() == set(ALL)
    assert sum(row["requests"] for row in rows.values()) == len(fake.asked)
    refused, hidden = rows["customer_contacts"], rows["products"]
    assert {name: value for name, value in refused.items() if name not in ENDED} == {
        "id": refused["id"],
        "stream": "customer_contacts",
        "replication_method": "INCREMENTAL",
        "records": 0,
        "retries": 0,
        "is_complete": False,
        "doubt": None,
        "failure": "no access",
        "bookmark_before": None,
        "bookmark_after": None,
        "is_activated": False,
        "new_fields": None,
    }
    assert hidden["is_complete"] is True
    assert hidden["doubt"] == "the API hides rows of the list"
    assert hidden["records"] == sum(not is_hidden(row) for row in fake.tables["products"].values())
    assert rows["customers"]["is_complete"] is True
    assert rows["customers"]["doubt"] is rows["customers"]["failure"] is None
    assert rows["customers"]["bookmark_after"] == run.bookmark()
    assert rows["courses"]["replication_method"] == "FULL_TABLE"
    assert rows["courses"]["new_fields"] == "seo"
    # They come last, and a state after them, in which they have no bookmark.
    kinds = [(message["type"], message.get("stream")) for message in run.messages]
    first = kinds.index(("SCHEMA", "sync_runs"))
    assert kinds[first + 1 : first + 1 + len(ALL)] == [("RECORD", "sync_runs")] * len(ALL)
    assert {kind for kind, _ in kinds[first + 1 + len(ALL) :]} == {"STATE"}
    assert not run.state["bookmarks"].get("sync_runs")


def test_the_next_run_begins_where_this_one_ended(serving: Serving) -> None:
    fake = account()
    config, catalog = config_for(serving(fake)), selecting("customers")
    first = run_tap(config, catalog=catalog)
    fake.edit(1001, title="Ny Kunde AS")

    second = run_tap(config, catalog=catalog, state=first.state)

    (before,), (after,) = first.records("sync_runs"), second.records("sync_runs")
    assert before["bookmark_before"] is None
    assert before["bookmark_after"] == after["bookmark_before"] == first.bookmark()
    assert after["bookmark_after"] == second.bookmark() != first.bookmark()
    assert (before["records"], after["records"]) == (300, 2), "the row at the bookmark comes again"
    assert before["id"] != after["id"], "also if both began in the same second"
    assert before["started_at"] <= before["ended_at"] <= after["started_at"]


def test_a_failed_stream_keeps_its_bookmark(serving: Serving) -> None:
    fake = account()
    config, catalog = config_for(serving(fake)), selecting("customers")
    first = run_tap(config, catalog=catalog)
    fake.switches.forbidden = frozenset({"customers"})

    (row,) = run_tap(config, catalog=catalog, state=first.state).records("sync_runs")

    assert row["bookmark_before"] == row["bookmark_after"] == first.bookmark()


def move(fake: FakeFrontcore, number: int) -> None:
    if number == 2:
        fake.edit(1001, title="Ny")  # far back in the list, and now its first


ORDER = "rows that didn't change came in another order from page to page"
CUT = "the list has 75 rows, and servers cut lists there"


@pytest.mark.parametrize(
    ("stream", "count", "switches", "settings", "doubt", "is_complete"),
    [
        (
            "customers",
            600,
            {"order": "-updated_at"},
            {},
            "the list changed while it was read",
            True,
        ),
        ("customers", 900, {"order": "status", "shuffles_equals": True}, {}, ORDER, False),
        ("customers", 30, {}, {"since_id": 5}, "since_id is set, so not all rows", True),
        ("customers", 30, {"nulls": lambda row: row["id"] == 1007}, {}, "no rows", False),
        ("admin_users", 75, {}, {"created_at_min": "2020-01-01"}, CUT, False),
        ("admin_users", 74, {}, {"created_at_min": "2020-01-01"}, None, True),
    ],
    ids=["moved", "disordered", "narrowed", "null", "cut", "not narrowed"],
)
def test_a_list_is_complete_unless_rows_may_be_missing(  # noqa: PLR0913, PLR0917
    serving: Serving,
    stream: str,
    count: int,
    switches: dict[str, Any],
    settings: dict[str, Any],
    doubt: str | None,
    *,
    is_complete: bool,
) -> None:
    customers = generate_customers(count)
    others = generate_account(customers, others=count)
    fake = FakeFrontcore(customers, others=others, switches=Switches(**switches))
    if switches.get("order") == "-updated_at":
        fake.edit(1001, updated_at="2015-01-01T00:00:00+01:00")
        fake.between = move
    config = config_for(serving(fake), max_parallel_requests=1, **settings)

    run = run_tap(config, catalog=selecting(stream))

    (row,) = run.records("sync_runs")
    assert run.code == 0, run.stderr
    assert row["is_complete"] is is_complete
    assert (doubt in row["doubt"]) if doubt else (row["doubt"] is None)


def test_the_gravest_doubt_is_told(serving: Serving) -> None:
    """That the end is unsure, not that the list is narrowed, or has hidden rows."""

    def refuse(fake: FakeFrontcore, number: int) -> None:
        params = fake.asked[-1].params
        if (int(params["page"]) - 1) * int(params["limit"]) >= 300:
            fake.faults[number] = "too large"

    fake = account(hides=lambda row: row.get("id") == 1100)
    fake.between = refuse
    config = config_for(serving(fake), since_id=1, max_parallel_requests=1)

    (row,) = run_tap(config, catalog=selecting("customers")).records("sync_runs")

    assert row["doubt"] == "the end of the list can't be confirmed"
    assert row["is_complete"] is False


def full_run(serving: Serving, fake: FakeFrontcore, *streams: str, **settings: Any) -> Run:
    settings = {"emit_activate_version_messages": True, "max_parallel_requests": 1} | settings
    catalog = selecting(*streams, replication_method="FULL_TABLE")
    return run_tap(config_for(serving(fake), **settings), catalog=catalog)


def test_a_row_that_changed_meanwhile_counts_once(serving: Serving) -> None:
    """It comes twice, so that a target doesn't delete it."""

    def edit(fake: FakeFrontcore, number: int) -> None:
        if number == 2:
            fake.edit(1001, title="Ny")

    fake = account()
    fake.between = edit

    run = full_run(serving, fake, "customers")

    (row,) = run.records("sync_runs")
    assert run.ids().count(1001) == 2
    assert row["records"] == 300
    assert row["is_activated"] is True
    assert "Done with customers: records=300 " in run.stderr
    assert "the target keeps the 300 rows" in run.stderr


def test_activate_version_is_never_sent_for_the_rows_of_earlier_runs(serving: Serving) -> None:
    fake = account(hides=lambda row: row.get("id") == 1200)
    maps = {"products": {"__filter__": "id > 0"}, "legal_bases": "__NULL__"}

    run = full_run(serving, fake, *ALL, stream_maps=maps)

    rows = rows_of(run)
    sent = {message["stream"] for message in run.messages if message["type"] == "ACTIVATE_VERSION"}
    assert sent == {name for name, row in rows.items() if row["is_activated"]}
    assert sent == set(ALL) - {"customers", "products", "legal_bases"}
    assert rows["customers"]["doubt"] == "the API hides rows of the list"
    assert rows["products"]["doubt"] == "its stream map has a filter"
    assert rows["products"]["is_complete"] is True
    own = [message for message in run.messages if message.get("stream") == "sync_runs"]
    assert not any("version" in message for message in own)


def test_new_fields_are_named_as_in_the_log_and_without_values(serving: Serving) -> None:
    rows = generate_customers(30)
    odd = {"loyalty": "gold", "a\x1bb": "secret", "x" * 50: 1, "hidden": "secret"}
    rows[3] |= odd | {"note": ["secret"]}
    config = config_for(serving(account(rows)), stream_maps={"customers": {"hidden": "__NULL__"}})

    run = run_tap(config, catalog=selecting("customers", deselected=("additional_properties",)))

    (row,) = run.records("sync_runs")
    assert row["new_fields"] == f"loyalty, a\\x1bb, {'x' * 40}…"
    assert not any(word in json.dumps(row) for word in ("secret", "gold"))


def test_a_check_of_the_key_brings_no_complete_list(serving: Serving) -> None:
    run = run_tap(config_for(serving(account())), "--test", catalog=selecting(*ALL))

    assert run.code == 0
    assert f"The key works: streams={len(ALL)} records={len(ALL)} " in run.stderr
    (row,) = run.records("sync_runs")
    assert row["is_complete"] is False


def test_a_check_of_the_account_leaves_it_out(serving: Serving) -> None:
    run = run_tap(config_for(serving(account())), "--check", catalog=selecting("customers"))

    assert run.code == 0
    assert "Checking customers." in run.stderr
    assert "sync_runs" not in run.stdout


@pytest.mark.parametrize("options", [(), ("--test",), ("--check",)])
def test_alone_it_has_nothing_to_tell(serving: Serving, options: tuple[str, ...]) -> None:
    fake = account()

    run = run_tap(config_for(serving(fake)), *options, catalog=selecting())

    assert run.code == 1
    (error,) = run.errors
    assert "The catalog selects no stream to read." in error
    assert fake.asked == []


def test_stream_maps_and_deselected_columns_apply(serving: Serving) -> None:
    config = config_for(
        serving(account()),
        stream_maps={
            "sync_runs": {"account": "'sweden'", "stream": "'frontcore.' + stream"},
            "customers": {"id": "id", "__else__": None},
        },
    )

    run = run_tap(config, catalog=selecting("customers", deselected=("doubt", "started_at")))

    (row,) = run.records("sync_runs")
    assert row["account"] == "sweden"
    assert row["stream"] == "frontcore.customers"
    assert not {"doubt", "started_at"} & row.keys()
    assert row["is_complete"] is True


def test_a_stream_map_that_fails_on_it_fails_the_run(serving: Serving) -> None:
    config = config_for(serving(account()), stream_maps={"sync_runs": {"stream": "1 / 0"}})

    run = run_tap(config, catalog=selecting("customers"))

    assert run.code == 1
    assert "1 of 2 streams failed: sync_runs (its stream map)" in run.errors[-1]
    assert len(run.ids()) == 300


def test_a_run_that_a_signal_ends_tells_nothing(serving: Serving, tmp_path: Path) -> None:
    fake = account()
    fake.faults = dict.fromkeys(range(2, 99), "hang")
    files = {"config": config_for(serving(fake)), "catalog": selecting("customers")}
    options = options_for(tmp_path, files)
    output = tmp_path / "output"
    with (
        output.open("wb") as file,
        subprocess.Popen([TAP, *options], stdout=file, stderr=subprocess.DEVNULL) as process,
    ):
        while len(fake.asked) < 2 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)

    assert process.wait(TIMEOUT) == 128 + signal.SIGTERM
    assert b"sync_runs" not in output.read_bytes()
