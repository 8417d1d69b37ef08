"""What joins with what, for `make docs`: a diagram, the first queries, and dbt's `sources.yml`."""

from __future__ import annotations

import re
from inspect import cleandoc
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml
from typing_extensions import override

from tap_frontcore.singer.runs import SyncRunsStream
from tap_frontcore.streams import STREAMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_frontcore.singer.shape import ShapedStream
    from tap_frontcore.streams.base import FrontcoreStream

QUERIES = Path(__file__).with_name("first_queries.sql").read_text(encoding="utf-8")
"""In PostgreSQL's SQL, each below a comment that says what it answers."""

IN_SNOWFLAKE = {
    r'"(\w+)"': r"\1",
    r"->'(\w+)'->>'(\w+)'": r":\1.\2::text",
    r"->>'(\w+)'": r":\1::text",
    r"now\(\) AT TIME ZONE 'UTC'": "sysdate()",
    r"count\(\*\) FILTER \(WHERE ([^()]+)\)": r"count_if(\1)",
}
"""What Snowflake writes otherwise: patterns, and what takes their place. DuckDB writes the same."""

JOINS = """
## What joins with what

A line leads from a column to the key that it holds, or that each of its items holds. It is dotted
where nobody documents it, but the name or a public client says so. Persons have no list of their
own: the `user` of legal bases is known by `id` and `email`.

"""

FIRST_QUERIES = """
## First queries

In PostgreSQL's SQL, where names with capitals, and `user` and `group`, stand in quotes. DuckDB
takes them as they are. Snowflake writes some parts otherwise:

"""

SOURCES = """\
# The tables for dbt, from 1.10 on: copy this file into a folder of models. `make docs` writes it.
# By default it has the lists that are selected by default. `vars` in dbt_project.yml say what else
# is loaded, and where:
#
#   vars: {frontcore_schema: tap_frontcore, frontcore_sync_runs: true, frontcore_orders: true}
#
# `dbt test` looks at keys and at what they lead to; what nobody documents is a warning. `dbt source
# freshness` looks at `sync_runs`, which the tap brings if it is selected.
"""
NOT_IN_SNOWFLAKE = "target.type != 'snowflake'"


class Reference(NamedTuple):
    """A column, or a part of one, that holds the key of another stream."""

    stream: type[FrontcoreStream]
    path: tuple[str, ...]
    """The column and, in it, the part."""

    target: type[FrontcoreStream]
    where: str
    """The rows in which it does, in SQL; all, if empty."""

    is_documented: bool

    @property
    def name(self) -> str:
        return ".".join(self.path)

    @property
    def is_list(self) -> bool:
        """Whether the column holds several keys."""
        return "array" in self.stream.schema["properties"][self.path[0]]["type"]


def references() -> Iterator[Reference]:
    """Yield what the streams declare."""
    by_name = {stream.name: stream for stream in STREAMS}
    for stream in STREAMS:
        declared = ((stream.references, True), (stream.references_by_analogy, False))
        for column_to_stream, is_documented in declared:
            for column, to in column_to_stream.items():
                name, _, where = to.partition(" where ")
                path = tuple(column.split("."))
                yield Reference(stream, path, by_name[name], where, is_documented)


# streams/README.md


def diagram() -> str:
    """Make an entity relationship diagram in Mermaid."""
    lines = ""
    for it in references():
        ends = "}o", "--" if it.is_documented else "..", "o{"
        line = "".join(ends if it.is_list else ("|o", *ends[1:]))
        where = it.where and f" where {it.where}"
        lines += f'    {it.target.name} {line} {it.stream.name} : "{it.name}{where}"\n'
    return f"{JOINS}```mermaid\nerDiagram\n{lines}```\n"


def first_queries() -> str:
    """Show the queries, and what to change in them for Snowflake."""
    examples = (
        re.search(rf"\b\w+\.\w*{pattern}", QUERIES) or re.search(pattern, QUERIES)
        for pattern in IN_SNOWFLAKE
    )
    rows = "".join(f"| `{it[0]}` | `{in_snowflake(it[0])}` |\n" for it in examples if it)
    text = f"{FIRST_QUERIES}| PostgreSQL, DuckDB | Snowflake |\n| --- | --- |\n{rows}"
    for title, query in queries().items():
        text += f"\n{title}:\n\n```sql\n{query}\n```\n"
    return text


