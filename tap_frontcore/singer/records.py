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
from tap_frontcore.singer.fields import Deselection, FieldCompiler
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
    values: INFO for a new field, WARNING for a misfit. `withheld` fields, such as masked ones,
    never go to `additional_properties`. `timezone` is for times without an offset.
    """

    def __init__(  # noqa: PLR0913  # each is named where it is given
        self,
        schema: Mapping[str, Any],
        *,
        key_properties: Collection[str],
        timezone: str,
        tell: Tell,
        deselected: Collection[Path] = (),
        withheld: Collection[str] = (),
    ) -> None:
        self.new_fields: dict[str, None] = {}  # names that the schema lacks, as the log shows them
        self._keys = key_properties
        self._tell = tell
        self._told: set[tuple[str, int]] = set()
        self._unknown = 0
        self._deselection = Deselection(deselected, key_properties)
        self._compiler = FieldCompiler(self._deselection, key_properties, timezone, tell)
        properties = schema["properties"]
        fields = self._compiler.fields(properties)
        self._additional = fields.pop(ADDITIONAL_COLUMN, None)
        self._fields_in_order = [(name, *field) for name, field in fields.items()]
        self._withheld = frozenset(withheld)
        self._known = (frozenset(properties) | self._deselection.fields) - {ADDITIONAL_COLUMN}

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
                self._keep(name, value, additional)
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
            if (ADDITIONAL_COLUMN, 0) not in self._told:
                self._told.add((ADDITIONAL_COLUMN, 0))
                self._tell(logging.WARNING, f"`{ADDITIONAL_COLUMN}` is {misfit}. It is left out.")
            return None
        finally:
            self._compiler.oddities.clear()

    def _add_unknown(self, row: Mapping[str, Any], additional: dict[str, Any]) -> None:
        for name, value in row.items():
            if name not in self._known:
                if name not in self._withheld and len(self.new_fields) < MAX_TOLD:
                    self.new_fields[shown(name)] = None
                text = f"`{shown(name)}` is a field that this version doesn't know"
                self._compiler.oddities.append((logging.INFO, text))
                self._keep(name, value, additional)

    def _keep(self, name: str, value: Any, additional: dict[str, Any]) -> None:  # noqa: ANN401
        """Keep a field as it was sent, without deselected parts, unless it is withheld."""
        # Where an object is declared, a text may contain a deselected part, such as a street.
        may_have_part = self._deselection.has_part_of((name,)) and type(value) is not dict
        is_withheld = name in self._withheld or may_have_part
        if not is_withheld:
            additional[name] = self._deselection.prune(value, (name,))
        self._tell_once(name, is_kept=self._additional is not None and not is_withheld)

    def _tell_once(self, name: str, *, is_kept: bool) -> None:
        """Tell the worst of what is odd about a field, and where its value is."""
        level, what = max(self._compiler.oddities, key=itemgetter(0))
        self._compiler.oddities.clear()
        is_wanted = level > logging.INFO or is_kept  # not a new field that the user left out
        if not is_wanted or (name, level) in self._told:
            return
        self._told.add((name, level))
        self._unknown += name not in self._known
        if name in self._known or self._unknown <= MAX_TOLD:
            self._tell(level, f"{what}. It is {_KEPT if is_kept else 'left out'}.")
