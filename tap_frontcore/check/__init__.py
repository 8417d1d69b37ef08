"""`--check`: whether the tap's promises hold with an account, asked of the account itself.

It only reads, one request after the other, at most a dozen a stream, and shows no values of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.check.fields import check_fields
from tap_frontcore.check.filters import MAX_FILTER_REQUESTS, check_filters
from tap_frontcore.check.paging import check_pages
from tap_frontcore.check.probe import Finding, Probe
from tap_frontcore.check.report import StreamReport, as_json, is_ok, summary
from tap_frontcore.errors import KeyRejectedError, NoAccessError, NotFoundError, TapError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.streams.base import FrontcoreStream

NOT_ALLOWED = (KeyRejectedError, NoAccessError, NotFoundError)


def check_account(
    client: FrontcoreClient,
    streams: Sequence[FrontcoreStream],
    write: Callable[[str], object],
    *,
    in_json: bool = False,
) -> bool:
    """Find out how an account answers, write it down, and return whether no promise is broken.

    Raises:
        TapError: The key is wrong, or no answer comes at all.
    """
    reports: list[StreamReport] = []
    statuses: list[int] = []
    client.on_response = lambda _endpoint, status, _seconds: statuses.append(status)
    # First those that the key must be allowed, so that no other makes it look wrong.
    for stream in sorted(streams, key=lambda stream: not stream.selected):
        report = StreamReport(stream.name)
        probe = Probe(client, stream)
        try:
            report.findings.extend(_findings(probe, stream))
            report.judge()
        except TapError as error:
            if not statuses or (isinstance(error, KeyRejectedError) and stream.selected):
                raise
            _note(error, stream, report)
        report.requests = probe.requests
        reports.append(report)
        for line in [] if in_json else report.lines():
            write(line)
    write(as_json(reports) if in_json else summary(reports))
    return is_ok(reports)


def _findings(probe: Probe, stream: FrontcoreStream) -> Iterator[Finding]:
    first = probe.page()
    if stream.is_paged:
        probe.reserve = MAX_FILTER_REQUESTS if stream.has_filters else 0
        yield from check_pages(probe, is_incremental=stream.has_filters)
        probe.reserve = 0
    else:
        yield Finding("fact", "rows", f"{len(first)} rows")
    if stream.has_filters:
        yield from check_filters(probe, stream, first)
    if probe.has_doubles:
        yield Finding("broken", "key", "a row has the key of another one, and takes its place")
    if probe.has_not_rows:
        yield Finding("fact", "entries", "some entries are no rows")
    yield from check_fields(stream, probe.seen.values())


def _note(error: TapError, stream: FrontcoreStream, report: StreamReport) -> None:
    """Note that a list can't be read; for a stream that isn't selected, the key may be too weak."""
    if not stream.selected and isinstance(error, NOT_ALLOWED):
        report.findings.append(Finding("fact", "access", error.brief))
        report.word = "no access"
    else:
        stream.logger.warning("%s", error)
        report.findings.append(Finding("broken", "access", error.brief))
        report.judge()
