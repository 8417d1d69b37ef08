"""Whole pipelines into Snowflake, as far as they can be tried without an account."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from fakesnow.instance import FakeSnow
from typing_extensions import override

from tap_frontcore.streams import STREAMS
from tests import joins
from tests.fake_frontcore import FakeFrontcore, full_account, generate_customers, serve
from tests.fake_frontcore.app import TABLES
from tests.fake_frontcore.rows import OSLO, customer
from tests.pipelines.pipeline import (
    HARD_DELETE,
    Pipe,
    Pipeline,
    assert_flattened,
    assert_nobody_arrived,
    assert_same,
    load,
)
from tests.pipelines.warehouses import DECLARED, DuckDB
from tests.support import persons, snowflake
from tests.support.meltano import MeltanoProject

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_frontcore.rows import Row

pytestmark = pytest.mark.xdist_group("snowflake")  # one project for all
ODD_TEXT = "\"Å\" 'b' \\N NULL\t\\\n\r\n\u2028\u0085\u001f 😀 $1 @~ %s :x {} ;--"


DATABASE = "FRONTCORE"


class Snowflake(DuckDB):
    """A schema in the stand-in, which keeps it in a DuckDB file."""

    target = "target-snowflake"
    preset: ClassVar = {}
    empty_text_is_null = False

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{DATABASE}.db"

    @override
    def config(self) -> dict[str, str]:
        return {
            "account": "tap-frontcore-test",
            "user": "loader",
            "password": "not asked for",
            "database": DATABASE,
            "default_target_schema": self.schema.upper(),
        }

    @override
    def environment(self) -> dict[str, str]:
        return {snowflake.FOLDER: str(self.path.parent)}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    """Make a Meltano project in an empty folder, and install the plugins and the stand-in."""
    project = MeltanoProject(tmp_path_factory.mktemp("meltano"))
    file = project.folder / "meltano.yml"
    text = file.read_text(encoding="utf-8")
    wanted = f"fakesnow=={version('fakesnow')} snowflake-connector-python<5"
    text = re.sub("(pip_url: meltanolabs-target-snowflake.*)", rf"\1 {wanted}", text)
    file.write_text(text, encoding="utf-8")
    code, output = project.meltano("install", "tap-frontcore", "target-snowflake")
    assert code == 0, output
    snowflake.stand_in(project.bin("target-snowflake") / "target-snowflake")
    return project


@pytest.fixture
def warehouse(tmp_path: Path) -> Snowflake:
    """Return an empty database."""
    return Snowflake(tmp_path)


def test_flattened_rows_equal_the_source(project: MeltanoProject, warehouse: Snowflake) -> None:
    assert_flattened(project, warehouse, ("customers", "legal_bases", "participants"))


@pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result")  # fakesnow's
def test_two_runs_leave_every_table_equal_to_the_source(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    today = datetime.now(OSLO).date()
    fake = full_account(300, odd=True, today=today)
    with serve(fake) as url:
        pipeline = Pipeline(project, warehouse, url)
        pipeline.run_well(TAP_FRONTCORE__SELECT='["*.*"]')
        assert_same(fake, warehouse, streams=TABLES)

        contact = min(fake.tables["customer_contacts"])
        fake.edit(1001, title=ODD_TEXT, phone=99999999, turnover=2**53 + 1, note="")
        fake.edit(1002, employees={"0": {"navn": ODD_TEXT}, "2": {"id": 2**40}}, ny=[ODD_TEXT])
        fake.edit(1003, country=[], custom_properties={ODD_TEXT: ODD_TEXT, "": None})
        fake.edit(contact, stream="customer_contacts", lastname="Ås")
        fake.edit(800, stream="products", price=12.25, ny="felt")
        fake.add(customer(9000))
        fake.add(
            fake.tables["customer_contacts"][contact] | {"id": 99_999}, stream="customer_contacts"
        )
        fake.delete(1150)
        output = pipeline.run_well()

    assert_same(fake, warehouse, but=frozenset({1150}), streams=TABLES)
    # The row at the bookmark comes again.
    assert "Done with customers: records=5 " in output
    found = ask_first_queries(warehouse)
    assert [title for title, rows in found.items() if not rows] == []


def test_persons_that_are_left_out_are_in_no_table(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    hashed: dict[str, Any] = {"personal_data": "hash", "personal_data_salt": persons.SALT}
    with serve(persons.fake_of(persons.account())) as url:
        log = Pipe(project, warehouse, url, TABLES).run_well(**hashed)

    assert persons.SECRET not in log.casefold()
    assert_nobody_arrived(warehouse)


def test_full_table_deletes_only_rows_of_full_table_runs(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    """The target deletes rows of an older version; those of incremental runs have none."""
    fake = FakeFrontcore(generate_customers(300, odd=True))
    streams = ("customers",)
    with serve(fake) as url:
        hourly, weekly = (Pipe(project, warehouse, url, streams) for _ in range(2))
        hourly.run_well()
        fake.delete(1100)
        weekly.run_well(**HARD_DELETE)
        assert_same(fake, warehouse, but=frozenset({1100}), streams=streams)

        fake.edit(1101, title="Ny Kunde AS")
        hourly.run_well()
        for number in (1101, *range(1200, 1210)):
            fake.delete(number)
        weekly.run_well(**HARD_DELETE)

    assert_same(fake, warehouse, but=frozenset({1100, 1101}), streams=streams)
    versions = {row["_sdc_table_version"] for row in warehouse.rows("customers")}
    assert len(versions) == 2
    assert None in versions


def ask_first_queries(warehouse: Snowflake) -> dict[str, int]:
    """Return how many rows each of the first queries brings, written as Snowflake takes it."""
    found = {}
    account = FakeSnow(db_path=warehouse.path.parent)
    with account.connect(DATABASE, warehouse.schema) as session:
        for title, query in joins.queries(warehouse.schema).items():
            rows = session.cursor().execute(joins.in_snowflake(query)).fetchall()
            found[title] = len(rows)
    return found


# The stand-in can fail: messages that no tap should send, straight to the target


def load_contacts(
    project: MeltanoProject, warehouse: Snowflake, *messages: Row, **config: str
) -> tuple[int, str]:
    """Let the target load messages for `customer_contacts`."""
    schema = {
        "type": "SCHEMA",
        "key_properties": ["id"],
        "schema": {"type": "object", "properties": DECLARED["customer_contacts"]},
    }
    lines = (json.dumps({"stream": "customer_contacts"} | it) for it in (schema, *messages))
    code, _, log = load(project, warehouse, "\n".join(lines), **config)
    return code, log


def record(row: Row, **changes: Any) -> Row:
    return {"type": "RECORD", "record": row | changes}


CONTACT = {"id": 1, "lastname": "Ås", "created_at": "2026-07-01T12:00:00+02:00"}


def test_the_stand_in_shows_duplicates_and_other_offsets(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    fake = FakeFrontcore(contacts=[CONTACT, CONTACT | {"id": 2}])
    utc = "2026-07-01T10:00:00+00:00"
    first, second = record(CONTACT), record(CONTACT, id=2, created_at=utc)

    code, output = load_contacts(
        project, warehouse, first, second, second, load_method="append-only"
    )

    assert code == 0, output
    rows = sorted(warehouse.rows("customer_contacts"), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == [1, 2, 2]
    with pytest.raises(AssertionError, match="twice"):
        warehouse.table("customer_contacts")
    warehouse.appends = True
    arrived = warehouse.table("customer_contacts")
    assert arrived[2]["created_at"] == datetime.fromisoformat(utc)
    assert arrived[1]["created_at"] == datetime.fromisoformat(utc) + timedelta(hours=2)
    with pytest.raises(AssertionError):
        assert_same(fake, warehouse, streams=["customer_contacts"])


def test_a_broken_staged_file_fails_the_load(
    project: MeltanoProject, warehouse: Snowflake, tmp_path: Path
) -> None:
    file = tmp_path / "contacts.json.gz"
    file.write_bytes(gzip.compress(b'{"id": 1}\n{"id": 2, "lastna'))
    batch = {
        "type": "BATCH",
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "manifest": [file.as_uri()],
    }

    code, output = load_contacts(project, warehouse, batch)

    assert code != 0
    assert "InvalidInputException" in output
    assert warehouse.rows("customer_contacts") == []


COLUMN_TYPES = """
import json, sys
from target_snowflake.connector import SnowflakeConnector
connector = SnowflakeConnector({"account": "a", "user": "u", "password": "p", "database": "d"})
types = {
    stream: {name: str(connector.to_sql_type(field)) for name, field in properties.items()}
    for stream, properties in json.load(sys.stdin).items()
}
json.dump(types, sys.stdout)
"""


def test_columns_have_the_declared_types(project: MeltanoProject) -> None:
    """The target's own mapping of the schemas; the stand-in has DuckDB's types."""
    declared = {stream.name: stream.schema["properties"] for stream in STREAMS}
    done = subprocess.run(
        [project.bin("target-snowflake") / "python", "-c", COLUMN_TYPES],
        input=json.dumps(declared),
        capture_output=True,
        text=True,
        check=True,
    )

    kinds = {"integer": "DECIMAL", "number": "FLOAT", "boolean": "BOOLEAN", "string": "VARCHAR"}
    for stream, columns in json.loads(done.stdout).items():
        for name, kind in columns.items():
            field = declared[stream][name]
            if "object" in field["type"] or "array" in field["type"]:
                assert kind == "VARIANT"
            elif "format" in field:
                assert kind == {"date-time": "TIMESTAMP_NTZ", "date": "DATE"}[field["format"]]
            else:
                (type_,) = set(field["type"]) - {"null"}
                assert kind == kinds[type_]
