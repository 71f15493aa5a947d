"""How unlikely chance makes the posts of the last minutes: a scan over a series of counts.

For each of a few windows the number of posts is held against what was expected of that
time by the likelihood ratio: how much better than the usual rate the rate that was found
explains the posts. It is the most powerful test of a rate that is known, and it finds what
is too small for a ratio of means: nine posts where one and a half are usual.

The usual rate is known only so well, and some series scatter more than chance does. So
counts are taken to come from a negative binomial, whose scatter is learnt from the series,
over a quarter of an hour. And, as for the ratios of the detector, the largest value of each
stretch of the last weeks tells what this series does without anything having happened.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_NONE = 1e-9  # under that, scatter is lost in the digits


@dataclass(frozen=True, slots=True)
class Strictness:
    """surprise: a likelihood ratio under this is chance, in powers of e. strict: deviations
    above the mean of the stretches' largest that are unusual; spread: added to the
    deviation. ratio: times the usual that a window must hold; fewest: posts that it must.
    error: of the usual rate, as a share of it. memory: bins over which it is learnt how
    much the series scatters; clip: times the usual, the most that a window adds to it."""

    surprise: float = 7.5
    strict: float = 3.5
    spread: float = 0.25
    ratio: float = 3.0
    fewest: int = 5
    error: float = 0.22
    memory: int = 14 * 288
    clip: float = 4.0


@dataclass(slots=True)
class Window:
    """The posts of the last `width` bins."""

    width: int
    strictness: Strictness
    told: float = 0.0
    usual: float = 0.0
    counts: deque[tuple[float, float]] = field(default_factory=deque)
    _beyond: float = 0.0
    _square: float = 0.0

    def take(self, count: float, expected: float) -> None:
        """The next bin."""
        self.counts.append((count, expected))
        if len(self.counts) > self.width:
            self.counts.popleft()
        self.told = sum(count for count, _ in self.counts)
        self.usual = sum(expected for _, expected in self.counts)
        if len(self.counts) == self.width:
            self._learn()

    def surprise(self, scatter: float) -> float:
        """In powers of e; 0 where the window does not hold so much more than usual that it
        could be a burst."""
        own = self.strictness
        if self.told < max(own.fewest, own.ratio * self.usual):
            return 0.0
        return likelihood_ratio(self.told, self.usual, scatter)

    @property
    def scatter(self) -> float:
        """What the counts scatter beyond chance, as a share of their square."""
        return max(0.0, self._beyond / self._square) if self._square > 0 else 0.0

    def _learn(self) -> None:
        # A burst is what is looked for: it must not make the series look restless.
        most = self.strictness.clip * self.usual + 8
        off = min(self.told, most) - self.usual
        share = 1 / self.strictness.memory
        self._beyond += (off * off - self.usual - self._beyond) * share
        self._square += (self.usual * self.usual - self._square) * share

    def forget(self) -> None:
        """What lies before a time that was not seen says nothing of what comes after."""
        self.counts.clear()


class Scan:
    """Windows of several widths (in bins), and what is unusual for the largest of them.

    steady: the width of which the window tells how much the series scatters."""

    def __init__(
        self, widths: Iterable[int], strictness: Strictness, *, steady: int
    ) -> None:
        self._strictness = strictness
        self.windows = [
            Window(width, strictness) for width in sorted({*widths, steady})
        ]
        self._steady = next(one for one in self.windows if one.width == steady)
        self.limit = math.inf
        self._largest: deque[float] = deque(maxlen=300)
        self._now_largest = 0.0

    def see(self, count: float, expected: float) -> tuple[float, Window]:
        """The largest surprise that a bin gives, as a share of what is unusual, and the
        window in which it is."""
        for window in self.windows:
            window.take(count, expected)
        scatter = self._strictness.error**2 + self._steady.scatter
        found = [(one.surprise(scatter), one.width, one) for one in self.windows]
        largest, _, window = max(found, key=lambda one: one[:2])
        self._now_largest = max(self._now_largest, largest)
        return largest / self.limit, window

    def close(self, memory: float) -> None:
        """End a stretch: what is unusual follows from its largest value and the earlier
        ones'. memory: half-life of those, in stretches."""
        self._largest.append(self._now_largest)
        self._now_largest = 0.0
        own = self._strictness
        mean, deviation = remembered(self._largest, memory)
        self.limit = max(own.surprise, mean + own.strict * (deviation + own.spread))

    def forget(self) -> None:
        """Begin anew after a time that was not seen."""
        for window in self.windows:
            window.forget()


def likelihood_ratio(count: float, usual: float, scatter: float = 0.0) -> float:
    """Of `count` posts at the rate that they show against the usual one, in powers of e.
    scatter: by how much the variance is larger than chance makes it, as a share of the
    mean's square: a negative binomial's; at 0 it is Poisson's. 0 where no more came than
    is usual."""
    if count <= usual or usual <= 0:
        return 0.0
    found = count * math.log(count / usual)
    if scatter < _NONE:
        return found - (count - usual)
    shape = 1 / scatter
    return found - (count + shape) * math.log1p((count - usual) / (usual + shape))


def remembered(values: Sequence[float], memory: float) -> tuple[float, float]:
    """Mean and standard deviation of values, the newest last, older ones weighing half
    after `memory` more of them."""
    weights = [0.5 ** (age / memory) for age in range(len(values) - 1, -1, -1)]
    whole = sum(weights)
    mean = sum(w * value for w, value in zip(weights, values, strict=True)) / whole
    square = sum(
        w * (value - mean) ** 2 for w, value in zip(weights, values, strict=True)
    )
    return mean, math.sqrt(square / whole)
