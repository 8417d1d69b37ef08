"""Values as other programs write them: the declared column holds exactly them, or nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tap_frontcore.clock import is_unset
from tap_frontcore.errors import RecordError
from tap_frontcore.singer import conversions
from tap_frontcore.singer.conversions import MisfitError
from tap_frontcore.singer.records import RecordConverter
from tap_frontcore.streams.types import ANY_LIST

OSLO = "Europe/Oslo"


def convert(
    value: Any, declared: dict[str, Any] | str, zone: str = OSLO
) -> tuple[Any, dict[str, Any] | None]:
    """Return what the declared column holds of a value, and what additional_properties does."""
    schema = declared if isinstance(declared, dict) else {"type": [declared, "null"]}
    properties = {
        "id": {"type": ["integer"]},
        "field": schema,
        "additional_properties": {"type": ["object", "null"]},
    }
    converter = RecordConverter(
        {"properties": properties}, key_properties=["id"], timezone=zone, tell=lambda *_: None
    )
    record = converter.convert({"id": 1, "field": value})
    return record["field"], record["additional_properties"]


def is_kept(value: Any, declared: dict[str, Any] | str, zone: str = OSLO) -> bool:
    return convert(value, declared, zone) == (None, {"field": value})


TIME = {"type": ["string", "null"], "format": "date-time"}
DATE = {"type": ["string", "null"], "format": "date"}
LIST = ANY_LIST.to_dict()
MAP = {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}}
NUMBERS = {"type": ["array", "null"], "items": {"type": ["integer", "null"]}}


NO_NUMBERS = [
    *("1_2", " 12", "12 ", "12\n", "+12", "1.", ".5", "0x10", "NaN", "inf", "None"),  # Python
    *("1 234,50", "1\xa0234", "12,5", "1,234.50", "12 %", "kr 12", "(12)", "#N/A"),  # Excel
    *("007", "0012.50", "-", "1e", "1e999999999", "1e99999999999999999999"),  # MySQL, PHP
    *("１２", "١٢", "²", "Ⅻ"),  # noqa: RUF001  # other scripts
    *(True, False, [], [1], {}, {"value": 1}, Decimal("1e301"), Decimal("1e-301"), 10**301),
]
NO_BOOLEANS = [2, -1, "yes", "on", "True", "SANN", "t", " 1", [], [1], {}]
NO_TIMES = [
    *(43107, "43107", "43107,58", Decimal("43107.58"), "07.01.2018 14:02", "1/7/2018"),  # Excel
    *(1515330138, "1515330138", "1512121212345", "20180107140218"),  # seconds, milliseconds
    *("Sun, 07 Jan 2018 14:02:18 +0100", "7. januar 2018", "now", "14:02:18"),
    {"date": "2018-01-07 14:02:18.000000", "timezone_type": 3, "timezone": OSLO},  # PHP
    *("2018-01-07 14:02:18.", "2018-01-07T14:02:60", "2018-02-30", "2018-13-01"),
    *("2018-01-07+01:00", "2018-W01-7", "2018-007", "2018-01", "2018-01-07T14"),
    *("2018-01-07T14:02:18+01:00 ", "２０１８-01-07", "2018-01-07T14:02:18+99:00"),  # noqa: RUF001
    *("0000-00-00 12:00:00", "0000-01-01", "10000-01-01", False, [], {}),
    *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-05:00", "0001-01-01"),  # not in UTC
]
NO_LISTS: list[Any] = [  # but maps by id
    {"17": "Excel"},
    {"4711": {"firstname": "Kåre"}, "4712": {"firstname": "Inga"}},
    {"1": "Excel", "2": "Word"},
    {"0": "Ingen", "17": "Excel"},
    {"00": "a"},
    {"٠": "a"},  # noqa: RUF001
    {"0": "a", "navn": "b"},
    *("Excel", 7, False),
]


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        *(("number", value) for value in NO_NUMBERS),
        *(("integer", value) for value in NO_NUMBERS),
        *(("boolean", value) for value in NO_BOOLEANS),
        *((TIME, value) for value in NO_TIMES),
        *((LIST, value) for value in NO_LISTS),
        *(("string", value) for value in (True, False)),  # PHP says `false` if nothing was found
    ],
    ids=repr,
)
def test_a_misfit_is_kept(declared: dict[str, Any] | str, value: Any) -> None:
    assert is_kept(value, declared)


# Numbers


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("12", 12),
        ("-12", -12),
        ("0", 0),
        ("12.50", Decimal("12.50")),
        ("0.1", Decimal("0.1")),
        ("9007199254740993", 2**53 + 1),
        ("1.0E+25", 10**25),  # PHP
        ("1e3", 1000),
        (Decimal("12.5"), Decimal("12.5")),
    ],
    ids=repr,
)
def test_a_number_in_quotes_is_read_exactly(value: Any, number: Any) -> None:
    held, additional = convert(value, "number")

    assert held == number
    assert str(Decimal(held)) == str(Decimal(value)), "to the last digit"
    assert additional is None


@pytest.mark.parametrize(
    ("value", "whole"),
    [
        *(("14.0", 14), (Decimal("14.00"), 14), ("1.4e1", 14), ("-0", 0)),
        *((2**63 - 1, 2**63 - 1), (str(-(2**63)), -(2**63))),
        *(("14.5", None), (Decimal("0.5"), None), (2**63, None), (str(-(2**63) - 1), None)),
        *(("1e25", None), ("1e-300", None), ("9223372036854775807.5", None)),
    ],
    ids=repr,
)
def test_an_integer_is_never_truncated(value: Any, whole: int | None) -> None:
    held, additional = convert(value, "integer")

    assert held == whole
    assert type(held) is type(whole)
    assert additional == (None if whole is not None else {"field": value})


forms_of_numbers = (
    st.integers(-(2**64), 2**64)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.integers(-20, 20).map(str)
    | st.from_regex(r"[ +-]?[0-9_]{1,3}(\.0{0,2})?(e0)?[ \n]?", fullmatch=True)
    | st.sampled_from(["７", "٧", 7, "7", "007", "7.0", "7e0", "+7", "7_", True])  # noqa: RUF001
)


@given(forms_of_numbers)
@example("007")
@example("7.0")
@example("1_2")
def test_different_keys_stay_different(value: Any) -> None:
    """But for a number, and the text that every program makes of it."""
    try:
        key = conversions.to_key(value)
    except MisfitError:
        return

    assert value == (str(key) if isinstance(value, str) else key)
    assert type(value) is not bool


@pytest.mark.parametrize("declared", ["integer", "number"])
def test_a_key_is_read_strictly_for_any_declared_type(declared: str) -> None:
    converter = RecordConverter(
        {"properties": {"id": {"type": [declared]}}},
        key_properties=["id"],
        timezone=OSLO,
        tell=lambda *_: None,
    )

    assert [converter.convert({"id": key}) for key in (7, "7")] == [{"id": 7}] * 2
    for key in ("7.0", "007", " 7"):
        with pytest.raises(RecordError):
            converter.convert({"id": key})


# Text, booleans


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("", ""), (" x ", " x "), ("false", "false"), ("\u2028", "\u2028")),
        *((0, "0"), (7, "7"), (Decimal("12.50"), "12.50"), (2**70, str(2**70))),
        *(([], "[]"), (["a", 2], '["a",2]'), ({"ø": None}, '{"ø":null}')),
    ],
    ids=repr,
)
def test_numbers_arrays_and_objects_become_text(value: Any, text: str) -> None:
    assert convert(value, "string") == (text, None)


@pytest.mark.parametrize(
    ("boolean", "values"),
    [
        (True, [True, 1, "1", "true", Decimal("1.0")]),
        (False, [False, 0, "0", "false"]),
    ],
)
def test_booleans_are_read_from_numbers_and_words(boolean: bool, values: list[Any]) -> None:  # noqa: FBT001
    assert [convert(value, "boolean") for value in values] == [(boolean, None)] * len(values)
    assert {type(convert(value, "boolean")[0]) for value in values} == {bool}


# Times and dates


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2018-01-07T14:02:18+01:00", "2018-01-07T13:02:18+00:00"),
        ("2018-01-07T14:02:18+0100", "2018-01-07T13:02:18+00:00"),  # PHP
        ("2018-01-07T14:02:18.500+01:00", "2018-01-07T13:02:18.500000+00:00"),
        ("2018-01-07T13:02:18.000Z", "2018-01-07T13:02:18+00:00"),  # JavaScript
        ("2018-01-07 14:02:18", "2018-01-07T13:02:18+00:00"),  # MySQL
        ("2018-01-07 14:02:18.000000", "2018-01-07T13:02:18+00:00"),
        ("2018-01-07 14:02:18.123456+01", "2018-01-07T13:02:18.123456+00:00"),  # Postgres
        ("2018-01-07 14:02:18.1234560", "2018-01-07T13:02:18.123456+00:00"),  # SQL Server
        ("2018-01-07 14:02", "2018-01-07T13:02:00+00:00"),
        ("20180107T140218", "2018-01-07T13:02:18+00:00"),
        ("2018-01-07", "2018-01-06T23:00:00+00:00"),
        ("2018-07-07", "2018-07-06T22:00:00+00:00"),
        ("2026-10-25 02:30:00", "2026-10-25T00:30:00+00:00"),  # twice: the earlier one
        ("9999-12-31T23:59:59+00:00", "9999-12-31T23:59:59+00:00"),
        ("0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00"),
        *((unset, None) for unset in ("", "0000-00-00", "0000-00-00 00:00:00.000000")),
        ("-0001-11-30T00:00:00+00:43", None),  # PHP's of MySQL's
    ],
)
def test_times_are_converted_to_utc(value: str, expected: str | None) -> None:
    assert convert(value, TIME) == (expected, None)


offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.datetimes(timezones=offsets),
    st.sampled_from(["T", " "]),
    st.sampled_from(["auto", "milliseconds", "microseconds", "seconds", "minutes"]),
)
@example(datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-5))), "T", "auto")
@example(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))), "T", "auto")
def test_a_time_stays_the_same_instant(instant: datetime, between: str, parts: str) -> None:
    text = instant.isoformat(between, parts)
    try:
        expected = datetime.fromisoformat(text).astimezone(UTC).isoformat()
    except OverflowError:
        assert is_kept(text, TIME)
    else:
        assert convert(text, TIME) == (expected, None)


@pytest.mark.parametrize(
    ("value", "zone", "day", "is_whole"),
    [
        ("2018-01-07", OSLO, "2018-01-07", True),
        ("20180107", OSLO, "2018-01-07", True),
        ("2018-01-07 00:00:00", OSLO, "2018-01-07", True),
        ("2018-01-07T00:00:00+01:00", OSLO, "2018-01-07", True),
        ("2018-01-06T23:00:00Z", OSLO, "2018-01-07", True),
        ("2018-01-07T00:00:00-05:00", "America/New_York", "2018-01-07", True),
        ("2018-01-07T02:00:00Z", "America/New_York", "2018-01-06", False),
        ("2018-01-07 14:02:18", OSLO, "2018-01-07", False),
        ("9999-12-31", "America/New_York", "9999-12-31", True),
        ("0001-01-01", OSLO, "0001-01-01", True),
        ("00010101", OSLO, "0001-01-01", True),
        ("9999-12-31T23:59:59+00:00", OSLO, None, False),  # in Oslo in the year 10000
        ("0001-01-01T00:00:00+00:00", "America/New_York", None, False),
        ("0001-01-01T00:00:00+01:00", OSLO, None, False),
        ("0000-00-00", OSLO, None, True),
        ("", OSLO, None, True),
        ("43107", OSLO, None, False),
        (43107, OSLO, None, False),
        ("07.01.2018", OSLO, None, False),
        ("2018-02-30", OSLO, None, False),
    ],
    ids=repr,
)
def test_a_date_is_the_day_in_the_accounts_zone(
    value: Any, zone: str, day: str | None, *, is_whole: bool
) -> None:
    additional = None if is_whole else {"field": value}

    assert convert(value, DATE, zone) == (day, additional)


# Arrays and maps


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({}, []),
        ({"0": "a", "1": "b"}, ["a", "b"]),
        ({"0": "a", "2": "b"}, ["a", "b"]),  # the second was taken out
        ({"2": "c", "0": "a"}, ["c", "a"]),  # and sorted
        ([{"id": 1, "tags": ["x", 2]}], [{"id": 1, "tags": ["x", 2]}]),
        ([["a"], 7, None, [], False], ['["a"]', "7", None, {}, "false"]),
    ],
)
def test_arrays_are_read_from_lists_and_php_objects(value: Any, expected: list[Any]) -> None:
    assert convert(value, LIST) == (expected, None)


def test_an_array_with_a_misfit_is_kept_whole() -> None:
    assert convert(["1", 2, None, Decimal("3.0")], NUMBERS) == ([1, 2, None, 3], None)
    assert is_kept([1, "to"], NUMBERS)
    days = {"type": ["array", "null"], "items": DATE}
    assert is_kept(["2018-01-07", "2018-01-07 14:02:18"], days)


def test_nested_arrays_are_converted() -> None:
    nested = {"type": ["array", "null"], "items": NUMBERS}

    assert convert([["1"], {"0": 2, "2": 3}, None, []], nested) == ([[1], [2, 3], None, []], None)
    assert is_kept([[1], {"17": 2}], nested)
    assert is_kept([[1], [["2"]]], nested)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], {}),
        ({"0": "a", "1": 2}, {"0": "a", "1": "2"}),
        ({"Kurs": True, "Kart": {"a": []}}, {"Kurs": "true", "Kart": '{"a":[]}'}),
        ({"Nivå": 3, "Tom": None}, {"Nivå": "3", "Tom": None}),
    ],
)
def test_objects_of_texts_are_converted(value: Any, expected: dict[str, Any]) -> None:
    assert convert(value, MAP) == (expected, None)


# All of it

texts = st.text(max_size=6) | st.sampled_from(
    ["5", "007", "5.50", "1_2", " 5", "+5", "\u0665", "true", "false", "2018-01-07", "0000-00-00"]
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**65), 2**65)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | texts,
    lambda items: (
        st.lists(items, max_size=3)
        | st.dictionaries(st.sampled_from(["0", "1", "2", "3", "17", "a"]), items, max_size=3)
    ),
    max_leaves=6,
)


def decoded(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def is_number(value: Any) -> bool:
    return type(value) in {int, Decimal}


def is_exact(sent: Any, held: Any, declared: str) -> bool:
    """Tell whether a column holds just what was sent, read with the standard library's JSON."""
    if declared == "string":
        return bool(held == sent if isinstance(sent, str) else decoded(held) == sent)
    if declared in {"number", "integer"}:
        number = decoded(sent) if isinstance(sent, str) else sent
        return is_number(number) and bool(held == number)
    if declared == "boolean":
        meant = decoded(sent) if isinstance(sent, str) else sent
        return bool(meant == held) and (type(meant) is bool or is_number(meant))
    if declared == "array":
        items = list(sent.values()) if isinstance(sent, dict) else sent
        return len(items) == len(held) and all(
            one is None or one == ({} if item == [] else item) or decoded(one) == item
            for item, one in zip(items, held, strict=True)
        )
    return bool(held == ({} if sent == [] else sent))


@pytest.mark.parametrize(
    ("declared", "schema"),
    [
        *((name, {"type": [name, "null"]}) for name in conversions.SCALARS),
        ("array", LIST),
        ("object", {"type": ["object", "null"]}),
    ],
)
@given(value=json_values)
def test_a_column_holds_exactly_its_value_or_the_value_is_kept(
    declared: str, schema: dict[str, Any], value: Any
) -> None:
    held, additional = convert(value, schema)

    if additional is not None:
        assert (held, additional) == (None, {"field": value})
    elif held is None:
        assert value is None or (is_unset(value) and declared != "string")
    else:
        assert is_exact(value, held, declared)
