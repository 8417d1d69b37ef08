"""From an API row to a record that fits the schema.

One value of another type can make a target refuse the whole load, and Frontcore's PHP easily sends
`"5"` for `5`, or `[]` for `{}`. So values are converted to their declared type, without loss. Those
that don't fit, and unknown fields, go to `additional_properties` as they were sent.
"""

from __future__ import annotations

import logging
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from tap_frontcore.errors import RecordError
from tap_frontcore.singer.conversions import MisfitError
from tap_frontcore.singer.fields import FieldCompiler
from tap_frontcore.singer.names import shown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_frontcore.singer.conversions import Field
    from tap_frontcore.singer.fields import Tell
    from tap_frontcore.singer.schemas import Path

ADDITIONAL_COLUMN = "additional_properties"
MAX_TOLD = 20  # unknown fields that are named at most, since a name may be a value
_KEPT = f"kept in {ADDITIONAL_COLUMN}"


def require_keys(record: Mapping[str, Any], keys: Collection[str]) -> None:
    """Refuse a record without one of its keys."""
    if missing := next((name for name in keys if record.get(name) is None), None):
        msg = f"a row's key, `{missing}`, is missing"
        raise RecordError(msg)


class RecordConverter:
    """Converts the rows of one stream to its schema.

    `tell` is called once for each field that doesn't fit, with a log level and a text without
    values: INFO for a new field, WARNING for a misfit. `timezone` is for times without an offset.
    Fields, and parts of fields, that are `left_out` are in no record. `withheld` fields, such as
    masked ones and those of which a part is left out, never go to `additional_properties`.
    """

    def __init__(  # noqa: PLR0913  # each is named where it is given
        self,
        schema: Mapping[str, Any],
        *,
        key_properties: Collection[str],
        timezone: str,
        tell: Tell,
        left_out: Collection[Path] = (),
        withheld: Collection[str] = (),
    ) -> None:
        self.new_fields: dict[str, str] = {}  # that the schema lacks, and how the log shows them
        self._keys = key_properties
        self._tell = tell
        self._told: set[tuple[str, int]] = set()
        self._compiler = FieldCompiler(left_out, key_properties, timezone, tell)
        fields = self._compiler.fields(schema["properties"])
        self._additional = fields.pop(ADDITIONAL_COLUMN, None)
        self._fields_in_order = [(name, *field) for name, field in fields.items()]
        self._withheld = frozenset(withheld)
        self._known = frozenset(fields) | self._withheld

    def convert(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Convert a row, as decoded from JSON with `decimal.Decimal` for fractions.

        The record has exactly the selected fields, in the schema's order; None if missing. A key
        that is missing or doesn't fit is a RecordError.
        """
        record: dict[str, Any] = {}
        additional: dict[str, Any] = {}
        oddities, found = self._compiler.oddities, 0  # the converters fill the first
        for name, convert, fitting in self._fields_in_order:
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
                record[name] = self._compiler.part_of(misfit, (name,))
            if oddities:
                is_kept = self._additional is not None and name not in self._withheld
                if is_kept:
                    additional[name] = value
                self._tell_worst(name, is_kept=is_kept)
        if found != len(row):
            self._add_unknown(row, additional)
        require_keys(record, self._keys)
        if self._additional:
            column = self._fit_additional(self._additional, additional) if additional else None
            record[ADDITIONAL_COLUMN] = column
        return record

    def _fit_additional(self, field: Field, additional: dict[str, Any]) -> Any:  # noqa: ANN401
        """Convert the column as the catalog declares it, such as text for targets without JSON."""
        try:
            return field.convert(additional)
        except MisfitError as misfit:
            return self._compiler.part_of(misfit, (ADDITIONAL_COLUMN,))
        finally:
            if self._compiler.oddities:
                self._tell_worst(ADDITIONAL_COLUMN, is_kept=False)

    def _add_unknown(self, row: Mapping[str, Any], additional: dict[str, Any]) -> None:
        for name in [name for name in row if name not in self._known]:
            additional[name] = row[name]
            if name not in self.new_fields and len(self.new_fields) < MAX_TOLD:
                self.new_fields[name] = shown(name)
                if self._additional:  # otherwise a user left out what is new
                    text = f"`{self.new_fields[name]}` is a field that this version doesn't know"
                    self._tell(logging.INFO, f"{text}. It is {_KEPT}.")

    def _tell_worst(self, name: str, *, is_kept: bool) -> None:
        """Tell once the worst of what is odd about a field, and where its value is."""
        level, what = max(self._compiler.oddities, key=itemgetter(0))
        self._compiler.oddities.clear()
        is_wanted = level > logging.INFO or is_kept  # not a new part of what a user left out
        if is_wanted and (name, level) not in self._told:
            self._told.add((name, level))
            self._tell(level, f"{what}. It is {_KEPT if is_kept else 'left out'}.")
