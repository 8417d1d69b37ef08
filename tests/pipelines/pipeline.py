"""Pipelines into a warehouse, by Meltano or without, and whether what arrived was sent."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.fake_frontcore import FakeFrontcore, Switches, full_account, serve
from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.fake_frontcore.rows import OSLO, customer
from tests.pipelines.warehouses import expected, flattened
from tests.support import persons
from tests.support.cli import catalog_with, config_for, options_for, run_tap
from tests.support.meltano import environment
from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    import signal
    from collections.abc import Collection, Iterable, Mapping

    from tests.fake_frontcore.rows import Row
    from tests.pipelines.warehouses import Warehouse
    from tests.support.meltano import MeltanoProject

ODD_TEXT = "\"Å\" 'b' \\N NULL\t\\\n\r\n\u2028\u0085\u001f 😀 $1 @~ %s :x {} ;--"

REQUESTS = 6
"""At which request a run that is to be killed hangs."""

_numbers = itertools.count(1)

HARD_DELETE: dict[str, Any] = {
    "method": "FULL_TABLE",
    "target": {"hard_delete": True},
    "emit_activate_version_messages": True,
}
"""For `Pipe.run_well`: all is read anew, and the target deletes what doesn't come."""


def load(
    project: MeltanoProject, warehouse: Warehouse, messages: str, **config: Any
) -> tuple[int, str, str]:
    """Let a target load messages.

    Args:
        project: Where the target is installed.
        warehouse: Where it loads to.
        messages: Lines of Singer messages.
        config: More settings of the target than the warehouse's.

    Returns:
        The exit code, and what it printed: states, and the rest.
    """
    config = {**warehouse.preset, **warehouse.config(), **config}
    with tempfile.TemporaryDirectory() as folder:
        options = options_for(Path(folder), {"config": config})
        done = subprocess.run(
            [project.bin(warehouse.target) / warehouse.target, *options],
            cwd=folder,
            env=environment(**warehouse.environment()),
            input=messages,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    return done.returncode, done.stdout, done.stderr


@dataclass
class Pipe:
    """Tap and target without Meltano, which takes longer than both: for what it has no part in."""

    project: MeltanoProject
    """Where the target is installed."""

    warehouse: Warehouse
    url: str
    streams: Collection[str]
    state: dict[str, Any] | None = None

    def run_well(
        self,
        method: str | None = None,
        target: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> str:
        """Run both, from the state that the target printed last.

        Args:
            method: The replication method.
            target: More settings of the target.
            settings: More settings of the tap.

        Returns:
            What the tap logged.
        """
        run = run_tap(
            config_for(self.url, **settings),
            state=self.state,
            catalog=catalog_with(*self.streams, replication_method=method),
        )
        assert run.code == 0, run.stderr
        code, states, log = load(self.project, self.warehouse, run.stdout, **(target or {}))
        assert code == 0, log
        self.state = json.loads(states.splitlines()[-1])
        return run.stderr


class Pipeline:
    """`meltano run`, with a state of its own."""

    def __init__(self, project: MeltanoProject, warehouse: Warehouse, url: str) -> None:
        self.project = project
        self.warehouse = warehouse
        self.arguments = (
            "run", "tap-frontcore", warehouse.target, f"--state-id-suffix=test-{next(_numbers)}",
        )  # fmt: skip
        self.settings = {
            "TAP_FRONTCORE_API_URL": url,
            "TAP_FRONTCORE_REQUESTS_PER_SECOND": "100",
            **{
                f"{warehouse.target.upper().replace('-', '_')}_{name.upper()}": value
                for name, value in warehouse.config().items()
            },
            **warehouse.environment(),
        }

    def run(self, *options: str, **settings: str) -> tuple[int, str]:
        return self.project.meltano(*self.arguments, *options, **self.settings | settings)

    def run_killed(
        self, fake: FakeFrontcore, victim: str, number: signal.Signals, log: Path, *options: str
    ) -> None:
        """Run until a request hangs, and kill one of the processes."""
        hangs = len(fake.asked) + REQUESTS
        fake.faults = dict.fromkeys(range(hangs, hangs + 99), "hang")
        started = self.project.start(*self.arguments, *options, settings=self.settings, log=log)
        try:
            while len(fake.asked) < hangs and started.poll() is None:
                time.sleep(0.05)
            within(started, victim).send_signal(number)
            if victim.startswith("target"):
                fake.closing.set()  # the tap has to write to notice
            assert started.wait(TIMEOUT) != 0, log.read_text(encoding="utf-8")
        finally:
            end_group(started)
            fake.closing.clear()
            fake.faults = {}

    def run_well(self, *options: str, **settings: str) -> str:
        code, output = self.run(*options, **settings)
        assert code == 0, output
        return output


def load_twice(project: MeltanoProject, warehouse: Warehouse) -> FakeFrontcore:
    """Load every list, then what changed, and compare every row and field after each.

    Returns:
        The account as it is now. Some of its rows are of today, and `sync_runs` is loaded too.
    """
    today = datetime.now(OSLO).date()
    fake = full_account(300, odd=True, today=today, switches=Switches(order="-updated_at"))
    with serve(fake) as url:
        pipe = Pipe(project, warehouse, url, (*TABLES, "sync_runs"))
        pipe.run_well()
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
        gone = next(id_ for id_, row in fake.tables["customers"].items() if not is_active(row))
        fake.delete(gone)
        output = pipe.run_well()

    assert_same(fake, warehouse, but=frozenset({gone}), streams=TABLES)
    came = re.findall(r"Done with customers: records=(\d+) ", output)
    assert came in (["4"], ["5"]), "three edited, one new; the one at the bookmark, if it is there"
    return fake


def is_active(customer: Row) -> bool:
    return str(customer["idStatus"]) == "1"


def assert_nobody_arrived(warehouse: Warehouse, *streams: str) -> None:
    """Look for the persons of `persons.account` in tables."""
    for name in streams:
        rows = warehouse.rows(name)
        assert rows
        assert persons.SECRET not in str(rows).casefold(), name


def assert_same(
    fake: FakeFrontcore,
    warehouse: Warehouse,
    *,
    but: frozenset[int] = frozenset(),
    streams: Iterable[str] = DEFAULT,
    flat: bool = False,
) -> None:
    """Compare every row and field.

    Args:
        fake: Where they came from.
        warehouse: Where they went.
        but: The ids that only the warehouse still has.
        streams: Which lists.
        flat: Whether they were flattened, one level deep.
    """
    for name in streams:
        arrived = warehouse.table(name, TABLES[name].key)
        assert arrived.keys() - but == fake.tables[name].keys()
        for id_, row in fake.tables[name].items():
            due = expected(name, fake.switches.shows(name, row))
            if flat:
                due = flattened(name, due)
            if warehouse.empty_text_is_null:
                due = {name: value for name, value in due.items() if value != ""}
            assert arrived[id_] == due


def within(process: subprocess.Popen[bytes], name: str) -> psutil.Process:
    """Find a plugin's process among those that Meltano started."""
    if name == "meltano":
        return psutil.Process(process.pid)
    children = psutil.Process(process.pid).children(recursive=True)
    return next(child for child in children if any(name in part for part in child.cmdline()))


def end_group(started: subprocess.Popen[bytes]) -> None:
    """End what Meltano started and, killed, has left behind."""
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and _session(process) == started.pid:
                process.kill()
        except psutil.NoSuchProcess:
            continue
    started.wait(TIMEOUT)


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return -1
