"""From rows to what a report says. Pure.

Every number carries how much of its time was seen. Two times are compared only where both
were seen alike; what nobody saw is unknown, and no zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from db.times import to_text
from groundswell.alike import WHOLE, incomparable, left_out, platforms_of
from groundswell.reports import comparing, rankings, words
from groundswell.reports.periods import Period, Window
from groundswell.reports.rankings import Item, Shared, Told
from groundswell.reports.reading import Measured, Reading, Readings
from groundswell.reports.unseen import unseen
from groundswell.reports.volume import (
    Bar,
    Platform,
    bars,
    by_platform,
    compared,
    platforms,
)
from groundswell.reports.words import Figure, Words

SENTIMENTS = ("negative", "neutral", "positive", "unscored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One window in the table. posts, voices: None: nothing of it was seen. parts: posts
    by SENTIMENTS. change: of the posts on the platforms seen alike in this time and the one
    before; with a star where others are left out (Digest.careful). seen: None: no source
    watches. main: what the report is about."""

    name: str
    days: str
    posts: Figure | None
    change: str
    voices: Figure | None
    parts: tuple[int, ...]
    negative: Figure | None
    seen: Figure | None
    main: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One campaign. page: its address among the pages. careful: of which windows
    platforms are left out, or which cannot be compared, and why. listed: of which days
    links, hashtags and voices are, where those are not the report's own."""

    slug: str
    title: str
    page: str
    headline: Words
    nothing: bool
    lines: tuple[Line, ...]
    careful: tuple[str, ...]
    bars: tuple[Bar, ...]
    platforms: tuple[Platform, ...]
    alerts: tuple[Told, ...]
    links: tuple[Item, ...]
    hashtags: tuple[Item, ...]
    voices: tuple[Item, ...]
    shared: tuple[Shared, ...]
    confined: tuple[str, ...]
    unseen: tuple[Words, ...]
    listed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it. notes: what holds for every campaign."""

    title: str
    made: str
    every: str
    campaigns: tuple[Digest, ...]
    simulated: bool
    notes: tuple[str, ...]


def report(
    readings: Readings,
    period: Period,
    now: datetime,
    confined: Mapping[str, str] | None = None,
) -> Report:
    """What the readings come to.

    confined: platforms whose words may not leave this machine, with the reason.
    """
    main = period.window
    if period.every == "day":
        title = f"Report for {main.last:%A}, {words.day(main.last)}"
    else:
        title = f"Report for the week of {words.days(main.first, main.last)}"
        title += f" {main.last.year}"
    local = now.astimezone(period.zone)
    return Report(
        title=title,
        made=f"{words.day(local)}, {local:%H:%M} ({period.zone.key})",
        every=period.every,
        campaigns=tuple(
            digest(one, period, now, confined or {}) for one in readings.campaigns
        ),
        simulated=readings.simulated,
        notes=_notes(period),
    )


def _notes(period: Period) -> tuple[str, ...]:
    start = period.window.from_at.astimezone(period.zone)
    days = f"Days are those of {period.zone.key}."
    if (start.hour, start.minute) != (0, 0):
        days = (
            f"Days of {period.zone.key}, each begun at {start:%H:%M}: posts are counted "
            "in whole hours of UTC."
        )
    return (
        days,
        "Seen: the share of the time that was read, the mean over the platforms watched.",
    )


def digest(
    reading: Reading, period: Period, now: datetime, confined: Mapping[str, str]
) -> Digest:
    """One campaign's report."""
    main, before = reading.windows[period.main : period.main + 2]
    held = {row["platform"] for row in main.platforms.rows} & confined.keys()
    own = period.window.from_at, period.window.to_at
    posts = _posts(main)
    return Digest(
        slug=reading.slug,
        title=words.one_line(reading.title, 80),
        page=_page(reading.slug, period.window),
        headline=headline(reading, period, now),
        nothing=posts == 0,
        lines=_lines(reading, period, now),
        careful=_careful(reading, period, now),
        bars=bars(reading.volume, period) if posts else (),
        platforms=platforms(main, before),
        alerts=rankings.alerts(reading.alerts, period.zone),
        links=rankings.links(reading.links),
        hashtags=rankings.hashtags(reading.hashtags),
        voices=rankings.voices(reading.voices, held),
        shared=rankings.shared(reading.shared, period.zone, held),
        confined=tuple(f"{name}: {confined[name]}" for name in sorted(held)),
        unseen=unseen(reading, period.zone),
        listed=None if reading.listed == own else _utc(reading.listed),
    )


def _page(slug: str, window: Window) -> str:
    shown = {"from": to_text(window.from_at), "to": to_text(window.to_at)}
    return f"/-/campaign/{slug}?{urlencode(shown)}"


def _utc(span: tuple[datetime, datetime]) -> str:
    start, end = span[0].date(), (span[1] - timedelta(days=1)).date()
    return f"Counted in whole days of UTC: {words.days(start, end)}."


def _posts(measured: Measured) -> int | None:
    """Posts of a window; None where nothing was seen of it and nothing is there."""
    posts = measured.totals.one("posts") or 0
    return int(posts) if posts or measured.totals.one("covered") else None


def headline(reading: Reading, period: Period, now: datetime) -> Words:
    """The figures in words: how many, against the time before, where most, how negative."""
    main, before = reading.windows[period.main : period.main + 2]
    when, then = _phrases(period, now)
    posts, seen = _posts(main), main.totals.one("covered")
    if not posts:
        return _none(main, when, posts, seen)
    path = main.totals.path
    said: list[str | Figure] = [
        Figure(words.plural(posts, "post"), path),
        " by ",
        _voices(main, unit=True) or "nobody known",
        f" {when}",
        *comparing.said(main, before, when, then, _most_on(main)),
        *_mood(main),
    ]
    if seen is None:
        said.append(" No source watches for this: the posts came from archives.")
    elif seen < WHOLE:
        said += comparing.floor(main, before, when, then)
    return tuple(said)


