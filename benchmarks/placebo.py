"""How often a moment at which nothing happened is said to have had an effect, and how often
a true effect is found.

    ./run bench placebo

Simulated series with a rhythm of day and week, more scatter than chance, a drifting level,
bursts and unseen hours, at several volumes; the truth is known. Where the five labelled
series of real counts lie in the shared folder, every fifth hour of them too that is away
from the labelled windows.
"""

from __future__ import annotations

import csv
import json
import math
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

from benchmarks._figures import note
from groundswell.effects import Effect, lookback, measure
from groundswell.effects_model import HOUR, Series

START = datetime(2026, 3, 2, tzinfo=UTC)
AIM = 0.07
VOLUMES = (0.2, 2.0, 20.0, 200.0)  # posts in an hour
TIMES = (1.5, 2.0, 5.0)
_SHARED = Path(
    os.environ.get("GROUNDSWELL_SHARED", Path(__file__).parents[1].parent / "shared")
)


@dataclass(frozen=True, slots=True)
class World:
    """What a simulated series does by itself. days, hours: the deviation of a day's and an
    hour's mean from the usual, in powers of e and in parts of it. drift: that of the level
    from day to day. bursts: of them a day; size: how many times the usual one adds.
    unseen: stretches of up to 20 unseen hours, a day."""

    days: float = 0.15
    hours: float = 0.3
    drift: float = 0.08
    bursts: float = 0.0
    size: float = 3.0
    unseen: float = 0.0


WORLDS = {
    "pure chance": World(days=0, hours=0, drift=0),
    "scatter": World(),
    "drift": World(drift=0.2),
    "rare bursts": World(bursts=0.1),
    "many bursts": World(bursts=0.5, size=2.0),
    "wild": World(days=0.3, hours=0.6, bursts=0.15, size=6.0),
    "unseen hours": World(unseen=0.15),
}


