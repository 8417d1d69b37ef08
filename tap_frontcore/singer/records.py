"""From an API row to a record that fits the schema.

Targets fix a column's type from the schema and refuse the whole load for one value that breaks
it. PHP, which Frontcore is written in, easily sends `"5"` for `5`, or `[]` for `{}`. So each value
is made to fit its declared type, without loss. What doesn't fit, and fields that the schema
doesn't know, go to one more column, as they were sent. Only the JSON schema is known here.
"""

from __future__ import annotations

import logging
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, cast

from tap_frontcore.errors import RecordError
from tap_frontcore.singer import conversions
from tap_frontcore.singer.conversions import Field, MisfitError
from tap_frontcore.singer.names import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_frontcore.singer.conversions import Converter

Path = tuple[str, ...]
"""Field names from the row down to a field."""

ADDITIONAL_COLUMN = "additional_properties"
"""The column for what has no other column."""

MAX_TOLD = 20
"""Unknown fields to name in the log at most: a name may be a value."""

_KEPT = f"kept in {ADDITIONAL_COLUMN}"

_TIMES = {"date-time": conversions.to_time, "date": conversions.to_date}


class RecordConverter:
    """Converts the rows of one stream to its schema.

    `tell` is called once for each field that doesn't fit, with a level of `logging` and a text that
    names the field and no value: INFO for a new field, WARNING for a value that isn't as declared.
    `withheld` fields, such as masked ones, never go to `additional_properties`. Keys are always
    read, even if deselected. `timezone` is for times without an offset.
    """

    def __init__(  # noqa: PLR0913  # each is named where it is given
        self,
        schema: Mapping[str, Any],
        *,
        key_properties: Collection[str],
        timezone: str,
        tell: Callable[[int, str], None],
        deselected: Collection[Path] = (),
        withheld: Collection[str] = (),
    ) -> None:
        self.additional_records = 0
        """How many records have `additional_properties`."""

        self._keys = key_properties
        self._timezone = timezone
        self._tell = tell
        self._told: set[tuple[str, int]] = set()
        self._rounded: set[str] = set()
        self._unknown = 0
        self._deselected = frozenset(deselected) - {(name,) for name in key_properties}
        self._partly_deselected = {path[:n] for path in deselected for n in range(1, len(path))}
        self._oddities: list[tuple[int, str]] = []
        properties = schema["properties"]
        fields = self._fields(properties, ())
        self._additional = fields.pop(ADDITIONAL_COLUMN, None)
        self._has_additional = self._additional is not None
        self._fields_in_order = [(name, *field) for name, field in fields.items()]
        self._withheld = frozenset(withheld)
        left_out = {path[0] for path in self._deselected if len(path) == 1}
        self._known = (frozenset(properties) | left_out) - {ADDITIONAL_COLUMN}

    @property
    def untold(self) -> int:
        """How many unknown fields weren't named."""
        return max(self._unknown - MAX_TOLD, 0)

    def convert(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Convert a row, as decoded from JSON with `decimal.Decimal` for fractions.

        The record has exactly the declared and selected fields, in the schema's order, null where
        the row has none. A key that is missing or doesn't fit is a RecordError.
        """
        record: dict[str, Any] = {}
        additional: dict[str, Any] = {}
        oddities = self._oddities  # filled by the converters
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
            except MisfitError as misfit:
                record[name] = self._part_of(misfit, (name,))
            if oddities:
                self._keep(name, value, additional)
        if found != len(row):
            self._add_unknown(row, additional)
        for name in self._keys:
            if record[name] is None:
                msg = f"a row's key, `{name}`, is missing"
                raise RecordError(msg)
        if self._has_additional:
            self.additional_records += bool(additional)
            record[ADDITIONAL_COLUMN] = self._fit_additional(additional) if additional else None
        return record

    def _fit_additional(self, additional: dict[str, Any]) -> Any:  # noqa: ANN401
        """Convert the column to what a catalog declares: text, for targets without JSON."""
        try:
            return cast("Field", self._additional).convert(additional)
        except MisfitError as misfit:
            if (ADDITIONAL_COLUMN, 0) not in self._told:
                self._told.add((ADDITIONAL_COLUMN, 0))
                self._tell(logging.WARNING, f"`{ADDITIONAL_COLUMN}` is {misfit}. It is left out.")
            return None
        finally:
            self._oddities.clear()

    def _add_unknown(self, row: Mapping[str, Any], additional: dict[str, Any]) -> None:
        for name, value in row.items():
            if name not in self._known:
                text = f"`{shown(name)}` is a field that this version doesn't know"
                self._oddities.append((logging.INFO, text))
                self._keep(name, value, additional)

    def _part_of(self, misfit: MisfitError, path: Path) -> Any:  # noqa: ANN401
        """Note a value that doesn't fit, and return the part of it that does."""
        name = ".".join(path)
        if name in self._keys:
            msg = f"a row's key, `{name}`, is {misfit}"
            raise RecordError(msg) from misfit
        self._oddities.append((logging.WARNING, f"`{name}` is {misfit}"))
        return misfit.part

    def _keep(self, name: str, value: Any, additional: dict[str, Any]) -> None:  # noqa: ANN401
        """Keep a field as it was sent, without deselected parts, and report its worst misfit."""
        level, what = max(self._oddities, key=itemgetter(0))
        self._oddities.clear()
        # Where an object is declared, a text may contain a deselected part, such as a street.
        has_parts_to_leave_out = (name,) in self._partly_deselected and type(value) is not dict
        is_withheld = name in self._withheld or has_parts_to_leave_out
        is_kept = self._has_additional and not is_withheld
        if not is_withheld:
            additional[name] = self._prune(value, (name,))
        is_meant = level == logging.INFO and not is_kept  # a new field that the user left out
        if not is_meant and (name, level) not in self._told:
            self._told.add((name, level))
            self._unknown += name not in self._known
            if name in self._known or self._unknown <= MAX_TOLD:
                self._tell(level, f"{what}. It is {_KEPT if is_kept else 'left out'}.")

    def _prune(self, value: Any, path: Path) -> Any:  # noqa: ANN401
        """Remove deselected parts, and any item that may have them in another shape, as text."""
        if type(value) is not dict:
            return value
        return {
            name: self._prune(item, (*path, name))
            for name, item in value.items()
            if (*path, name) not in self._deselected
            and not (item and type(item) is not dict and (*path, name) in self._partly_deselected)
        }

    def _fields(self, properties: Mapping[str, Any], path: Path) -> dict[str, Field]:
        return {
            name: self._field(schema, (*path, name))
            for name, schema in properties.items()
            if (*path, name) not in self._deselected
        }

    def _field(self, schema: Mapping[str, Any], path: Path) -> Field:
        types = schema.get("type", [])
        declared = {types} if isinstance(types, str) else set(types)
        fitting: frozenset[type] = frozenset()
        convert: Converter = conversions.as_it_is
        or_null = conversions.or_null
        if "object" in declared:
            convert = self._object_converter(schema, path)
            if "string" in declared:
                convert, fitting = _or_json(convert), frozenset({str})
        elif "array" in declared:
            convert = self._array_converter(schema, path)
        elif schema.get("format") in _TIMES:
            convert = partial(_TIMES[schema["format"]], timezone=self._timezone)
            or_null = conversions.or_unset
        elif path[0] in self._keys and declared & {"integer", "number"}:
            convert = self._key_converter(path[0])
        else:
            scalar = next((name for name in conversions.SCALARS if name in declared), None)
            if scalar:
                fitting, convert = conversions.SCALARS[scalar]
        if "null" in declared or path[0] in self._keys:  # a key that is null is missing
            convert, fitting = or_null(convert), fitting | {type(None)}
        if isinstance(longest := schema.get("maxLength"), int):
            convert, fitting = conversions.up_to(longest, convert, fitting), fitting - {str}
        return Field(fitting, convert)

    def _key_converter(self, name: str) -> Converter:
        def convert(value: Any) -> int:  # noqa: ANN401
            key = conversions.to_key(value)
            if type(value) is Decimal and name not in self._rounded:  # such as 6.96e+14
                self._rounded.add(name)
                text = f"`{name}` comes with an exponent or a fraction: keys may have been rounded."
                self._tell(logging.WARNING, text)
            return key

        return convert

    def _object_converter(self, schema: Mapping[str, Any], path: Path) -> Converter:
        declared = schema.get("properties", {})
        fields = self._fields(declared, path)
        # The part isn't named: PHP may have made a value its name.
        has_more = f"`{'.'.join(path)}` has a part that this version doesn't know"
        is_pruned = any(deselected[: len(path)] == path for deselected in self._deselected)
        other = None if declared else self._map_field(schema, path)

        def convert(value: Any) -> dict[str, Any]:  # noqa: ANN401
            if type(value) is not dict:
                if value == []:  # PHP's empty map
                    return {}
                raise MisfitError(value, "an object")
            if is_pruned:
                value = self._prune(value, path)
            result = {}
            for name, item in value.items():
                field = fields.get(name, other)
                if field is None:
                    self._oddities.append((logging.INFO, has_more))
                elif type(item) in field.fitting:
                    result[name] = item
                else:
                    try:
                        result[name] = field.convert(item)
                    except MisfitError as misfit:
                        part = (*path, name) if name in declared else path
                        result[name] = self._part_of(misfit, part)
            return result

        return convert

    def _map_field(self, schema: Mapping[str, Any], path: Path) -> Field:
        """Return how to convert the values of a map, whose keys the account chooses."""
        values = schema.get("additionalProperties")
        field = self._field(values if isinstance(values, dict) else {}, path)
        if str in field.fitting:  # any type becomes text, also a check box's boolean
            return field._replace(convert=conversions.as_json)
        return field

    def _array_converter(self, schema: Mapping[str, Any], path: Path) -> Converter:
        field = self._field(schema.get("items", {}), path)

        def convert(value: Any) -> list[Any]:  # noqa: ANN401
            if type(value) is dict and _is_array(value):
                value = list(value.values())
            if type(value) is not list:
                raise MisfitError(value, "an array")
            try:
                return [i if type(i) in field.fitting else field.convert(i) for i in value]
            except MisfitError as misfit:
                misfit.part = None  # of the item, not of the array
                raise

        return convert


def _or_json(convert: Converter) -> Converter:
    """Make a converter for undocumented items of lists: what isn't an object becomes text."""

    def convert_or_write(value: Any) -> Any:  # noqa: ANN401
        is_object = type(value) is dict or value == []
        return convert(value) if is_object else conversions.as_json(value)

    return convert_or_write


def _is_array(value: dict[str, Any]) -> bool:
    """Return whether an object is a PHP array that lost items, such as `{"0": …, "2": …}`."""
    # A map by id looks much the same, and would lose the ids. So the numbers must begin with 0,
    # and at least half of them must be there.
    numbers = {str(number) for number in range(2 * len(value))}
    return not value or ("0" in value and value.keys() <= numbers)
