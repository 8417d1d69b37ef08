"""What an answer means: rows, or which error, and in what words.

Everything here is pure: a status, headers and a body in, rows or an error out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
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

    from tap_frontcore.frontcore.windows import Row

LONGEST_WAIT = 64.0
"""Seconds before another try at most, also where `Retry-After` asks for more."""

RATE_LIMIT_WAIT = 1.0
"""Seconds without a request after a 429 that doesn't say how long: the limit is per second."""

QUOTED_CHARACTERS = 200
"""How much of Frontcore's own words goes into a message."""

FINAL_WORDS = ("api key", "missing field", "not valid")
FINAL_CODES = {"unauthorized", "resource_not_found"}
"""What an error under 2xx says of a request that another try won't mend."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)


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


class Asked(NamedTuple):
    """What was asked for, as far as a message needs it."""

    path: str
    url: str
    name: str
    """What the user knows it by, and can deselect."""

    secret: str
    """Never to be shown, also if the answer repeats it."""


def rows_of(answer: Answer, asked: Asked) -> Rows:
    """Return the rows of an answer.

    A list is a bare array; one endpoint is said to put it into an envelope with `pagination`,
    and PHP makes an object of an array with a gap in its numbering.

    Raises:
        KeyRejectedError: The key is wrong.
        RefusedError: Another try would end the same way.
        RetriableError: Another try may succeed.
    """
    content, were_cleaned = _decode(answer.body)
    text, codes = _error_of(content)
    status = answer.status
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT} or not (
        HTTPStatus.OK <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        raise RetriableError(_describe(answer, asked, text), _retry_after(answer))
    if status >= HTTPStatus.BAD_REQUEST:
        raise _refusal(answer, asked, text, codes)
    if status >= HTTPStatus.MULTIPLE_CHOICES:
        target = _quote(answer.headers.get("Location", "").partition("?")[0], asked)
        msg = (
            f"Frontcore redirected {asked.path} to {target or 'nowhere'}. It isn't followed, "
            "since it would take the key there. Check api_url."
        )
        raise RefusedError(msg)

    rows = _list_of(content)
    if rows is not None:
        return Rows(rows, were_cleaned=were_cleaned)
    if codes & FINAL_CODES or any(words in text.lower() for words in FINAL_WORDS):
        raise _refusal(answer, asked, text, codes)
    if text:
        raise RetriableError(_describe(answer, asked, text))
    kind = "a list" if content is not None else "whole JSON"
    msg = f"{_describe(answer, asked, text)} that is not {kind}"
    raise RetriableError(msg)


def server_time(answer: Answer) -> datetime | None:
    """Return when the server sent an answer, by its own clock."""
    try:
        return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return None


def _decode(body: bytes) -> tuple[Any, bool]:
    """Decode JSON, without characters that no database takes; null for what is none.

    Whether there are any is asked once for all of it, since that is fast.
    """
    try:
        content = _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        try:
            # Half of a surrogate pair is what msgspec refuses and JSON allows.
            whole = json.loads(body.decode(), parse_float=Decimal, parse_constant=_no_number)
            return _clean(whole), True
        except (ValueError, RecursionError):
            return None, False
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


def _list_of(content: Any) -> list[Row] | None:  # noqa: ANN401
    if isinstance(content, dict) and "items" in content and "pagination" in content:
        content = content["items"]
    if isinstance(content, dict) and content and all(name.isdecimal() for name in content):
        content = list(content.values())
    if isinstance(content, list) and all(isinstance(row, dict) for row in content):
        return content
    return None


def _error_of(content: Any) -> tuple[str, set[str]]:  # noqa: ANN401
    """Return what a failure says, and its codes.

    Two shapes are documented: `{"error": "Wrong API Key"}` and
    `{"successful": false, "errors": [{"code": "unauthorized", "message": "…"}]}`.
    """
    if not isinstance(content, dict):
        return "", set()
    if text := content.get("error"):
        return str(text), set()
    listed = content.get("errors")
    errors = listed if isinstance(listed, list) else []
    pairs = [(e.get("message"), e.get("code")) for e in errors if isinstance(e, dict)]
    texts = [str(message or code) for message, code in pairs if message or code]
    return ", ".join(texts), {str(code) for _, code in pairs if code}


def _refusal(answer: Answer, asked: Asked, text: str, codes: set[str]) -> RefusedError:
    """Make the error for a request that Frontcore turns down."""
    status = answer.status
    said = _describe(answer, asked, text)
    if status == HTTPStatus.UNAUTHORIZED or "unauthorized" in codes or "api key" in text.lower():
        return KeyRejectedError(
            f"{said}. The key was rejected: check api_key, or make a new one in Frontcore "
            "under Settings > API.",
        )
    if status == HTTPStatus.FORBIDDEN:
        return NoAccessError(
            f"{said}. The key has no access here: get it allowed, or deselect {asked.name}.",
        )
    if status == HTTPStatus.NOT_FOUND or "resource_not_found" in codes:
        return NotFoundError(
            f"{said}. There is nothing at {asked.url}: check api_url, or deselect {asked.name}.",
        )
    return RefusedError(f"{said}. It doesn't take this request: check the settings that filter.")


def _describe(answer: Answer, asked: Asked, text: str) -> str:
    quoted = _quote(text, asked)
    kind = _quote(answer.headers.get("Content-Type", "").partition(";")[0], asked)
    what = f'"{quoted}"' if quoted else f"{len(answer.body)} bytes of {kind or 'no type'}"
    return f"Frontcore answered {asked.path} with {answer.status} and {what}"


def _quote(text: str, asked: Asked) -> str:
    """Shorten the words of others, in one line and without the key."""
    text = " ".join(text.replace(asked.secret, "***").split())
    return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"


def _retry_after(answer: Answer) -> float:
    """Read `Retry-After`, which is a number of seconds or a date (RFC 9110, 10.2.3).

    Returns:
        Seconds, from 0 to `LONGEST_WAIT`.
    """
    text = answer.headers.get("Retry-After", "")
    try:
        seconds = (
            float(text)
            if text.strip().isdecimal()
            else (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError, OverflowError):  # absent, or a date without a zone
        seconds = RATE_LIMIT_WAIT if answer.status == HTTPStatus.TOO_MANY_REQUESTS else 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT)
