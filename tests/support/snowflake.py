"""A stand-in for Snowflake, into which MeltanoLabs' target loads as if it were the real one.

The target runs as released, in a process of its own, and makes its own SQL. `stand_in` changes one
thing of what is installed: the connection that the target asks Snowflake's connector for is one of
fakesnow's, which runs Snowflake's SQL on DuckDB, in a file that stays for the next run. What
fakesnow lacks for this target is mended here; each mend says what Snowflake does, on which page of
docs.snowflake.com that is written, and what fakesnow does.

DuckDB, which takes no heed of a name's case, is as a session with QUOTED_IDENTIFIERS_IGNORE_CASE,
which the target asks for; and it stores the wall time of `12:00:00+02:00` as a TIMESTAMP_NTZ does
(pages sql-reference/identifiers-syntax and sql-reference/data-types-datetime).

It shows what the target's statements do to the data. It doesn't show logging in, roles and
warehouses, limits of size, nor a JSON null in a VARIANT, which is a SQL null here.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import snowflake.connector
from fakesnow import conn
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from fakesnow.transforms import stage
from fakesnow.transforms.file_format import lookup_file_format
from sqlglot import Expr, exp, parse_one
from typing_extensions import override

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection
    from fakesnow.conn import FakeSnowflakeConnection

FOLDER = "SNOWFLAKE_STAND_IN"
"""The environment variable that names the folder of the stand-in's file."""

OWN_STAGE = "@~"
STAGE = "USERS.PUBLIC.OWN"
"""The stage that stands in for a user's own."""

JSON, ROW = "json", "row_in_files"
"""The columns of a staged file: the line, and its number."""

_one_at_a_time = threading.RLock()


def stand_in(script: Path) -> None:
    """Let a target's program take its connections from here.

    Args:
        script: What pip has made to start the target.
    """
    root = str(Path(__file__).parents[2])
    first, rest = script.read_text(encoding="utf-8").split("\n", 1)
    begin = f"import sys\nsys.path.insert(0, {root!r})\nfrom {__name__} import install\ninstall()"
    script.write_text(f"{first}\n{begin}\n{rest}", encoding="utf-8")


def install() -> None:
    """Let Snowflake's connector connect to the stand-in."""
    conn.FakeSnowflakeCursor = Cursor  # type: ignore[attr-defined]
    account = FakeSnow(db_path=os.environ[FOLDER])
    with account.connect() as session:
        session.cursor().execute(f"CREATE STAGE {STAGE}")

    def connect(**login: Any) -> FakeSnowflakeConnection:
        """Begin a session, in the schema PUBLIC if none is named.

        Snowflake makes one with each database, and it is the one that counts if no other is named
        (page sql-reference/name-resolution). fakesnow begins the session without a schema, and
        then refuses a MERGE from a stage, whose name has none either.
        """
        return account.connect(**{"schema": "PUBLIC"} | login)

    snowflake.connector.connect = connect  # type: ignore[assignment]


class Cursor(FakeSnowflakeCursor):
    """Runs a statement."""

    @override
    def execute(self, *args: Any, **kwargs: Any) -> FakeSnowflakeCursor:
        """Run a statement; one at a time, since MERGEs make notes of a table of the same name."""
        with _one_at_a_time:
            return super().execute(*args, **kwargs)

    @override
    def _transform_explode(self, expression: Expr) -> list[Expr]:
        """Mend a statement, and split it where fakesnow does."""
        match expression:
            case exp.Command() if expression.name == "REMOVE":
                return [remove(expression)]
            case exp.Drop() if expression.args["kind"] == "FILE FORMAT":
                return [drop_file_format(expression, self._duck_conn)]
            case exp.Create():
                expression = without_key(expression)
            case exp.Put():
                expression = name_own_stage(expression)
            case exp.Copy():
                expression = read_json(name_own_stage(expression))
            case exp.Merge() if isinstance(expression.args["using"], exp.Subquery):
                table, query = take_source(expression, self._duck_conn)
                rows = self._transform(query, None).sql("duckdb")
                self._duck_conn.execute(f"CREATE OR REPLACE TEMPORARY TABLE {table} AS {rows}")
        return super()._transform_explode(expression)


def without_key(statement: exp.Create) -> exp.Create:
    """Make a table without a primary key.

    Snowflake "doesn't enforce them, except for NOT NULL and CHECK" (page
    sql-reference/constraints): a row that is loaded twice is there twice. fakesnow has DuckDB
    enforce them.
    """
    for key in list(statement.find_all(exp.PrimaryKey)):
        key.pop()
    return statement


def name_own_stage(statement: exp.Put | exp.Copy) -> exp.Put | exp.Copy:
    """Give the user's own stage, `@~`, a name, and take a quoted reference for a bare one.

    Snowflake gives each user a stage that needs no name (page
    user-guide/data-load-local-file-system-create-stage), and takes `'@~/path'` for `@~/path`
    (page sql-reference/sql/put). fakesnow knows named stages, without quotes.
    """
    for node in list(statement.find_all(exp.Var, exp.Literal)):
        reference = node.name.strip("'")
        if reference.startswith(OWN_STAGE):
            path = reference.removeprefix(OWN_STAGE)
            node.replace(exp.Var(this=f"@{STAGE}{path}"))
    return statement


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


def files_at(path: str) -> list[Path]:
    """Return the files whose path in the user's own stage begins with a text."""
    prefix = stage.internal_dir(STAGE) + path
    everything = Path(stage.LOCAL_BUCKET_PATH).rglob("*")
    return sorted(file for file in everything if file.is_file() and str(file).startswith(prefix))


def remove(statement: exp.Command) -> Expr:
    """Remove staged files, and say which.

    Snowflake has REMOVE, which takes all files below a path and lists them with `removed` (page
    sql-reference/sql/remove). sqlglot, and so fakesnow, doesn't know it.
    """
    path = statement.expression.name.strip("' ").removeprefix(OWN_STAGE).removeprefix("/")
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
