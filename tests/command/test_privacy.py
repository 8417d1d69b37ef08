"""The setting `personal_data`: no text of a person leaves the tap by any door, in both modes."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.support.cli import Run, catalog_with, config_for, run_tap
from tests.support.persons import SALT, SECRET, account, fake_of, is_company

if TYPE_CHECKING:
    from tests.conftest import Serving

DEBUG = {"TAP_FRONTCORE_LOGLEVEL": "DEBUG"}
HASH: dict[str, Any] = {"personal_data": "hash", "personal_data_salt": SALT}
OMIT: dict[str, Any] = {"personal_data": "omit"}
each_mode = pytest.mark.parametrize("mode", [HASH, OMIT], ids=["hash", "omit"])

LISTS = account()


def hash_of(email: str) -> str:
    return hashlib.sha256((SALT + email.strip().lower()).encode()).hexdigest()


def run_with(
    serving: Serving, *args: str, catalog: dict[str, Any] | None = None, **config: Any
) -> Run:
    """Read all lists."""
    config = config_for(serving(fake_of(LISTS)), **config)
    return run_tap(config, *args, catalog=catalog or catalog_with(*TABLES), env=DEBUG)


def assert_nobody_is_named(run: Run) -> None:
    output = (run.stdout + run.stderr).casefold()
    assert SECRET not in output, output[output.index(SECRET) - 300 :][:600]
    assert "report it" not in output


def by_stream(run: Run) -> dict[str, dict[int, Any]]:
    return {name: {it[TABLES[name].key]: it for it in run.records(name)} for name in TABLES}


def test_persons_that_nobody_leaves_out_are_found(serving: Serving) -> None:
    """The other tests would find them."""
    run = run_with(serving)

    for name in LISTS:
        assert SECRET in json.dumps(run.records(name)).casefold()
    assert "personal_data" not in run.stderr


def older_catalog() -> dict[str, Any]:
    """Make a catalog that Meltano keeps: of a version that had other columns and types."""
    catalog = catalog_with(*TABLES)
    text = {"type": ["string", "null"]}
    for entry in [it for it in catalog["streams"] if it["stream"] in TABLES]:
        fields = entry["schema"]["properties"]
        for name in ("type", "department", "orgnr"):
            fields.pop(name, None)
        for name in fields.keys() & {"user", "customer", "email", "note", "employees", "country"}:
            fields[name] = text
        fields |= {"mobile": text, "new": text, "gone": {"type": ["object", "null"]}}
        if "post_address" in fields:
            fields["post_address"]["properties"]["contact"] = text
        for name in fields:
            crumb = ["properties", name]
            if name != TABLES[entry["stream"]].key and crumb not in [
                item["breadcrumb"] for item in entry["metadata"]
            ]:
                entry["metadata"].append({"breadcrumb": crumb, "metadata": {"selected": True}})
    return catalog


MAPS = {
    "customers": {"copy": "str(record)", "again": "str(_)", "tag": "type", "__alias__": "people"},
    "few": {"__source__": "customers", "__filter__": "id > 1010", "raw": "json.dumps(record)"},
    "customer_contacts": {"customer": "customer_id", "customer_id": "str(self)"},
    "participants": {"id": "id", "all": "record", "__else__": None},
    "texts": {"__source__": "courses", "__else__": None, "id": "id", "text": "json.dumps(_)"},
    "instructors": {"email": None, "__key_properties__": []},
    "admin_*": {"new": "str(record.values())", "too": "int(_['id'])"},
}


@each_mode
@pytest.mark.parametrize(
    "config",
    [
        {},
        {"flattening_enabled": True, "flattening_max_depth": 2},
        {"stream_maps": MAPS},
        {"stream_maps": MAPS, "flattening_enabled": True, "flattening_max_depth": 1},
    ],
    ids=["plain", "flattened", "maps", "maps and flattened"],
)
def test_nobody_is_named_in_all_lists(
    serving: Serving, mode: dict[str, Any], config: dict[str, Any]
) -> None:
    run = run_with(serving, **mode, **config)

    assert run.code == 0, run.errors
    assert_nobody_is_named(run)
    came = {it["stream"] for it in run.messages if it["type"] == "RECORD"}
    assert len(came) == len(TABLES) + 2 * bool(config.get("stream_maps"))


@each_mode
def test_a_cached_catalog_of_another_version_brings_nobody_back(
    serving: Serving, mode: dict[str, Any]
) -> None:
    run = run_with(serving, catalog=older_catalog(), **mode)

    assert run.code == 0, run.errors
    assert_nobody_is_named(run)
    plain = by_stream(run_with(serving, **mode))
    for name, records in by_stream(run).items():
        assert records.keys() == plain[name].keys()
        for key, record in records.items():
            shared = record.keys() & plain[name][key].keys() - {"country", "user", "customer"}
            assert {it: record[it] for it in shared} == {it: plain[name][key][it] for it in shared}


@each_mode
def test_a_full_table_run_lets_targets_delete_as_ever(
    serving: Serving, mode: dict[str, Any]
) -> None:
    catalog = catalog_with(*TABLES, replication_method="FULL_TABLE")

    run = run_with(serving, catalog=catalog, emit_activate_version_messages=True, **mode)

    assert_nobody_is_named(run)
    assert by_stream(run) == by_stream(run_with(serving, **mode))
    activated = {it["stream"] for it in run.messages if it["type"] == "ACTIVATE_VERSION"}
    assert activated == {*TABLES}


@each_mode
def test_a_trial_run_names_nobody(serving: Serving, mode: dict[str, Any]) -> None:
    run = run_with(serving, "--test", **mode)

    assert run.code == 0, run.errors
    assert_nobody_is_named(run)
    assert len([it for it in run.messages if it["type"] == "RECORD"]) == len(TABLES)


@each_mode
def test_deselected_columns_stay_out(serving: Serving, mode: dict[str, Any]) -> None:
    catalog = catalog_with("customers", deselected=("title", "type", "invoice_address"))

    run = run_with(serving, catalog=catalog, **mode)

    assert_nobody_is_named(run)
    phones = {it["id"]: it["phone"] for it in run.records()}
    assert "title" not in run.records()[0]
    assert phones == {it["id"]: it["phone"] for it in run_with(serving, **mode).records()}
    assert any(phones.values())


def test_a_company_keeps_what_is_its_own(serving: Serving) -> None:
    kept = ("title", "phone", "orgnr", "webaddress", "invoice_address", "post_address", "type")
    keep, masked = (
        {it["id"]: it for it in run_with(serving, **mode).records()} for mode in ({}, HASH)
    )

    rows = {row["id"]: row for row in LISTS["customers"]}
    companies = {id_ for id_, row in rows.items() if is_company(row) and id_ < 9_000_000}
    persons = {id_ for id_, row in rows.items() if not is_company(row)}
    assert len(companies) > 20
    assert len(persons) > 8
    for id_ in companies:
        assert [masked[id_][name] for name in kept] == [keep[id_][name] for name in kept]
    for id_ in persons:
        assert [masked[id_][name] for name in kept[:-1]] == [None] * 6
        assert masked[id_]["id"] == id_
        assert masked[id_]["created_at"] == keep[id_]["created_at"]


def test_what_is_not_of_persons_comes_as_ever(serving: Serving) -> None:
    """So do the documented parts of objects, by which participants and orders are joined."""
    keep, masked = by_stream(run_with(serving)), by_stream(run_with(serving, **HASH))

    for name in ("products", "courses", "course_dates", "locations", "admin_roles"):
        rows = [id_ for id_ in keep[name] if id_ < 9_000_000]
        gone = {"additional_properties", "custom_properties", "trigger_value", "price"}
        for id_ in rows:
            assert {k: v for k, v in masked[name][id_].items() if k != "price"} == {
                k: v for k, v in keep[name][id_].items() if k not in gone
            }
    for id_, record in masked["participants"].items():
        original = keep["participants"][id_]
        if id_ < 9_000_000:
            assert record["coursedate"] == original["coursedate"]
            assert record["course"] == original["course"]
            assert record["paid"] == original["paid"]
            assert record["status"] == original["status"]
    orders = [row for row in LISTS["orders"] if row["id"] < 9_000_000]
    assert [masked["orders"][row["id"]]["customer"]["id"] for row in orders] == [
        row["customer"]["id"] for row in orders
    ]


def test_the_rows_of_one_person_have_one_hash(serving: Serving) -> None:
    masked = by_stream(run_with(serving, **HASH))

    contacts = {row["id"]: row["email"] for row in LISTS["customer_contacts"]}
    users = {it["id"]: it["user"] for it in masked["legal_bases"].values() if it["user"]}
    users = {id_: user for id_, user in users.items() if user.get("id") in contacts}
    assert len(users) > 5
    for user in users.values():
        assert user == {"id": user["id"], "email": hash_of(contacts[user["id"]])}
        assert masked["customer_contacts"][user["id"]]["email"] == user["email"]
    persons = {it["user"].get("email") for it in masked["participants"].values() if it["user"]}
    assert persons & {hash_of(email) for email in contacts.values() if isinstance(email, str)}


@pytest.mark.parametrize(
    ("mode", "counts"),
    [
        (HASH, "personal_data is hash: 8 columns are left out, 3 come as a hash."),
        (OMIT, "personal_data is omit: 11 columns are left out, 0 come as a hash."),
    ],
)
def test_the_start_of_a_run_says_how_much_is_left_out(
    serving: Serving, mode: dict[str, Any], counts: str
) -> None:
    run = run_with(serving, catalog=catalog_with("customers", "legal_bases"), **mode)

    (line,) = (line for line in run.stderr.splitlines() if "personal_data is" in line)
    assert line.endswith(counts)
    assert run.stderr.index(line) < run.stderr.index("Beginning")


def test_a_discovery_shows_all_columns_whatever_is_left_out() -> None:
    """Or a catalog that Meltano keeps would leave them out later too."""
    config = config_for("http://127.0.0.1:9/v2", **OMIT)

    assert run_tap(config, "--discover").stdout == run_tap(None, "--discover").stdout


@pytest.mark.parametrize(("key", "mode"), [("email", OMIT), ("title", OMIT), ("title", HASH)])
def test_a_key_that_is_left_out_of_some_rows_is_refused(
    serving: Serving, key: str, mode: dict[str, Any]
) -> None:
    catalog = catalog_with("customers")
    (customers,) = (it for it in catalog["streams"] if it["stream"] == "customers")
    customers["key_properties"] = [key]

    run = run_with(serving, catalog=catalog, **mode)

    (line,) = run.errors
    assert f"{key} can't be a key of customers: personal_data leaves it out." in line
    assert run.stdout == ""


def test_a_column_too_short_for_a_hash_is_null_and_told(serving: Serving) -> None:
    catalog = catalog_with("customer_contacts")
    (contacts,) = (it for it in catalog["streams"] if it["stream"] == "customer_contacts")
    contacts["schema"]["properties"]["email"]["maxLength"] = 50

    run = run_with(serving, catalog=catalog, **HASH)

    assert {it["email"] for it in run.records("customer_contacts")} == {None}
    assert "`email` is text that is not at most 50 characters long. It is left out." in run.stderr


def test_the_default_lists_are_those_of_a_run_without_a_catalog(serving: Serving) -> None:
    run = run_tap(config_for(serving(fake_of(LISTS)), **OMIT), env=DEBUG)

    assert_nobody_is_named(run)
    assert {it["stream"] for it in run.messages if it["type"] == "RECORD"} == {*DEFAULT}
