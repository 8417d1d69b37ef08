"""Showing what `--check` finds: for people as soon as it is known, or as one JSON object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_frontcore.check.probe import Finding

NAME_WIDTH = 18


@dataclass
class ListReport:
    """What was found out of one list."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    requests: int = 0
    is_read: bool = True
    """Whether the key may read it."""

    is_done: bool = False
    """Whether all was asked."""

    @property
    def is_broken(self) -> bool:
        """Whether the tap's promise doesn't hold for it."""
        return any(finding.kind == "broken" for finding in self.findings)

    @property
    def word(self) -> str:
        """The verdict."""
        if self.is_broken:
            return "NOT OK"
        return "-" if not self.is_read else "ok" if self.is_done else "stopped"

    def lines(self) -> Iterator[str]:
        """Yield a line, and below it what isn't ok, and what is new."""
        facts = ", ".join(it.answer for it in self.findings if it.kind == "fact" and it.answer)
        yield f"{self.name:{NAME_WIDTH}} {self.word:7} {facts}".rstrip()
        for finding in self.findings:
            if finding.kind == "broken":
                yield f"    {printable(finding.answer)}"
            elif finding.kind == "new":
                yield f"    {finding.question}: {printable(finding.answer)}"


def summary(reports: Sequence[ListReport]) -> str:
    """Say in a line what was found."""
    requests = sum(report.requests for report in reports)
    if broken := [report.name for report in reports if report.is_broken]:
        return f"NOT OK: {', '.join(broken)}. {requests} requests."
    return f"The tap's promises hold with this account, as far as {requests} requests can tell."


def as_json(reports: Sequence[ListReport]) -> str:
    """Write all that was found, for a bug report.

    Returns:
        An object: the tap's version, whether its promises hold, and of each list the findings.
    """
    lists = {
        report.name: {
            "verdict": report.word,
            "requests": report.requests,
            "findings": [finding._asdict() for finding in report.findings],
        }
        for report in reports
    }
    is_ok = not any(report.is_broken for report in reports)
    content = {"tap-frontcore": version("tap-frontcore"), "ok": is_ok, "lists": lists}
    return json.dumps(content, indent=2)


def printable(text: str) -> str:
    """Escape what a terminal wouldn't show, in names that the account made up."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
