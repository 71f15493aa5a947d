"""A story or comment of Hacker News, from Algolia's search or its item, as a Post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collectors.base import Author, BrokenRecord, Copy, Post
from collectors.text import (
    count,
    find_hashtags,
    find_links,
    html_links,
    html_to_text,
    links,
    parse_time,
    tags,
    tidy_url,
    words,
)

_PAGE = "https://news.ycombinator.com/item?id="
_NUMBER = 10**15


def item_id(item: Mapping[str, Any]) -> str | None:
    """A hit's `objectID` or an item's `id`; None where it is no number."""
    given = item.get("objectID", item.get("id"))
    text = str(given) if isinstance(given, str | int) else ""
    number = text if text.isascii() and text.isdigit() else ""
    return number if 0 < int(number or 0) < _NUMBER else None


def published_at(item: Mapping[str, Any]) -> datetime | None:
    """When it was posted, by Hacker News' own clock."""
    return parse_time(item.get("created_at_i")) or parse_time(item.get("created_at"))


def to_post(item: Mapping[str, Any]) -> Post:
    """A hit or an item as a Post. Raises BrokenRecord."""
    number = item_id(item)
    if number is None:
        raise BrokenRecord("it has no id")
    name = words(item.get("author"))
    if name is None:
        raise BrokenRecord("it has no author")
    body = _html(item)
    text = html_to_text(body)
    parent = _parent(item)
    link = tidy_url(item.get("url"))
    return Post(
        platform="hackernews",
        uri=f"hn:{number}",
        url=_PAGE + number,
        kind="comment" if parent else "post",
        author=Author(
            platform="hackernews",
            uri=f"hn:user:{name}",
            handle=name,
            url=f"https://news.ycombinator.com/user?id={name}"
            if _plain(name)
            else None,
        ),
        text=text,
        title=None if parent else words(item.get("title")),
        published_at=published_at(item),
        hashtags=tags(find_hashtags(f"{item.get('title') or ''}\n{text}")),
        links=links([link, *(href for href, _ in html_links(body)), *find_links(text)]),
        reply_to=f"hn:{parent}" if parent else None,
        replies=count(item.get("num_comments")),
        likes=count(item.get("points")),
        copies=(Copy("local_id", number),),
    )


def _html(item: Mapping[str, Any]) -> str:
    for key in ("comment_text", "story_text", "text"):
        found = item.get(key)
        if isinstance(found, str) and found:
            return found
    return ""


def _plain(name: str) -> bool:
    return name.isascii() and name.replace("_", "").replace("-", "").isalnum()


def _parent(item: Mapping[str, Any]) -> str | None:
    parent = item.get("parent_id")
    found = parent if isinstance(parent, int) and not isinstance(parent, bool) else None
    return str(found) if found is not None and found > 0 else None
