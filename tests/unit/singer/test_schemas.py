"""The tap declares what goes out, also under a catalog of an older version or made by hand."""

from __future__ import annotations

import copy
import logging
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from singer_sdk.helpers._typing import conform_record_data_types
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import CatalogEntry

from tap_frontcore.singer import schemas
from tap_frontcore.singer.stream import SingerStream
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY, full_account, sample_customers
from tests.support.cli import catalog_with

TEXT: dict[str, Any] = {"type": ["string", "null"]}
ANY: dict[str, Any] = {"type": ["object", "null"]}
NAMES = [stream.name for stream in STREAMS]
ODD = [
    *("", "5", "2018-01-07 14:02:18", 5, Decimal("1.5"), False, None, [], {}),
    [{"id": 1, "tags": [{"a": {"b": None}}]}, "text", 7, None, [], [["x"]]],
    {"0": {"id": 1}, "2": {}},
    {"17": {"id": 17}, "navn": ["Åse"]},
]


def older(catalog: dict[str, Any]) -> dict[str, Any]:
    """Take a catalog for one that was made before it was known what targets need."""
    catalog = copy.deepcopy(catalog)
    for entry in catalog["streams"]:
        for field in entry["schema"]["properties"].values():
            if "object" in field.get("items", {}).get("type", ()):
                field["items"] = {"type": field["items"]["type"]}
            if "object" in field["type"] and "properties" not in field:
                field["properties"] = {}
    return catalog


def stream_under(catalog: dict[str, Any], name: str) -> SingerStream:
    """Return a stream of the tap that was given a catalog."""
    stream = TapFrontcore(config={"api_key": API_KEY}, catalog=catalog).streams[name]
    assert isinstance(stream, SingerStream)
    return stream


def rows(stream: str) -> list[dict[str, Any]]:
    """Return believable rows, and for each field one row for each odd value."""
    believable = list(full_account(30, odd=True).tables[stream].values())
    if stream == "customers":
        believable += sample_customers()
    sent = msgspec.json.Decoder(float_hook=Decimal).decode(msgspec.json.encode(believable))
    (one,) = (stream_class for stream_class in STREAMS if stream_class.name == stream)
    (key,) = one.primary_keys
    odd = [
        {key: 7, name: value} for name in one.schema["properties"] for value in ODD if name != key
    ]
    return [*sent, *odd]


@pytest.mark.parametrize("age", ["new", "older"])
@pytest.mark.parametrize("name", NAMES)
def test_the_sdks_conforming_changes_no_record(name: str, age: str) -> None:
    """As target-snowflake does it before it loads, with the schema that went out."""
    catalog = catalog_with(name)
    catalog = older(catalog) if age == "older" else catalog
    stream = stream_under(catalog, name)
    (stream_map,) = stream.stream_maps

    for row in rows(name):
        record = stream.converter.convert(row)
        conformed = conform_record_data_types(
            name,
            copy.deepcopy(record),
            stream_map.transformed_schema,
            TypeConformanceLevel.RECURSIVE,
            logging.getLogger(__name__),
        )
        assert conformed == record


@pytest.mark.parametrize("name", NAMES)
def test_the_discovered_catalog_changes_no_schema(name: str) -> None:
    (stream,) = (stream for stream in STREAMS if stream.name == name)

    assert schemas.declare(stream.schema, stream.schema, stream.primary_keys) == stream.schema


OWN: dict[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": ["integer"]},
        "phone": TEXT | {"description": "Phone number"},
        "turnover": TEXT,
        "country": ANY | {"properties": {"title": TEXT, "code": TEXT}},
        "custom": ANY | {"additionalProperties": TEXT},
    },
    "required": ["id"],
}


