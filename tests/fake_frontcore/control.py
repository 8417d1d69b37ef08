"""Rows that are changed by hand while the fake runs: `python -m tests.fake_frontcore --control`."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

from tests.fake_frontcore.app import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fake_frontcore.app import FakeFrontcore

EXAMPLES = """\
edit customers 1001 title="Ny Kunde AS"
add customers title="Helt Ny AS"
delete customers 1002"""


def change(fake: FakeFrontcore, line: str) -> str:
    """Do what a line says, such as one of the examples; a new row is a copy of the last one.

    Returns:
        Which row was changed; if none, what a line looks like.
    """
    try:
        match shlex.split(line):
            case ["edit", stream, number, *fields]:
                fake.edit(int(number), stream=stream, **_values(fields))
            case ["add", stream, *fields]:
                last = max(fake.tables[stream])
                number = str(last + 1)
                key = {TABLES[stream].key: last + 1}
                fake.add(fake.tables[stream][last] | _values(fields) | key, stream=stream)
            case ["delete", stream, number]:
                fake.delete(int(number), stream=stream)
            case _:
                return f"A line is such as:\n{EXAMPLES}"
    except (KeyError, ValueError):
        return f"There is no such row. A line is such as:\n{EXAMPLES}"
    return f"Changed: {stream} {number}"


def _values(fields: Iterable[str]) -> dict[str, Any]:
    """Read `title="Ny Kunde AS"` and the like; a value is JSON, or else text."""
    pairs = (field.split("=", 1) for field in fields)
    return {name: _value(text) for name, text in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
