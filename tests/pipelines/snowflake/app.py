"""The HTTP server: fakesnow's, with a way for the tests to see what is stored."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import fakesnow.server as server  # noqa: PLR0402  # `from fakesnow` gives a function
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.pipelines.snowflake.session import Account

if TYPE_CHECKING:
    from starlette.requests import Request


async def query(request: Request) -> Response:
    """Run a statement; what fakesnow fails at is an error, and no 500 that is asked again."""
    response = await server.query_request(request)
    if response.status_code != 500:
        return response
    return JSONResponse(json.loads(bytes(response.body)) | {"data": {"sqlState": "XX000"}})


def stored(request: Request) -> Response:
    """Show a table's rows as DuckDB has them.

    fakesnow's own answers make 1970 of a time that is null.
    """
    name = ".".join(f'"{part}"' for part in request.path_params.values())
    with server.shared_fs.duck_conn.cursor() as duckdb:
        result = duckdb.execute(f"FROM {name}")
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return Response(json.dumps(rows, default=_as_json), media_type="application/json")


def _as_json(value: Any) -> int | str:
    if isinstance(value, date):
        return value.isoformat()
    assert isinstance(value, Decimal)
    assert value == int(value)
    return int(value)


def make_app() -> Starlette:
    """Make the application, with an account that is empty."""
    server.shared_fs = Account()
    own = [
        Route("/queries/v1/query-request", query, methods=["POST"]),
        Route("/stored/{database}/{schema}/{table}", stored),
    ]
    return Starlette(routes=[*own, *server.routes])
