"""What arrives, over a real socket: whole, incremental, filtered, and while the list moves."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import (
    FakeFrontcore,
    Switches,
    full_account,
    generate_account,
    generate_customers,
)
from tests.fake_frontcore.app import DEFAULT, INCREMENTAL, TABLES
from tests.fake_frontcore.rows import Row, api_time, contact
from tests.support.cli import Run, catalog_with, config_for, run_tap

if TYPE_CHECKING:
    from tests.conftest import Serving

# Streams differ in three declarations: whether a list takes filters, whether it takes `page`, and
# its key. So one of each kind stands for all; the pipelines load every one of them.
each_kind = pytest.mark.parametrize("stream", ["customers", "course_dates", "admin_users"])
switches = pytest.mark.parametrize(
    "switches",
    [
        Switches(),
        Switches(inclusive=True, null_passes=True, order="-updated_at", past_end="last page"),
        Switches(order="-id", past_end="error", error_status=200),
    ],
    ids=["exclusive", "inclusive", "newest first"],
)


def uniform_account(size: int = 300, **settings: Any) -> FakeFrontcore:
    """Make an account with as many rows in each list, so that a test holds for all of them."""
    customers = generate_customers(size)
    times = ("created_at", "updated_at")
    rows = {
        name: [
            one
            | {TABLES[name].key: row["id"]}
            | {field: row[field] for field in times if name in INCREMENTAL}
            for row in customers
        ]
        for name, (one, *_) in generate_account(customers[:1]).items()
    }
    contacts = [contact(row["id"], row) for row in customers]
    return FakeFrontcore(customers, contacts, rows, **settings)


def last_change(row: Row) -> datetime:
    return datetime.fromisoformat(row["updated_at"] or row["created_at"])


def new_row(fake: FakeFrontcore, stream: str, id_: int) -> Row:
    return next(iter(fake.tables[stream].values())) | {TABLES[stream].key: id_}


def asked_for(fake: FakeFrontcore, stream: str) -> list[dict[str, str]]:
    return [asked.params for asked in fake.asked if asked.stream == stream]


@each_kind
@switches
def test_a_first_run_brings_every_row(serving: Serving, switches: Switches, stream: str) -> None:
    fake = uniform_account(520, switches=switches)

    run = run_tap(config_for(serving(fake)), catalog=catalog_with(stream))

    assert run.code == 0, run.stderr
    assert sorted(run.ids(stream)) == sorted(fake.tables[stream])
    if stream in INCREMENTAL:
        newest = max(map(last_change, fake.tables[stream].values()))
        assert datetime.fromisoformat(run.bookmark(stream) or "") == newest
        assert all(record["updated_at"] for record in run.records(stream))


@switches
def test_the_next_run_brings_exactly_what_changed(serving: Serving, switches: Switches) -> None:
    fake = uniform_account(switches=switches)
    config = config_for(serving(fake), lookback_seconds=0)
    first = run_tap(config, catalog=catalog_with("customers"))
    newest = {
        id_
        for id_, row in fake.tables["customers"].items()
        if last_change(row) == datetime.fromisoformat(first.bookmark() or "")
    }
    fake.edit(1010, title="Ny")
    fake.add(new_row(fake, "customers", 9001))
    fake.delete(1020)
    fake.asked.clear()

    second = run_tap(config, state=first.state, catalog=catalog_with("customers"))

    assert second.code == 0
    # The row at the bookmark comes again: Frontcore may have saved another in the same second.
    assert set(second.ids()) - newest == {1010, 9001}
    assert len(second.ids()) == len(set(second.ids()))
    # Where rows that were never edited pass the filter, they may fill a page of their own.
    assert len(asked_for(fake, "customers")) <= 2 + 2 * switches.null_passes
    created = {record["id"]: record for record in second.records()}[9001]
    assert created["updated_at"] == created["created_at"]
    assert (second.bookmark() or "") > (first.bookmark() or "")


@pytest.mark.parametrize("stream", ["participants", "orders"])
@pytest.mark.parametrize("ignores_filters", [False, True])
def test_rows_that_do_not_tell_when_they_changed_come_by_the_filters(
    serving: Serving, stream: str, *, ignores_filters: bool
) -> None:
    """Each comes, as Frontcore's filters say; who is deregistered, or exported, stays listed."""
    fake = uniform_account(switches=Switches(ignores_filters=ignores_filters))
    config, catalog = config_for(serving(fake)), catalog_with(stream)
    first = run_tap(config, catalog=catalog)
    fake.edit(1010, stream=stream, status={"title": "Avmeldt", "status_code": 4})
    fake.edit(1011, stream=stream, exported_at=api_time(datetime.now(UTC)))
    fake.add(new_row(fake, stream, 9001), stream=stream)
    fake.asked.clear()

    second = run_tap(config, state=first.state, catalog=catalog)

    changed = {1010, 1011, 9001}
    assert second.code == 0
    assert set(second.ids(stream)) == (set(fake.tables[stream]) if ignores_filters else changed)
    assert ignores_filters or len(asked_for(fake, stream)) == 2
    assert f"Done with {stream}: records={len(set(second.ids(stream)))} " in second.stderr
    assert "no row tells when it changed" in second.stderr
    assert "WARNING" not in first.stderr + second.stderr
    assert (second.bookmark(stream) or "") >= (first.bookmark(stream) or "") > "2026"


