"""What an answer means, without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from requests.structures import CaseInsensitiveDict

from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    NotFoundError,
    RefusedError,
    RetriableError,
    TapError,
)
from tap_frontcore.frontcore.answers import LONGEST_WAIT, Answer, Asked, Rows, rows_of, server_time

KEY = "fc-invented-key"
ASKED = Asked("/customers", "https://api.frontcore.com/v2/customers", "customers", KEY)


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CaseInsensitiveDict(named), content)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ([], []),
        ([{"id": 1}], [{"id": 1}]),
        ({"0": {"id": 1}, "2": {"id": 2}}, [{"id": 1}, {"id": 2}]),
        ({"items": [{"id": 1}], "pagination": {"next_page": None}}, [{"id": 1}]),
        ({"items": {"1": {"id": 1}}, "pagination": None}, [{"id": 1}]),
        ({"items": {}, "pagination": None}, None),
        (b'[{"price": 10.50}]', [{"price": Decimal("10.50")}]),
        (b'[{"a": "\\ud83d\\ude00"}]', [{"a": "\U0001f600"}]),
    ],
)
def test_a_list(body: Any, rows: list[dict[str, Any]] | None) -> None:
    if rows is None:
        with pytest.raises(RetriableError, match="not a list"):
            rows_of(answer(body), ASKED)
    else:
        assert rows_of(answer(body), ASKED) == Rows(rows)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'[{"a": "x\\u0000y", "b": {"c\\u0000": ["\\u0000"]}}]', [{"a": "xy", "b": {"c": [""]}}]),
        (b'[{"a": "x\\ud800y", "n": 1.50}]', [{"a": "x?y", "n": Decimal("1.50")}]),
    ],
)
def test_characters_that_no_database_takes_are_taken_out(
    body: bytes, rows: list[dict[str, Any]]
) -> None:
    assert rows_of(answer(body), ASKED) == Rows(rows, were_cleaned=True)


def test_fractions_keep_their_digits() -> None:
    rows = rows_of(answer(b'[{"price": 10.50, "id": 1.0}]'), ASKED).rows

    assert [(type(value), str(value)) for value in rows[0].values()] == [
        (Decimal, "10.50"),
        (Decimal, "1.0"),
    ]


def test_an_escaped_backslash_is_no_such_character() -> None:
    body = b'[{"a": "\\\\u0000"}]'

    assert rows_of(answer(body), ASKED) == Rows([{"a": "\\u0000"}])


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (answer({"error": "Wrong API Key"}), KeyRejectedError, '"Wrong API Key". The key was re'),
        (answer({"error": "Invalid API key"}, 403), KeyRejectedError, "rejected"),
        (answer({"error": "Nope"}, 401), KeyRejectedError, "rejected"),
        (
            answer({"successful": False, "errors": [{"code": "unauthorized", "message": "No!"}]}),
            KeyRejectedError,
            '200 and "No!". The key was rejected',
        ),
        (
            answer({"successful": False, "errors": [{"code": "resource_not_found"}]}),
            NotFoundError,
            '200 and "resource_not_found". There is nothing at https://api',
        ),
        (
            answer({"errors": [{"code": "busy", "message": "Later"}, 7]}),
            RetriableError,
            '200 and "Later"',
        ),
        (answer({"error": "Missing field(s): x"}), RefusedError, "check the settings that filter"),
        (answer({"error": "Field(s) not valid: limit"}), RefusedError, "not valid: limit"),
        (answer({"error": "x" * 999}, 400), RefusedError, f"{'x' * 200}…"),
        (answer({"error": "a\nb"}, 422), RefusedError, '422 and "a b"'),
        (answer({"error": "No"}, 403), NoAccessError, "get it allowed, or deselect customers"),
        (answer({"error": "No"}, 404), NotFoundError, "check api_url"),
        (answer(b"", 301), RefusedError, "redirected /customers to nowhere"),
        (
            answer(b"", 302, Location="https://other.example/x?key=1"),
            RefusedError,
            "redirected /customers to https://other.example/x. It",
        ),
        (answer({"error": "No more"}, 429), RetriableError, '429 and "No more"'),
        (answer(b"", 408), RetriableError, "with 408 and 0 bytes"),
        (answer(b"", 103), RetriableError, "with 103 and 0 bytes"),
        (answer(b"<p>", 502, Content_Type="text/html; a=b"), RetriableError, "3 bytes of text/htm"),
        (answer(b""), RetriableError, "that is not whole JSON"),
        (answer(b"null"), RetriableError, "that is not whole JSON"),
        (answer(b"[" * 200_000), RetriableError, "that is not whole JSON"),
        (answer(b'[{"id": NaN}]'), RetriableError, "that is not whole JSON"),
        (answer(b'[{"id": "\xff"}]'), RetriableError, "that is not whole JSON"),
        (answer({"items": []}), RetriableError, "that is not a list"),
        (answer({}), RetriableError, "that is not a list"),
        (answer(["Wrong"]), RetriableError, "that is not a list"),
        (answer({"error": []}), RetriableError, "that is not a list"),
        (answer({"error": f"No {KEY}"}, 403), NoAccessError, '"No ***"'),
    ],
)
def test_an_answer_that_is_none(given: Answer, error: type[TapError], words: str) -> None:
    with pytest.raises(error) as caught:
        rows_of(given, ASKED)

    assert type(caught.value) is error
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    ("retry_after", "status", "expected"),
    [
        ("7", 429, 7),
        ("7", 503, 7),
        ("0", 429, 0),
        ("9999", 429, LONGEST_WAIT),
        ("Fri, 31 Dec 2100 00:00:00 GMT", 429, LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 429, 0),
        ("soon", 429, 1),
        ("-5", 429, 1),
        (None, 429, 1),
        (None, 503, 0),
    ],
)
def test_retry_after(retry_after: str | None, status: int, expected: float) -> None:
    headers = {"Retry_After": retry_after} if retry_after else {}

    with pytest.raises(RetriableError) as caught:
        rows_of(answer(b"", status, **headers), ASKED)

    assert caught.value.seconds == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_server_time(date: str | None, expected: datetime | None) -> None:
    assert server_time(answer(b"", 200, **({"Date": date} if date else {}))) == expected
