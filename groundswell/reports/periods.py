"""Which time a report is about, and when one is due. Pure.

A report is about whole days of a time zone. The store counts whole hours of UTC, so where a
zone's midnight lies within one, its days begin with that hour: no post is counted twice.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Every = Literal["day", "week"]

DAY = timedelta(days=1)
_WEEK = 7
_MONTH = 30


class NoPeriod(ValueError):
    """A time that no report can be about; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days. first, last: days of the report's zone, both included. from_at, to_at:
    the same in UTC, to_at not included."""

    first: date
    last: date
    from_at: datetime
    to_at: datetime

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def in_utc_days(self) -> bool:
        """Whether it begins and ends with days of UTC."""
        return self.from_at.hour == 0 and self.to_at.hour == 0

    def utc_days(self, now: datetime) -> tuple[datetime, datetime]:
        """The days of UTC that are nearest to it and are over: for what is counted by the
        day alone."""
        half = timedelta(hours=12, microseconds=-1)
        start, end = (
            (moment + half).replace(hour=0, minute=0, second=0, microsecond=0)
            for moment in (self.from_at, self.to_at)
        )
        if end > now:
            return start - DAY, end - DAY
        return start, end


@dataclass(frozen=True, slots=True)
class Period:
    """The day or the week that a report is about. last: its last day."""

    every: Every
    last: date
    zone: ZoneInfo

    @property
    def windows(self) -> tuple[Window, ...]:
        """Six: the last day, the day before, the last 7 days, the 7 before, the last 30,
        the 30 before."""
        found = []
        for days in (1, _WEEK, _MONTH):
            for back in (0, days):
                last = self.last - back * DAY
                found.append(window(last - (days - 1) * DAY, last, self.zone))
        return tuple(found)

    @property
    def main(self) -> int:
        """Which of the windows the report is about; the one after it is compared."""
        return 0 if self.every == "day" else 2

    @property
    def window(self) -> Window:
        """What the report is about."""
        return self.windows[self.main]

    def is_latest(self, now: datetime) -> bool:
        """Whether its last day was yesterday."""
        return self.last == now.astimezone(self.zone).date() - DAY


def window(first: date, last: date, zone: ZoneInfo) -> Window:
    """The days from first to last, in a zone."""
    return Window(first, last, _begin(first, zone), _begin(last + DAY, zone))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    """A day's first hour, in UTC."""
    midnight = datetime.combine(day, time(0), zone).astimezone(UTC)
    return midnight.replace(minute=0, second=0, microsecond=0)


def asked(text: str, now: datetime, zone: ZoneInfo) -> Period:
    """The period that a person names: yesterday, week, or a day. Raises NoPeriod."""
    today = now.astimezone(zone).date()
    if text == "yesterday":
        return Period("day", today - DAY, zone)
    if text == "week":
        return Period("week", today - DAY, zone)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NoPeriod(_no_day(text)) from None
    if day >= today:
        raise NoPeriod(f"{text} is not over yet; reports are about whole days")
    if day.year < 1990:
        raise NoPeriod(f"{text} is too long ago")
    return Period("day", day, zone)


def _no_day(text: str) -> str:
    """What to write instead, and the word that was probably meant."""
    if text == "today":
        return "today is not over yet; write yesterday, or a day before it"
    near = difflib.get_close_matches(text.casefold(), ("yesterday", "week"), n=1)
    meant = f"did you mean {near[0]}? Otherwise " if near else ""
    return f"{text!r} is no day; {meant}write yesterday, week, or a date such as 2026-05-01"


def due(
    every: Every, at: time, weekday: int, zone: ZoneInfo, now: datetime
) -> tuple[Period, datetime]:
    """The newest period whose report is due, and since when.

    at: a time of day in the zone. weekday: 0 is Monday; for a week. Each day has one such
    moment: where clocks are set back it is the first of two, where they are set forward
    over it, as much later.
    """
    day = now.astimezone(zone).date()
    if every == "week":
        day -= (day.weekday() - weekday) % _WEEK * DAY
    step = DAY if every == "day" else _WEEK * DAY
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    if moment > now:
        day -= step
        moment = datetime.combine(day, at, zone).astimezone(UTC)
    return Period(every, day - DAY, zone), moment
