"""Alerts in the simulator: what is raised in a quiet month, and how soon a burst is seen.

    ./run bench simalarms

A campaign of one term on three platforms (Mastodon, Bluesky's search, Misskey), watched by
the real collectors, ingest, store and alerts in a simulated world with nights, weekends,
late posts, edits and deletions (`alarm_world.py`). Rates are posts in five minutes and
platform, on a weekday.

A quiet month: a week of history, then thirty days read every half hour, every bin judged
and the rules looked at each time. Every alert is a false one. The month with blind time is
the same, but that nothing is asked for two hours every second day, and for half a day every
week: what is caught up with must be neither burst nor silence.

Bursts: history, then the line as the daemon runs it, every minute, with the intervals that
the sources have by default. The burst, five times the usual, begins at an odd minute.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from benchmarks._figures import note
from benchmarks.alarm_world import START, Monitor, catch_up, hushed, monitor, world
from db.times import from_text
from groundswell.alerts.watching import Watching
from groundswell.demo.world import Spike

HALF_HOUR, MINUTE, DAY = timedelta(minutes=30), timedelta(minutes=1), timedelta(days=1)
QUIET = ((0.5, False), (5.0, False), (0.5, True))
# Of each rate, and how many days of history: detectors want two, and more is slow.
BURSTS = ((0.5, 14), (2.0, 14), (5.0, 8), (20.0, 3))
_LEAD = timedelta(hours=2)  # by then the intervals are what the rate makes them
_WATCHED = timedelta(hours=2)
_PLATFORMS = ("mastodon", "bluesky", "misskey")


def main(
    days: int = 30,
    quiet: Sequence[tuple[float, bool]] = QUIET,
    bursts: Sequence[tuple[float, int]] = BURSTS,
    times: int = 6,
) -> int:
    """Print what was raised in each month, then the delays until bursts were seen."""
    with ProcessPoolExecutor(2) as pool:
        months = [pool.submit(quiet_month, *one, days) for one in quiet]
        delays = [pool.submit(seen_after, *one, times) for one in bursts]
        for (rate, blind), month in zip(quiet, months, strict=True):
            found = month.result()
            told = ", ".join(f"{kind} {n}" for kind, n in found.most_common())
            how = ", a part of it not seen" if blind else ""
            note(
                f"alerts in {days} quiet days at {rate:g} posts{how}",
                told or "none",
                aim="at most 1",
            )
        for (rate, _), delay in zip(bursts, delays, strict=True):
            _tell(rate, delay.result())
    return 0


def _tell(rate: float, delays: dict[str, list[float | None]]) -> None:
    for platform, found in delays.items():
        soon = sum(one is not None and one <= 15 for one in found)
        seen = [one for one in found if one is not None]
        middle = f"; seen after {median(seen):.0f} min in the middle" if seen else ""
        never = f"; {len(found) - len(seen)} not within two hours"
        note(
            f"bursts of five times {rate:g} on {platform}, seen within 15 min",
            f"{soon} of {len(found)}{middle}{never}",
            aim=f"{len(found)}",
        )


def quiet_month(rate: float, blind: bool, days: int) -> Counter[str]:
    """What is raised in so many days in which nothing happens, by kind and platform."""
    hushed()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_quiet(Path(folder) / "c.db", rate, blind=blind, days=days))


async def _quiet(
    database: Path, rate: float, *, blind: bool, days: int
) -> Counter[str]:
    begin = START + 7 * DAY
    first = START + timedelta(hours=1)
    async with monitor(database, world(rate), rate, first, "5m") as one:
        await catch_up(one, begin, timedelta(hours=3))
        one.watching = Watching(one.clock())
        while one.clock() < begin + days * DAY:
            one.clock.now += HALF_HOUR
            asleep = blind and _sleeps(one.clock() - begin)
            await one.walk(("forward", "back"), blind=asleep)
            if not asleep:
                await one.judge()
        rows = await one.rows("select rule, coalesce(platform, 'all') from alerts")
    return Counter(f"{rule} ({platform})" for rule, platform in rows)


def _sleeps(since: timedelta) -> bool:
    """Whether the machine is off: from nine to eleven every second day, from eleven to
    eleven once a week."""
    day, hour = since.days, since.seconds // 3600
    if day % 7 == 5 or (day % 7 == 6 and hour < 11):
        return hour >= 11 or day % 7 == 6
    return day % 2 == 1 and 9 <= hour < 11


def seen_after(rate: float, days: int, times: int) -> dict[str, list[float | None]]:
    """Minutes until each burst was seen, by platform; None: not within two hours."""
    hushed()
    found: dict[str, list[float | None]] = {name: [] for name in _PLATFORMS}
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
        found: dict[str, float | None] = dict.fromkeys(_PLATFORMS)
        while one.clock() < at + _WATCHED and None in found.values():
            one.clock.now += MINUTE
            await one.walk(("forward", "settle", "back"))
            await one.judge(look=False)
            for platform in await _raised(one, at):
                if found[platform] is None:
                    found[platform] = (one.clock() - at) / MINUTE
    return found


async def _raised(one: Monitor, since: datetime) -> set[str]:
    rows = await one.rows("select platform, raised_at from alerts where rule = 'spike'")
    return {name for name, at in rows if from_text(at) > since - timedelta(minutes=5)}


if __name__ == "__main__":
    sys.exit(main())
