"""An answer that comes a byte at a time has an end."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from tap_frontcore.errors import RetriableError
from tap_frontcore.frontcore.client import FrontcoreClient
from tap_frontcore.frontcore.queries import Endpoint
from tests.fake_frontcore import API_KEY
from tests.support.sockets import answering, listening

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

TIMEOUT = 0.2
PIECES = 16
"""Twenty a second: an answer that drips is whole after twice the time of connecting and reading."""

HEAD = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n\r\n"
CUSTOMERS = Endpoint("/customers", "customers")


def ask(url: str) -> list[object]:
    client = FrontcoreClient(API_KEY, api_url=url, request_timeout=TIMEOUT, max_retries=0)
    return client.receive(client.send(CUSTOMERS, {})).entries


def dripping(before: bytes, piece: bytes, after: bytes) -> Callable[[socket.socket], None]:
    def handle(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(before)
        for _ in range(PIECES):
            time.sleep(0.05)
            connection.sendall(piece)
        connection.sendall(after)

    return handle


DRIPS = {
    "header": (HEAD + b"A: ", b"x", b"\r\n" + LENGTH + b"[]"),
    "body": (HEAD + b"Content-Length: %d\r\n\r\n[" % (PIECES + 2), b" ", b"]"),
}
"""What comes before, again and again, and behind."""


@pytest.mark.parametrize(("what", "has_tls"), [("header", False), ("body", True)])
def test_an_answer_that_drips(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str, *, has_tls: bool
) -> None:
    context = None
    if has_tls:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
    with (
        listening(dripping(*DRIPS[what]), context) as address,
        pytest.raises(RetriableError, match=r"No whole answer from .* in time"),
    ):
        ask(f"{'https' if has_tls else 'http'}://{address}")


def test_a_proxy_whose_answer_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    tunnel = dripping(HEAD + b"A: ", b"x", b"\r\n\r\n")
    with listening(tunnel) as address:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        with pytest.raises(RetriableError, match=r"No whole answer from .* in time"):
            ask("https://frontcore.invalid")


def test_a_body_in_pieces_comes_whole() -> None:
    pieces = [HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n", b"1\r\n]\r\n0\r\n\r\n"]
    with listening(answering(*pieces)) as address:
        assert ask(f"http://{address}") == []


def test_a_line_that_is_no_header_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    pieces = [HEAD, b"A: b\r\nfc-invented-key\r\n", LENGTH, b"[]"]
    with caplog.at_level("DEBUG"), listening(answering(*pieces)) as address:
        assert ask(f"http://{address}") == []

    assert "GET" in caplog.text
    assert "fc-invented-key" not in caplog.text
