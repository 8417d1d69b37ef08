"""FrontcoreClient: one request to the API, and its tries.

Which pages to ask for, when, how fast, and what an answer means is decided in the modules beside
it. A request is sent in a thread of its own, so that several can be under way at once. Such a
thread never keeps the process: nobody waits for an answer that isn't needed any more.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import deque
from concurrent import futures
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3
from singer_sdk.authenticators import APIKeyAuthenticator

from tap_frontcore.errors import RetriableError
from tap_frontcore.frontcore.answers import (
    LONGEST_WAIT,
    Answer,
    RequestInfo,
    Rows,
    rows_of,
    server_time,
)
from tap_frontcore.frontcore.deadline import DeadlineAdapter
from tap_frontcore.frontcore.failures import describe
from tap_frontcore.frontcore.pace import Pace
from tap_frontcore.frontcore.reading import ListReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from tap_frontcore.frontcore.pagination import OverlappingPaginator

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection."""


WAIT_AT_MOST = 1.0
"""Seconds to wait for an answer at a stretch, so that a signal is noticed."""


class Endpoint(NamedTuple):
    """A list of the API."""

    path: str
    """Below the base URL, with a slash before it."""

    name: str
    """The stream, as the user knows it."""

    key: str = "id"
    """The field that tells a row from others."""

    is_paged: bool = True
    """Whether it takes `limit` and `page`; else one answer has all."""


@dataclass
class Request:
    """A request that was sent."""

    endpoint: Endpoint
    params: Mapping[str, str]
    future: Future[Rows]
    """Its rows, or what went wrong."""

    retries: int = 0

    def wait(self, seconds: float) -> None:
        """Wait for the answer, but no longer than that."""
        futures.wait([self.future], seconds)


