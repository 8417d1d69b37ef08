"""What stream maps say of fields: which map holds, and what must not come by another door."""

from __future__ import annotations

import re
from copy import deepcopy
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from singer_sdk.helpers._flattening import FlatteningOptions
from singer_sdk.mapper import CustomStreamMap, PluginMapper, RemoveRecordTransform
from singer_sdk.singerlib import Catalog

from tap_frontcore.errors import StreamMapError
from tap_frontcore.singer.maps import (
    CheckedMap,
    fitting,
    map_errors,
    masked_fields,
    stream_errors,
)
from tap_frontcore.singer.names import escaped
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY

if TYPE_CHECKING:
    from singer_sdk.mapper import StreamMap

FIELDS = ("id", "email", "phone", "additional_properties")
STREAMS = {"customers": FIELDS, "contacts": (*FIELDS, "lastname")}
NAMES = st.sampled_from(["*", "c*", "customers", "contacts", "people"])


def errors(stream_maps: dict[str, Any], stream: str = "customers") -> list[str]:
    """Return what is wrong with maps, as a run that selects one stream finds it."""
    lines = list(map_errors(stream_maps, STREAMS))
    return lines or list(stream_errors(stream, stream_maps, keys=["id"], left_out=()))


ROWS: list[dict[str, Any]] = [
    {"id": 1, "email": "kari@example.no", "title": "Fjord AS", "seller": "17", "duedate_days": 14},
    {"id": 2, "email": None, "title": "Kari", "country": {"id": 47}, "employees": [{"id": 3}]},
]
NAMED = ("source", "filter", "alias", "_tenant", "_sdc_tenant", "__loaded_at", "_id", "__v")
OF_ONE: list[dict[str, Any]] = [
    {"email": None, "phone": "__NULL__", "nonesuch": None},
    {"phone2": None, "phone": None, "name": "title", "Org No": "orgnr", "title": "__NULL__"},
    {"email": None, "domain": "(email or '').split('@')[-1]", "email2": None, "mail": "email"},
    {"email": "sha256(config['salt'] + str(self))", "phone": "md5(phone) if phone else None"},
    {"title": "_['title'].upper() + record['title']", "data": "json.dumps(record, default=str)"},
    {"id": "id", "data": "record", "__else__": None},
    {"a": "int(seller or 0)", "b": "float(id)", "c": "bool(id == 1)", "d": "str(id)"},
    {"day": "datetime.date(2026, 1, id)", "at": "datetime.datetime(2026, 1, id).isoformat()"},
    {"employees": "[it for it in employees or [] if it['id'] != 3]"},
    {"title": "fake.seed_instance(id) or fake.first_name()"},
    {"__filter__": "('AS' in title\nand duedate_days < 20)\n", "__alias__": "crm.kunder"},
    {"__filter__": None, "id": None, "of": "md5(str(id))", "__key_properties__": ["of"]},
    {"__else__": "__NULL__", "__key_properties__": [], "title": "title", "__filter__": "id > 1"},
    {"__else__": None, "__key_properties__": None, "email": "email"},
    dict.fromkeys(NAMED, "'frontcore'"),
]
FORMS: list[dict[str, Any]] = [
    *({"customers": entries} for entries in OF_ONE),
    {"customers": {}, "legal_bases": {"source": None}, "__else__": "__NULL__"},
    {"c*s": {"tenant": "'a'", "list": "__stream_name__", "of": "__original_stream_name__"}},
    {"products": {"__alias__": "'x_' + __stream_name__"}, "customer*": "__NULL__"},
    {
        "customers": None,
        "people": {"__source__": "customers", "email": None},
        "few": {"__source__": "*omers", "__filter__": "id > 1", "id": "id", "__else__": "__NULL__"},
        "__else__": None,
    },
]


