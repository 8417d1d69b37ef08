"""Set up logging by the SDK, and ensure that every error is shown."""

from __future__ import annotations

import logging
import os
import traceback
from typing import TYPE_CHECKING

from singer_sdk.exceptions import ConfigurationError

if TYPE_CHECKING:
    import click
    from singer_sdk import Tap

LOG_CONFIG = "SINGER_SDK_LOG_CONFIG"  # the path of a logging configuration; Meltano sets it

# SDK messages to drop: the third quotes data at DEBUG, the last says that variables aren't read.
EXPECTED = ("Stream is assumed", "New replication value", "Filter result", "Skipping parse")


def command_of(tap: type[Tap]) -> click.Command:
    """Return a tap's command; when the SDK makes it, it also sets up logging."""
    if os.environ.get("LOGLEVEL", "").upper() not in logging.getLevelNamesMapping():
        os.environ.pop("LOGLEVEL", None)  # of another program, such as LOGLEVEL=20
    if not os.environ.get(LOG_CONFIG):
        os.environ.pop(LOG_CONFIG, None)  # an empty variable is ignored
    try:
        return tap.cli
    except Exception as error:
        msg = (
            f"Logging can't be set up ({type(error).__name__}): {tap._env_var_prefix}LOGLEVEL must "  # noqa: SLF001
            f"be a level such as DEBUG, and the file in {LOG_CONFIG} YAML for Python's "
            "`logging.config.dictConfig`. Correct or unset the variable."
        )
        raise ConfigurationError(msg) from error
    finally:
        # A configuration without `disable_existing_loggers: false` disables it.
        tap.logger.disabled = False
        if tap.logger.getEffectiveLevel() > logging.ERROR:
            tap.logger.setLevel(logging.ERROR)


def where(error: BaseException) -> str:
    """Return an error's traceback without its text, which may quote a row."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"Traceback (most recent call last):\n{frames}{type(error).__name__}"


def is_news(entry: logging.LogRecord) -> bool:
    """Drop SDK messages that are expected for this tap; a filter of `logging`."""
    return not str(entry.msg).startswith(EXPECTED)
