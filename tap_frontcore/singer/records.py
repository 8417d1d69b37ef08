"""From an API row to a record that fits the schema.

Targets fix a column's type from the schema and refuse the whole load for one value that breaks
it. Frontcore is written in PHP, where `"5"` and `5`, or `[]` and `{}`, are easily one and the
same. So each value is made to fit its declared type, without loss; what can't fit is an error.
The JSON schema of the stream is all that is known here.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_frontcore import clock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Converter = Callable[[Any], Any]

ZERO_DATE = "0000-00-00"
"""How MySQL, and so PHP, writes a date that isn't set."""

_encoder = msgspec.json.Encoder(decimal_format="number")

MAX_DIGITS = 18
"""The highest power of ten in 64 bits; spelling out `1e999999999` would take all memory."""

_KINDS: dict[type, str] = {
    str: "text",
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    dict: "an object",
    list: "an array",
    type(None): "null",
}


class RecordError(ValueError):
    """A value can't be made to fit. The message names its field and type, never the value."""

    def __init__(self, value: object, declared: str) -> None:
        """Say what was found in place of what.

        Args:
            value: The value; only its type goes into the message.
            declared: What the schema declares.
        """
        super().__init__(f"is {_KINDS.get(type(value), 'something')} that is not {declared}")
        self.path: list[str] = []

    def __str__(self) -> str:
        """Name the field, dots between its parts, and what is wrong with it."""
        return f"`{'.'.join(self.path)}` {super().__str__()}"


class _Field(NamedTuple):
    fitting: frozenset[type]
    """Types whose values are right as they are."""

    convert: Converter


class RecordConverter:
    """Makes the rows of one stream fit its schema."""

    def __init__(
        self,
        schema: dict[str, Any],
        *,
        timezone: str,
        on_unknown: Callable[[str], None],
        ignored: Collection[str] = (),
    ) -> None:
        """Prepare the conversion of every declared field.

        Args:
            schema: JSON schema of the stream.
            timezone: The zone of times without an offset.
            on_unknown: Called with the name of each field that the schema doesn't declare,
                dots between its parts; once for each name.
            ignored: Declared fields to leave out, whatever they hold.
        """
        self._timezone = timezone
        self._on_unknown = on_unknown
        self._known = set(ignored)
        properties = schema["properties"]
        schema = {"properties": {k: v for k, v in properties.items() if k not in self._known}}
        self._convert = self._object_converter(schema, path="")

    def convert(self, row: dict[str, Any]) -> dict[str, Any]:
        """Make a new record of a row.

        Args:
            row: As decoded from JSON, with `decimal.Decimal` for fractions.

        Raises:
            RecordError: A value can't be made to fit.
        """
        record: dict[str, Any] = self._convert(row)
        return record

    def _field(self, schema: dict[str, Any], path: str) -> _Field:
        types = schema.get("type", [])
        declared = {types} if isinstance(types, str) else set(types)
        fitting: frozenset[type] = frozenset()
        convert: Converter
        if "object" in declared:
            convert = self._object_converter(schema, path)
            if "string" in declared:
                convert, fitting = _or_text(convert), frozenset({str})
        elif "array" in declared:
            convert = self._array_converter(schema, path)
        elif schema.get("format") == "date-time":
            convert = self._to_time
        else:
            scalar = next((name for name in _SCALARS if name in declared), None)
            convert, fitting = _SCALARS[scalar] if scalar else (_as_it_is, fitting)
        if "null" in declared:
            convert, fitting = _or_null(convert), fitting | {type(None)}
        return _Field(fitting, convert)

    def _object_converter(self, schema: dict[str, Any], path: str) -> Converter:
        properties = schema.get("properties", {})
        fields = {
            name: self._field(subschema, f"{path}{name}.") for name, subschema in properties.items()
        }
        other: _Field | None = None
        if not properties:  # a map, with keys of the account's own choosing
            values = schema.get("additionalProperties")
            other = self._field(values if isinstance(values, dict) else {}, path)

        def convert(value: Any) -> dict[str, Any]:  # noqa: ANN401
            if type(value) is not dict:
                if value == []:  # PHP's empty map
                    return {}
                raise RecordError(value, "an object")
            result = {}
            for name, item in value.items():
                field = fields.get(name, other)
                if field is None:
                    self._note_unknown(path + name)
                elif type(item) in field.fitting:
                    result[name] = item
                else:
                    try:
                        result[name] = field.convert(item)
                    except RecordError as error:
                        error.path.insert(0, name)
                        raise
            return result

        return convert

    def _array_converter(self, schema: dict[str, Any], path: str) -> Converter:
        field = self._field(schema.get("items", {}), path)

        def convert(value: Any) -> list[Any]:  # noqa: ANN401
            if type(value) is dict and all(key.isdecimal() for key in value):
                value = list(value.values())  # PHP's array with a gap in its numbering
            if type(value) is not list:
                raise RecordError(value, "an array")
            return [item if type(item) in field.fitting else field.convert(item) for item in value]

        return convert

    def _to_time(self, value: Any) -> str:  # noqa: ANN401
        if type(value) is not str:
            raise RecordError(value, "a time")
        try:
            return clock.to_text(clock.parse(value, self._timezone))
        except ValueError:
            raise RecordError(value, "a time") from None

    def _note_unknown(self, name: str) -> None:
        if name not in self._known:
            self._known.add(name)
            self._on_unknown(name)


def _or_null(convert: Converter) -> Converter:
    """An empty text or date says nothing, where text isn't what is declared."""

    def convert_or_null(value: Any) -> Any:  # noqa: ANN401
        if value is None or (type(value) is str and (not value or value.startswith(ZERO_DATE))):
            return None
        return convert(value)

    return convert_or_null


def _or_text(convert: Converter) -> Converter:
    """Where both are declared, what isn't an object is text."""

    def convert_or_text(value: Any) -> Any:  # noqa: ANN401
        return convert(value) if type(value) is dict or value == [] else _to_text(value)

    return convert_or_text


def _to_text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        raise RecordError(value, "text")
    return _encoder.encode(value).decode()


def _to_integer(value: Any) -> int:  # noqa: ANN401
    number = Decimal(_to_number(value))
    if number.adjusted() > MAX_DIGITS or number != number.to_integral_value():
        raise RecordError(value, "a whole number")
    return int(number)


def _to_number(value: Any) -> int | Decimal:  # noqa: ANN401
    if type(value) is int or type(value) is Decimal:
        return value
    if type(value) is str:
        try:
            number = Decimal(value)
        except InvalidOperation:
            pass
        else:
            if number.is_finite():
                return number
    raise RecordError(value, "a number")


def _to_boolean(value: Any) -> bool:  # noqa: ANN401
    if type(value) is bool:
        return value
    if value in (0, "0", "false"):
        return False
    if value in (1, "1", "true"):
        return True
    raise RecordError(value, "a boolean")


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


_SCALARS: dict[str, tuple[Converter, frozenset[type]]] = {
    "integer": (_to_integer, frozenset({int})),
    "number": (_to_number, frozenset({int, Decimal})),
    "boolean": (_to_boolean, frozenset({bool})),
    "string": (_to_text, frozenset({str})),
}
"""For each type its converter, and what needs none; if several are declared, the first holds."""
