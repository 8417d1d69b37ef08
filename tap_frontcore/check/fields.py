"""Which fields come, and of which types."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_frontcore.check.probe import Finding
from tap_frontcore.errors import RecordError
from tap_frontcore.singer.records import ADDITIONAL_COLUMN, RecordConverter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

UNDOCUMENTED = ("turnover", "seller", "employees", "idParentCustomer", "custom_properties")
"""Fields of which no documentation says what they hold."""

TYPE_NAMES: dict[type, str] = {
    str: "text",
    bool: "boolean",
    int: "integer",
    Decimal: "fraction",
    dict: "object",
    list: "array",
    type(None): "null",
}


def check_fields(stream: FrontcoreStream, rows: Collection[Row]) -> Iterator[Finding]:
    """Compare rows with the stream's schema, and yield what was found."""
    declared = stream.schema["properties"].keys() - {ADDITIONAL_COLUMN}
    converter = RecordConverter(
        stream.schema,
        key_properties=stream.primary_keys,
        timezone=stream.timezone,
        tell=lambda _level, _text: None,
    )
    misfits: set[str] = set()
    has_keys = True
    for row in rows:
        try:
            additional = converter.convert(row)[ADDITIONAL_COLUMN] or {}
        except RecordError:
            has_keys = False
        else:
            misfits |= {f"{n} ({_type_of(additional[n])})" for n in additional if n in declared}
    if not has_keys:
        yield Finding("broken", "key", "a row has no key that can be used: the run ends there")
    sent = {name for row in rows for name in row}
    new = _with_types(rows, sent - declared)
    odd = "fields of another type, or with unknown parts"
    findings = (
        Finding("new", "new fields", ", ".join(new)),
        Finding("new", odd, ", ".join(sorted(misfits))),
        Finding("detail", "undocumented fields", ", ".join(_with_types(rows, UNDOCUMENTED))),
    )
    yield from (finding for finding in findings if finding.answer)


def _with_types(rows: Collection[Row], names: Iterable[str]) -> list[str]:
    return [
        f"{name} ({', '.join(types)})"
        for name in sorted(names)
        if (types := sorted({_type_of(row[name]) for row in rows if name in row}))
    ]


def _type_of(value: Any) -> str:  # noqa: ANN401
    name = TYPE_NAMES.get(type(value), "other")
    if isinstance(value, list):
        items = sorted({TYPE_NAMES.get(type(item), "other") for item in value})
        return f"{name} of {'/'.join(items)}" if items else f"empty {name}"
    return name
