"""The command `tap-frontcore`: whatever goes wrong is told in one line."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from singer_sdk.exceptions import SingerSDKError

from tap_frontcore.errors import TapError
from tap_frontcore.singer import logs
from tap_frontcore.tap import TapFrontcore

if TYPE_CHECKING:
    from collections.abc import Sequence


def run(args: Sequence[str] | None = None) -> int:
    """Run the command, and say in one line what went wrong.

    Args:
        args: Its arguments, if not those of the process.

    Returns:
        The exit code: 0 if all that was asked for was done, also by every stream.
    """
    logger = TapFrontcore.logger
    try:
        code = _invoke(args)
        if sys.stdout:
            sys.stdout.flush()  # here, where an error can still be told
    except click.ClickException as error:
        logger.error(error.format_message())  # noqa: TRY400  # what to type instead
        return error.exit_code
    except (TapError, SingerSDKError) as error:
        for line in str(error).splitlines():
            logger.error(line)  # noqa: TRY400  # the traceback is for the debug log
        logger.debug("%s", logs.where(error))
        return 1
    except OSError as error:
        # An error of writing to stdout names no file. Those of the network are told elsewhere.
        what = error.filename or "stdout"
        logger.error("%s can't be written: %s.", what, error.strerror)  # noqa: TRY400
        logger.debug("%s", logs.where(error))
        return 1
    except Exception as error:  # noqa: BLE001  # the last one there is
        # The text of any other error may hold data of customers.
        logger.error(  # noqa: TRY400
            "Unexpected %s. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where; please report it.",
            type(error).__name__,
        )
        logger.debug("%s", logs.where(error))
        return 1
    return code


def _invoke(args: Sequence[str] | None) -> int:
    try:
        command = logs.command_of(TapFrontcore)
        return int(command.main(args, TapFrontcore.name, standalone_mode=False) or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else bool(end.code)
