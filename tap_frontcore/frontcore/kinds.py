"""What an answer without rows can be, each with its sentence: what happened, and what to do."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from tap_frontcore import errors


class _Sentence(NamedTuple):
    """The error for an answer without rows."""

    brief: str  # why, in a few words
    text: str
    error: type[errors.TapError] = errors.RefusedError


class Kind(Enum):
    """What an answer without rows is. `answers` chooses it, `wording` fills its sentence."""

    RETRY = _Sentence("no good answer", "{said}", errors.RetriableError)
    RATE_LIMIT = _Sentence("too many requests", "{said}", errors.RetriableError)
    KEY = _Sentence(
        "the key was rejected; check api_key",
        "{said}. The key was rejected: check api_key, or make a new one in Frontcore under "
        "Settings > API. If other streams work, give the key access to this one, or deselect "
        "{name}.",
        errors.KeyRejectedError,
    )
    FORBIDDEN_KEY = KEY._replace(error=errors.NoAccessError)  # under 403
    REDIRECT = _Sentence(
        "redirected",
        "Frontcore redirected {path} to {target}. It isn't followed, since it would take the key "
        "there. Check api_url.",
    )
    NO_ACCESS = _Sentence(
        "no access",
        "{said}. The key has no access to this stream, or lost it: allow it in Frontcore under "
        "Settings > API, or deselect {name}.",
        errors.NoAccessError,
    )
    NOT_FOUND = _Sentence(
        "nothing there",
        "{said}. There is nothing at {url}: check api_url, which normally ends in /v2, or deselect "
        "{name}.",
        errors.NotFoundError,
    )
    REJECTED = _Sentence(
        "request rejected",
        "{said}. The API rejected the request. Check {settings}, or deselect {name}.",
    )
    UNEXPECTED = _Sentence(
        "refused",
        "{said}. Frontcore's documentation knows no such answer: check api_url, and have this "
        "machine's address allowed by a firewall or a proxy before it.",
    )
    REFUSED_PAGE = _Sentence(
        "a page was refused",
        "{said}. The pages before it were read, but the API refuses page {page}. Read smaller "
        "ranges, e.g. with created_at_min and created_at_max, or deselect {name}.",
    )
