"""Runs commands of dbt, one after the other, in one process: loading dbt takes four seconds.

It is run by the Python of dbt's own environment. Each argument is a command, such as `test --target
dev`, and gets a line of JSON: the status of each test or source, by its name.
"""

from __future__ import annotations

import json
import sys

from dbt.cli.main import dbtRunner  # type: ignore[import-not-found]

for command in sys.argv[1:]:
    done = dbtRunner().invoke([*command.split(), "--log-level=none"])
    results = done.result.results if done.result else ()
    print(json.dumps({result.node.name: str(result.status) for result in results}), flush=True)
