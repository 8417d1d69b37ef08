"""Showing what `--check` finds: for people as soon as it is known, or as one JSON object."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

from tap_frontcore.singer.names import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_frontcore.check.probe import Finding


@dataclass
class StreamReport:
    """What was found out about one stream."""

    name: str
    findings: list[Finding] = field(default_factory=list)
    requests: int = 0
    word: str = ""
    """The verdict: "ok", "NOT OK", "can't tell", or "no access"."""

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
                yield f"    {topic}{escaped(found.answer)}"


def is_ok(reports: Sequence[StreamReport]) -> bool:
    """Return whether nothing was found that breaks a promise of the tap."""
    return all(report.word != "NOT OK" for report in reports)


def summary(reports: Sequence[StreamReport]) -> str:
    """Say in a line what was found."""
    requests = sum(report.requests for report in reports)
    if is_ok(reports):
        return f"The tap's promises hold with this account, as far as {requests} requests can tell."
    return f"Not all of the tap's promises hold with this account ({requests} requests)."


def as_json(reports: Sequence[StreamReport]) -> str:
    """Write all that was found, for a bug report, as an object."""
    streams = {
        report.name: {
            "verdict": report.word,
            "requests": report.requests,
            "findings": [found._asdict() for found in report.findings],
        }
        for report in reports
    }
    content = {"tap-frontcore": version("tap-frontcore"), "ok": is_ok(reports), "streams": streams}
    return json.dumps(content, indent=2)
