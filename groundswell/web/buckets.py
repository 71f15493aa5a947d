"""The buckets that a page counts by, and the time that goes with them: whole ones. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from groundswell.web import words, zones

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
MAX_ROWS = 2000  # bars of all charts, and cells of their table
SECOND = timedelta(seconds=1)
Span = tuple[datetime, datetime]
Bucket = Literal["hour", "day"]


def last(
    length: timedelta | None,
    now: datetime,
    first_at: datetime | None,
    zone: ZoneInfo,
    *,
    by_day: bool,
) -> Span:
    """The last whole hours (or days of the zone), the one that runs now included. length:
    None: since first_at, or a week where there is none."""
    if length is None and first_at is not None and first_at < now:
        return zones.midnight(zones.day_of(first_at, zone), zone), now
    length = length or WEEK
    if length <= DAY or (length <= WEEK and not by_day):
        return _hour(now) - length + HOUR, now
    first = zones.day_of(now, zone) - length + DAY
    return zones.midnight(first, zone), now


def bounded(span: Span, shown: int) -> tuple[Span, tuple[str, ...]]:
    """The end of the time that has no more rows than may be, with a note that says so where
    some is left out. shown: platforms."""
    longest = timedelta(days=MAX_ROWS // shown - 1)
    if span[1] - span[0] <= longest:
        return span, ()
    note = (
        f"That is a long time: showing its last {words.number(longest.days)} days. "
        "Choose one platform, or other dates, to see more."
    )
    return (span[1] - longest, span[1]), (note,)


def fitting(length: timedelta | None, shown: int) -> Bucket:
    """Hours up to a week, where so many rows fit. length: None: a week."""
    length = length or WEEK
    slots = length / HOUR + 2
    hourly = length <= WEEK + HOUR and slots * shown <= MAX_ROWS
    return "hour" if hourly else "day"


def whole(span: Span, bucket: Bucket, now: datetime, zone: ZoneInfo) -> Span:
    """The time with all of its first and its last bucket, up to now: an hour of UTC, or a
    day of the zone."""
    first, last = _hour(span[0]), _hour(span[1] - SECOND)
    if bucket == "hour":
        return first, min(last + HOUR, now)
    end = zones.midnight(zones.day_of(last, zone) + DAY, zone)
    return zones.midnight(zones.day_of(first, zone), zone), min(end, now)


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def in_utc(
    span: Span, now: datetime, zone: ZoneInfo, first_at: datetime | None
) -> Span | None:
    """The same time in days of UTC; None: the zone is UTC, or nothing would be left.
    first_at: a post that may not be left out; None: there is none."""
    if zones.is_utc(zone):
        return None
    start, end = (zones.in_utc_days(moment, zone) for moment in span)
    if first_at is not None:
        start = min(start, zones.midnight(first_at.astimezone(UTC).date(), zones.UTC))
    end = now if span[1] == now else min(end, now)
    return (start, end) if start < end else None


def more_days(span: Span, now: datetime, zone: ZoneInfo) -> str:
    """`25 and 26 Nov`: the days of UTC that the time touches, where it does not begin and
    end with days of the zone; else ''."""

    def bounds(moment: datetime) -> bool:
        return zones.midnight(zones.day_of(moment, zone), zone) == moment

    if bounds(span[0]) and (span[1] == now or bounds(span[1])):
        return ""
    first, last = span[0].date(), (span[1] - SECOND).date()
    return words.days(first, last)
