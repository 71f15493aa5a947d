"""Time zones: which day a moment is of, when a day begins, what a written time means. Pure.

The store counts whole hours of UTC. Where a zone's midnight lies within one, its days begin
with that hour, as those of reports do: no post is counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC as _UTC
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = ZoneInfo("UTC")
HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


@cache
def named(name: str) -> ZoneInfo:
    """The zone of that name; UTC where this machine knows none, as after a move."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def is_utc(zone: ZoneInfo) -> bool:
    """Whether it is UTC itself, whose name need not stand beside each time."""
    return zone.key == "UTC"


def several(campaigns: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of the campaigns (rows of `overview`) has another zone than UTC."""
    return any(not is_utc(named(row["timezone"])) for row in campaigns)


def letters(moment: datetime, zone: ZoneInfo) -> str:
    """What the zone's time is called then: BST, GMT, UTC+03."""
    found = moment.astimezone(zone).tzname() or zone.key
    return f"UTC{found}" if found[0] in "+-" else found


def letters_between(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """The same of a time: `BST`, `BST, then GMT` where clocks change within it."""
    found = [letters(moment, zone) for moment in (start, end - _SECOND)]
    return found[0] if found[0] == found[1] else ", then ".join(found)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """A day's first hour, in UTC."""
    first = datetime.combine(day, time(0), zone).astimezone(_UTC)
    return first.replace(minute=0, second=0, microsecond=0)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day that counts the hour of UTC in which the moment lies: that of its end."""
    hour = moment.astimezone(_UTC).replace(minute=0, second=0, microsecond=0)
    return (hour + HOUR - _SECOND).astimezone(zone).date()


def in_utc_days(moment: datetime, zone: ZoneInfo) -> datetime:
    """Where a day of the zone begins, the beginning of the same date of UTC; any other
    moment as it is."""
    day = day_of(moment, zone)
    if midnight(day, zone) != moment:
        return moment
    return datetime.combine(day, time(0), _UTC)


def odd_hours(moment: datetime, zone: ZoneInfo) -> bool:
    """Whether hours of UTC do not begin with hours of the zone, as in India."""
    offset = moment.astimezone(zone).utcoffset() or timedelta(0)
    return bool(offset % HOUR)


def read(written: datetime, zone: ZoneInfo) -> tuple[datetime, str]:
    """A time without an offset as a moment of UTC, and what is to be said of it: '' unless
    clocks change then.

    Of two times, where clocks are set back, it is the first; where they are set forward
    over it, as much later. Raises OverflowError at the ends of the calendar.
    """
    first, second = (
        written.replace(tzinfo=zone, fold=fold).astimezone(_UTC) for fold in (0, 1)
    )
    if first == second:
        return first, ""
    shown = f"{written:%H:%M} on {written.day} {written:%B %Y}"
    if first < second:
        said = (
            f"{shown} is there twice in {zone.key}, where clocks are set back; the first "
            f"is meant, {letters(first, zone)}. The second is {second:%Y-%m-%dT%H:%M}Z"
        )
    else:
        later = first.astimezone(zone)
        said = (
            f"{shown} is not there in {zone.key}, where clocks are set forward; "
            f"{later:%H:%M} {letters(first, zone)} is meant"
        )
    return first, said
