"""Showing what `--check` finds: for people as soon as it is known, or as one JSON object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_frontcore.check.probe import Finding


@dataclass
class ListReport:
    """What was found out about one list."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    requests: int = 0
    word: str = "stopped"
    """The verdict: "ok", "NOT OK", "can't tell", or "no access". It was "stopped" before."""

    def judge(self) -> None:
        """Give the verdict that the findings make."""
        kinds = {found.kind for found in self.findings}
        self.word = "NOT OK" if "broken" in kinds else "can't tell" if "unsure" in kinds else "ok"

    def lines(self) -> Iterator[str]:
        """Yield a line, and below it what isn't ok, and what is new."""
        facts = ", ".join(found.answer for found in self.findings if found.kind == "fact")
        yield f"{self.name:18} {self.word:10} {facts}".rstrip()
        for found in self.findings:
            if found.kind in {"broken", "unsure", "new"}:
                topic = f"{found.question}: " if found.kind == "new" else ""
                yield f"    {topic}{escape(found.answer)}"


def is_ok(reports: Sequence[ListReport]) -> bool:
    """Return whether all was asked, and nothing found that breaks a promise of the tap."""
    return not {"NOT OK", "stopped"}.intersection(report.word for report in reports)


def summary(reports: Sequence[ListReport]) -> str:
    """Say in a line what was found."""
    requests = sum(report.requests for report in reports)
    if is_ok(reports):
        return f"The tap's promises hold with this account, as far as {requests} requests can tell."
    return f"Not all of the tap's promises hold with this account ({requests} requests)."


def as_json(reports: Sequence[ListReport]) -> str:
    """Write all that was found, for a bug report, as an object."""
    lists = {
        report.name: {
            "verdict": report.word,
            "requests": report.requests,
            "findings": [found._asdict() for found in report.findings],
        }
        for report in reports
    }
    content = {"tap-frontcore": version("tap-frontcore"), "ok": is_ok(reports), "lists": lists}
    return json.dumps(content, indent=2)


def escape(text: str) -> str:
    """Escape what a terminal takes for more than text, in names that an account may have made."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
