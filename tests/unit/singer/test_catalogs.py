"""What is said of catalogs that others made."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_frontcore.singer.catalogs import catalog_errors, with_methods
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore


def entry(name: str = "customers", /, *fields: str, **changes: Any) -> dict[str, Any]:
    """Make a stream as one writes it by hand."""
    time = {"type": ["string", "null"], "format": "date-time"}
    properties = {field: time if field.endswith("_at") else {} for field in ("id", *fields)}
    return {
        "tap_stream_id": name,
        "schema": {"properties": properties},
        "metadata": [],
        **changes,
    }


def root(**metadata: Any) -> list[dict[str, Any]]:
    named = {name.replace("_", "-"): value for name, value in metadata.items()}
    return [{"breadcrumb": [], "metadata": {"selected": True} | named}]


def with_metadata(*breadcrumb: str, **metadata: Any) -> dict[str, Any]:
    """Return a catalog that says something of a place in customers."""
    item = {"breadcrumb": list(breadcrumb), "metadata": metadata}
    return {"streams": [ENTRY | {"metadata": [*root(), item]}]}


def in_schema(field: Any) -> dict[str, Any]:
    """Return a schema of customers that declares a field of one's own."""
    return {"schema": {"properties": ENTRY["schema"]["properties"] | {"own": field}}}


def with_field(field: Any) -> dict[str, Any]:
    """Return a catalog that declares a field of one's own."""
    return {"streams": [ENTRY | in_schema(field)]}


ENTRY = entry("customers", "updated_at", "employees", "invoice_address")
DESELECTED = {"breadcrumb": ["properties", "id"], "metadata": {"selected": False}}


def with_entry(**changes: Any) -> dict[str, Any]:
    """Return a catalog of customers with changes."""
    return {"streams": [ENTRY | changes]}


