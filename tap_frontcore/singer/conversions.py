"""From a value to its declared type, exactly or not at all.

What JSON calls a number is one: Python's `Decimal` also reads `1_2`, ` 12`, `+12` and the digits
of other scripts, so that two rows could fall under one key. A converter takes any value that JSON
can hold, decoded with `decimal.Decimal` for fractions.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    Converter = Callable[[Any], Any]
    """Takes a value, and returns it as its declared type; raises MisfitError if it isn't one."""

INTEGERS = range(-(2**63), 2**63)
"""What the integer column of a warehouse holds."""

MAX_EXPONENT = 300
"""The highest power of ten, and of a tenth, that a number may have: a column of 64 bits has it."""

KINDS: dict[type, str] = {
    str: "text",
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    dict: "an object",
    list: "an array",
    type(None): "null",
}
"""What a value is, in the words of JSON."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")

_encoder = msgspec.json.Encoder(decimal_format="number")


class MisfitError(ValueError):
    """A value isn't of its declared type. The message names what it is, never the value."""

    def __init__(self, value: object, declared: str, part: object = None) -> None:
        """Compare a value with what is declared.

        Args:
            value: What came.
            declared: What it had to be, such as `a number`.
            part: As much of the value as fits.
        """
        super().__init__(f"{KINDS.get(type(value), 'something')} that is not {declared}")
        self.part = part


class Field(NamedTuple):
    """How the values of one field are made to fit."""

    fitting: frozenset[type]
    """Types whose values are right as they are."""

    convert: Converter
    """For all others."""


def as_it_is(value: Any) -> Any:  # noqa: ANN401
    """Take any value."""
    return value


def as_json(value: Any) -> str:  # noqa: ANN401
    """Convert to text, where text is declared for whatever comes: what isn't text, as JSON.

    Raises:
        MisfitError: It is null.
    """
    if value is None:
        raise MisfitError(value, "text")
    return value if type(value) is str else _encoder.encode(value).decode()


def to_text(value: Any) -> str:  # noqa: ANN401
    """Convert to text: a number has one. A boolean hasn't: PHP says `false` where nothing is.

    Raises:
        MisfitError: It is null or a boolean.
    """
    if type(value) is bool:
        raise MisfitError(value, "text")
    return as_json(value)


def to_number(value: Any) -> int | Decimal:  # noqa: ANN401
    """Convert to a number.

    Raises:
        MisfitError: It is neither a number nor one in quotes, or out of a column's range.
    """
    number: int | Decimal
    if type(value) is int or type(value) is Decimal:
        number = value
    elif type(value) is str and _NUMBER.fullmatch(value):
        try:
            number = Decimal(value)
        except InvalidOperation:  # an exponent of twenty digits
            raise MisfitError(value, "a number of 64 bits") from None
    else:
        raise MisfitError(value, "a number")
    if abs(Decimal(number).adjusted()) > MAX_EXPONENT:
        raise MisfitError(value, "a number of 64 bits")
    return number


def to_integer(value: Any) -> int:  # noqa: ANN401
    """Convert to a whole number of 64 bits; `14.0` is one.

    Raises:
        MisfitError: It is something else.
    """
    if type(value) is int and value in INTEGERS:
        return value
    number = to_number(value)
    if -INTEGERS.stop <= number <= INTEGERS.stop:
        whole = int(number)
        if whole == number and whole in INTEGERS:
            return whole
    raise MisfitError(value, "a whole number of 64 bits")


def to_key(value: Any) -> int:  # noqa: ANN401
    """Convert to a row's key: a text only if it is written as the number would be.

    `"7.0"`, `"7e0"` and `7` are the same number, but may be the keys of three rows.

    Raises:
        MisfitError: It is something else.
    """
    key = to_integer(value)
    if type(value) is str and value != str(key):
        raise MisfitError(value, "written as a whole number is")
    return key


def to_boolean(value: Any) -> bool:  # noqa: ANN401
    """Convert to a boolean: PHP and MySQL also write it as 0 and 1.

    Raises:
        MisfitError: It is something else.
    """
    if type(value) is bool:
        return value
    if value in (0, "0", "false"):
        return False
    if value in (1, "1", "true"):
        return True
    raise MisfitError(value, "a boolean")


def to_time(value: Any, timezone: str) -> str:  # noqa: ANN401
    """Convert to an instant, in the form of `clock.to_text`.

    Raises:
        MisfitError: It is something else.
    """
    try:
        return clock.to_text(clock.parse(value, timezone))
    except ValueError:
        raise MisfitError(value, "a time") from None


def to_date(value: Any, timezone: str) -> str:  # noqa: ANN401
    """Convert to a day, such as `2018-01-07`.

    Raises:
        MisfitError: It is something else, or a time on a day; that day is the part which fits.
    """
    try:
        day = clock.to_date(value, timezone)
        if len(value) <= len(day) or clock.parse(value, timezone) == clock.parse(day, timezone):
            return day
    except ValueError:
        raise MisfitError(value, "a date") from None
    raise MisfitError(value, "a date alone", part=day)


def or_null(convert: Converter) -> Converter:
    """Make a converter that takes an empty text for null: it says nothing, if not text."""

    def convert_or_null(value: Any) -> Any:  # noqa: ANN401
        return None if value is None or value == "" else convert(value)

    return convert_or_null


def or_unset(convert: Converter) -> Converter:
    """Make a converter that takes for null what says that a time or a date isn't set."""

    def convert_or_unset(value: Any) -> Any:  # noqa: ANN401
        try:
            return convert(value)
        except MisfitError:
            if clock.is_unset(value):
                return None
            raise

    return convert_or_unset


SCALARS: dict[str, Field] = {
    "integer": Field(frozenset(), to_integer),
    "number": Field(frozenset(), to_number),
    "boolean": Field(frozenset({bool}), to_boolean),
    "string": Field(frozenset({str}), to_text),
}
"""For each type its converter; if several are declared, the first holds."""
