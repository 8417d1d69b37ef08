"""Turn an answer of the API into rows, or into a failure of some kind; `wording` words it.

Everything here is pure: a status, headers and a body in, `Rows` or a `Failure` out.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from urllib3 import HTTPResponse, Retry
from urllib3.exceptions import InvalidHeader

from tap_frontcore.frontcore.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_WAIT = 64.0  # seconds before a retry at most, also where `Retry-After` asks for more
READ_BYTES = 10_000  # of an error that isn't JSON

RETRIABLE_STATUSES = {408, 425, 429}  # 4xx statuses that are worth a retry
REJECTED_WORDS = ("missing field", "not valid")  # they mark an error under 2xx as permanent
ERROR_NAMES = {"error", "errors", "message", "code"}  # one of them makes an object an error
NO_JSON = object()  # the content of a body that isn't JSON

# These words mean a rate limit whatever the status is: APIs use 400, 403 and 420 too.
RATE_LIMIT_WORDS = re.compile(r"too[\W_]?many[\W_]?requests|\brate[\W_]?limit", re.IGNORECASE)


class Answer(NamedTuple):
    """Any answer of the API."""

    status: int
    headers: Mapping[str, str]  # with names of any case, as `requests` has them
    body: bytes


class Rows(NamedTuple):
    """The content of a good answer."""

    entries: list[Any]  # the rows; an entry that is no object, such as null, holds a row's place
    were_cleaned: bool = False  # characters that no database takes, or that aren't UTF-8, are gone


class Failure(NamedTuple):
    """An answer without rows."""

    kind: Kind
    answer: Answer
    said: str = ""  # the API's own words and codes
    detail: str = ""  # what the body is instead of a list
    wait: float = 0.0  # seconds in which no request may be sent


def read(answer: Answer) -> Rows | Failure:
    """Return the rows of an answer, or why it has none.

    A list is a bare array; one endpoint is said to put it into an envelope with `pagination`,
    PHP makes an object of an array with a gap in its numbering, or of an empty one, and 204 is the
    empty list.
    """
    if answer.status == 204:
        return Rows([])
    content, were_cleaned = _decode(answer.body)
    is_success = 200 <= answer.status < 300
    if is_success and (entries := _list_of(content)) is not None:
        return Rows(entries, were_cleaned)
    said = _error_of(content)
    kind = _kind_of(answer, content, said)
    detail = _shape_of(content, answer.headers) if is_success and not said else ""
    return Failure(kind, answer, said, detail, _retry_after(answer))


def server_time(answer: Answer) -> datetime | None:
    """Return when the server sent an answer, by its own clock."""
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def _kind_of(  # noqa: C901, PLR0911, PLR0912  # a table
    answer: Answer, content: object, said: str
) -> Kind:
    """Choose by status and words. The order of the cases is the rule: the first match wins.

    A rate limit; a redirect; what a retry may mend; the key; not found; 2xx; other statuses. So 403
    means NO_ACCESS only if the body is JSON that speaks of no limit and no key.
    """
    words = said.lower()
    has_key_words = "unauthorized" in words or "api key" in words
    is_success = 200 <= answer.status < 300
    page = "" if said or is_success else answer.body[:READ_BYTES].decode("latin-1")
    match answer.status:
        case 429:
            return Kind.RATE_LIMIT
        case _ if RATE_LIMIT_WORDS.search(said or page):
            return Kind.RATE_LIMIT
        case status if 300 <= status < 400:
            return Kind.REDIRECT
        case status if status in RETRIABLE_STATUSES or not 200 <= status < 500:
            return Kind.RETRY
        case _ if answer.headers.get("Retry-After"):
            return Kind.RETRY
        case 403 if has_key_words:
            return Kind.FORBIDDEN_KEY
        case status if status == 401 or has_key_words:
            return Kind.KEY
        case status if status in {404, 410} or "resource_not_found" in words:
            return Kind.NOT_FOUND
        case _ if is_success:
            if any(phrase in words for phrase in REJECTED_WORDS):
                return Kind.REJECTED
            is_other = isinstance(content, dict) and not content.keys() & ERROR_NAMES
            return Kind.UNEXPECTED if is_other else Kind.RETRY
        case 403 if content is not NO_JSON:
            return Kind.NO_ACCESS
        case 400 | 422 if content is not NO_JSON:
            return Kind.REJECTED
        case _:
            return Kind.UNEXPECTED


def _decode(body: bytes) -> tuple[Any, bool]:
    """Decode JSON; return it without what no database takes, and whether there was any.

    PHP sends a byte order mark, or several, before the JSON if its files are saved with one.
    """
    body = body.lstrip(BOM_UTF8 + b" \t\r\n")  # none of these bytes begins JSON
    try:
        content = _decoder.decode(body)
        cleaned = _clean(content) if b"\\u0000" in body else content  # searching the body is fast
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            # msgspec refuses half of a surrogate pair, bytes that aren't UTF-8, and numbers of
            # thousands of digits. Refuse only NaN and Infinity, for which `int` raises.
            text = body.decode(errors="replace")
            whole = json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=int)
            return _clean(whole), True
        except (ValueError, RecursionError):
            return NO_JSON, False
    return cleaned, cleaned != content


def _number(type_: type[Decimal | int], text: str) -> Decimal | int | str:
    """Read a number exactly; one with an exponent or digits beyond Python's limits stays a text."""
    try:
        return type_(text)
    except (ValueError, InvalidOperation):
        return text


