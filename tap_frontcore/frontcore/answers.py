"""What an answer means: rows, or which error, and in what words.

Everything here is pure: a status, headers and a body in, rows or an error out.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    NotFoundError,
    RefusedError,
    RetriableError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_frontcore.errors import TapError
    from tap_frontcore.frontcore.windows import Row

LONGEST_WAIT = 64.0
"""Seconds before another try at most, also where `Retry-After` asks for more."""

RATE_LIMIT_WAIT = 1.0
"""Seconds without a request if the rate limit is hit and the answer doesn't say how long: the
limit is per second."""

QUOTED_CHARACTERS = 200
"""How much of Frontcore's own words goes into a message."""

READ_CHARACTERS = 10_000
"""How much of them is looked at."""

SECRET_CHARACTERS = 8
"""A part of the key that is as long as this is never shown."""

PASSING_STATUSES = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}
"""What another try mends, of the 4xx."""

RATE_LIMIT_WORDS = re.compile(r"too[\W_]?many[\W_]?requests|rate[\W_]?limit", re.IGNORECASE)
"""What says that a request came too early, whatever the status: APIs use 400, 403 and 420 too."""

FINAL_WORDS = ("api key", "missing field", "not valid")
FINAL_CODES = {"unauthorized", "resource_not_found"}
"""What an error under 2xx says of a request that another try won't mend."""

DUMP = re.compile(r"[{<]|\[(?!\])|\barray\s*\(|=>", re.IGNORECASE)
"""Where the words of an error turn into data: JSON, HTML, or what PHP prints of an array."""


def _fraction(text: str) -> Decimal | str:
    """Read a number, exactly; one with an exponent of twenty digits stays a text."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


_decoder = msgspec.json.Decoder(float_hook=_fraction)

_NO_JSON = object()


class Answer(NamedTuple):
    """An answer of the API, whatever it is."""

    status: int
    headers: Mapping[str, str]
    """With names of any case, as `requests` has them."""

    body: bytes


class Rows(NamedTuple):
    """What a good answer brings."""

    rows: list[Row]
    were_cleaned: bool = False
    """Whether characters were taken out that no database takes."""

    not_rows: int = 0
    """How many entries of the list were no objects, such as `null`; each held a row's place."""


class RequestInfo(NamedTuple):
    """What was asked for, as far as a message needs it."""

    path: str
    url: str
    name: str
    """What the user knows the list by, and can deselect."""

    secret: str
    """The key: never to be shown, also if the answer repeats it."""

    is_key_accepted: bool = False
    """Whether a good answer came before, from whichever list: then the key isn't wrong."""

    page: int = 1
    """The page that was asked for; the ones before it came."""

    has_filters: bool = False
    """Whether the request had bounds that a user's settings make, such as `updated_at_min`."""


def rows_of(answer: Answer, info: RequestInfo) -> Rows:
    """Return the rows of an answer.

    A list is a bare array; one endpoint is said to put it into an envelope with `pagination`,
    PHP makes an object of an array with a gap in its numbering, and 204 is the empty list.

    Raises:
        KeyRejectedError: The key is wrong, as far as this answer tells.
        RefusedError: Another try would end the same way.
        RetriableError: Another try may succeed.
    """
    if answer.status == HTTPStatus.NO_CONTENT:
        return Rows([])
    content, were_cleaned = _decode(answer.body)
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        entries = _list_of(content)
        if entries is not None:
            rows = [entry for entry in entries if isinstance(entry, dict)]
            return Rows(rows, were_cleaned, len(entries) - len(rows))
    raise _failure(answer, info, content)


def server_time(answer: Answer) -> datetime | None:
    """Return when the server sent an answer, by its own clock."""
    try:
        date = parsedate_to_datetime(answer.headers["Date"])
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def _decode(body: bytes) -> tuple[Any, bool]:
    """Decode JSON, without characters that no database takes; `_NO_JSON` for what is none.

    Whether there are any is asked once for all of it, since that is fast. A byte order mark
    before the JSON, or several, are what PHP sends if its files are saved with one.
    """
    body = body.lstrip(BOM_UTF8 + b" \t\r\n")  # none of these bytes begins JSON
    try:
        content = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            # Half of a surrogate pair is what msgspec refuses and JSON allows.
            whole = json.loads(body.decode(), parse_float=_fraction, parse_constant=_no_number)
            return _clean(whole), True
        except (ValueError, RecursionError):
            return _NO_JSON, False
    if b"\\u0000" in body:
        cleaned = _clean(content)
        return cleaned, cleaned != content
    return content, False


