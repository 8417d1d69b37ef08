"""Catalogs that were edited or made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_frontcore import FakeFrontcore, full_account, generate_customers
from tests.support.cli import catalog_with, config_for, run_tap

if TYPE_CHECKING:
    from tests.conftest import Serving

BOOKMARK = {"replication_key": "updated_at", "replication_key_value": "2099-01-01T00:00:00+00:00"}


def edited(*streams: str, metadata: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Discover the catalog, select streams, and edit each of them."""
    catalog = catalog_with(*streams)
    for entry in catalog["streams"]:
        if entry["stream"] in streams:
            entry.update(fields)
            root = next(item for item in entry["metadata"] if not item["breadcrumb"])
            root["metadata"] |= metadata
    return catalog


def test_an_invalid_catalog_is_refused_before_the_first_request(serving: Serving) -> None:
    catalog = edited("customers", metadata={}, replication_method="full_table")
    fake = full_account(30)

    run = run_tap(config_for(serving(fake)), catalog=catalog)

    assert run.code == 1
    assert len(run.errors) == 1
    assert "in capitals" in run.errors[0]
    assert "report it" not in run.stderr
    assert fake.asked == []


@pytest.mark.parametrize("key", ["nope", None])
def test_full_table_ignores_the_replication_key(serving: Serving, key: str | None) -> None:
    catalog = edited(
        "customers",
        metadata={"replication-method": "FULL_TABLE", "replication-key": key},
        replication_key=key,
    )

    run = run_tap(
        config_for(serving(full_account(30)), emit_activate_version_messages=True),
        catalog=catalog,
        state={"bookmarks": {"customers": BOOKMARK}},
    )

    assert run.code == 0, run.stderr
    assert len(run.ids()) == 30
    assert all(record["updated_at"] for record in run.records())
    assert any(message["type"] == "ACTIVATE_VERSION" for message in run.messages)


def test_a_stream_without_a_replication_method_is_read_as_discovered(serving: Serving) -> None:
    catalog = edited("customers", metadata={}, replication_method=None, replication_key=None)

    run = run_tap(config_for(serving(full_account(30))), catalog=catalog)

    assert run.code == 0, run.stderr
    assert run.bookmark() is not None


@pytest.mark.parametrize("stream", ["participants", "orders"])
def test_a_catalog_from_before_a_list_was_incremental_reads_it_whole(
    serving: Serving, stream: str
) -> None:
    """Meltano keeps the catalog that it once discovered."""
    absent = {"replication-key": None, "valid-replication-keys": None}
    catalog = edited(stream, metadata=absent, replication_method="FULL_TABLE", replication_key=None)
    for entry in catalog["streams"]:
        if entry["stream"] == stream:
            entry["schema"]["properties"].pop("updated_at")
            items = [it for it in entry["metadata"] if "updated_at" not in it["breadcrumb"]]
            entry["metadata"] = items
    fake = full_account(30)
    config = config_for(serving(fake), emit_activate_version_messages=True)

    first = run_tap(config, catalog=catalog, state={"bookmarks": {stream: {"records": 30}}})
    second = run_tap(config, catalog=catalog, state=first.state)

    for run in (first, second):
        assert run.code == 0, run.stderr
        assert sorted(run.ids(stream)) == sorted(fake.tables[stream])
        assert not any("updated_at" in record for record in run.records(stream))
        assert {"ACTIVATE_VERSION"} <= {message["type"] for message in run.messages}
        assert f"{stream}: the catalog lacks updated_at, which this version reads" in run.stderr
        assert "no row tells" not in run.stderr
    # What changed meanwhile is read again before a target may delete it.
    assert sum("updated_at_min" in asked.params for asked in fake.asked) == 2


def without_times(stream: str) -> dict[str, Any]:
    """Deselect the times, also the replication key, as a catalog can that is made by hand."""
    catalog = catalog_with(stream, deselected=("created_at", "updated_at"))
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if item["breadcrumb"] == ["properties", "updated_at"]:
                item["metadata"]["inclusion"] = "available"
    return catalog


def test_of_rows_without_updated_at_the_bookmark_needs_no_such_column(serving: Serving) -> None:
    catalog = without_times("orders")
    fake = full_account(30)
    config = config_for(serving(fake))

    first = run_tap(config, catalog=catalog)
    second = run_tap(config, catalog=catalog, state=first.state)

    assert first.code == second.code == 0, first.stderr + second.stderr
    assert sorted(first.ids("orders")) == sorted(fake.tables["orders"])
    assert not any("updated_at" in record for record in first.records("orders"))
    assert second.ids("orders") == []


def test_a_deselected_replication_key_is_in_no_record(serving: Serving) -> None:
    catalog = without_times("customers")
    fake = full_account(30)
    fake.edit(1001, updated_at="i går")

    run = run_tap(config_for(serving(fake)), catalog=catalog)

    assert run.code == 0, run.stderr
    assert len(run.ids()) == 30
    assert not any("updated_at" in record for record in run.records())
    assert "i går" not in run.stdout
    assert run.bookmark() is not None


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (["id", "updated_at"], ["id", "updated_at"]),
        (["country"], ["country"]),  # which many rows share
        ([], None),  # a target appends then
        (None, ["id"]),
    ],
    ids=repr,
)
def test_key_properties_of_a_catalog_are_only_for_the_target(
    serving: Serving, given: list[str] | None, sent: list[str] | None
) -> None:
    """Pages are laid over each other by the API's own key."""
    customers = generate_customers(600)
    catalog = edited("customers", metadata={"table-key-properties": None}, key_properties=given)

    run = run_tap(config_for(serving(FakeFrontcore(customers))), catalog=catalog)

    assert run.code == 0, run.stderr
    assert sorted(run.ids()) == [row["id"] for row in customers]
    (schema,) = (message for message in run.messages if message["type"] == "SCHEMA")
    assert (schema["key_properties"] or None) == sent


def test_a_custom_field_that_a_map_removes_is_not_in_additional_properties(
    serving: Serving,
) -> None:
    catalog = catalog_with("customers")
    for entry in catalog["streams"]:
        if entry["stream"] == "customers":
            entry["schema"]["properties"]["loyalty"] = {"type": ["integer", "null"]}
    fake = full_account(30)
    fake.edit(1001, loyalty="Hemmelig", ny="kjent")
    only_ids = {"id": "id", "additional_properties": "additional_properties", "__else__": None}

    run = run_tap(config_for(serving(fake), stream_maps={"customers": only_ids}), catalog=catalog)

    assert run.code == 0, run.stderr
    assert "Hemmelig" not in run.stdout
    kept = [record["additional_properties"] for record in run.records()]
    assert [one for one in kept if one] == [{"ny": "kjent"}]
