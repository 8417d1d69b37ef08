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
    return [{"breadcrumb": [], "metadata": named}]


def with_metadata(*breadcrumb: str, **metadata: Any) -> dict[str, Any]:
    """Return a catalog that says something of a place in customers."""
    item = {"breadcrumb": list(breadcrumb), "metadata": metadata}
    return {"streams": [CUSTOMERS | {"metadata": [*root(selected=True), item]}]}


def with_field(field: Any) -> dict[str, Any]:
    """Return a catalog that declares a field of one's own."""
    properties = CUSTOMERS["schema"]["properties"] | {"own": field}
    return {"streams": [CUSTOMERS | {"schema": {"properties": properties}}]}


CUSTOMERS = entry("customers", "updated_at", "employees", "invoice_address")
DESELECTED = {"breadcrumb": ["properties", "id"], "metadata": {"selected": False}}
OWN = "streams.0.schema.properties.own"


@pytest.mark.parametrize(
    ("catalog", "line"),
    [
        ({}, "The catalog isn't as --discover writes it: it lacks streams."),
        ({"streams": None}, "--discover writes it: streams must be of type array."),
        ({"streams": [None]}, "streams.0 must be of type object."),
        ({"streams": [{"schema": {"properties": {}}}]}, "streams.0 lacks tap_stream_id."),
        ({"streams": [{"tap_stream_id": "customers"}]}, "streams.0 lacks schema."),
        ({"streams": [entry(schema={})]}, "streams.0.schema lacks properties."),
        ({"streams": [entry(metadata=[{}])]}, "streams.0.metadata.0 lacks breadcrumb, metadata."),
        ({"streams": [entry(metadata=root(replication_key=[]))]}, "key must be of type string or"),
        ({"streams": [entry(key_properties="id")]}, "key_properties must be of type array or null"),
        *(
            (with_metadata("properties", "email", **{key: value}), f"{key} must be of type boolean")
            for key in ("selected", "selected-by-default")
            for value in ("false", 0)
        ),
        (with_field({"items": [{}]}), f"{OWN}.items must be of type object."),
        (with_field({"items": True}), f"{OWN}.items must be of type object."),
        (with_field({"properties": []}), f"{OWN}.properties must be of type object."),
        (with_field({"properties": {"a": "string"}}), "own.properties.a must be of type object."),
        (with_field({"items": {"properties": {"a": {"type": 5}}}}), "items.properties.a.type must"),
        (with_field({"type": [None]}), f"{OWN}.type.0 must be of type string."),
        *(
            (with_metadata(*path), 'streams.0.metadata.1.breadcrumb must be "properties" and a na')
            for path in (
                ["properties"],
                ["email"],
                ["items"],
                ["fields", "email"],
                ["properties", "invoice_address", "city"],
                ["properties", "invoice_address", "properties"],
            )
        ),
        *(
            (
                with_metadata("properties", "employees", *path, selected=False),
                "of employees of customers. Parts of a list's items can't be deselected: deselect",
            )
            for path in (["items", "properties", "email"], ["items"], ["properties", "email"])
        ),
        ({"streams": []}, "The catalog selects no stream. Select one, in Meltano by `select`."),
        ({"streams": [entry(metadata=root(selected=False))]}, "The catalog selects no stream."),
        ({"streams": [entry("customer")]}, "selects customer, which isn't there. Did you mean cus"),
        (
            {"streams": [CUSTOMERS | {"stream": "clients"}]},
            'calls customers clients. Rename it with stream_maps: {"customers": {"__alias__": "cl',
        ),
        ({"streams": [entry("customers")]}, "schema of customers lacks updated_at with the format"),
        (
            {"streams": [entry("course_dates")]},
            "The catalog leaves out coursedate_id, the key of course_dates. Select it.",
        ),
        (
            {"streams": [CUSTOMERS | {"metadata": [*root(selected=True), DESELECTED]}]},
            "The catalog leaves out id, the key of customers.",
        ),
        (
            {"streams": [CUSTOMERS | {"key_properties": ["id", "orgnr"]}]},
            "The catalog leaves out orgnr, the key of customers.",
        ),
        *(
            (
                {"streams": [CUSTOMERS | where, entry("orders", **where)]},
                "method of customers, orders must be INCREMENTAL or FULL_TABLE, in capitals.",
            )
            for where in (
                {"replication_method": "full_table"},
                {"replication_method": "LOG_BASED"},
                {"metadata": root(selected=True, replication_method="FULLTABLE")},
                {"metadata": root(selected=True, replication_method=["FULL_TABLE"])},
            )
        ),
    ],
)
def test_what_is_wrong_with_a_catalog_is_said_in_one_line(
    catalog: dict[str, Any], line: str
) -> None:
    (said,) = catalog_errors(catalog, STREAMS)

    assert line in said
    assert "\n" not in said


@pytest.mark.parametrize(
    "streams",
    [
        [CUSTOMERS],
        [entry(replication_method="FULL_TABLE"), entry("gone", metadata=root(selected=False))],
        [entry("participants", replication_key="created_at")],
        [CUSTOMERS, entry("orders", replication_method="typo", metadata=root(selected=False))],
        *(
            with_metadata("properties", *path, **metadata)["streams"]
            for path, metadata in (
                (["email"], {"selected": None, "selected-by-default": False}),
                (["invoice_address", "properties", "city"], {"selected": False}),
                (["employees"], {"selected": False}),
                (["employees", "items", "properties", "email"], {"inclusion": "available"}),
                (["items"], {"selected": False}),
            )
        ),
        with_field({"type": "array", "items": {"type": ["object"], "properties": {}}})["streams"],
    ],
)
def test_catalogs_that_are_right(streams: list[dict[str, Any]]) -> None:
    assert catalog_errors({"streams": streams}, STREAMS) == []


def test_a_list_that_is_deselected_whole_may_have_deselected_parts() -> None:
    catalog = with_metadata("properties", "employees", selected=False)
    part = {"breadcrumb": ["properties", "employees", "items"], "metadata": {"selected": False}}
    catalog["streams"][0]["metadata"].append(part)

    assert catalog_errors(catalog, STREAMS) == []


def test_what_the_sdk_writes_is_right() -> None:
    """Of its own catalog, whose breadcrumbs and types may be tuples, and as JSON."""
    catalog = TapFrontcore(validate_config=False).catalog_dict
    for stream in catalog["streams"]:
        stream["metadata"] = [item for item in stream["metadata"] if item["breadcrumb"]]
        stream["metadata"] += root(selected=True)

    assert catalog_errors(catalog, STREAMS) == []
    assert catalog_errors(json.loads(json.dumps(catalog)), STREAMS) == []


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
def test_a_replication_method_beside_the_metadata_or_within(
    beside: dict[str, Any], metadata: dict[str, Any], method: str | None
) -> None:
    given = {"streams": [CUSTOMERS | beside | {"metadata": root(**metadata)}]}

    (stream,) = with_methods(given)["streams"]

    assert stream["replication_method"] == method