def _no_number(_text: str) -> None:
    raise ValueError


def _clean(value: Any) -> Any:  # noqa: ANN401
    """Take out of all texts what no database takes: U+0000, and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _list_of(content: Any) -> list[Any] | None:  # noqa: ANN401
    """Return the entries of a list of rows, or null for anything else.

    One odd entry doesn't spoil the rest: `[{…}, null, {…}]` is a list, and so is `[null]`, as
    the last page may look. `["Wrong"]` is more likely an error.
    """
    if isinstance(content, dict) and {"error", "errors"}.intersection(content):
        return None
    if isinstance(content, dict) and "items" in content and "pagination" in content:
        content = content["items"]
    if isinstance(content, dict) and content and all(name.isdecimal() for name in content):
        content = list(content.values())
    if not isinstance(content, list):
        return None
    has_rows = any(isinstance(entry, dict) for entry in content)
    return content if has_rows or all(entry is None for entry in content) else None


def _failure(answer: Answer, info: RequestInfo, content: Any) -> TapError:  # noqa: ANN401
    """Make the error for an answer that is no list."""
    status = answer.status
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return _redirect(answer, info)
    text, codes = _error_of(content)
    is_success = HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
    words = " ".join([text, *codes])
    if not words and not is_success:
        words = answer.body[:READ_CHARACTERS].decode("latin-1")
    is_rate_limit = status == HTTPStatus.TOO_MANY_REQUESTS or bool(RATE_LIMIT_WORDS.search(words))
    is_passing = (
        is_rate_limit
        or status in PASSING_STATUSES
        or not HTTPStatus.OK <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        or bool(answer.headers.get("Retry-After"))
    )
    is_final = bool(FINAL_CODES.intersection(codes)) or any(
        final in text.lower() for final in FINAL_WORDS
    )
    if not is_passing and (is_final or not is_success):
        return _refusal(answer, info, text, codes)
    said = _describe(answer, info, text)
    if is_success and not text:
        kind = "null, not a list of rows" if content is None else "not a list of rows"
        said += f" that is {'not whole JSON' if content is _NO_JSON else kind}"
    return RetriableError(said, _retry_after(answer, RATE_LIMIT_WAIT if is_rate_limit else 0))


def _error_of(content: Any) -> tuple[str, list[str]]:  # noqa: ANN401
    """Return what a failure says, and its codes.

    Two shapes are documented: `{"error": "Wrong API Key"}` and
    `{"successful": false, "errors": [{"code": "unauthorized", "message": "…"}]}`. What stands
    before PHP may have others. Only text under these names is read: all else may be a row.
    """
    if not isinstance(content, dict):
        return content if isinstance(content, str) else "", []
    listed = content.get("errors")
    texts, codes = [], []
    for error in [content, content.get("error"), *(listed if isinstance(listed, list) else ())]:
        if isinstance(error, dict):
            texts += [error.get(name) for name in ("error", "message", "error_description")]
            codes.append(error.get("code"))
        else:
            texts.append(error)
    said = [text for text in dict.fromkeys(map(_text_of, texts)) if text]
    named = [code for code in map(_text_of, codes) if code]
    return ", ".join(said or named), named


def _text_of(value: Any) -> str:  # noqa: ANN401
    return value if isinstance(value, str) else ""


def _redirect(answer: Answer, info: RequestInfo) -> RefusedError:
    target = re.split(r"[?#]", answer.headers.get("Location", ""))[0]
    target = _quote(re.sub(r"//[^/]*@", "//", target), info)
    return RefusedError(
        f"Frontcore redirected {info.path} to {target or 'nowhere'}. It isn't followed, "
        "since it would take the key there. Check api_url."
    )


def _refusal(answer: Answer, info: RequestInfo, text: str, codes: list[str]) -> RefusedError:
    """Make the error for a request that Frontcore turns down."""
    status = answer.status
    said = _describe(answer, info, text)
    is_about_key = (
        status == HTTPStatus.UNAUTHORIZED or "unauthorized" in codes or "api key" in text.lower()
    )
    if is_about_key or (status == HTTPStatus.FORBIDDEN and not _is_html(answer)):
        return _key_refusal(said, info, is_about_key=is_about_key, status=status)
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} or "resource_not_found" in codes:
        return NotFoundError(
            f"{said}. There is nothing at {info.url}: check api_url, or deselect {info.name}."
        )
    if _is_html(answer):
        return RefusedError(
            f"{info.path} was answered with {status} and an HTML page. That is not Frontcore, but "
            "a firewall or a proxy before it: have this machine's address allowed there."
        )
    if info.page > 1:
        return RefusedError(
            f"{said}. The pages before came, but page {info.page} isn't given: read the list in "
            f"parts by the settings that filter, or deselect {info.name}."
        )
    settings = "the settings that filter, and page_size" if info.has_filters else "page_size"
    return RefusedError(
        f"{said}. It doesn't take this request: check {settings}, or deselect {info.name}."
    )


def _key_refusal(
    said: str, info: RequestInfo, *, is_about_key: bool, status: int
) -> KeyRejectedError | NoAccessError:
    """Make the error for a key that isn't accepted, here or at all.

    Many PHP APIs answer 401 where a right is missing, so one answer doesn't tell which it is.
    """
    if not is_about_key or info.is_key_accepted:
        return NoAccessError(
            f"{said}. The key has no access to this list: have it allowed in Frontcore under "
            f"Settings > API, or deselect {info.name}."
        )
    error = NoAccessError if status == HTTPStatus.FORBIDDEN else KeyRejectedError
    return error(
        f"{said}. The key was rejected: check api_key, or make a new one in Frontcore under "
        f"Settings > API. If other lists come, have the key allowed for this one, or deselect "
        f"{info.name}."
    )


def _is_html(answer: Answer) -> bool:
    return "html" in answer.headers.get("Content-Type", "").lower() or bool(
        re.match(rb"\s*<(!doctype )?html", answer.body, re.IGNORECASE)
    )


def _describe(answer: Answer, info: RequestInfo, text: str) -> str:
    quoted = _quote(text, info)
    kind = _quote(answer.headers.get("Content-Type", "").partition(";")[0], info)
    what = f'"{quoted}"' if quoted else f"{len(answer.body)} bytes of {kind or 'no type'}"
    return f"Frontcore answered {info.path} with {answer.status} and {what}"


def _quote(text: str, info: RequestInfo) -> str:
    """Shorten the words of others, in one line, without the key and without data."""
    text = "".join(c if c.isprintable() else " " for c in text[:READ_CHARACTERS])
    text = _mask(" ".join(text.split()), info.secret)
    if dump := DUMP.search(text):
        words = text[: dump.start()].rstrip(" :(")
        text = f"{words}…" if words else ""
    return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"


def _mask(text: str, secret: str) -> str:
    """Black out what belongs to the key, from `SECRET_CHARACTERS` in a row.

    `FC-KEY`, `fc%2Dkey` and `fc -key` belong to `fc-key` too, and so does the part that is left
    of a key where the server cut its text off.
    """
    key = "".join(letter for letter, _, _ in _letters(secret))
    size = min(SECRET_CHARACTERS, len(key))
    if not size:
        return text
    parts = {key[start : start + size] for start in range(len(key) - size + 1)}
    letters = _letters(text)
    plain = "".join(letter for letter, _, _ in letters)
    masked = list(text)
    for first in range(len(plain) - size + 1):
        if plain[first : first + size] in parts:
            start, end = letters[first][1], letters[first + size - 1][2]
            masked[start:end] = "\0" * (end - start)
    return re.sub(r"\0+", "***", "".join(masked))


def _letters(text: str) -> list[tuple[str, int, int]]:
    """Split a text into what is seen of it: each character in lower case, its start and end."""
    letters = []
    for match in re.finditer(r"%([0-9a-fA-F]{2})|.", text, re.DOTALL):
        letter = chr(int(match[1], 16)) if match[1] else match[0]
        if letter.isprintable() and not letter.isspace():
            letters.append((letter.lower()[0], match.start(), match.end()))
    return letters


def _retry_after(answer: Answer, default: float = 0.0) -> float:
    """Read `Retry-After`, which is a number of seconds or a date (RFC 9110, 10.2.3).

    Args:
        answer: The answer.
        default: Seconds, if it says nothing.

    Returns:
        Seconds, from 0 to `LONGEST_WAIT`.
    """
    text = answer.headers.get("Retry-After", "")
    try:
        seconds = (
            float(text)
            if re.fullmatch(r"\s*\d+(\.\d+)?\s*", text, re.ASCII)
            else (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError, OverflowError):  # absent, or a date without a zone
        seconds = default
    return min(max(seconds, 0.0), LONGEST_WAIT)
