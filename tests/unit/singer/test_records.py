from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tap_frontcore.records import RecordConverter, RecordError
from tap_frontcore.streams import CustomerContacts, Customers
from tests.fake_frontcore import generate_customers, sample_customers

SCHEMAS = [Customers.schema, CustomerContacts.schema]


def convert(row: dict[str, Any], schema: dict[str, Any] = Customers.schema) -> dict[str, Any]:
    return RecordConverter(schema, timezone="Europe/Oslo", on_unknown=lambda _: None).convert(row)


def convert_value(value: Any, field: str) -> Any:
    return convert({"id": 1, field: value})[field]


def is_valid(record: dict[str, Any], schema: dict[str, Any] = Customers.schema) -> bool:
    # As a target reads it: fractions are numbers.
    text = msgspec.json.Encoder(decimal_format="number").encode(record)
    return Draft202012Validator(schema).is_valid(msgspec.json.decode(text))


def test_the_documented_customers_come_out_whole() -> None:
    for row in sample_customers():
        record = convert(row)

        assert record.pop("created_at") != row["created_at"]
        assert record.pop("updated_at") != row["updated_at"]
        assert record == {k: v for k, v in row.items() if k not in {"created_at", "updated_at"}}


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("phone", 22334455, "22334455"),
        ("orgnr", Decimal("10.50"), "10.50"),
        ("note", True, "true"),
        ("note", ["to", 2], '["to",2]'),
        ("note", "", ""),
        ("seller", {"id": 3, "navn": "Åse"}, '{"id":3,"navn":"Åse"}'),
        ("turnover", {"sum": Decimal("12.50")}, '{"sum":12.50}'),
        ("turnover", 1250000, "1250000"),
        ("turnover", [], "[]"),
        ("idStatus", 1, "1"),
        ("duedate_days", "14", 14),
        ("duedate_days", " 14 ", 14),
        ("duedate_days", "14.0", 14),
        ("duedate_days", Decimal("14.0"), 14),
        ("duedate_days", "", None),
        ("idParentCustomer", "64925", 64925),
        ("country", [], {}),
        ("country", None, None),
        ("country", {"id": "159", "title": "Norge", "code": "NO"},
         {"id": 159, "title": "Norge", "code": "NO"}),
        ("custom_properties", [], {}),
        ("custom_properties", {"Nivå": 3, "Tom": None, "Kart": {"a": 1}},
         {"Nivå": "3", "Tom": None, "Kart": '{"a":1}'}),
        ("employees", [], []),
        ("employees", [{"id": 1, "tags": ["x"]}, [], 7, None],
         [{"id": 1, "tags": ["x"]}, {}, "7", None]),
        ("employees", {"0": {"id": 1}, "2": {"id": 2}}, [{"id": 1}, {"id": 2}]),
        ("updated_at", None, None),
        ("updated_at", "", None),
        ("updated_at", "0000-00-00 00:00:00", None),
        ("updated_at", "2026-04-12 05:50:05", "2026-04-12T03:50:05+00:00"),
    ],
)  # fmt: skip
def test_a_value_is_made_to_fit(field: str, value: Any, expected: Any) -> None:
    converted = convert_value(value, field)

    assert converted == expected
    assert type(converted) is type(expected)
    assert is_valid({"id": 1, field: converted})


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "secret"}, "`id` is text that is not a number"),
        ({"id": None}, "`id` is null that is not a number"),
        ({"id": 1, "duedate_days": "1e999999999"}, "`duedate_days` is text that is not a whole"),
        ({"id": 1, "duedate_days": Decimal("1.5")}, "`duedate_days` is a number that is not a wh"),
        ({"id": 1, "duedate_days": "NaN"}, "`duedate_days` is text that is not a number"),
        ({"id": 1, "country": "secret"}, "`country` is text that is not an object"),
        ({"id": 1, "country": {"id": []}}, "`country.id` is an array that is not a number"),
        ({"id": 1, "employees": {"secret": 1}}, "`employees` is an object that is not an array"),
        ({"id": 1, "created_at": "secret"}, "`created_at` is text that is not a time"),
        ({"id": 1, "created_at": 1234567890}, "`created_at` is a number that is not a time"),
    ],
)
def test_what_cannot_fit_is_an_error_that_names_the_field_and_not_the_value(
    row: dict[str, Any], message: str
) -> None:
    with pytest.raises(RecordError) as caught:
        convert(row)

    assert str(caught.value).startswith(message)
    assert "secret" not in str(caught.value)


def test_unknown_fields_are_left_out_and_named_once() -> None:
    named: list[str] = []
    converter = RecordConverter(
        Customers.schema, timezone="UTC", on_unknown=named.append, ignored={"note"}
    )

    for _ in range(2):
        record = converter.convert(
            {"id": 1, "new": 1, "note": {}, "country": {"code": "NO", "x": 1}}
        )
        assert record == {"id": 1, "country": {"code": "NO"}}
    assert named == ["new", "country.x"]


def test_booleans_of_a_schema_that_declares_them() -> None:
    schema = {"properties": {"a": {"type": "boolean"}, "b": {"type": ["number", "null"]}}}

    assert [convert({"a": a}, schema)["a"] for a in (True, 1, "0", "false")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert convert({"b": "1.50"}, schema) == {"b": Decimal("1.50")}
    with pytest.raises(RecordError, match="not a boolean"):
        convert({"a": []}, schema)


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


@pytest.mark.parametrize("schema", SCHEMAS, ids=["customers", "customer_contacts"])
@given(st.data())
def test_any_row_becomes_a_valid_record_or_an_error(
    schema: dict[str, Any], data: st.DataObject
) -> None:
    names = st.sampled_from(list(schema["properties"]))
    row = {"id": 1} | data.draw(st.dictionaries(names | st.text(max_size=5), json_values))
    untouched = copy.deepcopy(row)

    try:
        record = convert(row, schema)
    except RecordError:
        return
    finally:
        assert row == untouched

    assert is_valid(record, schema)
    assert convert(record, schema) == record, "a record is not changed by another conversion"


def test_generated_rows_with_odd_types_all_fit() -> None:
    for row in generate_customers(200, odd=True):
        decoded = msgspec.json.Decoder(float_hook=Decimal).decode(msgspec.json.encode(row))
        assert is_valid(convert(decoded))
