"""Times as elements of a page: shown in a zone, with UTC under the pointer. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from db.times import from_text, to_text
from groundswell.web import words, zones
from groundswell.web.zones import UTC

_ELEMENT = Markup('<time datetime="{}" title="{} UTC">{}</time>')


def when(moment: datetime | str | None, zone: ZoneInfo = UTC) -> Markup:
    """11 May 2026, 13:30 BST; `never` for None."""
    return _element(moment, words.time(moment, zone))


def when_named(moment: datetime | str | None, zone: ZoneInfo = UTC) -> Markup:
    """The same, of UTC with its name too: for tables of several zones."""
    known = moment is not None and zones.is_utc(zone)
    return _element(moment, words.time(moment, zone) + (" UTC" if known else ""))


def ago(moment: str, now: datetime) -> Markup:
    """4 minutes ago."""
    return _element(moment, words.ago(moment, now))


def between(from_at: str, to_at: str, zone: ZoneInfo = UTC) -> Markup:
    """04:00 to 06:00 BST on 11 May, each end an element."""
    parts = words.span_parts(from_at, to_at, zone)
    return Markup("").join(_element(at, text) if at else text for text, at in parts)


def slot(bucket: str, by: str, zone: ZoneInfo = UTC) -> Markup:
    """The hour from which a line counts; of days, which are UTC's, the day."""
    if by == "day" and not zones.is_utc(zone):
        return _element(bucket, words.day(from_text(bucket)))
    return when(bucket, zone)


def _element(moment: datetime | str | None, text: str) -> Markup:
    if moment is None:
        return Markup.escape(text)
    at = moment if isinstance(moment, str) else to_text(moment)
    return _ELEMENT.format(at, words.time(at), text)
