"""Videos and comments of YouTube's Data API as Posts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collectors._json import mapping
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    find_hashtags,
    find_links,
    html_to_text,
    links,
    parse_time,
    tags,
    web_url,
    words,
)

Item = Mapping[str, Any]
_ID = re.compile(r"[A-Za-z0-9_.-]{1,100}")
_MOST = 2**63
VIDEO, COMMENT = "youtube:video:", "youtube:comment:"


def name(item: Item) -> str | None:
    """An item's id: text, or an object where a search found it."""
    found = item.get("id")
    text = mapping(found).get("videoId") if isinstance(found, dict) else found
    return text if isinstance(text, str) and _ID.fullmatch(text) else None


def published_at(item: Item) -> datetime | None:
    """When it was published."""
    return parse_time(words(mapping(item.get("snippet")).get("publishedAt")))


def number(value: object) -> int | None:
    """A count, which YouTube sends as text; None where it is hidden."""
    text = str(value) if isinstance(value, str | int) else ""
    is_count = text.isascii() and text.isdigit() and not isinstance(value, bool)
    return int(text) if is_count and len(text) < 19 and int(text) < _MOST else None


def to_video(item: Item) -> Post:
    """A video resource (snippet, statistics) as a Post. Raises BrokenRecord."""
    video, snippet = name(item), mapping(item.get("snippet"))
    if video is None:
        raise BrokenRecord("it has no id")
    counts = mapping(item.get("statistics"))
    title, text = words(snippet.get("title")), words(snippet.get("description")) or ""
    given = snippet.get("tags")
    named = "\n".join(filter(None, (title, text)))
    return Post(
        platform="youtube",
        uri=VIDEO + video,
        url=f"https://www.youtube.com/watch?v={video}",
        kind="video",
        author=_channel(snippet.get("channelId"), snippet.get("channelTitle")),
        text=text,
        title=title,
        lang=words(snippet.get("defaultAudioLanguage"))
        or words(snippet.get("defaultLanguage")),
        published_at=published_at(item),
        hashtags=tags(
            [*(given if isinstance(given, list) else []), *find_hashtags(named)]
        ),
        links=links(find_links(text)),
        media=_picture(snippet, video),
        replies=number(counts.get("commentCount")),
        likes=number(counts.get("likeCount")),
        views=number(counts.get("viewCount")),
        copies=(Copy("local_id", video),),
    )


def to_comment(item: Item) -> Post:
    """A comment resource as a Post. Raises BrokenRecord."""
    comment, snippet = name(item), mapping(item.get("snippet"))
    if comment is None:
        raise BrokenRecord("it has no id")
    text = words(snippet.get("textOriginal"))
    if text is None and isinstance(snippet.get("textDisplay"), str):
        text = html_to_text(snippet["textDisplay"])
    author = mapping(snippet.get("authorChannelId")).get("value")
    published, updated = published_at(item), parse_time(words(snippet.get("updatedAt")))
    return Post(
        platform="youtube",
        uri=COMMENT + comment,
        url=_page(snippet, comment),
        kind="comment",
        author=_channel(author, snippet.get("authorDisplayName")),
        text=text or "",
        published_at=published,
        edited_at=updated if updated and published and updated > published else None,
        hashtags=tags(find_hashtags(text or "")),
        links=links(find_links(text or "")),
        reply_to=_above(snippet),
        replies=number(item.get("totalReplyCount")),
        likes=number(snippet.get("likeCount")),
        copies=(Copy("local_id", comment),),
    )


def _page(snippet: Item, comment: str) -> str | None:
    video = snippet.get("videoId")
    if not isinstance(video, str) or not _ID.fullmatch(video):
        return None
    return f"https://www.youtube.com/watch?v={video}&lc={comment}"


def _above(snippet: Item) -> str | None:
    """The comment that is answered, else the video."""
    for key, prefix in (("parentId", COMMENT), ("videoId", VIDEO)):
        found = snippet.get(key)
        if isinstance(found, str) and _ID.fullmatch(found):
            return prefix + found
    return None


def _channel(channel: object, title: object) -> Author:
    if not isinstance(channel, str) or not _ID.fullmatch(channel):
        raise BrokenRecord("it has no channel")
    shown = words(title)
    return Author(
        platform="youtube",
        uri=f"youtube:channel:{channel}",
        handle=shown.lstrip("@") if shown and shown.startswith("@") else None,
        display_name=shown,
        url=f"https://www.youtube.com/channel/{channel}",
    )


def _picture(snippet: Item, video: str) -> tuple[Media, ...]:
    pictures = mapping(snippet.get("thumbnails"))
    best = mapping(pictures.get("high")) or mapping(pictures.get("default"))
    page = f"https://www.youtube.com/watch?v={video}"
    return (Media("video", page, web_url(best.get("url"))),)
