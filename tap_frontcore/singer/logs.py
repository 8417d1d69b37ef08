"""Set up logging by the SDK, and ensure that every error is shown."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from typing import TYPE_CHECKING

from singer_sdk.exceptions import ConfigurationError
from singer_sdk.logging import ConsoleFormatter

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from singer_sdk import Tap

LOG_CONFIG = "SINGER_SDK_LOG_CONFIG"  # the path of a logging configuration; Meltano sets it

# SDK messages to drop; the last one quotes data at DEBUG.
EXPECTED = ("Stream is assumed to be unsorted", "New replication value is null", "Filter result")


def command_of(tap: type[Tap]) -> click.Command:
    """Return a tap's command; when the SDK makes it, it also sets up logging."""
    try:
        for name in (f"{tap.name.upper().replace('-', '_')}_LOGLEVEL", "LOGLEVEL"):
            level = os.environ.get(name, "").upper()
            if level and level not in logging.getLevelNamesMapping():
                msg = f"{name} must be a level such as DEBUG, INFO or WARNING."
                raise ConfigurationError(msg)
        if not os.environ.get(LOG_CONFIG):
            os.environ.pop(LOG_CONFIG, None)  # an empty variable is ignored
        return _set_up(tap)
    finally:
        tell_errors(tap.logger)


def _set_up(tap: type[Tap]) -> click.Command:
    try:
        return tap.cli
    except Exception as error:
        if LOG_CONFIG not in os.environ:
            raise
        msg = (
            f"The file in {LOG_CONFIG} configures no logging ({type(error).__name__}): it must be "
            "YAML for Python's `logging.config.dictConfig`. Correct it, or unset the variable."
        )
        raise ConfigurationError(msg) from error


def tell_errors(logger: logging.Logger) -> None:
    """Guarantee that ERROR records reach at least one handler, so that no run fails silently."""
    # A configuration without `disable_existing_loggers: false`, as of Meltano 4.0, disables it.
    logger.disabled = False
    if logger.getEffectiveLevel() > logging.ERROR:
        logger.setLevel(logging.ERROR)
    if not any(handler.level <= logging.ERROR for handler in _handlers(logger)):
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.ERROR)
        handler.setFormatter(ConsoleFormatter())
        logger.addHandler(handler)


def where(error: BaseException) -> str:
    """Return an error's traceback without its text, which may quote a row."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__name__}"


def is_news(entry: logging.LogRecord) -> bool:
    """Drop SDK messages that are expected for this tap; a filter of `logging`."""
    return not str(entry.msg).startswith(EXPECTED)


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    """Yield the handlers that receive a logger's records."""
    at: logging.Logger | None = logger
    while at:
        yield from (h for h in at.handlers if not isinstance(h, logging.NullHandler))
        at = at.parent if at.propagate else None
