"""`--check`: put to the account itself what its documentation leaves open.

Only reads, one request after the other at the tap's pace, and shows no values: names of fields,
types, counts, yes and no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.check.account import check_account
from tap_frontcore.check.asking import Asker, Finding
from tap_frontcore.check.fields import check_fields
from tap_frontcore.check.filters import MOST_REQUESTS, check_filters
from tap_frontcore.check.paging import check_paging
from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    NotFoundError,
    RefusedError,
    TapError,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_frontcore.frontcore.client import FrontcoreClient
    from tap_frontcore.streams.base import FrontcoreStream

FAILURES: tuple[tuple[type[TapError], str], ...] = (
    (KeyRejectedError, "the key was rejected: check api_key"),
    (NoAccessError, "the key has no access here: get it allowed, or deselect the stream"),
    (NotFoundError, "there is nothing at its path: check api_url, or deselect the stream"),
    (RefusedError, "a request was turned down; run the tap for Frontcore's words"),
    (TapError, "no good answer came; run the tap for what came instead"),
)

ACCOUNT = "account"
"""Whose findings are of no stream."""


def check(client: FrontcoreClient, streams: Iterable[FrontcoreStream]) -> dict[str, list[Finding]]:
    """Find out how an account answers.

    Args:
        client: The conversation with the API.
        streams: Which lists to look into.

    Returns:
        What was found, by the name of the stream, and under `account` for all of them.
    """
    findings: dict[str, list[Finding]] = {ACCOUNT: []}
    askers = []
    for stream in streams:
        asker = Asker(client, stream.endpoint, dict(stream.params))
        askers.append(asker)
        try:
            findings[stream.name] = check_stream(asker, stream)
        except KeyRejectedError as error:
            findings[stream.name] = [_failure("accepted", error, holds=False)]
            break
        except TapError as error:
            # What a user would have to select first, the key need not be allowed.
            is_needed = stream.selected_by_default or not isinstance(error, NoAccessError)
            holds = False if is_needed else None
            findings[stream.name] = [_failure("allowed", error, holds=holds)]
    findings[ACCOUNT] = check_account(client, askers)
    return findings


def check_stream(asker: Asker, stream: FrontcoreStream) -> list[Finding]:
    """Look into one list.

    Raises:
        TapError: It can't be read.
    """
    findings = [Finding("allowed", "yes", "first page", "it is read", holds=True)]
    findings += check_paging(asker, MOST_REQUESTS if stream.has_filters else 0)
    if stream.has_filters:
        findings += check_filters(asker, stream.timezone)
    return findings + check_fields(asker, stream)


def _failure(question: str, error: TapError, *, holds: bool | None) -> Finding:
    """Say what kind of error it was: its own text may quote the API, or tell the account."""
    meaning = next(text for kind, text in FAILURES if isinstance(error, kind))
    return Finding(question, "no", "first requests", meaning, holds)
