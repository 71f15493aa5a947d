"""Figures, times and other people's words as a report says them. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from db.times import from_text

# Marks that turn around what a reader sees; letters of any script do so by themselves.
_REORDERS = {"\u200e", "\u200f", "\u061c", *map(chr, range(0x202A, 0x202F)),
             *map(chr, range(0x2066, 0x206A))}  # fmt: skip
_TIMES = ("", "", "twice", "three times", "four times", "five times", "six times",
          "seven times", "eight times", "nine times")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is shown, and where the pages show it; None: nowhere."""

    text: str
    path: str | None = None

    def __str__(self) -> str:
        return self.text


# A sentence in pieces: words, and figures that may be links.
Words = tuple[str | Figure, ...]


def plain(said: Words) -> str:
    """A sentence as text."""
    return "".join(map(str, said))


def number(value: int) -> str:
    """12,345."""
    return f"{value:,}"


def about(value: int, error: int) -> str:
    """1,234; `about 12,300` where it is an estimate, to as many digits as are known."""
    if not error:
        return number(value)
    step = 10 ** (len(str(error)) - 1)
    return f"about {number(round(value / step) * step)}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 post, 2 posts."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(share: float) -> str:
    """A share of 0 to 1 in whole per cent; never rounded to nothing or to all."""
    whole = 100 * share
    if 0 < whole < 1:
        return "under 1 %"
    if 99 < whole < 100:
        return "over 99 %"
    return f"{round(whole)} %"


def listed(items: Sequence[str]) -> str:
    """a, b and c."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def change(now: int, before: int, then: str) -> str:
    """`three times the day before`, `38 % more than …`, `as many as …`, `none …`."""
    if now == before:
        return f"as many as {then}"
    if not before:
        return f"none {then}"
    ratio = now / before
    if ratio < 1.9:
        share = percent(abs(ratio - 1))
        return f"{share} {'more' if ratio > 1 else 'fewer'} than {then}"
    whole = int(ratio + 0.1)
    exact = abs(ratio - whole) <= 0.1
    times = _TIMES[whole] if whole < len(_TIMES) else f"{number(whole)} times"
    return f"{times if exact else f'more than {times}'} {then}"


def one_line(text: str | None, most: int) -> str:
    """Somebody's words on one line, at most so many characters; nothing in it can move
    the cursor or turn other words around."""
    safe = "".join(
        char
        for char in " ".join((text or "")[: 8 * most].split())
        if unicodedata.category(char) not in {"Cc", "Cs"} and char not in _REORDERS
    )
    return safe if len(safe) <= most else safe[: most - 1].rstrip() + "…"


def web_address(url: str | None) -> str | None:
    """An address that may become a link: http or https with a host; else None."""
    try:
        parts = urlsplit(url or "")
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return None
    whole = url if sound else None
    odd = any(char.isspace() or not char.isprintable() for char in whole or "")
    return None if odd else whole


def day(value: date) -> str:
    """10 May 2025."""
    return f"{value.day} {value:%B %Y}"


def days(first: date, last: date) -> str:
    """10 May; 4–10 May; 28 Apr – 4 May."""
    if first == last:
        return f"{last.day} {last:%b}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b}"
    return f"{first.day} {first:%b} – {last.day} {last:%b}"


def clock(at: str, zone: ZoneInfo) -> str:
    """A time of the store in the report's zone: 10 May 06:30."""
    moment = from_text(at).astimezone(zone)
    return f"{moment.day} {moment:%b %H:%M}"


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """03:00 to 05:00 on 11 May; with both days where they differ."""
    start, end = start.astimezone(zone), end.astimezone(zone)
    if start.date() == end.date():
        return f"{start:%H:%M} to {end:%H:%M} on {start.day} {start:%b}"
    return f"{start.day} {start:%b} {start:%H:%M} to {end.day} {end:%b} {end:%H:%M}"


def hours(value: float) -> str:
    """A length in hours, as minutes, hours or days."""
    if value < 1:
        return plural(max(1, round(value * 60)), "minute")
    if value >= 48 and value % 24 == 0:
        return plural(int(value // 24), "day")
    whole = round(value, 1)
    shown = f"{int(whole):,}" if whole == int(whole) else f"{whole:,.1f}"
    return f"{shown} {'hour' if whole == 1 else 'hours'}"
