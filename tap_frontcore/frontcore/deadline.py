"""A deadline for whole answers.

The read timeout of requests is for each piece that comes: a server that sends a byte of a header
every second would be waited for without end.
"""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from typing_extensions import override

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer


class DeadlineAdapter(HTTPAdapter):
    """Makes the read timeout of requests the time in which an answer must have come whole.

    It is counted from the moment when the request was sent.
    """

    @override
    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """Return a pool whose connections read with a deadline: plain ones, TLS, or a proxy's."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        connection = pool.ConnectionCls
        if connection.response_class is not _Response:
            attributes = {"response_class": _Response}
            pool.ConnectionCls = type(connection.__name__, (connection,), attributes)
        return pool


class _Response(HTTPResponse):
    """An answer that http.client reads, status line and headers too, from a `_TimedReader`."""

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(sock, *args, **kwargs)
        timeout = sock.gettimeout()
        if timeout is not None:
            self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock, timeout))

    @override
    def begin(self) -> None:
        """Read the headers, and forget what is none: urllib3 would log it, be it the key."""
        super().begin()
        self.headers.set_payload("")
        self.headers.defects.clear()


class _TimedReader(io.RawIOBase):
    """Reads from a socket until a timeout is over, however many pieces come meanwhile."""

    def __init__(self, raw: Any, sock: socket.socket, timeout: float) -> None:  # noqa: ANN401
        self._raw = raw
        self._socket = sock
        self._deadline = time.monotonic() + timeout

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: WriteableBuffer) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)  # urllib3 sets it anew for each request
        count: int = self._raw.readinto(buffer)
        return count

    @override
    def close(self) -> None:
        self._raw.close()
        super().close()
