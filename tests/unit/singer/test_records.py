from __future__ import annotations

import copy
from decimal import Decimal
from logging import INFO, WARNING
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_frontcore.clock import is_unset
from tap_frontcore.errors import RecordError
from tap_frontcore.singer.records import RecordConverter
from tap_frontcore.streams import STREAMS
from tap_frontcore.streams.customers import CustomersStream
from tests.fake_frontcore import sample_customers
from tests.support.fuzz import examples

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMAS = [stream.schema for stream in STREAMS]
SCHEMA = CustomersStream.schema


def converter(
    schema: dict[str, Any] = SCHEMA,
    *,
    deselected: tuple[tuple[str, ...], ...] = (),
    tell: Callable[[int, str], None] = lambda _, __: None,
) -> RecordConverter:
    key, *_ = schema["required"]
    return RecordConverter(
        schema,
        key_properties=[key],
        timezone="Europe/Oslo",
        tell=tell,
        left_out=deselected,
        withheld=[path[0] for path in deselected],
    )


def convert(row: dict[str, Any], schema: dict[str, Any] = SCHEMA) -> dict[str, Any]:
    return converter(schema).convert(row)


def told_by(
    schema: dict[str, Any], *rows: dict[str, Any], **arguments: Any
) -> tuple[list[dict[str, Any]], list[tuple[int, str]]]:
    """Return the records of rows, and what is said of them, with its level."""
    told: list[tuple[int, str]] = []
    one = converter(schema, tell=lambda *what: told.append(what), **arguments)
    return [one.convert(row) for row in rows], told


def is_valid(record: dict[str, Any], schema: dict[str, Any]) -> bool:
    # As a target reads it: fractions are numbers.
    text = msgspec.json.Encoder(decimal_format="number").encode(record)
    return Draft202012Validator(schema).is_valid(msgspec.json.decode(text))


def test_documented_customers_lose_nothing() -> None:
    for row in sample_customers():
        record = convert(row)

        assert record.pop("created_at") != row["created_at"]
        assert record.pop("updated_at") != row["updated_at"]
        sent = {k: v for k, v in row.items() if k not in {"created_at", "updated_at"}}
        assert record == {"employees": None, "additional_properties": None} | sent


@pytest.mark.parametrize(
    ("field", "value", "part", "level", "words"),
    [
        ("duedate_days", "14 dager", None, WARNING, "`duedate_days` is text that is not a number"),
        ("note", False, None, WARNING, "`note` is a boolean that is not text"),
        ("country", "secret", None, WARNING, "`country` is text that is not an object"),
        ("country", {"id": [], "code": "NO"}, {"id": None, "code": "NO"}, WARNING,
         "`country.id` is an array that is not a number"),
        ("country", {"secret": 1, "id": []}, {"id": None}, WARNING,
         "`country.id` is an array that is not a number"),
        ("country", {"code": "NO", "secret": 1}, {"code": "NO"}, INFO,
         "`country` has a part that this version doesn't know"),
        ("employees", {"secret": 1}, None, WARNING,
         "`employees` is an object that is not an array"),
        ("created_at", "secret", None, WARNING, "`created_at` is text that is not a time"),
        ("loyalty", "secret", None, INFO,
         "`loyalty` is a field that this version doesn't know"),
        ("day", "soon", None, WARNING, "`day` is text that is not a date"),
        ("day", 20260101, None, WARNING, "`day` is a number that is not a date"),
        ("is_deleted", "yes", None, WARNING, "`is_deleted` is text that is not a boolean"),
    ],
)  # fmt: skip
def test_a_misfit_is_kept_as_it_was_sent(
    field: str, value: Any, part: Any, level: int, words: str
) -> None:
    day = {"type": ["string", "null"], "format": "date"}
    schema = customers_with(day=day, is_deleted={"type": ["boolean", "null"]})
    told: list[tuple[int, str]] = []
    one = converter(schema, tell=lambda *what: told.append(what))

    for _ in range(2):
        record = one.convert({"id": 1, field: value})

        assert record.get(field) == part
        assert record["additional_properties"] == {field: value}
        assert is_valid(record, schema)
    assert told == [(level, f"{words}. It is kept in additional_properties.")], "once a field"


