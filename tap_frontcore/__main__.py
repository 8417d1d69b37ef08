"""The process of `tap-frontcore` and of `python -m tap_frontcore`."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

from tap_frontcore.signals import handle_signals


def main() -> NoReturn:
    """Run the command and end the process."""
    handle_signals()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr is, for any encoding
    # Imported now, so that Ctrl+C during this half second shows no traceback.
    from tap_frontcore.command import run  # noqa: PLC0415

    # Don't wait for prefetch requests: nobody needs their responses. `run` has flushed stdout.
    os._exit(run())


if __name__ == "__main__":
    main()
