"""What joins with what, as the streams declare it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import joins
from tests.fake_frontcore import FakeFrontcore, generate_account, generate_customers

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCES = list(joins.references())
each_reference = pytest.mark.parametrize(
    "reference", REFERENCES, ids=[f"{it.stream.name}.{it.name}" for it in REFERENCES]
)
PARTS = re.compile(r"->>?'(\w+)'")


def values(row: Any, path: tuple[str, ...]) -> Iterator[Any]:
    """Yield the keys that a row's column, part, or list holds."""
    for name in path:
        row = (row or {}).get(name)
    yield from row if isinstance(row, list) else () if row is None else (row,)


@each_reference
def test_a_reference_begins_at_a_declared_column(reference: joins.Reference) -> None:
    column, *parts = reference.path
    declared = reference.stream.schema["properties"][column]

    assert not parts or "object" in declared["type"]
    assert not parts or parts[0] in declared.get("properties", parts)
    assert len(reference.target.primary_keys) == 1


@each_reference
def test_each_reference_of_an_account_leads_to_a_row(reference: joins.Reference) -> None:
    customers = generate_customers(60)
    fake = FakeFrontcore(customers, others=generate_account(customers))
    # The condition is SQL; it is the one that there is.
    assert reference.where in ("", "id_type = 2")
    rows = [
        row
        for row in fake.tables[reference.stream.name].values()
        if not reference.where or row["id_type"] == 2
    ]

    held = {value for row in rows for value in values(row, reference.path)}

    assert held <= fake.tables[reference.target.name].keys()


def test_the_first_queries_join_by_what_is_declared() -> None:
    declared = {(it.stream.name, it.name, it.target.name) for it in REFERENCES}
    keys = {it.target.name: it.target.primary_keys[0] for it in REFERENCES}

    joined = 0
    for query in joins.queries().values():
        tables = dict(re.findall(r"(?:FROM|JOIN) tap_frontcore\.(\w+) (\w)\b", query))
        by_alias = {alias: table for table, alias in tables.items()}
        plain = re.sub(r"CAST\((.+?) AS bigint\)", r"\1", PARTS.sub(r".\1", query))
        for condition in re.findall(r"\sON ([\w.]+ = [\w.]+)", plain):
            sides = [side.partition(".")[::2] for side in condition.split(" = ")]
            (alias, column), (to, key) = sorted(
                sides, key=lambda it: (by_alias[it[0]], it[1]) in keys.items()
            )
            assert (by_alias[alias], column, by_alias[to]) in declared, condition
            assert keys[by_alias[to]] == key, condition
            joined += 1
    assert joined == joins.QUERIES.count("JOIN ")


def test_each_query_is_shown() -> None:
    assert "".join(f"-- {title}\n{sql}\n\n" for title, sql in joins.queries().items()) == (
        f"{joins.QUERIES}\n"
    )


def test_the_diagram_is_one_of_mermaid() -> None:
    _, _, block = joins.diagram().partition("```mermaid\nerDiagram\n")
    *lines, end = block.splitlines()

    assert end == "```"
    assert len(lines) == len(REFERENCES)
    line = re.compile(r'    \w+ [|}]o(--|\.\.)o\{ \w+ : "[\w.]+( where [\w =]+)?"')
    assert [it for it in lines if not line.fullmatch(it)] == []
