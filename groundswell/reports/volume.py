"""Posts over the time of a report, and by platform. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from db.times import from_text
from groundswell.alike import Alike, Part, alike, seen_alike
from groundswell.reports import words
from groundswell.reports.periods import Period
from groundswell.reports.reading import Answer, Measured
from groundswell.reports.words import Figure


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour or a day. label: 14:00, or Sat 10 May. posts: None: not seen. height: its
    share of the highest, 0 to 1."""

    label: str
    posts: int | None
    height: float


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform's part. posts, before: None: nothing of it was seen. seen: None: no
    source watches it."""

    name: str
    posts: Figure | None
    before: Figure | None
    seen: Figure | None
    share: float


def bars(volume: Answer, period: Period) -> tuple[Bar, ...]:
    """By the hour for a day, by the day for a week, in the report's zone."""
    counts: dict[str, int | None] = {}
    for row in volume.rows:
        moment = from_text(row["bucket"]).astimezone(period.zone)
        label = (
            f"{moment:%H:%M}"
            if period.every == "day"
            else f"{moment:%a} {moment.day} {moment:%b}"
        )
        # An hour that a clock set back shows twice is one bar.
        old, new = counts.get(label), row["posts"]
        counts[label] = old if new is None else (old or 0) + new
    most = max((count or 0 for count in counts.values()), default=0) or 1
    return tuple(Bar(name, n, (n or 0) / most) for name, n in counts.items())


def by_platform(measured: Measured) -> dict[str, int | None]:
    """Posts of each platform; None where nothing was seen."""
    return {row["platform"]: row["posts"] for row in measured.platforms.rows}


def shares(measured: Measured) -> dict[str, float]:
    """The share of a window that each platform was seen."""
    return {row["platform"]: row["covered"] or 0.0 for row in measured.platforms.rows}


def watched(measured: Measured) -> set[str]:
    """The platforms that a source watches."""
    return {row["platform"] for row in measured.platforms.rows if row["sources"]}


def compared(main: Measured, before: Measured) -> Alike:
    """Two windows on the platforms that were seen alike in both."""
    now, then = by_platform(main), by_platform(before)
    seen, seen_before = shares(main), shares(before)
    sources = watched(main) | watched(before)
    parts = []
    for name in now.keys() | then.keys():
        counts = now.get(name), then.get(name)
        parted = seen.get(name, 0.0), seen_before.get(name, 0.0)
        same = seen_alike(*counts, *parted)
        parts.append(Part(name, *counts, *parted, same, name in sources))
    return alike(parts)


def platforms(main: Measured, before: Measured) -> tuple[Platform, ...]:
    """Each platform with posts or a source, the most posts first."""
    now, then, seen = by_platform(main), by_platform(before), shares(main)
    sources = watched(main)
    names = sorted(now.keys() | then.keys(), key=lambda n: (-(now.get(n) or 0), n))
    most = max((count or 0 for count in now.values()), default=0) or 1
    return tuple(
        Platform(
            name,
            _figure(now.get(name), main.platforms),
            _figure(then.get(name), before.platforms),
            Figure(words.percent(seen.get(name, 0.0)), main.platforms.path)
            if name in sources
            else None,
            (now.get(name) or 0) / most,
        )
        for name in names
        if now.get(name) or then.get(name) or name in sources
    )


def _figure(count: int | None, answer: Answer) -> Figure | None:
    return None if count is None else Figure(words.number(count), answer.path)