@pytest.mark.parametrize(
    "bookmark",
    [
        "2026-10-25T02:30:00+02:00",
        "2026-10-25 00:30:00.000000",
    ],
)
def test_bookmarks_in_any_form_work_at_the_end_of_summer_time(
    serving: Serving, bookmark: str
) -> None:
    fake = uniform_account(30)
    start = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    for id_, minutes in {1001: -1, 1002: 0, 1003: 29, 1004: 30, 1005: 61, 1006: 600}.items():
        fake.edit(id_, updated_at=api_time(start + timedelta(minutes=minutes)))
    state = {"replication_key": "updated_at", "replication_key_value": bookmark}

    run = run_tap(
        config_for(serving(fake), lookback_seconds=0),
        state={"bookmarks": {"customers": state}},
        catalog=catalog_with("customers"),
    )

    assert run.code == 0
    assert {1002, 1003, 1004, 1005, 1006} <= set(run.ids())


def test_rows_saved_late_come_within_the_lookback(serving: Serving) -> None:
    fake = uniform_account(30)
    url = serving(fake)
    catalog = catalog_with("customers")
    first = run_tap(config_for(url), catalog=catalog)
    bookmark = datetime.fromisoformat(first.bookmark() or "")
    fake.edit(1001, updated_at=api_time(bookmark - timedelta(seconds=50)))
    fake.edit(1002, updated_at=api_time(bookmark - timedelta(seconds=70)))

    def again(**settings: Any) -> list[int]:
        return run_tap(config_for(url, **settings), state=first.state, catalog=catalog).ids()

    ids = again()
    assert 1001 in ids
    assert 1002 not in ids
    assert 1002 in again(lookback_seconds=80)


@pytest.mark.parametrize("null_passes", [False, True])
def test_start_date_and_end_date_bring_the_rows_changed_between_them(
    serving: Serving, *, null_passes: bool
) -> None:
    fake = uniform_account(switches=Switches(null_passes=null_passes, inclusive=null_passes))
    start, end = "2022-01-01T00:00:00+01:00", "2024-01-01"
    config = config_for(serving(fake), start_date=start, end_date=end)

    run = run_tap(config, catalog=catalog_with("customers"))

    expected = {
        id_
        for id_, row in fake.tables["customers"].items()
        if datetime.fromisoformat(start) <= last_change(row) < datetime(2024, 1, 1, tzinfo=UTC)
    }
    assert len(expected) > 10
    assert run.code == 0
    assert sorted(run.ids()) == sorted(expected)


def test_since_id_and_created_at_filter_customers_only(serving: Serving) -> None:
    fake = uniform_account()
    run = run_tap(
        config_for(
            serving(fake),
            since_id=1100,
            created_at_min="2020-01-01",
            created_at_max="2022-01-01T00:00:00+00:00",
            include_employees=True,
        ),
    )

    expected = {
        row["id"]
        for row in fake.tables["customers"].values()
        if row["id"] > 1100
        and "2020" <= datetime.fromisoformat(row["created_at"]).astimezone(UTC).isoformat() < "2022"
    }
    assert set(run.ids()) == expected
    assert all(record["employees"] is not None for record in run.records())
    assert len(run.ids("customer_contacts")) == 300


def test_employees_of_companies_come_only_with_include_employees(serving: Serving) -> None:
    run = run_tap(config_for(serving(uniform_account(30))))

    having = {record["type"] for record in run.records() if record["employees"] is not None}
    assert having == {"Private"}


def versions(run: Run) -> list[int | None]:
    return [message.get("version") for message in run.messages if "record" in message]


