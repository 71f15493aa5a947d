"""An Instagram post found by its hashtag. Who wrote it is not told, on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collectors._json import local_id, mappings
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    count,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    web_url,
    words,
)

Item = Mapping[str, Any]


def name(item: Item) -> str | None:
    """The post's number."""
    found = local_id(item.get("id"))
    return found if found and found.isdigit() else None


def published_at(item: Item) -> datetime | None:
    """When it was posted: 2026-11-01T12:00:00+0000."""
    return parse_time(words(item.get("timestamp")), lenient=True)


def to_post(item: Item) -> Post:
    """An item as a Post. Raises BrokenRecord.

    Each post has an unknown author of its own: to count all of them as one person would
    make one voice out of many.
    """
    here = name(item)
    if here is None:
        raise BrokenRecord("it has no id")
    text = words(item.get("caption")) or ""
    page = web_url(item.get("permalink"))
    return Post(
        platform="instagram",
        uri=f"instagram:{here}",
        url=page,
        kind="video" if item.get("media_type") == "VIDEO" else "post",
        author=Author(platform="instagram", uri=f"instagram:author-of:{here}"),
        text=text,
        published_at=published_at(item),
        hashtags=tags(find_hashtags(text)),
        links=links(find_links(text)),
        media=tuple(_media(item)),
        replies=count(item.get("comments_count")),
        likes=count(item.get("like_count")),
        copies=(Copy("local_id", here),),
    )


def _media(item: Item) -> list[Media]:
    inside = item.get("children")
    parts = mappings(inside.get("data")) if isinstance(inside, dict) else []
    found = []
    for part in (item, *parts):
        url = web_url(part.get("media_url"))
        if url is not None:
            kind = (words(part.get("media_type")) or "image").casefold()
            found.append(Media(kind, url))
    return found
