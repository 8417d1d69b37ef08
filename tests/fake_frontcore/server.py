"""Serving the fake on a free port of this machine."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from typing_extensions import override
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_frontcore.app import FakeFrontcore


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open, as the API does

    @override
    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: the tests ask the fake."""

    @override
    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """Expect it: a tap may be killed."""


@contextmanager
def serve(fake: FakeFrontcore, *, port: int = 0) -> Iterator[str]:
    """Serve the fake until the end of the `with` block.

    Args:
        fake: The account.
        port: 0 for a free one.

    Yields:
        The base URL, for `api_url`.
    """
    server: BaseWSGIServer = make_server(
        "127.0.0.1", port, fake, threaded=True, request_handler=_Handler
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/v2"
    finally:
        fake.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
