"""FrontcoreStream: the conversation with the API, the same for every stream.

What an answer means, what is tried again and what is said to the user is decided here. Which
pages to ask for, how fast, and what to make of a row is decided in the modules beside it.
"""

from __future__ import annotations

import random
import threading
import time
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple
from urllib.parse import urlsplit

import backoff
import msgspec
import requests
from singer_sdk import RESTStream, metrics
from singer_sdk.authenticators import APIKeyAuthenticator
from singer_sdk.exceptions import FatalAPIError, FatalSyncError, RetriableAPIError
from singer_sdk.helpers._state import PROGRESS_MARKERS
from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE, REPLICATION_INCREMENTAL
from singer_sdk.streams.rest import PageContext
from typing_extensions import override

from tap_frontcore import clock
from tap_frontcore.clock import Span
from tap_frontcore.pagination import PaginationError, Row, Window, read
from tap_frontcore.questions import Question, questions
from tap_frontcore.records import RecordConverter, RecordError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from backoff.types import Details
    from singer_sdk.helpers.types import Context, Record

    from tap_frontcore.tap import TapFrontcore

CONNECT_TIMEOUT = 10.0
"""Seconds to wait for a connection."""

LONGEST_WAIT = 64.0
"""Seconds before another try at most, also where `Retry-After` asks for more."""

RATE_LIMIT_WAIT = 1.0
"""Seconds without a request after a 429 that doesn't say how long: the limit is per second."""

QUOTED_CHARACTERS = 200
"""How much of Frontcore's own words goes into a message."""

_decoder = msgspec.json.Decoder(float_hook=Decimal)


class KeyRejectedError(FatalAPIError):
    """Frontcore doesn't accept the key, so nothing else can be read either."""


class Page(NamedTuple):
    """What one request asks for: the SDK's page token."""

    filters: dict[str, str]
    window: Window


