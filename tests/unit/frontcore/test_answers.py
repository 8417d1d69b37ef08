"""What an answer means, without a server."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

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


def second_shape(code: str, message: str | None = None) -> dict[str, Any]:
    return {"successful": False, "errors": [{"code": code, "message": message}]}


def redirect(location: str) -> Answer:
    return answer(b"", 302, Location=location)


EMPTY_LIST_AND_ERROR = answer({"items": [], "pagination": {}, "error": "Too many requests"})


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
        (b'[{"a": "\\ud83d\\ude00"}]', [{"a": "\U0001f600"}]),
        (b'[{"a": "\\\\u0000"}]', [{"a": "\\u0000"}]),
        (b'\r\n\xef\xbb\xbf\xef\xbb\xbf[{"a": "\xef\xbb\xbf"}]', [{"a": "\ufeff"}]),
        (b'[{"id": 1, "x": 1e99999999999999999999}]', [{"id": 1, "x": "1e99999999999999999999"}]),
        # An odd entry doesn't take the rows with it.
        ([{"id": 1}, None, {"id": 3}], [{"id": 1}, None, {"id": 3}]),
        (["Wrong", {"id": 2}, 3, [4]], ["Wrong", {"id": 2}, 3, [4]]),
        ([None], [None]),
    ],
)
def test_a_list(body: Any, rows: list[Any]) -> None:
    assert rows_of(answer(body)) == Rows(rows)


def test_no_content_is_the_empty_list() -> None:
    assert rows_of(answer(b"", 204)) == Rows([])


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b'[{"a": "x\\u0000y", "b": {"c\\u0000": ["\\u0000"]}}]', {"a": "xy", "b": {"c": [""]}}),
        (b'[{"a": "x\\ud800y", "n": 1.50}]', {"a": "x?y", "n": Decimal("1.50")}),
        (b'[{"a": "x\xffy"}]', {"a": "x\ufffdy"}),
        (b'[{"n": %s}]' % (b"7" * 5000), {"n": "7" * 5000}),
    ],
)
def test_a_value_that_no_database_takes_is_cleaned(body: bytes, row: dict[str, Any]) -> None:
    assert rows_of(answer(body)) == Rows([row], were_cleaned=True)


def test_fractions_keep_their_digits() -> None:
    rows = rows_of(answer(b'[{"price": 10.50, "id": 1.0}]')).entries

    assert [(type(value), str(value)) for value in rows[0].values()] == [
        (Decimal, "10.50"),
        (Decimal, "1.0"),
    ]


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        # The key
        (answer({"error": "Wrong API Key"}), KeyRejectedError, '"Wrong API Key". The key was re'),
        (answer({"error": "Invalid API key"}, 403), NoAccessError, "rejected"),
        (answer({"error": "Invalid API key"}, 404), KeyRejectedError, "rejected"),
        (answer({"error": "Nope"}, 401), KeyRejectedError, "rejected"),
        (answer(b"<html>", 401), KeyRejectedError, "rejected"),
        (answer(second_shape("unauthorized", "No!")), KeyRejectedError, "The key was rejected"),
        (answer({"error": "No"}, 403), NoAccessError, "allow it in Frontcore"),
        # What was asked for
        (answer({"error": "No"}, 404), NotFoundError, "check api_url"),
        (answer({"error": "No"}, 410), NotFoundError, "check api_url"),
        (answer(b"<html>", 404), NotFoundError, "check api_url"),
        (answer(second_shape("resource_not_found")), NotFoundError, "is nothing at https://api"),
        (answer({"error": "Missing field(s): x"}), RefusedError, "rejected the request. Check api"),
        (answer({"error": "Field(s) not valid: a[]"}), RefusedError, '"Field(s) not valid: a[]"'),
        (answer({"error": "No"}, 422), RefusedError, "rejected the request"),
        (answer([], 400), RefusedError, "with 400 and 2 bytes of no type. The API rejected"),
        # A rate limit, whatever the status
        (answer({"error": "No more"}, 429), RetriableError, '429 and "No more"'),
        (answer({"error": "API key over rate limit"}, 401), RetriableError, "over rate limit"),
        (answer(second_shape("too_many_requests"), 400), RetriableError, "too_many"),
        (answer(b"Too Many Requests", 420), RetriableError, "with 420 and 17 bytes"),
        (answer({"error": "Wrong API Key"}, 403, Retry_After="9"), RetriableError, "Wrong API"),
        (EMPTY_LIST_AND_ERROR, RetriableError, "Too many requests"),
        # What a retry may mend
        *((answer(b"", it), RetriableError, f"with {it} and") for it in (103, 408, 425, 500)),
        (answer(b"<p>", 502, Content_Type="text/html; a=b"), RetriableError, "3 bytes of text/htm"),
        (answer(b""), RetriableError, "which isn't whole JSON"),
        (answer(b"[" * 200_000), RetriableError, "which isn't whole JSON"),
        (answer(b'[{"id": NaN}]'), RetriableError, "which isn't whole JSON"),
        (answer(b'[{"id": 1'), RetriableError, "isn't whole JSON"),
        (answer(b"[", Content_Encoding="gzip, identity"), RetriableError, "isn't whole JSON"),
        (answer(b"\x1f", Content_Encoding="gzip, br"), RetriableError, "that wasn't asked for"),
        (answer(b"null"), RetriableError, "4 bytes of no type, which isn't a list of rows"),
        (answer(["Wrong"]), RetriableError, "which isn't a list"),
        (answer([[{"id": 1}]]), RetriableError, "which isn't a list"),
        (answer([1, None]), RetriableError, "which isn't a list"),
        (answer({"error": []}), RetriableError, "which isn't a list"),
        (answer("Later"), RetriableError, '200 and "Later"'),
        (answer(second_shape("busy", "Later")), RetriableError, '200 and "Later, busy"'),
        # What isn't the API's
        (answer({"data": "rate limit"}), RefusedError, "isn't a list of rows. Frontcore's docum"),
        (answer({"items": []}), RefusedError, "isn't a list of rows. Frontcore's documentation"),
        (answer({"error": "Pay"}, 402), RefusedError, 'with 402 and "Pay". Frontcore\'s docum'),
        (answer(b"error code: 1020", 403), RefusedError, "a firewall or a proxy before it"),
        (answer(b"<p>", 400), RefusedError, "a firewall or a proxy before it"),
        (answer(b"", 301), RefusedError, "redirected /customers to another path. It"),
        (answer(b"", 302, Retry_After="9"), RefusedError, "to another path. It"),
        (
            redirect("https://a:b@x.example/x?key=1"),
            RefusedError,
            "to x.example. It isn't",
        ),
        (redirect(f"//{KEY}.example"), RefusedError, "to another path"),
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
    ("body", "quoted"),
    [
        ({"error": "x" * 999}, f"{'x' * 200}…"),
        ({"error": f"{'x ' * 98}kari@example.no"}, f"{'x ' * 97}x…"),
        ({"error": "a\nb"}, "a b"),
        ({"error": {"message": "You don't", "code": "x"}}, "You don't, x"),
        ({"error": True, "message": "Bad"}, "Bad"),
        ({"errors": ["Bad", "Worse", 7]}, "Bad, Worse"),
        ({"error": "Duplicate entry 'Kari'"}, "Duplicate entry…"),
        ({"error": "Not 'Kari Nordmann'"}, "Not…"),
        ({"error": 'Not valid: {"title": "Kari Nordmann"}'}, "Not valid:…"),
        ({"error": "No kari@example.no"}, "No…"),
        ({"error": "No 22334455 Kari"}, "No…"),
        ({"error": "Array\n(\n    [title] => Kari Nordmann\n)"}, "Array (…"),
        ({"error": "a\x1b[2K b"}, ""),
        ({"error": "b \u202ec"}, "b…"),
        ({"error": "<b>Notice</b>: Kari Nordmann"}, ""),
        # What isn't an error's text may be a row
        ({"error": {"customer": {"title": "Kari Nordmann"}}}, ""),
        ({"error": ["Kari Nordmann"]}, ""),
        ({"errors": {"Kari Nordmann": ["Kari Nordmann"]}}, ""),
        ({"errors": [{"message": {"title": "Kari Nordmann"}, "code": ["Kari Nordmann"]}]}, ""),
        ({"title": "Kari Nordmann", "message": None}, ""),
        (["Kari Nordmann"], ""),
        (b'[{"title": "Kari Nordmann"', ""),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_error_is_quoted_up_to_what_may_be_a_value(body: Any, quoted: str, status: int) -> None:
    with pytest.raises(TapError) as caught:
        rows_of(answer(body, status, Content_Type="application/json"))

    expected = f'and "{quoted}"' if quoted else "bytes of application/json"
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "bad",
    [
        answer({"error": "Wrong API Key"}),
        answer({"error": "Wrong API Key"}, 403),
        answer({"error": "No"}, 401),
    ],
)
def test_a_key_that_was_accepted_is_not_wrong(bad: Answer) -> None:
    with pytest.raises(NoAccessError, match="no access to this stream, or lost it") as caught:
        rows_of(bad, is_key_accepted=True)

    assert "rejected" not in str(caught.value)


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


@given(
    start=st.integers(0, len(KEY) - 7),
    before=st.text("xyz .", max_size=220),
    between=st.sampled_from(["", " ", "-", "\n"]),
    is_upper=st.booleans(),
)
@example(start=0, before="x" * 190, between="", is_upper=False)
def test_no_part_of_the_key_is_quoted(
    start: int, before: str, between: str, *, is_upper: bool
) -> None:
    part = KEY[start:]
    echoed = between.join(part.upper() if is_upper else part)

    with pytest.raises(RefusedError) as caught:
        rows_of(answer({"error": f"{before}{echoed}"}, 400))

    shown, letters = (re.sub(r"[\W_]", "", it.lower()) for it in (str(caught.value), part))
    assert not [at for at in range(len(letters) - 5) if letters[at : at + 6] in shown]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("ABCD", "No abcd, abc"),
        (KEY, "f.c.i.n.v.e.n.t.e.d"),
        (KEY, "No FC invented"),
        (KEY, "fc&#45;invented&#45;key"),
        (KEY, r"fc\u002dinvented\u002dkey"),
        (KEY, "\uff46\uff43\uff0d\uff49\uff4e\uff56\uff45\uff4e\uff54\uff45\uff44"),
    ],
)
def test_a_key_is_known_in_any_spelling(key: str, said: str) -> None:
    with pytest.raises(RefusedError, match=r"with 400 and \d+ bytes"):
        rows_of(answer({"error": said}, 400), key=key)


@pytest.mark.parametrize(
    ("retry_after", "status", "expected"),
    [
        ("7", 429, 7),
        ("0", 429, 0),
        ("9999", 429, LONGEST_WAIT),
        ("Fri, 31 Dec 2100 00:00:00 GMT", 429, LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 429, 0),
        ("soon", 429, 0),
        ("-5", 429, 0),
        ("1.5", 200, 0),
        ("9" * 5000, 429, 0),
        ("Fri, 31 Dec 99999 00:00:00 GMT", 429, 0),
        (None, 429, 0),
    ],
)
def test_retry_after(retry_after: str | None, status: int, expected: float) -> None:
    headers = {"Retry_After": retry_after} if retry_after else {}

    with pytest.raises(RetriableError) as caught:
        rows_of(answer(b"", status, **headers))

    assert caught.value.seconds == pytest.approx(expected, abs=0.5)
    assert caught.value.brief == ("too many requests" if status == 429 else "no good answer")


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


def test_a_value_that_is_nested_too_deeply_is_a_failure_and_no_crash() -> None:
    deep = '{"a":' * 900 + "1" + "}" * 900
    body = f'[{{"id": 1, "note": "\\\\u0000", "deep": {deep}}}]'.replace("\\\\", "\\")

    assert isinstance(read(Answer(200, {}, body.encode())), Rows | Failure)