@pytest.mark.parametrize(
    ("catalog", "line"),
    [
        ({}, "The catalog hasn't the form that --discover writes: a part of it lacks 'streams'."),
        *(
            (wrong, "The catalog hasn't the form that --discover writes: a part of it has the wr")
            for wrong in (
                {"streams": None},
                {"streams": [None]},
                with_entry(tap_stream_id=5),
                with_entry(key_properties=[["id"]]),
                with_field({"items": [{}]}),
                with_field({"items": True}),
                with_field({"properties": []}),
                with_field({"properties": {"a": "string"}}),
            )
        ),
        (
            {"streams": [ENTRY, entry("products") | in_schema({"type": 5})]},
            "the schema of products isn't JSON Schema at properties.own.type.",
        ),
        ({"streams": [{"schema": {"properties": {}}}]}, "lacks 'tap_stream_id'."),
        ({"streams": [{"tap_stream_id": "customers"}]}, "lacks 'schema'."),
        ({"streams": [entry(schema={})]}, "lacks 'properties'."),
        ({"streams": [entry(metadata=[{}])]}, "lacks 'breadcrumb'."),
        ({"streams": [entry(key_properties="id")]}, "key_properties of customers must be a list"),
        ({"streams": [ENTRY, ENTRY]}, "the stream customers is there twice"),
        (
            with_entry(metadata=[*root(), *root(selected=False)]),
            "of customers, the breadcrumb [] is there twice",
        ),
        *(
            (
                with_metadata("properties", "email", **{key: value}),
                f"`{key}` of customers has no effect: write `selected`, true or false, into the me",
            )
            for key, value in (
                *(("selected", "false"), ("selected", 0), ("selected-by-default", "false")),
                *(("Selected", False), ("is_selected", False), ("deselected", True)),
                *(("select", False), ("seleted", False), ("selected_by_default", False)),
            )
        ),
        (
            with_entry(metadata=[{"breadcrumb": [], "metadata": {}, "selected": False}]),
            "`selected` of customers has no effect: write",
        ),
        *(
            (with_entry(**wrong), "`selected` of customers has an effect in its metadata only")
            for wrong in (
                {"selected": False},
                {"schema": {"selected": "false", "properties": {}}},
                {"metadata": root(selected=False), "schema": {"selected": True, "properties": {}}},
                in_schema({"properties": {"city": {"selected": False}}}),
            )
        ),
        *(
            (with_field(field), f"the schema of customers isn't JSON Schema at properties.own{at}.")
            for field, at in (
                ({"type": "varchar"}, ".type"),
                ({"type": 5}, ".type"),
                ({"type": ["string", None]}, ".type"),
                ({"type": "string", "maxLength": "five"}, ".maxLength"),
                ({"type": "string", "format": ["date"]}, ".format"),
                ({"additionalProperties": {"maxLength": "9"}}, ".additionalProperties.maxLength"),
                ({"additionalProperties": {"type": "text"}}, ".additionalProperties.type"),
                ({"items": {"properties": {"a": {"type": "text"}}}}, ".items"),
            )
        ),
        *(
            (
                with_metadata(*path, selected=False),
                f"The catalog deselects {'.'.join(path)} of customers, which leaves nothing out:",
            )
            for path in (
                ["properties"],
                ["email"],
                ["items"],
                ["fields", "email"],
                ["properties", "invoice_address", "city"],
                ["properties", "invoice_address", "properties"],
                ["properties", "employees", "items", "properties", "email"],
                ["properties", "employees", "properties", "email"],
                ["properties", "updated_at", "properties", "first"],
            )
        ),
        (
            {"streams": []},
            "The catalog selects no stream to read. Select one, in Meltano",
        ),
        (
            {"streams": [entry(metadata=root(selected=False))]},
            "The catalog selects no stream to read.",
        ),
        ({"streams": [entry("customer")]}, "selects customer, which isn't there. Did you mean cus"),
        (
            with_entry(stream="clients"),
            'calls customers clients. Rename it with stream_maps: {"customers": {"__alias__": "cl',
        ),
        ({"streams": [entry("customers")]}, "schema of customers lacks updated_at with the format"),
        (
            {"streams": [entry("course_dates")]},
            "The catalog leaves out coursedate_id, the key of course_dates. Select it.",
        ),
        (
            with_entry(metadata=[*root(), DESELECTED]),
            "The catalog leaves out id, the key of customers.",
        ),
        (
            with_entry(key_properties=["id", "orgnr"]),
            "The catalog leaves out orgnr, the key of customers.",
        ),
        *(
            (
                {"streams": [ENTRY | where, entry("orders", **where)]},
                "method of customers, orders must be INCREMENTAL or FULL_TABLE, in capitals.",
            )
            for where in (
                {"replication_method": "full_table"},
                {"metadata": root(replication_method=["FULL_TABLE"])},
            )
        ),
        *(
            (
                {"streams": [entry(name, "updated_at", **where)]},
                f"{name} can't be read {words}",
            )
            for name, key, words in (
                (
                    "courses",
                    None,
                    "incrementally, since its rows don't tell when they last ch",
                ),
                ("locations", "created_at", "incrementally, since"),
                ("orders", "created_at", "by created_at. Its replication key is updated_at."),
            )
            for where in (
                {"replication_method": "INCREMENTAL", "replication_key": key},
                {"metadata": root(replication_method="INCREMENTAL", replication_key=key)},
            )
        ),
    ],
)
def test_an_invalid_catalog_gets_one_line(catalog: dict[str, Any], line: str) -> None:
    (said,) = catalog_errors(catalog, STREAMS)

    assert line in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "streams",
    [
        [ENTRY],
        [entry(replication_method="FULL_TABLE"), entry("gone", metadata=root(selected=False))],
        [entry("courses", replication_key="created_at")],
        [ENTRY, entry("orders", replication_method="typo", metadata=root(selected=False))],
        [ENTRY, entry("orders", selected=False, metadata=root(selected=False))],  # Meltano's
        *(
            with_metadata("properties", *path, **metadata)["streams"]
            for path, metadata in (
                (["email"], {"selected": None, "selected-by-default": False}),
                (["email"], {"deleted": False, "expected": False, "inspected": False}),
                (["invoice_address", "properties", "city"], {"selected": False}),
                (["employees"], {"selected": False}),
                (["employees", "items", "properties", "email"], {"inclusion": "available"}),
                (["items"], {"selected": False}),
            )
        ),
        [ENTRY | in_schema({"selected": True}) | {"selected": True}],
        [
            ENTRY,
            entry("courses", metadata=root(selected=False), schema={"selected": False}),
        ],
        with_field({"type": "array", "items": {"type": ["object"], "properties": {}}})["streams"],
    ],
)
def test_a_valid_catalog_gets_no_line(streams: list[dict[str, Any]]) -> None:
    assert catalog_errors({"streams": streams}, STREAMS) == []


