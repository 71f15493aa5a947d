"""Spikes and silence in a series of counts, found as they come: nothing looks ahead.

A bin's count is held against a level that follows slowly, times a rhythm of hours and
weekdays; so is the mean of the last hours, which finds what is small but lasts. How far
from that is unusual is learnt from the series itself: from the largest excess of each
stretch of the last weeks, so that a restless series must do more than a calm one. A
pseudo-count keeps a handful of posts from being a spike; whether a handful is more than
chance brings, a scan over the last minutes tells (`scan.py`). Time that was not seen
changes nothing and is never silence.

One set of parameters serves all series; docs/accuracy.md says how they were chosen.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from groundswell.alerts.scan import Scan, Strictness, Window, remembered

Kind = Literal["spike", "silence", "over"]
DAY = timedelta(days=1)
_HOUR, _WEEK = timedelta(hours=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Parameters:
    """scales: over how long counts are averaged. scans: over how long posts are held
    against chance, by `strictness`. pseudo: posts added to both sides of the ratio, at the
    first scale. level, rhythm, weekday: half-lives of what is expected. clip:
    how far one bin may pull it, in powers of e. stretch: of which the largest excess is
    kept; memory: half-life of those, in stretches. strict: deviations above their mean that
    are unusual; spread: added to the deviation. least: an excess under this is never one,
    in powers of e. quiet: after a spike, time without another. warm_up: time without any
    at the start. silent: posts that were expected and did not come."""

    scales: tuple[timedelta, ...] = (timedelta(minutes=15), timedelta(hours=3))
    scans: tuple[timedelta, ...] = tuple(timedelta(minutes=m) for m in (5, 10, 15, 60))
    strictness: Strictness = field(default_factory=Strictness)
    pseudo: float = 6.0
    level: timedelta = timedelta(days=5)
    rhythm: timedelta = timedelta(days=10)
    weekday: timedelta = timedelta(days=40)
    clip: float = 1.5
    stretch: timedelta = timedelta(hours=6)
    memory: float = 60.0
    strict: float = 2.25
    spread: float = 0.1
    least: float = 0.6
    quiet: timedelta = DAY
    warm_up: timedelta = 2 * DAY
    silent: float = 30.0


DEFAULT = Parameters()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one bin told. kind: None for most. expected: posts in this bin as usual; None
    where it was not seen. excess: how many times the usual, pseudo-counts included.
    within: of a spike, the time that gave it away, which ends with the bin; told, usual:
    the posts of that time, and how many are usual."""

    at: datetime
    count: float | None
    kind: Kind | None = None
    expected: float | None = None
    excess: float = 1.0
    within: timedelta | None = None
    told: float | None = None
    usual: float | None = None


@dataclass(slots=True)
class Scale:
    """Counts over the last `width` bins against what was expected of them."""

    width: int
    pseudo: float
    counts: deque[float] = field(default_factory=deque)
    expected: deque[float] = field(default_factory=deque)
    told: float = 0.0
    usual: float = 0.0
    largest: deque[float] = field(default_factory=lambda: deque(maxlen=300))
    now_largest: float = -math.inf
    limit: float = math.inf

    def excess(self, count: float, expected: float) -> float:
        """Of the last bins, this one included, in powers of e."""
        self.counts.append(count)
        self.expected.append(expected)
        if len(self.counts) > self.width:
            self.counts.popleft()
            self.expected.popleft()
        self.told, self.usual = sum(self.counts), sum(self.expected)
        added = self.pseudo * len(self.counts)
        found = math.log((self.told + added) / (self.usual + added))
        if self.is_full:
            self.now_largest = max(self.now_largest, found)
        return found

    @property
    def is_full(self) -> bool:
        """Whether the window is seen whole. What is unusual was learnt from whole ones: of
        hours of which five minutes are known again, three posts would be too many."""
        return len(self.counts) == self.width

    def mean(self) -> float:
        """Posts in a bin, over the last ones."""
        return sum(self.counts) / len(self.counts)

    def close(self, p: Parameters) -> None:
        """End a stretch: from its largest excess and the earlier ones', what is unusual."""
        if self.now_largest == -math.inf:
            return  # no window of this stretch was seen whole
        self.largest.append(self.now_largest)
        self.now_largest = -math.inf
        mean, deviation = remembered(self.largest, p.memory)
        self.limit = max(p.least, mean + p.strict * (deviation + p.spread))

    def forget(self) -> None:
        """What lies before a time that was not seen says nothing of what comes after."""
        self.counts.clear()
        self.expected.clear()


