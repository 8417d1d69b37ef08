"""The demo: invented customers go through Meltano into DuckDB, twice."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import duckdb

from tests.fake_frontcore import FakeFrontcore, Switches, generate_customers, serve
from tests.fake_frontcore.app import CONTACTS
from tests.fake_frontcore.rows import customer
from tests.meltano import MeltanoProject

CUSTOMERS = 2000

OVERVIEW = """
    SELECT c.title AS customer, c.country->>'code' AS country, c.status,
           strftime(c.updated_at, '%Y-%m-%d %H:%M') AS updated_at_utc,
           count(p.id) AS contacts, min(p.firstname || ' ' || p.lastname) AS one_of_them
    FROM tap_frontcore.customers c
    LEFT JOIN tap_frontcore.customer_contacts p ON p.customer_id = c.id
    GROUP BY ALL ORDER BY updated_at_utc DESC LIMIT 6
"""

OWN_KEY = """
The same with a key of your own:

    export TAP_FRONTCORE_API_KEY=…          # from Frontcore, Settings > API
    .venv/bin/meltano install
    .venv/bin/meltano run tap-frontcore target-duckdb
"""


def main() -> int:
    """Run the demo, and clean up after it."""
    fake = FakeFrontcore(
        generate_customers(CUSTOMERS, odd=True),
        switches=Switches(order="-updated_at", latency=0.3, rate_limit=5),
    )
    with tempfile.TemporaryDirectory() as folder, serve(fake) as url:
        project = MeltanoProject(Path(folder))
        contacts = len(fake.tables[CONTACTS])
        print(f"A fake Frontcore with {CUSTOMERS} customers and {contacts} contacts is at {url}.")
        print("It answers as the API is documented to: 5 requests a second, 0.3 s for each.\n")
        _step(project, url, "install", "tap-frontcore", "target-duckdb")

        _step(project, url, "run", "tap-frontcore", "target-duckdb")
        _show(project)

        print("\nIn Frontcore: 2 customers are edited, 1 is added, 1 contact is edited.\n")
        fake.edit(1001, title="Ny Kunde AS", status="Deactivated", idStatus="2")
        fake.edit(1700, phone="+47 99 99 99 99")
        fake.add(customer(5000) | {"title": "Helt Ny AS"})
        fake.edit(next(iter(fake.tables[CONTACTS])), table=CONTACTS, position="Styreleder")
        _step(project, url, "run", "tap-frontcore", "target-duckdb")
        print("  (with each, the row at the bookmark: Frontcore could have saved another there)")
        _show(project)
    print(OWN_KEY)
    return 0


def _step(project: MeltanoProject, url: str, *args: str) -> None:
    """Run a command of Meltano; show the tap's summaries, or all of it if it fails."""
    command = f"meltano {' '.join(args)}"
    print(f"$ {command}", flush=True)
    started = time.monotonic()
    code, output = project.meltano(*args, TAP_FRONTCORE_API_URL=url)
    if code:
        print(output)
        sys.exit(f"`{command}` ended with exit code {code}.")
    for line in output.splitlines():
        _, _, summary = line.partition("Done with ")
        if summary:
            print(f"  {summary}")
    print(f"  ({time.monotonic() - started:.1f} s)")


def _show(project: MeltanoProject) -> None:
    with duckdb.connect(str(project.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        for table in ("customers", "customer_contacts"):
            rows = warehouse.execute(f"SELECT id FROM tap_frontcore.{table}").fetchall()  # noqa: S608
            print(f"  in the warehouse: {len(rows)} rows in {table}")
        print(warehouse.sql(OVERVIEW))


if __name__ == "__main__":
    sys.exit(main())
