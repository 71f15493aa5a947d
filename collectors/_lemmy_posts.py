"""A post or comment of Lemmy as a Post. Both forms are read: 0.19 (API v3) keeps counts
beside the post and says `published`, 1.0 (v4) keeps them in it and says `published_at`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from collectors._bridges import canonical, unbridged
from collectors._json import flag, local_id, mapping
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    count,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    tidy_url,
    wants_no_bots,
    web_url,
    words,
)

View = Mapping[str, Any]


def kind_of(view: View) -> str:
    """ "post" or "comment": a comment's view has its post beside it."""
    return "comment" if mapping(view.get("comment")) else "post"


def item_of(view: View) -> View:
    """The post or comment that a view is about."""
    return mapping(view.get(kind_of(view)))


def name(view: View) -> str | None:
    """The id on this server, with its kind: they count apart."""
    number = local_id(item_of(view).get("id"))
    return f"{kind_of(view)}:{number}" if number else None


def published_at(view: View) -> datetime | None:
    """When it was written, by its own server."""
    item = item_of(view)
    return parse_time(item.get("published_at")) or parse_time(item.get("published"))


def is_gone(view: View) -> bool:
    """Whether its author deleted it or a moderator removed it; the record stays."""
    item = item_of(view)
    return item.get("deleted") is True or item.get("removed") is True


def uri_of(view: View) -> str:
    """The ActivityPub id, the same on every server. Raises BrokenRecord."""
    uri = canonical(words(item_of(view).get("ap_id")))
    if uri is None:
        raise BrokenRecord("it has no ap_id")
    return uri


def to_post(view: View, parents: Mapping[str, str]) -> Post:
    """A view as a Post. Raises BrokenRecord.

    parents: the uris of comments on the same page by their ids here.
    """
    item, uri = item_of(view), uri_of(view)
    is_comment = kind_of(view) == "comment"
    text = words(item.get("content" if is_comment else "body")) or ""
    title = None if is_comment else words(item.get("name"))
    link = None if is_comment else tidy_url(item.get("url"))
    counts = {**mapping(view.get("counts")), **item}
    here = name(view)
    post = Post(
        platform="lemmy",
        uri=uri,
        url=web_url(uri),
        kind="comment" if is_comment else "post",
        author=_author(mapping(view.get("creator"))),
        text=text,
        title=title,
        sensitive=flag(item.get("nsfw")),
        published_at=published_at(view),
        edited_at=parse_time(item.get("updated_at")) or parse_time(item.get("updated")),
        hashtags=tags(find_hashtags(f"{title or ''}\n{text}")),
        links=links([link, *find_links(text)]),
        link_titles=_card(item, link),
        media=_picture(item),
        reply_to=_parent(view, parents) if is_comment else None,
        replies=count(counts.get("child_count" if is_comment else "comments")),
        likes=count(counts.get("upvotes")),
        copies=(Copy("local_id", here),) if here else (),
    )
    return unbridged(post, words(item.get("ap_id")) or uri)


def _card(item: View, link: str | None) -> Mapping[str, str]:
    title = words(item.get("embed_title"))
    return {link: title} if link and title else {}


def _picture(item: View) -> tuple[Media, ...]:
    url = web_url(item.get("thumbnail_url"))
    return (Media("image", url, alt=words(item.get("alt_text"))),) if url else ()


def _parent(view: View, parents: Mapping[str, str]) -> str | None:
    """What a comment answers: the comment above it where that is known, else the post.

    path: "0.12.34" is comment 34 below comment 12.
    """
    path = str(item_of(view).get("path", "")).split(".")
    above = path[-2] if len(path) > 2 else ""
    return parents.get(above) or canonical(
        words(mapping(view.get("post")).get("ap_id"))
    )


def _author(creator: View) -> Author:
    uri = words(creator.get("ap_id")) or words(creator.get("actor_id"))
    if uri is None:
        raise BrokenRecord("its author has no address")
    user = words(creator.get("name"))
    return Author(
        platform="lemmy",
        uri=uri,
        handle=f"{user}@{_host(uri)}" if user else None,
        display_name=words(creator.get("display_name")),
        url=web_url(uri),
        bot=flag(creator.get("bot_account")),
        opt_out=wants_no_bots(creator.get("bio")),
    )


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).netloc
    except ValueError:
        return ""
