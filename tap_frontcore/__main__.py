"""The command `tap-frontcore`, also as `python -m tap_frontcore`."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from signal import Signals
from typing import TYPE_CHECKING, NoReturn

import click
from singer_sdk.exceptions import SingerSDKError

from tap_frontcore.errors import TapError
from tap_frontcore.singer.tap import SIGNALLED
from tap_frontcore.tap import TapFrontcore

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVELS = ("TAP_FRONTCORE_LOGLEVEL", "LOGLEVEL")
"""The variables that say how much is logged."""


def run(args: Sequence[str] | None = None) -> int:
    """Run the command, and say in one line what went wrong.

    Args:
        args: Its arguments, if not those of the process.

    Returns:
        The exit code: 0 if all that was asked for was done, also by every stream.
    """
    logger = TapFrontcore.logger
    for name in LEVELS:
        level = os.environ.get(name, "").upper()
        if level and level not in logging.getLevelNamesMapping():
            logging.basicConfig(format="%(levelname)s %(message)s")
            logger.error("%s must be a level such as DEBUG, INFO or WARNING.", name)
            return 1
    try:
        code = TapFrontcore.cli.main(args, TapFrontcore.name, standalone_mode=False)
    except click.ClickException as error:
        logger.error(error.format_message())  # noqa: TRY400  # what to type instead
        return error.exit_code
    except SystemExit as end:
        if isinstance(end.code, int) and end.code > SIGNALLED:
            name = Signals(end.code - SIGNALLED).name
            logger.error(  # noqa: TRY400  # a traceback would say nothing
                "Ended by %s. The next run begins where the last whole one ended.",
                name,
            )
        return end.code if isinstance(end.code, int) else bool(end.code)
    except (TapError, SingerSDKError) as error:
        for line in str(error).splitlines():
            logger.error(line)  # noqa: TRY400  # the traceback is for the debug log
        logger.debug("Where it happened:", exc_info=error)
        return 1
    except Exception as error:
        # The text of any other error may hold data of customers.
        logger.error(  # noqa: TRY400
            "Unexpected %s. TAP_FRONTCORE_LOGLEVEL=DEBUG shows where; please report it.",
            type(error).__name__,
        )
        logger.debug("Where it happened:", exc_info=error)
        return 1
    return int(code or 0)


def main() -> NoReturn:
    """Run the command and end the process."""
    code = run()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # closed, or none
            stream.flush()
    # At once: a request that was sent ahead may still be on its way, and nobody needs it.
    os._exit(code)


if __name__ == "__main__":
    main()
