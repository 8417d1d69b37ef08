"""Logging: the SDK sets it up, and here it is made sure that every error is told."""

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

LOG_CONFIG = "SINGER_SDK_LOG_CONFIG"
"""The variable that names a file which configures logging. Meltano sets it."""

EXPECTED_WARNINGS = ("Stream is assumed to be unsorted", "New replication value is null")
"""What the SDK warns of, the second for each record, and is meant to be so here."""


def command_of(tap: type[Tap]) -> click.Command:
    """Return a tap's command, with logging set up.

    Raises:
        ConfigurationError: A variable names a level that is none, or a file that configures
            no logging.
    """
    try:
        for name in (f"{tap.name.upper().replace('-', '_')}_LOGLEVEL", "LOGLEVEL"):
            level = os.environ.get(name, "").upper()
            if level and level not in logging.getLevelNamesMapping():
                msg = f"{name} must be a level such as DEBUG, INFO or WARNING."
                raise ConfigurationError(msg)
        if not os.environ.get(LOG_CONFIG):
            os.environ.pop(LOG_CONFIG, None)  # an empty variable is as good as none
        return _set_up(tap)
    finally:
        tell_errors(tap.logger)


def _set_up(tap: type[Tap]) -> click.Command:
    """Let the SDK set up logging, which it does where it makes the command."""
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
    """Make sure that what a logger says at ERROR reaches somebody.

    A logging configuration without `disable_existing_loggers: false`, as Meltano 4.0 writes it,
    switches off every logger that exists; the level CRITICAL and a configuration without
    handlers are as silent. A run that failed would end without a word.
    """
    logger.disabled = False
    if logger.getEffectiveLevel() > logging.ERROR:
        logger.setLevel(logging.ERROR)
    if not any(handler.level <= logging.ERROR for handler in _handlers(logger)):
        handler = logging.StreamHandler(sys.stderr)
        handler.setLevel(logging.ERROR)
        handler.setFormatter(ConsoleFormatter())
        logger.addHandler(handler)


def where(error: BaseException) -> str:
    """Say where an error was raised, for the debug log, without its text.

    The text may quote a row, such as that of a ValueError of Python's own.
    """
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__name__}"


def is_news(entry: logging.LogRecord) -> bool:
    """Tell whether the SDK says something that isn't meant to be so; a filter of `logging`."""
    return not str(entry.msg).startswith(EXPECTED_WARNINGS)


def _handlers(logger: logging.Logger) -> Iterator[logging.Handler]:
    """Return the handlers that get what a logger says."""
    at: logging.Logger | None = logger
    while at:
        yield from (h for h in at.handlers if not isinstance(h, logging.NullHandler))
        at = at.parent if at.propagate else None
