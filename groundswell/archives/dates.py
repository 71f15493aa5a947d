"""Dates as tables write them: read in one way, or refused with the reason.

A date that could be read in two ways is never guessed: a wrong day would stand in every
chart and nobody would know.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dateutil import parser

from collectors.base import BrokenRecord
from collectors.text import ZONES, clean, parse_time

_COMPACT = re.compile(r"(?:19|20)\d{6}(?:[T ]?\d{4}(?:\d{2})?)?Z?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE]\+?\d+)?")
_YEAR_FIRST = re.compile(r"\D*\d{4}\b")
_BY_NUMBERS = re.compile(r"(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
# Unix times from 1973 to 2100 in seconds, milliseconds, microseconds, nanoseconds.
_SECONDS = (1e8, 4.11e9)
_STEPS = (1, 1_000, 1_000_000, 1_000_000_000)
_TWO_WAYS = (
    "its date can be read in two ways: say --dates day-first or --dates month-first"
)


class _UnknownZone(Exception):
    """A zone by a name that stands for no one offset."""


def moment(value: object, *, day_first: bool | None = None) -> datetime:
    """A date in any common form, in UTC; a time without a zone is taken as UTC.

    day_first: how 01/02/2026 is read; None where nobody said. Raises BrokenRecord where
    there is none, where it lacks day, month or year, and where it can be read in two ways:
    01/02/2026 or 01/02/26 when nobody said, a zone like IST.
    """
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    text = clean(str(value)) if value not in (None, "") else ""
    if not text:
        raise BrokenRecord("it has no date")
    if _COMPACT.fullmatch(text):
        return _written(text)
    if _NUMBER.fullmatch(text):
        return _counted(float(text))
    return _written(_ordered(text, day_first))


def _counted(number: float) -> datetime:
    """A number as unix time. Raises BrokenRecord."""
    for step in _STEPS:
        seconds = number / step
        if _SECONDS[0] <= seconds <= _SECONDS[1] and (
            found := parse_time(round(seconds, 6))
        ):
            return found
    raise BrokenRecord(
        "its date is a number that is no unix time since 1973; write it as 2026-12-31"
    )


def _written(text: str) -> datetime:
    """A date in words. Raises BrokenRecord."""
    exact = parse_time(text)
    if exact is not None:
        return exact
    try:
        # What is missing would be filled in from these: then they differ.
        one, other = (
            parser.parse(text, default=datetime(year, month, day), tzinfos=_zone)  # noqa: DTZ001
            for year, month, day in ((2000, 1, 1), (2004, 3, 2))
        )
    except _UnknownZone as error:
        raise BrokenRecord(
            f"its time zone {error} can mean several; write it like +01:00"
        ) from None
    except (ValueError, OverflowError):
        raise BrokenRecord("its date cannot be read") from None
    if one.date() != other.date():
        raise BrokenRecord("its date is not whole: day, month and year are needed")
    return (one if one.tzinfo else one.replace(tzinfo=UTC)).astimezone(UTC)


def _zone(name: str | None, offset_s: int | None) -> int | None:
    """A written zone in seconds from UTC. Raises _UnknownZone."""
    if offset_s is not None or name is None:
        return offset_s
    if name not in ZONES:
        raise _UnknownZone(name)
    return ZONES[name] * 3600


def _ordered(text: str, day_first: bool | None) -> str:
    """31/12/2026 as 2026-12-31. Raises BrokenRecord where that can be read in two ways."""
    found = _BY_NUMBERS.search(text)
    if found is None or _YEAR_FIRST.match(text):
        return text
    one, two, year = int(found[1]), int(found[3]), found[4]
    is_plain = len(year) == 4 and (one > 12 or two > 12 or one == two)
    if day_first is None and not is_plain:
        raise BrokenRecord(_TWO_WAYS)
    first = one > 12 if day_first is None else day_first
    day, month = (one, two) if first else (two, one)
    whole = year if len(year) == 4 else f"20{year}"
    written = f"{whole}-{month:02d}-{day:02d}"
    return text[: found.start()] + written + text[found.end() :]
