"""Measure the tap beside the smallest one, and write a table and a picture of it."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from matplotlib import rcParams
from matplotlib.figure import Figure

from tests.fake_frontcore import API_KEY, FakeFrontcore, Switches, generate_customers, serve
from tests.support.cli import TAP, catalog_with, options_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
LATENCIES = (0.0, 0.2, 0.5, 1.0)
LIMIT = 5
"""Requests that Frontcore allows in a second."""

ACCOUNTS = (1, 4, 10)

LATENCY = f"""\
Measured on {{machine}}, with `make bench`. 10 000 customers, under a limit of {LIMIT} requests a second:

| latency | tap-frontcore | of the limit | at `requests_per_second: 5` | of the limit | smallest tap | of the limit |
|---|---|---|---|---|---|---|"""  # noqa: E501
COST = """
Without a limit and without latency:

| | CPU per 100 000 rows | peak memory, 10 000 rows | peak memory, 100 000 rows | a run in which nothing changed |
|---|---|---|---|---|"""  # noqa: E501
SIDE_BY_SIDE = f"""
Accounts side by side, each with 10 000 customers and its limit of {LIMIT} a second:

| accounts | seconds | rows per second, together | CPU seconds of an account |
|---|---|---|---|"""

SMALLEST = [sys.executable, "-m", "tests.benchmark.smallest_tap"]


@dataclass
class Measured:
    """One run of a tap."""

    rows: int
    requests: int
    seconds: float
    """From the first request to the end of the process."""

    cpu_seconds: float
    peak_megabytes: float
    state: dict[str, Any]


def measure(fake: FakeFrontcore, command: list[str], files: Mapping[str, Any]) -> Measured:
    """Run a tap against a fake, in a process of its own.

    Args:
        fake: Served by this process.
        command: Without its options.
        files: What to give it as `--config` and so on.
    """
    fake.asked.clear()
    with tempfile.TemporaryDirectory() as folder:
        options = options_for(Path(folder), files)
        output = Path(folder, "output.jsonl")
        with output.open("wb") as stdout, Path(folder, "log").open("wb") as stderr:
            process = psutil.Popen([*command, *options], stdout=stdout, stderr=stderr)
            peak, cpu_seconds = 0, 0.0
            while process.poll() is None:
                with contextlib.suppress(psutil.Error):
                    times = process.cpu_times()
                    cpu_seconds = times.user + times.system
                    peak = max(peak, process.memory_info().rss)
                time.sleep(0.01)
        ended = time.monotonic()
        if process.returncode:
            sys.exit(Path(folder, "log").read_text(encoding="utf-8"))
        rows = 0
        state = {}
        with output.open(encoding="utf-8") as lines:
            for line in lines:
                rows += '"type":"RECORD"' in line
                if line.startswith('{"type":"STATE"'):
                    state = json.loads(line)["value"]
    return Measured(
        rows,
        len(fake.asked),
        ended - fake.asked[0].at,
        cpu_seconds,
        peak / 2**20,
        state,
    )


def accounts() -> Iterator[str]:
    """Measure several accounts side by side, and yield the lines of a table."""
    yield SIDE_BY_SIDE
    catalog = catalog_with("customers")
    for count in ACCOUNTS:
        switches = Switches(latency=0.2, rate_limit=LIMIT)
        fakes = [
            FakeFrontcore(generate_customers(10_000), [], switches=switches) for _ in range(count)
        ]
        with contextlib.ExitStack() as stack, ThreadPoolExecutor(count) as pool:
            urls = [stack.enter_context(serve(fake)) for fake in fakes]
            files = [
                {"config": {"api_key": API_KEY, "api_url": url}, "catalog": catalog} for url in urls
            ]
            began = time.monotonic()
            measured = list(pool.map(measure, fakes, [[str(TAP)]] * count, files))
            seconds = time.monotonic() - began
        rows = sum(one.rows for one in measured)
        cpu = sum(one.cpu_seconds for one in measured) / count
        line = f"| {count} | {seconds:.1f} | {rows / seconds:.0f} | {cpu:.1f} |"
        print(line, flush=True)
        yield line


def draw(speeds: dict[str, list[float]]) -> None:
    """Draw rows per second against latency."""
    rcParams["svg.fonttype"] = "none"
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    for name, values in speeds.items():
        axes.plot([latency * 1000 for latency in LATENCIES], values, marker="o", label=name)
    axes.set(
        xlabel="latency of an answer, ms",
        ylabel="rows per second",
        title=f"10 000 customers under a limit of {LIMIT} requests a second",
        ylim=(0, None),
    )
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(HERE / "rows_per_second.svg", metadata={"Date": None})


def main() -> None:
    """Measure everything, and write it beside this file."""
    catalog = catalog_with("customers")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [LATENCY.format(machine=machine)]
    speeds: dict[str, list[float]] = {"tap-frontcore": [], "at 5 a second": [], "smallest tap": []}
    for latency in LATENCIES:
        cells = [f"{latency * 1000:.0f} ms"]
        switches = Switches(latency=latency, rate_limit=LIMIT)
        fake = FakeFrontcore(generate_customers(10_000), [], switches=switches)
        with serve(fake) as url:
            config = {"api_key": API_KEY, "api_url": url}
            at_5 = config | {"requests_per_second": LIMIT}
            for name, command, files in (
                ("tap-frontcore", [str(TAP)], {"config": config, "catalog": catalog}),
                ("at 5 a second", [str(TAP)], {"config": at_5, "catalog": catalog}),
                ("smallest tap", SMALLEST, {"config": config}),
            ):
                measured = measure(fake, command, files)
                speed = measured.rows / measured.seconds
                speeds[name].append(round(speed))
                share = measured.requests / measured.seconds / LIMIT
                cells += [f"{speed:.0f} rows/s", f"{share:.0%}"]
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)

    lines.append(COST)
    few, many = (FakeFrontcore(generate_customers(count), []) for count in (10_000, 100_000))
    with serve(few) as few_url, serve(many) as many_url:
        for name, command, extra in (
            ("tap-frontcore", [str(TAP)], {"catalog": catalog}),
            ("smallest tap", SMALLEST, {}),
        ):
            pace = {} if command == SMALLEST else {"requests_per_second": 1000}
            few_config = {"api_key": API_KEY, "api_url": few_url} | pace
            many_config = few_config | {"api_url": many_url}
            first = measure(few, command, {"config": few_config, **extra})
            again = measure(few, command, {"config": few_config, "state": first.state, **extra})
            large = measure(many, command, {"config": many_config, **extra})
            lines.append(
                f"| {name} | {large.cpu_seconds * 100_000 / large.rows:.1f} s "
                f"| {first.peak_megabytes:.0f} MB | {large.peak_megabytes:.0f} MB "
                f"| {again.seconds:.2f} s, {again.requests} requests |"
            )
            print(lines[-1], flush=True)

    lines += accounts()
    (HERE / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    draw(speeds)
    print(f"Written to {HERE.relative_to(Path.cwd())}/results.md and rows_per_second.svg.")


if __name__ == "__main__":
    main()