@each_kind
def test_full_table_sends_no_filter_and_activates_its_version(
    serving: Serving, stream: str
) -> None:
    fake = uniform_account()
    catalog = catalog_with(stream, replication_method="FULL_TABLE")
    config = config_for(
        serving(fake),
        emit_activate_version_messages=True,
        start_date="2026-01-01",
        end_date="2026-02-01",
    )
    bookmark = {"replication_key": "updated_at", "replication_key_value": "2026-10-01T00:00:00Z"}

    run = run_tap(config, catalog=catalog, state={"bookmarks": {stream: bookmark}})

    assert len(run.ids(stream)) == 300
    # Afterwards it also asks for what was edited meanwhile.
    filters = {name for params in asked_for(fake, stream)[:2] for name in params}
    assert not {name for name in filters if name.endswith(("_min", "_max"))}
    kinds = [message["type"] for message in run.messages if message.get("stream") == stream]
    # After the last row: a run that breaks off must not make the target drop anything.
    assert kinds == ["SCHEMA", *["RECORD"] * 300, "ACTIVATE_VERSION"]
    (activated,) = [m["version"] for m in run.messages if m["type"] == "ACTIVATE_VERSION"]
    assert versions(run) == [activated] * 300


@pytest.mark.parametrize("stream", ["customers", "orders"])
def test_a_row_edited_during_a_full_table_run_comes_before_activate_version(
    serving: Serving, stream: str
) -> None:
    """It moves to the front, and another row leaves: no other row changes its place."""

    def move(fake: FakeFrontcore, number: int) -> None:
        if number == 4:
            fake.edit(1801, stream=stream, title="00000a")
            fake.delete(1010, stream=stream)

    rows = [row | {"title": f"{n:05}"} for n, row in enumerate(generate_customers(900))]
    fake = FakeFrontcore([], [], switches=Switches(order="title"), between=move)
    fake.tables[stream] = {row["id"]: row for row in rows}
    config = config_for(serving(fake), emit_activate_version_messages=True, max_parallel_requests=1)

    run = run_tap(config, catalog=catalog_with(stream, replication_method="FULL_TABLE"))

    assert run.code == 0, run.stderr
    assert {message["type"] for message in run.messages} >= {"ACTIVATE_VERSION"}
    assert set(fake.tables[stream]) <= set(run.ids(stream))
    assert "bookmark" not in run.stderr


def test_rows_behind_hidden_ones_come_before_activate_version(serving: Serving) -> None:
    """Pages are cut at 100 rows, and the second one comes empty: the last ten rows follow it."""
    rows = generate_customers(210)
    hidden = {row["id"] for row in rows[100:200]}
    switches = Switches(maximum=100, hides=lambda row: row["id"] in hidden)
    fake = FakeFrontcore(rows, [], switches=switches)
    config = config_for(serving(fake), emit_activate_version_messages=True)

    run = run_tap(config, catalog=catalog_with("customers", replication_method="FULL_TABLE"))

    assert set(run.ids()) == {row["id"] for row in rows} - hidden
    assert "not sending ACTIVATE_VERSION" in run.stderr


@pytest.mark.parametrize(
    ("stream", "order"), [("customers", "-updated_at"), ("course_dates", "id")]
)
def test_a_list_that_changes_while_it_is_read_loses_no_row(
    serving: Serving, stream: str, order: str
) -> None:
    def move(fake: FakeFrontcore, number: int) -> None:
        ids = list(fake.tables[stream])
        for step in range(3):
            edited: Row = {"title": f"A {number}"}
            if stream not in INCREMENTAL:
                edited["updated_at"] = None  # they have none
            fake.edit(ids[(number * 7 + step) % 40], stream=stream, **edited)
            victim = ids[-1 - step]
            if victim > 1400:
                fake.delete(ids[step + 45], stream=stream)
        fake.add(new_row(fake, stream, 8000 + number), stream=stream)

    fake = uniform_account(600, switches=Switches(order=order))
    fake.between = move
    before = {id_: dict(row) for id_, row in fake.tables[stream].items()}

    run = run_tap(
        config_for(serving(fake), max_parallel_requests=4),
        catalog=catalog_with(stream),
    )

    untouched = {id_ for id_, row in fake.tables[stream].items() if before.get(id_) == row}
    assert run.code == 0, run.stderr
    assert len(untouched) > 300
    assert untouched <= set(run.ids(stream))


