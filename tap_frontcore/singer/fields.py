"""Make the converters of a stream's fields once, so that converting a row is fast."""

from __future__ import annotations

import logging
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from tap_frontcore.errors import RecordError
from tap_frontcore.singer import conversions
from tap_frontcore.singer.conversions import Field, MisfitError
from tap_frontcore.singer.schemas import Path, types_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_frontcore.singer.conversions import Converter

    Tell = Callable[[int, str], None]  # logs a text at a level of `logging`

_TIMES = {"date-time": conversions.to_time, "date": conversions.to_date}


class FieldCompiler:
    """Makes the converters of a stream's fields, but for those, and parts, that are left out."""

    def __init__(
        self, left_out: Collection[Path], keys: Collection[str], timezone: str, tell: Tell
    ) -> None:
        self.oddities: list[tuple[int, str]] = []  # of the current field: log level and text
        self._left_out = left_out
        self._keys = keys
        self._timezone = timezone
        self._tell = cache(tell)  # once for each text

    def part_of(self, misfit: MisfitError, path: Path) -> Any:  # noqa: ANN401
        """Note a value that doesn't fit, and return the part that fits; refuse a key."""
        name = ".".join(path)
        if name in self._keys:
            msg = f"a row's key, `{name}`, is {misfit}"
            raise RecordError(msg) from misfit
        self.oddities.append((logging.WARNING, f"`{name}` is {misfit}"))
        return misfit.part

    def fields(self, properties: Mapping[str, Any], path: Path = ()) -> dict[str, Field]:
        """Return how to convert each field that isn't left out, by name."""
        return {
            name: self._field(schema, (*path, name))
            for name, schema in properties.items()
            if (*path, name) not in self._left_out
        }

    def _field(self, schema: Mapping[str, Any], path: Path) -> Field:
        """Return how to convert a field: by its type, then its length, then null."""
        types = set(types_of(schema))
        convert, fitting = self._not_null(schema, types, path)
        if "maxLength" in schema:
            convert, fitting = conversions.up_to(schema["maxLength"], convert), fitting - {str}
        if "null" in types or path[0] in self._keys:  # a key that is null is missing
            convert = conversions.or_null(convert)
            fitting |= {type(None)}
        return Field(convert, fitting)

    def _not_null(self, schema: Mapping[str, Any], types: Collection[str], path: Path) -> Field:
        if "object" in types:
            convert = self._object_converter(schema, path)
            may_be_text = "string" in types and not self._left_out_of(path)
            return _or_json(convert) if may_be_text else Field(convert)
        if "array" in types:
            return Field(self._array_converter(schema, path))
        if to_time := _TIMES.get(schema.get("format", "")):
            return Field(partial(to_time, timezone=self._timezone))
        if path[0] in self._keys and not {"integer", "number"}.isdisjoint(types):
            return Field(self._key_converter(path[0]))
        scalars = (it for name, it in conversions.SCALARS.items() if name in types)
        return next(scalars, Field(lambda value: value))

    def _left_out_of(self, path: Path) -> set[str]:
        """Return the parts of a field that are left out, or of which parts are."""
        depth = len(path)
        return {it[depth] for it in self._left_out if len(it) > depth and it[:depth] == path}

    def _key_converter(self, name: str) -> Converter:
        def convert(value: Any) -> int:  # noqa: ANN401
            key = conversions.to_key(value)
            if type(value) is Decimal:  # such as 6.96e+14
                text = f"`{name}` comes with an exponent or a fraction: keys may have been rounded."
                self._tell(logging.WARNING, text)
            return key

        return convert

    def _object_converter(self, schema: Mapping[str, Any], path: Path) -> Converter:
        declared = schema.get("properties", {})
        other = None if declared else self._map_field(schema, path)
        fields = dict.fromkeys(self._left_out_of(path)) | self.fields(declared, path)
        # The part isn't named: PHP may use a value as its name.
        has_more = f"`{'.'.join(path)}` has a part that this version doesn't know"

        def convert(value: Any) -> dict[str, Any]:  # noqa: ANN401
            if type(value) is not dict:
                if value == []:  # PHP's empty map
                    return {}
                raise MisfitError(value, "an object")
            result = {}
            for name, item in value.items():
                field = fields.get(name, other)
                if field is None:
                    self.oddities.append((logging.INFO, has_more))
                elif type(item) in field.fitting:
                    result[name] = item
                else:
                    try:
                        result[name] = field.convert(item)
                    except MisfitError as misfit:
                        part = (*path, name) if name in declared else path
                        result[name] = self.part_of(misfit, part)
            return result

        return convert

    def _map_field(self, schema: Mapping[str, Any], path: Path) -> Field:
        """Return how to convert the values of a map with any keys."""
        values = schema.get("additionalProperties")
        field = self._field(values if isinstance(values, dict) else {}, path)
        if str in field.fitting:  # any type becomes text, also a check box's boolean
            return field._replace(convert=conversions.as_json)
        return field

    def _array_converter(self, schema: Mapping[str, Any], path: Path) -> Converter:
        field = self._field(schema.get("items", {}), path)

        def convert(value: Any) -> list[Any]:  # noqa: ANN401
            value = as_array(value)
            if type(value) is not list:
                raise MisfitError(value, "an array")
            try:
                return [i if type(i) in field.fitting else field.convert(i) for i in value]
            except MisfitError as misfit:
                misfit.part = None  # of the item, not of the array
                raise

        return convert


def _or_json(convert: Converter) -> Field:
    """Return how to convert undocumented items: all but objects become text."""

    def convert_or_write(value: Any) -> Any:  # noqa: ANN401
        is_object = type(value) is dict or value == []
        return convert(value) if is_object else conversions.as_json(value)

    return Field(convert_or_write, frozenset({str}))


def as_array(value: Any) -> Any:  # noqa: ANN401
    """Make an array of a PHP array that lost items, such as `{"0": …, "2": …}`; else change none.

    A map by id, which must keep its ids, has no 0, or fewer than half of the numbers.
    """
    if type(value) is not dict:
        return value
    numbers = {str(number) for number in range(2 * len(value))}
    is_array = not value or ("0" in value and value.keys() <= numbers)
    return list(value.values()) if is_array else value
