"""What followed an event: the posts after it, against what was to be expected without it.

The expectation is the rhythm and level of the time before (effects_model.py), with a
control series times the control's own change over the same hours. How far from it is
still chance is learnt from the series itself: the same is asked of many moments before at
which nothing was noted, and the interval is as wide as what they show. Pure.

That something followed an event does not say that the event brought it about.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist, fmean, variance
from typing import Literal, NamedTuple

from groundswell.effects_model import DAY, Past, Series, Window

MOST_HOURS = 168
LEVEL = 0.95
_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)
_LEAST_DAYS, _LEAST_POSTS = 7, 20
# Fewer windows that do not overlap say too little of how much such windows differ.
_LEAST_PLACEBOS = 4
_MOST_PLACEBOS = 100
# Hours next to each other rise and fall together: shorter windows count as one in so long.
_TOGETHER = timedelta(hours=12)


class Refused(Exception):
    """Nothing can be said of an event; the reason goes on after "cannot be said: "."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What followed an event, in the hours after it that were seen.

    at: the event's time; the hour that it lies in is the first one after. hours: those
    asked for; over: those of them that are over. before, after: the share that was seen
    of the `lookback` and of the hours that are over, 0 to 1. placebos: windows before the
    event that do not overlap, by which chance was judged. posts: those after; expected:
    those to be expected without the event, with 95 % interval low to high, whole posts.
    control: how many times its own usual the control series had in the same hours; None
    without one. refused: why nothing can be said; then the figures are None.
    """

    at: datetime
    hours: int
    over: int
    before: float
    after: float
    placebos: int = 0
    posts: int | None = None
    expected: float | None = None
    low: int | None = None
    high: int | None = None
    control: float | None = None
    refused: str | None = None

    @property
    def told(self) -> Literal["more", "fewer"] | None:
        """Whether there were more or fewer posts than chance explains; None: neither."""
        if self.posts is None or self.low is None or self.high is None:
            return None
        if self.low <= self.posts <= self.high:
            return None
        return "more" if self.posts > self.high else "fewer"

    @property
    def difference(self) -> tuple[float, int, int] | None:
        """Posts more than expected, with its interval; None where refused."""
        if self.posts is None or self.expected is None:
            return None
        low, high = self.posts - (self.high or 0), self.posts - (self.low or 0)
        return self.posts - self.expected, low, high

    @property
    def ratio(self) -> tuple[float, float, float | None] | None:
        """How many times the expected, with its interval; its upper end is None where none
        may have been to be expected. None where refused or nothing was expected."""
        if self.posts is None or not self.expected or not self.high:
            return None
        most = self.posts / self.low if self.low else None
        return self.posts / self.expected, self.posts / self.high, most


def lookback(hours: int) -> timedelta:
    """How much of the time before an event is used: 28 days, or eight times the hours
    after it, so that enough windows of that length fit in."""
    return max(28 * DAY, timedelta(hours=8 * hours))


def measure(
    series: Series,
    at: datetime,
    *,
    hours: int = 24,
    others: Sequence[datetime] = (),
    control: Series | None = None,
) -> Effect:
    """The effect of an event at a time. others: further events of the same diary, whose
    own hours are no measure of chance. control: a series that the event does not concern,
    in the same bins.

    The series ends with the last bin that is over, and should begin `lookback` before.
    Raises ValueError for hours outside 1 to 168, or a control in other bins.
    """
    if not 1 <= hours <= MOST_HOURS:
        raise ValueError(f"hours: 1 to {MOST_HOURS}, not {hours}")
    if control and (control.start, control.step) != (series.start, series.step):
        raise ValueError("the control's bins are not those of the series")
    span = _span(series, at, hours)
    length = series.step / timedelta(hours=1)
    told = Effect(
        at=at,
        hours=hours,
        over=round((span.end - span.begin) * length),
        before=series.seen(span.first, span.begin) / (lookback(hours) / series.step),
        after=_share(series, span.begin, span.end),
    )
    try:
        for each in (series, control) if control else (series,):
            _suffices(each, span, "of the control, " if each is control else "")
        return _judged(told, series, span, others, control)
    except Refused as reason:
        return refuse(told, str(reason))


class _Span(NamedTuple):
    """Bins: the first one used, the event's, the end of those after, and how many they
    would be if all were over."""

    first: int
    begin: int
    end: int
    length: int


def _span(series: Series, at: datetime, hours: int) -> _Span:
    begin = series.place(at)
    length = max(1, math.ceil(timedelta(hours=hours) / series.step))
    end = max(begin, min(begin + length, len(series.counts)))
    return _Span(max(0, begin - lookback(hours) // series.step), begin, end, length)


def _share(series: Series, begin: int, end: int) -> float:
    return series.seen(begin, end) / (end - begin) if end > begin else 0.0


def _suffices(series: Series, span: _Span, whose: str) -> None:
    """Raises Refused where too little is known before or after."""
    if span.end <= span.begin:
        raise Refused("the first hour after it is not over")
    days = series.seen(span.first, span.begin) * series.step / DAY
    if days < _LEAST_DAYS:
        raise Refused(
            f"{whose}only {days:.1f} days before it were seen, and {_LEAST_DAYS} are needed"
        )
    posts = series.posts(span.first, span.begin)
    if posts < _LEAST_POSTS:
        raise Refused(
            f"{whose}only {posts:.0f} posts were seen before it, and {_LEAST_POSTS} are "
            "needed"
        )
    share = _share(series, span.begin, span.end)
    if share < 0.5:
        raise Refused(f"{whose}only {100 * share:.0f} % of the time after it was seen")


class _Pair(NamedTuple):
    """A window of the series, and the control's of the same time."""

    own: Window
    control: Window | None

    @property
    def change(self) -> float:
        """In powers of e, the control's taken off."""
        return self.own.change - (self.control.change if self.control else 0.0)

    @property
    def noise(self) -> float:
        """The variance of that by pure chance."""
        return self.own.noise + (self.control.noise if self.control else 0.0)


