"""Make the error for an answer without rows, and decide which parts of it are never quoted."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from unicodedata import normalize
from urllib.parse import unquote

from tap_frontcore import errors
from tap_frontcore.frontcore.answers import READ_CHARACTERS
from tap_frontcore.frontcore.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_frontcore.frontcore.answers import Failure
    from tap_frontcore.frontcore.queries import Endpoint

QUOTED_CHARACTERS = 200  # of the API's own words that a message quotes
SECRET_CHARACTERS = 8  # a quote that has a part of the key of this length isn't shown at all
FEWEST_LETTERS = 4  # a part of the key with fewer letters is searched only as it is written

DUMP = re.compile(r"[{<]|\[(?!\])|\barray\s*\(|=>", re.IGNORECASE)
"""Where the words of an error turn into data: JSON, HTML, or what PHP prints of an array."""

VALUE = re.compile(r"""(?<!\w)(?:'[^']*'|"[^"]*")(?!\w)|[^\s'"]+@[^\s'"]+""")
"""What in an error may be a value, such as `Duplicate entry 'kari@example.no'`."""

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
    page = int(params.get("page", 1))
    brief, sentence, error = _in_context(failure.kind, page, is_key_accepted=is_key_accepted).value
    if issubclass(error, errors.RetriableError):
        return error(said, brief, failure.wait)
    location = re.split(r"[?#]", failure.answer.headers.get("Location", ""))[0]
    has_filters = any(name.endswith(("_min", "_max", "since_id")) for name in params)
    text = sentence.format(
        said=said,
        path=endpoint.path,
        url=f"{api_url}{endpoint.path}",
        name=endpoint.name,
        page=page,
        target=_quote(re.sub(r"//[^/]*@", "//", location), key) or "nowhere",
        settings=FILTERS if has_filters else "api_url",
    )
    return error(text, brief)


def _in_context(kind: Kind, page: int, *, is_key_accepted: bool) -> Kind:
    """Choose the kind also by what was requested and what came before.

    Many PHP APIs answer 401 where a right is missing, so one answer doesn't tell which it is.
    """
    is_about_key = kind in {Kind.KEY, Kind.FORBIDDEN_KEY}
    if page > 1 and is_about_key:
        return Kind.WITHDRAWN_KEY
    if page > 1 and kind in {Kind.REJECTED, Kind.UNEXPECTED}:
        return Kind.REFUSED_PAGE
    return Kind.NO_ACCESS if is_about_key and is_key_accepted else kind


def _describe(failure: Failure, path: str, key: str) -> str:
    answer, quoted = failure.answer, _quote(failure.said, key)
    kind = _quote(answer.headers.get("Content-Type", "").partition(";")[0], key)
    what = f'"{quoted}"' if quoted else f"{len(answer.body)} bytes of {kind or 'no type'}"
    detail = f", which {failure.detail}" if failure.detail else ""
    return f"Frontcore answered {path} with {answer.status} and {what}{detail}"


def _quote(text: str, key: str) -> str:
    """Shorten the words of others, in one line, without the key and without data."""
    text = "".join(c if c.isprintable() else " " for c in text[:READ_CHARACTERS])
    text = VALUE.sub("…", " ".join(text.split()))
    if key and _has_part(text, key):
        return "words that have the key in them"
    if dump := DUMP.search(text):
        words = text[: dump.start()].rstrip(" :(")
        text = f"{words}…" if words else ""
    return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"


def _has_part(text: str, key: str) -> bool:
    """Return whether a text has a part of the key, however it is written: `fc%2DKEY`, `fc key`."""
    plain, size = _letters(text), min(SECRET_CHARACTERS, len(key))
    parts = [key[start : start + size] for start in range(len(key) - size + 1)]
    letters = [part for part in map(_letters, parts) if len(part) >= FEWEST_LETTERS]
    return any(part in text for part in parts) or any(part in plain for part in letters)


def _letters(text: str) -> str:
    """Return a text's letters and digits alone, without escapes, wide forms and capitals."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    while text != (text := unescape(unquote(text))):
        pass
    return re.sub(r"[\W_]", "", normalize("NFKC", text)).casefold()
