"""The benchmarks: ./run bench [NAME…] [--quick]

Each prints its figures as they come; the tables at the end hold all of them, each against
what was measured beside it, and how each benchmark went.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from typing import Any

from benchmarks._figures import FIGURES, measured, table

# What each is called with when it has to be quick.
QUICK: Mapping[str, Mapping[str, Any]] = {
    "day": {"hours": 1.0},
    "kill": {"kills": 5},
    "memory": {"posts": 5_000},
    "demo": {"clone": False},
    "payloads": {},
    "starting": {"times": 1},
    "storing": {"posts": 3_000, "rounds": 1},
    "scoring": {"texts": 300, "posts": 3_000, "rounds": 1},
    "refining": {"posts": 2_000, "seconds": 3.0},
    "importing": {"posts": 4_000, "rounds": 1},
    "importers": {"posts": 2_000, "rounds": 1},
    "placebo": {"series": 10},
    "pages": {"sizes": (2_000, 10_000), "times": 2},
    "readers": {"posts": 5_000, "seconds": 3.0},
    "filters": {"posts": 2_000},
    "alarms": {"months": 1, "bursts": 1, "rates": (0.5,), "burst_rates": (5.0,)},
    "simalarms": {"days": 2, "bursts": 2, "rates": (0.5,), "line": (), "line_days": 1},
    "spikes": {"most": 2},
    "exporting": {"posts": 1_000},
    "voices": {"days": 1.0, "seeds": (3,)},
}

# They take their time in any form: with --quick only where they are named.
UNHURRIED = ("day", "kill", "demo")


def available() -> list[str]:
    """The benchmarks that there are."""
    return [name for name in QUICK if find_spec(f"benchmarks.{name}")]


def _run(name: str, *, quick: bool) -> int:
    """In a process of its own: what one has loaded would weigh on the next one's memory."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        code, figures = pool.submit(
            measured, name, QUICK[name] if quick else {}
        ).result()
    FIGURES.extend(figures)
    return code


def main(argv: Sequence[str] | None = None) -> int:
    """Run those that are named, or all; 1 where one failed, 2 for an unknown name."""
    parser = argparse.ArgumentParser(prog="./run bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(available()))
    parser.add_argument("--quick", action="store_true", help="a minute or so in all")
    options = parser.parse_args(argv)
    unknown = [name for name in options.names if name not in available()]
    if unknown:
        there = ", ".join(available())
        print(f"no benchmark {', '.join(unknown)}; there are: {there}", file=sys.stderr)
        return 2
    rows = []
    FIGURES.clear()
    usual = [n for n in available() if not (options.quick and n in UNHURRIED)]
    for name in options.names or usual:
        print(f"── {name}", flush=True)
        began = time.monotonic()
        code = _run(name, quick=options.quick)
        rows.append((name, "ok" if code == 0 else "FAILED", time.monotonic() - began))
    print("", *table(), sep="\n")
    print("\nbenchmark  result  seconds")
    for name, result, seconds in rows:
        print(f"{name:<9}  {result:<6}  {seconds:7.1f}")
    return 1 if any(result != "ok" for _, result, _ in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
