"""README.md can be followed to the letter: each block of code is run as it stands.

Those of a warehouse, of stream maps and of deleted rows are run in `test_pipelines.py`, where
PostgreSQL is.
"""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import yaml

from tests.fake_frontcore import FakeFrontcore, full_account, serve
from tests.fake_frontcore.app import DEFAULT, TABLES
from tests.pipelines import test_pipelines
from tests.pipelines.pipeline import assert_same
from tests.pipelines.readme import not_taken, run_block, take
from tests.pipelines.warehouses import DuckDB
from tests.support.meltano import MELTANO, ROOT, environment, states
from tests.support.process import run

pytestmark = pytest.mark.xdist_group("pipelines")  # as `test_pipelines`, whose blocks are counted

(TRY_IT,) = take("Try it")
OWN_PROJECT = take("In your own Meltano project")
ALONE = take("The tap alone")
EXAMPLES = ROOT / ".github" / "examples"
WEEKLY = "--full"

MOST_LINES = 300

SET_UP = {
    "config": {"lookback_seconds": 120},
    "metadata": {"participants": {"replication-method": "FULL_TABLE"}},
}
"""What a user has written below the extractor."""

SECOND_ACCOUNT = {"name": "tap-frontcore--sweden", "inherit_from": "tap-frontcore"}


def test_each_block_is_run() -> None:
    forgotten = [f"README.md:{block.line}: no test runs this block" for block in not_taken]

    assert forgotten == []


def test_the_readme_is_short_enough_to_be_read() -> None:
    number = len((ROOT / "README.md").read_text(encoding="utf-8").splitlines())

    assert number <= MOST_LINES


def test_the_commands_of_make_exist() -> None:
    """Not run: `make test` is what runs this test, and `make demo` waits on purpose."""
    pages = [ROOT / name for name in ("README.md", ".github/CONTRIBUTING.md")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)

    named = set(re.findall(r"(?:^|`)make (\w+)(?: +#|`)", text, re.MULTILINE))

    assert {line.split()[1] for line in TRY_IT.text.splitlines()} == {"demo", "test"}
    assert named >= {"demo", "test", "docs", "format", "fuzz"}
    command = ["make", "--dry-run", *named]
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


@pytest.fixture
def fake() -> FakeFrontcore:
    """Make an account with rows in all lists."""
    return full_account(30)


def settings(url: str) -> dict[str, str]:
    """Return the environment that points the tap at a fake; the rest is README's."""
    return environment(TAP_FRONTCORE_API_URL=url, TAP_FRONTCORE_REQUESTS_PER_SECOND="1000")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the DuckDB isn't made for it")
def test_an_own_meltano_project(fake: FakeFrontcore, tmp_path: Path) -> None:
    said: dict[str, str] = {}
    with serve(fake) as url:
        env = settings(url)
        subprocess.run([MELTANO, "init", "own"], cwd=tmp_path, env=env, check=True)
        folder = tmp_path / "own"
        for block in (*OWN_PROJECT, test_pipelines.UPGRADE):
            if block is test_pipelines.UPGRADE:
                with_the_last_releases_definition(folder)
            said[block.text] = run_block(block, folder, env)

    def told(command: str) -> str:
        (output,) = (output for text, output in said.items() if command in text)
        return output

    rows = sum(len(fake.tables[name]) for name in DEFAULT)
    every_row = f"Done: streams={len(DEFAULT)} records={rows} "
    state = states(folder)["dev:tap-frontcore-to-target-duckdb"]
    assert "Plugin configuration is valid" in told("config test")
    assert "The tap's promises hold with this account" in told("--check")
    assert every_row in told("meltano run tap-frontcore")
    assert "30 rows" in told("import duckdb")
    assert state["singer_state"]["bookmarks"].keys() == set(DEFAULT)
    assert every_row in told("--refresh-catalog")
    assert_upgraded(folder)
    warehouse = DuckDB(folder / "output")
    tables = warehouse.query("SELECT table_name AS name FROM duckdb_tables()")
    assert {table["name"] for table in tables} == set(DEFAULT)
    assert_same(fake, warehouse)


def with_the_last_releases_definition(folder: Path) -> None:
    """Make a project one whose extractor was added from the last release, and was set up since."""
    path = folder / "meltano.yml"
    definition = yaml.safe_load(Path(__file__).with_name("plugin-0.2.0.yml").read_text("utf-8"))
    project = yaml.safe_load(path.read_text(encoding="utf-8"))
    (extractor,) = project["plugins"]["extractors"]
    before = definition | {"select": extractor["select"]} | SET_UP
    project["plugins"]["extractors"] = [before, SECOND_ACCOUNT]
    path.write_text(yaml.safe_dump(project), encoding="utf-8")


