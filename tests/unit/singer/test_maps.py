"""What stream maps say of fields: which map holds, and what must not come by another door."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.mapper import CustomStreamMap

from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.maps import (
    apply,
    definitions,
    has_filter,
    map_errors,
    masked_fields,
    output,
    replaced,
)

FIELDS = ("id", "email", "phone", "additional_properties")
KEYS = {"customers": "id", "contacts": "id"}
STREAMS = {"customers": FIELDS, "contacts": (*FIELDS, "lastname")}
NAMES = st.sampled_from(["*", "c*", "customers", "contacts", "people"])


@pytest.mark.parametrize(
    ("stream_maps", "found"),
    [
        ({}, [{}]),
        ({"contacts": {"email": None}}, [{}]),
        ({"*": {"email": None}}, [{"email": None}]),
        ({"*": {"email": None}, "customers": "__NULL__"}, ["__NULL__"]),
        ({"__else__": None, "p": {"__source__": "cust*"}}, [{}, {"__source__": "cust*"}]),
        (
            {"p": {"__source__": "customers"}, "customers": None},
            [None, {"__source__": "customers"}],
        ),
    ],
)
def test_the_maps_of_a_stream(stream_maps: dict[str, Any], found: list[Any]) -> None:
    assert definitions("customers", stream_maps) == found


@pytest.mark.parametrize(
    ("stream_maps", "names"),
    [
        ({"customers": {"email": None, "phone": "__NULL__"}}, {"email", "phone"}),
        ({"*": {"email": "sha256(email)"}}, {"email"}),
        ({"p": {"__source__": "customers", "email": None}}, {"email"}),
        ({"customers": {"__alias__": "p", "__filter__": "id", "email": None}}, {"email"}),
        ({"customers": {"email": "email"}}, set()),
        ({"customers": {"__else__": None, "id": "id"}}, set()),
        (
            {"customers": {"__else__": None, "id": "id", "additional_properties": "self"}},
            {"email", "phone", "additional_properties"},
        ),
        ({"customers": "__NULL__"}, set()),
        ({"contacts": {"email": None}}, set()),
    ],
)
def test_fields_that_are_masked_fields(stream_maps: dict[str, Any], names: set[str]) -> None:
    assert masked_fields("customers", stream_maps, FIELDS) == names


@given(
    st.dictionaries(NAMES, st.dictionaries(st.sampled_from(FIELDS), st.sampled_from([None, "1"])))
)
def test_whatever_is_named_is_withheld_or_told(stream_maps: dict[str, Any]) -> None:
    """A field that any map of the stream names never comes as it was sent."""
    named = {
        field
        for name, fields in stream_maps.items()
        if name in {"*", "c*", "customers"}
        for field in fields
    }

    told = list(replaced("customers", stream_maps, FIELDS))

    assert told or masked_fields("customers", stream_maps, FIELDS) >= named


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ({"phone": None}, "email"),
        ({"email": "email"}, None),
        ({"__else__": None, "id": "id"}, None),
        (None, None),
    ],
)
def test_a_map_that_takes_the_place_of_another(fields: Any, lost: str | None) -> None:
    stream_maps = {"*": {"email": None, "lastname": None}, "customers": fields}

    lines = list(replaced("customers", stream_maps, FIELDS))

    assert len(lines) == (lost is not None)
    assert all(f"lacks {lost}. " in line for line in lines)
    assert list(replaced("contacts", stream_maps, STREAMS["contacts"])) == []


@pytest.mark.parametrize(
    "stream_maps",
    [
        {"*": {"lastname": None}},
        {"customers": {"email_hash": "sha256(email)", "loyalty": None}},
        {"customers": {"phone2": None, "phone": None}},
        {"customers": {"__else__": "__NULL__", "__key_properties__": [], "__filter__": "id > 1"}},
        {"customers": {"__else__": None, "__key_properties__": None, "id": "id"}},
        {"__else__": None, "p": {"__source__": "contacts"}},
    ],
)
def test_maps_that_are_right(stream_maps: dict[str, Any]) -> None:
    assert list(map_errors({"stream_maps": stream_maps}, STREAMS, KEYS)) == []


@pytest.mark.parametrize("expression", ["", "a b", "a = 1", "a; b", "(", "\0", " a"])
def test_what_is_no_expression(expression: str) -> None:
    settings = {"stream_maps": {"customers": {"email": expression}}}

    (line,) = map_errors(settings, STREAMS, KEYS)

    assert "can't be read" in line


@pytest.mark.parametrize("name", ["customers", "*"])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *((option, value) for option in ("__source__", "__alias__") for value in (None, "")),
        *(("__filter__", value) for value in (None, "", "__NULL__")),
    ],
)
def test_an_option_without_a_value(name: str, option: str, value: str | None) -> None:
    """The SDK would take the map for that of no stream, or keep every row."""
    settings = {"stream_maps": {name: {option: value, "email": None}}}

    assert list(map_errors(settings, STREAMS, KEYS)) == [
        f"stream_maps, {name}: `{option}` is empty. Give it a value, or leave it out."
    ]


def test_all_other_fields_can_only_be_removed() -> None:
    settings = {"stream_maps": {"customers": {"__else__": "x", "id": "id"}}}

    assert list(map_errors(settings, STREAMS, KEYS)) == [
        "stream_maps, customers: `__else__` must be null or __NULL__."
    ]


def test_a_filter() -> None:
    assert has_filter({"__filter__": "id"})
    assert not any(map(has_filter, ({"id": "id"}, None, "__NULL__")))


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("__else", "__else__"),
        ("__els__", "__else__"),
        ("__ELSE__", "__else__"),
        ("_else_", "__else__"),
        ("__else__ ", "__else__"),
        ("else", "__else__"),
        ("__filtr__", "__filter__"),
        ("filter", "__filter__"),
        ("__alais__", "__alias__"),
        ("__sourc__", "__source__"),
        ("__key_property__", "__key_properties__"),
        ("__where__", None),
    ],
)
@pytest.mark.parametrize("stream", ["customers", "c*", "*"])
def test_a_mistyped_option_is_no_field(stream: str, name: str, option: str | None) -> None:
    """It would be a column, and what it was to keep out would go out."""
    (line,) = map_errors({"stream_maps": {stream: {"id": "id", name: "1"}}}, STREAMS, KEYS)

    assert line.startswith(f"stream_maps, {stream}: `{name}` is none of its options. ")
    assert option is None or line.endswith(f"Did you mean {option}?")


def test_a_field_of_the_api_may_be_called_as_an_option() -> None:
    maps = {"stream_maps": {"legal_bases": {"source": None}}}

    assert not [*map_errors(maps, {"legal_bases": ("id", "source")}, {"legal_bases": "id"})]


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"__else__": None, "email": "email"}, "`__else__` removes the key: add `id: id`"),
        ({"__key_properties__": "id"}, "must be a list"),
        ({"__source__": "customers", "__alias__": "people"}, "has no effect beside `__source__`"),
    ],
)
def test_options_that_do_something_else(definition: dict[str, Any], words: str) -> None:
    (line,) = map_errors({"stream_maps": {"customers": definition}}, STREAMS, KEYS)

    assert words in line


def test_what_one_of_several_maps_removes_is_masked() -> None:
    """Of a stream that goes out thrice, none may bring it by `additional_properties`."""
    rest = {"__else__": None, "id": "id", "additional_properties": "additional_properties"}
    maps: dict[str, Any] = {
        "customers": {"loyalty": None},
        "people": {"__source__": "customers", "rank": None},
        "others": {"__source__": "customers", **rest},
    }

    assert masked_fields("customers", maps, FIELDS) == {"email", "phone", "loyalty", "rank"}


def test_a_map_for_all_streams_does_not_hide_the_next() -> None:
    maps = {"__else__": None, "customers": {"emial": None}}

    (line,) = map_errors({"stream_maps": maps}, STREAMS, KEYS)

    assert "Did you mean email?" in line


def test_a_stream_that_is_removed_takes_no_place() -> None:
    maps = {"*": {"email": None}, "customers": None}

    assert list(replaced("customers", maps, FIELDS)) == []


def test_a_map_that_makes_another_stream_takes_no_place() -> None:
    maps: dict[str, Any] = {
        "customers": {"email": None},
        "people": {"__source__": "customers", "phone": None},
    }

    assert list(replaced("customers", maps, FIELDS)) == []


def made(field: dict[str, Any], expression: str, value: Any) -> Any:
    """Return what an expression makes of a row's value, for a field that is declared so."""
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "note": field}}
    fields = {"note": expression}
    stream_map = CustomStreamMap("customers", {}, {}, schema, ["id"], fields, None)
    return apply(output(stream_map, fields), {"id": 1, "note": value})["note"]


