"""Tables that no program's format fits: which column is what, proposed by the names and
settled by staff (`--map text=body,published_at=date`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from collectors._press import short_hash
from collectors._x_common import ROUNDED, is_rounded, maybe_id, uri_of
from collectors.base import Author, BrokenRecord, Post
from collectors.text import (
    clean,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    tidy_url,
    web_url,
)

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
_SLASHED = re.compile(r"\s*(\d{1,2})[/.](\d{1,2})[/.](\d{4})\b(.*)", re.DOTALL)
_SPLIT = re.compile(r"[\s,;|#\[\]'\"]+")
_MS = 1e11


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


def to_post(row: Mapping[str, Any], columns: Mapping[str, str], platform: str) -> Post:
    """A row as a Post. Raises BrokenRecord."""

    def cell(field: str) -> Any:  # noqa: ANN401 - a cell has any type
        return row.get(columns.get(field, ""))

    said = _text(cell("text")) or ""
    title = _text(cell("title"))
    if not said and not title:
        raise BrokenRecord("it has no text")
    at = moment(cell("published_at"))
    where = _text(cell("platform")) or platform
    url = web_url(_text(cell("url")))
    handle, shown = (
        (_text(cell("author")) or "").lstrip("@"),
        _text(cell("author_name")),
    )
    by = handle or shown or ""
    uri = _uri(cell("id"), url, where, (by, said, at.isoformat()))
    return Post(
        platform=_folded(where) or "archive",
        uri=uri,
        url=url,
        author=_author(handle, shown, _folded(where), uri),
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


def _uri(
    value: object, url: str | None, platform: str, parts: tuple[str, str, str]
) -> str:
    """The identity: of the id on its platform, else the address, else what it says."""
    if isinstance(value, float) or (isinstance(value, str) and is_rounded(value)):
        raise BrokenRecord(ROUNDED)
    known = _text(value)
    if known and "://" in known:
        return known
    name = _folded(platform)
    if known and name in {"x", "twitter"} and (number := maybe_id(known)):
        return uri_of(number)
    if known:
        return f"{name}:{known}"
    return tidy_url(url) or f"archive:{short_hash(*parts)}"


def _author(handle: str, shown: str | None, platform: str, post: str) -> Author:
    """Whoever is not named is a person of their own for each post: to count them all as
    one would make one voice out of many."""
    by = handle or shown
    uri = f"{platform}:@{by.casefold()}" if by else f"{platform}:author-of:{post}"
    return Author(platform=platform, uri=uri, handle=handle or None, display_name=shown)


def _number(value: object) -> int | None:
    text = str(value).strip().replace(",", "").removesuffix(".0")
    is_count = text.isascii() and text.isdigit() and len(text) < 18
    return int(text) if is_count and not isinstance(value, bool) else None


def moment(value: object) -> datetime:
    """A date in any common form, in UTC. Raises BrokenRecord, also for 01/02/2026, which
    may be January or February."""
    if isinstance(value, datetime):
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    text = _text(value)
    if text is None:
        raise BrokenRecord("it has no date")
    number = _seconds(text)
    found = (
        parse_time(number)
        if number is not None
        else parse_time(_unslashed(text), lenient=True)
    )
    if found is None:
        raise BrokenRecord("its date cannot be read")
    return found


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not 1e8 < number < 1e14:
        raise BrokenRecord("its date is a number, but no time since 1970")
    return number / 1000 if number >= _MS else number


def _unslashed(text: str) -> str:
    """31/12/2026 as 2026-12-31, where it can be read in one way only."""
    found = _SLASHED.fullmatch(text)
    if found is None:
        return text
    one, two, year, rest = int(found[1]), int(found[2]), found[3], found[4]
    if one <= 12 and two <= 12 and one != two:
        raise BrokenRecord(
            "its date can be read in two ways (day or month first); write it as 2026-12-31"
        )
    day, month = (one, two) if one > 12 or one == two else (two, one)
    return f"{year}-{month:02d}-{day:02d}{rest}"
