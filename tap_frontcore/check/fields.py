"""Which fields come, and of which types."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from tap_frontcore.check.probe import Finding
from tap_frontcore.errors import RecordError
from tap_frontcore.singer.records import ADDITIONAL_COLUMN, RecordConverter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

UNDOCUMENTED = ("turnover", "seller", "employees", "idParentCustomer", "custom_properties")
"""Fields of which no documentation says what they hold."""

KINDS: dict[type, str] = {
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
            misfits |= {
                f"{name} ({_kind(additional[name])})" for name in additional if name in declared
            }
    if not has_keys:
        yield Finding("broken", "key", "a row has no key that can be used: the run ends there")
    sent = {name for row in rows for name in row}
    found: tuple[tuple[Literal["new", "detail"], str, list[str]], ...] = (
        ("new", "new fields", _with_kinds(rows, sent - declared)),
        ("new", "fields of another type, or with unknown parts", sorted(misfits)),
        ("detail", "fields never sent", sorted(declared - sent) if rows else []),
        ("detail", "undocumented fields", _with_kinds(rows, declared.intersection(UNDOCUMENTED))),
    )
    for kind, question, names in found:
        if names:
            yield Finding(kind, question, ", ".join(names))


def _with_kinds(rows: Collection[Row], names: Iterable[str]) -> list[str]:
    return [
        f"{name} ({', '.join(kinds)})"
        for name in sorted(names)
        if (kinds := sorted({_kind(row[name]) for row in rows if name in row}))
    ]


def _kind(value: Any) -> str:  # noqa: ANN401
    kind = KINDS.get(type(value), "other")
    if isinstance(value, list):
        items = sorted({KINDS.get(type(item), "other") for item in value})
        return f"{kind} of {'/'.join(items)}" if items else f"empty {kind}"
    return kind
