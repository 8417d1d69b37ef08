"""From an API row to a record that fits the schema.

Targets fix a column's type from the schema and refuse the whole load for one value that breaks
it. Frontcore is written in PHP, where `"5"` and `5`, or `[]` and `{}`, are easily one and the
same. So each value is made to fit its declared type, without loss. What can't fit, and what the
schema doesn't know, goes into one more column as it was sent. The JSON schema of the stream is
all that is known here.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_frontcore import clock
from tap_frontcore.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

Path = tuple[str, ...]
"""The names from the row down to a field."""

ADDITIONAL_COLUMN = "additional_properties"
"""The column for what has no other place."""

INTEGERS = range(-(2**63), 2**63)
"""What the integer column of a warehouse holds."""

MAX_EXPONENT = 300
"""The highest power of ten that a number may have, as a column of 64 bits holds it."""

_encoder = msgspec.json.Encoder(decimal_format="number")

_KINDS: dict[type, str] = {
    str: "text",
    bool: "a boolean",
    int: "a number",
    Decimal: "a number",
    dict: "an object",
    list: "an array",
    type(None): "null",
}


class _MisfitError(ValueError):
    """A value can't be made to fit. The message names its type, never the value."""

    def __init__(self, value: object, declared: str) -> None:
        super().__init__(f"{_KINDS.get(type(value), 'something')} that is not {declared}")


class _Field(NamedTuple):
    fitting: frozenset[type]
    """Types whose values are right as they are."""

    convert: Callable[[Any], Any]


