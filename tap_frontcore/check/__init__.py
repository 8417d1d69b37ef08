"""`--check`: find out whether the tap's promises hold with an account.

It only reads, one request after the other, at most a dozen a stream, and shows no values of rows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from tap_frontcore.check.bounds import check_filters
from tap_frontcore.check.columns import check_fields
from tap_frontcore.check.probe import Finding, Probe, check_pages
from tap_frontcore.errors import KeyRejectedError, NoAccessError, NotFoundError, TapError
from tap_frontcore.singer.names import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.streams.base import FrontcoreStream

NOT_ALLOWED = (KeyRejectedError, NoAccessError, NotFoundError)


@dataclass
class Report:
    """What was found out about one stream, as `--check=json` shows it."""

    verdict: str
    requests: int
    findings: list[Finding]

    def lines(self, name: str) -> Iterator[str]:
        """Yield the stream's line, and below it what isn't ok or is new."""
        facts = ", ".join(finding.answer for finding in self.findings if finding.kind == "fact")
        yield f"{name:18} {self.verdict:10} {facts}".rstrip()
        for finding in self.findings:
            if finding.kind in {"broken", "unsure", "new"}:
                topic = f"{finding.question}: " if finding.kind == "new" else ""
                yield f"    {topic}{escaped(finding.answer)}"


def check_account(
    client: FrontcoreClient,
    streams: Sequence[FrontcoreStream],
    write: Callable[[str], object],
    *,
    in_json: bool = False,
) -> bool:
    """Check each stream, write the findings, and return whether no promise is broken.

    Raises:
        TapError: The key is wrong, or the API doesn't answer at all.
    """
    reports: dict[str, Report] = {}
    statuses: list[int] = []
    client.on_response = lambda _endpoint, status, _seconds: statuses.append(status)
    # Selected streams come first: once one of them accepts the key, the key isn't wrong.
    for stream in sorted(streams, key=lambda stream: not stream.selected):
        probe, lacks_access = Probe(client, stream), False
        findings: list[Finding] = []
        try:
            findings.extend(_findings(probe))
        except TapError as error:
            if not statuses or (isinstance(error, KeyRejectedError) and stream.selected):
                raise
            # The key needs no access to a stream that isn't selected.
            lacks_access = isinstance(error, NOT_ALLOWED) and not stream.selected
            if not lacks_access:
                stream.logger.warning("%s", error)
            findings.append(Finding("fact" if lacks_access else "broken", "access", error.brief))
        kinds = {finding.kind for finding in findings}
        verdict = "NOT OK" if "broken" in kinds else "can't tell" if "unsure" in kinds else "ok"
        report = Report("no access" if lacks_access else verdict, probe.requests, findings)
        reports[stream.name] = report
        for line in [] if in_json else report.lines(stream.name):
            write(line)
    is_ok = all(report.verdict != "NOT OK" for report in reports.values())
    found = {name: asdict(report) for name, report in reports.items()}
    content = {"tap-frontcore": version("tap-frontcore"), "ok": is_ok, "streams": found}
    count = sum(report.requests for report in reports.values())
    good = f"The tap's promises hold with this account, as far as {count} requests can tell."
    bad = f"Not all of the tap's promises hold with this account ({count} requests)."
    write(json.dumps(content, indent=2) if in_json else good if is_ok else bad)
    return is_ok


def _findings(probe: Probe) -> Iterator[Finding]:
    yield from check_pages(probe)
    if probe.stream.has_filters:
        yield from check_filters(probe)
    if probe.has_doubles:
        yield Finding("broken", "key", "a row has the key of another one, and takes its place")
    yield from check_fields(probe.stream, probe.seen.values())