def assert_upgraded(folder: Path) -> None:
    """Compare a project's definition with that of this version, and look for what a user wrote."""
    project = yaml.safe_load((folder / "meltano.yml").read_text(encoding="utf-8"))
    extractor, second = project["plugins"]["extractors"]
    new = yaml.safe_load((ROOT / "tap_frontcore" / "plugin.yml").read_text(encoding="utf-8"))
    assert extractor["settings"] == new["settings"]
    assert {name: extractor[name] for name in SET_UP} == SET_UP
    assert len(extractor["select"]) == len(DEFAULT), "as chosen before"
    assert second == SECOND_ACCOUNT


def test_the_tap_alone(fake: FakeFrontcore, tmp_path: Path) -> None:
    with serve(fake) as url:
        said = "".join(run_block(block, tmp_path, settings(url)) for block in ALONE)

    came, changed = (
        [
            message["stream"]
            for line in (tmp_path / file).read_text(encoding="utf-8").splitlines()
            if (message := json.loads(line))["type"] == "RECORD"
        ]
        for file in ("output.jsonl", "changes.jsonl")
    )
    assert "The key works" in said
    assert "The tap's promises hold with this account" in said
    assert {name: came.count(name) for name in came} == {
        name: len(fake.tables[name]) for name in DEFAULT
    }
    assert sorted(changed) == sorted(DEFAULT)  # the row at the bookmark


def scheduled() -> dict[str, str]:
    """Return when README's crontab runs what, less where that is."""
    lines = (line.split(maxsplit=5) for line in test_pipelines.CRONTAB.text.splitlines())
    return {
        " ".join(when): command.removeprefix("cd /path/to/the/project && ").partition(" >> ")[0]
        for *when, command in lines
    }


def accounts() -> set[str]:
    """Return the extractors of README's project that aren't for weekly runs."""
    blocks = (test_pipelines.FULL_RUN, test_pipelines.ACCOUNT)
    names = {entry["name"] for block in blocks for entry in yaml.safe_load(block.text)}
    weekly = {name for name in names if name.endswith(WEEKLY)}
    found = {"tap-frontcore", *(names - weekly)}
    assert weekly == {f"{name}{WEEKLY}" for name in found}
    return found


def test_the_dags_run_what_cron_does_for_each_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """With stand-ins for the two names of Airflow, which takes longer to install than all else."""
    operator, sdk = MagicMock(), MagicMock()
    for name in ("airflow", "airflow.providers", "airflow.providers.standard"):
        monkeypatch.setitem(sys.modules, name, MagicMock())
    monkeypatch.setitem(sys.modules, "airflow.providers.standard.operators", MagicMock())
    monkeypatch.setitem(sys.modules, "airflow.providers.standard.operators.bash", operator)
    monkeypatch.setitem(sys.modules, "airflow.sdk", sdk)

    runpy.run_path(str(EXAMPLES / "frontcore_dag.py"))

    dags = [call.kwargs for call in sdk.DAG.call_args_list]
    tasks = [call.kwargs for call in operator.BashOperator.call_args_list]
    due = [
        command.replace("tap-frontcore", account)
        for command in scheduled().values()
        for account in sorted(accounts())
    ]
    assert [dag["schedule"] for dag in dags] == list(scheduled())
    assert [dag["catchup"] for dag in dags] == [False, False]
    assert [task["bash_command"].replace("/path/to/meltano", str(MELTANO)) for task in tasks] == due
    assert {task["cwd"] for task in tasks} == {"/path/to/the/project"}


def test_the_workflow_runs_what_cron_does_for_each_account() -> None:
    path = EXAMPLES / "frontcore.yml"
    command = Path(sys.executable).with_name("check-jsonschema")

    code, output = run(
        [command, "--builtin-schema", "vendor.github-workflows", path], ROOT, environment()
    )

    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    (job,) = workflow["jobs"].values()
    hourly, weekly = scheduled()
    assert code == 0, output
    assert [entry["cron"] for entry in workflow[True]["schedule"]] == [hourly, weekly]  # `on:`
    is_weekly = f"github.event.schedule == '{weekly}'"
    assert job["env"]["FULL"] == f"${{{{ {is_weekly} && '{WEEKLY}' || '' }}}}"
    assert set(job["strategy"]["matrix"]["account"]) == accounts()
    assert job["concurrency"] == "${{ matrix.account }}"
    for when, suffix in ((hourly, ""), (weekly, WEEKLY)):
        shown = job["steps"][-1]["run"].replace('"$ACCOUNT$FULL"', f"tap-frontcore{suffix}")
        assert scheduled()[when].endswith(shown)


def test_the_readme_counts_the_lists_right() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    words = (
        *("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
        *("eleven", "twelve", "thirteen", "fourteen"),
    )
    preview = len(TABLES) - len(DEFAULT)

    assert f"would select all {words[len(TABLES)]}. {words[len(DEFAULT)].title()} are" in readme
    assert f"as a preview courses, participants, orders and [{words[preview - 3]} more]" in readme
    assert f"[{2 * len(DEFAULT)} requests]" in readme
