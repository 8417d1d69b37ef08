"""Showing what `--check` has found."""

from __future__ import annotations

import json
from importlib.metadata import version
from textwrap import fill
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_frontcore.check.asking import Finding

WIDTH = 96
MARKS = {True: "ok", False: "NOT OK", None: "-"}


def as_json(findings: dict[str, list[Finding]]) -> str:
    """Write what was found for a bug report: an object with a list for each stream."""
    found = {name: [finding._asdict() for finding in each] for name, each in findings.items()}
    return json.dumps({"tap-frontcore": version("tap-frontcore"), **found}, indent=2)


def as_table(findings: dict[str, list[Finding]]) -> str:
    """Write what was found for a person to read."""
    lines = []
    for name, each in findings.items():
        lines += ["", name, "=" * len(name)]
        for finding in each:
            found = f"{MARKS[finding.holds]:7}{finding.question}: {finding.found}"
            lines.append(fill(found, WIDTH, subsequent_indent=" " * 9))
            why = " -> ".join(filter(None, (finding.how, finding.meaning)))
            if why:
                lines.append(fill(why, WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9))
    verdict = "The tap's promises hold with this account, as far as it could be told."
    if not holds(findings):
        verdict = "Something that the tap rests on does not hold: see NOT OK above."
    return "\n".join([*lines[1:], "", verdict])


def holds(findings: dict[str, list[Finding]]) -> bool:
    """Tell whether nothing was found that the tap's promises don't hold with."""
    return all(finding.holds is not False for each in findings.values() for finding in each)
