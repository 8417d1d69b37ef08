"""Airflow's DAGs for a Meltano project: put this file into the folder `dags`.

`frontcore` loads each hour what changed. `frontcore_full` reads everything each week, so that the
target deletes the rows that are gone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

PROJECT = "/path/to/the/project"
MELTANO = "/path/to/meltano"
ACCOUNTS = ["tap-frontcore", "tap-frontcore--sweden"]


def add_dag(name: str, schedule: str, suffix: str = "") -> None:
    """Make a DAG with a task for each account."""
    with DAG(
        name,
        schedule=schedule,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        max_active_tasks=4,
    ):
        for account in ACCOUNTS:
            # The runs of an account wait for each other. The lock holds on one machine: with
            # several workers, give each account a pool with one slot instead.
            lock = f"flock .meltano/{account}.lock"
            BashOperator(
                task_id=account,
                bash_command=f"{lock} {MELTANO} run {account}{suffix} target-postgres",
                cwd=PROJECT,
                retries=2,
                retry_delay=timedelta(minutes=10),
            )


add_dag("frontcore", "17 * * * *")
add_dag("frontcore_full", "47 3 * * 0", "--full")