class _Compared:
    """A series and perhaps a control, before an event."""

    def __init__(self, series: Series, control: Series | None, span: _Span) -> None:
        self._own = Past(_cut(series, span), span.begin - span.first)
        self._control = (
            Past(_cut(control, span), span.begin - span.first) if control else None
        )

    def pair(self, begin: int, end: int) -> _Pair | None:
        """None where too little was seen of either."""
        own = self._own.window(begin, end)
        if own is None or self._control is None:
            return own and _Pair(own, None)
        other = self._control.window(begin, end)
        return other and _Pair(own, other)


def _cut(series: Series, span: _Span) -> Series:
    start = series.start + span.first * series.step
    counts = series.counts[span.first : span.end]
    return Series(start=start, counts=counts, step=series.step)


def _judged(
    told: Effect,
    series: Series,
    span: _Span,
    others: Sequence[datetime],
    control: Series | None,
) -> Effect:
    compared = _Compared(series, control, span)
    begin, length = span.begin - span.first, span.end - span.begin
    found = compared.pair(begin, begin + length)
    if found is None:
        raise Refused("of the three days just before it, less than half was seen")
    taken = {
        series.place(other) - span.first
        for other in others
        if series.place(other) != span.begin
    }
    together = max(length, math.ceil(_TOGETHER / series.step))
    step = max(1, length // 4, begin // _MOST_PLACEBOS)
    placebos = [
        pair
        for at in range(begin - length, -1, -step)
        if all(abs(at - other) >= length for other in taken)
        and (pair := compared.pair(at, at + length))
    ]
    count = len(placebos) * step // together
    if count < _LEAST_PLACEBOS:
        raise Refused(
            "too little was seen before it to tell how much as many hours differ by "
            "chance; ask for fewer hours"
        )
    return _with_interval(told, found, placebos, count)


def _with_interval(
    told: Effect, found: _Pair, placebos: Sequence[_Pair], count: int
) -> Effect:
    """The figures. The interval holds what chance does to the count, what the placebo
    windows differ by beyond that (joined by the method of variance estimates recovery,
    Zou and Donner 2008), and the placebo windows themselves but for the outermost 5 %."""
    changes = [pair.change for pair in placebos]
    noise = fmean(pair.noise for pair in placebos)
    beyond = max(0.0, variance(changes) - noise) * (1 + 2 / count)
    own_noise = found.control.noise if found.control else 0.0
    # The placebo windows' mean, rhythm and level were learnt from the same few windows.
    width = math.sqrt(_t(max(3, count - 3)) ** 2 * beyond + _Z**2 * own_noise)
    moved = found.control.change if found.control else 0.0
    usual = found.own.usual * math.exp(moved)
    mean = usual * math.exp(fmean(changes))
    least, most = _poisson(mean)
    outer = _outer(changes, count)
    low = mean - math.hypot(mean * -math.expm1(-width), mean - least)
    high = mean + math.hypot(mean * math.expm1(width), most - mean)
    low = max(0.0, min(low, usual * math.exp(outer[0]) - 0.5))
    high = max(high, usual * math.exp(outer[1]) - 0.5)
    return Effect(
        at=told.at,
        hours=told.hours,
        over=told.over,
        before=told.before,
        after=told.after,
        placebos=count,
        posts=round(found.own.posts),
        expected=mean,
        low=math.floor(low),
        high=math.ceil(high),
        control=math.exp(moved) if found.control else None,
    )


def refuse(told: Effect, reason: str) -> Effect:
    """The same without figures, for a reason that goes on after "cannot be said: "."""
    return Effect(
        at=told.at,
        hours=told.hours,
        over=told.over,
        before=told.before,
        after=told.after,
        refused=reason,
    )


def _poisson(mean: float) -> tuple[float, float]:
    """Between which chance puts a count in 95 of 100 cases, by Cornish and Fisher."""
    skew = (_Z**2 - 1) / 6
    wide = _Z * math.sqrt(mean)
    return max(0.0, mean - wide + skew), mean + wide + skew


def _t(freedom: int) -> float:
    """Student's t for the level, from 3 degrees on, to one part in a hundred
    (Abramowitz and Stegun 26.7.5)."""
    z, n = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * n)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3)
    )


def _outer(changes: Sequence[float], count: int) -> tuple[float, float]:
    """Between which 95 of 100 of the changes lie; all of them where there are too few to
    tell what is rarer. count: those that do not overlap."""
    ordered = sorted(changes)
    share = (1 - LEVEL) / 2
    out = int(share * len(ordered)) if count * share >= 1 else 0
    return ordered[out], ordered[-1 - out]
