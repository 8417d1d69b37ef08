"""What several tests need."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.fake_frontcore import FakeFrontcore, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def serving() -> Iterator[Callable[[FakeFrontcore], str]]:
    """Serve fakes until the end of the test; each call returns a URL."""
    with ExitStack() as stack:
        yield lambda fake: stack.enter_context(serve(fake))


@pytest.fixture(autouse=True)
def own_signals() -> Iterator[None]:
    """Keep a tap that is made in this process from taking over its signals."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
