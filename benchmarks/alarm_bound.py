"""How soon a burst can be seen at all: tests that know the usual rate to the last digit.

A monitor has to learn what is usual; these are told, and told that a burst is five times
that. Two tests, each with the threshold that gives one false alert in a month: the
likelihood ratio over the best window of 5, 10 and 15 minutes, and Page's cumulative sum of
it, which no test beats in the mean delay for a given rate of false alerts (Moustakides
1986). What neither sees, no detector that counts posts can be asked to see.
"""

from __future__ import annotations

import math
import random
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from groundswell.alerts.scan import likelihood_ratio

STEP = timedelta(minutes=5)
DAY_BINS = 288
TIMES = 5.0
_WIDTHS = (1, 2, 3)

Usual = Callable[[datetime], float]
Test = Callable[[], Callable[[int, float], float]]


def windows() -> Callable[[int, float], float]:
    """A test that takes a bin's count and what is usual, and gives the largest likelihood
    ratio of the last windows."""
    last: deque[tuple[int, float]] = deque(maxlen=max(_WIDTHS))

    def see(count: int, usual: float) -> float:
        last.append((count, usual))
        some = list(last)
        return max(
            likelihood_ratio(
                sum(n for n, _ in some[-width:]), sum(mean for _, mean in some[-width:])
            )
            for width in _WIDTHS
        )

    return see


def page() -> Callable[[int, float], float]:
    """The same for Page's cumulative sum."""
    level = 0.0

    def see(count: int, usual: float) -> float:
        nonlocal level
        level = max(0.0, level + count * math.log(TIMES) - (TIMES - 1) * usual)
        return level

    return see


TESTS: Sequence[Test] = (windows, page)


def most_seen(
    usual: Usual, begins: Sequence[datetime], *, months: int = 30, times: int = 100
) -> float:
    """The share of bursts, at these moments, that the better test sees within a quarter of
    an hour. months: over which its threshold is set; times: each moment is tried."""
    return max(_seen(test, usual, begins, months, times) for test in TESTS)


def _seen(
    test: Test, usual: Usual, begins: Sequence[datetime], months: int, times: int
) -> float:
    limit = threshold(test, usual, begins[0], months)
    seen = 0
    for number, begin in enumerate(begins):
        for again in range(times):
            dice = random.Random(f"{number}/{again}")
            see, found = test(), False
            for bin_ in range(-12, 3):
                mean = usual(begin + bin_ * STEP)
                value = see(poisson(dice, mean * (TIMES if bin_ >= 0 else 1)), mean)
                found = found or (bin_ >= 0 and value > limit)
            seen += found
    return seen / (len(begins) * times)


def threshold(test: Test, usual: Usual, start: datetime, months: int) -> float:
    """What the test's value exceeds once in a quiet month; what lies within a day of a
    larger one is the same alert."""
    peaks: list[float] = []
    for seed in range(months):
        dice, see = random.Random(seed), test()
        values = []
        for number in range(30 * DAY_BINS):
            mean = usual(start + number * STEP)
            values.append(see(poisson(dice, mean), mean))
        peaks += _apart(values)
    return sorted(peaks, reverse=True)[months - 1]


def _apart(values: Sequence[float]) -> Iterator[float]:
    """The largest values, a day apart."""
    kept: list[int] = []
    order = sorted(range(len(values)), key=values.__getitem__, reverse=True)
    for place in order[:300]:
        if all(abs(place - other) > DAY_BINS for other in kept):
            kept.append(place)
            yield values[place]


def poisson(dice: random.Random, mean: float) -> int:
    """A count by chance; by the normal distribution where the mean is large."""
    if mean > 50:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, chance = math.exp(-mean), 0, dice.random()
    while chance > limit:
        count, chance = count + 1, chance * dice.random()
    return count
