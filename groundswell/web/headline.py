"""What happened, in a sentence or three, made from the figures. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from db.times import from_text
from groundswell import alike
from groundswell.alike import Alike
from groundswell.web import times, words, zones
from groundswell.web.data import Result, Row

_NUMBERS = {
    2: "twice", 3: "three times", 4: "four times", 5: "five times", 6: "six times",
    7: "seven times", 8: "eight times", 9: "nine times",
}  # fmt: skip
_BEFORE = timedelta(
    hours=3
)  # an entry of the diary so long before a rise is named with it
_MOST = 0.5  # of the posts: one platform that has so many drives it
_LIVELY = 10  # posts, under which no platform drives anything
_DAYS = "the later day", "the earlier day"


@dataclass(frozen=True, slots=True)
class Headline:
    """parts: sentences, each with the query behind it."""

    parts: tuple[tuple[str, str], ...]


def headline(
    overview: Row,
    totals: Result,
    platforms: Result,
    volume: Result,
    alerts: Result,
    events: Sequence[Row] = (),
    why: Sequence[tuple[str, str]] = (),
) -> Headline:
    """The last 24 hours against those before, times in the campaign's zone. totals,
    platforms (rows of `by_platform`): of the last 24 hours; volume: of 48, by the hour;
    alerts, events: of the last 24 hours; why: what the two days differ by (why.py), which
    says more than where most posts are."""
    told = _count(overview, totals)
    parts = [*_compared(told, totals.url, platforms), *why]
    driver = None if why else _driver(overview, volume.rows)
    if driver:
        parts.append((driver, volume.url))
    rise = _rise(alerts.rows, events, zones.named(overview["timezone"]))
    if rise:
        parts.append((rise, alerts.url))
    return Headline(tuple(parts))


def _count(overview: Row, totals: Result) -> str:
    posts = words.plural(overview["posts"], "post")
    row: Mapping[str, Any] = totals.rows[0] if totals.rows else {}
    voices = row.get("voices")
    by = ""
    if voices is not None and overview["posts"]:
        shown = words.about(voices, row["voices_error"])
        by = f" by {shown} {'voice' if voices == 1 else 'voices'}"
    return f"{posts}{by} in the last 24 hours"


def _compared(count: str, url: str, platforms: Result) -> Iterator[tuple[str, str]]:
    """The count, and the change on the platforms that were seen alike both days."""
    found = alike.of_rows(platforms.rows)
    if platforms.error:
        yield f"{count}.", url
        yield f"Not compared with the day before: {platforms.error}", platforms.url
    elif found.all:
        yield f"{count}, {ratio(found.now, found.before)}.", url
    else:
        yield f"{count}.", url
        yield " ".join([change(found), *left_out(found)]), platforms.url


def change(found: Alike) -> str:
    """In a sentence how the two days compare where some platforms are left out, or that
    they do not. The direction is that of the posts on the platforms seen alike."""
    if not found.names:
        return alike.incomparable(found, "the two days")
    now, before = found.now, found.before
    where = alike.where(found, "both days")
    if now == before:
        return f"{where}: as many, {words.number(now)}."
    if not before:
        return f"{where}: {words.plural(now, 'post')}, and none the day before."
    told = words.change(now, before)
    if "times" in told:
        told += " as many"
    return f"{where}: {told} ({words.number(now)} against {words.number(before)})."


def left_out(found: Alike) -> list[str]:
    """Which platforms are not compared, and what was seen of their two days."""
    return alike.left_out(found, *_DAYS)


def ratio(now: int, before: int) -> str:
    """How the last 24 hours compare with the 24 before, both seen alike."""
    if now == before:
        return "as many as in the 24 before" if now else "and none in the 24 before"
    if not before:
        return "none in the 24 before"
    if not now:
        return f"{words.number(before)} in the 24 before"
    times = now / before
    if times >= 9.5:
        return f"{words.number(round(times))} times the {words.number(before)} before"
    if times >= 1.75:
        return f"about {_NUMBERS[round(times)]} the {words.number(before)} before"
    return f"{words.change(now, before)} against the {words.number(before)} before"


def _driver(overview: Row, rows: Sequence[Row]) -> str | None:
    """Which platform most of it is on, where there are several."""
    counts: Counter[str] = Counter()
    for row in rows:
        if row["bucket"] >= overview["from_at"]:
            counts[row["platform"]] += row["posts"] or 0
    whole = sum(counts.values())
    if whole < _LIVELY or len(counts) < 2:
        return None
    (name, most), *_ = counts.most_common(1)
    if most / whole < _MOST:
        return None
    return f"{words.percent(most, whole)} of them are on {name}."


def _rise(
    alerts: Sequence[Row], events: Sequence[Row], zone: ZoneInfo
) -> Markup | None:
    """When the rise began, and what the diary has shortly before."""
    spikes = [row for row in alerts if row["rule"] == "spike"]
    if not spikes:
        return None
    first = min(spikes, key=lambda row: str(row["raised_at"]))
    began = from_text(first["raised_at"])
    told = Markup("A rise began at {} on {}").format(
        times.when(began, zone), first["platform"]
    )
    near = [
        event for event in events if began - _BEFORE <= from_text(event["at"]) <= began
    ]
    if near:
        last = max(near, key=lambda event: str(event["at"]))
        told += Markup(", after “{}” at {}").format(
            last["title"], times.when(last["at"], zone)
        )
    return told + "."
