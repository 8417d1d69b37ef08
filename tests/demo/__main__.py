"""The demo: an invented account goes through Meltano into DuckDB, twice."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from tests.fake_frontcore import (
    FakeFrontcore,
    Switches,
    generate_account,
    generate_customers,
    serve,
)
from tests.fake_frontcore.app import CONTACTS, TABLES
from tests.fake_frontcore.rows import customer
from tests.support.meltano import MeltanoProject

CUSTOMERS = 1500

OVERVIEW = """
    SELECT c.title AS customer, c.country->>'code' AS country, c.status,
           strftime(c.updated_at, '%Y-%m-%d %H:%M') AS updated_at_utc,
           count(p.id) AS contacts, min(p.firstname || ' ' || p.lastname) AS one_of_them
    FROM tap_frontcore.customers c
    LEFT JOIN tap_frontcore.customer_contacts p ON p.customer_id = c.id
    GROUP BY ALL ORDER BY updated_at_utc DESC LIMIT 6
"""

ANSWER = """
    SELECT p.course->>'title' AS course, m.price, m.currency->>'title' AS currency,
           count(*) FILTER (p.status->>'status_code' = '1') AS confirmed,
           count(*) FILTER (p.status->>'status_code' = '3') AS waiting,
           count(*) FILTER (p.status->>'status_code' IN ('4', '8')) AS deregistered
    FROM tap_frontcore.participants p
    LEFT JOIN tap_frontcore.products m
        ON m.id_type = 2 AND m.id_relation = CAST(p.course->>'id' AS BIGINT)
    GROUP BY ALL ORDER BY confirmed DESC, course LIMIT 6
"""

OWN_KEY = """
The same with a key of your own:

    export TAP_FRONTCORE_API_KEY=…          # from Frontcore, Settings > API
    .venv/bin/tap-frontcore --config=ENV --check
    .venv/bin/meltano install
    .venv/bin/meltano run tap-frontcore target-duckdb
"""


def main() -> int:
    """Run the demo, and clean up after it."""
    customers = generate_customers(CUSTOMERS, odd=True)
    fake = FakeFrontcore(
        customers,
        switches=Switches(order="-updated_at", latency=0.3, rate_limit=5),
        others=generate_account(customers, courses=12, dates=60, participants=900, orders=400),
    )
    with tempfile.TemporaryDirectory() as folder, serve(fake) as url:
        project = MeltanoProject(Path(folder))
        rows = {name: len(fake.tables[table.path]) for name, table in TABLES.items()}
        print(f"A fake Frontcore is at {url}, with {sum(rows.values())} rows in {len(rows)} lists.")
        print("It answers as the API is documented to: 5 requests a second, 0.3 s for each.\n")
        _step(project, url, "install", "tap-frontcore", "target-duckdb")

        _step(project, url, "run", "tap-frontcore", "target-duckdb")
        _show(project, OVERVIEW)

        print("\nIn Frontcore: 2 customers are edited, 1 is added, 1 contact is edited.\n")
        fake.edit(1001, title="Ny Kunde AS", status="Deactivated", idStatus="2")
        fake.edit(1400, phone="+47 99 99 99 99")
        fake.add(customer(5000) | {"title": "Helt Ny AS"})
        fake.edit(next(iter(fake.tables[CONTACTS])), table=CONTACTS, position="Styreleder")
        _step(project, url, "run", "tap-frontcore", "target-duckdb")
        print("  (with each, the row at the bookmark: Frontcore could have saved another there)")
        _show(project, OVERVIEW)

        print("\nWho takes part in which course, and what does it cost?\n")
        _show(project, ANSWER)
    print(OWN_KEY)
    return 0


def _step(project: MeltanoProject, url: str, *args: str) -> None:
    """Run a command of Meltano; show the tap's summaries, or all of it if it fails."""
    command = f"meltano {' '.join(args)}"
    print(f"$ {command}", flush=True)
    started = time.monotonic()
    settings = {"TAP_FRONTCORE_API_URL": url, "TAP_FRONTCORE__SELECT": '["*.*"]'}
    code, output = project.meltano(*args, **settings)
    if code:
        print(output)
        sys.exit(f"`{command}` ended with exit code {code}.")
    for line in output.splitlines():
        _, _, summary = line.partition("Done with ")
        if summary:
            print(f"  {summary}")
    print(f"  ({time.monotonic() - started:.1f} s)")


def _show(project: MeltanoProject, query: str) -> None:
    with duckdb.connect(str(project.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        print(warehouse.sql(query))


if __name__ == "__main__":
    sys.exit(main())
