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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.streams.base import FrontcoreStream

NOT_ALLOWED = (KeyRejectedError, NoAccessError, NotFoundError)

# By the kind of finding; the first one that a stream has decides.
VERDICTS = {"barred": "no access", "broken": "NOT OK", "unsure": "can't tell"}


@dataclass
class Report:
    """What was found out about one stream, as `--check=json` shows it."""

    verdict: str
    requests: int
    findings: list[Finding]

    def lines(self, name: str) -> Iterator[str]:
        """Yield the stream's line, and below it what isn't ok or is new."""
        facts = ", ".join(it.answer for it in self.findings if it.kind in {"barred", "fact"})
        yield f"{name:18} {self.verdict:10} {facts}".rstrip()
        for finding in self.findings:
            if finding.kind in {"broken", "unsure", "new"}:
                yield f"    {finding.question}: {finding.answer}"


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
    client.max_parallel_requests = 1  # so that none is sent in vain
    reports: dict[str, Report] = {}
    # Selected streams come first: once one of them accepts the key, the key isn't wrong.
    for stream in sorted(streams, key=lambda stream: not stream.selected):
        report = reports[stream.name] = _check(client, stream)
        for line in [] if in_json else report.lines(stream.name):
            write(line)
    is_ok = all(report.verdict != VERDICTS["broken"] for report in reports.values())
    write((_as_json if in_json else _summary)(reports, is_ok=is_ok))
    return is_ok


def _check(client: FrontcoreClient, stream: FrontcoreStream) -> Report:
    probe = Probe(client, stream)
    findings: list[Finding] = []
    try:
        findings.extend(check_pages(probe))
        if stream.has_filters:
            findings.extend(check_filters(probe))
        findings.extend(check_fields(stream, probe.rows))
    except TapError as error:
        is_key_wrong = stream.selected and isinstance(error, KeyRejectedError)
        has_no_answer = client.started_at is None
        if is_key_wrong or has_no_answer:
            raise
        # The key needs no access to a stream that isn't selected.
        is_barred = not stream.selected and isinstance(error, NOT_ALLOWED)
        if not is_barred:
            stream.logger.warning("%s", error)
        findings.append(Finding("barred" if is_barred else "broken", "access", error.brief))
    kinds = {finding.kind for finding in findings}
    verdict = next((VERDICTS[kind] for kind in VERDICTS if kind in kinds), "ok")
    return Report(verdict, probe.requests, findings)


def _as_json(reports: Mapping[str, Report], *, is_ok: bool) -> str:
    found = {name: asdict(report) for name, report in reports.items()}
    content = {"tap-frontcore": version("tap-frontcore"), "ok": is_ok, "streams": found}
    return json.dumps(content, indent=2)


def _summary(reports: Mapping[str, Report], *, is_ok: bool) -> str:
    """Say no more than the lines of the streams: name what isn't settled."""
    count = sum(report.requests for report in reports.values())
    if not is_ok:
        return f"Not all of the tap's promises hold with this account ({count} requests)."
    unsettled = ", ".join(
        f"the {finding.question} of {name}"
        for name, report in reports.items()
        for finding in report.findings
        if finding.kind == "unsure"
    )
    if unsettled:
        return f"Nothing is broken, as far as {count} requests can tell. Not settled: {unsettled}."
    return f"The tap's promises hold with this account, as far as {count} requests can tell."