def declared(**fields: Any) -> dict[str, Any]:
    properties: dict[str, Any] = schemas.declare(OWN, {"properties": fields}, ["id"])["properties"]
    return properties


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        # Merely older, or less said.
        ("phone", TEXT | {"description": "Telephone", "format": None}, OWN["properties"]["phone"]),
        ("phone", {}, OWN["properties"]["phone"]),
        ("country", ANY, OWN["properties"]["country"]),
        ("custom", ANY | {"properties": {}}, OWN["properties"]["custom"]),
        # A user's word.
        ("turnover", {"type": ["number", "null"]}, {"type": ["number", "null"]}),
        ("phone", TEXT | {"maxLength": 20}, OWN["properties"]["phone"] | {"maxLength": 20}),
        (
            "custom",
            ANY | {"properties": {"level": {"type": "integer"}}},
            OWN["properties"]["custom"] | {"properties": {"level": {"type": ["integer", "null"]}}},
        ),
        ("country", ANY | {"properties": {"code": {}}}, ANY | {"properties": {"code": TEXT}}),
        (
            "country",
            ANY | {"properties": {"code": {"type": "string"}}},
            ANY | {"properties": {"code": TEXT}},
        ),
        ("country", {"type": "null"}, OWN["properties"]["country"]),
        ("loyalty", TEXT, TEXT),
        *(("loyalty", untyped, TEXT) for untyped in ({}, {"type": "null"}, {"anyOf": [ANY]})),
        ("loyalty", ANY | {"properties": {}}, ANY),
        (
            "loyalty",
            {"type": "array", "items": ANY},
            {
                "type": ["array", "null"],
                "items": ANY | {"properties": {}, "additionalProperties": True},
            },
        ),
    ],
)
def test_a_field_of_a_catalog_is_merged_into_the_schema(
    name: str, given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert declared(id={}, **{name: given}) == {"id": {"type": ["integer"]}, name: expected}


def test_fields_of_a_catalog_take_the_taps_order_and_its_key() -> None:
    assert list(declared(loyalty=TEXT, country=ANY, phone=TEXT)) == [
        *("id", "phone", "country", "loyalty")
    ]
    assert schemas.declare(OWN, {}, ["id"]) == OWN, "a catalog that says nothing of them"


def test_missing_names_what_a_catalog_lacks() -> None:
    given = {"properties": {"id": {}, "country": ANY | {"properties": {"code": {}}}, "custom": ANY}}

    assert list(schemas.missing(OWN, schemas.declare(OWN, given, []))) == [
        *(("phone",), ("turnover",), ("country", "title"))
    ]


def selection(*deselected: tuple[str, ...]) -> dict[tuple[str, ...], bool]:
    """Return what is selected of a stream, of which a catalog deselects fields or parts."""
    metadata: list[dict[str, Any]] = [{"breadcrumb": [], "metadata": {"selected": True}}]
    metadata += [{"breadcrumb": list(it), "metadata": {"selected": False}} for it in deselected]
    entry = CatalogEntry.from_dict(
        {"tap_stream_id": "customers", "schema": OWN, "metadata": metadata}
    )
    schemas.take_over(entry, OWN, ["id"])
    return entry.metadata.resolve_selection()


def test_an_object_without_a_selected_part_is_not_selected() -> None:
    """Else it would be declared as `"properties": {}`, of which flattening leaves no column."""
    title, code = (("properties", "country", "properties", part) for part in ("title", "code"))

    assert selection(title)["properties", "country"]
    assert not selection(title, code)["properties", "country"]


def test_a_key_cannot_be_deselected() -> None:
    assert selection(("properties", "id"))["properties", "id"]


def test_a_field_that_the_catalog_lacks_is_not_reported_as_new(
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalog = catalog_with("customers")
    (entry,) = (one for one in catalog["streams"] if one["tap_stream_id"] == "customers")
    del entry["schema"]["properties"]["phone"]
    del entry["schema"]["properties"]["country"]["properties"]["title"]
    stream = stream_under(catalog, "customers")
    row = {"id": 1, "phone": "22334455", "country": {"title": "Norge", "code": "NO", "x": 1}}

    with caplog.at_level(logging.INFO):
        records = [stream.converter.convert(row) for _ in range(2)]

    for record in records:
        assert "phone" not in record
        assert record["country"] == {"code": "NO"}
        assert record["additional_properties"] is None
    assert caplog.text.count("the catalog lacks phone, country.title, which this version") == 1
    assert "phone is" not in caplog.text
