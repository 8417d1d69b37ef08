"""What a catalog may change, and that what goes out is what targets can take."""

from __future__ import annotations

import copy
import json
import logging
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.helpers._typing import conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import CatalogEntry, Metadata, MetadataMapping, Schema

from tap_frontcore.singer import schemas
from tap_frontcore.singer.stream import SingerStream
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import generate_account, generate_contacts, generate_customers

TEXT: dict[str, Any] = {"type": ["string", "null"]}
ITEMS: dict[str, Any] = {
    "type": ["object", "string", "null"],
    "properties": {},
    "additionalProperties": True,
}
OWN: dict[str, Any] = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": ["integer"], "description": "Frontcore's id"},
        "title": TEXT | {"description": "Name"},
        "place": {
            "type": ["object", "null"],
            "properties": {
                "city": TEXT,
                "country": {"type": ["object"], "properties": {"x": TEXT}},
            },
        },
        "fields": {"type": ["object", "null"]},
        "tags": {"type": ["array", "null"], "items": ITEMS},
    },
}


def declare(**given: dict[str, Any]) -> dict[str, Any]:
    """Return how fields go out that a catalog declares."""
    properties: dict[str, Any] = schemas.declare(OWN, {"properties": given}, ["id"])["properties"]
    return {name: field for name, field in properties.items() if name != "id"}


def declare_one(name: str, given: dict[str, Any]) -> dict[str, Any]:
    field: dict[str, Any] = declare(**{name: given})[name]
    return field


# The fields


def test_a_catalog_says_which_fields_there_are_and_the_tap_in_which_order() -> None:
    declared = schemas.declare(
        OWN, {"properties": {"mine": TEXT, "tags": {}, "title": {}, "id": {}}}, ["id"]
    )

    assert list(declared["properties"]) == ["id", "title", "tags", "mine"]
    assert declared["required"] == ["id"]


@pytest.mark.parametrize("given", [{}, {"properties": {}}, {"properties": None}])
def test_a_catalog_that_says_nothing_of_the_fields_leaves_all(given: dict[str, Any]) -> None:
    assert schemas.declare(OWN, given, ["id"]) == OWN


def test_a_key_that_a_catalog_lacks_comes() -> None:
    declared = schemas.declare(OWN, {"properties": {"title": TEXT}}, ["id", "nowhere"])

    assert list(declared["properties"]) == ["id", "title"]
    assert declared["properties"]["id"] == OWN["properties"]["id"]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_what_was_discovered_goes_out_as_the_tap_declares_it(stream: Any) -> None:
    assert schemas.declare(stream.schema, copy.deepcopy(stream.schema), ["id"]) == stream.schema


@given(st.sets(st.sampled_from(list(OWN["properties"])), min_size=1))
def test_any_fields_may_be_left_out(names: set[str]) -> None:
    catalog = {"properties": {name: OWN["properties"][name] for name in names}}

    declared = schemas.declare(OWN, catalog, ["id"])

    assert set(declared["properties"]) == names | {"id"}
    assert set(schemas.missing(OWN, declared)) == {
        (name,) for name in set(OWN["properties"]) - names - {"id"}
    }


# One field


@pytest.mark.parametrize(
    "older",
    [
        {"type": ["array", "null"], "items": {"type": ["object", "string", "null"]}},
        {"type": ["array", "null"], "items": {}},
        {"type": ["array", "null"]},
        {},
    ],
)
def test_the_items_of_an_older_catalog_are_as_the_tap_declares_them(older: dict[str, Any]) -> None:
    assert declare_one("tags", older)["items"] == ITEMS


def test_a_description_is_the_taps() -> None:
    assert declare_one("title", TEXT | {"description": "Older"})["description"] == "Name"


@pytest.mark.parametrize(
    "users",
    [
        {"type": ["number", "null"]},
        {"type": "integer"},
        TEXT | {"format": "date"},
        {"type": ["object", "null"], "properties": {"x": {"type": ["integer", "null"]}}},
    ],
)
def test_another_type_is_the_users(users: dict[str, Any]) -> None:
    assert declare_one("title", users) == users


@pytest.mark.parametrize("users", [TEXT, {"anyOf": [TEXT, {"type": "number"}]}, {}])
def test_a_field_of_ones_own_is_as_the_user_declares_it(users: dict[str, Any]) -> None:
    assert declare_one("mine", users) == users


def test_a_hint_to_the_target_is_passed_on() -> None:
    hint = {"x-sql-datatype": "smallint"}

    assert declare_one("title", TEXT | hint | {"maxLength": 9}) == (
        OWN["properties"]["title"] | hint | {"maxLength": 9}
    )
    parts = {"type": ["object", "null"], "properties": {"city": TEXT | hint}}
    assert declare_one("place", parts)["properties"] == {"city": TEXT | hint}


def test_parts_may_be_left_out_and_added() -> None:
    parts = {"properties": {"mine": TEXT, "city": {}}}

    assert declare_one("place", parts)["properties"] == {"city": TEXT, "mine": TEXT}
    assert declare_one("fields", parts | {"type": ["object", "null"]})["properties"] == {
        "mine": TEXT,
        "city": {},
    }


@pytest.mark.parametrize("name", ["place", "fields", "mine"])
def test_no_object_goes_out_with_an_empty_list_of_parts(name: str) -> None:
    """Flattening would leave no column of it."""
    empty: dict[str, Any] = {"type": ["object", "null"], "properties": {}}

    assert declare_one(name, empty).get("properties") != {}


