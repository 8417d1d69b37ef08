"""ACTIVATE_VERSION: when it is sent, and when not.

It makes a target delete the rows of earlier versions, so nothing is left to a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.singer import maps

if TYPE_CHECKING:
    from tap_frontcore.singer.maps import Definition

SENT = "%s: sent ACTIVATE_VERSION: the target keeps the %d rows of this run and may delete others."
NOT_SENT = "%s: not sending ACTIVATE_VERSION (deleted rows stay in the target): %s."


def shrunk(records: int, before: object) -> str | None:
    """Return why nothing is deleted: a key whose rights shrink brings few rows too."""
    if not isinstance(before, int) or records * 2 > before:
        return None
    return (
        f"{records} rows came, and {before} in the last such run. If so many were really deleted, "
        "run once with --full-refresh"
    )


def why_not(definition: Definition, records: int) -> str | None:
    """Return why a full run that missed no row doesn't send the message, or None.

    Args:
        definition: The stream map.
        records: How many records went out by it.
    """
    if maps.has_filter(definition):
        return "its stream map has a filter"
    return None if records else "no row came, which may be a mistake"
