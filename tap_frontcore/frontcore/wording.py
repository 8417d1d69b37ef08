"""Make the error for an answer without rows, and decide which parts of it are never quoted."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING

from tap_frontcore import errors
from tap_frontcore.frontcore.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_frontcore.frontcore.answers import Failure
    from tap_frontcore.frontcore.queries import Endpoint

QUOTED_CHARACTERS = 200  # of the API's own words that a message quotes
SECRET_CHARACTERS = 6  # letters and digits; what has so many of the key in a row isn't shown

WORD = re.compile(r"(?:[A-Za-zÆØÅæøå()_,.:;!?-]|\[\]|(?<=[a-z])'(?=[a-z]))+")
"""A word that is quoted. What has a digit, a quote, an `@` or markup may be a value."""

MEDIA_TYPE = re.compile(r"([\w/+.-]+)", re.ASCII)
HOST = re.compile(r"(?:https?:)?//(?:[^/?#]*@)?([\w.:-]+)", re.ASCII)

FILTERS = "start_date, end_date, created_at_min, created_at_max and since_id"


def error_of(  # noqa: PLR0913  # each is named where it is given
    failure: Failure,
    endpoint: Endpoint,
    params: Mapping[str, str],
    *,
    api_url: str,
    key: str,
    is_key_accepted: bool,
) -> errors.TapError:
    """Make the error for an answer without rows: what happened, why, and what to do, in a line.

    `is_key_accepted` says whether any request got rows with the key before: then it isn't wrong.
    """
    said = _describe(failure, endpoint.path, key)
    page, kind = int(params.get("page", 1)), failure.kind
    # Many PHP APIs answer 401 where a right is missing, so one answer doesn't tell which it is.
    if kind in {Kind.KEY, Kind.FORBIDDEN_KEY} and is_key_accepted:
        kind = Kind.NO_ACCESS
    if kind is Kind.REJECTED and page > 1:
        kind = Kind.REFUSED_PAGE
    brief, sentence, error = kind.value
    if issubclass(error, errors.RetriableError):
        return error(said, brief, failure.wait)
    has_filters = any(name.endswith(("_min", "_max", "since_id")) for name in params)
    text = sentence.format(
        said=said,
        path=endpoint.path,
        url=f"{api_url}{endpoint.path}",
        name=endpoint.name,
        page=page,
        target=_part(HOST, failure.answer.headers.get("Location", ""), key) or "another path",
        settings=FILTERS if has_filters else "api_url",
    )
    return error(text, brief)


def _describe(failure: Failure, path: str, key: str) -> str:
    answer, quoted = failure.answer, _quote(failure.said, key)
    kind = _part(MEDIA_TYPE, answer.headers.get("Content-Type", ""), key)
    what = f'"{quoted}"' if quoted else f"{len(answer.body)} bytes of {kind or 'no type'}"
    detail = f", which {failure.detail}" if failure.detail else ""
    return f"Frontcore answered {path} with {answer.status} and {what}{detail}"


def _quote(text: str, key: str) -> str:
    """Return the words of others up to the first that may be a value, without the key.

    `Not valid: name 'Kari'` becomes `Not valid: name…`.
    """
    words = text.split()
    plain = list(takewhile(WORD.fullmatch, words))
    quote = " ".join(plain)
    if not plain or _has_key(quote, key):
        return ""
    is_whole = len(plain) == len(words) and len(quote) <= QUOTED_CHARACTERS
    return quote if is_whole else f"{quote[:QUOTED_CHARACTERS]}…"


def _part(pattern: re.Pattern[str], text: str, key: str) -> str:
    """Return what a header's value begins with, unless the key is in it."""
    match = pattern.match(text)
    return match[1] if match and not _has_key(match[1], key) else ""


def _has_key(text: str, key: str) -> bool:
    """Return whether a text has a part of the key, whatever stands between: `FC key`, `fc-key`."""
    text, key = (re.sub(r"[\W_]", "", it).casefold() for it in (text, key))
    size = min(SECRET_CHARACTERS, len(key))
    return any(key[start : start + size] in text for start in range(len(key) - size + 1))
