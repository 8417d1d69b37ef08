"""Whole pipelines into Snowflake, as far as they can be tried without an account."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, ClassVar

import pytest
from fakesnow.instance import FakeSnow
from typing_extensions import override

from tests import joins
from tests.fake_frontcore import FakeFrontcore, generate_customers, serve
from tests.fake_frontcore.app import TABLES
from tests.fake_frontcore.rows import customer
from tests.pipelines.pipeline import (
    HARD_DELETE,
    Pipe,
    Pipeline,
    assert_nobody_arrived,
    assert_same,
    load,
    load_twice,
)
from tests.pipelines.warehouses import DECLARED, DuckDB
from tests.support import persons, snowflake
from tests.support.meltano import MeltanoProject

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_frontcore.rows import Row

pytestmark = pytest.mark.xdist_group("snowflake")  # one project for all
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


@pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result")  # fakesnow's
def test_two_runs_leave_every_table_equal_to_the_source(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    load_twice(project, warehouse)

    with FakeSnow(db_path=warehouse.path.parent).connect(DATABASE, warehouse.schema) as session:
        for title, query in joins.queries(warehouse.schema).items():
            rows = session.cursor().execute(joins.in_snowflake(query)).fetchall()
            assert rows, title


def test_persons_that_are_left_out_are_in_no_table(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    """By the settings of `meltano.yml`, where the other tests have the target alone."""
    settings = {"_SELECT": '["*.*"]', "PERSONAL_DATA": "hash", "PERSONAL_DATA_SALT": persons.SALT}
    with serve(persons.fake_of(persons.account())) as url:
        pipeline = Pipeline(project, warehouse, url)
        log = pipeline.run_well(**{f"TAP_FRONTCORE_{name}": it for name, it in settings.items()})

    assert persons.SECRET not in log.casefold()
    assert_nobody_arrived(warehouse, *TABLES)


def test_full_table_deletes_only_rows_of_full_table_runs(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    """The target deletes rows of an older version; those of incremental runs have none."""
    fake = FakeFrontcore(generate_customers(300, odd=True))
    streams = ("customers",)
    with serve(fake) as url:
        hourly, weekly = (Pipe(project, warehouse, url, streams) for _ in range(2))
        weekly.run_well(**HARD_DELETE)
        fake.edit(1299, title="Ny Kunde AS")
        fake.add(customer(9000))
        hourly.run_well(since_id=1298)
        for number in (1299, 9000, *range(1200, 1210)):
            fake.delete(number)
        weekly.run_well(**HARD_DELETE)

    assert_same(fake, warehouse, but=frozenset({1299, 9000}), streams=streams)
    versions = {row["_sdc_table_version"] for row in warehouse.rows("customers")}
    assert len(versions) == 2
    assert None in versions


CONTACT = {"id": 1, "lastname": "Ås", "created_at": "2026-07-01T12:00:00+02:00"}


def test_the_stand_in_shows_duplicates_and_other_offsets(
    project: MeltanoProject, warehouse: Snowflake
) -> None:
    """By messages that no tap should send, straight to the target."""
    utc = "2026-07-01T10:00:00+00:00"
    second = CONTACT | {"id": 2, "created_at": utc}
    schema = {"type": "object", "properties": DECLARED["customer_contacts"]}
    messages: list[Row] = [
        {"type": "SCHEMA", "key_properties": ["id"], "schema": schema},
        *({"type": "RECORD", "record": row} for row in (CONTACT, second, second)),
    ]
    lines = (json.dumps({"stream": "customer_contacts"} | message) for message in messages)

    code, _, log = load(project, warehouse, "\n".join(lines), load_method="append-only")

    assert code == 0, log
    rows = sorted(warehouse.rows("customer_contacts"), key=lambda row: row["id"])
    assert [row["id"] for row in rows] == [1, 2, 2]
    with pytest.raises(AssertionError, match="twice"):
        warehouse.table("customer_contacts")
    warehouse.appends = True
    arrived = warehouse.table("customer_contacts")
    assert arrived[2]["created_at"] == datetime.fromisoformat(utc)
    assert arrived[1]["created_at"] == datetime.fromisoformat(utc) + timedelta(hours=2)


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
    done = subprocess.run(
        [project.bin("target-snowflake") / "python", "-c", COLUMN_TYPES],
        input=json.dumps(DECLARED),
        capture_output=True,
        text=True,
        check=True,
    )

    kinds = {"integer": "DECIMAL", "number": "FLOAT", "boolean": "BOOLEAN", "string": "VARCHAR"}
    for stream, columns in json.loads(done.stdout).items():
        for name, kind in columns.items():
            field = DECLARED[stream][name]
            if "object" in field["type"] or "array" in field["type"]:
                assert kind == "VARIANT"
            elif "format" in field:
                assert kind == {"date-time": "TIMESTAMP_NTZ", "date": "DATE"}[field["format"]]
            else:
                (type_,) = set(field["type"]) - {"null"}
                assert kind == kinds[type_]