@pytest.mark.parametrize("depth", [0, 1])
@pytest.mark.parametrize("stream_maps", FORMS, ids=str)
def test_a_map_does_what_the_sdks_own_mapper_does(stream_maps: Any, depth: int) -> None:
    settings: dict[str, Any] = {"flattening_enabled": True, "flattening_max_depth": depth}
    settings |= {"stream_maps": stream_maps, "stream_map_config": {"salt": "pepper"}}
    tap = TapFrontcore(config={"api_key": API_KEY, **deepcopy(settings)})
    mapper = PluginMapper(deepcopy(settings), tap.logger)

    for name in ("customers", "customer_contacts", "products"):
        mapper.register_raw_streams_from_catalog(Catalog([(name, tap.catalog[name])]))
        fields, own = tap.streams[name].schema["properties"], tap.streams[name].stream_maps
        rows = [{field: row.get(field) for field in fields} for row in ROWS]
        expected = [made_of(rows, it) for it in mapper.stream_maps[name]]
        assert [made_of(rows, it) for it in own] == expected


def made_of(rows: list[dict[str, Any]], stream_map: StreamMap) -> Any:
    """Return what a target is told of a stream, and its records."""
    if isinstance(stream_map, RemoveRecordTransform):
        return None
    schema = {key: it for key, it in stream_map.transformed_schema.items() if key != "$schema"}
    records = [stream_map.transform(deepcopy(row)) for row in rows]
    return stream_map.stream_alias, stream_map.transformed_key_properties, schema, records


@pytest.mark.parametrize(
    ("stream_maps", "found"),
    [
        ({"contacts": {"email": None}}, [{}]),
        ({"c*": "__NULL__"}, ["__NULL__"]),
        ({"p": {"__source__": "cust*"}}, [{}, {"__source__": "cust*"}]),
        ({"p": {"__source__": "customers"}, "c*": None}, [None, {"__source__": "customers"}]),
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
        ({"c": {"__source__": "customers", "__else__": None, "x": "email"}}, {"x"}),
        ({"customers": "__NULL__"}, set()),
        ({"contacts": {"email": None}}, set()),
        (
            {
                "customers": {"loyalty": None},
                "people": {"__source__": "customers", "rank": None},
                "others": {"__source__": "customers", "__else__": None, "id": "id", "x": "str(_)"},
            },
            {"email", "phone", "additional_properties", "loyalty", "rank", "x"},
        ),
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


@pytest.mark.parametrize(
    "expression", ["a b", "id = 1", "a; b", "a\nb", "(", "\0", " a", '\\"a\\"']
)
@pytest.mark.parametrize("field", ["email", "new", "__filter__", "__alias__"])
def test_what_is_no_expression(field: str, expression: str) -> None:
    (line,) = errors({"customers": {field: expression}})

    assert line == (
        f"stream_maps, customers: `{field}: {escaped(expression)}` can't be read. "
        "Write a text in quotes, as `'no'`, and compare by `==`."
    )


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


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("__else", "__else__"),
        ("__ELSE__", "__else__"),
        ("_else_", "__else__"),
        ("__else__ ", "__else__"),
        ("__filetr__", "__filter__"),
        ("_filter_", "__filter__"),
        ("__alais__", "__alias__"),
        ("__sourc__", "__source__"),
        ("_source", "__source__"),
        ("__key_property__", "__key_properties__"),
    ],
)
@pytest.mark.parametrize("expression", ["id > 1", "str(id) == '5'", "str(id).find('5')", "(id)"])
def test_a_mistyped_option_is_no_field(expression: str, name: str, option: str) -> None:
    """It would be a column, and what it was to keep out would go out."""
    (line,) = errors({"c*": {"id": "id", name: expression}})

    assert line == (
        f"stream_maps, c*: `{name}` is none of its options. Did you mean {option}? "
        f"If not: `{name}: str(…)`."
    )
    assert errors({"c*": {"id": "id", name: "str(id)"}}) == []