def _none(main: Measured, when: str, posts: int | None, seen: float | None) -> Words:
    path = main.totals.path
    if seen is None:
        return ("No source watches for this campaign, so nothing is known of it.",)
    if posts is None:
        return (
            Figure("Nothing", path),
            f" was seen {when}: whether there were posts is not known.",
        )
    if seen >= WHOLE:
        return (
            "Nothing happened: ",
            Figure("no post", path),
            f" {when}, and all of the time was seen.",
        )
    share = Figure(words.percent(seen), path)
    return (
        Figure("No post", path),
        f" was found {when}, of which ",
        share,
        " was seen.",
    )


def _phrases(period: Period, now: datetime) -> tuple[str, str]:
    """When it was, and what it is compared with."""
    if period.every == "day":
        when = f"on {words.day(period.last)}"
        return "yesterday" if period.is_latest(now) else when, "the day before"
    when = f"in the 7 days to {words.day(period.last)}"
    return "in the last 7 days" if period.is_latest(now) else when, "the 7 days before"


def _voices(measured: Measured, *, unit: bool = False) -> Figure | None:
    count = measured.totals.one("voices") or 0
    if not count and (unit or _posts(measured) is None):
        return None
    text = words.about(count, measured.totals.one("voices_error") or 0)
    one = " voice" if count == 1 else " voices"
    return Figure(text + one if unit else text, measured.totals.path)


def _most_on(main: Measured) -> Words:
    counts = by_platform(main)
    found = sorted(
        (name for name in counts if counts[name]), key=lambda name: -(counts[name] or 0)
    )
    if not found:
        return ()
    if len(found) == 1:
        return (f"; all on {found[0]}",)
    return ("; the most on ", Figure(found[0], main.platforms.path))


def _mood(main: Measured) -> Words:
    negative, neutral, positive, unscored = parts(main)
    scored = negative + neutral + positive
    path = main.sentiment.path
    if not scored:
        return (Figure("None", path), " could be scored for sentiment.")
    rest = f" ({words.number(unscored)} not scored)." if unscored else "."
    share = Figure(f"Negative {words.percent(negative / scored)}", path)
    return (share, " of scored posts" + rest)


def parts(measured: Measured) -> tuple[int, int, int, int]:
    """A window's posts by SENTIMENTS."""
    rows = measured.sentiment.rows
    sums = [sum(row[kind] or 0 for row in rows) for kind in SENTIMENTS]
    return sums[0], sums[1], sums[2], sums[3]


def _names(period: Period, now: datetime) -> tuple[str, ...]:
    if period.is_latest(now):
        return (
            "Yesterday", "The day before", "Last 7 days", "The 7 before",
            "Last 30 days", "The 30 before",
        )  # fmt: skip
    return (
        "The day", "The day before", "7 days to it", "The 7 before", "30 days to it",
        "The 30 before",
    )  # fmt: skip


def _lines(reading: Reading, period: Period, now: datetime) -> tuple[Line, ...]:
    names = _names(period, now)
    return tuple(
        _line(reading, index, names[index], main=index == period.main)
        for index in range(len(reading.windows))
    )


def _line(reading: Reading, index: int, name: str, *, main: bool) -> Line:
    measured = reading.windows[index]
    posts, seen = _posts(measured), measured.totals.one("covered")
    path = measured.totals.path
    split = parts(measured)
    scored = sum(split[:3])
    negative = (
        Figure(words.percent(split[0] / scored), measured.sentiment.path)
        if scored
        else None
    )
    change = ""
    if index % 2 == 0 and posts is not None:
        found = compared(measured, reading.windows[index + 1])
        change = short_change(found.now, found.before) if found.names else ""
        change += " *" if change and not found.all else ""
    return Line(
        name=name,
        days=words.days(measured.window.first, measured.window.last),
        posts=None if posts is None else Figure(words.number(posts), path),
        change=change,
        voices=_voices(measured),
        parts=split,
        negative=negative,
        seen=None if seen is None else Figure(words.percent(seen), path),
        main=main,
    )


def short_change(now: int, before: int) -> str:
    """+38 %, −5 %, ×3, = or nothing where there is nothing to compare with."""
    if now == before:
        return "="
    if not before:
        return ""
    ratio = now / before
    if ratio >= 2:
        return f"×{ratio:.1f}".removesuffix(".0")
    return f"{'+' if ratio > 1 else '−'}{words.percent(abs(ratio - 1))}"


def _careful(reading: Reading, period: Period, now: datetime) -> tuple[str, ...]:
    names, said = _names(period, now), []
    for index in (0, 2, 4):
        found = compared(*reading.windows[index : index + 2])
        if found.all or not (found.names or found.apart):
            continue
        later = names[index].lower().replace("last", "the last")
        earlier = names[index + 1].lower()
        rest = left_out(found, later, earlier)
        pair = f"{later} and {earlier}"
        if not found.names:
            said.append(" ".join([incomparable(found, pair), *rest]))
            continue
        sums = f"{words.number(found.now)} against {words.number(found.before)}"
        told = f"* {names[index]} and {earlier}: on {platforms_of(found)}, {sums}."
        said.append(" ".join([told, *rest]))
    return tuple(said)
