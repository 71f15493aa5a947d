"""The simulated platforms as a process: python -m groundswell.demo --seed 7 --days 7

Prints one JSON line with the base URL and the sources when it is ready, and serves until
it is told to stop.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta

from groundswell.clock import utcnow
from groundswell.demo.server import Simulator, serve
from groundswell.demo.venues import venues
from groundswell.demo.world import Spike, World


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m groundswell.demo")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=float, default=7, help="days of history")
    parser.add_argument(
        "--live",
        type=float,
        default=4,
        help="the campaign's posts a minute from now on",
    )
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="no spike, and from now on the usual rhythm of day and week",
    )
    parser.add_argument(
        "--burst",
        type=float,
        metavar="MINUTES",
        help="from so many minutes after the start an hour of five times the usual",
    )
    return parser.parse_args(argv)


# What followed an event is judged from seven days before it (groundswell/effects.py).
_LONG_DAYS = 12


def _bursts(options: argparse.Namespace, now: datetime) -> list[Spike] | None:
    """What is out of the ordinary; None: the usual spike in the history. A long history has
    it on a morning and on all platforms, with seven days before it, so that the diary can
    say what followed."""
    if options.burst is None and options.quiet:
        return []
    if options.burst is None and options.days < _LONG_DAYS:
        return None
    if options.burst is None:
        place = now - timedelta(days=options.days / 3)
        begin = place.replace(hour=9, minute=0, second=0, microsecond=0)
        label = "the second memo is published"
        return [Spike(begin, begin + timedelta(hours=5), 5, label)]
    begin = now + timedelta(minutes=options.burst)
    return [Spike(begin, begin + timedelta(hours=1), 5, "a burst")]


async def _serve(options: argparse.Namespace) -> None:
    now = utcnow()
    start = (now - timedelta(days=options.days)).replace(
        minute=0, second=0, microsecond=0
    )
    places = venues()
    world = World(
        options.seed,
        start,
        days_of_history=(now - start) / timedelta(days=1),
        live_per_minute=None if options.quiet else options.live,
        channels=[place.channel for place in places],
        bursts=_bursts(options, now),
    )
    simulator = Simulator(world, utcnow, venues=places)
    simulator.stage.now()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serve(simulator, options.port) as base:
        ready = {
            "base_url": base,
            "sources": simulator.sources(base),
            "environment": simulator.venue_keys(),
            "bursts": [
                {"at": burst.from_at.isoformat(), "label": burst.label}
                for burst in world.bursts
            ],
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM; 1 where the port is in use."""
    options = _arguments(argv)
    try:
        asyncio.run(_serve(options))
    except OSError as error:
        sys.stderr.write(f"The simulated platforms cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