def test_each_misfit_is_kept_and_reported() -> None:
    (record,), told = told_by(SCHEMA, {"id": 1, "x": 1, "country": 2, "y": 3})

    assert record["additional_properties"] == {"x": 1, "country": 2, "y": 3}
    assert [level for level, _ in told] == [WARNING, INFO, INFO]


def test_a_misfit_is_reported_after_a_new_part_of_its_field() -> None:
    countries = [{"continent": "Europa"}, "Norge"] * 2

    _, told = told_by(SCHEMA, *({"id": 1, "country": country} for country in countries))

    assert [level for level, _ in told] == [INFO, WARNING]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ({}, "missing"),
        ({"id": None}, "missing"),
        ({"id": ""}, "missing"),
        ({"id": "secret"}, "text that is not a number"),
        ({"id": "007"}, "text that is not a number"),
        ({"id": "7.0"}, "text that is not written as a whole number is"),
        ({"id": 2**64}, "a number that is not a whole number of 64 bits"),
        ({"id": Decimal("1.5")}, "a number that is not a whole number of 64 bits"),
        ({"id": True}, "a boolean that is not a number"),
    ],
)
def test_a_row_without_a_usable_key_is_an_error(row: dict[str, Any], kind: str) -> None:
    with pytest.raises(RecordError) as caught:
        convert(row)

    assert str(caught.value) == f"a row's key, `id`, is {kind}"


def test_a_field_of_which_a_part_is_deselected_is_not_in_additional_properties() -> None:
    row = {"id": 1, "note": {}, "country": {"title": "MARK", "code": "NO", "x": 1}}

    (record,), told = told_by(SCHEMA, row, deselected=(("note",), ("country", "title")))

    assert "note" not in record
    assert record["country"] == {"code": "NO"}
    assert record["additional_properties"] is None
    assert told == [], "a deselected part isn't new"


@pytest.mark.parametrize("types", [["object", "null"], ["object", "string", "null"]])
def test_a_misfit_of_a_field_of_which_a_part_is_deselected_is_left_out(types: list[str]) -> None:
    """A text may have the part in it, also where a catalog lets the column be one."""
    country = SCHEMA["properties"]["country"] | {"type": types}
    row = {"id": 1, "country": '{"title": "MARK"}'}

    (record,), told = told_by(
        customers_with(country=country), row, deselected=(("country", "title"),)
    )

    assert "MARK" not in str(record)
    assert told == [(WARNING, "`country` is text that is not an object. It is left out.")]


def test_additional_properties_can_be_deselected() -> None:
    """A user who closes it knows of new fields, but not of a declared one that has no value."""
    row = {"id": 1, "loyalty": "gold", "country": "Norge"}

    (record,), told = told_by(SCHEMA, row, deselected=(("additional_properties",),))

    assert "additional_properties" not in record
    assert told == [(WARNING, "`country` is text that is not an object. It is left out.")]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["5", "2018-01-07T14:02:18+01:00", "0000-00-00"]),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=[stream.name for stream in STREAMS])
