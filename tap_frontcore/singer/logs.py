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
    import click
    from singer_sdk import Tap

LOG_CONFIG = "SINGER_SDK_LOG_CONFIG"  # the path of a logging configuration; Meltano sets it

# SDK messages to drop; the last one quotes data at DEBUG.
EXPECTED = ("Stream is assumed to be unsorted", "New replication value is null", "Filter result")


def command_of(tap: type[Tap]) -> click.Command:
    """Return a tap's command; when the SDK makes it, it also sets up logging."""
    levels, own = logging.getLevelNamesMapping(), f"{tap.name.upper().replace('-', '_')}_LOGLEVEL"
    if os.environ.get("LOGLEVEL", "").upper() not in levels:
        os.environ.pop("LOGLEVEL", None)  # of another program, such as LOGLEVEL=20
    if not os.environ.get(LOG_CONFIG):
        os.environ.pop(LOG_CONFIG, None)  # an empty variable is ignored
    try:
        if os.environ.get(own) and os.environ[own].upper() not in levels:
            msg = f"{own} must be a level such as DEBUG, INFO or WARNING."
            raise ConfigurationError(msg)
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
    """Ensure that a logger shows errors, so that no run fails silently."""
    # A configuration without `disable_existing_loggers: false` disables it.
    logger.disabled = False
    if logger.getEffectiveLevel() > logging.ERROR:
        logger.setLevel(logging.ERROR)
    if not logger.hasHandlers():
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(ConsoleFormatter())
        logger.addHandler(handler)


def where(error: BaseException) -> str:
    """Return an error's traceback without its text, which may quote a row."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__name__}"


def is_news(entry: logging.LogRecord) -> bool:
    """Drop SDK messages that are expected for this tap; a filter of `logging`."""
    return not str(entry.msg).startswith(EXPECTED)
