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
        "{said}. The key has no access to this stream: allow it in Frontcore under Settings > API, "
        "or deselect {name}.",
        errors.NoAccessError,
    )
    NOT_FOUND = _Sentence(
        "nothing there",
        "{said}. There is nothing at {url}: check api_url, which normally ends in /v2, or deselect "
        "{name}.",
        errors.NotFoundError,
    )
    FIREWALL = _Sentence(
        "blocked on the way",
        "{said}. That is not Frontcore, but a firewall or a proxy before it: have this machine's "
        "address allowed there.",
    )
    REJECTED = _Sentence(
        "request rejected",
        "{said}. The API rejected the request. Check {settings}, or deselect {name}.",
    )
    UNEXPECTED = _Sentence(
        "refused",
        "{said}. The API's documentation knows no such answer: check api_url, and firewalls or "
        "proxies before it.",
    )
    OTHER_SHAPE = _Sentence(
        "not a list of rows", "{said}. Check api_url; if it is right, please report it."
    )
    BROKEN_JSON = _Sentence(
        "not JSON",
        "{said}. A retry would bring the same: report it to Frontcore, or deselect {name}.",
    )
    # By what was requested, and what came before
    WITHDRAWN_KEY = _Sentence(
        "the key was withdrawn",
        "{said}, although earlier pages were read. The key was withdrawn or changed meanwhile: "
        "check api_key, and run again.",
        errors.NoAccessError,
    )
    REFUSED_PAGE = _Sentence(
        "a page was refused",
        "{said}. The pages before it were read, but the API refuses page {page}. Read smaller "
        "ranges, e.g. with created_at_min and created_at_max, or deselect {name}.",
    )
