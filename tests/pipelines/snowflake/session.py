"""Mends of an account and its sessions; here each statement comes by."""

from __future__ import annotations

import threading
from typing import Any

from fakesnow.conn import FakeSnowflakeConnection
from fakesnow.cursor import FakeSnowflakeCursor
from fakesnow.instance import FakeSnow
from snowflake.connector.cursor import SnowflakeCursor
from snowflake.connector.errors import Error, ProgrammingError
from sqlglot import Expr, exp
from typing_extensions import override

from tests.pipelines.snowflake import loading, stages, tables

STATEMENT_TIMEOUT = 60
"""Seconds after which a statement is broken off: before the target is."""

_one_at_a_time = threading.RLock()


class Cursor(FakeSnowflakeCursor):
    """Runs a statement."""

    @override
    def execute(self, command: str, *args: Any, **kwargs: Any) -> FakeSnowflakeCursor:
        """Run a statement, within a time, and give every failure Snowflake's shape.

        One at a time, since two that write into fakesnow's own tables at once hinder each other:
        each MERGE makes a note of a table of the same name.

        The server answers an exception that it doesn't know with 500, which Snowflake's connector
        takes for an overload, and asks again for minutes.
        """
        with _one_at_a_time:
            limit = threading.Timer(STATEMENT_TIMEOUT, self._duck_conn.interrupt)
            limit.start()
            try:
                return super().execute(command, *args, **kwargs)
            except Error:
                raise
            except Exception as error:
                msg = f"{type(error).__name__}: {error}"
                raise ProgrammingError(msg=msg, errno=1, sqlstate="XX000") from error
            finally:
                limit.cancel()

    @override
    def _transform_explode(self, expression: Expr) -> list[Expr]:
        """Mend a statement, and split it where fakesnow does."""
        match expression:
            case exp.Command() if expression.name == "REMOVE":
                return [stages.remove(expression)]
            case exp.Drop() if expression.args["kind"] == "FILE FORMAT":
                return [stages.drop_file_format(expression, self._duck_conn)]
            case exp.Create():
                expression = tables.without_key(expression)
            case exp.Put():
                expression = stages.name_own_stage(expression)
            case exp.Copy():
                expression = loading.read_json(stages.name_own_stage(expression))
            case exp.Merge() if isinstance(expression.args["using"], exp.Subquery):
                table, query = loading.take_source(expression, self._duck_conn)
                rows = self._transform(query, None).sql("duckdb")
                self._duck_conn.execute(f"CREATE OR REPLACE TEMPORARY TABLE {table} AS {rows}")
        return super()._transform_explode(expression)


class Session(FakeSnowflakeConnection):
    """What a login begins."""

    @override
    def cursor(self, cursor_class: type[SnowflakeCursor] = SnowflakeCursor) -> Cursor:
        return Cursor(self, self._duck_conn)


class Account(FakeSnow):
    """All databases, in memory."""

    def __init__(self) -> None:
        super().__init__()
        with self.connect(stages.DATABASE, stages.SCHEMA) as session:
            session.cursor().execute(f"CREATE STAGE {stages.NAME}")

    @override
    def connect(
        self,
        database: str | None = None,
        schema: str | None = None,
        nop_regexes: list[str] | None = None,
        **kwargs: Any,
    ) -> Session:
        """Begin a session, in the schema PUBLIC if none is named.

        Snowflake makes one with each database, and it is the one that counts if no other is named
        (page sql-reference/name-resolution). fakesnow begins the session without a schema, and
        then refuses a MERGE from a stage, whose name has none either.
        """
        return Session(
            self.duck_conn.cursor(), self.results_cache, database, schema or "PUBLIC", **kwargs
        )
