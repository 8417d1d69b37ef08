"""Decide whether to send ACTIVATE_VERSION, which makes a target delete all other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage, StateMessage

from tap_frontcore.singer.maps import CheckedMap
from tap_frontcore.singer.states import RECORDS

if TYPE_CHECKING:
    from singer_sdk.mapper import StreamMap

    from tap_frontcore.singer.report import Run
    from tap_frontcore.singer.shape import ShapedStream

SENT = "%s: sent ACTIVATE_VERSION: the target keeps the %d rows of this run and may delete others."
NOT_SENT = "%s: not sending ACTIVATE_VERSION (deleted rows stay in the target): %s."


def activate(stream: ShapedStream, run: Run, records: int, doubt: str | None) -> list[str | None]:
    """Send ACTIVATE_VERSION per output stream, or return why not."""
    state, reasons = stream.stream_state, []
    doubt = doubt or _shrunk(records, state.get(RECORDS))
    for stream_map in stream.stream_maps:
        if isinstance(stream_map, RemoveRecordTransform):
            continue
        name = stream_map.stream_alias
        reasons.append(reason := doubt or _why_not(stream_map, records))
        if reason:
            stream.logger.warning(NOT_SENT, name, reason)
        else:
            run.writer.write_message(ActivateVersionMessage(name, run.version))
            stream.logger.info(SENT, name, records)
    if not doubt:  # also if a filter kept the message back: the list itself was read
        state[RECORDS] = records
        run.writer.write_message(StateMessage(stream.tap_state))
    return reasons


def _shrunk(records: int, before: object) -> str | None:
    """Return why too few rows came, or None. The key may have lost access to rows."""
    if not before or not isinstance(before, int) or records * 2 > before:
        return None
    advice = "If so many were really deleted, run once with --full-refresh"
    return f"{records} rows came, and {before} in the last such run. {advice}"


def _why_not(stream_map: StreamMap, records: int) -> str | None:
    """Return why an output stream doesn't get the message, or None."""
    if isinstance(stream_map, CheckedMap) and stream_map.has_filter:
        return "its stream map has a filter"
    return None if records else "no row came, which may be a mistake"
