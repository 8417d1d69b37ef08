"""What is said of a connection that fails, over real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests
import trustme
import urllib3.exceptions as urllib3

from tap_frontcore.errors import RefusedError, RetriableError, TapError
from tap_frontcore.frontcore.faults import error_of
from tests.support.sockets import answering, listening

if TYPE_CHECKING:
    from pathlib import Path

HOST = "api.frontcore.example"
PASSWORD = "invented-password"  # noqa: S105
KEY = "fc-invented-key"
HEAD = b"HTTP/1.1 200 OK\r\n"
EMPTY = HEAD + b"Content-Length: 2\r\n\r\n[]"


def failure(url: str, timeout: float = 20) -> TapError:
    """Ask, and describe what goes wrong."""
    headers = {"X-API-Key": KEY}
    with (
        requests.Session() as session,
        pytest.raises((OSError, urllib3.HTTPError)) as caught,
        session.get(url, headers=headers, timeout=timeout, stream=True) as response,
    ):
        response.raw.read(decode_content=True)
    return error_of(caught.value, HOST)


def assert_told(error: TapError, kind: type[TapError], *words: str) -> None:
    text = str(error)
    assert type(error) is kind, text
    assert [word for word in words if word not in text] == [], text
    assert text.endswith(".") == (kind is RefusedError)
    assert not [secret for secret in (KEY, PASSWORD, "Kari") if secret in text]


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


# Connecting


def test_a_port_at_which_nobody_listens() -> None:
    assert_told(
        failure(f"http://{closed_port()}"), RetriableError, HOST, "Connection refused", "api_url"
    )


@pytest.mark.parametrize(
    ("code", "kind"), [(socket.EAI_NONAME, RefusedError), (socket.EAI_AGAIN, RetriableError)]
)
def test_a_name_without_an_address(
    monkeypatch: pytest.MonkeyPatch, code: int, kind: type[TapError]
) -> None:
    def look_up(*_: object) -> None:
        raise socket.gaierror(code, "")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    words = "its name is unknown, or can't be looked up; check api_url"
    assert_told(failure("https://frontcore.invalid"), kind, words)


def test_a_network_that_cannot_be_reached() -> None:
    assert_told(failure("http://255.255.255.255"), RetriableError, "check api_url, and the network")


def test_a_connection_that_does_not_come() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(8)]
        for client in waiting:  # until the queue is full
            client.settimeout(0)
            client.connect_ex(address)
        error = failure(f"http://127.0.0.1:{address[1]}", timeout=0.2)
        for client in waiting:
            client.close()

    assert_told(error, RetriableError, f"No connection to {HOST}: Connection timed out; check")


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(autouse=True)
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the test's authority, and use no proxy that a developer has set."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))


def context_for(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def test_an_expired_certificate(authority: trustme.CA) -> None:
    dates = [datetime(year, 1, 1, tzinfo=UTC) for year in (2019, 2020)]
    certificate = authority.issue_cert("127.0.0.1", not_before=dates[0], not_after=dates[1])
    with listening(answering(EMPTY), context_for(certificate)) as address:
        error = failure(f"https://{address}")

    words = f"No trusted connection to {HOST}: certificate has expired; check api_url"
    assert_told(error, RefusedError, words, "REQUESTS_CA_BUNDLE")


def test_a_version_of_tls_that_is_too_old(authority: trustme.CA) -> None:
    context = context_for(authority.issue_cert("127.0.0.1"))
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    with listening(answering(EMPTY), context) as address:
        assert_told(failure(f"https://{address}"), RefusedError, "HANDSHAKE_FAILURE; check api_url")


def test_a_port_without_tls() -> None:
    with listening(answering(EMPTY)) as address:
        assert_told(
            failure(f"https://{address}"),
            RefusedError,
            f"No trusted connection to {HOST}: WRONG_VERSION_NUMBER; check api_url",
        )


def test_a_file_with_certificates_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/company.pem")

    assert_told(failure("https://127.0.0.1"), RefusedError, "be used; check REQUESTS_CA_BUNDLE")


def test_a_file_without_certificates() -> None:
    with pytest.raises(ssl.SSLError) as caught:
        ssl.create_default_context(cafile=__file__)
    error = error_of(requests.exceptions.SSLError(urllib3.SSLError(caught.value)), HOST)

    assert_told(error, RefusedError, "be used; check REQUESTS_CA_BUNDLE")


# Proxies


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        (f"socks5://me:{PASSWORD}@127.0.0.1:9", "SOCKS needs requests[socks]"),
        (f"http://me:{PASSWORD}@127.0.0.1:99999", "The proxy can't be used"),
        (f"http://me:{PASSWORD}@{'a' * 64}.example", "The proxy can't be used"),
        (f"ftp://me:{PASSWORD}@127.0.0.1:9", "The proxy can't be used"),
        ("http://", "The proxy can't be used"),
    ],
)
def test_a_proxy_that_cannot_be_one(
    monkeypatch: pytest.MonkeyPatch, proxy: str, words: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy)

    assert_told(failure(f"https://{HOST}"), RefusedError, words, "HTTPS_PROXY and ALL_PROXY")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (
            407,
            RefusedError,
            "(407); have it allowed there, or check HTTPS_PROXY and ALL_PROXY, with the user",
        ),
        (403, RefusedError, f"to {HOST} (403); have it allowed"),
        (429, RetriableError, f"The proxy doesn't connect to {HOST} (429)"),
        (502, RetriableError, f"The proxy doesn't connect to {HOST} (502)"),
    ],
)
def test_a_proxy_that_turns_a_request_down(
    monkeypatch: pytest.MonkeyPatch, status: int, kind: type[TapError], words: str
) -> None:
    with listening(answering(b"HTTP/1.1 %d Kari Nordmann\r\n\r\n" % status)) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@{address}")
        assert_told(failure(f"https://{HOST}"), kind, words)


def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@{closed_port()}")

    assert_told(
        failure(f"https://{HOST}"), RetriableError, "to the proxy: Connection refused", "HTTPS"
    )


def test_a_proxy_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(answering(EMPTY)) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"https://me:{PASSWORD}@{address}")
        error = failure(f"https://{HOST}")

    assert_told(error, RefusedError, "to the proxy: WRONG_VERSION_NUMBER", "HTTPS_PROXY")


# Answers


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ([], "broke off"),
        ([b"Kari Nordmann\r\n"], "isn't HTTP"),
        ([HEAD, b"A: %s\r\n\r\n" % (b"Kari" * 20_000)], "isn't HTTP"),
        ([HEAD, b"A: Kari\r\n" * 200, b"\r\n"], "isn't HTTP"),
        ([HEAD, b"Content-Length: 99\r\n\r\nKari"], "broke off"),
        ([HEAD, b"Transfer-Encoding: chunked\r\n\r\nKari"], "broke off"),
        ([HEAD, b"Content-Encoding: gzip\r\n\r\nKari"], "(DecodeError)"),
    ],
)
def test_an_answer_that_cannot_be_read(pieces: list[bytes], words: str) -> None:
    with listening(answering(*pieces)) as address:
        assert_told(failure(f"http://{address}"), RetriableError, HOST, words)


def test_an_answer_that_does_not_come() -> None:
    is_over = threading.Event()
    with listening(lambda _: is_over.wait()) as address:
        error = failure(f"http://{address}", timeout=0.2)
        is_over.set()

    assert_told(error, RetriableError, "in time; set request_timeout higher")


# What can't be brought about here


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (requests.ConnectionError(), RetriableError, "No connection to"),
        (requests.exceptions.ProxyError(), RetriableError, "No connection to the proxy"),
        (
            requests.exceptions.SSLError(),
            RetriableError,
            "No trusted connection to",
        ),
        (requests.exceptions.SSLError(ssl.SSLEOFError()), RetriableError, ": SSLEOFError; check"),
        (
            requests.ConnectionError(PermissionError(1, KEY)),
            RetriableError,
            "Operation not permitted",
        ),
        (urllib3.SSLError(PermissionError(13, KEY)), RefusedError, "can't be used; check"),
        (urllib3.ProtocolError("Kari"), RetriableError, "broke off, or isn't HTTP (ProtocolError)"),
        (urllib3.InvalidHeader("Kari"), RetriableError, "broke off, or isn't HTTP (InvalidHeader)"),
        (urllib3.ReadTimeoutError(None, "", ""), RetriableError, "in time"),  # type: ignore[arg-type]
    ],
)
def test_a_bare_error(error: Exception, kind: type[TapError], words: Any) -> None:
    assert_told(error_of(error, HOST), kind, words)
