"""Tables that no program's format fits: which column is what, proposed by the names and
settled by staff (`--map text=body,published_at=date`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors._press import short_hash
from collectors._x_common import ROUNDED, is_rounded, maybe_id, uri_of
from collectors.base import Author, BrokenRecord, Post
from collectors.text import (
    clean,
    find_hashtags,
    find_links,
    links,
    tags,
    tidy_url,
    web_url,
)
from groundswell.archives.dates import moment

# Field: the names that columns have for it, the likeliest first.
NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "body", "full_text", "content", "message", "caption", "tweet", "post",
             "description", "selftext"),
    "published_at": ("published_at", "created_at", "date", "timestamp", "datetime", "time",
                     "created_utc", "published", "posted_at", "created", "pubdate", "when"),
    "id": ("id", "post_id", "tweet_id", "id_str", "message_id", "uri", "guid", "item_id"),
    "url": ("url", "link", "permalink", "post_url", "tweet_url"),
    "title": ("title", "subject", "headline"),
    "author": ("author", "username", "user", "screen_name", "handle", "user_name", "from",
               "account", "author_username", "who"),
    "author_name": ("author_name", "display_name", "author_fullname", "name", "full_name"),
    "lang": ("lang", "language"),
    "hashtags": ("hashtags", "tags"),
    "replies": ("replies", "reply_count", "comments", "num_comments", "comment_count"),
    "reposts": ("reposts", "retweets", "retweet_count", "shares", "share_count", "boosts"),
    "likes": ("likes", "like_count", "favorites", "favorite_count", "score", "reactions"),
    "quotes": ("quotes", "quote_count"),
    "views": ("views", "view_count", "impressions", "impression_count", "plays"),
    "reply_to": ("reply_to", "in_reply_to", "parent_id"),
    "platform": ("platform", "source_platform", "network"),
}  # fmt: skip
NEEDED = ("text", "published_at")
_SPLIT = re.compile(r"[\s,;|#\[\]'\"]+")
_COUNT = re.compile(r"(\d{1,17}|\d{1,3}(?:,\d{3}){1,5})(?:\.0+)?")
# What tables call platforms that have another name here.
_CALLED = {
    "twitter": "x", "bsky": "bluesky", "yt": "youtube", "fb": "facebook",
    "insta": "instagram", "hn": "hackernews", "hacker_news": "hackernews",
}  # fmt: skip
# Ids below this may be row numbers, which every table has.
_ROW_NUMBER = 1_000_000
UNKNOWN = "archive"


def proposed(columns: Sequence[str]) -> dict[str, str]:
    """Field to column, as far as the names of the columns tell."""
    by_name = {_folded(column): column for column in columns}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for field, names in NAMES.items():
        column = next(
            (by_name[n] for n in names if n in by_name and n not in taken), None
        )
        if column is not None:
            found[field] = column
            taken.add(_folded(column))
    return found


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def missing(columns: Mapping[str, str]) -> list[str]:
    """The fields without which no post can be made."""
    return [field for field in NEEDED if field not in columns]


def to_post(
    row: Mapping[str, Any],
    columns: Mapping[str, str],
    platform: str,
    *,
    day_first: bool | None = None,
) -> Post:
    """A row as a Post. platform: where the row does not say. Raises BrokenRecord."""

    def cell(field: str) -> Any:  # noqa: ANN401 - a cell has any type
        return row.get(columns.get(field, ""))

    said = _text(cell("text")) or ""
    title = _text(cell("title"))
    if not said and not title:
        raise BrokenRecord("it has no text")
    at = moment(cell("published_at"), day_first=day_first)
    where = platform_of(_text(cell("platform")) or platform)
    url = web_url(_text(cell("url")))
    handle, shown = (
        (_text(cell("author")) or "").lstrip("@"),
        _text(cell("author_name")),
    )
    uri = _uri(cell("id"), url, where, _Row(handle or shown or "", said, at))
    return Post(
        platform=where,
        uri=uri,
        url=url,
        author=_author(handle, shown, where, uri),
        text=said,
        title=title,
        lang=_text(cell("lang")),
        published_at=at,
        hashtags=tags(
            [*_split(cell("hashtags")), *find_hashtags(f"{title or ''}\n{said}")]
        ),
        links=links(find_links(said)),
        reply_to=_text(cell("reply_to")),
        replies=_number(cell("replies")),
        reposts=_number(cell("reposts")),
        likes=_number(cell("likes")),
        quotes=_number(cell("quotes")),
        views=_number(cell("views")),
    )


def _text(value: object) -> str | None:
    if value is None or value == "":
        return None
    return clean(value if isinstance(value, str) else str(value)) or None


def _split(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [one for one in _SPLIT.split(value) if one] if isinstance(value, str) else []


def platform_of(name: str) -> str:
    """A platform by the name that it has here: Twitter is x."""
    folded = _folded(name)
    return _CALLED.get(folded, folded) or UNKNOWN


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row without a name of its own is told apart by."""

    by: str
    said: str
    at: datetime


def _uri(value: object, url: str | None, platform: str, row: _Row) -> str:
    """The identity: of the id on its platform, else the address, else what it says.

    Every table numbers its rows: an id that may be such a number, or is of no platform
    that is known, counts together with who wrote what and when.
    """
    if isinstance(value, float) or (isinstance(value, str) and is_rounded(value)):
        raise BrokenRecord(ROUNDED)
    known = _text(value)
    if known and "://" in known:
        return known
    if known and platform == "x" and (number := maybe_id(known)):
        return uri_of(number)
    if known and platform == "hackernews":
        return f"hn:{known}"
    is_number = known and known.isascii() and known.isdigit() and len(known) < 20
    is_its_own = not (is_number and int(known or 0) < _ROW_NUMBER)
    if known and platform != UNKNOWN and is_its_own:
        return f"{platform}:{known}"
    if url:
        return tidy_url(url) or url
    told = short_hash(row.by, row.said, row.at.isoformat())
    return f"{platform}:{known}:{told}" if known else f"{platform}:{told}"


def _author(handle: str, shown: str | None, platform: str, post: str) -> Author:
    """Whoever is not named is a person of their own for each post: to count them all as
    one would make one voice out of many."""
    by = handle or shown
    uri = f"{platform}:@{by.casefold()}" if by else f"{platform}:author-of:{post}"
    return Author(platform=platform, uri=uri, handle=handle or None, display_name=shown)


def _number(value: object) -> int | None:
    found = _COUNT.fullmatch(str(value).strip())
    if found is None or isinstance(value, bool) or not found[0].isascii():
        return None
    return int(found[1].replace(",", ""))
