"""JSON Feed 1.0 and 1.1 (jsonfeed.org) into a Window; any value may have any type."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from collectors._feed_model import (
    Item,
    Window,
    absolute,
    claimed_time,
    html_body,
    plain_body,
)
from collectors.base import BadPayload, Media
from collectors.text import words

_MEDIA_TYPES = {"image", "video", "audio"}

Record = dict[str, Any]


def read_json(text: str, *, url: str) -> Window:
    """A feed's window. Raises BadPayload for JSON that is broken or is no JSON Feed."""
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = f"feed is broken: the JSON cannot be read ({error!s:.120})"
        raise BadPayload(reason, text) from error
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise BadPayload("feed is broken: JSON came that is no JSON Feed", text)
    return Window(
        title=words(feed.get("title")),
        home=absolute(feed.get("home_page_url"), url),
        next_url=absolute(feed.get("next_url"), url),
        items=tuple(_item(record, feed, url) for record in feed["items"]),
    )


def _item(record: object, feed: Record, url: str) -> Item:
    if not isinstance(record, dict):
        return Item()  # blank, and rejected as such in its place
    link = absolute(record.get("url"), url)
    text, links = _body(record, link or url)
    external = absolute(record.get("external_url"), url)
    author = _author(record)
    return Item(
        guid=_id(record.get("id")),
        link=link or external,
        title=" ".join((words(record.get("title")) or "").split()) or None,
        text=text,
        author=words(author.get("name")),
        author_url=words(author.get("url")),
        published=claimed_time(words(record.get("date_published"))),
        updated=claimed_time(words(record.get("date_modified"))),
        categories=tuple(filter(None, map(words, _list(record.get("tags"))))),
        links=(external, *links) if external else links,
        media=tuple(_media(record, url)),
        lang=words(record.get("language")) or words(feed.get("language")),
    )


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(value: object) -> str | None:
    """JSON Feed wants text and tells readers to take numbers as text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return words(value)


def _body(record: Record, base: str) -> tuple[str, tuple[str, ...]]:
    html = record.get("content_html")
    if isinstance(html, str) and html.strip():
        return html_body(html, base)
    plain = words(record.get("content_text")) or words(record.get("summary"))
    return plain_body(plain or "")


def _author(record: Record) -> Record:
    """The first of `authors` (1.1), else `author` (1.0)."""
    named = [*_list(record.get("authors")), record.get("author")]
    return next((author for author in named if isinstance(author, dict)), {})


def _media(record: Record, url: str) -> Iterator[Media]:
    picture = absolute(record.get("image"), url)
    if picture:
        yield Media("image", picture)
    for part in _list(record.get("attachments")):
        address = absolute(part.get("url"), url) if isinstance(part, dict) else None
        if address:
            major = str(part.get("mime_type") or "").partition("/")[0].lower()
            kind = major if major in _MEDIA_TYPES else "file"
            yield Media(kind, address, alt=words(part.get("title")))
