"""A feed's window and its items, whatever format they came in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin

from collectors.base import Media
from collectors.text import clean, find_links, html_links, html_to_text, parse_time

# Mastodon marks links that are its own tags and mentions; they lead to no document.
_OWN_LINKS = {"hashtag", "mention"}
# No feed format is older than 1997: an earlier date is a program's zero, not a claim.
_FIRST_YEAR = 1990
_YEAR = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?:\d{4}\b)?(?!\d)|\b\d{1,2}[-/. ]\w{2,9}[-/. ,]+\d\d\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item as the feed gives it: cleaned text, but nothing decided yet.

    links: addresses in the body, as written.
    """

    guid: str | None = None
    link: str | None = None
    title: str | None = None
    text: str = ""
    author: str | None = None
    author_url: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    categories: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    lang: str | None = None
    replies: int | None = None
    views: int | None = None
    youtube_id: str | None = None

    @property
    def moment(self) -> datetime | None:
        """The newest date that the item carries: what feeds are sorted by."""
        dates = [date for date in (self.published, self.updated) if date is not None]
        return max(dates, default=None)

    @property
    def blank(self) -> bool:
        """Whether nothing in it could tell it from another item."""
        return not (self.guid or self.link or self.title or self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What one answer shows of a feed, in the feed's own order.

    next_url: the older part, where the feed names it. lost: why items that the answer
    should hold are missing (it breaks off), None when it is whole.
    """

    title: str | None = None
    home: str | None = None
    generator: str = ""
    next_url: str | None = None
    items: tuple[Item, ...] = ()
    lost: str | None = None


def html_body(html: str, base: str | None = None) -> tuple[str, tuple[str, ...]]:
    """An HTML body's plain text and the addresses it links to, made absolute."""
    found = (
        absolute(href, base)
        for href, classes in html_links(html)
        if not _OWN_LINKS & set(classes.split())
    )
    return html_to_text(html), _unique(found)


def plain_body(text: str) -> tuple[str, tuple[str, ...]]:
    """A plain body, cleaned, and the addresses written in it."""
    tidy = clean(text)
    return tidy, _unique(find_links(tidy))


def _unique(links: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(link for link in links if link))


def absolute(href: object, base: str | None) -> str | None:
    """An address made absolute against the page it stood on; None if it is broken."""
    if not isinstance(href, str) or not href.strip():
        return None
    try:
        return urljoin(base or "", href.strip())
    except ValueError:
        return None


def says_a_year(text: str) -> bool:
    """Whether a date names its year; what lacks one would be filled up from today's."""
    return bool(_YEAR.search(text))


def claimed_time(value: str | datetime | None) -> datetime | None:
    """A date as a feed claims it, aware UTC; None where it is missing or a zero date."""
    if isinstance(value, str):
        value = parse_time(value, lenient=True) if says_a_year(value) else None
    return value if value is not None and value.year >= _FIRST_YEAR else None
