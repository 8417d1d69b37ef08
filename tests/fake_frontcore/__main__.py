"""The fake as a command, for trying things by hand: `python -m tests.fake_frontcore --help`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import datetime

from tests.fake_frontcore import API_KEY, FakeFrontcore, Switches, serve
from tests.fake_frontcore.app import TABLES, full_account
from tests.fake_frontcore.control import EXAMPLES, change
from tests.fake_frontcore.rows import DEMO_CUSTOMERS, DEMO_SIZES, OSLO


def _size(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        msg = "must be a number from 1 up"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def main() -> None:
    """Serve an invented account with rows in all lists, until Ctrl+C."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fake_frontcore",
        description=main.__doc__,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    helps = {"dates": "course dates", "others": "rows in each of the other lists, more or less"}
    for name, size in {"customers": DEMO_CUSTOMERS, **DEMO_SIZES}.items():
        parser.add_argument(
            f"--{name}", type=_size, default=size, metavar="N", help=helps.get(name, name)
        )
    parser.add_argument("--odd", action="store_true", help="with odd types")
    parser.add_argument("--port", type=int, default=0, help="0 for a free one")
    parser.add_argument("--key", default=API_KEY, help="the right key")
    parser.add_argument("--order", default="id", help="field to sort by, e.g. -updated_at")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--rate-limit", type=int, default=5, help="requests a second")
    parser.add_argument(
        "--forbid",
        action="append",
        choices=TABLES,
        default=[],
        metavar="STREAM",
        help="a list that the key has no access to, e.g. orders; may be repeated",
    )
    parser.add_argument("--control", action="store_true", help="change rows by what is typed")
    args = parser.parse_args()

    fake = full_account(
        args.customers,
        odd=args.odd,
        today=datetime.now(OSLO).date(),
        sizes={name: getattr(args, name) for name in DEMO_SIZES},
        key=args.key,
        switches=Switches(
            order=args.order,
            latency=args.latency,
            rate_limit=args.rate_limit,
            forbidden=frozenset(args.forbid),
        ),
    )
    with serve(fake, port=args.port) as url:
        print(f"TAP_FRONTCORE_API_URL={url}\nTAP_FRONTCORE_API_KEY={args.key}", flush=True)
        if args.control:
            threading.Thread(target=_control, args=(fake,), daemon=True).start()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    print(f"{len(fake.asked)} requests", file=sys.stderr)


def _control(fake: FakeFrontcore) -> None:
    """Change rows by each line of stdin, and say what was done."""
    print(f"Type here, for example:\n{EXAMPLES}", file=sys.stderr)
    for line in sys.stdin:
        print(change(fake, line), file=sys.stderr)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
