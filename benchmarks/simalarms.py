"""Alerts in the simulator: what is raised in a quiet month, and how soon a burst is seen.

    ./run bench simalarms

A campaign of one term on three platforms (Mastodon, Bluesky, Misskey) in a simulated world
with nights and weekends. Rates are posts in five minutes and platform, on a weekday.

Months (`alarm_counts.py`): the world's posts by bin, and what was seen, through the
detectors as the monitor feeds them; without and with time that is not seen and caught up
with. Every alert is a false one. Bursts of five times the usual begin at odd minutes.

The line (`alarm_world.py`): the same world through the real collectors, ingest, scoring,
store and alerts, the rules included. A month read every half hour; and bursts, read every
minute with the intervals that sources have by default.
"""

from __future__ import annotations

import asyncio
import math
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from benchmarks._figures import note
from benchmarks.alarm_bound import most_seen
from benchmarks.alarm_counts import LEARNT, PLATFORMS, begun, month, soon, starts
from benchmarks.alarm_world import (
    SHARE,
    START,
    Monitor,
    catch_up,
    hushed,
    monitor,
    world,
)
from db.times import from_text
from groundswell.alerts.watching import Watching, floor
from groundswell.demo.world import Spike

HALF_HOUR, MINUTE, DAY = timedelta(minutes=30), timedelta(minutes=1), timedelta(days=1)
RATES = (0.5, 1.0, 2.0, 5.0)
# Of each rate through the line, how many days of history: detectors want two.
BURSTS = ((0.5, 5), (5.0, 4))
_LEAD = timedelta(hours=2)  # by then the intervals are what the rate makes them
_WATCHED = timedelta(hours=2)


def main(
    days: int = 30,
    bursts: int = 24,
    rates: Sequence[float] = RATES,
    line: Sequence[tuple[float, int]] = BURSTS,
    line_days: int = 30,
) -> int:
    """Print what was raised in each month, then the delays until bursts were seen."""
    with ProcessPoolExecutor(2) as pool:
        through = pool.submit(quiet_month, 0.5, line_days)
        delays = [pool.submit(seen_after, *one, 4) for one in line]
        months = [
            pool.submit(month, rate, days, blind=blind, bursts=0 if blind else bursts)
            for rate in rates
            for blind in (False, True)
        ]
        for number, one in enumerate(months):
            rate, blind = rates[number // 2], number % 2 == 1
            raised, found = one.result()
            how = ", a part of it not seen" if blind else ""
            _raised_in(f"{days} quiet days at {rate:g} posts{how}", raised)
            _tell(f"{rate:g}", found)
            if not blind:
                _most(rate, days, bursts)
        _raised_in(f"{line_days} quiet days at 0.5, through the line", through.result())
        for (rate, _), delay in zip(line, delays, strict=True):
            _tell(f"{rate:g}, through the line", delay.result())
    return 0


def _most(rate: float, days: int, bursts: int) -> None:
    calm, begin = world(rate), START + LEARNT
    begins = [floor(at) for at in starts(begin, days, bursts)]
    most = most_seen(lambda at: calm.rate(at) / 12 * SHARE, begins)
    note(f"of bursts of five times {rate:g} any test could see", f"{most:.0%}")


def _raised_in(when: str, raised: Counter[str]) -> None:
    told = ", ".join(f"{kind} {count}" for kind, count in raised.most_common())
    note(f"alerts in {when}", told or "none", aim="at most 1")


def _tell(rate: str, delays: Mapping[str, Sequence[float | None]]) -> None:
    for platform, found in delays.items():
        if not found:
            continue
        seen = sorted(math.inf if one is None else one for one in found)
        middle = seen[len(seen) // 2]
        after = f"after {middle:.0f} min" if middle < math.inf else "not while it lasts"
        note(
            f"bursts of five times {rate} on {platform}, seen within 15 min",
            f"{soon(found)} of {len(found)}; in the middle {after}",
            aim=f"{len(found)}",
        )


def quiet_month(rate: float, days: int) -> Counter[str]:
    """What the whole line raises in so many days in which nothing happens, by kind and
    platform, after a week that is only learnt from."""
    hushed()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_quiet(Path(folder) / "c.db", rate, days))


async def _quiet(database: Path, rate: float, days: int) -> Counter[str]:
    begin = START + LEARNT
    first = START + timedelta(hours=1)
    async with monitor(database, world(rate), rate, first, "5m") as one:
        await catch_up(one, begin, timedelta(hours=3))
        one.watching = Watching(one.clock())
        while one.clock() < begin + days * DAY:
            one.clock.now += HALF_HOUR
            await one.walk(("forward", "back"))
            await one.judge()
        rows = await one.rows("select rule, coalesce(platform, 'all') from alerts")
    return Counter(f"{rule} ({platform})" for rule, platform in rows)


def seen_after(rate: float, days: int, times: int) -> dict[str, list[float | None]]:
    """Minutes until each burst was seen, by platform; None: not while it lasts."""
    hushed()
    found: dict[str, list[float | None]] = {name: [] for name in PLATFORMS}
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base.db"
        until = START + days * DAY
        asyncio.run(_history(base, rate, until))
        for number in range(times):
            own = Path(folder) / f"{number}.db"
            shutil.copyfile(base, own)
            # Spread over a day, and never with the clock's five minutes.
            hours = _LEAD + timedelta(hours=24 * number / times, minutes=7 * number + 2)
            seen = asyncio.run(_burst(own, rate, until, until + hours))
            for platform, delay in seen.items():
                found[platform].append(delay)
    return found


async def _history(database: Path, rate: float, until: datetime) -> None:
    first = START + timedelta(hours=1)
    async with monitor(database, world(rate), rate, first, None) as one:
        await catch_up(one, until, timedelta(hours=3 if rate < 10 else 1))
        await one.rows("pragma wal_checkpoint(truncate)")


async def _burst(
    database: Path, rate: float, until: datetime, at: datetime
) -> dict[str, float | None]:
    spike = Spike(at, at + _WATCHED, 5, "a burst")
    shown = world(rate, [spike])
    async with monitor(database, shown, rate, until, None) as one:
        await catch_up(one, at - _LEAD, timedelta(hours=1))
        one.watching = Watching(one.clock())
        found: dict[str, float | None] = dict.fromkeys(PLATFORMS)
        while one.clock() < at + _WATCHED and None in found.values():
            one.clock.now += MINUTE
            await one.walk(("forward", "settle", "back"))
            await one.judge(look=False)
            for platform in await _raised(one, at):
                late = (one.clock() - begun(platform, at)) / MINUTE
                if found[platform] is None and late > 0:
                    found[platform] = late
    return found


async def _raised(one: Monitor, since: datetime) -> set[str]:
    rows = await one.rows("select platform, raised_at from alerts where rule = 'spike'")
    return {name for name, at in rows if from_text(at) > since - timedelta(minutes=5)}


if __name__ == "__main__":
    sys.exit(main())
