"""One feedparser entry into an Item. feedparser's values are text, but any may be missing.

`dict.get` goes round feedparser's own look-up, which answers with the published date
where an updated one is missing (and warns about it).
"""

from __future__ import annotations

import calendar
import html
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from collectors._feed_model import (
    Item,
    absolute,
    claimed_time,
    html_body,
    plain_body,
    says_a_year,
)
from collectors.base import Media
from collectors.text import words

_ADDRESS = re.compile(r"[^\s@<>()]+@[^\s@<>()]+")
_MEDIA_TYPES = {"image", "video", "audio"}
_FLASH = "application/x-shockwave-flash"  # what YouTube's feeds call their player

Entry = dict[str, Any]


def read_entry(entry: Entry, feed: Entry, url: str) -> Item:
    """An entry as an Item. url: where the feed came from, for relative links."""
    link = absolute(dict.get(entry, "link"), url)
    body, links = _body(entry, link or url)
    author, author_url = _author(entry)
    return Item(
        guid=words(dict.get(entry, "id")),
        link=link,
        title=_title(entry),
        text=body,
        author=author,
        author_url=author_url,
        published=_time(entry, "published"),
        updated=_time(entry, "updated"),
        categories=tuple(_categories(entry)),
        links=links,
        media=tuple(_media(entry, url)),
        lang=_language(entry) or words(dict.get(feed, "language")),
        replies=_replies(entry),
        views=_number(_part(entry, "media_statistics"), "views"),
        youtube_id=words(dict.get(entry, "yt_videoid")),
    )


def _part(entry: Entry, name: str) -> Entry:
    found = dict.get(entry, name)
    return found if isinstance(found, dict) else {}


def _parts(entry: Entry, name: str) -> list[Entry]:
    found = dict.get(entry, name)
    parts = found if isinstance(found, list) else []
    return [part for part in parts if isinstance(part, dict)]


def _body(entry: Entry, base: str) -> tuple[str, tuple[str, ...]]:
    """The fullest text: content:encoded or content before summary at equal length.

    feedparser also files media:description under content, so the first is not always
    the article.
    """
    parts = [*_parts(entry, "content"), _part(entry, "summary_detail")]
    bodies = [_read_text(part, base) for part in parts]
    return max(bodies, key=lambda body: len(body[0]), default=("", ()))


def _read_text(part: Entry, base: str) -> tuple[str, tuple[str, ...]]:
    value = part.get("value")
    if not isinstance(value, str):
        return "", ()
    if "html" in str(part.get("type")):
        return html_body(value, base)
    return plain_body(value)


def _title(entry: Entry) -> str | None:
    """The title on one line."""
    text, _ = _read_text(_part(entry, "title_detail"), "")
    return " ".join(text.split()) or None


def _author(entry: Entry) -> tuple[str | None, str | None]:
    """The author's name and address. A bare e-mail gives only the part before the @."""
    detail = _part(entry, "author_detail")
    written = words(dict.get(entry, "author")) or ""
    if "@" in written:  # RSS wants "address (name)"; feedparser cuts some addresses up
        bare = _ADDRESS.sub("", written).strip(" ()<>,;")
        name: str | None = bare or written.partition("@")[0].strip(" ()<>,;")
    else:
        name = words(detail.get("name")) or written
    return name or None, words(detail.get("href"))


def _categories(entry: Entry) -> Iterator[str]:
    for tag in _parts(entry, "tags"):
        for name in (words(tag.get("term")), words(tag.get("label"))):
            if name and not name.startswith(("http://", "https://")):
                yield html.unescape(name)


def _media(entry: Entry, url: str) -> Iterator[Media]:
    """Enclosures, then media:content, with the thumbnail as their preview."""
    thumbnails = _parts(entry, "media_thumbnail")
    preview = absolute(thumbnails[0].get("url"), url) if thumbnails else None
    enclosures = [
        link for link in _parts(entry, "links") if link.get("rel") == "enclosure"
    ]
    seen = set()
    for part in [*enclosures, *_parts(entry, "media_content")]:
        address = absolute(part.get("href") or part.get("url"), url)
        if address and address not in seen:
            seen.add(address)
            yield Media(_media_type(part), address, preview_url=preview)


def _media_type(part: Entry) -> str:
    mime = str(part.get("type") or "")
    medium = str(part.get("medium") or mime.partition("/")[0]).lower()
    if mime == _FLASH:
        return "video"
    return medium if medium in _MEDIA_TYPES else "file"


def _language(entry: Entry) -> str | None:
    parts = [*_parts(entry, "content"), *map(_part, [entry] * 2, _DETAILS)]
    declared = [dict.get(entry, "language"), *(part.get("language") for part in parts)]
    return next((words(lang) for lang in declared if words(lang)), None)


_DETAILS = ("summary_detail", "title_detail")


def _replies(entry: Entry) -> int | None:
    slash = _number(entry, "slash_comments")
    return _number(entry, "thr_total") if slash is None else slash


def _number(part: Mapping[str, Any], name: str) -> int | None:
    """A count, which feeds write as text."""
    text = str(dict.get(part, name) or "") if isinstance(part, dict) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _time(entry: Entry, name: str) -> datetime | None:
    """feedparser's reading, which knows more forms; ours where it reads none.

    It fills a date without a year from today's, and takes British summer for UTC.
    """
    text = words(dict.get(entry, name)) or ""
    parsed: Any = dict.get(entry, f"{name}_parsed")
    read = isinstance(parsed, time.struct_time) and not text.endswith("BST")
    if not read or not says_a_year(text):
        return claimed_time(text)
    try:
        return claimed_time(datetime.fromtimestamp(calendar.timegm(parsed), UTC))
    except (ValueError, OverflowError, OSError):
        return None
