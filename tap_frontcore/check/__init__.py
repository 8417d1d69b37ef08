"""`--check`: whether the tap's promises hold with an account, asked of the account itself.

It only reads, one request after the other, at most a dozen a list, and shows no values of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.check.fields import check_fields
from tap_frontcore.check.filters import MAX_FILTER_REQUESTS, check_filters
from tap_frontcore.check.paging import check_pages, find_order
from tap_frontcore.check.probe import Finding, Probe
from tap_frontcore.check.report import ListReport, as_json, is_ok, summary
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

MEANINGS: dict[type[TapError], str] = {
    KeyRejectedError: "the key has no access: have it allowed, or deselect the stream",
    NoAccessError: "the key has no access: have it allowed, or deselect the stream",
    NotFoundError: "there is nothing at its path: check api_url, or deselect the stream",
    RefusedError: "a request that the tap needs is turned down",
    TapError: "no good answer came, also after all tries",
}
"""What each kind of error means. Its own words may tell the account, and go into the log."""

NOT_ALLOWED = (KeyRejectedError, NoAccessError, NotFoundError)


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
        Whether nothing was found that breaks a promise of the tap.

    Raises:
        TapError: The key is wrong, or no answer comes at all.
    """
    reports: list[ListReport] = []
    statuses: list[int] = []
    client.on_response = lambda _list, status, _seconds: statuses.append(status)

    def show() -> None:
        for line in [] if in_json else reports[-1].lines():
            write(line)

    try:
        # First those that the key must be allowed, so that no other makes it look wrong.
        for stream in sorted(streams, key=lambda stream: not stream.selected):
            reports.append(ListReport(stream.name))
            try:
                _check_list(client, stream, reports[-1])
            except TapError as error:
                if not statuses or (isinstance(error, KeyRejectedError) and stream.selected):
                    reports.pop()
                    raise
                _note(error, stream, reports[-1])
            show()
        if not in_json:
            write(summary(reports))
    finally:  # also where a signal ends it
        if reports and in_json:
            write(as_json(reports))
        elif reports and reports[-1].word == "stopped":
            show()
    return is_ok(reports)


def _check_list(client: FrontcoreClient, stream: FrontcoreStream, report: ListReport) -> None:
    probe = Probe(client, stream)
    try:
        report.findings.extend(_findings(probe, stream))
    finally:
        report.requests = probe.requests
    report.judge()


def _findings(probe: Probe, stream: FrontcoreStream) -> Iterator[Finding]:
    first = probe.page()
    if stream.is_paged:
        probe.reserve = MAX_FILTER_REQUESTS if stream.has_filters else 0
        yield from check_pages(probe, is_incremental=stream.has_filters)
        probe.reserve = 0
    else:
        yield Finding("fact", "rows", f"{len(first)} rows")
    if order := find_order(stream.endpoint.key, first):
        yield Finding("fact", "order", order)
    if stream.has_filters:
        yield from check_filters(probe, stream, first)
    if probe.has_doubles:
        yield Finding("broken", "key", "a row has the key of another one, and takes its place")
    if probe.has_not_rows:
        yield Finding("fact", "entries", "some entries are no rows")
    yield from check_fields(stream, probe.seen.values())


def _note(error: TapError, stream: FrontcoreStream, report: ListReport) -> None:
    """Note that a list can't be read; what isn't selected, the key need not be allowed."""
    answer = next(text for kind, text in MEANINGS.items() if isinstance(error, kind))
    if stream.selected or not isinstance(error, NOT_ALLOWED):
        stream.logger.warning("%s", error)
        report.findings.append(Finding("broken", "access", answer))
        report.judge()
    else:
        report.findings.append(Finding("fact", "access", answer))
        report.word = "no access"
