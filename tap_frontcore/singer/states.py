"""Read and check the state that a run is given: bookmarks by stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.exceptions import ConfigurationError

from tap_frontcore import clock
from tap_frontcore.singer.settings import is_future

if TYPE_CHECKING:
    from collections.abc import Mapping

State = dict[str, Any]

A_BOOKMARK = (
    '{"replication_key": "updated_at", "replication_key_value": "2024-01-31T00:00:00+00:00"}'
)
A_STATE = f'{{"bookmarks": {{"customers": {A_BOOKMARK}}}}}'
RECORDS = "records"  # how many the last run with ACTIVATE_VERSION read
KEPT = {"replication_key", "replication_key_value", RECORDS}  # all that a run needs
# The SDK adds these during a run and removes them at its end.
INTERIM = {"progress_markers", "replication_key_signpost", "starting_replication_value"}


def bookmarks_of(state: Mapping[str, Any]) -> dict[str, State]:
    """Return the bookmarks of a state, by stream; it may be wrapped by Meltano or in a message."""
    inner: Any = state
    while isinstance(inner, dict) and "bookmarks" not in inner:
        if "singer_state" in inner:  # from `meltano state get`
            inner = inner["singer_state"]
        elif inner.get("type") == "STATE" and "value" in inner:  # from a tap
            inner = inner["value"]
        else:
            break
    if inner in ({}, None):  # before the first run
        return {}
    bookmarks = inner.get("bookmarks") if isinstance(inner, dict) else None
    if not isinstance(bookmarks, dict) or any(type(it) is not dict for it in bookmarks.values()):
        # {} would silently read all rows again
        msg = f"The state's bookmarks must be an object, as in {A_STATE}."
        raise ConfigurationError(msg)
    return bookmarks


def check_bookmark(name: str, stream_state: State) -> None:
    """Refuse a bookmark that is incomplete, not a time, or in the future."""
    bookmark: Any = stream_state.get("replication_key_value")
    if bookmark is None and set(stream_state) <= KEPT | INTERIM:
        return  # no row has had a time yet
    if "replication_key" not in stream_state or not clock.is_askable(bookmark):
        msg = f"The state's bookmark for {name} must be such as {A_BOOKMARK}: correct or remove it."
    elif is_future(bookmark):
        msg = (
            f"The state's bookmark for {name}, {clock.to_text(clock.parse(bookmark))}, lies in "
            "the future, so no row would come: correct or remove it, or set this machine's clock."
        )
    else:
        return
    raise ConfigurationError(msg)


def without_interim(bookmarks: Mapping[str, State]) -> State:
    """Return a state with only what a run needs: the rest may have any form."""
    return {
        "bookmarks": {
            name: {part: value for part, value in stream_state.items() if part in KEPT}
            for name, stream_state in bookmarks.items()
        }
    }
