"""The sentences for answers without rows, and what of such an answer is never quoted."""

from __future__ import annotations

import re
from html import unescape
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize
from urllib.parse import unquote

from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    NotFoundError,
    RefusedError,
    RetriableError,
)
from tap_frontcore.frontcore.answers import READ_CHARACTERS, Kind

if TYPE_CHECKING:
    from tap_frontcore.errors import TapError
    from tap_frontcore.frontcore.answers import Answer, Failure

QUOTED_CHARACTERS = 200
"""How much of the API's own words goes into a message."""

SECRET_CHARACTERS = 8
"""A quote that has a part of the key of this length isn't shown at all."""

FEWEST_LETTERS = 4
"""Fewer letters of the key are taken for chance, if the characters between them differ."""

DUMP = re.compile(r"[{<]|\[(?!\])|\barray\s*\(|=>", re.IGNORECASE)
"""Where the words of an error turn into data: JSON, HTML, or what PHP prints of an array."""


VALUE = re.compile(r"""(?<!\w)(?:'[^']*'|"[^"]*")(?!\w)|[^\s'"]+@[^\s'"]+""")
"""What in an error may be a value, such as `Duplicate entry 'kari@example.no'`."""


class Asked(NamedTuple):
    """What was asked for, as far as a sentence needs it."""

    path: str
    url: str
    name: str
    """What the user knows the list by, and can deselect."""

    secret: str
    """The key: never to be shown, also if the answer repeats it."""

    is_key_accepted: bool = False
    """Whether a good answer came before, from whichever list: then the key isn't wrong."""

    page: int = 1
    has_filters: bool = False
    """Whether the request had bounds that a user's settings make, such as `updated_at_min`."""


class _Sentence(NamedTuple):
    """The error for an answer: of which kind, why in a few words, and the line."""

    error: type[TapError]
    brief: str
    text: str


SENTENCES = {
    Kind.INTERIM: _Sentence(
        RefusedError,
        "an interim answer",
        "{said}. A proxy before the API sends interim answers, which Python can't read: have them "
        "switched off there (Early Hints).",
    ),
    Kind.NOT_MODIFIED: _Sentence(
        RefusedError,
        "not modified",
        "{said}: not modified. Only a cache before the API answers so: let this machine's "
        "requests pass it.",
    ),
    Kind.REDIRECT: _Sentence(
        RefusedError,
        "redirected",
        "Frontcore redirected {path} to {target}. It isn't followed, since it would take the key "
        "there. Check api_url.",
    ),
    Kind.NO_ACCESS: _Sentence(
        NoAccessError,
        "no access",
        "{said}. The key has no access to this stream: allow it in Frontcore under Settings > API, "
        "or deselect {name}.",
    ),
    Kind.NOT_FOUND: _Sentence(
        NotFoundError,
        "nothing there",
        "{said}. There is nothing at {url}: check api_url, which normally ends in /v2, or deselect "
        "{name}.",
    ),
    Kind.PAYMENT: _Sentence(
        RefusedError,
        "payment required",
        "{said}. That means that the account isn't paid for: check its subscription.",
    ),
    Kind.FIREWALL: _Sentence(
        RefusedError,
        "blocked on the way",
        "{said}. That is not Frontcore, but a firewall or a proxy before it: have this machine's "
        "address allowed there.",
    ),
    Kind.REJECTED: _Sentence(
        RefusedError, "request rejected", "{said}. The API rejected the request. {advice}"
    ),
    Kind.UNEXPECTED: _Sentence(
        RefusedError,
        "refused",
        "{said}. The API's documentation knows no such answer: check api_url, and firewalls or "
        "proxies before it.",
    ),
    Kind.OTHER_SHAPE: _Sentence(
        RefusedError,
        "not a list of rows",
        "{said}. Check api_url; if it is right, please report it.",
    ),
    Kind.BROKEN_JSON: _Sentence(
        RefusedError,
        "not JSON",
        "{said}. A retry would bring the same: report it to Frontcore, or deselect {name}.",
    ),
}
"""Of each kind that isn't retried."""

