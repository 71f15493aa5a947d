"""Posts over the time of a report, and by platform. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from db.times import from_text
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
    found: dict[str, int | None] = {}
    for row in measured.platforms.rows:
        name, posts = row["platform"], row["posts"]
        old = found.setdefault(name, None)
        found[name] = old if posts is None else (old or 0) + posts
    return found


def shares(measured: Measured) -> dict[str, float]:
    """The share of a window that each platform was seen."""
    window, seen = measured.window, dict[str, timedelta]()
    step = timedelta(hours=24 if measured.platforms.given["bucket"] == "day" else 1)
    for row in measured.platforms.rows:
        start = from_text(row["bucket"])
        length = min(start + step, window.to_at) - max(start, window.from_at)
        old = seen.get(row["platform"], timedelta(0))
        seen[row["platform"]] = old + length * (row["covered"] or 0.0)
    whole = window.to_at - window.from_at
    return {name: length / whole for name, length in seen.items()}


def platforms(main: Measured, before: Measured) -> tuple[Platform, ...]:
    """Each platform with posts or a source, the most posts first."""
    now, then, seen = by_platform(main), by_platform(before), shares(main)
    watched = {row["platform"] for row in main.platforms.rows if row["sources"]}
    names = sorted(now.keys() | then.keys(), key=lambda n: (-(now.get(n) or 0), n))
    most = max((count or 0 for count in now.values()), default=0) or 1
    return tuple(
        Platform(
            name,
            _figure(now.get(name), main.platforms),
            _figure(then.get(name), before.platforms),
            Figure(words.percent(seen.get(name, 0.0)), main.platforms.path)
            if name in watched
            else None,
            (now.get(name) or 0) / most,
        )
        for name in names
        if now.get(name) or then.get(name) or name in watched
    )


def _figure(count: int | None, answer: Answer) -> Figure | None:
    return None if count is None else Figure(words.number(count), answer.path)
