"""Single odd answers of the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
import requests_mock
from singer_sdk.exceptions import FatalAPIError, RetriableAPIError

from tap_frontcore.client import LONGEST_WAIT, FrontcoreStream, KeyRejectedError, Page
from tap_frontcore.pagination import Window
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://api.frontcore.com/v2/customers"
PAGE = Page({}, Window(1, 250))


@pytest.fixture
def stream() -> FrontcoreStream:
    tap = TapFrontcore(config={"api_key": API_KEY})
    found = tap.streams["customers"]
    assert isinstance(found, FrontcoreStream)
    return found


@pytest.fixture
def server() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


def test_the_request(stream: FrontcoreStream, server: requests_mock.Mocker) -> None:
    server.get(URL, json=[])

    stream._fetch(Page({"include[]": "employees"}, Window(3, 200)))

    request = server.request_history[0]
    assert request.headers["X-API-Key"] == API_KEY
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"].startswith("tap-frontcore/0.")
    assert request.url == f"{URL}?include%5B%5D=employees&limit=200&page=3"
    assert str(request.timeout) == "(10.0, 60.0)"


def test_a_companys_own_certificates_are_used(
    stream: FrontcoreStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/company.pem")

    assert stream.requests_session.verify == "/etc/company.pem"


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        ({"json": {"error": "Wrong API Key"}}, KeyRejectedError, '"Wrong API Key". The key was re'),
        ({"json": {"error": "Invalid API key"}, "status_code": 403}, KeyRejectedError, "rejected"),
        ({"json": {"error": "Missing field(s): x"}}, FatalAPIError, "check the settings that fil"),
        ({"json": {"error": "Field(s) not valid: limit"}}, FatalAPIError, "not valid: limit"),
        ({"json": {"error": "x" * 999}, "status_code": 400}, FatalAPIError, f"{'x' * 200}…"),
        ({"json": {"error": "a\nb"}, "status_code": 422}, FatalAPIError, '422 and "a b"'),
        ({"status_code": 301}, FatalAPIError, "redirected /customers to nowhere"),
        (
            {"json": {"error": "No more"}, "status_code": 429},
            RetriableAPIError,
            '429 and "No more"',
        ),
        ({"status_code": 408}, RetriableAPIError, "with 408 and 0 bytes"),
        ({"text": "<p>", "status_code": 502}, RetriableAPIError, "with 502 and 3 bytes of"),
        ({"text": ""}, RetriableAPIError, "that is not whole JSON"),
        ({"status_code": 204}, RetriableAPIError, "that is not whole JSON"),
        ({"text": "null"}, RetriableAPIError, "that is not whole JSON"),
        ({"json": {"items": []}}, RetriableAPIError, "that is not a list"),
        ({"json": ["Wrong"]}, RetriableAPIError, "that is not a list"),
        ({"json": {"error": []}}, RetriableAPIError, "that is not a list"),
        ({"content": b'[{"id": "\xff"}]'}, RetriableAPIError, "that is not whole JSON"),
        ({"exc": requests.ConnectTimeout}, RetriableAPIError, "within 10 seconds"),
        ({"exc": requests.ReadTimeout}, RetriableAPIError, "No answer from api.frontcore.com wit"),
        ({"exc": requests.exceptions.SSLError}, RetriableAPIError, "TLS"),
        ({"exc": requests.exceptions.ProxyError}, RetriableAPIError, "through the proxy"),
        ({"exc": requests.ConnectionError}, RetriableAPIError, "No connection to"),
    ],
)
def test_an_answer_that_is_none(
    stream: FrontcoreStream,
    server: requests_mock.Mocker,
    answer: dict[str, Any],
    error: type[Exception],
    words: str,
) -> None:
    server.get(URL, **answer)

    with pytest.raises(error) as caught:
        stream._fetch(PAGE)

    assert type(caught.value) is error
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [
        ("7", 7),
        ("0", 0),
        ("9999", LONGEST_WAIT),
        (format_datetime(datetime.now(UTC) + timedelta(seconds=9000)), LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("soon", 1),
        ("-5", 1),
        (None, 1),
    ],
)
def test_retry_after(
    stream: FrontcoreStream,
    server: requests_mock.Mocker,
    retry_after: str | None,
    expected: float,
) -> None:
    headers = {"Retry-After": retry_after} if retry_after else {}
    server.get(URL, status_code=429, headers=headers)

    with pytest.raises(RetriableAPIError):
        stream._fetch(PAGE)

    assert stream._pace.held == pytest.approx(expected, abs=0.5)


def test_waits_grow_to_about_two_minutes_in_all(stream: FrontcoreStream) -> None:
    waits = stream.backoff_wait_generator()
    next(waits)

    assert [next(waits) for _ in range(7)] == [1, 2, 4, 8, 16, 32, 64]


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_clock_that_is_wrong_here_does_not_move_the_bookmark_too_far(
    stream: FrontcoreStream, server: requests_mock.Mocker, minutes: int
) -> None:
    there = datetime.now(UTC) + timedelta(minutes=minutes)
    server.get(
        URL,
        json=[{"id": 1, "created_at": "2099-01-01T00:00:00+01:00"}],
        headers={"Date": format_datetime(there.astimezone(UTC), usegmt=True)},
    )

    stream.sync()
    stream.finalize_state_progress_markers()

    bookmark = datetime.fromisoformat(stream.stream_state["replication_key_value"])
    start = min(there, datetime.now(UTC))
    assert start - timedelta(seconds=10) < bookmark <= start