class FrontcoreClient:
    """The conversation with an account. One thread uses it; those that it starts only fetch."""

    def __init__(  # noqa: PLR0913  # one for each setting
        self,
        api_key: str,
        *,
        api_url: str,
        max_parallel_requests: int = 4,
        requests_per_second: float = 4,
        request_timeout: float = 60,
        max_retries: int = 7,
        user_agent: str = "tap-frontcore",
        logger: logging.Logger | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Prepare to read; nothing is sent yet.

        Args:
            api_key: The account's key.
            api_url: Base URL: https, or plain http on this machine.
            max_parallel_requests: Requests of a list on their way at once.
            requests_per_second: The pace of all lists together.
            request_timeout: Seconds until an answer must have come whole.
            max_retries: Tries after the first one that failed.
            user_agent: Who is asking.
            logger: Where to say that a request is tried again.
            sleep: Waits for so many seconds, before another try.

        Raises:
            ValueError: The key can't be sent to that URL without others seeing it.
        """
        if not is_safe_url(api_url):
            msg = "api_url must be https, or http on this machine, without user name and query"
            raise ValueError(msg)
        self.max_parallel_requests = max_parallel_requests
        self.pace = Pace(requests_per_second)
        self.started_at: datetime | None = None
        """When the first request was sent, by the server's clock; null before its answer."""

        self.on_response: Callable[[Endpoint, int, float], None] = lambda *_: None
        """Called with each answer's list, HTTP status, and seconds until its headers came."""

        self._key = api_key
        self._url = api_url.rstrip("/")
        self._timeout = request_timeout
        self._connect_timeout = min(CONNECT_TIMEOUT, request_timeout)
        self._tries = max_retries + 1
        self._user_agent = user_agent
        self._logger = logger or logging.getLogger(__name__)
        self._sleep = sleep
        self._is_key_accepted = False
        self._sessions: deque[requests.Session] = deque()

    def read(
        self, endpoint: Endpoint, filters: Mapping[str, str], paginator: OverlappingPaginator
    ) -> ListReader:
        """Read a list whole, also while it changes; see `ListReader`."""
        return ListReader(self, endpoint, filters, paginator)

    def start(self, endpoint: Endpoint, params: Mapping[str, str]) -> Request:
        """Send a request, whose turn has come, and don't wait for it."""
        request = Request(endpoint, params, Future())
        threading.Thread(target=self._fetch, args=[request, request.future], daemon=True).start()
        return request

    def receive(self, request: Request, tries: int | None = None) -> Rows:
        """Wait for the rows of a request, and send it again if it failed.

        The thread that sends waits here. So nothing is sent meanwhile, and what was fetched ahead
        and never needed is never tried again.

        Args:
            request: What was sent.
            tries: How many, the first one included; by default as many as are set.

        Raises:
            RefusedError: Frontcore turns the request down.
            RetriableError: The last try failed too.
        """
        tries = min(tries or self._tries, self._tries)
        for attempt in range(1, tries + 1):
            try:
                while not request.future.done():  # a signal can fall between two waits
                    request.wait(WAIT_AT_MOST)
                return request.future.result()
            except RetriableError as failure:
                error = failure
            self.pace.hold(error.seconds)
            if attempt < tries:
                wait = max(min(2.0 ** (attempt - 1), LONGEST_WAIT), self.pace.held)
                # Up to a quarter more, so that many taps don't come back at the same moment.
                wait *= random.uniform(1, 1.25)  # noqa: S311
                self._logger.warning(
                    "%s. Try %d of %d follows in %.1f s.", error, attempt + 1, tries, wait
                )
                self._sleep(wait)
                self.pace.wait()
                request.future = self.start(request.endpoint, request.params).future
                request.retries += 1
        msg = (
            f"{error}. That was try {tries}, the last. Run again later: the next run begins where "
            "the last whole one ended."
        )
        raise RetriableError(msg) from error

    def _fetch(self, request: Request, future: Future[Rows]) -> None:
        path, params = request.endpoint.path, request.params
        try:
            info = RequestInfo(
                path,
                f"{self._url}{path}",
                request.endpoint.name,
                self._key,
                self._is_key_accepted,
                page=int(params.get("page", 1)),
                has_filters=any(name.endswith(("_min", "_max", "since_id")) for name in params),
            )
            rows = rows_of(self._ask(request.endpoint, params), info)
            self._is_key_accepted = True
            future.set_result(rows)
        except BaseException as error:  # noqa: BLE001  # whatever it is, it is for who waits
            future.set_exception(error)

    def _ask(self, endpoint: Endpoint, params: Mapping[str, str]) -> Answer:
        """Send one request, once, and return whatever comes.

        Raises:
            RetriableError: There is no answer, or not all of it.
            RefusedError: There is none, and another try would end the same way.
        """
        timeouts = (self._connect_timeout, self._timeout)
        try:
            with (
                self._session() as session,
                session.get(
                    f"{self._url}{endpoint.path}",
                    params=params,
                    timeout=timeouts,
                    allow_redirects=False,  # requests would send the key along, to whatever host
                    stream=True,
                ) as response,
            ):
                body = response.raw.read(decode_content=True)
        except (OSError, urllib3.exceptions.HTTPError) as error:  # those of requests are OSErrors
            # Not chained: at DEBUG, the texts of others would be shown.
            raise describe(error, urlsplit(self._url).netloc, *timeouts) from None
        seconds = response.elapsed.total_seconds()
        self.on_response(endpoint, response.status_code, seconds)
        answer = Answer(response.status_code, response.headers, body)
        if self.started_at is None and (sent := server_time(answer)):
            self.started_at = sent - timedelta(seconds=seconds)
        return answer

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """Lend a session to one thread, since requests doesn't promise that two can share it."""
        try:
            session = self._sessions.pop()
        except IndexError:
            session = requests.Session()
            for scheme in ("http://", "https://"):
                session.mount(scheme, DeadlineAdapter())
            # On this machine a proxy has nothing to do, and would get the key.
            session.trust_env = self._url.startswith("https:")
            session.headers["User-Agent"] = self._user_agent
            session.headers["Accept"] = "application/json"  # else some errors come as HTML
            # It also keeps a password from ~/.netrc out.
            session.auth = APIKeyAuthenticator(key="X-API-Key", value=self._key)
        try:
            yield session
        finally:
            self._sessions.append(session)


def is_safe_url(text: str) -> bool:
    """Tell whether the key can be sent to a URL without others seeing it."""
    try:
        url = urlsplit(text)
        host = url.hostname or ""
        host.encode("idna")  # no part of a name is empty or has more than 63 letters
        url.port  # noqa: B018  # raises if it is no number
    except ValueError:
        return False
    if not host or "@" in url.netloc or url.query or url.fragment or not text.isprintable():
        return False
    if set(text) & set(" {}"):
        return False
    return url.scheme == "https" or (url.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
