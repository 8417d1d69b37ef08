"""What is made of a state, and what is said of one that is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.singer import states

BOOKMARK = {"replication_key": "updated_at", "replication_key_value": "2024-01-31T00:00:00+00:00"}
BOOKMARKS = {"customers": BOOKMARK}
STATE = {"bookmarks": BOOKMARKS}
NO_TIMES: list[Any] = ["yesterday", 20240101, [], "0001-01-01", "9999-12-31", True]


@pytest.mark.parametrize(
    "state",
    [
        STATE,
        {"singer_state": STATE},
        {"type": "STATE", "value": STATE},
        {"singer_state": {"type": "STATE", "value": STATE}},
        STATE | {"currently_syncing": None},
    ],
)
def test_a_wrapped_state_is_unwrapped(state: dict[str, Any]) -> None:
    assert states.bookmarks_of(state) == BOOKMARKS


@pytest.mark.parametrize("state", [{}, {"singer_state": {}}, {"singer_state": None}])
def test_an_empty_state_has_no_bookmarks(state: dict[str, Any]) -> None:
    assert states.bookmarks_of(state) == {}


@pytest.mark.parametrize(
    "state",
    [
        BOOKMARKS,
        {"customers": "2024-01-31T00:00:00Z"},
        {"type": "STATE"},
        {"value": STATE},
        {"singer_state": "x"},
        {"singer_state": [STATE]},
        {"bookmarks": None},
        {"bookmarks": {"customers": "2024-01-31"}},
        {"bookmarks": []},
        {"completed": {"singer_state": STATE}},
    ],
)
def test_an_invalid_state_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        states.bookmarks_of(state)

    assert str(caught.value) == (
        f"The state's bookmarks must be an object, as in {states.A_STATE}."
    )


@pytest.mark.parametrize(
    "stream_state",
    [
        BOOKMARK,
        {},
        {"replication_key": "updated_at"},
        {"replication_key_value": None},
        {"starting_replication_value": None, "progress_markers": {}},
    ],
)
def test_a_valid_or_absent_bookmark_is_accepted(stream_state: dict[str, Any]) -> None:
    states.check_bookmark("customers", stream_state)


@pytest.mark.parametrize(
    "stream_state",
    [
        {"updated_at": "2024-01-31T00:00:00+00:00"},
        {"replication_key_value": "2024-01-31T00:00:00+00:00"},
        {"bookmark": BOOKMARK},
        *(BOOKMARK | {"replication_key_value": value} for value in NO_TIMES),
    ],
)
def test_an_incomplete_bookmark_or_one_that_is_no_time_is_refused(
    stream_state: dict[str, Any],
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        states.check_bookmark("customers", stream_state)

    assert str(caught.value).startswith("The state's bookmark for customers must be such as {")


@pytest.mark.parametrize(("minutes", "is_refused"), [(-1, False), (8, False), (12, True)])
def test_a_bookmark_in_the_future_is_refused(minutes: int, *, is_refused: bool) -> None:
    time = datetime.now(UTC) + timedelta(minutes=minutes)
    bookmark = BOOKMARK | {"replication_key_value": time.isoformat()}

    if not is_refused:
        states.check_bookmark("customers", bookmark)
        return
    with pytest.raises(ConfigurationError) as caught:
        states.check_bookmark("customers", bookmark)
    assert f"{time.isoformat()}, lies in the future" in str(caught.value)


def test_interim_parts_of_a_state_are_dropped() -> None:
    interim: dict[str, Any] = {"partitions": None, "progress_markers": [1], "x": {}}

    assert states.without_interim({"a": BOOKMARK | interim, "b": {}}) == {
        "bookmarks": {"a": BOOKMARK, "b": {}}
    }
