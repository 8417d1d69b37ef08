"""Which fields come, and of which types."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tap_frontcore.check.asking import TOO_SMALL, Asker, Finding
from tap_frontcore.errors import RecordError
from tap_frontcore.singer.records import ADDITIONAL_COLUMN, RecordConverter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_frontcore.frontcore.windows import Row
    from tap_frontcore.streams.base import FrontcoreStream

UNDOCUMENTED = ("turnover", "seller", "employees", "idParentCustomer", "custom_properties")
"""What nobody has said what it holds."""

OTHER = f"it goes into {ADDITIONAL_COLUMN}"

KINDS: dict[type, str] = {
    str: "text",
    bool: "boolean",
    int: "integer",
    Decimal: "fraction",
    dict: "object",
    list: "array",
    type(None): "null",
}


def check_fields(asker: Asker, stream: FrontcoreStream) -> list[Finding]:
    """Compare the rows that were seen with the stream's schema."""
    rows = list(asker.seen.values())
    how = f"{len(rows)} rows"
    if not rows:
        return [Finding("fields", TOO_SMALL, how, f"what is odd goes into {ADDITIONAL_COLUMN}")]
    declared = stream.schema["properties"].keys() - {ADDITIONAL_COLUMN}
    sent = {name for row in rows for name in row}
    misfits, parts, has_keys = _misfits(rows, stream)
    unknown = sent - declared
    findings = [
        Finding("key", "in each row" if has_keys else "missing", how, "rows are told apart by it",
                holds=has_keys),
        Finding("not in the schema", _types(rows, unknown), how, OTHER),
        Finding("never sent", _list(declared - sent), how, "it is null"),
        Finding("of another type", _list(misfits), how, OTHER),
        Finding("objects with unknown parts", _list(parts), how, OTHER),
    ]  # fmt: skip
    known = [name for name in UNDOCUMENTED if name in declared]
    if known:
        findings.append(Finding("undocumented", _types(rows, known), how, "any of it holds"))
    return findings


def _misfits(rows: list[Row], stream: FrontcoreStream) -> tuple[list[str], set[str], bool]:
    """Return what doesn't fit, which objects have more parts, and whether each row has its key."""
    converter = RecordConverter(
        stream.schema,
        key_properties=stream.primary_keys,
        timezone=stream.timezone,
        tell=lambda _level, _text: None,
    )
    counts: Counter[str] = Counter()
    parts: set[str] = set()
    has_keys = True
    for row in rows:
        try:
            record = converter.convert(row)
        except RecordError:
            has_keys = False
            continue
        for name in (record[ADDITIONAL_COLUMN] or {}).keys() & record.keys():
            if record[name] is None:
                counts[f"{name} ({KINDS.get(type(row[name]), 'other')})"] += 1
            else:
                parts.add(name)
    return [f"{name}: {count}" for name, count in counts.items()], parts, has_keys


def _types(rows: list[Row], names: Iterable[str]) -> str:
    return _list(
        f"{name} ({', '.join(sorted({_kind(row[name]) for row in rows if name in row}) or '-')})"
        for name in names
    )


def _kind(value: Any) -> str:  # noqa: ANN401
    kind = KINDS.get(type(value), "other")
    if isinstance(value, list):
        items = sorted({KINDS.get(type(item), "other") for item in value})
        return f"{kind} of {'/'.join(items)}" if items else f"empty {kind}"
    return kind


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
