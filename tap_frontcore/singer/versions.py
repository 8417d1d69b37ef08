"""ACTIVATE_VERSION: when it is sent, and when not.

It makes a target delete the rows of earlier versions, so nothing is left to a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_frontcore.singer import maps

if TYPE_CHECKING:
    from tap_frontcore.singer.maps import Definition

NOT_SENT = "%s: not sending ACTIVATE_VERSION (deleted rows stay in the target): %s."


def why_not(definition: Definition, records: int) -> str | None:
    """Return why a full run that missed no row doesn't send the message, or None.

    Args:
        definition: The stream map.
        records: How many records went out by it.
    """
    if maps.has_filter(definition):
        return "its stream map has a filter"
    return None if records else "no row came, which may be a mistake"
