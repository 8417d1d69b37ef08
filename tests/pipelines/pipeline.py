"""A pipeline: `meltano run` into a warehouse, and whether what arrived is what was sent."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

import psutil

from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.pipelines.warehouses import expected, flattened
from tests.support.process import SECONDS

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterable

    from tests.fake_frontcore import FakeFrontcore
    from tests.pipelines.warehouses import Warehouse
    from tests.support.meltano import MeltanoProject

_numbers = itertools.count(1)


class Pipeline:
    """A pipeline with a state of its own."""

    def __init__(self, project: MeltanoProject, warehouse: Warehouse, url: str) -> None:
        self.project = project
        self.warehouse = warehouse
        self.arguments = (
            "run", "tap-frontcore", warehouse.target, f"--state-id-suffix=test-{next(_numbers)}",
        )  # fmt: skip
        self.settings = {
            "TAP_FRONTCORE_API_URL": url,
            "TAP_FRONTCORE_REQUESTS_PER_SECOND": "100",
            **warehouse.settings(),
        }

    def run(self, *options: str, **settings: str) -> tuple[int, str]:
        return self.project.meltano(*self.arguments, *options, **self.settings | settings)

    def run_well(self, *options: str, **settings: str) -> str:
        code, output = self.run(*options, **settings)
        assert code == 0, output
        return output


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
        table = TABLES[name]
        arrived = warehouse.table(name, table.key)
        assert arrived.keys() - but == fake.tables[table.path].keys()
        for id_, row in fake.tables[table.path].items():
            due = expected(name, row)
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
    started.wait(SECONDS)


def _session(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except ProcessLookupError:
        return -1