REJECTED_KEY = (
    "{said}. The key was rejected: check api_key, or make a new one in Frontcore under Settings > "
    "API. If other streams work, give the key access to this one, or deselect {name}."
)
WITHDRAWN_KEY = _Sentence(
    NoAccessError,
    "the key was withdrawn",
    "{said}, after pages before it had come. The key was withdrawn or changed meanwhile: check "
    "api_key, and run again.",
)
REFUSED_PAGE = _Sentence(
    RefusedError,
    "a page was refused",
    "{said}. The pages before it were read, but the API refuses page {page}. Read smaller ranges, "
    "e.g. with created_at_min and created_at_max, or deselect {name}.",
)
FILTERS = "Check start_date, end_date, created_at_min, created_at_max and since_id, or deselect {}."
NO_FILTERS = "Check api_url, or deselect {}."


def error_of(failure: Failure, asked: Asked) -> TapError:
    """Make the error for an answer without rows: what happened, why, and what to do, in a line."""
    said, kind = _describe(failure, asked), failure.kind
    if kind in {Kind.RETRY, Kind.RATE_LIMIT}:
        brief = "too many requests" if kind is Kind.RATE_LIMIT else "no good answer"
        return RetriableError(said, brief, failure.wait)
    sentence = _sentence(failure, asked)
    target = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", _header(failure.answer, "Location"))[0])
    line = sentence.text.format(
        **asked._asdict(),
        said=said,
        target=_quote(target, asked.secret) or "nowhere",
        advice=(FILTERS if asked.has_filters else NO_FILTERS).format(asked.name),
    )
    return sentence.error(line, sentence.brief)


def _sentence(failure: Failure, asked: Asked) -> _Sentence:
    """Choose the sentence. What was asked for, and came before, counts too.

    Many PHP APIs answer 401 where a right is missing, so one answer doesn't tell which it is.
    """
    kind = failure.kind
    if kind is Kind.KEY and asked.page > 1:
        return WITHDRAWN_KEY
    if kind is Kind.KEY and not asked.is_key_accepted:
        is_forbidden = failure.answer.status == HTTPStatus.FORBIDDEN
        error = NoAccessError if is_forbidden else KeyRejectedError
        return _Sentence(error, "the key was rejected; check api_key", REJECTED_KEY)
    if kind in {Kind.REJECTED, Kind.UNEXPECTED} and asked.page > 1:
        return REFUSED_PAGE
    return SENTENCES[Kind.NO_ACCESS if kind is Kind.KEY else kind]


def _describe(failure: Failure, asked: Asked) -> str:
    answer, quoted = failure.answer, _quote(failure.said, asked.secret)
    kind = _quote(_header(answer, "Content-Type").partition(";")[0], asked.secret)
    what = f'"{quoted}"' if quoted else f"{len(answer.body)} bytes of {kind or 'no type'}"
    detail = f", which {failure.detail}" if failure.detail else ""
    return f"Frontcore answered {asked.path} with {answer.status} and {what}{detail}"


def _header(answer: Answer, name: str) -> str:
    return answer.headers.get(name, "")


def _quote(text: str, secret: str) -> str:
    """Shorten the words of others, in one line, without the key and without data."""
    text = "".join(c if c.isprintable() else " " for c in text[:READ_CHARACTERS])
    text = VALUE.sub("…", " ".join(text.split()))
    if _has_secret(text, secret):
        return "words that have the key in them"
    if dump := DUMP.search(text):
        words = text[: dump.start()].rstrip(" :(")
        text = f"{words}…" if words else ""
    return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"


def _has_secret(text: str, secret: str) -> bool:
    """Return whether a text has a part of the key, however it is written: `fc%2DKEY`, `fc key`."""
    plain, size = _letters(text), min(SECRET_CHARACTERS, len(secret))
    parts = (
        [secret[start : start + size] for start in range(len(secret) - size + 1)] if size else []
    )
    letters = [part for part in map(_letters, parts) if len(part) >= FEWEST_LETTERS]
    return any(part in text for part in parts) or any(part in plain for part in letters)


def _letters(text: str) -> str:
    """Return a text's letters and digits alone, without escapes, wide forms and capitals."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    while text != (text := unescape(unquote(text))):
        pass
    return re.sub(r"[\W_]", "", normalize("NFKC", text)).casefold()
