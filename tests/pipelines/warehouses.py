"""The targets that people use: how Meltano is told where to load, and what arrived there."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import duckdb
import psycopg
from psycopg.rows import dict_row
from typing_extensions import override

from tap_frontcore.streams import STREAMS
from tests.fake_frontcore.rows import OSLO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.fake_frontcore.rows import Row

TIMES = ("created_at", "updated_at", "archived_at", "deleted_at")
DATES = ("start_at", "end_at", "deadline_at", "certificate_issued_at")
INTEGERS = (
    *("id", "customer_id", "duedate_days", "idParentCustomer", "coursedate_id", "course_id"),
    *("location_id", "status_id", "idUser", "idInstructor", "id_type", "id_relation"),
    *("id_product_regular_price",),
)
NUMBERS = ("price", "lat", "lng")
OBJECTS = ("country", "invoice_address", "post_address", "visit_address")
ID_AND_TITLE = (
    *("level", "form_of_teaching", "teaching_language", "group", "legal_basis", "source"),
)


DECLARED = {stream.name: stream.schema["properties"] for stream in STREAMS}
DECLARED_AS = {
    (stream, name.lower()): field
    for stream, fields in DECLARED.items()
    for name, field in fields.items()
}
JSON_COLUMNS = {
    column
    for column, field in DECLARED_AS.items()
    if {"object", "array"}.intersection(field["type"])
}


class Warehouse(ABC):
    """A place to load into."""

    target: str
    empty_text_is_null = False
    """Whether the target makes no difference between them."""

    preset: ClassVar[Mapping[str, str | bool]] = {}
    """Settings that `meltano.yml` has for the target."""

    appends = False
    """Whether a row that comes again is one more row."""

    @abstractmethod
    def config(self) -> dict[str, str]:
        """Return the target's settings."""

    def environment(self) -> dict[str, str]:
        """Return what else has to be in the target's environment."""
        return {}

    @abstractmethod
    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table as they are stored, with lower-case names."""

    def table(self, table: str, key: str = "id") -> dict[int, Row]:
        """Return the rows of a table by id, less the target's own columns and nulls."""
        rows = self.rows(table)
        by_id = {
            row[key]: {
                name: _plain(table, name, value)
                for name, value in row.items()
                if value is not None and not name.startswith("_sdc")
            }
            for row in rows
        }
        assert self.appends or len(by_id) == len(rows), "a row is there twice"
        return by_id


class Database(Warehouse):
    """A schema in a database."""

    schema = "tap_frontcore"

    @abstractmethod
    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query."""

    @override
    def rows(self, table: str) -> list[Row]:
        rows = self.query(f'SELECT * FROM "{self.schema}"."{table}"')  # noqa: S608
        return [{name.lower(): value for name, value in row.items()} for row in rows]


class Postgres(Database):
    """A schema in a PostgreSQL server."""

    target = "target-postgres"

    def __init__(self, uri: str, schema: str) -> None:
        self.uri = uri
        self.schema = schema

    @override
    def config(self) -> dict[str, str]:
        return {
            "sqlalchemy_url": self.uri.replace("postgresql:", "postgresql+psycopg:"),
            "default_target_schema": self.schema,
        }

    @override
    def environment(self) -> dict[str, str]:
        return {"PGTZ": "UTC"}

    @override
    def query(self, sql: str) -> list[Row]:
        with psycopg.connect(self.uri, row_factory=dict_row) as connection:
            return connection.execute(sql.encode()).fetchall()

    def drop(self) -> None:
        """Drop the schema with its tables."""
        with psycopg.connect(self.uri) as connection:
            connection.execute(f'DROP SCHEMA "{self.schema}" CASCADE'.encode())


class DuckDB(Database):
    """A DuckDB file."""

    target = "target-duckdb"
    preset: ClassVar = {"default_target_schema": "tap_frontcore"}
    empty_text_is_null = True  # it loads by way of CSV

    def __init__(self, folder: Path) -> None:
        self.path = folder / "warehouse.duckdb"

    @override
    def config(self) -> dict[str, str]:
        return {"path": str(self.path)}

    @override
    def query(self, sql: str) -> list[Row]:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            result = connection.execute(sql)
            names = [column[0] for column in result.description or ()]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


class JSONLines(Warehouse):
    """A file of JSON lines for each stream, to which each run appends."""

    target = "target-jsonl"
    preset: ClassVar = {"do_timestamp_file": False}
    appends = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @override
    def config(self) -> dict[str, str]:
        return {"destination_path": str(self.folder)}

    @override
    def rows(self, table: str) -> list[Row]:
        with (self.folder / f"{table}.jsonl").open(encoding="utf-8") as lines:
            return [{k.lower(): v for k, v in json.loads(line).items()} for line in lines]


def _plain(table: str, name: str, value: Any) -> Any:
    """Undo what is a target's own way of storing: JSON as text, times without a zone."""
    if name.rpartition("__")[2] in TIMES:
        time = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    if name in DATES:
        return str(value)[:10]
    if (table, name) in JSON_COLUMNS and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, Decimal):
        return float(value)
    return value


