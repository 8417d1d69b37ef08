"""The API as a WSGI application: what the documentation says, and switches for the rest."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from werkzeug import Request, Response

from tests.fake_frontcore.rows import Row, api_time, generate_contacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

API_KEY = "fc-invented-key-7f3a"
"""What the fake takes for a right key, if nothing else is said."""

CUSTOMERS, CONTACTS = "/v2/customers", "/v2/customers/contacts"
STREAMS = {"customers": CUSTOMERS, "customer_contacts": CONTACTS}
"""The path of each stream; tests that hold for all of them take them from here."""

WALL_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d)?")
HTML = "<html><head><title>Slim Application Error</title></head><body>{secret}</body></html>"

Fault = Literal[
    "429", "500", "503", "html", "error", "empty", "half", "bad json", "object", "reset", "hang",
    "redirect", "401", "403", "404",
]  # fmt: skip


@dataclass
class Switches:
    """What the documentation leaves open."""

    order: str = "id"
    """A field to sort by; with a `-` before it, the other way round."""

    inclusive: bool = False
    """Whether a row at the very time of a filter passes it."""

    null_passes: bool = False
    """Whether a row that was never edited passes a filter by `updated_at`."""

    past_end: Literal["empty", "error", "last page"] = "empty"
    """What a page past the end gives."""

    maximum: int = 250
    """The highest `limit`; a higher one is taken for it, in silence."""

    error_status: int = 401
    """The status that goes with `{"error": …}`."""

    latency: float = 0.0
    """Seconds before an answer."""

    rate_limit: int | None = None
    """Requests allowed in any one second."""

    rate_limit_status: int = 429
    retry_after: str | None = "1"
    """What a request over the limit gets."""

    key_in_errors: bool = False
    """Whether errors repeat the key."""

    redirect_to: str = "http://127.0.0.1:9/elsewhere"
    """Where the fault `redirect` points."""


@dataclass
class Asked:
    """A request that came in."""

    at: float
    """`time.monotonic()` when it came."""

    path: str
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
        self.tables: dict[str, dict[int, Row]] = {
            CUSTOMERS: {row["id"]: row for row in rows},
            CONTACTS: {row["id"]: row for row in contacts},
        }
        self.closing = threading.Event()
        self._lock = threading.RLock()
        self._passed: deque[float] = deque()
        self._listed: dict[str, list[tuple[Row, bytes]]] = {}

    # Changing rows

    def edit(self, number: int, *, table: str = CUSTOMERS, **fields: Any) -> None:
        """Change a row, now unless `updated_at` is among the fields."""
        with self._lock:
            fields.setdefault("updated_at", api_time(datetime.now(UTC)))
            self.tables[table][number] = self.tables[table][number] | fields
            self._listed.clear()

    def add(self, row: Row, *, table: str = CUSTOMERS, now: bool = True) -> None:
        """Add a row, created now and never edited unless told otherwise."""
        with self._lock:
            if now:
                row = row | {"created_at": api_time(datetime.now(UTC)), "updated_at": None}
            self.tables[table][row["id"]] = row
            self._listed.clear()

    def delete(self, number: int, *, table: str = CUSTOMERS) -> None:
        """Delete a row."""
        with self._lock:
            del self.tables[table][number]
            self._listed.clear()

    # Answering

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        with self._lock:
            asked = Asked(
                time.monotonic(),
                request.path,
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
                response = self._over_limit(asked.at) or self._answer(request)
            asked.status = response.status_code
        if fault == "hang":
            self.closing.wait()
        elif self.switches.latency:
            self.closing.wait(self.switches.latency)
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
            case "500" | "503" | "html":
                secret = environ.get("HTTP_X_API_KEY", "")
                return Response(HTML.format(secret=secret), status, content_type="text/html")
            case "401" | "403" | "404":
                return self._error("No", status)
            case "error":
                return self._error("Something went wrong", 200)
            case "empty":
                return Response(b"", 200, content_type="application/json")
            case "bad json":
                return Response(b'[{"id": 1,', 200, content_type="application/json")
            case "object":
                return Response(b'{"items": []}', 200, content_type="application/json")
            case "redirect":
                return Response("", 302, {"Location": self.switches.redirect_to})
            case "reset":
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
                return Response(b"")
        return None

    def _error(self, text: str, status: int, retry_after: str | None = None) -> Response:
        if self.switches.key_in_errors:
            text = f"{text} ({self.key})"
        body = json.dumps({"error": text})
        headers = {"Retry-After": retry_after} if retry_after else {}
        return Response(body, status, headers, content_type="application/json")

    def _over_limit(self, now: float) -> Response | None:
        limit = self.switches.rate_limit
        if limit is None:
            return None
        while self._passed and self._passed[0] <= now - 1:
            self._passed.popleft()
        if len(self._passed) >= limit:
            status, retry_after = self.switches.rate_limit_status, self.switches.retry_after
            return self._error("Too many requests", status, retry_after)
        self._passed.append(now)
        return None

    def _answer(self, request: Request) -> Response:
        if request.headers.get("X-API-Key") != self.key:
            return self._error("Wrong API Key", self.switches.error_status)
        if request.path not in self.tables:
            return self._error("Not found", 404)
        params = request.args
        invalid = [
            name
            for name, value in params.items()
            if not (
                (value.isdecimal() and int(value) > 0)
                if name in {"limit", "page", "since_id", "customer_id"}
                else WALL_TIME.fullmatch(value)
                if name.endswith(("_min", "_max"))
                else (name, value) == ("include[]", "employees")
            )
        ]
        if invalid:
            text = f"Field(s) not valid: {', '.join(invalid)}"
            return self._error(text, self.switches.error_status)

        rows = self._list(request.path, with_employees="include[]" in params)
        filters = {k: v for k, v in params.items() if k not in {"limit", "page", "include[]"}}
        if filters:
            rows = [row for row in rows if self._passes(row[0], filters)]
        limit = min(int(params.get("limit", 75)), self.switches.maximum)
        start = (int(params.get("page", 1)) - 1) * limit
        if start and start >= len(rows):
            if self.switches.past_end == "error":
                return self._error("Page not found", 404)
            if self.switches.past_end == "last page":
                start = (len(rows) - 1) // limit * limit
        body = b"[" + b",".join(text for _, text in rows[start : start + limit]) + b"]"
        return Response(body, content_type="application/json")

    def _list(self, path: str, *, with_employees: bool) -> list[tuple[Row, bytes]]:
        """Return all rows of a table in order, each with its JSON."""
        cached = f"{path} {with_employees}"
        if cached not in self._listed:
            name = self.switches.order.lstrip("-")
            rows = sorted(
                self.tables[path].values(),
                key=lambda row: (
                    (row.get(name) or "", str(row["id"])) if name != "id" else row["id"]
                ),
                reverse=self.switches.order.startswith("-"),
            )
            if path == CUSTOMERS and not with_employees:
                rows = [
                    row
                    if row.get("type") != "Company"
                    else {k: v for k, v in row.items() if k != "employees"}
                    for row in rows
                ]
            self._listed[cached] = [(row, json.dumps(row).encode()) for row in rows]
        return self._listed[cached]

    def _passes(self, row: Row, filters: dict[str, str]) -> bool:
        for name, bound in filters.items():
            if name == "since_id":
                if row["id"] <= int(bound):
                    return False
                continue
            if name == "customer_id":
                if row["customer_id"] != int(bound):
                    return False
                continue
            column, _, side = name.rpartition("_")
            value = row[column]
            if value is None:
                if self.switches.null_passes:
                    continue
                return False
            wall = value[:19].replace("T", " ")
            edge = bound if " " in bound else f"{bound} 00:00:00"
            inside = wall > edge if side == "min" else wall < edge
            if not inside and not (self.switches.inclusive and wall == edge):
                return False
        return True
