"""Servers below HTTP, for what no HTTP server would do."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.support.process import TIMEOUT

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@contextmanager
def listening(
    handle: Callable[[socket.socket], object], context: ssl.SSLContext | None = None
) -> Iterator[str]:
    """Accept connections until the end of the `with` block.

    Args:
        handle: What happens to a connection, which is closed behind it.
        context: For TLS.

    Yields:
        The address, such as `127.0.0.1:54321`.
    """

    def talk(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:  # the client may have had enough
            if context:
                with context.wrap_socket(connection, server_side=True) as wrapped:
                    handle(wrapped)
            else:
                handle(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(TIMEOUT)
            threads.append(threading.Thread(target=talk, args=[connection]))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads = [threading.Thread(target=accept)]
        threads[0].start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def answering(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Return how to read a request and send something."""

    def handle(connection: socket.socket) -> None:
        connection.recv(65_536)
        for piece in pieces:
            connection.sendall(piece)

    return handle
