"""`--check`: whether the tap's promises hold with an account, asked of the account itself.

It only reads, one request after the other, at most a dozen a list, and shows no values of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.check.fields import check_fields
from tap_frontcore.check.filters import FOR_FILTERS, check_filters
from tap_frontcore.check.paging import check_paging, find_order
from tap_frontcore.check.probe import Finding, Probe
from tap_frontcore.check.report import ListReport, as_json, summary
from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    NotFoundError,
    RefusedError,
    TapError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.streams.base import FrontcoreStream

MEANINGS: tuple[tuple[type[TapError], str], ...] = (
    (KeyRejectedError, "the key has no access: have it allowed, or deselect the stream"),
    (NoAccessError, "the key has no access: have it allowed, or deselect the stream"),
    (NotFoundError, "there is nothing at its path: check api_url, or deselect the stream"),
    (RefusedError, "a request that the tap needs is turned down"),
    (TapError, "no good answer came, also after all tries"),
)


def check_account(
    client: FrontcoreClient,
    streams: Sequence[FrontcoreStream],
    write: Callable[[str], object],
    *,
    in_json: bool = False,
) -> bool:
    """Find out how an account answers, and write it down.

    Args:
        client: The conversation with the API.
        streams: Whose lists to look into.
        write: Takes a line at a time, as soon as it is known; JSON in one piece.
        in_json: Whether to write JSON.

    Returns:
        Whether nothing was found with which the tap's promises don't hold.

    Raises:
        TapError: The key is wrong, or no answer comes at all.
    """
    reports: list[ListReport] = []
    answers: list[int] = []
    client.on_response = lambda _list, status, _seconds: answers.append(status)
    try:
        # First those that the key must be allowed, so that no other makes it look wrong.
        for stream in sorted(streams, key=lambda stream: not stream.selected):
            report = ListReport(stream.name)
            reports.append(report)
            try:
                _check_list(client, stream, report)
            except TapError as error:
                if not answers or (isinstance(error, KeyRejectedError) and stream.selected):
                    raise
                _note(error, stream, report)
            report.is_done = True
            if not in_json:
                _write_lines(report, write)
        if not in_json:
            write(summary(reports))
    finally:  # also where a signal ends it
        if in_json and answers:
            write(as_json(reports))
        elif reports and not reports[-1].is_done and reports[-1].findings:
            _write_lines(reports[-1], write)
    return not any(report.is_broken for report in reports)


def _check_list(client: FrontcoreClient, stream: FrontcoreStream, report: ListReport) -> None:
    probe = Probe(client, stream)
    try:
        for finding in _findings(probe, stream):
            report.findings.append(finding)
    finally:
        report.requests = probe.requests


def _findings(probe: Probe, stream: FrontcoreStream) -> Iterator[Finding]:
    first = probe.page()
    if stream.is_paged:
        reserve = FOR_FILTERS if stream.has_filters else 0
        yield from check_paging(probe, is_incremental=stream.has_filters, reserve=reserve)
    else:
        yield Finding("fact", "rows", f"{len(first)} rows")
    yield Finding("fact", "order", find_order(stream.endpoint.key, first))
    if stream.has_filters:
        yield from check_filters(probe, stream, first)
    if probe.has_doubles:
        yield Finding("broken", "key", "rows have the key of another one, and take its place")
    if probe.has_not_rows:
        yield Finding("fact", "entries", "some entries are no rows")
    yield from check_fields(stream, probe.seen.values())


def _note(error: TapError, stream: FrontcoreStream, report: ListReport) -> None:
    """Take down what kind of error it was; its own words, which may tell the account, are logged.

    What a user would have to select first, the key need not be allowed.
    """
    meaning = next(text for kind, text in MEANINGS if isinstance(error, kind))
    report.is_read = not isinstance(error, (KeyRejectedError, NoAccessError, NotFoundError))
    if report.is_read or stream.selected:
        report.findings.append(Finding("broken", "allowed", meaning))
        stream.logger.warning("%s", error)
    else:
        report.findings.append(Finding("fact", "allowed", meaning))


def _write_lines(report: ListReport, write: Callable[[str], object]) -> None:
    for line in report.lines():
        write(line)