class Detector:
    """One for each series. step: the length of a bin. Bins come in order of time."""

    def __init__(
        self, step: timedelta = timedelta(minutes=5), parameters: Parameters = DEFAULT
    ) -> None:
        self.step = step
        self.parameters = p = parameters
        first = self._many(p.scales[0])
        self._scales = [
            Scale(width, p.pseudo * math.sqrt(first / width))
            for width in sorted({self._many(scale) for scale in p.scales})
        ]
        self._scan = Scan(map(self._many, p.scans), p.strictness, steady=first)
        self._usual = Usual(step, p)
        self._bins = 0
        self._spiked_at: datetime | None = None
        self._up = False
        self._missed = 0.0
        self._silent = False
        self._restless = 1.0  # the variance of a bin's count, in means

    def see(self, at: datetime, count: float | None) -> Reading:
        """Take in a bin's count; None: it was not seen."""
        if count is None:
            for scale in self._scales:
                scale.forget()
            self._scan.forget()
            self._missed = 0.0
            return Reading(at, None)
        expected = self._usual.expected(at, count)
        found = [scale.excess(count, expected) for scale in self._scales]
        margin, window = self._margin(found, count, expected)
        self._bins += 1
        kind = self._spike(at, margin) or self._silence(count, expected)
        reading = Reading(at, count, kind, expected, math.exp(found[0]))
        if kind == "spike":
            reading = replace(reading, **self._evidence(window))
        self._learn(at, count, expected)
        return reading

    def _margin(
        self, found: Sequence[float], count: float, expected: float
    ) -> tuple[float, Scale | Window]:
        """How far the last bins are above what is unusual, and in which window most so."""
        margins: list[tuple[float, Scale | Window]] = [
            (excess / scale.limit, scale)
            for excess, scale in zip(found, self._scales, strict=True)
            if scale.is_full
        ]
        margins.append(self._scan.see(count, expected))
        return max(margins, key=lambda one: one[0])

    def _evidence(self, window: Scale | Window) -> dict[str, Any]:
        return {
            "within": len(window.counts) * self.step,
            "told": window.told,
            "usual": window.usual,
        }

    def _learn(self, at: datetime, count: float, expected: float) -> None:
        off = min((count - expected) ** 2 / (expected + 1), 100.0)
        self._restless += (off - self._restless) / min(self._bins, self._many(_WEEK))
        self._usual.learn(at, self._scales[0].mean())
        if self._bins % self._many(self.parameters.stretch, least=7) == 0:
            for scale in self._scales:
                scale.close(self.parameters)
            self._scan.close(self.parameters.memory)

    @property
    def ready(self) -> bool:
        """Whether enough was seen to say what is usual."""
        return self._bins > self._many(self.parameters.warm_up, least=14)

    def _many(self, span: timedelta, least: int = 1) -> int:
        return max(least, round(span / self.step))

    def _spike(self, at: datetime, margin: float) -> Kind | None:
        if not self.ready:
            return None
        quiet = max(self.parameters.quiet, 2 * self.step)
        rested = self._spiked_at is None or at - self._spiked_at > quiet
        if margin > 1 and rested:
            self._spiked_at, self._up = at, True
            return "spike"
        # Right after a blind time the windows say too little of whether it goes on.
        whole = all(scale.is_full for scale in self._scales)
        if self._up and margin < 0.5 and whole:
            self._up = False
            return "over"
        return None

    def _silence(self, count: float, expected: float) -> Kind | None:
        """Silence once so many posts that were expected did not come."""
        if count > expected / 10:
            over, self._silent, self._missed = self._silent, False, 0.0
            return "over" if over else None
        self._missed += expected - count
        enough = self.parameters.silent * max(1.0, self._restless)
        if not self.ready or self._silent or self._missed < enough:
            return None
        self._silent = True
        return "silence"


class Usual:
    """What is expected of a bin: a level, times the rhythm of hours and weekdays."""

    def __init__(self, step: timedelta, parameters: Parameters) -> None:
        self._p = p = parameters
        self._level: float | None = None
        self._hours, self._days = [0.0] * 24, [0.0] * 7
        self._by_level = _share(max(14, p.level / step))
        hours = max(1.0, _HOUR / step) * (p.rhythm / DAY)
        days = max(1.0, DAY / step) * (p.weekday / (7 * DAY))
        self._by_hour = _share(hours) if step < DAY else 0.0
        self._by_day = _share(days)
        self._seen_hours, self._seen = [0] * 24, 0

    def expected(self, at: datetime, count: float) -> float:
        """Posts in the bin that begins then. count: what the level begins with."""
        if self._level is None:
            self._level = math.log(count + self._p.pseudo)
        return max(0.0, math.exp(self._level + self._rhythm(at)) - self._p.pseudo)

    def learn(self, at: datetime, mean: float) -> None:
        """From what came: the mean of the last bins."""
        rest = math.log(mean + self._p.pseudo) - self._rhythm(at)
        level = self._level if self._level is not None else rest
        # At first as a plain mean would: what little was seen is all that is known.
        self._seen += 1
        self._seen_hours[at.hour] += 1
        share = max(self._by_level, 1 / self._seen)
        self._level = level + share * self._clipped(rest - level)
        pull = self._clipped(rest - self._level)
        if self._by_hour:
            share = max(self._by_hour, 1 / (1 + self._seen_hours[at.hour]))
            _nudge(self._hours, at.hour, share * pull)
        _nudge(self._days, at.weekday(), self._by_day * pull)

    def _rhythm(self, at: datetime) -> float:
        return self._hours[at.hour] + self._days[at.weekday()]

    def _clipped(self, pull: float) -> float:
        return max(-self._p.clip, min(self._p.clip, pull))


def _share(half_life: float) -> float:
    """What one step moves, so that half the way takes so many steps."""
    return 1.0 - math.pow(0.5, 1.0 / half_life)


def _nudge(rhythm: list[float], place: int, by: float) -> None:
    """Change one place, and keep the mean at 0."""
    rhythm[place] += by
    mean = by / len(rhythm)
    rhythm[:] = [value - mean for value in rhythm]
