"""What a series of counts would usually have been: a rhythm of the day and the week, times
the level just before. Pure; nothing of a window is used to say what was usual in it.

docs/accuracy.md says how often that is right (benchmarks/placebo.py measures it).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import mul
from statistics import median
from typing import NamedTuple

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# An hour counts for at most so many times the mean hour of its week, and as many posts
# more, when it is learnt what is usual: one storm is no rhythm.
_TAMED = 6.0
# After two days a bin's weight in the level is half; what is older than six times that is
# left out. Of one, two, three and five days none gave placebo windows the least spread on
# all of the simulated and the recorded series (benchmarks/placebo.py).
_HALF_LIFE, _HALVES = 2 * DAY, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Counts in bins of one length. start: the first bin's beginning, aware. step: a part
    of a day. counts: posts of each bin; None: it was not seen, which is never zero."""

    start: datetime
    counts: Sequence[float | None]
    step: timedelta = HOUR

    def place(self, at: datetime) -> int:
        """The bin that a time lies in, which may be none of the series."""
        return (at - self.start) // self.step

    def seen(self, begin: int, end: int) -> int:
        """How many of the bins from begin to end, not included, were seen."""
        return sum(count is not None for count in self.counts[max(0, begin) : end])

    def posts(self, begin: int, end: int) -> float:
        """Posts of the bins from begin to end, not included, that were seen."""
        return sum(count or 0 for count in self.counts[max(0, begin) : end])


class Window(NamedTuple):
    """What a stretch of time had, against what was usual; of its seen bins alone."""

    posts: float
    usual: float

    @property
    def change(self) -> float:
        """How many times the usual, in powers of e. Half a post is added, so that the
        mean of the logarithms is near the logarithm of the mean."""
        return math.log((self.posts + 0.5) / max(self.usual, 0.5))

    @property
    def noise(self) -> float:
        """The variance of `change` that pure chance gives to a count."""
        return 1 / (max(self.usual, 0.5) + 1)


class Past:
    """A series before a bin, and what that makes usual in any window of it or after it."""

    def __init__(self, series: Series, until: int) -> None:
        self._until = until
        self._per_day = n = DAY // series.step
        memory = _HALVES * int(_HALF_LIFE / series.step)
        fade = 0.5 ** (series.step / _HALF_LIFE)
        self._weights = [fade**age for age in range(memory - 1, -1, -1)]
        self._counts = [count or 0.0 for count in series.counts]
        self._seen = [count is not None for count in series.counts]
        self._tamed = _tamed(series.counts, until, n)
        # What was not seen is a bin of a week that has no posts and is never learnt.
        self._slots = [
            slot if seen else 7 * n
            for slot, seen in zip(_slots(series), self._seen, strict=True)
        ]
        self._sums, self._times = [0.0] * (7 * n + 1), [0] * (7 * n + 1)
        for slot, count in zip(self._slots, self._tamed, strict=False):
            self._sums[slot] += count
            self._times[slot] += 1

    def window(self, begin: int, end: int) -> Window | None:
        """What the bins from begin to end, not included, had against the usual; None
        where less than half of them, or of the three days before them, was seen."""
        days = 3 * self._per_day
        seen = sum(self._seen[begin:end])
        if (
            2 * seen < end - begin
            or 2 * sum(self._seen[max(0, begin - days) : begin]) < days
        ):
            return None
        rhythm = self._rhythm(begin, min(end, self._until))
        usual = sum(map(rhythm.__getitem__, self._slots[begin:end]))
        posts = sum(self._counts[begin:end])
        return Window(posts, usual * self._level(begin, rhythm))

    def _rhythm(self, begin: int, end: int) -> list[float]:
        """Posts of each bin of a week, learnt without those from begin to end: a day's
        hours, times a factor for each weekday. With few posts both are drawn to the mean.
        The last one is the bin of what was not seen, 0."""
        n = self._per_day
        sums, times = self._sums[: 7 * n], self._times[: 7 * n]
        for i in range(begin, end):
            if self._seen[i]:
                sums[self._slots[i]] -= self._tamed[i]
                times[self._slots[i]] -= 1
        mean = max(sum(sums) / max(1, sum(times)), 1e-6)
        drawn = 1 + 4 / mean
        hours = [
            (sum(sums[slot::n]) + drawn * mean) / (sum(times[slot::n]) + drawn)
            for slot in range(n)
        ]
        drawn = 0.5 * n * mean + 12
        rhythm: list[float] = []
        for first in range(0, 7 * n, n):
            usual = sum(map(mul, hours, times[first : first + n]))
            factor = (sum(sums[first : first + n]) + drawn) / (usual + drawn)
            rhythm.extend(hour * factor for hour in hours)
        return [*rhythm, 0.0]

    def _level(self, begin: int, rhythm: Sequence[float]) -> float:
        """How many times the rhythm the time before begin had, the last days most."""
        first = max(0, begin - len(self._weights))
        weights = self._weights[first - begin :]
        posts: float = sum(map(mul, weights, self._tamed[first:begin]))
        hours = map(rhythm.__getitem__, self._slots[first:begin])
        usual: float = sum(map(mul, weights, hours))
        return (posts + 1) / (usual + 1)


def _slots(series: Series) -> list[int]:
    """The bin of a week that each bin is."""
    per_day = DAY // series.step
    midnight = series.start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = series.start.weekday() * per_day + (series.start - midnight) // series.step
    return [(first + i) % (7 * per_day) for i in range(len(series.counts))]


def _tamed(counts: Sequence[float | None], until: int, per_day: int) -> list[float]:
    """The counts before `until`, none larger than its week makes likely; 0 where nothing
    was seen."""
    days = range(0, until, per_day)
    rates = [_rate(counts[day : min(day + per_day, until)]) for day in days]
    most = []
    for day in range(len(rates)):
        near = [rate for rate in rates[max(0, day - 3) : day + 4] if rate is not None]
        most.append(_TAMED * (median(near) + 1) if near else _TAMED)
    return [
        min(count or 0.0, most[i // per_day]) for i, count in enumerate(counts[:until])
    ]


def _rate(counts: Sequence[float | None]) -> float | None:
    seen = [count for count in counts if count is not None]
    return sum(seen) / len(seen) if seen else None
