"""A post of Tumblr as a Post: in its newer form (NPF blocks) or the older one (HTML)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from collectors._json import local_id, mapping, mappings
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    clean,
    count,
    find_hashtags,
    find_links,
    html_links,
    html_to_text,
    links,
    parse_time,
    tags,
    web_url,
    words,
)

Item = Mapping[str, Any]
_HTML = ("body", "caption", "text", "description", "question", "answer")


def name(item: Item) -> str | None:
    """The post's id. `id` is a number that some programs round; `id_string` is not."""
    found = local_id(item.get("id_string")) or local_id(item.get("id"))
    return found if found and found.isdigit() else None


def published_at(item: Item) -> datetime | None:
    """When it was posted."""
    stamp = item.get("timestamp")
    return parse_time(stamp) if isinstance(stamp, int) else None


def to_post(item: Item) -> Post:
    """An item as a Post. Raises BrokenRecord.

    A reblog holds the words of those before it in `trail`; only what was added is its
    own.
    """
    here = name(item)
    if here is None:
        raise BrokenRecord("it has no id")
    blocks = mappings(item.get("content"))
    text = _text(item, blocks)
    title = words(item.get("title"))
    given = item.get("tags")
    origin = _origin(item)
    return Post(
        platform="tumblr",
        uri=f"tumblr:{here}",
        url=web_url(item.get("post_url")),
        kind="repost" if origin and not text else "quote" if origin else "post",
        author=_author(item),
        text=text,
        title=title,
        published_at=published_at(item),
        hashtags=tags(
            [*(given if isinstance(given, list) else []), *find_hashtags(text)]
        ),
        links=links(_links(item, blocks, text)),
        media=tuple(_media(item, blocks)),
        repost_of=origin if not text else None,
        quote_of=origin if text else None,
        # Tumblr shows one number, of likes, reblogs and replies together.
        likes=count(item.get("note_count")),
        copies=(Copy("local_id", here),),
    )


def _text(item: Item, blocks: list[Item]) -> str:
    said = [clean(b["text"]) for b in blocks if isinstance(b.get("text"), str)]
    if said:
        return "\n".join(said).strip()
    return "\n".join(filter(None, (html_to_text(html) for html in _htmls(item))))


def _htmls(item: Item) -> Iterator[str]:
    """The HTML of an older post; of a reblog only what was added."""
    added = mapping(item.get("reblog")).get("comment")
    if isinstance(added, str) and item.get("reblogged_from_id"):
        yield added
        return
    for key in _HTML:
        found = item.get(key)
        if isinstance(found, str):
            yield found


def _links(item: Item, blocks: list[Item], text: str) -> Iterator[object]:
    for block in blocks:
        if block.get("type") == "link":
            yield block.get("url")
        for mark in mappings(block.get("formatting")):
            yield mark.get("url")
    if not blocks:
        for html in _htmls(item):
            yield from (href for href, _ in html_links(html))
    if item.get("type") == "link":
        yield item.get("url")
    yield from find_links(text)


def _media(item: Item, blocks: list[Item]) -> Iterator[Media]:
    for block in blocks:
        found = block.get("media")
        first = mappings(found)[:1] if isinstance(found, list) else [mapping(found)]
        url = web_url(first[0].get("url")) if first else None
        if url is not None:
            kind = words(block.get("type")) or "file"
            yield Media(kind, url, alt=words(block.get("alt_text")))
    for photo in mappings(item.get("photos")):
        url = web_url(mapping(photo.get("original_size")).get("url"))
        if url is not None:
            yield Media("image", url, alt=words(photo.get("caption")))


def _origin(item: Item) -> str | None:
    """The post that a reblog goes back to, where it is told."""
    for key in ("reblogged_root_id", "reblogged_from_id"):
        found = local_id(item.get(key))
        if found and found.isdigit():
            return f"tumblr:{found}"
    return None


def _author(item: Item) -> Author:
    blog = mapping(item.get("blog"))
    handle = words(blog.get("name")) or words(item.get("blog_name"))
    known = words(blog.get("uuid"))
    if handle is None:
        raise BrokenRecord("it has no blog")
    return Author(
        platform="tumblr",
        uri=f"tumblr:blog:{known or handle}",
        handle=handle,
        display_name=words(blog.get("title")),
        url=web_url(blog.get("url")) or f"https://{_plain(handle)}.tumblr.com/",
    )


def _plain(handle: str) -> str:
    sound = handle.isascii() and handle.replace("-", "").isalnum()
    return handle if sound else "www"