class FrontcoreStream(RESTStream[Page]):
    """A list of the Frontcore API.

    A stream says its name, path, keys and schema, and is done.
    """

    row_settings: ClassVar[frozenset[str]] = frozenset()
    """The settings that choose among this stream's rows; to the others they don't apply."""

    allow_redirects = False  # requests would send the key along, to whatever host
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE  # `records` has done it
    # Several requests a second would drown all other lines; the summary counts them.
    _LOG_REQUEST_METRICS = False

    def __init__(self, tap: TapFrontcore) -> None:
        """Set up the stream.

        Args:
            tap: The tap, which has the pace that all streams share.
        """
        super().__init__(tap)
        self._pace = tap.pace
        self._failures = tap.failures
        self._flush_messages = tap.flush_messages
        self._local = threading.local()
        self._server_time: datetime | None = None
        self._requests = 0
        self._retries = 0
        self._records = 0
        self._first_bookmark: str | None = None
        self._started = time.monotonic()
        # The SDK announces that an error follows; the command says which, in one line.
        self.logger.addFilter(lambda entry: "unhandled error" not in str(entry.msg))

    # The request

    @property
    @override
    def url_base(self) -> str:
        """`api_url`, without a slash at its end."""
        return str(self.config["api_url"]).rstrip("/")

    @cached_property
    @override
    def authenticator(self) -> APIKeyAuthenticator:
        """The key, in its header."""
        return APIKeyAuthenticator(key="X-API-Key", value=self.config["api_key"])

    @property
    @override
    def http_headers(self) -> dict[str, str]:
        """Headers of every request; without `Accept` some errors come as HTML."""
        return {"Accept": "application/json"}

    @cached_property
    @override
    def user_agent(self) -> str:
        """Who is asking."""
        return f"{self.tap_name}/{self._tap.plugin_version}"

    @property
    @override
    def timeout(self) -> tuple[float, float]:  # type: ignore[override]  # requests takes two
        """Seconds to wait for a connection, and for each part of an answer."""
        seconds = float(self.config["request_timeout"])
        return min(CONNECT_TIMEOUT, seconds), seconds

    @property
    @override
    def requests_session(self) -> requests.Session:
        """A session for each thread, since requests doesn't promise that one can be shared."""
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # On this machine a proxy has nothing to do, and would get the key.
            session.trust_env = self.url_base.startswith("https:")
            # The SDK sends prepared requests, for which REQUESTS_CA_BUNDLE isn't looked at.
            session.verify = session.merge_environment_settings(
                self.url_base, {}, stream=None, verify=None, cert=None
            )["verify"]
        return session

    @override
    def get_url_params(
        self,
        context: Context | None,
        next_page_token: Page | None,
    ) -> dict[str, Any]:
        """Return the query parameters of one page."""
        filters, window = next_page_token or Page({}, Window(1, self.config["page_size"]))
        return {**filters, "limit": window.limit, "page": window.page}

    def _questions(self, context: Context | None) -> Iterator[Question]:
        """Return the lists to read, so that together they have every row that is due."""
        scope: dict[str, str] = {}
        if since_id := self._row_setting("since_id"):
            scope["since_id"] = str(since_id)
        if self._row_setting("include_employees"):
            scope["include[]"] = "employees"
        return questions(
            scope,
            created=Span(self._time("created_at_min"), self._time("created_at_max")),
            changed=self._changed_span(context),
            timezone=self.config["timezone"],
        )

    def _changed_span(self, context: Context | None) -> Span:
        """Return when rows must have changed to be due."""
        if self.replication_method == REPLICATION_FULL_TABLE:
            return Span()
        since = None
        if start := self.get_starting_timestamp(context):
            start -= timedelta(seconds=int(self.config["lookback_seconds"]))
            since = max(clock.to_text(start), self._time("start_date") or "")
        return Span(since, self._time("end_date"))

    def _time(self, name: str) -> str | None:
        value = self._row_setting(name) if name.startswith("created") else self.config.get(name)
        return clock.to_text(clock.parse(value)) if value else None

    def _row_setting(self, name: str) -> Any:  # noqa: ANN401
        return self.config.get(name) if name in self.row_settings else None

    # The answer

    @override
    def validate_response(self, response: requests.Response) -> None:
        """Sort out every status but success.

        Raises:
            KeyRejectedError: The key is wrong.
            FatalAPIError: Another try would end the same way.
            RetriableAPIError: Another try may succeed.
        """
        status = response.status_code
        if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT} or (
            status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            default = RATE_LIMIT_WAIT if status == HTTPStatus.TOO_MANY_REQUESTS else 0.0
            self._pace.hold(_retry_after(response, default))
            raise RetriableAPIError(self._describe(response), response)
        if status >= HTTPStatus.BAD_REQUEST:
            self._refuse(response, _error_text(response))
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            target = self._quote(response.headers.get("Location", "").partition("?")[0])
            msg = (
                f"Frontcore redirected {self.path} to {target or 'nowhere'}. It isn't followed, "
                "since it would take the key there. Check api_url."
            )
            raise FatalAPIError(msg)

    @override
    def parse_response(self, response: requests.Response) -> Iterable[Row]:
        """Return the rows of an answer.

        Raises:
            KeyRejectedError: The answer says that the key is wrong.
            FatalAPIError: The answer says what is wrong with the request.
            RetriableAPIError: The answer is no list of objects.
        """
        try:
            rows = _decoder.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            rows = None
        if type(rows) is list and all(type(row) is dict for row in rows):
            return rows
        if text := _error_text(response):
            if any(words in text.lower() for words in ("api key", "missing field", "not valid")):
                self._refuse(response, text)
            raise RetriableAPIError(self._describe(response), response)
        kind = "a list" if rows is not None else "whole JSON"
        msg = f"{self._describe(response)} that is not {kind}"
        raise RetriableAPIError(msg, response)

    def _refuse(self, response: requests.Response, text: str) -> None:
        """Raise the error for a request that Frontcore turns down."""
        status = response.status_code
        said = self._describe(response)
        if status == HTTPStatus.UNAUTHORIZED or "api key" in text.lower():
            msg = (
                f"{said}. The key was rejected: check api_key, or make a new one in Frontcore "
                "under Settings > API."
            )
            raise KeyRejectedError(msg)
        if status == HTTPStatus.FORBIDDEN:
            advice = f"The key has no access here: get it allowed, or deselect {self.name}."
        elif status == HTTPStatus.NOT_FOUND:
            advice = f"There is nothing at {self.url_base}{self.path}: check api_url."
        else:
            advice = "It doesn't take this request: check the settings that filter."
        msg = f"{said}. {advice}"
        raise FatalAPIError(msg)

    def _describe(self, response: requests.Response) -> str:
        text = self._quote(_error_text(response))
        kind = self._quote(response.headers.get("Content-Type", "").partition(";")[0])
        answer = f'"{text}"' if text else f"{len(response.content)} bytes of {kind or 'no type'}"
        return f"Frontcore answered {self.path} with {response.status_code} and {answer}"

    def _quote(self, text: str) -> str:
        """Shorten the words of others, in one line and without the key."""
        text = " ".join(text.replace(self.config["api_key"], "***").split())
        return text if len(text) <= QUOTED_CHARACTERS else text[:QUOTED_CHARACTERS] + "…"

    # The conversation

    def _fetch(self, page: Page) -> list[Row]:
        """Ask for one page, once.

        Raises:
            FatalAPIError: As in `validate_response` and `parse_response`, as the next.
            RetriableAPIError: Also if there is no connection.
        """
        request = self.get_http_request(page=PageContext(None, page))
        prepared = self.build_prepared_request(
            method=request.method,
            url=request.url,
            params=request.encode_params(),
            headers=request.headers,
        )
        try:
            response = self._request(prepared, None)
        except requests.RequestException as error:
            raise RetriableAPIError(self._describe_failure(error)) from error
        self._note_server_time(response)
        return list(self.parse_response(response))

    def _describe_failure(self, error: requests.RequestException) -> str:
        host = urlsplit(self.url_base).netloc
        if isinstance(error, requests.ConnectTimeout):
            return f"No connection to {host} within {self.timeout[0]:g} seconds"
        if isinstance(error, requests.Timeout):
            return f"No answer from {host} within {self.timeout[1]:g} seconds"
        if isinstance(error, requests.exceptions.SSLError):
            return f"No trusted connection to {host} (TLS)"
        if isinstance(error, requests.exceptions.ProxyError):
            return f"No connection to {host} through the proxy"
        if isinstance(error, requests.exceptions.ChunkedEncodingError):
            return f"The answer of {host} broke off"
        return f"No connection to {host}, or it broke off"

    def _note_server_time(self, response: requests.Response) -> None:
        """Learn from the first answer when the sync began by the server's own clock."""
        if self._server_time is None:
            try:
                date = parsedate_to_datetime(response.headers["Date"])
                self._server_time = date.astimezone(UTC) - response.elapsed
            except (KeyError, ValueError, OverflowError):
                self._server_time = datetime.max.replace(tzinfo=UTC)

    @override
    def backoff_max_tries(self) -> int:
        """Return the number of tries, the first included."""
        return int(self.config["max_retries"]) + 1

    @override
    def backoff_wait_generator(self) -> Generator[float, Any, None]:
        """Yield the seconds to wait: what Frontcore asked for, else 1, 2, 4 and so on."""
        yield 0.0  # `backoff` begins with an empty step
        for exponent in range(self.backoff_max_tries()):
            yield self._pace.held or min(2.0**exponent, LONGEST_WAIT)

    @override
    def backoff_jitter(self, value: float) -> float:
        """Add up to a quarter, so that many taps don't come back at the same moment."""
        return value * random.uniform(1, 1.25)  # noqa: S311

    @override
    def backoff_handler(self, details: Details) -> None:
        """Say what went wrong and how it goes on."""
        self._retries += 1
        self.logger.warning(
            "%s. Try %d of %d follows in %.1f s.",
            details.get("exception"),
            details["tries"] + 1,
            self.backoff_max_tries(),
            details.get("wait", 0.0),
        )

    @override
    def request_records(self, context: Context | None) -> Iterator[Record]:
        """Read every list that the run asks for, and yield its records.

        Raises:
            FatalSyncError: The API doesn't give what was asked for, or a row can't be used.
        """
        pool = ThreadPoolExecutor(int(self.config["max_parallel_requests"]))
        try:
            with self.get_http_request_counter() as counter:
                for question in self._questions(context):
                    for rows in self._read(question, pool, counter):
                        self._cap_bookmark(context)
                        for row in rows:
                            record = self._record(row)
                            if question.wants(row, record):
                                self._records += 1
                                yield record
        except PaginationError as error:
            msg = f"{self.path} can't be read to its end: {error}. Run again when less is going on."
            raise FatalAPIError(msg) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _read(
        self,
        question: Question,
        pool: ThreadPoolExecutor,
        counter: metrics.Counter,
    ) -> Iterator[list[Row]]:
        """Read the list that answers one question, window by window.

        Requests are paced and tried again here, by the one thread that reads: while it waits,
        nothing is sent, and what was fetched ahead and never needed is never tried again.
        """

        def submit(window: Window) -> Future[list[Row]]:
            self._requests += 1
            counter.increment()
            return pool.submit(self._fetch, Page(question.filters, window))

        def send(window: Window) -> Future[list[Row]]:
            self._pace.wait()
            return submit(window)

        def send_ahead(window: Window, needed: Future[list[Row]]) -> Future[list[Row]] | None:
            while not needed.done():
                seconds = self._pace.take()
                if not seconds:
                    return submit(window)
                futures.wait([needed], seconds)
            return None

        retrying = backoff.on_exception(
            self.backoff_wait_generator,
            RetriableAPIError,
            max_tries=self.backoff_max_tries(),
            jitter=self.backoff_jitter,
            on_backoff=self.backoff_handler,
            logger=None,  # it would say the same again
        )

        def receive(window: Window, sent: Future[list[Row]]) -> list[Row]:
            tries = chain([sent], (send(window) for _ in repeat(None)))
            try:
                return retrying(lambda: next(tries).result())()
            except RetriableAPIError as error:
                msg = (
                    f"{error}. That was try {self.backoff_max_tries()}, the last. Run again "
                    "later: the next run begins where the last whole one ended."
                )
                raise FatalAPIError(msg) from error

        return read(
            send,
            receive,
            send_ahead,
            page_size=int(self.config["page_size"]),
            max_parallel_requests=int(self.config["max_parallel_requests"]),
        )

    # The records

    @cached_property
    def _converter(self) -> RecordConverter:
        """Made when it is first needed: the catalog can change the schema and the selection."""
        properties = self.effective_schema["properties"]
        deselected = {name for name in properties if not self.mask["properties", name]}
        return RecordConverter(
            self.effective_schema,
            timezone=self.config["timezone"],
            ignored=deselected - {"created_at"},
            on_unknown=lambda name: self.logger.warning(
                "Frontcore sends a field of %s that this version doesn't know. It is left out: %s",
                self.name,
                name,
            ),
        )

    def _record(self, row: Row) -> Record:
        try:
            record = self._converter.convert(row)
        except RecordError as error:
            msg = (
                f"{self._name_of(row)}: {error}. The stream ends there: correct the value in "
                "Frontcore, or deselect the field."
            )
            raise FatalSyncError(msg) from error
        if record.get("updated_at") is None:
            record["updated_at"] = record.get("created_at")
            if record["updated_at"] is None:
                msg = f"{self._name_of(row)}: neither updated_at nor created_at is set."
                raise FatalSyncError(msg)
        return record

    def _name_of(self, row: Row) -> str:
        id_ = str(row.get("id"))
        return f"{self.path}, id {id_ if id_.isdecimal() else 'unknown'}"

    # The sync

    def _cap_bookmark(self, context: Context | None) -> None:
        """Keep the bookmark from passing the sync's start also by the server's clock.

        The SDK takes this machine's clock. If that is fast, rows that change while the list is
        read could fall behind the bookmark.
        """
        start = self.get_replication_key_signpost(context)
        if self._server_time and start and self._server_time < start:
            self._write_replication_key_signpost(context, self._server_time)

    @override
    def _sync_records(
        self,
        context: Context | None = None,
        *,
        write_messages: bool = True,
    ) -> Generator[dict[str, Any], Any, Any]:
        """Sync the records; an error of this stream alone doesn't end the other streams."""
        self._started = time.monotonic()
        self._first_bookmark = self._bookmark
        try:
            yield from super()._sync_records(context, write_messages=write_messages)
        except KeyRejectedError:
            raise
        except FatalSyncError as error:
            if self.ABORT_AT_RECORD_COUNT is not None:  # `--test` wants to know
                raise
            self._failures[self.name] = error
        else:
            if self._stream_version is not None:
                super()._write_activate_version_message(self._stream_version)
        self._flush_messages()

    @override
    def _generate_record_messages(
        self,
        record: Record,
    ) -> Generator[RecordMessage, None, None]:
        """Make the messages of a record, without a check of every field if all are selected."""
        if not self._is_whole:
            yield from super()._generate_record_messages(record)
            return
        for stream_map in self.stream_maps:
            mapped_record = stream_map.transform(record)
            if mapped_record is not None:
                yield RecordMessage(
                    stream=stream_map.stream_alias,
                    record=mapped_record,
                    version=self._stream_version,
                    time_extracted=datetime.now(UTC),
                )

    @cached_property
    def _is_whole(self) -> bool:
        return all(self.mask.values())

    @override
    def _increment_stream_state(
        self,
        latest_record: Record,
        *,
        context: Context | None = None,
    ) -> None:
        """Note the latest change, to become the bookmark when all is read.

        The SDK's own way warns in each run that an unsorted stream can't be resumed, which is
        known here.
        """
        if self.replication_method == REPLICATION_INCREMENTAL:
            markers = self.get_context_state(context).setdefault(PROGRESS_MARKERS, {})
            change = latest_record["updated_at"]
            if change > markers.setdefault("replication_key_value", change):
                markers["replication_key_value"] = change
            markers["replication_key"] = self.replication_key

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Leave it for the end, when every row was read.

        It makes a target delete the rows of earlier versions. The SDK writes it first, so a
        run that breaks off would leave the table without the rows it didn't get to.
        """

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """Move the bookmark, unless the stream failed, and sum up."""
        if self.name in self._failures:
            return
        super().finalize_state_progress_markers(state)
        self.logger.info(
            "Done with %s: %d records, %d requests, %d of them retries, %.1f s, bookmark %s -> %s",
            self.name,
            self._records,
            self._requests,
            self._retries,
            time.monotonic() - self._started,
            self._first_bookmark,
            self._bookmark,
        )

    @override
    def log_sync_costs(self) -> None:
        """Raise what went wrong, now that every stream has ended.

        Raises:
            ExceptionGroup: One error for each stream that failed.
        """
        if self._failures:
            msg = "streams failed"
            raise ExceptionGroup(msg, list(self._failures.values()))

    @property
    def _bookmark(self) -> str | None:
        bookmark: str | None = self.stream_state.get("replication_key_value")
        return bookmark


def _retry_after(response: requests.Response, default: float) -> float:
    """Read `Retry-After`, which is a number of seconds or a date (RFC 9110, 10.2.3).

    Returns:
        Seconds, from 0 to `LONGEST_WAIT`.
    """
    text = response.headers.get("Retry-After", "")
    try:
        seconds = (
            float(text)
            if text.strip().isdecimal()
            else (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        )
    except (ValueError, TypeError, OverflowError):  # absent, or a date without a zone
        seconds = default
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _error_text(response: requests.Response) -> str:
    """Return what a failure says, or an empty text: `{"error": "Wrong API Key"}`."""
    try:
        answer = _decoder.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return str(answer.get("error") or "") if type(answer) is dict else ""