@given(st.data())
@settings(max_examples=examples(15))
def test_any_row_becomes_a_valid_record_without_loss(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    names = st.sampled_from(list(schema["properties"]))
    (key,) = schema["required"]
    row = data.draw(st.dictionaries(names | st.text(max_size=5), json_values)) | {key: 1}
    untouched = copy.deepcopy(row)

    record = convert(row, schema)

    assert row == untouched
    assert list(record) == list(schema["properties"])
    assert is_valid(record, schema)
    additional = record["additional_properties"] or {}
    for name, value in row.items():
        if name in additional:
            assert additional[name] == value
        else:
            assert (record[name] is None) == is_unset(value) or record[name] == value
    again = convert(record | {"additional_properties": None}, schema)
    kept = {"additional_properties": {"additional_properties": None}}
    assert again == record | kept, "a record is not changed by another conversion"


def customers_with(**fields: Any) -> dict[str, Any]:
    return SCHEMA | {"properties": SCHEMA["properties"] | fields}


def test_additional_properties_may_be_text() -> None:
    schema = customers_with(additional_properties={"type": ["string", "null"]})

    (record,), _ = told_by(schema, {"id": 1, "loyalty": {"level": 2}})

    assert record["additional_properties"] == '{"loyalty":{"level":2}}'
    assert is_valid(record, schema)


def test_additional_properties_that_do_not_fit_their_column_are_left_out() -> None:
    schema = customers_with(additional_properties={"type": ["integer", "null"]})

    records, told = told_by(schema, *[{"id": 1, "country": "Norge"}] * 2)

    assert [record["additional_properties"] for record in records] == [None, None]
    assert [line for _, line in told] == [
        "`country` is text that is not an object. It is kept in additional_properties.",
        "`additional_properties` is an object that is not a number. It is left out.",
    ]


def test_text_longer_than_max_length_is_a_misfit() -> None:
    schema = customers_with(note={"type": ["string", "null"], "maxLength": 3})

    rows = [{"id": 1, "note": note} for note in ("abc", 123, "abcd", 1234)]

    records, told = told_by(schema, *rows)

    assert [record["note"] for record in records] == ["abc", "123", None, None]
    kept = [(record["additional_properties"] or {}).get("note") for record in records]
    assert kept == [None, None, "abcd", 1234]
    assert all(is_valid(record, schema) for record in records)
    ((_, line),) = told
    assert line.startswith("`note` is text that is not at most 3 characters long. It is kept in")


@pytest.mark.parametrize(("longest", "day"), [(9, None), (10, "2024-01-31")])
def test_the_part_of_a_value_that_fits_is_too_long_or_not(longest: int, day: str | None) -> None:
    own = {"type": ["string", "null"], "format": "date", "maxLength": longest}
    schema = customers_with(own=own)
    row = {"id": 1, "own": "2024-01-31T10:00:00+01:00"}

    (record,), _ = told_by(schema, row)

    assert record["own"] == day
    assert record["additional_properties"] == {"own": row["own"]}
    assert is_valid(record, schema)


def test_a_key_with_an_exponent_is_reported() -> None:
    records, told = told_by(SCHEMA, *({"id": Decimal("6.966443816144e+14")} for _ in range(2)))

    assert [record["id"] for record in records] == [696644381614400] * 2
    assert [line for _, line in told] == [
        "`id` comes with an exponent or a fraction: keys may have been rounded."
    ]


@pytest.mark.parametrize(
    "address", [{"street": "MARK"}, [{"street": "MARK"}], "MARK", '{"street": "MARK"}', [["MARK"]]]
)
@pytest.mark.parametrize(
    "at", [("user",), ("user", "home"), ("custom_properties",), ("custom_properties", "home")]
)
def test_a_deselected_part_is_withheld_in_any_shape(address: Any, at: tuple[str, ...]) -> None:
    """Of a field that isn't declared, and of a map, whose parts aren't."""
    value = {"name": "KEPT", "address": address}
    for name in reversed(at):
        value = {name: value}

    (record,), _ = told_by(SCHEMA, {"id": 1, **value}, deselected=((*at, "address", "street"),))

    assert "MARK" not in str(record)
    assert ("KEPT" in str(record)) == (at == ("custom_properties",))


def test_twenty_names_of_unknown_fields_are_told_escaped_and_shortened() -> None:
    names = ["a\nb", "\x1b[2J", "x" * 99, *(f"new{number}" for number in range(40))]
    lines: list[str] = []
    made = converter(tell=lambda _, line: lines.append(line))

    made.convert({"id": 1} | dict.fromkeys(names, 1))

    assert len(lines) == 20
    assert len(made.new_fields) == 20
    assert r"`a\nb` is" in lines[0]
    assert r"`\x1b[2J` is" in lines[1]
    assert f"`{'x' * 40}…` is" in lines[2]
