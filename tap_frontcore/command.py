"""The command `tap-frontcore`, which reports each failure in one line."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

import click
from singer_sdk.exceptions import SingerSDKError

from tap_frontcore.errors import TapError
from tap_frontcore.singer import logs
from tap_frontcore.tap import TapFrontcore

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of the files, only stdout is written.
WRITE_ERRORS = {errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC, errno.EPIPE}


def run(args: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code, 0 only if it fully succeeded."""
    logger = TapFrontcore.logger
    try:
        code = _invoke(args)
        if sys.stdout:
            sys.stdout.flush()  # while an error can still be reported
    except click.ClickException as error:
        logger.error(error.format_message())  # noqa: TRY400  # what to type instead
        return error.exit_code
    except Exception as error:  # noqa: BLE001  # the last resort
        for line in _text_of(error).splitlines():
            logger.error(line)  # noqa: TRY400  # the traceback is for the debug log
        logger.debug("%s", logs.where(error))
        return 1
    return code


def _text_of(error: Exception) -> str:
    """Describe an error. The text of one that isn't the tap's may contain customers' data."""
    if isinstance(error, (TapError, SingerSDKError)):
        return str(error)
    if isinstance(error, OSError) and error.errno in WRITE_ERRORS:
        return f"stdout can't be written: {error.strerror}."
    kind = type(error).__name__
    return f"Unexpected {kind}. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where; please report it."


def _invoke(args: Sequence[str] | None) -> int:
    try:
        command = logs.command_of(TapFrontcore)
        return int(command.main(args, TapFrontcore.name, standalone_mode=False) or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else bool(end.code)