def queries(schema: str = "tap_frontcore") -> dict[str, str]:
    """Return each query, of the tables in a schema, by what it answers."""
    text = QUERIES.replace("tap_frontcore.", f"{schema}.")
    return dict(re.findall(r"^-- (.+)\n((?:.+\n)*?.+;)$", text, re.MULTILINE))


def in_snowflake(query: str) -> str:
    """Write a query as Snowflake takes it."""
    for pattern, replacement in IN_SNOWFLAKE.items():
        query = re.sub(pattern, replacement, query)
    return query


# streams/sources.yml


def sources() -> str:
    """Make what dbt has to know of the tables."""
    source = {
        "name": "frontcore",
        "schema": "{{ var('frontcore_schema', 'tap_frontcore') }}",
        "description": "A Frontcore account, loaded by tap-frontcore. Times are in UTC.",
        "tables": [_table(stream) for stream in (*STREAMS, SyncRunsStream)],
    }
    content = {"version": 2, "sources": [source]}
    return SOURCES + yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=1000)


class _Dumper(yaml.SafeDumper):
    """Writes quotes as a person would, and what comes twice twice."""

    @override
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def text(self, text: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", text, '"' if "{{" in text else None)


_Dumper.add_representer(str, _Dumper.text)


def _table(stream: type[ShapedStream]) -> dict[str, Any]:
    own = [it for it in references() if it.stream is stream and not it.is_list]
    config: dict[str, Any] = _enabled([stream])
    if stream is SyncRunsStream:
        freshness = {f"{what}_after": {"count": n, "period": "day"} for n, what in _STALE}
        config |= {"loaded_at_field": "ended_at", "freshness": freshness}
    tests = [_relationship(it, column_name=_part(it)) for it in own if it.path[1:]]
    entry = {
        "name": stream.name,
        "description": " ".join(cleandoc(stream.__doc__ or "").split()),
        "config": config,
        "data_tests": tests,
        "columns": [
            _column(stream, name, [it for it in own if it.path == (name,)])
            for name in stream.schema["properties"]
        ],
    }
    return {key: value for key, value in entry.items() if value}


_STALE = ((1, "warn"), (2, "error"))


def _column(stream: type[ShapedStream], name: str, own: Iterable[Reference]) -> dict[str, Any]:
    is_key, config = name in stream.primary_keys, _enabled([stream])
    tests: list[Any] = [{test: {"config": config}} if config else test for test in _KEY if is_key]
    tests += [_relationship(it) for it in own]
    entry = {
        "name": name,
        "description": stream.schema["properties"][name]["description"],
        "quote": f"{{{{ {NOT_IN_SNOWFLAKE} }}}}" if tests and not name.islower() else None,
        "data_tests": tests,
    }
    return {key: value for key, value in entry.items() if value}


_KEY = ("unique", "not_null")


def _relationship(reference: Reference, **arguments: str) -> dict[str, Any]:
    (key,) = reference.target.primary_keys
    arguments |= {"to": f"source('frontcore', '{reference.target.name}')", "field": key}
    config: dict[str, Any] = {} if reference.is_documented else {"severity": "warn"}
    if reference.where:
        config["where"] = reference.where
    conditions = (NOT_IN_SNOWFLAKE,) if reference.path[1:] else ()
    config |= _enabled([reference.stream, reference.target], *conditions)
    return {"relationships": {"arguments": arguments} | ({"config": config} if config else {})}


def _enabled(streams: Iterable[type[ShapedStream]], *conditions: str) -> dict[str, str]:
    """Say on which conditions dbt takes a table or a test."""
    names = dict.fromkeys(it.name for it in streams if not it.selected_by_default)
    both = chain((f"var('frontcore_{name}', false)" for name in names), conditions)
    text = " and ".join(both)
    return {"enabled": f"{{{{ {text} }}}}"} if text else {}


def _part(reference: Reference) -> str:
    """Write a part as PostgreSQL and DuckDB take it."""
    column, *between, last = reference.path
    return f"({column}{''.join(f'->{name!r}' for name in between)}->>'{last}')::bigint"
