"""Suggest names for mistyped ones, and make the API's names printable."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOSE = 0.75  # similarity above which an unknown name counts as a typo (`difflib`, at most 1)
LONGEST = 40  # characters of a name that are shown


def closest(name: str, names: Iterable[str], similarity: float = CLOSE) -> str | None:
    """Return the known name that is probably meant by an unknown one, ignoring case."""
    by_form = {_form(it): it for it in names}
    found = get_close_matches(_form(name), by_form, n=1, cutoff=similarity)
    return by_form[found[0]] if found else None


def meant(name: str, names: Iterable[str]) -> str:
    """Return a sentence that suggests a name, or lists all."""
    names = sorted(names)
    found = closest(name, names)
    return f"Did you mean {found}?" if found else f"There are: {', '.join(names)}."


def escaped(name: str) -> str:
    """Escape control characters and the like."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in name)


def shown(name: str) -> str:
    """Shorten and escape a name from the API, for the log."""
    return escaped(name if len(name) <= LONGEST else f"{name[:LONGEST]}…")


def _form(name: str) -> str:
    return name.casefold().strip().replace("-", "_")