def test_deselected_streams_and_fields_are_left_out(serving: Serving) -> None:
    fake = uniform_account(30)
    columns = ("note", "created_at", "additional_properties")
    catalog = catalog_with("customers", deselected=("city", *columns))

    run = run_tap(config_for(serving(fake)), catalog=catalog)

    assert {asked.stream for asked in fake.asked} == {"customers"}
    assert len(run.ids()) == 30
    assert not any(name in record for record in run.records() for name in columns)
    assert not any("city" in record["post_address"] for record in run.records())
    assert all(record["updated_at"] for record in run.records()), "also where it was created_at"


def test_each_stream_and_the_run_end_with_a_summary(serving: Serving) -> None:
    fake = FakeFrontcore(generate_customers(1030), [])
    fake.edit(1003, updated_at="2020-01-01T00:00:00+01:00", loyalty="gold")

    run = run_tap(config_for(serving(fake), max_parallel_requests=1))

    requests = len(fake.asked)
    *lines, last = run.stderr.splitlines()
    assert "| INFO " in last
    assert re.search(rf"Done: streams=4 records=1030 requests={requests} seconds=\d+\.\d$", last)
    done = [line.split("Done with ")[1] for line in lines if "Done with " in line]
    assert len(done) == len(DEFAULT)
    assert re.fullmatch(r"customer_contacts: requests=2( seconds=\d\.\d)?", done[0])
    assert re.fullmatch(
        rf"customers: records=1030 requests={requests - 6} seconds=\d+\.\d bookmark="
        rf"{re.escape(run.bookmark() or '')}",
        done[1],
    )
    assert run.stderr.count("`loyalty` is a field that this version doesn't know") == 1
    assert "sync_runs" not in run.stdout, "it is told only to who selects it"


@pytest.mark.parametrize(("depth", "maps"), [(1, False), (3, True)])
def test_flattening_loses_nothing(serving: Serving, depth: int, *, maps: bool) -> None:
    customers = generate_customers(60, odd=True)
    customers[2]["country"] = None
    customers[4] |= {"type": "Private", "employees": [{"id": 1, "share": 12.5}]}
    config = config_for(
        serving(FakeFrontcore(customers, [])), flattening_enabled=True, flattening_max_depth=depth
    )
    if maps:
        config["stream_maps"] = {"customers": {"phone": None}}

    run = run_tap(config, catalog=catalog_with("customers"))

    assert run.code == 0
    plain = {row["id"]: row for row in customers}
    for record in run.records():
        row = plain[record["id"]]
        country, custom = row["country"] or {}, record["custom_properties"]
        assert "country" not in record
        assert record["country__code"] == (country or {}).get("code")
        assert (json.loads(custom) if custom else None) == (
            {} if row["custom_properties"] == [] else row["custom_properties"] and {
                "Sesong": "vår", "Nivå": "3", "Tom": None,
            }
        )  # fmt: skip
        if "loyalty" in row:
            assert json.loads(record["additional_properties"]) == {"loyalty": "gold"}
    shares = [r["employees"] for r in run.records() if r["employees"] and "share" in r["employees"]]
    assert [json.loads(text) for text in shares] == [[{"id": 1, "share": 12.5}]]


@pytest.mark.parametrize(
    ("stream", "switches"),
    [
        ("course_dates", Switches(envelope=False)),
        ("customers", Switches(as_object=True)),
        ("admin_users", Switches(compresses=True)),
    ],
    ids=["bare", "as an object", "compressed"],
)
def test_a_list_of_any_shape_is_read_completely(
    serving: Serving, stream: str, switches: Switches
) -> None:
    fake = uniform_account(60, switches=switches)

    run = run_tap(config_for(serving(fake)), catalog=catalog_with(stream))

    assert run.code == 0, run.stderr
    assert sorted(run.ids(stream)) == sorted(fake.tables[stream])


@pytest.mark.parametrize("stream", ["participants", "orders"])
def test_a_row_whose_updated_at_is_always_null_comes_if_the_filter_finds_it(
    serving: Serving, stream: str
) -> None:
    """That null says "never edited" is documented of customers alone."""
    fake = uniform_account(switches=Switches(shows=lambda _, row: row | {"updated_at": None}))
    config, catalog = config_for(serving(fake)), catalog_with(stream)
    first = run_tap(config, catalog=catalog)
    fake.edit(1010, stream=stream)

    second = run_tap(config, state=first.state, catalog=catalog)

    assert 1010 in second.ids(stream)


def test_a_list_without_pages_costs_one_request(serving: Serving) -> None:
    fake = full_account(30)

    run = run_tap(config_for(serving(fake)), catalog=catalog_with("admin_users"))

    assert run.code == 0, run.stderr
    assert len(run.records("admin_users")) == len(fake.tables["admin_users"])
    assert len(fake.asked) == 1
