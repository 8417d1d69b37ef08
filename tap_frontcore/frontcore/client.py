"""FrontcoreClient: one request to the API, and its retries.

The modules beside it decide which pages to request, how fast, and what a response means. Each
request is sent in a thread of its own, so that several can be under way at once. The process
doesn't wait for such a thread to end: its response may no longer be needed.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections import deque
from concurrent import futures
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import urllib3
from singer_sdk.authenticators import APIKeyAuthenticator

from tap_frontcore.errors import RetriableError
from tap_frontcore.frontcore import answers, faults, wording
from tap_frontcore.frontcore.answers import LONGEST_WAIT, Answer, Rows
from tap_frontcore.frontcore.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_frontcore.frontcore.queries import Endpoint

# urllib3 quotes a header line that it can't parse, and such a line may hold the key.
logging.getLogger("urllib3.connection").addFilter(
    lambda entry: "Failed to parse headers" not in str(entry.msg)
)

# Where others don't see the key: no user name and no query; plain http is for this machine. Each
# part of a host's name has 1 to 63 characters, of an address 0 to 255, and the last port is 65535.
SAFE_URL = re.compile(
    r"(https://[\w-]{1,63}(\.[\w-]{1,63})*|https?://\[::1\]"
    r"|http://(localhost|127(\.(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])){3}))"
    r"(:([1-5]?[0-9]{1,4}|6([0-4][0-9]{3}|5([0-4][0-9]{2}|5([0-2][0-9]|3[0-5])))))?(/[\w./~%+-]*)?"
)

CONNECT_TIMEOUT = 10.0  # seconds

# A `Date` that is further away isn't believed: with 1970, every run would read all rows.
LARGEST_CLOCK_ERROR = timedelta(days=1)


@dataclass
class Request:
    """A request that was sent, and sent again if it failed."""

    endpoint: Endpoint
    params: Mapping[str, str]
    future: Future[Rows] = field(default_factory=Future)  # its rows, or what went wrong
    deadline: float = 0.0  # when the response must be complete, by the monotonic clock
    retries: int = 0
    is_answered: bool = False  # whatever was answered, at any try


class FrontcoreClient:
    """Sends requests for one account. One thread uses it; those that it starts only fetch."""

    def __init__(  # noqa: PLR0913  # one for each setting
        self,
        api_key: str,
        *,
        api_url: str,
        max_parallel_requests: int = 8,  # of one stream
        requests_per_second: float = 4,  # of all streams together
        request_timeout: float = 60,  # seconds until a response must be complete
        max_retries: int = 7,
        user_agent: str = "tap-frontcore",
        logger: logging.Logger | None = None,
        sleep: Callable[[float], None] = time.sleep,  # waits before a retry
    ) -> None:
        """Raise a ValueError if others could see the key on its way to that URL."""
        if not SAFE_URL.fullmatch(api_url):
            msg = "api_url must be https, or http on this machine, without user name and query"
            raise ValueError(msg)
        self.max_parallel_requests = max_parallel_requests
        self.pace = Pace(requests_per_second)
        # The second of the first request, by the server's clock; None before the first response.
        self.started_at: datetime | None = None
        # Called with the endpoint, the HTTP status, and the seconds until the headers came.
        self.on_response: Callable[[Endpoint, int, float], None] = lambda *_: None
        self._key = api_key
        self._url = api_url.rstrip("/")
        self._host = urlsplit(api_url).netloc
        self._timeout = request_timeout
        self._connect_timeout = min(CONNECT_TIMEOUT, request_timeout)
        self._tries = max_retries + 1
        self._user_agent = user_agent
        self._logger = logger or logging.getLogger(__name__)
        self._sleep = sleep
        self._is_key_accepted = False
        self._is_silent = False  # whether nothing answered a request, nor another one since then
        self._first_sent = 0.0  # by the monotonic clock
        self._sessions: deque[requests.Session] = deque()

    def send(self, endpoint: Endpoint, params: Mapping[str, str]) -> Request:
        """Send a request in its turn, and don't wait for the answer."""
        self.pace.wait()
        return self._start(Request(endpoint, params))

    def prefetch(
        self, endpoint: Endpoint, params: Mapping[str, str], needed: Request
    ) -> Request | None:
        """Send a request in its turn, unless the answer to the one that is needed comes first."""
        while not needed.future.done():
            if not (seconds := self.pace.take()):
                return self._start(Request(endpoint, params))
            futures.wait([needed.future], seconds)
        return None

    def _start(self, request: Request) -> Request:
        request.future, now = Future(), time.monotonic()
        self._first_sent = self._first_sent or now
        # The read timeout of requests is for each piece of a response, not for all of it.
        request.deadline = now + self._connect_timeout + self._timeout
        # The thread gets the future, since a retry gives the request another one.
        fetching = threading.Thread(target=self._fetch, args=[request, request.future], daemon=True)
        try:
            fetching.start()
        except RuntimeError:  # this machine or container allows no more threads
            self._fetch(request, request.future)
        return request

    def receive(self, request: Request, tries: int | None = None) -> Rows:
        """Wait for the rows of a request, and retry it if it failed.

        While a retry waits, no other request is sent. Prefetched pages that turn out to be
        unnecessary are not retried. `tries` counts the first one too; it can only lower the
        number that is set. After a request that nothing answered, the next ones are tried once
        until something answers: the API may be down, and each list would wait for it anew.

        Raises:
            RefusedError: A retry would end the same way.
            RetriableError: The last try failed too.
        """
        most = min(tries or self._tries, self._tries)
        while True:
            try:
                return self._result(request)
            except RetriableError as error:
                self.pace.hold(error.seconds)
                tries = 1 if self._is_silent else most
                if request.retries >= tries - 1:
                    self._is_silent = not request.is_answered
                    msg = (
                        f"{error}. Giving up after {tries} {'try' if tries == 1 else 'tries'}. The "
                        "next run resumes from the last successful one."
                    )
                    raise RetriableError(msg, error.brief) from error
                wait = max(min(2.0**request.retries, LONGEST_WAIT), self.pace.held)
                # Up to a quarter more, so that many taps don't come back at the same moment.
                wait *= random.uniform(1, 1.25)  # noqa: S311
                request.retries += 1
                text = "%s. Retry %d of %d in %.1f s."
                self._logger.warning(text, error, request.retries, tries - 1, wait)
            self._sleep(wait)
            self.pace.wait()
            self._start(request)

    def _result(self, request: Request) -> Rows:
        try:
            return request.future.result(max(request.deadline - time.monotonic(), 0))
        except TimeoutError:  # its thread runs on, but its result is ignored
            raise faults.error_of(requests.Timeout(), self._host) from None

    def _fetch(self, request: Request, future: Future[Rows]) -> None:
        try:
            future.set_result(self._rows(request))
        except BaseException as error:  # noqa: BLE001  # `receive` raises it
            future.set_exception(error)

    def _rows(self, request: Request) -> Rows:
        answer = self._ask(request.endpoint, request.params)
        request.is_answered, self._is_silent = True, False
        result = answers.read(answer)
        if isinstance(result, answers.Failure):
            raise wording.error_of(
                result,
                request.endpoint,
                request.params,
                api_url=self._url,
                key=self._key,
                is_key_accepted=self._is_key_accepted,
            )
        self._is_key_accepted = True
        return result

    def _ask(self, endpoint: Endpoint, params: Mapping[str, str]) -> Answer:
        """Send one request, once.

        Raises:
            RetriableError: There is no complete response.
            RefusedError: There is none, and a retry would end the same way.
        """
        try:
            with (
                self._session() as session,
                session.get(
                    f"{self._url}{endpoint.path}",
                    params=params,
                    timeout=(self._connect_timeout, self._timeout),
                    allow_redirects=False,  # requests would send the key along, to whatever host
                    stream=True,
                ) as response,
            ):
                body = response.raw.read(decode_content=True)
        except (OSError, urllib3.exceptions.HTTPError) as error:  # those of requests are OSErrors
            # Not chained: at DEBUG, the texts of other libraries would be shown.
            raise faults.error_of(error, self._host) from None
        self.on_response(endpoint, response.status_code, response.elapsed.total_seconds())
        answer = Answer(response.status_code, response.headers, body)
        self._note_time(answer)
        return answer

    def _note_time(self, answer: Answer) -> None:
        if self.started_at:
            return
        now, there = datetime.now(UTC), answers.server_time(answer)
        if there and abs(now - there) > LARGEST_CLOCK_ERROR:
            self._logger.warning(
                "The API's clock (%s) and this machine's (%s) are more than a day apart. This "
                "machine's is used: if it is wrong, correct it, or rows may be missed.",
                there.isoformat(),
                now.isoformat(timespec="seconds"),
            )
            there = None
        # Too early is safe: rows that changed since then are read again.
        start = min(there, now) if there else now - timedelta(hours=1)
        start -= timedelta(seconds=time.monotonic() - self._first_sent)
        self.started_at = start.replace(microsecond=0)  # the API's times have whole seconds

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """Lend a session to one thread, since requests doesn't promise that two can share it."""
        try:
            session = self._sessions.pop()
        except IndexError:
            session = requests.Session()
            # A proxy must not get the key of a request to this machine.
            session.trust_env = self._url.startswith("https:")
            session.headers["User-Agent"] = self._user_agent
            session.headers["Accept"] = "application/json"  # else some errors come as HTML
            # This also keeps requests from sending a password from ~/.netrc.
            session.auth = APIKeyAuthenticator(key="X-API-Key", value=self._key)
        try:
            yield session
        finally:
            self._sessions.append(session)
