"""An answer that comes a byte at a time has an end."""

from __future__ import annotations

import contextlib
import ssl
import time
from typing import TYPE_CHECKING

import pytest
import requests
import trustme

from tap_frontcore.errors import RetriableError
from tap_frontcore.frontcore.deadline import DeadlineAdapter
from tap_frontcore.frontcore.failures import describe
from tests.support.sockets import answering, listening

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path

TIMEOUT = 0.3
PIECES = 60
"""Twenty a second: long after the timeout, an answer that drips is whole."""

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n\r\n"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, DeadlineAdapter())
        yield session


def dripping(before: bytes, piece: bytes, after: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(before)
        for _ in range(PIECES):
            time.sleep(0.05)
            connection.sendall(piece)
        connection.sendall(after)

    return handle


@pytest.mark.parametrize(
    ("before", "piece", "after"),
    [
        (b"HTTP/1.1 200 O", b"k", b"\r\n" + LENGTH + b"[]"),
        (HEAD + b"A: ", b"x", b"\r\n" + LENGTH + b"[]"),
        (HEAD, b"A: x\r\n", LENGTH + b"[]"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", HEAD + LENGTH + b"[]"),
        (HEAD + b"Content-Length: %d\r\n\r\n[" % (PIECES + 2), b" ", b"]"),
        (
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n",
            b"1\r\n \r\n",
            b"1\r\n]\r\n0\r\n\r\n",
        ),
    ],
)
@pytest.mark.parametrize("has_tls", [False, True])
def test_an_answer_that_drips(  # noqa: PLR0913  # what drips, and where
    session: requests.Session,
    tmp_path: Path,
    before: bytes,
    piece: bytes,
    after: bytes,
    *,
    has_tls: bool,
) -> None:
    context = None
    if has_tls:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        session.verify = str(tmp_path / "authority.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
    with (
        listening(dripping(before, piece, after), context) as address,
        pytest.raises(requests.RequestException) as caught,
    ):
        session.get(f"{'https' if has_tls else 'http'}://{address}", timeout=(20, TIMEOUT))

    error = describe(caught.value, address, 20, TIMEOUT)
    assert isinstance(error, RetriableError)
    assert "within 0.3 seconds" in str(error)


def test_a_proxy_whose_answer_drips(session: requests.Session) -> None:
    tunnel = dripping(HEAD + b"A: ", b"x", b"\r\n\r\n")
    with listening(tunnel) as address, pytest.raises(requests.RequestException) as caught:
        session.get(
            "https://frontcore.invalid",
            timeout=(TIMEOUT, 20),
            proxies={"https": f"http://{address}"},
        )

    error = str(describe(caught.value, "frontcore.invalid", TIMEOUT, 20))
    assert "No connection to frontcore.invalid through the proxy within 0.3 seconds" in error


def test_a_connection_is_used_again_with_a_new_deadline(session: requests.Session) -> None:
    answer = HEAD + LENGTH + b"[]"
    connections = []

    def handle(connection: socket.socket) -> None:
        connections.append(connection)
        with contextlib.suppress(ConnectionError):
            while connection.recv(65_536):
                connection.sendall(answer)

    with listening(handle) as address:
        for timeout in (TIMEOUT, 20, None):
            assert session.get(f"http://{address}", timeout=timeout).json() == []
        session.close()

    assert len(connections) == 1


def test_a_body_in_pieces_comes_whole(session: requests.Session) -> None:
    pieces = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n", b"1\r\n]\r\n0\r\n\r\n"]
    with listening(answering(*pieces)) as address:
        assert session.get(f"http://{address}", timeout=20).json() == []


def test_a_line_that_is_no_header_is_in_no_log(
    session: requests.Session, caplog: pytest.LogCaptureFixture
) -> None:
    pieces = [HEAD, b"A: b\r\nfc-invented-key\r\n", LENGTH, b"[]"]
    with caplog.at_level("DEBUG"), listening(answering(*pieces)) as address:
        response = session.get(f"http://{address}", timeout=20)

    assert response.headers["A"] == "b"
    assert "GET" in caplog.text
    assert "fc-invented-key" not in caplog.text
