"""Mends of COPY and MERGE, which load staged files of JSON lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakesnow.transforms.file_format import lookup_file_format
from sqlglot import Expr, exp

from tests.pipelines.snowflake.stages import files_at

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

JSON, ROW = "json", "row_in_files"
"""The columns of a staged file: the line, and its number."""


def read_json(statement: Expr) -> Expr:
    """Let `$1` be the line of a staged file.

    In Snowflake it is the file's first column, for JSON the whole value (page
    user-guide/querying-stage). fakesnow's COPY drops it, for files that have columns.
    """
    for parameter in list(statement.find_all(exp.Parameter)):
        parameter.replace(exp.column(JSON))
    return statement


def take_source(statement: exp.Merge, duckdb: DuckDBPyConnection) -> tuple[str, Expr]:
    """Take the query of a stage out of a MERGE, and let it merge a table instead.

    Snowflake queries staged files wherever a table may stand (page user-guide/querying-stage);
    fakesnow does so in COPY alone. The query stays as it was sent, casts and QUALIFY with it; only
    the files in its FROM become DuckDB's own function, and SEQ8(), "a sequence of monotonically
    increasing integers" (page sql-reference/functions/seq1), the number of the line, since DuckDB
    takes no window within a window.

    Args:
        statement: Is changed.
        duckdb: Where the file format is looked up; a load that names none that exists fails.

    Returns:
        The name of the table, which is the query's alias, so that the rest of the statement finds
        it, and the query that fills it.
    """
    source = statement.args["using"]
    query = read_json(source.this)
    for sequence in list(query.find_all(exp.Seq8)):
        sequence.replace(exp.column(ROW))
    staged = query.args["from_"].this
    lookup_file_format(duckdb, staged.args["format"].sql("snowflake"), None, None)
    duckdb.fetchall()  # DuckDB wants a result read before the next
    _, _, path = staged.name.partition("/")
    files = [str(file) for file in files_at(path)]
    lines = exp.select(JSON, f"ROW_NUMBER() OVER () AS {ROW}", dialect="duckdb")
    lines = lines.from_(f"READ_JSON_OBJECTS({files})", dialect="duckdb")
    query.set("from_", exp.From(this=lines.subquery("lines")))
    table = exp.to_table(source.alias)
    statement.set("using", table)
    return table.sql("duckdb"), query
