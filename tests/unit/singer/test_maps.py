"""What stream maps say of fields: which map holds, and what must not come by another door."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.helpers._flattening import FlatteningOptions
from singer_sdk.mapper import CustomStreamMap

from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.maps import (
    CheckedMap,
    fitting,
    map_errors,
    masked_fields,
    stream_errors,
)

FIELDS = ("id", "email", "phone", "additional_properties")
STREAMS = {"customers": FIELDS, "contacts": (*FIELDS, "lastname")}
NAMES = st.sampled_from(["*", "c*", "customers", "contacts", "people"])


def errors(stream_maps: dict[str, Any], stream: str = "customers") -> list[str]:
    """Return what is wrong with maps, as a run that selects one stream finds it."""
    lines = list(map_errors(stream_maps, STREAMS))
    return lines or list(stream_errors(stream, stream_maps, keys=["id"], left_out=()))


@pytest.mark.parametrize(
    ("stream_maps", "found"),
    [
        ({}, [{}]),
        ({"contacts": {"email": None}}, [{}]),
        ({"*": {"email": None}}, [{"email": None}]),
        ({"c*": "__NULL__"}, ["__NULL__"]),
        ({"__else__": None, "p": {"__source__": "cust*"}}, [{}, {"__source__": "cust*"}]),
        ({"customers": {"__source__": "customers"}}, [{}, {"__source__": "customers"}]),
        (
            {"p": {"__source__": "customers"}, "customers": None},
            [None, {"__source__": "customers"}],
        ),
    ],
)
def test_the_maps_of_a_stream(stream_maps: dict[str, Any], found: list[Any]) -> None:
    assert list(fitting("customers", stream_maps).values()) == found


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
        *(
            (
                {"customers": {"__else__": None, "id": "id", "extra": expression}},
                {"email", "phone", "additional_properties", "extra"},
            )
            for expression in ("str(additional_properties)", "record['id']", "str(_)")
        ),
        (
            {"c": {"__source__": "customers", "__else__": None, "id": "id", "x": "email"}},
            {"x"},
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

    told = list(stream_errors("customers", stream_maps, keys=["id"], left_out=()))

    assert told or masked_fields("customers", stream_maps, FIELDS) >= named


@pytest.mark.parametrize(
    "stream_maps",
    [
        {"*": {"tenant": "'x'"}, "customers": {"email": None}},
        {"customers": {"email": None}, "*": {"tenant": "'x'"}},
        {"customers": None, "c*": {"tenant": "'x'"}},
        {"*": {"email": None}, "customers": "__NULL__"},
    ],
)
def test_a_stream_with_two_maps_is_refused(stream_maps: dict[str, Any]) -> None:
    """The SDK applies the last one alone, so a removed stream would come in clear."""
    (line,) = errors(stream_maps)

    assert line == (
        f"stream_maps: {' and '.join(stream_maps)} fit customers, but a stream has one map. Write "
        "all its lines into one, and let the others name other streams. To remove it, deselect it."
    )
    assert errors(stream_maps, "products") == []


def test_copies_of_a_stream_are_no_second_map() -> None:
    maps = {
        "customers": {"email": None},
        "people": {"__source__": "customers", "phone": None},
        "few": {"__source__": "c*", "__filter__": "id > 1"},
    }

    assert errors(maps) == []


@pytest.mark.parametrize(
    "stream_maps",
    [
        {"*": {"lastname": None}},
        {"customers": {"email_hash": "sha256(email)", "loyalty": None}},
        {"customers": {"phone2": None, "phone": None}},
        {"customers": {"email2": None, "email": "email"}},
        {"customers": {"__filter__": None}},
        {"customers": {"__else__": "__NULL__", "__key_properties__": [], "__filter__": "id > 1"}},
        {"customers": {"__else__": None, "__key_properties__": None, "id": "id"}},
        {"__else__": None, "p": {"__source__": "contacts"}},
    ],
)
def test_maps_that_are_right(stream_maps: dict[str, Any]) -> None:
    assert errors(stream_maps) == []


@pytest.mark.parametrize("expression", ["", "a b", "a = 1", "a; b", "(", "\0", " a"])
@pytest.mark.parametrize("field", ["email", "new", "__filter__", "__alias__"])
def test_what_is_no_expression(field: str, expression: str) -> None:
    (line,) = errors({"customers": {field: expression}})

    assert "can't be read" in line or (expression == "" and "is empty" in line)


@pytest.mark.parametrize("name", ["customers", "*"])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *((option, value) for option in ("__source__", "__alias__") for value in (None, "")),
        *(("__filter__", value) for value in ("", "__NULL__")),
    ],
)
def test_an_option_without_a_value(name: str, option: str, value: str | None) -> None:
    """The SDK would take the map for that of no stream, or keep every row."""
    assert errors({name: {option: value, "email": None}}) == [
        f"stream_maps, {name}: `{option}` is empty. Give it a value, or leave it out."
    ]


def test_all_other_fields_can_only_be_removed() -> None:
    assert errors({"customers": {"__else__": "x", "id": "id"}}) == [
        "stream_maps, customers: `__else__` must be null or __NULL__."
    ]


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("__else", "__else__"),
        ("__els__", "__else__"),
        ("__ELSE__", "__else__"),
        ("_else_", "__else__"),
        ("__else__ ", "__else__"),
        ("__filtr__", "__filter__"),
        ("__filetr__", "__filter__"),
        ("_filter_", "__filter__"),
        ("__alais__", "__alias__"),
        ("__sourc__", "__source__"),
        ("_source", "__source__"),
        ("__key_property__", "__key_properties__"),
    ],
)
@pytest.mark.parametrize("stream", ["customers", "c*", "*"])
def test_a_mistyped_option_is_no_field(stream: str, name: str, option: str) -> None:
    """It would be a column, and what it was to keep out would go out."""
    (line,) = errors({stream: {"id": "id", name: "id > 1"}})

    assert line == (
        f"stream_maps, {stream}: `{name}` is none of its options. Did you mean {option}? "
        f"If not: `{name}: str(…)`."
    )
    assert errors({stream: {"id": "id", name: "str(id)"}}) == []


@pytest.mark.parametrize("expression", ["str(id) == '5'", "str(email).endswith('no')", "(id)"])
def test_a_mistyped_filter_that_begins_as_a_column_is_none(expression: str) -> None:
    (line,) = errors({"customers": {"__filtr__": expression}})

    assert "Did you mean __filter__?" in line


@pytest.mark.parametrize("name", ["else", "filter", "alias", "key_properties", "Source"])
@pytest.mark.parametrize("value", [None, "__NULL__"])
def test_an_options_bare_word_that_removes_is_no_field(name: str, value: str | None) -> None:
    (line,) = errors({"customers": {name: value}})

    assert line.endswith(f"Did you mean __{name.casefold()}__? If not: `{name}: None`.")
    assert errors({"customers": {name: "None"}}) == []


@pytest.mark.parametrize(
    "name",
    [
        *("source", "filter", "alias", "_tenant", "_sdc_tenant", "_loaded_at", "__loaded_at"),
        *("_id", "__v", "__where__"),
    ],
)
def test_a_column_of_a_users_own_may_have_an_ordinary_name(name: str) -> None:
    assert errors({"customers": {name: "'frontcore'"}}) == []


def test_a_field_of_the_api_may_be_called_as_an_option() -> None:
    streams = {"legal_bases": ("id", "source")}

    assert not [*map_errors({"legal_bases": {"source": None}}, streams)]


@pytest.mark.parametrize("name", ["emial", "email2", "phones", "phone.prefix", "phone__prefix"])
def test_a_field_that_only_resembles_one_is_removed_if_it_is_meant(name: str) -> None:
    alike = "email" if "em" in name else "phone"

    (line,) = errors({"customers": {name: None}})

    assert line == (
        f"stream_maps, customers: there is no field {name} to remove. Did you mean {alike}? "
        f"If not: `{alike}: {alike}`."
    )
    assert errors({"customers": {name: None, alike: alike}}) == []
    assert masked_fields("customers", {"customers": {name: None, alike: alike}}, FIELDS) == {name}


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (
            {"__else__": None, "email": "email"},
            "`__else__` removes the key: add `id: id`, in a map for customers alone.",
        ),
        ({"__key_properties__": "id"}, "must be a list"),
        ({"__source__": "customers", "__alias__": "people"}, "has no effect beside `__source__`"),
    ],
)
def test_options_that_do_something_else(definition: dict[str, Any], words: str) -> None:
    (line,) = errors({"customers": definition})

    assert words in line


@pytest.mark.parametrize(
    ("keys", "definition", "lacking"),
    [
        (["id"], {"__else__": None, "id": "id"}, None),
        (["id", "email"], {"__else__": None, "id": "id"}, "email"),
        (["email"], {"__else__": None, "email": "email"}, None),
        (["id"], {"__else__": None, "__key_properties__": ["phone"], "id": "id"}, "phone"),
        (["id"], {"__else__": None, "__key_properties__": None, "email": "email"}, None),
    ],
)
def test_a_map_that_removes_all_others_keeps_the_keys_that_a_catalog_gives(
    keys: list[str], definition: dict[str, Any], lacking: str | None
) -> None:
    lines = list(stream_errors("customers", {"*": definition}, keys, left_out=()))

    assert [line.split("add ")[1] for line in lines] == (
        [f"`{lacking}: {lacking}`, in a map for customers alone."] if lacking else []
    )


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        ("mail", "email"),
        ("email", "sha256(self)"),
        ("email", "email"),
        ("x", "str([e for e in [email]])"),
        ("__filter__", "email != ''"),
    ],
)
def test_an_expression_that_reads_what_is_left_out_is_refused(field: str, expression: str) -> None:
    maps = {"c*": {field: expression}}

    (line,) = stream_errors("customers", maps, keys=["id"], left_out=["email", "note"])

    assert line == (
        f"stream_maps, c*: `{field}: {expression}` reads email, which personal_data leaves out. "
        "Take this line out."
    )


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
    (line,) = errors({"__else__": None, "customers": {"emial": None}})

    assert "Did you mean email?" in line


def made(field: dict[str, Any], expression: str, value: Any, name: str = "note") -> Any:
    """Return what an expression makes of a row's value, for a field that is declared so."""
    properties = {"id": {"type": "integer"}, "note": field}
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    fields = {name: expression}
    inner = CustomStreamMap("customers", {}, {}, schema, ["id"], fields, None)
    checked = CheckedMap(inner, fields, properties, None)
    return (checked.transform({"id": 1, "note": value}) or {})[name]


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
        (
            {"type": "object", "properties": {"at": {"type": "null", "format": "date"}}},
            "{'at': None}",
        ),
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
        ({"type": "number"}, "1e999", "it gives a float, and JSON is declared"),
        ({"type": "number"}, "self", "it gives a str, and number is declared; write float(…)"),
        (TEXT, "'\\ud800'", "it gives a str, and JSON is declared"),
        (TEXT, "md5", "it gives a function, and JSON is declared"),
        ({"type": "string", "format": "date"}, "self", "it gives a str, and date is declared"),
        (
            {"type": "object", "properties": {"city": {"type": "string"}}},
            "{'city': 5}",
            "it gives a dict, and string in a part is declared",
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


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("id / 7", "it gives a float, and string is declared; write float(…)"),
        ("id + 1", "it gives a int, and string is declared; write int(…)"),
        ("id == 1", "it gives a bool, and string is declared; write bool(…)"),
        ("[id]", "it gives a list, and string is declared; write json.dumps(…)"),
        ("datetime.date.today().year", "it gives a int, and string is declared; write int(…)"),
        ("datetime.date.today() and {}", "dict, and string is declared; write json.dumps(…)"),
    ],
)
def test_what_a_new_column_needs_follows_from_what_is_given(expression: str, reason: str) -> None:
    with pytest.raises(StreamMapError) as caught:
        made(TEXT, expression, "secret", name="new")

    assert f"{reason})" in str(caught.value)
    function = reason.rpartition("write ")[2].removesuffix("(…)")
    made(TEXT, f"{function}({expression})", "secret", name="new")