@pytest.mark.parametrize("name", ["else", "filter", "alias", "key_properties", "Source"])
@pytest.mark.parametrize("value", [None, "__NULL__"])
def test_an_options_bare_word_that_removes_is_no_field(name: str, value: str | None) -> None:
    (line,) = errors({"customers": {name: value}})

    assert line.endswith(f"Did you mean __{name.casefold()}__? If not: `{name}: None`.")
    assert errors({"customers": {name: "None"}}) == []


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
        ({"__else__": "x", "id": "id"}, "`__else__` must be null or __NULL__."),
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
        ("x", "record['email'].lower()"),
        ("x", '_["email"]'),
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


def made(field: dict[str, Any], expression: str, value: Any, name: str = "note") -> Any:
    """Return what an expression makes of a row's value, for a field that is declared so."""
    properties = {"id": {"type": "integer"}, "note": field}
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    fields = {name: expression}
    inner = CustomStreamMap("customers", {}, {}, schema, ["id"], fields, None)
    checked = CheckedMap(inner, fields, properties, None)
    return (checked.transform({"id": 1, "note": value, "other": value}) or {})[name]


TEXT = {"type": ["string", "null"], "maxLength": 2}
DATE = {"type": ["string", "null"], "format": "date"}


@pytest.mark.parametrize(
    ("field", "expression"),
    [
        (TEXT, "self[:2]"),
        (TEXT, "str(self) * 9"),
        ({"type": ["integer", "string"], "maxLength": 2}, "1000"),
        ({"type": "integer"}, "4 / 2"),
        ({"type": "array"}, "(id, id)"),
        ({"type": "string", "maxLength": 20}, "datetime.datetime(2024, 1, 1, 0, 0, 1)"),
        ({"type": "string", "format": "date-time"}, "'2024-01-31T00:00:00Z'"),
        ({"type": "object", "properties": {"at": DATE}}, "{'at': None}"),
    ],
)
def test_what_fits_the_schema_of_a_field(field: dict[str, Any], expression: str) -> None:
    made(field, expression, "secret")


@pytest.mark.parametrize(
    ("field", "expression", "reason"),
    [
        (TEXT, "self", "it gives a str, and maxLength 2 is declared"),
        (TEXT, "(datetime.date(2024, 1, 31))", "it gives a date, and maxLength 2 is declared"),
        (TEXT, "id", "it gives a int, and string is declared; write str(…)"),
        ({"type": "integer"}, "id == 1", "it gives a bool, and integer is declared; write int(…)"),
        ({"type": "number"}, "1e999", "it gives a float, and JSON is declared"),
        ({"type": "number"}, "self", "it gives a str, and number is declared; write float(…)"),
        (TEXT, "'\\ud800'", "it gives a str, and JSON is declared"),
        (TEXT, "md5", "it gives a function, and JSON is declared"),
        (DATE, "self", "it gives a str, and date is declared"),
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


@pytest.mark.parametrize(
    ("expression", "value", "words"),
    [
        *(
            (expression, None, "For null, write `… if note is not None else None`.")
            for expression in ("self.lower()", "_['note'].lower()", "md5(note)", "note + id")
        ),
        ("md5(id)", "x", "Write str(id)."),
        ("id.lower()", "x", "Write str(id)."),
        ("note * 1.5", Decimal(2), "Write float(note)."),
        ("note + other", None, "`… if note is not None and other is not None else None`."),
        ("sha25(note)", "x", "There is no function sha25. Did you mean sha256?"),
        ("nte.lower()", "x", "There is no field nte. Did you mean note?"),
        ("id / 0", "x", "Correct it in stream_maps."),
    ],
)
def test_of_an_expression_that_fails_is_told_what_to_write(
    expression: str, value: Any, words: str
) -> None:
    with pytest.raises(StreamMapError) as caught:
        made({}, f"{expression}\n", value)

    assert f"`note: {expression}\\n` fails (" in str(caught.value)
    assert str(caught.value).endswith(words)


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


def test_each_map_for_no_stream_is_told() -> None:
    maps = {"custmers": {"email": None}, "__else__": None, "contcts": {"email": "__NULL__"}}

    assert errors(maps) == [
        "stream_maps: there is no stream custmers. Did you mean customers?",
        "stream_maps: there is no stream contcts. Did you mean contacts?",
    ]