def test_a_deselected_array_may_have_deselected_parts() -> None:
    catalog = with_metadata("properties", "employees", selected=False)
    part = {"breadcrumb": ["properties", "employees", "items"], "metadata": {"selected": False}}
    catalog["streams"][0]["metadata"].append(part)

    assert catalog_errors(catalog, STREAMS) == []


def test_a_catalog_of_the_sdk_is_valid() -> None:
    """Of its own catalog, whose breadcrumbs and types may be tuples, and as JSON."""
    catalog = TapFrontcore(validate_config=False).catalog_dict
    for stream in catalog["streams"]:
        stream["metadata"] = [item for item in stream["metadata"] if item["breadcrumb"]]
        stream["metadata"] += root()

    assert catalog_errors(catalog, TapFrontcore.stream_classes) == []
    assert catalog_errors(json.loads(json.dumps(catalog)), TapFrontcore.stream_classes) == []


@pytest.mark.parametrize(
    ("beside", "metadata", "method"),
    [
        ({}, {}, None),
        ({"replication_method": "FULL_TABLE"}, {}, "FULL_TABLE"),
        ({}, {"replication_method": "FULL_TABLE"}, "FULL_TABLE"),
        ({}, {"forced_replication_method": "FULL_TABLE"}, "FULL_TABLE"),
        ({"replication_method": "INCREMENTAL"}, {"replication_method": "FULL_TABLE"}, "FULL_TABLE"),
    ],
)
def test_the_replication_method_is_read_from_the_entry_or_its_metadata(
    beside: dict[str, Any], metadata: dict[str, Any], method: str | None
) -> None:
    given = {"streams": [ENTRY | beside | {"metadata": root(**metadata)}]}

    (stream,) = with_methods(given)["streams"]

    assert stream["replication_method"] == method


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        (["properties", "emial"], "Did you mean email?"),
        (["properties", "E-Mail"], "Did you mean email?"),
        (["properties", "country.code"], "Did you mean country?"),
        (["properties", "country__code"], "Did you mean country?"),
        (["properties", "country", "properties", "cod"], "Did you mean country.code?"),
        (["properties", "loyalty"], None),
        (["properties", "loyalty", "properties", "level"], None),
    ],
)
def test_a_deselection_of_an_unknown_field_gets_a_suggestion(
    path: list[str], meant: str | None
) -> None:
    """What nothing resembles keeps a field out of `additional_properties`."""
    catalog = json.loads(json.dumps(TapFrontcore(validate_config=False).catalog_dict))
    (customers,) = (it for it in catalog["streams"] if it["tap_stream_id"] == "customers")
    metadata = [it for it in customers["metadata"] if it["breadcrumb"] != path]
    customers["metadata"] = [*metadata, {"breadcrumb": path, "metadata": {"selected": False}}]

    lines = catalog_errors(catalog, STREAMS)

    assert [line for line in lines if meant and meant in line] == lines
    assert len(lines) == (meant is not None)
