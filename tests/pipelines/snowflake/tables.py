"""Mends of tables."""

from __future__ import annotations

from sqlglot import exp


def without_key(statement: exp.Create) -> exp.Create:
    """Make a table without a primary key.

    Snowflake "doesn't enforce them, except for NOT NULL and CHECK" (page
    sql-reference/constraints): a row that is loaded twice is there twice. fakesnow has DuckDB
    enforce them.
    """
    for key in list(statement.find_all(exp.PrimaryKey)):
        key.pop()
    return statement
