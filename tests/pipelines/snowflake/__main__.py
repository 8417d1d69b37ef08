"""The stand-in's process: `python -m tests.pipelines.snowflake SOCKET CERTIFICATE`."""

from __future__ import annotations

import socket
import sys
import threading

import uvicorn

from tests.pipelines.snowflake.app import make_app


def main(number: str, certificate: str) -> None:
    """Say on stdout that it is ready, and serve until stdin ends.

    So it ends with the tests in any case: with them the other end of stdin goes away.

    Args:
        number: Of the file descriptor of a socket that listens.
        certificate: A file with the certificate and its key.
    """
    config = uvicorn.Config(
        make_app(),
        ssl_certfile=certificate,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)

    def wait() -> None:
        sys.stdin.read()
        server.should_exit = True

    print("ready", flush=True)
    threading.Thread(target=wait, daemon=True).start()
    server.run(sockets=[socket.socket(fileno=int(number))])


main(*sys.argv[1:])