def expected(stream: str, row: Row) -> Row:
    """Say what a warehouse should have of an API row, less nulls.

    Written anew rather than with the tap's converter, which it is to check; only which fields
    are declared is taken from the tap.
    """
    declared = DECLARED[stream]
    row = dict.fromkeys(declared.keys() & {"updated_at"}) | row
    result: Row = {}
    for name, value in row.items():
        is_text = name in declared and "string" in declared[name]["type"]
        if name not in declared or (is_text and isinstance(value, bool)):
            result.setdefault("additional_properties", {})[name] = value
        elif name in TIMES:
            text = value or (row.get("created_at") if name == "updated_at" else None)
            result[name] = text and _instant(text)
        elif name in NUMBERS and stream != "courses":
            result[name] = float(value)
        elif name in INTEGERS:
            result[name] = int(value) if value not in (None, "") else None
        elif name in OBJECTS and stream == "customers":
            result[name] = value if value != [] else {}
        elif name == "custom_properties" and stream == "customers":
            result[name] = {} if value == [] else value and {k: _text(v) for k, v in value.items()}
        elif name == "employees":
            if row["type"] == "Private":
                result[name] = list(value.values()) if isinstance(value, dict) else value
        else:
            result[name] = _nested(stream, name, value)
    return {name.lower(): value for name, value in result.items() if value is not None}


def flattened(stream: str, row: Row) -> Row:
    """Say what becomes of an expected row when objects are flattened, one level deep."""
    result: Row = {}
    for name, value in row.items():
        if "properties" not in DECLARED_AS[stream, name]:
            result[name] = value
            continue
        for part, item in value.items():
            if item is not None:
                is_time = part in TIMES
                result[f"{name}__{part}"] = datetime.fromisoformat(item) if is_time else item
    return result


def _nested(stream: str, name: str, value: Any) -> Any:
    if name in ID_AND_TITLE and value:
        return value | {"id": str(value["id"])}
    if stream == "participants" and name == "status":
        return value | {"status_code": str(value["status_code"])}
    if stream == "legal_bases" and name in {"consent", "purpose"} and value:
        return {k: _utc(v) if k.endswith("_at") else v for k, v in value.items()}
    if isinstance(value, (dict, list, bool)) and "string" not in DECLARED[stream][name]["type"]:
        return {} if value == [] and "object" in DECLARED[stream][name]["type"] else value
    return _text(value)


def _instant(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return (time if time.tzinfo else time.replace(tzinfo=OSLO)).astimezone(UTC)


def _utc(text: str | None) -> str | None:
    return text and _instant(text).isoformat()


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class _Relay(socketserver.BaseRequestHandler):
    """Passes bytes on between a TCP connection and a server's socket file."""

    server: _Port

    @override
    def handle(self) -> None:
        with socket.socket(socket.AF_UNIX) as inner:
            inner.connect(self.server.socket_file)
            back = threading.Thread(target=_pass_on, args=(inner, self.request))
            back.start()
            _pass_on(self.request, inner)
            back.join()


def _pass_on(source: socket.socket, to: socket.socket) -> None:
    with suppress(OSError):  # the other side may have gone
        while data := source.recv(65_536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


class _Port(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, socket_file: str) -> None:
        self.socket_file = socket_file
        super().__init__(("127.0.0.1", 0), _Relay)


@contextmanager
def on_a_port(uri: str) -> Iterator[int]:
    """Let a PostgreSQL server that listens on a socket file be reached on a port too."""
    folder = parse_qs(urlsplit(uri).query)["host"][0]
    with _Port(f"{folder}/.s.PGSQL.5432") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
