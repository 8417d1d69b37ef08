"""The demo: an invented account goes through Meltano into DuckDB, twice."""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb

from tests.fake_frontcore import Switches, full_account, serve
from tests.fake_frontcore.rows import DEMO_CUSTOMERS, DEMO_SIZES, OSLO, customer
from tests.support.meltano import MeltanoProject

EVERYTHING = '["*.*"]'

POPULAR_COURSES = """
    SELECT p.course->>'title' AS course, m.price, m.currency->>'title' AS currency,
           count(*) FILTER (p.status->>'status_code' = '1') AS confirmed,
           count(*) FILTER (p.status->>'status_code' = '3') AS waiting,
           count(*) FILTER (p.status->>'status_code' = '4') AS deregistered,
           min(d.start_at) FILTER (CAST(d.start_at AS DATE) > current_date) AS next_time
    FROM tap_frontcore.participants p
    LEFT JOIN tap_frontcore.course_dates d
        ON d.coursedate_id = CAST(p.coursedate->>'id' AS BIGINT)
    LEFT JOIN tap_frontcore.products m
        ON m.id_type = 2 AND m.id_relation = CAST(p.course->>'id' AS BIGINT)
    GROUP BY ALL ORDER BY confirmed DESC, course LIMIT 6
"""

LATEST_CUSTOMERS = """
    SELECT c.title AS customer, c.country->>'code' AS country, c.status,
           strftime(c.updated_at, '%Y-%m-%d %H:%M') AS updated_at_utc,
           count(p.id) AS contacts, min(p.firstname || ' ' || p.lastname) AS one_of_them
    FROM tap_frontcore.customers c
    LEFT JOIN tap_frontcore.customer_contacts p ON p.customer_id = c.id
    GROUP BY ALL ORDER BY updated_at_utc DESC LIMIT 6
"""

OWN_KEY = f"""
The same with a key of your own, from Frontcore, Settings > API:

    export TAP_FRONTCORE_API_KEY=…
    export TAP_FRONTCORE__SELECT='{EVERYTHING}'       # all lists, as here
    .venv/bin/tap-frontcore --config=ENV --check
    .venv/bin/meltano install tap-frontcore target-duckdb
    .venv/bin/meltano run tap-frontcore target-duckdb

and to look into it:

    .venv/bin/python -c 'import duckdb
    warehouse = duckdb.connect("warehouse.duckdb", read_only=True)
    warehouse.sql("FROM tap_frontcore.customers").show()'
"""


def main() -> int:
    """Run the demo, and clean up after it."""
    fake = full_account(
        DEMO_CUSTOMERS,
        today=datetime.now(OSLO).date(),
        sizes=DEMO_SIZES,
        switches=Switches(order="-updated_at", latency=0.3, rate_limit=5),
    )
    with tempfile.TemporaryDirectory() as folder, serve(fake) as url:
        project = MeltanoProject(Path(folder))
        rows = [len(table) for table in fake.tables.values()]
        print(f"A fake Frontcore is at {url}, with {sum(rows)} rows in {len(rows)} lists.")
        print("It answers as the API is documented to: 5 requests a second, 0.3 s for each.\n")
        _meltano(project, url, "install", "tap-frontcore", "target-duckdb")

        output = _meltano(project, url, "run", "tap-frontcore", "target-duckdb")
        print("\nWho takes part in which course, what it costs, and when it is held next:\n")
        _show(project, POPULAR_COURSES)
        print("The customers that changed last:\n")
        _show(project, LATEST_CUSTOMERS)
        _show_log(output)

        print("\nIn Frontcore: 2 customers are edited, 1 is added, 1 contact is edited.\n")
        fake.edit(1001, title="Ny Kunde AS", status="Deactivated", idStatus="2")
        fake.edit(1400, phone="+47 99 99 99 99")
        fake.add(customer(5000) | {"title": "Helt Ny AS"})
        contact = next(iter(fake.tables["customer_contacts"]))
        fake.edit(contact, stream="customer_contacts", position="Styreleder")
        output = _meltano(project, url, "run", "tap-frontcore", "target-duckdb")
        print()
        _show(project, LATEST_CUSTOMERS)
        _show_log(output)
        print("  (with what changed comes the row at the bookmark: Frontcore could have saved")
        print("  another one there; a list without filters by time comes whole)")
    print(OWN_KEY)
    return 0


def _meltano(project: MeltanoProject, url: str, *args: str) -> str:
    """Run a command of Meltano, and return what it logged; show that and end if it fails."""
    command = f"meltano {' '.join(args)}"
    print(f"$ {command}", end="", flush=True)
    started = time.monotonic()
    settings = {"TAP_FRONTCORE_API_URL": url, "TAP_FRONTCORE__SELECT": EVERYTHING}
    code, output = project.meltano(*args, **settings)
    print(f"   ({time.monotonic() - started:.1f} s)")
    if code:
        print(output)
        sys.exit(f"`{command}` ended with exit code {code}.")
    return output


def _show(project: MeltanoProject, query: str) -> None:
    with duckdb.connect(str(project.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        print(warehouse.sql(query))


def _show_log(output: str) -> None:
    print("What the tap said of it:\n")
    for line in output.splitlines():
        _, _, summary = line.partition("Done with ")
        if summary:
            print(f"  {summary}")


if __name__ == "__main__":
    sys.exit(main())
