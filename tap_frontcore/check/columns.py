"""Compare the fields that the API sends with a stream's schema."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from tap_frontcore.check.probe import Finding
from tap_frontcore.errors import RecordError
from tap_frontcore.singer.conversions import JSON_NAMES
from tap_frontcore.singer.names import shown
from tap_frontcore.singer.records import ADDITIONAL_COLUMN, MAX_TOLD, RecordConverter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

# The documentation doesn't say what these fields hold.
UNDOCUMENTED = ("turnover", "seller", "employees", "idParentCustomer", "custom_properties")


def check_fields(stream: FrontcoreStream, rows: Collection[Row]) -> Iterator[Finding]:
    """Yield which fields are new, have another type than declared, or aren't documented."""
    declared = stream.schema["properties"].keys() - {ADDITIONAL_COLUMN}
    converter = RecordConverter(
        stream.schema,
        key_properties=stream.primary_keys,
        timezone=stream.timezone,
        tell=lambda _level, _text: None,
    )
    kept: list[Row] = []  # what no column takes, by row
    for row in rows:
        with suppress(RecordError):
            kept.append(converter.convert(row)[ADDITIONAL_COLUMN] or {})
    if len(kept) < len(rows):
        yield Finding("broken", "key", "a row has no key that can be used: the run ends there")
    new = {name for row in rows for name in row} - declared
    findings = (
        Finding("new", "new fields", _with_types(rows, new)),
        Finding("new", "fields of another type or with new parts", _with_types(kept, declared)),
        Finding("detail", "undocumented fields", _with_types(rows, UNDOCUMENTED)),
    )
    yield from (finding for finding in findings if finding.answer)


def _with_types(rows: Collection[Row], names: Iterable[str]) -> str:
    types = {
        name: {JSON_NAMES[type(row[name])].split()[-1] for row in rows if name in row}
        for name in sorted(names)
    }
    found = [f"{shown(name)} ({', '.join(sorted(it))})" for name, it in types.items() if it]
    more = f", and {len(found) - MAX_TOLD} more" if len(found) > MAX_TOLD else ""
    return ", ".join(found[:MAX_TOLD]) + more  # a name may be a value