def simulated(
    seed: int,
    world: World,
    rate: float,
    length: int,
    *,
    begin: int | None = None,
    times: float = 1.0,
    common: int | None = None,
) -> Series:
    """So many hours of counts about so many posts an hour; from `begin` on so many times
    as many. The seed decides the rest: the shape of the day, weekends, what happens.
    common: series with the same one have their days in common."""
    dice = random.Random(seed)
    shared = dice if common is None else random.Random(common)
    peak, weekend = shared.uniform(0, 24), shared.uniform(0.5, 1)
    level = moved = burst = 0.0
    unseen = 0
    counts: list[float | None] = []
    for n in range(length):
        if n % 24 == 0:
            level += shared.gauss(0, world.drift)
            moved = level + shared.gauss(0, world.days)
        if dice.random() < world.bursts / 24:
            burst += world.size * dice.lognormvariate(0, 0.6)
        if dice.random() < world.unseen / 24:
            unseen += dice.randint(1, 20)
        mean = rate * math.exp(moved) * (1 + 0.7 * math.sin((n - peak) / 24 * math.tau))
        mean *= (weekend if n // 24 % 7 > 4 else 1) * (1 + burst)
        if world.hours:
            mean *= dice.gammavariate(1 / world.hours**2, world.hours**2)
        if begin is not None and n >= begin:
            mean *= times
        counts.append(None if unseen else _poisson(dice, mean))
        burst, unseen = 0.75 * burst, max(0, unseen - 1)
    return Series(start=START, counts=counts)


def _poisson(dice: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, chance = math.exp(-mean), 0, dice.random()
    while chance > limit:
        count, chance = count + 1, chance * dice.random()
    return count


def found(
    seeds: Sequence[int],
    world: World,
    rate: float,
    *,
    hours: int = 24,
    times: float = 1.0,
    days: int | None = None,
    control: bool = False,
) -> list[Effect]:
    """What is said of one moment in each of the simulated series. days: of time before it;
    all that is used if left out. control: a series of the same kind and volume."""
    effects = []
    for seed in seeds:
        begin = (days or lookback(hours).days) * 24 + seed * 5 % 24
        length = begin + hours
        own = simulated(seed, world, rate, length, begin=begin, times=times)
        other = simulated(seed + 900_001, world, rate, length) if control else None
        at = START + begin * HOUR
        effects.append(measure(own, at, hours=hours, control=other))
    return effects


def rate_of(effects: Sequence[Effect]) -> float:
    """The share that is said to be an effect, of those of which anything can be said."""
    said = [effect for effect in effects if effect.refused is None]
    return sum(effect.told is not None for effect in said) / len(said)


def main(series: int = 100) -> int:
    """Note the rates; 1 where all placebo dates together show more than 7 %, or those of
    terms more than 5 %."""
    from benchmarks import placebo_terms  # which is made of this file's worlds

    seeds = range(series)
    print(f"placebo dates with an effect, of {series} series a cell, 24 hours")
    everything: list[Effect] = []
    for name, world in WORLDS.items():
        cells = [found(seeds, world, rate) for rate in VOLUMES]
        everything += chain.from_iterable(cells)
        print(f"  {name:<14}" + "".join(f"{_percent(rate_of(c)):>8}" for c in cells))
    print(f"  {'posts an hour':<14}" + "".join(f"{rate:>8g}" for rate in VOLUMES))
    placebo = rate_of(everything)
    note("placebo dates with an effect, 24 hours", _percent(placebo), aim="at most 7 %")
    _others(seeds)
    _power(seeds)
    _recorded()
    return max(int(placebo > AIM), placebo_terms.measured(seeds))


def _others(seeds: Sequence[int]) -> None:
    """Placebo dates with other horizons, a short past, a control."""
    asked: dict[str, dict[str, int | bool]] = {
        "6 hours": {"hours": 6},
        "168 hours": {"hours": 168},
        "24 hours, ten days before": {"days": 10},
        "24 hours, a control": {"control": True},
    }
    for name, options in asked.items():
        effects = [
            effect
            for world in (WORLDS["scatter"], WORLDS["rare bursts"])
            for rate in (2.0, 20.0)
            for effect in found(seeds, world, rate, **options)  # type: ignore[arg-type]
        ]
        rate = _percent(rate_of(effects))
        note(f"placebo dates with an effect, {name}", rate, aim="at most 7 %")


def _power(seeds: Sequence[int]) -> None:
    for name in ("scatter", "rare bursts"):
        for rate in VOLUMES:
            cells = [
                rate_of(found(seeds, WORLDS[name], rate, times=times))
                for times in TIMES
            ]
            told = ", ".join(
                f"{times:g} times: {_percent(cell)}"
                for times, cell in zip(TIMES, cells, strict=True)
            )
            note(f"effects found, {name}, {rate:g} posts an hour", told)


def recorded(folder: Path) -> Iterator[tuple[Series, list[tuple[datetime, datetime]]]]:
    """The labelled series by the hour, each with the windows that people marked."""
    windows = json.loads((folder / "windows.json").read_text())
    for path in sorted((folder / "series").glob("*.csv")):
        hours: dict[datetime, list[float]] = {}
        with path.open() as file:
            for row in csv.DictReader(file):
                at = datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC)
                hour = at.replace(minute=0, second=0)
                hours.setdefault(hour, []).append(float(row["value"]))
        first = min(hours)
        whole = [hours.get(first + n * HOUR, []) for n in range(len(hours))]
        counts = [sum(bins) if len(bins) == 12 else None for bins in whole]
        marked = [
            (_moment(begin), _moment(end))
            for begin, end in windows[f"realTweets/{path.name}"]
        ]
        yield Series(start=first, counts=counts), marked


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on_recorded(folder: Path, hours: int) -> list[Effect]:
    """What is said of every fifth hour whose window touches none that people marked."""
    effects = []
    for series, marked in recorded(folder):
        for place in range(10 * 24, len(series.counts) - hours, 5):
            at = series.start + place * HOUR
            end = at + timedelta(hours=hours)
            if not any(at < last and end > first for first, last in marked):
                effects.append(measure(series, at, hours=hours))
    return effects


def _recorded() -> None:
    folder = _SHARED / "spikes"
    if not folder.is_dir():
        print(f"{folder.name}: the recorded series are not here")
        return
    for hours in (6, 24, 72):
        effects = on_recorded(folder, hours)
        said = [effect for effect in effects if effect.refused is None]
        note(
            f"placebo dates with an effect, recorded series, {hours} hours",
            f"{_percent(rate_of(effects))} of {len(said)}",
            aim="at most 7 %",
        )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


if __name__ == "__main__":
    sys.exit(main())
