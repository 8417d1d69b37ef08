"""The tap by itself: states, signals, discovery."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest
import requests_mock
from singer_sdk.exceptions import ConfigurationError

from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY
from tests.support.cli import catalog_with

BOOKMARK = {"replication_key": "updated_at", "replication_key_value": "2024-01-31T00:00:00+00:00"}
BROKEN = {"replication_key": "updated_at", "replication_key_value": "yesterday"}
CONFIG: dict[str, Any] = {"api_key": API_KEY, "api_url": "http://127.0.0.1:9/v2"}


def tap_with(bookmarks: dict[str, Any], **arguments: Any) -> TapFrontcore:
    """Make a tap with a state, as `meltano state get` prints it."""
    state = {"singer_state": {"bookmarks": bookmarks}}
    return TapFrontcore(config=CONFIG, state=state, **arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("no_such_stream", {}),
        ("courses", {}),
        ("customers", {"catalog": catalog_with("products")}),
        ("customers", {"catalog": catalog_with("customers", replication_method="FULL_TABLE")}),
    ],
)
def test_an_invalid_bookmark_of_an_unread_stream_and_unknown_parts_are_ignored(
    name: str, arguments: dict[str, Any]
) -> None:
    interim = {"partitions": None, "progress_markers": [1], "replication_key_signpost": 5}

    tap = tap_with({"legal_bases": BOOKMARK | interim, name: BROKEN}, **arguments)

    assert tap.state["bookmarks"] == {"legal_bases": BOOKMARK, name: BROKEN}


def test_an_invalid_bookmark_is_refused_before_the_first_request() -> None:
    with requests_mock.Mocker() as server, pytest.raises(ConfigurationError) as caught:
        tap_with({"customers": BROKEN})

    assert "The state's bookmark for customers must be such as {" in str(caught.value)
    assert server.call_count == 0


def test_a_bookmark_of_another_field_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    tap_with({"customers": BOOKMARK | {"replication_key": "created_at"}})

    (warning,) = [entry for entry in caplog.records if entry.levelname == "WARNING"]
    assert "customers: the state's bookmark is one of created_at" in warning.getMessage()


@pytest.mark.parametrize(
    ("bookmarks", "is_another_taps"),
    [
        ({"issues": BOOKMARK, "commits": BOOKMARK}, True),
        ({"issues": BOOKMARK, "products": BOOKMARK}, False),
        ({}, False),
    ],
)
def test_a_state_of_another_tap_is_a_warning(
    bookmarks: dict[str, Any], caplog: pytest.LogCaptureFixture, *, is_another_taps: bool
) -> None:
    tap_with(bookmarks)

    text = "The state is another tap's: it has issues, no stream of tap-frontcore. So all rows"
    warnings = [entry for entry in caplog.records if entry.levelname == "WARNING"]
    assert [text in entry.getMessage() for entry in warnings] == [True] * is_another_taps


def test_a_tap_leaves_the_handlers_of_signals_as_they_are() -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    TapFrontcore(config=CONFIG)

    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_url", "api.frontcore.com/v2"),
        ("api_url", "http://api.frontcore.com/v2"),
        ("api_url", "https://api.frontcore.com/v2?x=1"),
        ("api_key", "nøkkel"),
        ("requests_per_second", 0),
        ("start_date", "02.01.2024"),
    ],
)
def test_a_discovery_checks_what_a_run_checks(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError) as discovered:
        TapFrontcore(config={name: value}, validate_config=False)
    with pytest.raises(ConfigurationError) as run:
        TapFrontcore(config=CONFIG | {name: value})

    assert str(discovered.value) == str(run.value)


def test_a_discovery_needs_no_key() -> None:
    assert TapFrontcore(config={}, validate_config=False).catalog_dict["streams"]


@pytest.mark.parametrize(
    ("settings", "method", "named"),
    [
        ({"emit_activate_version_messages": True}, None, "customers, products"),
        ({"emit_activate_version_messages": True}, "FULL_TABLE", None),
        ({}, None, None),
    ],
)
def test_a_warning_names_the_incremental_streams_whose_deleted_rows_stay(
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, Any],
    method: str | None,
    named: str | None,
) -> None:
    """Not `admin_roles`, which is always read in full."""
    streams = ("customers", "products", "admin_roles")
    catalog = catalog_with(*streams, replication_method=method)

    with requests_mock.Mocker() as server:
        server.get(requests_mock.ANY, json=[])
        TapFrontcore(config=CONFIG | settings, catalog=catalog).sync_and_report()

    found = re.findall("emit_activate_version_messages has no effect on (.+?), which", caplog.text)
    assert found == ([named] if named else [])
