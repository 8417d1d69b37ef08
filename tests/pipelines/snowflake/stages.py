"""Mends of stages, where files wait to be loaded, and of file formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fakesnow.transforms import stage
from sqlglot import Expr, exp, parse_one

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OWN = "@~"
DATABASE, SCHEMA, NAME = "USERS", "PUBLIC", "OWN"
"""The stage that stands in for a user's own."""


def name_own_stage(statement: exp.Put | exp.Copy) -> exp.Put | exp.Copy:
    """Give the user's own stage, `@~`, a name, and take a quoted reference for a bare one.

    Snowflake gives each user a stage that needs no name (page
    user-guide/data-load-local-file-system-create-stage), and takes `'@~/path'` for `@~/path`
    (page sql-reference/sql/put). fakesnow knows named stages, without quotes.
    """
    for node in list(statement.find_all(exp.Var, exp.Literal)):
        reference = node.name.strip("'")
        if reference.startswith(OWN):
            path = reference.removeprefix(OWN)
            node.replace(exp.Var(this=f"@{DATABASE}.{SCHEMA}.{NAME}{path}"))
    return statement


def files_at(path: str) -> list[Path]:
    """Return the files whose path in the user's own stage begins with a text."""
    prefix = stage.internal_dir(f"{DATABASE}.{SCHEMA}.{NAME}") + path
    everything = Path(stage.LOCAL_BUCKET_PATH).rglob("*")
    return sorted(file for file in everything if file.is_file() and str(file).startswith(prefix))


def remove(statement: exp.Command) -> Expr:
    """Remove staged files, and say which.

    Snowflake has REMOVE, which takes all files below a path and lists them with `removed` (page
    sql-reference/sql/remove). sqlglot, and so fakesnow, doesn't know it.
    """
    path = statement.expression.name.strip("' ").removeprefix(OWN).removeprefix("/")
    result = exp.select("name", "'removed' AS result")
    names = [file.name for file in files_at(path)]
    for file in files_at(path):
        file.unlink()
    return result.from_(f"UNNEST({names}) AS files(name)", dialect="duckdb")


def drop_file_format(statement: exp.Drop, duckdb: DuckDBPyConnection) -> Expr:
    """Drop a file format; a load that names it fails from then on.

    Snowflake has it (page sql-reference/sql/drop-file-format); fakesnow makes and looks up file
    formats, and passes their DROP on to DuckDB, which doesn't know them. On a connection of its
    own, since a transaction of DuckDB's writes into one database only.
    """
    (table,) = statement.find_all(exp.Table)
    with duckdb.cursor() as own:
        own.execute(
            "DELETE FROM _fs_global._fs_information_schema._fs_file_formats "
            "WHERE database_name = ? AND schema_name = ? AND name = ?",
            (table.catalog.upper(), table.db.upper(), table.name),
        )
    return parse_one(f"SELECT '{table.name} successfully dropped.' AS status")
