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
    return TapFrontcore(config=CONFIG, state={"bookmarks": bookmarks}, **arguments)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("no_such_stream", {}),
        ("courses", {}),
        ("customers", {"catalog": catalog_with("products")}),
        ("customers", {"catalog": catalog_with("customers", replication_method="FULL_TABLE")}),
    ],
)
def test_an_invalid_bookmark_of_an_unread_stream_is_ignored(
    name: str, arguments: dict[str, Any]
) -> None:
    tap = tap_with({"legal_bases": BOOKMARK, name: BROKEN}, **arguments)

    assert tap.state["bookmarks"] == {"legal_bases": BOOKMARK, name: BROKEN}


def test_an_invalid_bookmark_is_refused_before_the_first_request() -> None:
    with requests_mock.Mocker() as server, pytest.raises(ConfigurationError) as caught:
        tap_with({"customers": BROKEN})

    assert "The state's bookmark for customers is not a date or time" in str(caught.value)
    assert server.call_count == 0


def test_a_bookmark_of_another_field_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    tap_with({"customers": BOOKMARK | {"replication_key": "created_at"}})

    (warning,) = [entry for entry in caplog.records if entry.levelname == "WARNING"]
    assert "customers: the state's bookmark is one of created_at" in warning.getMessage()


def test_a_state_of_another_tap_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    tap_with({"issues": BOOKMARK, "commits": BOOKMARK})

    (warning,) = [entry for entry in caplog.records if entry.levelname == "WARNING"]
    assert warning.getMessage() == (
        "The state is another tap's: it has issues, no stream of tap-frontcore. "
        "So all rows are read."
    )


@pytest.mark.parametrize("bookmarks", [{}, {"issues": BOOKMARK, "products": BOOKMARK}])
def test_a_state_with_a_stream_of_this_tap_is_no_warning(
    bookmarks: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    tap_with(bookmarks)

    assert [entry for entry in caplog.records if entry.levelname == "WARNING"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_process_once_the_tap_is_made(
    number: signal.Signals,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)

    tap = TapFrontcore(config=CONFIG)

    assert signal.getsignal(number) == tap._handle_termination
    signal.raise_signal(number)
    assert codes == [128 + number]
    assert capfd.readouterr().err.startswith(f"Ended by {number.name}. The next run resumes")


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
