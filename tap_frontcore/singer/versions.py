"""Decide whether to send ACTIVATE_VERSION, which makes a target delete all other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk.mapper import RemoveRecordTransform
from singer_sdk.singerlib import ActivateVersionMessage, StateMessage

from tap_frontcore.singer.maps import CheckedMap
from tap_frontcore.singer.states import RECORDS

if TYPE_CHECKING:
    from tap_frontcore.singer.report import Run
    from tap_frontcore.singer.shape import ShapedStream

SENT = "%s: sent ACTIVATE_VERSION: the target keeps the %d rows of this run and may delete others."
NOT_SENT = "%s: not sending ACTIVATE_VERSION (deleted rows stay in the target): %s."


def activate(stream: ShapedStream, run: Run, records: int, doubt: str | None) -> list[str | None]:
    """Send ACTIVATE_VERSION per output stream, or return why not."""
    state, reasons = stream.stream_state, []
    doubt = doubt or _too_few(records, state.get(RECORDS))
    for stream_map in stream.stream_maps:
        if isinstance(stream_map, RemoveRecordTransform):
            continue
        name = stream_map.stream_alias
        is_filtered = isinstance(stream_map, CheckedMap) and stream_map.has_filter
        reason = doubt or ("its stream map has a filter" if is_filtered else None)
        reasons.append(reason)
        if reason:
            stream.logger.warning(NOT_SENT, name, reason)
        else:
            run.writer.write_message(ActivateVersionMessage(name, run.version))
            stream.logger.info(SENT, name, records)
    if not doubt:  # also if a filter kept the message back: the list itself was read
        state[RECORDS] = records
        run.writer.write_message(StateMessage(stream.tap_state))
    return reasons


def _too_few(records: int, before: object) -> str | None:
    """Return why too few rows came, or None. The key may have lost access to rows."""
    if isinstance(before, int) and before and records * 2 <= before:
        advice = "If so many were really deleted, run once with --full-refresh"
        return f"{records} rows came, and {before} in the last such run. {advice}"
    return None if records else "no row came, which may be a mistake"
