"""What all forms of a post of X have in common: its id, address, time and words."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.base import Author, BrokenRecord
from collectors.text import clean, count, links, web_url

Tweet = Mapping[str, Any]
_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_FIRST_SNOWFLAKE = 1 << 35  # older ids counted from 1 and hold no time
ROUNDED = (
    "its id was rounded by a spreadsheet (like 1.23E+18): which post it is cannot be told "
    "any more; export it again with ids as text"
)
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")  # an address needs no reading then
_OWN_MEDIA = ("https://twitter.com/", "https://x.com/")


def read_id(value: object) -> str:
    """An id as text. Raises BrokenRecord, also for one that a spreadsheet has rounded."""
    text = str(value) if isinstance(value, str | int) else ""
    number = text if text.isascii() and text.isdigit() and len(text) < 20 else ""
    if number.strip("0") and not isinstance(value, bool):
        return number.lstrip("0")
    if isinstance(value, float) or (isinstance(value, str) and is_rounded(value)):
        raise BrokenRecord(ROUNDED)
    raise BrokenRecord("it has no id")


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet made 1.23E+18 of an id: its last digits are lost."""
    head, _, power = text.strip().lower().partition("e")
    digits = head.replace(".", "").replace(",", "")
    return bool(power) and digits.isdigit() and power.lstrip("+").isdigit()


def maybe_id(value: object) -> str | None:
    """An id, or None where there is none."""
    try:
        return read_id(value)
    except BrokenRecord:
        return None


def uri_of(tweet_id: str) -> str:
    """The canonical identity, which is an address too."""
    return f"https://x.com/i/status/{tweet_id}"


def time_of(tweet_id: str) -> datetime | None:
    """When an id was given; None for those of before November 2010."""
    number = int(tweet_id)
    if number < _FIRST_SNOWFLAKE:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=number >> 22)
    except OverflowError:
        return None


def plain(value: object) -> str:
    """A text as X sends it, with & < > escaped, made plain."""
    return clean(html.unescape(value)) if isinstance(value, str) else ""


def lang_of(value: object) -> str | None:
    """The language that X found; its own codes ("und", "qme", "zxx") tell of none."""
    if not isinstance(value, str) or value in {"und", "zxx", ""}:
        return None
    return None if value.startswith("q") and len(value) == 3 else value


def links_of(urls: Iterable[Tweet]) -> tuple[str, ...]:
    """Where a post's links lead, those to its own pictures left out."""
    found = (
        u.get("unwound_url") or u.get("expanded_url") or u.get("url") for u in urls
    )
    return links(url for url in found if not _is_own(url))


def _is_own(url: object) -> bool:
    is_x = isinstance(url, str) and url.startswith(_OWN_MEDIA)
    return is_x and any(part in str(url) for part in ("/photo/", "/video/"))


def author(
    user_id: object, *, username: object, name: object, followers: object
) -> Author:
    """A user as an Author. Raises BrokenRecord."""
    known = maybe_id(user_id)
    handle = username if isinstance(username, str) and username.isascii() else None
    if known is None and not handle:
        raise BrokenRecord("it has no author")
    page = f"https://x.com/{handle}" if handle else f"https://x.com/i/user/{known}"
    is_plain = handle is None or _HANDLE.fullmatch(handle)
    return Author(
        platform="x",
        uri=f"x:user:{known}" if known else f"x:@{str(handle).casefold()}",
        handle=handle or None,
        display_name=plain(name) or None,
        url=page if is_plain else web_url(page),
        followers=count(followers),
    )
