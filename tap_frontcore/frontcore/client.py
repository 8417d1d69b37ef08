"""FrontcoreClient: the conversation with the API.

When to ask, what is tried again, and when to give up is decided here. Which pages to ask for,
how fast, and what an answer means is decided in the modules beside it.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from ipaddress import ip_address
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from tap_frontcore.errors import (
    NotFoundError,
    PaginationError,
    RefusedError,
    RetriableError,
    TapError,
)
from tap_frontcore.frontcore import pagination
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
from tap_frontcore.frontcore.pagination import OverlappingPaginator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from types import TracebackType
    from typing import Self

    from tap_frontcore.frontcore.windows import Row, Window

API_URL = "https://api.frontcore.com/v2"

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection."""

BOUNDS = ("_min", "_max", "since_id")
"""How the parameters that a user's settings make end."""


class Endpoint(NamedTuple):
    """A list of the API."""

    path: str
    """Below the base URL, with a slash before it."""

    name: str = ""
    """What the user knows it by, if that isn't the path."""

    key: str = "id"
    """The field that tells a row from others."""

    is_paged: bool = True
    """Whether it takes `limit` and `page`; else one answer has all."""


class Listing:
    """One list, read once: iterate over it for its rows, a page at a time.

    Raises:
        RefusedError: Frontcore turns the request down, also after the last try.
        PaginationError: The pages don't make up a list.
    """

    def __init__(
        self,
        client: FrontcoreClient,
        endpoint: Endpoint,
        filters: Mapping[str, str],
        *,
        is_long: bool,
    ) -> None:
        """Prepare to read; nothing is sent yet.

        Args:
            client: Who reads it.
            endpoint: The list.
            filters: Query parameters, besides `limit` and `page`.
            is_long: Whether it probably has more than one page.
        """
        self.requests = 0
        self.retries = 0
        self.were_cleaned = False
        """Whether characters were taken out that no database takes."""

        self._client = client
        self._endpoint = endpoint
        self._filters = dict(filters)
        self._paginator = OverlappingPaginator(client.page_size, endpoint.key, is_long=is_long)

    @property
    def is_orderly(self) -> bool:
        """Whether rows that didn't change kept their order; else some may have been missed."""
        return self._paginator.is_orderly

    @property
    def is_at_rest(self) -> bool:
        """Whether no row came, went or moved while it was read, as far as that shows."""
        return self._paginator.is_at_rest

    def __iter__(self) -> Iterator[list[Row]]:
        if not self._endpoint.is_paged:
            yield self._receive(None, self._send(None))
            return
        try:
            yield from pagination.read(
                self._paginator,
                self._send,
                self._receive,
                self._send_ahead,
                self._peek,
                max_parallel_requests=self._client.max_parallel_requests,
            )
        except PaginationError as error:
            msg = (
                f"{self._endpoint.path} can't be read to its end: {error}. Run again when less "
                "is going on."
            )
            raise PaginationError(msg) from error

    def _send(self, window: Window | None) -> Future[list[Row]]:
        self._client.pace.wait()
        return self._submit(window)

    def _send_ahead(self, window: Window, needed: Future[list[Row]]) -> Future[list[Row]] | None:
        while not needed.done():
            seconds = self._client.pace.take()
            if not seconds:
                return self._submit(window)
            futures.wait([needed], seconds)
        return None

    def _peek(self, sent: Future[list[Row]]) -> list[Row] | None:
        try:
            return sent.result()
        except TapError:
            return None

    def _submit(self, window: Window | None) -> Future[list[Row]]:
        self.requests += 1
        return self._client.pool.submit(self._fetch, window)

    def _fetch(self, window: Window | None) -> list[Row]:
        page = {"limit": str(window.limit), "page": str(window.page)} if window else {}
        params = self._filters | page
        answer = self._client.ask(self._endpoint, params)
        found = self._client.rows_of(answer, self._endpoint, params)
        self.were_cleaned |= found.were_cleaned
        return found.rows

    def _receive(self, window: Window | None, sent: Future[list[Row]]) -> list[Row]:
        """Wait for the rows of a request, and send it again if it failed.

        This is the one thread that sends: while it waits, nothing is sent, and what was fetched
        ahead and never needed is never tried again.
        """
        tries = self._client.max_retries + 1
        for attempt in count(1):
            try:
                return sent.result()
            except NotFoundError:
                if window and window.start:  # the list has become shorter than that
                    return []
                raise
            except RetriableError as error:
                self._client.pace.hold(error.seconds)
                if attempt == tries:
                    msg = (
                        f"{error}. That was try {tries}, the last. Run again later: the next run "
                        "begins where the last whole one ended."
                    )
                    raise RefusedError(msg) from error
                wait = max(min(2.0 ** (attempt - 1), LONGEST_WAIT), self._client.pace.held)
                # Up to a quarter more, so that many taps don't come back at the same moment.
                wait *= random.uniform(1, 1.25)  # noqa: S311
                self._client.logger.warning(
                    "%s. Try %d of %d follows in %.1f s.", error, attempt + 1, tries, wait
                )
                time.sleep(wait)
                self.retries += 1
                sent = self._send(window)
        raise AssertionError  # `count` has no end