def test_of_two_fields_with_one_expression_the_one_that_fails_is_named() -> None:
    schema = {"type": "object", "properties": {name: {} for name in ("id", "email", "phone")}}
    fields = {"email": "sha256(self)", "phone": "sha256(self)"}
    stream_map = CustomStreamMap("customers", {}, {}, schema, ["id"], fields, None)

    with pytest.raises(StreamMapError, match=r"`phone: sha256.* where phone is NoneType"):
        CheckedMap(stream_map, fields, schema["properties"], None).transform(
            {"id": 1, "email": "secret", "phone": None}
        )


COUNTRY = {
    "type": ["object", "null"],
    "properties": {"id": {"type": ["integer", "null"]}, "title": {"type": ["string", "null"]}},
}


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("{'id': 1, 'title': 'x'}", None),
        ("{'id': 1}", None),
        ("None", None),
        ("{'id': 'x'}", "it gives a dict, and integer in a part is declared"),
        ("{'area': 'x'}", "it gives a dict, and enum ['id', 'title'] is declared"),
        ("id", "it gives a int, and object is declared"),
    ],
)
def test_an_object_that_is_flattened_has_no_other_parts(
    expression: str, reason: str | None
) -> None:
    """They would vanish, since no column is declared for them."""
    schema = {"type": "object", "properties": {"id": {"type": "integer"}, "country": COUNTRY}}
    fields, flattening = {"country": expression}, FlatteningOptions(enabled=True, max_level=1)
    inner = CustomStreamMap("customers", {}, {}, schema, ["id"], fields, None)
    checked = CheckedMap(inner, fields, ["id", "country"], flattening)

    assert list(checked.transformed_schema["properties"]) == ["id", "country__id", "country__title"]
    if reason is None:
        checked.transform({"id": 1, "country": None})
    else:
        with pytest.raises(StreamMapError, match=re.escape(f"({reason})")):
            checked.transform({"id": 1, "country": None})


def test_a_text_may_be_as_long_as_is_declared() -> None:
    assert made(TEXT, "self", "no") == "no"


def test_each_map_for_no_stream_is_told() -> None:
    maps = {"custmers": {"email": "__NULL__"}, "contcts": {"email": "__NULL__"}}

    assert [line.split(". ")[0] for line in errors(maps)] == [
        "stream_maps: there is no stream custmers",
        "stream_maps: there is no stream contcts",
    ]
