"""A video of PeerTube as a Post: from a list, from its own page, or from Sepia's index."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collectors._json import flag, mapping
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    count,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    tidy_url,
    web_url,
    words,
)

Video = Mapping[str, Any]


def name(video: Video) -> str | None:
    """The video's uuid, the same on every server."""
    found = words(video.get("uuid"))
    return found if found and found.replace("-", "").isalnum() else None


def published_at(video: Video) -> datetime | None:
    """When it was published on its server."""
    return parse_time(video.get("publishedAt")) or parse_time(video.get("createdAt"))


def to_post(video: Video) -> Post:
    """A video as a Post. Raises BrokenRecord."""
    uuid, uri = name(video), tidy_url(video.get("url"))
    if uuid is None or uri is None:
        raise BrokenRecord("it has no uuid or no address")
    title = words(video.get("name"))
    text = words(video.get("description")) or words(video.get("truncatedDescription"))
    given = video.get("tags")
    named = given if isinstance(given, list) else []
    return Post(
        platform="peertube",
        uri=uri,
        url=uri,
        kind="video",
        author=_author(mapping(video.get("account"))),
        text=text or "",
        title=title,
        sensitive=flag(video.get("nsfw")),
        lang=words(mapping(video.get("language")).get("id")),
        published_at=published_at(video),
        edited_at=None,  # `updatedAt` moves with every count
        hashtags=tags([*named, *find_hashtags(f"{title or ''}\n{text or ''}")]),
        links=links(find_links(text or "")),
        media=(Media("video", uri, web_url(video.get("previewUrl"))),),
        replies=count(video.get("comments")),
        likes=count(video.get("likes")),
        views=count(video.get("views")),
        copies=(Copy("local_id", uuid),),
    )


def _author(account: Video) -> Author:
    uri = web_url(account.get("url"))
    user, host = words(account.get("name")), words(account.get("host"))
    if uri is None:
        raise BrokenRecord("its account has no address")
    return Author(
        platform="peertube",
        uri=uri,
        handle=f"{user}@{host}" if user and host else user,
        display_name=words(account.get("displayName")),
        url=uri,
        followers=count(account.get("followersCount")),
    )
