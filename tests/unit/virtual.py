"""Runs of one stream, by the tap's own code, without sockets, threads and waits.

The clocks are the test's: time passes only where it says so. The fake is asked in this process.
"""

from __future__ import annotations

import json
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch

from typing_extensions import override
from werkzeug.test import Client

from tap_frontcore.frontcore import client
from tap_frontcore.frontcore.answers import Answer
from tap_frontcore.singer.writer import MessageWriter
from tap_frontcore.streams import STREAMS
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import API_KEY, FakeFrontcore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_sdk import Stream

    from tap_frontcore.frontcore.client import Request
    from tap_frontcore.frontcore.queries import Endpoint

CONFIG = {"api_key": API_KEY, "api_url": "http://127.0.0.1:9/v2", "requests_per_second": 1000}


class Clock:
    """The clock of a server; the machine that the tap runs on may be ahead of it."""

    def __init__(self, now: datetime, ahead: float = 0) -> None:
        self.now = now
        self._began = now
        self._ahead = timedelta(seconds=ahead)

    @property
    def machine(self) -> datetime:
        """What this machine's clock shows."""
        return self.now + self._ahead

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        return 1 + (self.now - self._began).total_seconds()


class Ran(NamedTuple):
    """What a run left behind."""

    is_complete: bool
    messages: list[dict[str, Any]]
    requests: int

    @property
    def records(self) -> list[dict[str, Any]]:
        return [message["record"] for message in self.messages if message["type"] == "RECORD"]

    @property
    def state(self) -> dict[str, Any]:
        states = [message["value"] for message in self.messages if message["type"] == "STATE"]
        return {} if not states else states[-1]

    @property
    def bookmark(self) -> str | None:
        """The bookmark of the one stream."""
        return bookmark_in(self.state)


def bookmark_in(state: Mapping[str, Any]) -> str | None:
    """Return the bookmark in the state of one stream."""
    bookmarks: Iterable[Mapping[str, str]] = state.get("bookmarks", {}).values()
    return next((it.get("replication_key_value") for it in bookmarks), None)


class Account(NamedTuple):
    """A fake that is asked by virtual clocks."""

    fake: FakeFrontcore
    stream: str
    clock: Clock
    seconds: Callable[[], float] = lambda: 0.25
    """How long a request is under way, and then its response is made."""

    has_date: bool = True
    """Whether responses say when they were sent."""

    def run(self, state: Mapping[str, Any] | None = None, **settings: Any) -> Ran:
        """Run the tap to its end."""
        asked = len(self.fake.asked)
        virtual_time = SimpleNamespace(monotonic=self.clock.monotonic)
        with ExitStack() as stack:
            stack.enter_context(patch.object(client, "time", virtual_time))
            stack.enter_context(patch.object(client, "datetime", _Datetime(self.clock)))
            tap = _tap_of(self)(config=CONFIG | settings, state=dict(state or {}))
            try:
                tap.sync_and_report()
            except SystemExit:
                is_complete = False
            else:
                is_complete = True
        lines = tap.message_writer.lines  # type: ignore[attr-defined]
        messages = [json.loads(line) for line in lines]
        return Ran(is_complete, messages, len(self.fake.asked) - asked)


class _Datetime:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def now(self, _zone: object) -> datetime:
        return self._clock.machine


class _Lines(MessageWriter):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[bytes] = []

    @override
    def flush(self) -> None:
        self.lines += bytes(self._buffer).splitlines()
        self._buffer.clear()


class _Pace:
    """Waits for nothing."""

    held = 0.0

    def wait(self) -> None:
        pass

    def hold(self, seconds: float) -> None:
        pass


class _Client(client.FrontcoreClient):
    """Asks when a request is sent; its response comes at once, by this machine's clock."""

    def __init__(self, account: Account) -> None:
        api_url = str(CONFIG["api_url"])
        super().__init__(API_KEY, api_url=api_url, sleep=account.clock.pass_by)
        self.pace = _Pace()  # type: ignore[assignment]
        self._account = account
        self._server = Client(account.fake)

    @override
    def _start(self, request: Request) -> Request:
        request.future = Future()
        self._first_sent = self._first_sent or self._account.clock.monotonic()
        self._fetch(request, request.future)
        return request

    @override
    def _ask(self, endpoint: Endpoint, params: Mapping[str, str]) -> Answer:
        account = self._account
        account.clock.pass_by(account.seconds())
        path, headers = f"/v2{endpoint.path}", {"X-API-Key": API_KEY}
        response = self._server.get(path, query_string=dict(params), headers=headers)
        account.clock.pass_by(account.seconds())
        date = format_datetime(account.clock.now, usegmt=True)
        answer = Answer(
            response.status_code, {"Date": date} if account.has_date else {}, response.get_data()
        )
        self._note_time(answer)
        return answer


def _tap_of(account: Account) -> type[TapFrontcore]:
    class Tap(TapFrontcore):
        """Reads one stream of an account."""

        message_writer_class = _Lines

        @cached_property
        @override
        def client(self) -> client.FrontcoreClient:
            return _Client(account)

        @override
        def discover_streams(self) -> list[Stream]:
            (stream,) = (of(self, self.client) for of in STREAMS if of.name == account.stream)
            stream.selected = True
            stream._initialized_at = int(account.clock.machine.timestamp() * 1000)
            return [stream]

    return Tap
