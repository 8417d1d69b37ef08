"""What several tests need."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tap_frontcore.singer import logs
from tap_frontcore.tap import TapFrontcore
from tests.fake_frontcore import FakeFrontcore, serve
from tests.support import forks
from tests.support.fuzz import load_profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Serving = Callable[[FakeFrontcore], str]

load_profile()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """End the process that forks for each run of the command."""
    forks.stop()


@pytest.fixture
def serving() -> Iterator[Serving]:
    """Serve fakes until the end of the test; each call returns a URL."""
    with ExitStack() as stack:
        yield lambda fake: stack.enter_context(serve(fake))


@pytest.fixture
def own_logging(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give logging back as it was."""
    for name in (logs.LOG_CONFIG, "TAP_FRONTCORE_LOGLEVEL", "LOGLEVEL"):
        monkeypatch.delenv(name, raising=False)
    root, tap = logging.getLogger(), TapFrontcore.logger
    handlers, level = root.handlers[:], root.level
    others = [logging.getLogger(name) for name in logging.Logger.manager.loggerDict]
    disabled = [logger.disabled for logger in others]
    yield
    root.handlers, tap.handlers, tap.propagate = handlers, [], True
    root.setLevel(level)
    tap.setLevel(logging.NOTSET)
    for logger, was_disabled in zip(others, disabled, strict=True):
        logger.disabled = was_disabled
