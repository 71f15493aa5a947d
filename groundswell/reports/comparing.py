"""How a report says what two times come to beside each other. Pure."""

from __future__ import annotations

from groundswell.alike import WHOLE, Alike, incomparable, left_out, where
from groundswell.reports import words
from groundswell.reports.reading import Measured
from groundswell.reports.volume import compared
from groundswell.reports.words import Figure, Words


def said(main: Measured, before: Measured, when: str, then: str, most: Words) -> Words:
    """How the two times compare, on the platforms that were seen alike in both, then
    `most`, where most posts are. when, then: as `yesterday`, `the day before`. The
    direction is that of the posts on these platforms."""
    found = compared(main, before)
    if main.totals.one("covered") is None:
        return (*most, ". ")
    if found.all:
        figure = Figure(words.change(found.now, found.before, then), before.totals.path)
        return (", ", figure, *most, ". ")
    return (*most, ". ", *_change(found, main, before, when, then), " ")


def _change(
    found: Alike, main: Measured, before: Measured, when: str, then: str
) -> Words:
    """The same in sentences of their own, where platforms are left out."""
    later = _time(when)
    rest = left_out(found, later, then)
    if not found.names:
        return (" ".join([incomparable(found, f"{later} and {then}"), *rest]),)
    now = Figure(words.number(found.now), main.platforms.path)
    earlier = Figure(words.number(found.before), before.platforms.path)
    change = words.change(found.now, found.before, then)
    told = f"{where(found, 'both times')}: {change} ("
    return (told, now, " against ", earlier, " ".join([").", *rest]))


def floor(main: Measured, before: Measured, when: str, then: str) -> Words:
    """That more may have been posted than was counted, and in which of the times."""
    seen, earlier = (one.totals.one("covered") for one in (main, before))
    share = Figure(words.percent(seen), main.totals.path)
    if earlier and earlier < WHOLE:
        other = Figure(words.percent(earlier), before.totals.path)
        begin = (" Only ", share, f" of {_time(when)} and ", other, f" of {then}")
        return (*begin, " was seen: each had at least the posts counted.")
    return (" Only ", share, f" of {_time(when)} was seen: it had at least that many.")


def _time(when: str) -> str:
    """`yesterday`, `the last 7 days`, of `yesterday`, `in the last 7 days`."""
    return when.removeprefix("in ").removeprefix("on ")
