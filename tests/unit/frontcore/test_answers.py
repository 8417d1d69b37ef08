"""What an answer means, without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from tap_frontcore.errors import (
    KeyRejectedError,
    NoAccessError,
    NotFoundError,
    RefusedError,
    RetriableError,
    TapError,
)
from tap_frontcore.frontcore.answers import LONGEST_WAIT, Answer, Failure, Rows, read, server_time
from tap_frontcore.frontcore.queries import Endpoint
from tap_frontcore.frontcore.wording import error_of

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = "fc-invented-key"
API_URL = "https://api.frontcore.com/v2"
CUSTOMERS = Endpoint("/customers", "customers")


def rows_of(
    answer: Answer, params: Mapping[str, str] = {}, *, key: str = KEY, is_key_accepted: bool = False
) -> Rows:
    """Read an answer as the client does."""
    result = read(answer)
    if isinstance(result, Failure):
        where = {"api_url": API_URL, "key": key}
        raise error_of(result, CUSTOMERS, params, **where, is_key_accepted=is_key_accepted)
    return result


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
        ({"items": {}, "pagination": None}, []),
        ({}, []),
        (b'[{"price": 10.50}]', [{"price": Decimal("10.50")}]),
        (b'[{"a": "\\ud83d\\ude00"}]', [{"a": "\U0001f600"}]),
        (b'\xef\xbb\xbf[{"id": 1}]', [{"id": 1}]),
        (b'\r\n\xef\xbb\xbf\xef\xbb\xbf[{"a": "\xef\xbb\xbf"}]', [{"a": "\ufeff"}]),
        (["Wrong"], None),
        ([[{"id": 1}]], None),
        ([1, None], None),
    ],
)
def test_a_list(body: Any, rows: list[dict[str, Any]] | None) -> None:
    if rows is None:
        with pytest.raises(RetriableError, match="isn't a list"):
            rows_of(answer(body))
    else:
        assert rows_of(answer(body)) == Rows(rows)


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
    assert rows_of(answer(body)) == Rows(rows, were_cleaned=True)


@pytest.mark.parametrize(
    ("body", "rows", "not_rows"),
    [
        ([{"id": 1}, None, {"id": 3}], [{"id": 1}, {"id": 3}], 1),
        (["Wrong", {"id": 2}, 3, [4]], [{"id": 2}], 3),
        ({"17": {"id": 17}, "18": None}, [{"id": 17}], 1),
        ({"items": [None, {"id": 2}], "pagination": {}}, [{"id": 2}], 1),
        ([None], [], 1),
    ],
)
def test_an_odd_entry_does_not_take_the_rows_with_it(
    body: Any, rows: list[dict[str, Any]], not_rows: int
) -> None:
    entries = rows_of(answer(body)).entries

    assert [entry for entry in entries if isinstance(entry, dict)] == rows
    assert len(entries) - len(rows) == not_rows


def test_no_content_is_the_empty_list() -> None:
    assert rows_of(answer(b"", 204)) == Rows([])


def test_fractions_keep_their_digits() -> None:
    rows = rows_of(answer(b'[{"price": 10.50, "id": 1.0}]')).entries

    assert [(type(value), str(value)) for value in rows[0].values()] == [
        (Decimal, "10.50"),
        (Decimal, "1.0"),
    ]


def test_an_escaped_backslash_is_no_such_character() -> None:
    body = b'[{"a": "\\\\u0000"}]'

    assert rows_of(answer(body)) == Rows([{"a": "\\u0000"}])


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (answer({"error": "Wrong API Key"}), KeyRejectedError, '"Wrong API Key". The key was re'),
        (answer({"error": "Invalid API key"}, 403), NoAccessError, "rejected"),
        (answer({"error": "Invalid API key"}, 404), KeyRejectedError, "rejected"),
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
        (
            answer({"error": "Missing field(s): x"}),
            RefusedError,
            "rejected the request. Check api_url, or",
        ),
        (answer({"error": "Field(s) not valid: limit"}), RefusedError, "not valid: limit"),
        (answer({"error": "x" * 999}, 400), RefusedError, f"{'x' * 200}…"),
        (answer({"error": "a\nb"}, 422), RefusedError, '422 and "a b"'),
        (answer({"error": "No"}, 403), NoAccessError, "allow it in Frontcore"),
        (answer({"error": "No"}, 404), NotFoundError, "check api_url"),
        (answer(b"", 301), RefusedError, "redirected /customers to nowhere"),
        (
            answer(b"", 302, Location="https://other.example/x?key=1"),
            RefusedError,
            "redirected /customers to https://other.example/x. It",
        ),
        (answer({"error": "No more"}, 429), RetriableError, '429 and "No more"'),
        (answer(b"", 408), RetriableError, "with 408 and 0 bytes"),
        (answer(b"", 103), RefusedError, "with 103 and 0 bytes of no type. The API's"),
        (answer(b"<p>", 502, Content_Type="text/html; a=b"), RetriableError, "3 bytes of text/htm"),
        (answer(b""), RetriableError, "which isn't whole JSON"),
        (answer(b"null"), RetriableError, "4 bytes of no type, which is null, not a list"),
        (answer(b"[" * 200_000), RetriableError, "which isn't whole JSON"),
        (answer(b'[{"id": NaN}]'), RefusedError, "isn't JSON (at byte 8). A retry"),
        (answer(b"[{}]<br>Notice"), RefusedError, "isn't JSON (at byte 5)"),
        (answer(b"<br>Notice[{}]"), RefusedError, "isn't JSON (at byte 0)"),
        (answer(b'[{"id": 1'), RetriableError, "isn't whole JSON"),
        (
            answer(b"\x1f\x9d\x90", Content_Encoding="gzip, compress"),
            RetriableError,
            "3 bytes of no type, which is in a Content-Encoding that wasn't asked for",
        ),
        (answer(b"[", Content_Encoding="gzip"), RetriableError, "isn't whole JSON"),
        (answer({"data": []}), RefusedError, "isn't a list of rows. Check api_url"),
        (answer({"error": "Pay"}, 402), RefusedError, 'with 402 and "Pay". The API\'s'),
        (answer({"error": "No"}, 405), RefusedError, "knows no such answer: check api_url"),
        (answer({"error": "No"}, 426), RefusedError, "knows no such answer: check api_url"),
        (answer(b"I'm a teapot", 418), RefusedError, "a firewall or a proxy"),
        (answer(b"error code: 1020", 403), RefusedError, "That is not Frontcore"),
        (answer(b"", 304), RefusedError, "firewalls or proxies before it"),
        (answer({"items": []}), RefusedError, "which isn't a list"),
        (answer(["Wrong"]), RetriableError, "which isn't a list"),
        (answer({"error": []}), RetriableError, "which isn't a list"),
        (answer({"error": f"No {KEY}"}, 403), NoAccessError, '"words that have the key'),
        (answer({"error": "No"}, 410), NotFoundError, "check api_url"),
        (answer("Later"), RetriableError, '200 and "Later"'),
        (answer({"message": "Unauthenticated."}, 401), KeyRejectedError, '"Unauthenticated."'),
        (
            answer({"error": "invalid", "error_description": "No such field"}, 400),
            RefusedError,
            '"invalid, No such field"',
        ),
        (answer({"error": {"message": "Bad", "code": "x"}}, 400), RefusedError, '"Bad"'),
        (answer({"error": True, "message": "Bad"}, 400), RefusedError, '"Bad"'),
        (answer({"errors": ["Bad", "Worse"]}, 400), RefusedError, '"Bad, Worse"'),
        (answer({"error": "a\x1b[2Kb\u202ec"}, 400), RefusedError, '"a…"'),
        (answer({"error": "a\x1bb\u202ec"}, 400), RefusedError, '"a b c"'),
        (answer({"error": "Rate limit exceeded"}, 403), RetriableError, "Rate limit exceeded"),
        (answer({"error": "API key over rate limit"}, 401), RetriableError, "over rate limit"),
        (answer({"errors": [{"code": "too_many_requests"}]}, 400), RetriableError, "too_many"),
        (answer(b"Too Many Requests", 420), RetriableError, "with 420 and 17 bytes"),
        (answer({"error": "Wrong API Key"}, 403, Retry_After="9"), RetriableError, "Wrong API"),
        (answer(b"", 425), RetriableError, "with 425"),
        (answer({"error": "No"}, 500), RetriableError, "with 500"),
        (answer(b"", 302, Retry_After="9"), RefusedError, "to nowhere"),
        (answer(b"<p>", 403, Content_Type="text/html"), RefusedError, "That is not Frontcore, but"),
        (
            answer(b"\n<!DOCTYPE html>", 406),
            RefusedError,
            "That is not Frontcore",
        ),
        (answer(b"<html>", 404), NotFoundError, "check api_url"),
        (answer(b"<html>", 401), KeyRejectedError, "rejected"),
        (
            answer(b"", 302, Location=f"https://a:b@x/{KEY}#c"),
            RefusedError,
            "to words that have the key in them. It",
        ),
    ],
)
def test_an_answer_that_is_none(bad: Answer, error: type[TapError], words: str) -> None:
    with pytest.raises(error) as caught:
        rows_of(bad)

    assert type(caught.value) is error
    assert words in str(caught.value)
    assert len(str(caught.value)) < 500
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        answer({"error": "Wrong API Key"}),
        answer({"error": "No"}, 401),
        answer({"errors": [{"code": "unauthorized", "message": "No"}]}),
        answer({"error": "No"}, 403),
    ],
)
def test_a_key_that_was_accepted_is_not_wrong(bad: Answer) -> None:
    with pytest.raises(NoAccessError, match="no access to this stream: allow it") as caught:
        rows_of(bad, is_key_accepted=True)

    assert "rejected" not in str(caught.value)
    assert "make a new one" not in str(caught.value)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"limit": "250"}, "request. Check api_url, or deselect customers"),
        ({"updated_at_min": "2026-01-01"}, "Check start_date, end_date, created_at_min"),
        ({"since_id": "7", "page": "41"}, "refuses page 41. Read smaller ranges"),
    ],
)
def test_advice_fits_what_was_asked_for(params: dict[str, str], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        rows_of(answer({"error": "Result window is too large"}, 400), params)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"customer": {"title": "Kari Nordmann"}}},
        {"error": ["Kari Nordmann"]},
        {"errors": {"Kari Nordmann": ["Kari Nordmann"]}},
        {"errors": [{"message": {"title": "Kari Nordmann"}, "code": ["Kari Nordmann"]}]},
        {"error": 'Not valid: {"title": "Kari Nordmann"}'},
        {"error": "Array\n(\n    [title] => Kari Nordmann\n)"},
        {"error": "Unexpected array ('title' => 'Kari Nordmann')"},
        {"error": "<b>Notice</b>: Kari Nordmann"},
        {"title": "Kari Nordmann", "message": None},
        ["Kari Nordmann"],
        b'[{"title": "Kari Nordmann"',
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_data_in_an_error_is_not_quoted(body: Any, status: int) -> None:
    with pytest.raises(TapError) as caught:
        rows_of(answer(body, status, Content_Type="application/json"))

    assert "Kari" not in str(caught.value)


SPLITS = ["", " ", "\n", "\u200b", "%0A"]


@given(
    start=st.integers(0, len(KEY) - 8),
    more=st.integers(0, len(KEY)),
    before=st.text(max_size=220),
    after=st.text(max_size=20),
    split=st.sampled_from(SPLITS),
    is_upper=st.booleans(),
    is_encoded=st.booleans(),
)
@example(start=0, more=99, before="x" * 190, after="", split="", is_upper=False, is_encoded=False)
def test_no_part_of_the_key_is_quoted(  # noqa: PLR0913  # the ways to write it
    start: int, more: int, before: str, after: str, split: str, *, is_upper: bool, is_encoded: bool
) -> None:
    part = KEY[start : start + 8 + more]
    echoed = part.upper() if is_upper else part
    echoed = split.join(f"%{ord(c):02x}" if is_encoded else c for c in echoed)
    body = {"error": f"{before}{echoed}{after}"}

    with pytest.raises(RefusedError) as caught:
        rows_of(answer(body, 400))

    shown = "".join(str(caught.value).lower().replace(split or " ", "").split())
    runs = [part[first : first + 8] for first in range(len(part) - 7)]
    assert not [run for run in runs if run in shown or quote(run) in shown]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("ABCD", "No abcd, abc"),
        (KEY, "fc&#45;invented&#45;key"),
        (KEY, r"fc\u002dinvented\u002dkey"),
        (KEY, "f.c.i.n.v.e.n.t.e.d"),
        (KEY, "\uff46\uff43\uff0d\uff49\uff4e\uff56\uff45\uff4e\uff54\uff45\uff44"),
        ("--------", "No --------"),
    ],
)
def test_a_key_is_known_in_any_spelling(key: str, said: str) -> None:
    with pytest.raises(RefusedError, match='"words that have the key in them"'):
        rows_of(answer({"error": said}, 400), key=key)


def test_an_unauthorized_answer_after_good_pages_of_the_list() -> None:
    with pytest.raises(NoAccessError, match="withdrawn or changed meanwhile: check api_key"):
        rows_of(answer({"error": "Nope"}, 401), {"page": "3"}, is_key_accepted=True)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (b'[{"a": "x\xffy"}]', [{"a": "x\ufffdy"}]),
        (b'[{"n": %s}]' % (b"7" * 5000), [{"n": "7" * 5000}]),
    ],
)
def test_one_odd_value_does_not_stop_the_rest(body: bytes, rows: list[dict[str, Any]]) -> None:
    assert rows_of(answer(body)).entries == rows


@pytest.mark.parametrize(
    ("retry_after", "status", "expected"),
    [
        ("7", 429, 7),
        ("7", 503, 7),
        ("0", 429, 0),
        ("9999", 429, LONGEST_WAIT),
        ("Fri, 31 Dec 2100 00:00:00 GMT", 429, LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 429, 0),
        ("soon", 429, 0),
        ("-5", 429, 0),
        ("1.5", 429, 1.5),
        ("7", 200, 7),
        (None, 429, 0),
    ],
)
def test_retry_after(retry_after: str | None, status: int, expected: float) -> None:
    headers = {"Retry_After": retry_after} if retry_after else {}

    with pytest.raises(RetriableError) as caught:
        rows_of(answer(b"", status, **headers))

    assert caught.value.seconds == pytest.approx(expected, abs=0.5)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("Wed, 21 Oct 2015 07:28:00", datetime(2015, 10, 21, 7, 28, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_server_time(date: str | None, expected: datetime | None) -> None:
    assert server_time(answer(b"", 200, **({"Date": date} if date else {}))) == expected


def test_an_error_beside_an_empty_list_is_an_error() -> None:
    body = b'{"items": [], "pagination": {}, "error": "Too many requests"}'

    with pytest.raises(RetriableError, match="Too many requests"):
        rows_of(answer(body))


def test_a_number_beyond_all_bounds_leaves_its_row() -> None:
    (row,) = rows_of(answer(b'[{"id": 1, "x": 1e99999999999999999999}]')).entries

    assert row == {"id": 1, "x": "1e99999999999999999999"}


def test_a_value_that_is_nested_too_deeply_is_a_failure_and_no_crash() -> None:
    deep = '{"a":' * 900 + "1" + "}" * 900
    body = f'[{{"id": 1, "note": "\\\\u0000", "deep": {deep}}}]'.replace("\\\\", "\\")

    assert isinstance(read(Answer(200, {}, body.encode())), Rows | Failure)