TEXT = {"type": ["string", "null"], "maxLength": 2}


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        (TEXT, "'no'"),
        (TEXT, "None"),
        (TEXT, "str(self) * 9"),
        ({"type": ["integer", "string"], "maxLength": 2}, "1000"),
        ({"type": "integer"}, "4 / 2"),
        ({"type": "number"}, "4 / 3"),
        ({"type": "boolean"}, "id == 1"),
        ({"type": "array"}, "(id, id)"),
        ({"type": "string", "maxLength": 20}, "datetime.datetime(2024, 1, 1, 0, 0, 1)"),
        ({"type": "string", "format": "date-time"}, "'2024-01-31T00:00:00Z'"),
        ({}, "'anything'"),
        ({}, "None"),
    ],
)
def test_what_fits_the_schema_of_a_field(field: dict[str, Any], expression: str) -> None:
    made(field, expression, "secret")


@pytest.mark.parametrize(
    ("field", "expression", "reason"),
    [
        (TEXT, "self", "it gives a str, and maxLength 2 is declared"),
        (TEXT, "md5(self)", "it gives a str, and maxLength 2 is declared"),
        (TEXT, "(datetime.date(2024, 1, 31))", "it gives a date, and maxLength 2 is declared"),
        (TEXT, "id", "it gives a int, and string is declared; write str(…)"),
        ({"type": "integer"}, "id == 1", "it gives a bool, and integer is declared; write int(…)"),
        ({"type": "number"}, "1e999", "it gives a float, and number is declared"),
        ({"type": "string", "format": "date"}, "self", "it gives a str, and date is declared"),
        (
            {"type": "object", "properties": {"city": {"type": "string"}}},
            "{'city': 5}",
            "it gives a dict, and string is declared; write str(…)",
        ),
    ],
)
def test_what_breaks_the_schema_of_a_field(
    field: dict[str, Any], expression: str, reason: str
) -> None:
    with pytest.raises(StreamMapError) as caught:
        made(field, expression, "secret")

    assert f"`note: {expression}` fails ({reason})" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_of_two_fields_with_one_expression_the_one_that_fails_is_named() -> None:
    schema = {"type": "object", "properties": {name: {} for name in ("id", "email", "phone")}}
    fields = {"email": "sha256(self)", "phone": "sha256(self)"}
    stream_map = CustomStreamMap("customers", {}, {}, schema, ["id"], fields, None)

    with pytest.raises(StreamMapError, match=r"`phone: sha256.* where phone is NoneType"):
        apply(output(stream_map, fields), {"id": 1, "email": "secret", "phone": None})


def test_a_text_may_be_as_long_as_is_declared() -> None:
    assert made(TEXT, "self", "no") == "no"


def test_each_map_for_no_stream_is_told() -> None:
    maps = {"custmers": {"email": "__NULL__"}, "contcts": {"email": "__NULL__"}}

    lines = list(map_errors({"stream_maps": maps}, STREAMS, KEYS))

    assert [line.split(". ")[0] for line in lines] == [
        "stream_maps: there is no stream custmers",
        "stream_maps: there is no stream contcts",
    ]


def test_a_filter_that_is_no_expression_is_told() -> None:
    maps = {"customers": {"__filter__": "id >"}}

    (line,) = map_errors({"stream_maps": maps}, STREAMS, KEYS)

    assert "`__filter__: id >` can't be read" in line
