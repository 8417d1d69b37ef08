"""The fake as a command, for trying things by hand: `python -m tests.fake_frontcore --help`."""

from __future__ import annotations

import argparse
import signal
import sys

from tests.fake_frontcore import API_KEY, FakeFrontcore, Switches, generate_customers, serve


def main() -> None:
    """Serve generated customers until Ctrl+C."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fake_frontcore", description=main.__doc__
    )
    parser.add_argument("--customers", type=int, default=1000, help="how many (default 1000)")
    parser.add_argument("--odd", action="store_true", help="with odd types")
    parser.add_argument("--port", type=int, default=0, help="default: a free one")
    parser.add_argument("--key", default=API_KEY, help=f"the right key (default {API_KEY})")
    parser.add_argument("--order", default="id", help="field to sort by, e.g. -updated_at")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before an answer")
    parser.add_argument("--rate-limit", type=int, default=5, help="requests a second (default 5)")
    args = parser.parse_args()

    switches = Switches(order=args.order, latency=args.latency, rate_limit=args.rate_limit)
    fake = FakeFrontcore(
        generate_customers(args.customers, odd=args.odd), switches=switches, key=args.key
    )
    with serve(fake, port=args.port) as url:
        print(f"TAP_FRONTCORE_API_URL={url}\nTAP_FRONTCORE_API_KEY={args.key}", flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
    print(f"{len(fake.asked)} requests", file=sys.stderr)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main()
