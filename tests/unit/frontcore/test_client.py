"""The client by itself."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
import requests_mock

from tap_frontcore.errors import RetriableError
from tap_frontcore.frontcore.client import FrontcoreClient
from tap_frontcore.frontcore.pace import Pace
from tap_frontcore.frontcore.queries import Endpoint
from tap_frontcore.frontcore.reading import ListReader
from tests.fake_frontcore import API_KEY
from tests.unit.frontcore.worlds import paginator_of

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://api.frontcore.com/v2/customers"
CUSTOMERS = Endpoint("/customers", "customers")


@pytest.fixture
def waits() -> list[float]:
    """What the client would wait for."""
    return []


@pytest.fixture
def client(waits: list[float], monkeypatch: pytest.MonkeyPatch) -> FrontcoreClient:
    """Make a client that doesn't wait, and whose pace is none."""
    monkeypatch.setattr(random, "uniform", lambda low, _: low)
    monkeypatch.setattr(Pace, "wait", lambda _: None)
    return FrontcoreClient(
        API_KEY,
        api_url="https://api.frontcore.com/v2",
        user_agent="tap-frontcore/0.1.0",
        sleep=waits.append,
    )


@pytest.fixture
def server() -> Iterator[requests_mock.Mocker]:
    with requests_mock.Mocker() as mocker:
        yield mocker


def read(client: FrontcoreClient, *, is_full_read: bool = False) -> list[list[dict[str, Any]]]:
    paginator = paginator_of(is_full_read=is_full_read)
    return list(ListReader(client, CUSTOMERS, {}, paginator))


def test_a_request_is_sent_where_no_thread_can_be_started(
    client: FrontcoreClient, server: requests_mock.Mocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_: threading.Thread) -> None:
        msg = "can't start new thread"
        raise RuntimeError(msg)

    monkeypatch.setattr(threading.Thread, "start", start)
    server.get(URL, json=[{"id": 1}])

    assert read(client) == [[{"id": 1}]]


def test_nothing_is_requested_ahead_once_the_needed_rows_are_there(
    client: FrontcoreClient, server: requests_mock.Mocker
) -> None:
    server.get(URL, json=[])
    needed = client.send(CUSTOMERS, {"page": "1"})
    client.receive(needed)

    assert client.prefetch(CUSTOMERS, {"page": "2"}, needed) is None
    assert server.call_count == 1


def test_the_request(client: FrontcoreClient, server: requests_mock.Mocker) -> None:
    server.get(URL, json=[])

    client._ask(CUSTOMERS, {"include[]": "employees", "limit": "200", "page": "3"})

    request = server.request_history[0]
    assert request.headers["X-API-Key"] == API_KEY
    assert request.headers["Accept"] == "application/json"
    assert request.headers["User-Agent"] == "tap-frontcore/0.1.0"
    assert request.url == f"{URL}?include%5B%5D=employees&limit=200&page=3"
    assert str(request.timeout) == "(10.0, 60)"


@pytest.mark.parametrize(
    ("headers", "held"), [({}, 1.0), ({"Retry-After": "1"}, 1.0), ({"Retry-After": "30"}, 30.0)]
)
def test_waits_grow_to_about_two_minutes_whatever_is_held(
    client: FrontcoreClient,
    server: requests_mock.Mocker,
    waits: list[float],
    headers: dict[str, str],
    held: float,
) -> None:
    server.get(URL, status_code=429, headers=headers)

    with pytest.raises(RetriableError, match="Giving up after 8 tries"):
        read(client)

    expected = [max(wait, held) for wait in (1, 2, 4, 8, 16, 32, 64)]
    assert waits == pytest.approx(expected, abs=0.1)


def test_a_list_that_becomes_shorter_than_a_page_that_was_asked_for(
    client: FrontcoreClient, server: requests_mock.Mocker, waits: list[float]
) -> None:
    def page(request: Any, context: Any) -> Any:
        if len(server.request_history) == 2:
            context.status_code = 404
            return {"error": "Page not found"}
        limit, number = int(request.qs["limit"][0]), int(request.qs["page"][0])
        return [{"id": id_} for id_ in range(240)][(number - 1) * limit : number * limit]

    server.get(URL, json=page)
    rows = [row["id"] for page in read(client) for row in page]

    assert set(rows) == set(range(240))
    assert waits == []


def test_when_the_first_request_was_sent_by_the_servers_clock(
    client: FrontcoreClient, server: requests_mock.Mocker
) -> None:
    first = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)
    dates = [first, first + timedelta(hours=1)]
    server.get(
        URL,
        [{"json": [], "headers": {"Date": format_datetime(d, usegmt=True)}} for d in dates],
    )

    read(client)
    read(client)

    assert client.started_at is not None
    assert client.started_at in {first - timedelta(seconds=1), first}, "a whole second"


@pytest.mark.parametrize(
    ("headers", "warnings"),
    [
        ({}, 0),
        ({"Date": "yesterday"}, 0),
        ({"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}, 1),
        ({"Date": "Fri, 01 Jan 2100 00:00:00 GMT"}, 1),
    ],
)
def test_without_a_date_to_believe_the_run_began_an_hour_ago(
    client: FrontcoreClient,
    server: requests_mock.Mocker,
    caplog: pytest.LogCaptureFixture,
    headers: dict[str, str],
    warnings: int,
) -> None:
    server.get(URL, json=[], headers=headers)
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)

    read(client)
    read(client)

    assert client.started_at is not None
    assert abs(client.started_at - an_hour_ago) < timedelta(seconds=10)
    assert caplog.text.count("more than a day apart") == warnings


def test_a_key_is_not_taken_to_a_url_where_others_see_it() -> None:
    with pytest.raises(ValueError, match="https"):
        FrontcoreClient(API_KEY, api_url="http://api.frontcore.com/v2")


def test_after_a_request_that_nothing_answered_the_next_ones_are_tried_once(
    client: FrontcoreClient, server: requests_mock.Mocker, waits: list[float]
) -> None:
    """Each list would wait two minutes for an API that is down."""
    server.get(URL, exc=requests.ConnectTimeout)
    for _ in range(3):
        with pytest.raises(RetriableError):
            read(client)
    assert server.call_count == 8 + 1 + 1

    server.get(URL, json=[])
    assert read(client) == [[]]
    server.get(URL, exc=requests.ConnectTimeout)
    waits.clear()
    with pytest.raises(RetriableError):
        read(client)
    assert len(waits) == 7, "it answered again"


def test_after_a_request_that_was_answered_with_errors_the_next_one_is_tried_as_often(
    client: FrontcoreClient, server: requests_mock.Mocker, caplog: pytest.LogCaptureFixture
) -> None:
    for answer in ({"status_code": 500, "text": "x"}, {"exc": requests.ConnectTimeout}):
        server.get(URL, **answer)
        with pytest.raises(RetriableError):
            read(client)

    assert server.call_count == 16
    assert caplog.text.count("Retry 7 of 7 in 64.0 s.") == 2