_decimal, _integer = partial(_number, Decimal), partial(_number, int)
_decoder = msgspec.json.Decoder(float_hook=_decimal)


def _clean(value: object) -> object:
    """Take out of all texts what no database takes: U+0000, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _list_of(content: object) -> list[Any] | None:
    """Return the entries of a list of rows, or None for anything else.

    It may be in an envelope, or be PHP's `{"0": …, "2": …}`. One odd entry doesn't spoil the rest:
    `[{…}, null, {…}]` is a list, and so is `[null]`, as the last page may look. `["Wrong"]` is more
    likely an error.
    """
    match content:
        case {"error": _} | {"errors": _}:
            return None
        case {"items": items, "pagination": _}:
            content = items
    if isinstance(content, dict) and all(name.isdecimal() for name in content):
        content = list(content.values())
    if not isinstance(content, list):
        return None
    has_rows = any(isinstance(entry, dict) for entry in content)
    return content if has_rows or all(entry is None for entry in content) else None


def _shape_of(content: object, headers: Mapping[str, str]) -> str:
    if content is not NO_JSON:
        return "isn't a list of rows"
    encodings = filter(None, re.split(r"[\s,]+", headers.get("Content-Encoding", "")))
    is_decoded = set(encodings) <= {"identity", *HTTPResponse.CONTENT_DECODERS}
    return "isn't whole JSON" if is_decoded else "is in a Content-Encoding that wasn't asked for"


def _error_of(content: object) -> str:
    """Return the texts and codes of an error.

    Frontcore documents `{"error": "Wrong API Key"}` and `{"errors": [{"code": …, "message": …}]}`;
    proxies may send other shapes. Only text under these names is read: all else may be a row.
    """
    outer = content if isinstance(content, dict) else {}
    listed = outer.get("errors")
    found = [content, outer.get("error"), *(listed if isinstance(listed, list) else ())]
    errors = [it if isinstance(it, dict) else {"error": it} for it in found]
    texts = (error.get(name) for error in errors for name in ("error", "message", "code"))
    return ", ".join(dict.fromkeys(it for it in texts if it and isinstance(it, str)))


def _retry_after(answer: Answer) -> float:
    """Return the seconds of `Retry-After`, a number or a date (RFC 9110, 10.2.3), up to a limit."""
    try:
        seconds = Retry().parse_retry_after(answer.headers.get("Retry-After", ""))
    except (InvalidHeader, ValueError, OverflowError):  # absent, or of another form
        return 0.0
    return min(seconds, LONGEST_WAIT)