@pytest.mark.parametrize(
    "items", [{"type": "object"}, {"type": ["null", "object"], "properties": {}}]
)
def test_items_of_a_users_list_that_may_be_objects_can_be_conformed(items: dict[str, Any]) -> None:
    nested = {"type": "array", "items": {"type": "array", "items": items}}

    assert declare_one("mine", nested)["items"]["items"] == items | {
        "properties": {},
        "additionalProperties": True,
    }


def test_items_of_a_users_list_keep_their_parts() -> None:
    items = {"type": ["object"], "properties": {"id": {"type": ["integer"]}}}

    assert declare_one("mine", {"type": "array", "items": items})["items"] == items
    assert declare_one("mine", {"type": "array", "items": TEXT})["items"] == TEXT


def test_fields_and_parts_that_a_catalog_lacks_are_named() -> None:
    place: dict[str, Any] = {"properties": {"country": {}}}
    catalog = {"properties": {"id": {}, "place": place, "fields": {}}}

    assert list(schemas.missing(OWN, catalog)) == [("title",), ("place", "city"), ("tags",)]
    assert list(schemas.missing(OWN, {})) == []
    assert list(schemas.missing(OWN, OWN)) == []


# The selection


def entry(*deselected: tuple[str, ...]) -> CatalogEntry:
    """Make a stream of a catalog, in which some fields are deselected."""
    schema = copy.deepcopy(OWN)
    metadata = MetadataMapping.get_standard_metadata(schema=schema, key_properties=["id"])
    metadata.root.selected = True
    for path in deselected:
        breadcrumb = tuple(part for name in path for part in ("properties", name))
        metadata[breadcrumb] = Metadata(Metadata.InclusionType.AVAILABLE, selected=False)
    return CatalogEntry(tap_stream_id="s", schema=Schema.from_dict(schema), metadata=metadata)


def selected(one: CatalogEntry) -> set[str]:
    """Return the fields, with dots before their parts, that are selected."""
    mask = one.metadata.resolve_selection()
    return {".".join(path[1::2]) for path in one.metadata if path and mask[path]}


@pytest.mark.parametrize(
    ("deselected", "gone"),
    [
        ([("place", "city")], {"place.city"}),
        (
            [("place", "city"), ("place", "country", "x")],
            {"place", "place.city", "place.country", "place.country.x"},
        ),
        ([("place", "country", "x")], {"place.country", "place.country.x"}),
        ([("id",)], set()),
    ],
)
def test_an_object_of_which_no_part_is_selected_is_not_selected(
    deselected: list[tuple[str, ...]], gone: set[str]
) -> None:
    """But for the key, which always is."""
    one = entry(*deselected)
    before = selected(entry())

    schemas.take_over(one, OWN, {"id"})

    assert before - selected(one) == gone


# What goes out can be conformed, as target-snowflake does before it writes its files

CONFIG = {"api_key": "invented"}
ODD_LIST = [{"id": 1, "navn": "Åse", "tags": ["x", {"y": None}]}, "tekst", 7, None, [], [["z"]]]


def discovered() -> dict[str, Any]:
    catalog: dict[str, Any] = json.loads(TapFrontcore(config=CONFIG).catalog_json_text)
    return catalog


def all_selected(catalog: dict[str, Any]) -> dict[str, Any]:
    for stream in catalog["streams"]:
        for item in stream["metadata"]:
            item["metadata"]["selected"] = True
    return catalog


def older(catalog: dict[str, Any]) -> dict[str, Any]:
    """Make of a catalog what a version made that declared no parts of a list's items."""
    for stream in catalog["streams"]:
        for field in stream["schema"]["properties"].values():
            if "items" in field:
                field["items"] = {"type": field["items"]["type"]}
    return catalog


def rows() -> dict[str, list[dict[str, Any]]]:
    """Make rows of every list, in each of which any value is odd once."""
    customers = generate_customers(60, odd=True)
    account = generate_account(customers) | {
        "customers": customers,
        "customer_contacts": generate_contacts(customers),
    }
    odd: tuple[Any, ...] = (
        ODD_LIST,
        {"0": {"id": 1}, "2": "to"},
        {"17": "Excel"},
        {"a": {"b": []}},
        "",
        7,
        False,
    )
    for stream in STREAMS:
        (key,) = stream.primary_keys
        account[stream.name] += [
            {key: 9000 + number} | dict.fromkeys(set(stream.schema["properties"]) - {key}, value)
            for number, value in enumerate(odd)
        ]
    return account


@pytest.mark.parametrize("of_which_version", [all_selected, older])
def test_a_target_that_conforms_records_to_their_schema_changes_nothing(
    of_which_version: Any,
) -> None:
    """Where items may be objects, the SDK's conforming reads their `properties` unasked."""
    catalog = of_which_version(all_selected(discovered()))
    tap = TapFrontcore(config=CONFIG, catalog=catalog)
    conformed = 0
    for name, made in rows().items():
        stream = tap.streams[name]
        assert isinstance(stream, SingerStream)
        (stream_map,) = stream.stream_maps
        for row in made:
            decoded = msgspec.json.decode(msgspec.json.encode(row))
            record = stream_map.transform(stream.converter.convert(decoded))
            assert record is not None
            before = copy.deepcopy(record)

            after = conform_record_data_types(
                stream_name=name,
                record=record,
                schema=stream_map.transformed_schema,
                level=TypeConformanceLevel.RECURSIVE,
                logger=logging.getLogger(__name__),
            )

            assert after == before
            conformed += any(isinstance(item, dict) for item in after.get("employees") or [])
    assert conformed > 10