class RecordConverter:
    """Makes the rows of one stream fit its schema."""

    def __init__(  # noqa: PLR0913  # each by its name
        self,
        schema: Mapping[str, Any],
        *,
        key_properties: Collection[str],
        timezone: str,
        warn: Callable[[str], None],
        deselected: Collection[Path] = (),
        withheld: Collection[str] = (),
    ) -> None:
        """Prepare the conversion of every declared field.

        Args:
            schema: JSON schema of the stream.
            key_properties: The fields without which a row is none.
            timezone: The zone of times without an offset.
            warn: Called once for each field that needs `additional_properties`, with a text
                that names it and no value.
            deselected: Fields to leave out, whatever they hold.
            withheld: Fields that never come in `additional_properties`.
        """
        self.additional_records = 0
        """How many records have `additional_properties`."""

        self._keys = key_properties
        self._timezone = timezone
        self._warn = warn
        self._warned: set[str] = set()
        self._deselected = frozenset(deselected)
        self._partly_deselected = {name for name, *parts in deselected if parts}
        self._withheld = frozenset(withheld)
        self._oddities: list[str] = []
        properties = schema["properties"]
        self._known = frozenset(properties) - {ADDITIONAL_COLUMN}
        fields = self._fields(properties, ())
        self._has_additional = fields.pop(ADDITIONAL_COLUMN, None) is not None
        self._fields_in_order = [(name, *field) for name, field in fields.items()]

    def convert(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Make a new record of a row.

        Args:
            row: As decoded from JSON, with `decimal.Decimal` for fractions.

        Returns:
            Exactly the fields that are declared and selected, in the schema's order; null for
            what the row lacks.

        Raises:
            RecordError: The key is missing, or can't be made to fit.
        """
        record: dict[str, Any] = {}
        additional: dict[str, Any] = {}
        found = 0
        for name, fitting, convert in self._fields_in_order:
            if name not in row:
                record[name] = None
                continue
            found += 1
            value = row[name]
            if type(value) in fitting:
                record[name] = value
                continue
            try:
                record[name] = convert(value)
            except _MisfitError as misfit:
                record[name] = None
                self._oddities.append(f"`{name}` is {misfit}")
            if self._oddities:
                self._keep(name, value, additional)
        if found != len(row):
            self._add_unknown(row, additional)
        for name in self._keys:
            if record[name] is None:
                kind = "not usable" if name in row else "missing"
                msg = f"a row's key, `{name}`, is {kind}"
                raise RecordError(msg)
        self.additional_records += bool(additional)
        if self._has_additional:
            record[ADDITIONAL_COLUMN] = additional or None
        return record

    def _add_unknown(self, row: Mapping[str, Any], additional: dict[str, Any]) -> None:
        for name, value in row.items():
            if name not in self._known:
                self._oddities.append(f"`{name}` is a field that this version doesn't know")
                self._keep(name, value, additional)

    def _keep(self, name: str, value: Any, additional: dict[str, Any]) -> None:  # noqa: ANN401
        """Keep a field as it was sent, less what a user has left out, and tell of it."""
        # A street, for instance, can stand in a text where an object is declared.
        has_parts_to_leave_out = name in self._partly_deselected and type(value) is not dict
        is_kept = name not in self._withheld and not has_parts_to_leave_out
        if is_kept:
            additional[name] = self._prune(value, (name,))
        self._report(name, is_kept=is_kept and self._has_additional)

    def _report(self, name: str, *, is_kept: bool) -> None:
        """Warn of the oddities of a field of the row, once."""
        what, *_ = self._oddities
        self._oddities.clear()
        if name not in self._warned:
            self._warned.add(name)
            kept = f"kept in {ADDITIONAL_COLUMN}" if is_kept else "left out"
            self._warn(f"{what}. It is {kept}.")

    def _prune(self, value: Any, path: Path) -> Any:  # noqa: ANN401
        """Take out of a value what is deselected."""
        if type(value) is dict:
            return {
                name: self._prune(item, (*path, name))
                for name, item in value.items()
                if (*path, name) not in self._deselected
            }
        return value

    def _fields(self, properties: Mapping[str, Any], path: Path) -> dict[str, _Field]:
        return {
            name: self._field(schema, (*path, name))
            for name, schema in properties.items()
            if (*path, name) not in self._deselected
        }

    def _field(self, schema: Mapping[str, Any], path: Path) -> _Field:
        types = schema.get("type", [])
        declared = {types} if isinstance(types, str) else set(types)
        fitting: frozenset[type] = frozenset()
        convert: Callable[[Any], Any]
        if "object" in declared:
            convert = self._object_converter(schema, path)
            if "string" in declared:
                convert, fitting = _or_text(convert), frozenset({str})
        elif "array" in declared:
            convert = self._array_converter(schema, path)
        elif schema.get("format") == "date-time":
            convert = self._to_time
        elif schema.get("format") == "date":
            convert = self._to_date
        else:
            scalar = next((name for name in _SCALARS if name in declared), None)
            convert, fitting = _SCALARS[scalar] if scalar else (_as_it_is, fitting)
        if "null" in declared:
            convert, fitting = _or_null(convert), fitting | {type(None)}
        return _Field(fitting, convert)

    def _object_converter(self, schema: Mapping[str, Any], path: Path) -> Callable[[Any], Any]:
        declared = schema.get("properties", {})
        fields = self._fields(declared, path)
        other: _Field | None = None
        if not declared:  # a map, with keys of the account's own choosing
            values = schema.get("additionalProperties")
            other = self._field(values if isinstance(values, dict) else {}, path)

        def convert(value: Any) -> dict[str, Any]:  # noqa: ANN401
            if type(value) is not dict:
                if value == []:  # PHP's empty map
                    return {}
                raise _MisfitError(value, "an object")
            result = {}
            for name, item in value.items():
                field = fields.get(name, other)
                if field is None:
                    if name not in declared:
                        # The name could be a value that PHP has made a key of.
                        text = f"`{'.'.join(path)}` has a part that this version doesn't know"
                        self._oddities.append(text)
                elif type(item) in field.fitting:
                    result[name] = item
                else:
                    try:
                        result[name] = field.convert(item)
                    except _MisfitError as misfit:
                        result[name] = None
                        part = (*path, name) if name in declared else path
                        self._oddities.append(f"`{'.'.join(part)}` is {misfit}")
            return result

        return convert

    def _array_converter(self, schema: Mapping[str, Any], path: Path) -> Callable[[Any], Any]:
        field = self._field(schema.get("items", {}), path)

        def convert(value: Any) -> list[Any]:  # noqa: ANN401
            if type(value) is dict and all(key.isdecimal() for key in value):
                value = list(value.values())  # PHP's array with a gap in its numbering
            if type(value) is not list:
                raise _MisfitError(value, "an array")
            return [item if type(item) in field.fitting else field.convert(item) for item in value]

        return convert

    def _to_time(self, value: Any) -> str:  # noqa: ANN401
        try:
            return clock.to_text(clock.parse(value, self._timezone))
        except (TypeError, ValueError):
            raise _MisfitError(value, "a time") from None

    def _to_date(self, value: Any) -> str:  # noqa: ANN401
        try:
            return clock.to_date(value, self._timezone)
        except (TypeError, ValueError):
            raise _MisfitError(value, "a date") from None


def _or_null(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An empty text or date says nothing, where text isn't what is declared."""

    def convert_or_null(value: Any) -> Any:  # noqa: ANN401
        return None if clock.is_unset(value) else convert(value)

    return convert_or_null


def _or_text(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Where both are declared, what isn't an object is text."""

    def convert_or_text(value: Any) -> Any:  # noqa: ANN401
        return convert(value) if type(value) is dict or value == [] else _to_text(value)

    return convert_or_text


def _to_text(value: Any) -> str:  # noqa: ANN401
    if value is None:
        raise _MisfitError(value, "text")
    return _encoder.encode(value).decode()


def _to_integer(value: Any) -> int:  # noqa: ANN401
    if type(value) is int and value in INTEGERS:
        return value
    number = Decimal(_to_number(value))
    if number.adjusted() < len(str(INTEGERS.stop)) and int(number) == number:
        whole = int(number)
        if whole in INTEGERS:
            return whole
    raise _MisfitError(value, "a whole number of 64 bits")


def _to_number(value: Any) -> int | Decimal:  # noqa: ANN401
    number: Any = None
    if type(value) is int or type(value) is Decimal:
        number = value
    elif type(value) is str:
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = None
    if number is None or not (exact := Decimal(number)).is_finite():
        raise _MisfitError(value, "a number")
    if exact.adjusted() > MAX_EXPONENT:
        raise _MisfitError(value, "a number of 64 bits")
    return number  # type: ignore[no-any-return]


def _to_boolean(value: Any) -> bool:  # noqa: ANN401
    if type(value) is bool:
        return value
    if value in (0, "0", "false"):
        return False
    if value in (1, "1", "true"):
        return True
    raise _MisfitError(value, "a boolean")


def _as_it_is(value: Any) -> Any:  # noqa: ANN401
    return value


_SCALARS: dict[str, tuple[Callable[[Any], Any], frozenset[type]]] = {
    "integer": (_to_integer, frozenset()),
    "number": (_to_number, frozenset()),
    "boolean": (_to_boolean, frozenset({bool})),
    "string": (_to_text, frozenset({str})),
}
"""For each type its converter, and what needs none; if several are declared, the first holds."""
