"""Convert a value to its declared type, exactly or not at all.

Converters take any JSON value, with `decimal.Decimal` for fractions. Text must have a number as in
JSON: `Decimal` also reads `1_2`, ` 12` and `+12`, so two rows could get the same key.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    Converter = Callable[[Any], Any]  # returns a value as its declared type, or raises MisfitError
INTEGERS = range(-(2**63), 2**63)  # what a warehouse's integer column holds
MAX_EXPONENT = 300  # of ten, also negative: so the number fits a 64-bit column
JSON_NAMES: dict[type, str] = {
    str: "text",
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    dict: "an object",
    list: "an array",
    type(None): "null",
}

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_encoder = msgspec.json.Encoder(decimal_format="number")


class MisfitError(ValueError):
    """A value doesn't fit its declared type. The message names its type, never the value."""

    def __init__(self, value: object, declared: str, part: object = None) -> None:
        super().__init__(f"{JSON_NAMES.get(type(value), 'something')} that is not {declared}")
        self.part = part  # as much of the value as fits


class Field(NamedTuple):
    """How the values of one field are converted."""

    convert: Converter
    fitting: frozenset[type] = frozenset()  # types that need no conversion


def as_json(value: Any) -> str:  # noqa: ANN401
    """Return text as it is, and any other value but null as JSON."""
    if value is None:
        raise MisfitError(value, "text")
    return value if type(value) is str else _encoder.encode(value).decode()


def to_text(value: Any) -> str:  # noqa: ANN401
    """Convert to text, except null and booleans: PHP sends `false` for a missing value."""
    if type(value) is bool:
        raise MisfitError(value, "text")
    return as_json(value)


def to_number(value: Any) -> int | Decimal:  # noqa: ANN401
    """Convert a number, or one in quotes, that fits a 64-bit column."""
    is_text = type(value) is str and _NUMBER.fullmatch(value)
    if not is_text and type(value) not in (int, Decimal):
        raise MisfitError(value, "a number")
    try:
        number = Decimal(value)
    except InvalidOperation:  # an exponent of twenty digits
        raise MisfitError(value, "a number of 64 bits") from None
    if abs(number.adjusted()) > MAX_EXPONENT:
        raise MisfitError(value, "a number of 64 bits")
    return value if type(value) is int else number


def to_integer(value: Any) -> int:  # noqa: ANN401
    """Convert to a whole number of 64 bits; `14.0` is one."""
    if type(value) is int and value in INTEGERS:
        return value
    number = to_number(value)
    if -INTEGERS.stop <= number <= INTEGERS.stop:
        whole = int(number)
        if whole == number and whole in INTEGERS:
            return whole
    raise MisfitError(value, "a whole number of 64 bits")


def to_key(value: Any) -> int:  # noqa: ANN401
    """Convert to a row's key, but not `"7.0"` or `"7e0"`: they may be other rows' keys than `7`."""
    key = to_integer(value)
    if type(value) is str and value != str(key):
        raise MisfitError(value, "written as a whole number is")
    return key


def to_boolean(value: Any) -> bool:  # noqa: ANN401
    """Convert to a boolean, which PHP and MySQL also write as 0 or 1."""
    if type(value) is bool:
        return value
    if value in (0, "0", "false"):
        return False
    if value in (1, "1", "true"):
        return True
    raise MisfitError(value, "a boolean")


def to_time(value: Any, timezone: str) -> str:  # noqa: ANN401
    """Convert to an instant in the form of `clock.to_text`."""
    try:
        return clock.to_text(clock.parse(value, timezone))
    except ValueError:
        raise MisfitError(value, "a time") from None


def to_date(value: Any, timezone: str) -> str:  # noqa: ANN401
    """Convert to a day such as `2018-01-07`; it is the part that fits of a time on that day."""
    try:
        day = clock.to_date(value, timezone)
        if len(value) <= len(day) or clock.parse(value, timezone) == clock.parse(day, timezone):
            return day
    except ValueError:
        raise MisfitError(value, "a date") from None
    raise MisfitError(value, "a date alone", part=day)


def up_to(longest: int, convert: Converter) -> Converter:
    """Make a converter that refuses text of more than `longest` characters."""

    def convert_or_refuse(value: Any) -> Any:  # noqa: ANN401
        try:
            result = convert(value)
        except MisfitError as misfit:
            if len(str(misfit.part or "")) > longest:  # the part that fits, such as a day
                misfit.part = None
            raise
        if isinstance(result, str) and len(result) > longest:
            raise MisfitError(value, f"at most {longest} characters long")
        return result

    return convert_or_refuse


def or_null(convert: Converter) -> Converter:
    """Make a converter that takes for null what means no value, such as "" or MySQL's zero date."""

    def convert_or_null(value: Any) -> Any:  # noqa: ANN401
        try:
            return convert(value)
        except MisfitError:
            if clock.is_unset(value):
                return None
            raise

    return convert_or_null


SCALARS: dict[str, Field] = {  # of several declared types, the first one in this order applies
    "integer": Field(to_integer),
    "number": Field(to_number),
    "boolean": Field(to_boolean, frozenset({bool})),
    "string": Field(to_text, frozenset({str})),
}
