"""The API as a WSGI application: what the documentation says, and switches for the rest."""

from __future__ import annotations

import gzip
import json
import random
import re
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from werkzeug import Request, Response

from tap_frontcore.streams import STREAMS
from tests.fake_frontcore.rows import (
    OSLO,
    TODAY,
    Row,
    api_time,
    generate_account,
    generate_contacts,
    generate_customers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date
    from wsgiref.types import StartResponse, WSGIEnvironment

API_KEY = "fc-invented-key-7f3a"
"""What the fake takes for a right key, if nothing else is said."""

PAGES = frozenset({"limit", "page"})
TIMES = frozenset({"created_at_min", "created_at_max", "updated_at_min", "updated_at_max"})
CLASSIC = PAGES | TIMES | {"since_id"}


class Table(NamedTuple):
    """What is documented of a list."""

    path: str
    params: frozenset[str] = CLASSIC
    key: str = "id"
    is_paged: bool = True


TABLES = {
    "customers": Table("/v2/customers", CLASSIC | {"include[]"}),
    "customer_contacts": Table("/v2/customers/contacts", CLASSIC | {"customer_id"}),
    "products": Table("/v2/orders/products", CLASSIC | {"id_type"}),
    "legal_bases": Table("/v2/privacy/users/legalbases"),
    "participants": Table("/v2/participants", CLASSIC | {"course_id", "include[]"}),
    "orders": Table("/v2/orders", CLASSIC | {"exported", "user_data", "include[]"}),
    "courses": Table("/v2/courses", PAGES),
    "course_dates": Table(
        "/v2/coursedates", PAGES | {"order_by", "order_direction", "include[]"}, "coursedate_id"
    ),
    "locations": Table("/v2/locations", PAGES),
    "instructors": Table("/v2/instructors", PAGES),
    "admin_users": Table("/v2/admin-users", frozenset(), is_paged=False),
    "admin_roles": Table("/v2/admin-roles", frozenset(), is_paged=False),
}
"""Each stream's list; tests that hold for all of them take them from here."""

STREAM_AT = {table.path: name for name, table in TABLES.items()}
INCREMENTAL = tuple(s.name for s in STREAMS if isinstance(s.replication_key, str))
DEFAULT = tuple(s.name for s in STREAMS if s.selected_by_default)
"""The streams that are selected if a user says nothing."""

UNSEEN = {"participants": {"updated_at"}, "orders": {"created_at", "updated_at"}}
"""Fields that nobody has seen, although filters by them are documented."""

WALL_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
HTML = "<html><head><title>Slim Application Error</title></head><body>{secret}</body></html>"

Fault = Literal[
    "429", "500", "503", "half", "reset", "hang", "redirect",
    "401", "403", "404", "firewall", "echo", "too large",
]  # fmt: skip


def as_seen(stream: str, row: Row) -> Row:
    """Return what the documentation's samples show of a row."""
    return {name: value for name, value in row.items() if name not in UNSEEN.get(stream, ())}


@dataclass
class Switches:
    """What the documentation leaves open."""

    order: str = "id"
    """A field to sort by; with a `-` before it, the other way round."""

    inclusive: bool = False
    """Whether a row at the very time of a filter passes it."""

    null_passes: bool = False
    """Whether a row that was never edited passes a filter by `updated_at`."""

    past_end: Literal["empty", "error", "500", "last page"] = "empty"
    """What a page past the end gives; "error" is a 404."""

    maximum: int = 250
    """The highest `limit`; a higher one is taken for it, in silence."""

    starts_by_asked: bool = False
    """Whether a page beyond the maximum begins where the `limit` that was asked for has it."""

    hides: Callable[[Row], bool] | None = None
    """Which rows are taken out after paging."""

    shows: Callable[[str, Row], Row] = as_seen
    """What is shown of a stream's row; filters know all of it."""

    nulls: Callable[[Row], bool] | None = None
    """Which rows come as `null`."""

    shuffles_equals: bool = False
    """Whether rows that are equal in `order` come in another order for each page."""

    filter_zone: str = "Europe/Oslo"
    """The zone in which filters are read."""

    ignores_filters: bool = False
    """Whether every row passes every filter."""

    refuses: frozenset[str] = frozenset()
    """Query parameters that are turned down, although they are documented."""

    ignores_paging: frozenset[str] = frozenset()
    """Streams whose lists come whole, whatever `limit` and `page` say."""

    ignores_page: bool = False
    envelope: bool = True
    """Whether course dates come in an envelope."""

    as_object: bool = False
    """Whether lists come as PHP writes an array with gaps in its numbering."""

    compresses: bool = False
    """Whether answers come compressed."""

    forbidden: frozenset[str] = frozenset()
    """Streams whose lists the key has no access to."""

    forbidden_status: int = 403
    """What is answered there."""

    jitter: float = 0.0
    """How much longer or shorter an answer takes, as a share of the latency."""

    error_status: int = 401
    """The status that goes with `{"error": …}`."""

    latency: float = 0.0
    """Seconds before an answer."""

    rate_limit: int | None = None
    """Requests allowed in any one second."""

    retry_after: str | None = "1"
    """What a request over the limit gets."""

    redirect_to: str = "http://127.0.0.1:9/elsewhere"
    """Where the fault `redirect` points."""


@dataclass
class Asked:
    """A request that came in."""

    at: float
    """`time.monotonic()` when it came."""

    path: str
    stream: str | None
    """The stream whose list is at that path."""

    params: dict[str, str]
    key: str | None
    status: int = 0


@dataclass
class FakeFrontcore:
    """A Frontcore account that lives in memory.

    `rows` and `contacts` may be changed between requests, best with `edit`, `add` and `delete`.
    """

    rows: Iterable[Row] = ()
    contacts: Iterable[Row] | None = None
    """By default made for the customers."""

    others: Mapping[str, Iterable[Row]] = field(default_factory=dict)
    """Rows of the other lists, by the name of the stream; see `generate_account`."""

    switches: Switches = field(default_factory=Switches)
    faults: dict[int, Fault] = field(default_factory=dict)
    """What goes wrong at which request, counted from 1."""

    between: Callable[[FakeFrontcore, int], None] | None = None
    """Called before each request is answered, with its number: to change rows meanwhile."""

    key: str = API_KEY
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = list(self.rows)
        contacts = generate_contacts(rows) if self.contacts is None else self.contacts
        by_stream = {"customers": rows, "customer_contacts": contacts, **self.others}
        self.tables: dict[str, dict[int, Row]] = {
            stream: {row[table.key]: row for row in by_stream.get(stream, ())}
            for stream, table in TABLES.items()
        }
        self._chance = random.Random(0)
        self.closing = threading.Event()
        self._lock = threading.RLock()
        self._passed: deque[float] = deque()
        self._listed: dict[str, list[Row]] = {}

    # Changing rows

    def edit(self, number: int, *, stream: str = "customers", **fields: Any) -> None:
        """Change a row, now unless `updated_at` is among the fields."""
        with self._lock:
            fields.setdefault("updated_at", api_time(datetime.now(UTC)))
            self.tables[stream][number] = self.tables[stream][number] | fields
            self._listed.clear()

    def add(self, row: Row, *, stream: str = "customers", now: bool = True) -> None:
        """Add a row, created now and never edited unless told otherwise."""
        with self._lock:
            if now:
                row = row | {"created_at": api_time(datetime.now(UTC)), "updated_at": None}
            self.tables[stream][row[TABLES[stream].key]] = row
            self._listed.clear()

    def delete(self, number: int, *, stream: str = "customers") -> None:
        """Delete a row."""
        with self._lock:
            del self.tables[stream][number]
            self._listed.clear()

    def forget(self) -> None:
        """Notice rows that were changed in another way."""
        self._listed.clear()

    # Answering

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        with self._lock:
            asked = Asked(
                time.monotonic(),
                request.path,
                STREAM_AT.get(request.path),
                request.args.to_dict(),
                request.headers.get("X-API-Key"),
            )
            self.asked.append(asked)
            number = len(self.asked)
            if self.between:
                self.between(self, number)
            fault = self.faults.get(number)
            response = self._fault(fault, environ) if fault else None
            if response is None:
                response = self._over_limit(asked.at) or self._answer(request, asked.stream)
            asked.status = response.status_code
        if fault == "hang":
            self.closing.wait()
        elif self.switches.latency:
            jitter = self.switches.jitter
            self.closing.wait(self.switches.latency * self._chance.uniform(1 - jitter, 1 + jitter))
        if fault == "half":
            whole = response.get_data()
            response.set_data(whole[: len(whole) // 2])
            response.headers["Content-Length"] = str(len(whole))
            response.headers["Connection"] = "close"
            response.automatically_set_content_length = False
        return response(environ, start_response)

    def _fault(  # noqa: PLR0911  # a table of faults
        self,
        fault: Fault,
        environ: WSGIEnvironment,
    ) -> Response | None:
        """Make the answer of a fault; `half` and `hang` happen to the right one, later."""
        status = int(fault) if fault.isdecimal() else 200
        match fault:
            case "429":
                return self._error("Too many requests", status, self.switches.retry_after)
            case "500" | "503":
                secret = environ.get("HTTP_X_API_KEY", "")
                return Response(HTML.format(secret=secret), status, content_type="text/html")
            case "401" | "403" | "404":
                return self._error("No", status)
            case "firewall":
                return Response("<html>Blocked</html>", 403, content_type="text/html")
            case "echo":
                secret = environ.get("HTTP_X_API_KEY", "")
                text = f"Not valid for {secret.upper()[:-3]}, {secret}"
                return _json({"error": {"message": text, "customer": {"title": "Kari"}}}, 400)
            case "too large":
                return self._error("Result window is too large", 400)
            case "redirect":
                return Response("", 302, {"Location": self.switches.redirect_to})
            case "reset":
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                return Response(b"")
        return None

    def _error(self, text: str, status: int, retry_after: str | None = None) -> Response:
        headers = {"Retry-After": retry_after} if retry_after else {}
        return _json({"error": text}, status, headers)

    def _over_limit(self, now: float) -> Response | None:
        limit = self.switches.rate_limit
        if limit is None:
            return None
        while self._passed and self._passed[0] <= now - 1:
            self._passed.popleft()
        if len(self._passed) >= limit:
            return self._error("Too many requests", 429, self.switches.retry_after)
        self._passed.append(now)
        return None

    def _answer(self, request: Request, stream: str | None) -> Response:
        if request.headers.get("X-API-Key") != self.key:
            return self._error("Wrong API Key", self.switches.error_status)
        if stream is None:
            return self._error("Not found", 404)
        if stream in self.switches.forbidden:
            return self._error("No access", self.switches.forbidden_status)
        params = request.args
        invalid = [
            name
            for name, value in params.items()
            if name in self.switches.refuses or not _is_valid(TABLES[stream], name, value)
        ]
        if invalid:
            text = f"Field(s) not valid: {', '.join(invalid)}"
            return self._error(text, self.switches.error_status)

        shown = self._page(stream, self._filtered(stream, params), params)
        if shown is None:
            status = 404 if self.switches.past_end == "error" else 500
            return self._error("Page not found", status)
        if self.switches.hides:
            shown = [row for row in shown if not self.switches.hides(row)]
        nulls, shows = self.switches.nulls or (lambda _: False), self.switches.shows
        texts = [b"null" if nulls(it) else json.dumps(shows(stream, it)).encode() for it in shown]
        body = self._body(stream, texts)
        if self.switches.compresses:
            body, headers = gzip.compress(body), {"Content-Encoding": "gzip"}
        else:
            headers = {}
        return _json(body, headers=headers)

    def _filtered(self, stream: str, params: Mapping[str, str]) -> list[Row]:
        rows = self._list(stream, with_employees="include[]" in params)
        filters = {name: value for name, value in params.items() if name in CLASSIC - PAGES}
        if stream == "orders" and params.get("exported") != "true":
            rows = [row for row in rows if row.get("exported_at") is None]
        if not filters or self.switches.ignores_filters:
            return rows
        return [row for row in rows if self._passes(row, filters)]

    def _body(self, stream: str, texts: list[bytes]) -> bytes:
        body = b"[" + b",".join(texts) + b"]"
        if self.switches.as_object and texts:
            pairs = enumerate(texts)
            body = b"{" + b",".join(b'"%d":%s' % (2 * n, text) for n, text in pairs) + b"}"
        if stream == "course_dates" and self.switches.envelope:
            body = b'{"pagination": {"current_page": 1, "next_page": null}, "items": ' + body + b"}"
        return body

    def _page(self, stream: str, rows: list[Row], params: Mapping[str, str]) -> list[Row] | None:
        """Return the rows of a page, or None for an error."""
        if not TABLES[stream].is_paged or stream in self.switches.ignores_paging:
            return rows
        asked = int(params.get("limit", 75))
        limit = min(asked, self.switches.maximum)
        page = 1 if self.switches.ignores_page else int(params.get("page", 1))
        start = (page - 1) * (asked if self.switches.starts_by_asked else limit)
        if self.switches.shuffles_equals:
            name = self.switches.order.lstrip("-")
            shuffled = random.Random(f"{limit}/{page}")
            rows = shuffled.sample(rows, len(rows))
            rows.sort(key=lambda row: row.get(name) or "")
        if start and start >= len(rows):
            if self.switches.past_end in {"error", "500"}:
                return None
            if self.switches.past_end == "last page":
                start = (len(rows) - 1) // limit * limit
        return rows[start : start + limit]

    def _list(self, stream: str, *, with_employees: bool) -> list[Row]:
        """Return all rows of a table in order."""
        cached = f"{stream} {with_employees}"
        if cached not in self._listed:
            key, name = TABLES[stream].key, self.switches.order.lstrip("-")
            rows = sorted(
                self.tables[stream].values(),
                key=lambda row: (
                    row[key] if name == "id" else (str(row.get(name) or ""), str(row.get(key)))
                ),
                reverse=self.switches.order.startswith("-"),
            )
            if stream == "customers" and not with_employees:
                rows = [
                    row
                    if row.get("type") != "Company"
                    else {k: v for k, v in row.items() if k != "employees"}
                    for row in rows
                ]
            self._listed[cached] = rows
        return self._listed[cached]

    def _passes(self, row: Row, filters: Mapping[str, str]) -> bool:
        for name, bound in filters.items():
            if name == "since_id":
                if not isinstance(row.get("id"), int) or row["id"] <= int(bound):
                    return False
                continue
            column, _, side = name.rpartition("_")
            value = row.get(column)
            if value is None:
                if self.switches.null_passes:
                    continue
                return False
            wall = _wall(str(value), self.switches.filter_zone)
            edge = bound if " " in bound else f"{bound} 00:00:00"
            inside = wall > edge if side == "min" else wall < edge
            if not inside and not (self.switches.inclusive and wall == edge):
                return False
        return True


def _json(content: Any, status: int = 200, headers: Mapping[str, str] = {}) -> Response:
    body = content if isinstance(content, bytes) else json.dumps(content)
    return Response(body, status, headers, content_type="application/json")


@cache
def _wall(value: str, zone: str) -> str:
    """Say what a zone's clock showed at a time; what is no time is compared as it is."""
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return value
    if time.tzinfo is None:
        time = time.replace(tzinfo=OSLO)
    return time.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def _is_valid(table: Table, name: str, value: str) -> bool:
    if name not in table.params:
        return False
    if name.endswith(("_min", "_max")):
        return bool(WALL_TIME.fullmatch(value))
    if name in {"limit", "page", "since_id", "customer_id", "course_id", "id_type"}:
        return value.isdecimal() and int(value) > 0
    words = {"exported": {"true", "false"}, "order_by": {"id", "startdate"}}
    return value in words.get(name, {"employees", "asc", "desc"})


def full_account(
    size: int,
    *,
    odd: bool = False,
    today: date = TODAY,
    sizes: Mapping[str, int] = {},
    **options: Any,
) -> FakeFrontcore:
    """Make an account with rows in all of its lists.

    Args:
        size: How many customers.
        odd: With odd types; see `customer`.
        today: What day it is.
        sizes: How many other rows; see `generate_account`.
        options: More of the `FakeFrontcore`.
    """
    customers = generate_customers(size, odd=odd, today=today)
    contacts = generate_contacts(customers, today=today)
    others = generate_account(customers, **sizes, today=today)
    return FakeFrontcore(customers, contacts, others, **options)