class FrontcoreClient:
    """Reads the lists of an account.

    Use it in a `with` block, or `close` it: it keeps threads and connections. It is made for
    one reader; its own threads only fetch.
    """

    def __init__(  # noqa: PLR0913  # one for each setting
        self,
        api_key: str,
        *,
        api_url: str = API_URL,
        page_size: int = 250,
        max_parallel_requests: int = 4,
        requests_per_second: float = 4,
        request_timeout: float = 60,
        max_retries: int = 7,
        user_agent: str = "tap-frontcore",
        logger: logging.Logger | None = None,
    ) -> None:
        """Prepare to read; nothing is sent yet.

        Args:
            api_key: The account's key.
            api_url: Base URL: https, or plain http on this machine.
            page_size: Rows to ask for at a time, from 25 to 250.
            max_parallel_requests: Requests on their way at once.
            requests_per_second: The pace of all lists together.
            request_timeout: Seconds until an answer must have come whole.
            max_retries: Tries after the first one that failed.
            user_agent: Who is asking.
            logger: Where to say that a request is tried again.

        Raises:
            ValueError: The key can't be sent to that URL without others seeing it.
        """
        if not is_safe_url(api_url):
            msg = "api_url must be https, or http on this machine, without user name and query"
            raise ValueError(msg)
        self.page_size = page_size
        self.max_parallel_requests = max_parallel_requests
        self.max_retries = max_retries
        self.pace = Pace(requests_per_second)
        self.pool = ThreadPoolExecutor(max_parallel_requests)
        self.logger = logger or logging.getLogger(__name__)
        self.began_at: datetime | None = None
        """When the first request was sent, by the server's clock; null before its answer."""

        self._key = api_key
        self._url = api_url.rstrip("/")
        self._timeout = request_timeout
        self._connect_timeout = min(CONNECT_TIMEOUT, request_timeout)
        self._user_agent = user_agent
        self._local = threading.local()
        self._is_accepted = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the threads; a request under way comes to its end unseen."""
        self.pool.shutdown(wait=False, cancel_futures=True)

    def read(
        self,
        endpoint: Endpoint | str,
        filters: Mapping[str, str] | None = None,
        *,
        is_long: bool = True,
    ) -> Listing:
        """Read a list whole, also while it changes.

        Args:
            endpoint: The list, or just its path such as `/customers`.
            filters: Query parameters, besides `limit` and `page`.
            is_long: Whether it probably has more than one page; then two are asked for at once.
        """
        if isinstance(endpoint, str):
            endpoint = Endpoint(endpoint)
        # Before a first good answer, one request is enough to learn that the key is wrong.
        return Listing(self, endpoint, filters or {}, is_long=is_long and self._is_accepted)

    def rows_of(self, answer: Answer, endpoint: Endpoint, params: Mapping[str, str]) -> Rows:
        """Return the rows of an answer to a request; see `answers`."""
        info = RequestInfo(
            endpoint.path,
            f"{self._url}{endpoint.path}",
            endpoint.name or endpoint.path,
            self._key,
            self._is_accepted,
            int(params.get("page", 1)),
            any(name.endswith(BOUNDS) for name in params),
        )
        rows = rows_of(answer, info)
        self._is_accepted = True
        return rows

    def ask(self, endpoint: Endpoint, params: Mapping[str, str]) -> Answer:
        """Send one request, once, and return whatever comes.

        Raises:
            RetriableError: There is no answer, or not all of it.
            RefusedError: It can't be sent.
        """
        try:
            with self._session.get(
                f"{self._url}{endpoint.path}",
                params=params,
                timeout=(self._connect_timeout, self._timeout),
                allow_redirects=False,  # requests would send the key along, to whatever host
                stream=True,
            ) as response:
                body = response.raw.read(decode_content=True)
        except (OSError, urllib3.exceptions.HTTPError) as error:  # requests' own are OSErrors
            host = urlsplit(self._url).netloc
            # Not chained: at DEBUG, the texts of others would be shown.
            raise describe(error, host, self._connect_timeout, self._timeout) from None
        answer = Answer(response.status_code, response.headers, body)
        if self.began_at is None and (sent := server_time(answer)):
            self.began_at = sent - timedelta(seconds=response.elapsed.total_seconds())
        return answer

    @property
    def _session(self) -> requests.Session:
        """A session for each thread, since requests doesn't promise that one can be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # On this machine a proxy has nothing to do, and would get the key.
            session.trust_env = self._url.startswith("https:")
            session.headers["User-Agent"] = self._user_agent
            session.headers["Accept"] = "application/json"  # else some errors come as HTML
            for scheme in ("http://", "https://"):
                session.mount(scheme, DeadlineAdapter())
            session.auth = self._authenticate  # instead of a password from ~/.netrc
        return session

    def _authenticate(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-API-Key"] = self._key
        return request


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
