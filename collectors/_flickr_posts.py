"""A photograph of Flickr as a Post: from a search, or from its own description."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collectors._json import mapping, mappings
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
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

Photo = Mapping[str, Any]
_SITE = "https://www.flickr.com"


def name(photo: Photo) -> str | None:
    """The photograph's number."""
    found = photo.get("id")
    return (
        found
        if isinstance(found, str) and found.isascii() and found.isdigit()
        else None
    )


def published_at(photo: Photo) -> datetime | None:
    """When it was put on Flickr, which is not when it was taken."""
    given = photo.get("dateupload") or mapping(photo.get("dates")).get("posted")
    text = str(given) if isinstance(given, str | int) else ""
    return parse_time(int(text)) if text.isascii() and text.isdigit() else None


def _content(value: object) -> str:
    """Some values stand in an object of their own."""
    found = value.get("_content") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""


def to_post(photo: Photo) -> Post:
    """A photograph as a Post. Raises BrokenRecord."""
    here = name(photo)
    if here is None:
        raise BrokenRecord("it has no id")
    html = _content(photo.get("description"))
    text, title = html_to_text(html), html_to_text(_content(photo.get("title"))) or None
    return Post(
        platform="flickr",
        uri=f"flickr:{here}",
        url=_page(photo, here),
        kind="post",
        author=_author(photo),
        text=text,
        title=title,
        published_at=published_at(photo),
        hashtags=tags([*_tags(photo), *find_hashtags(f"{title or ''}\n{text}")]),
        links=links([*(href for href, _ in html_links(html)), *find_links(text)]),
        media=_picture(photo, here),
        replies=_number(_content(photo.get("comments")) or photo.get("count_comments")),
        likes=_number(photo.get("count_faves")),
        views=_number(photo.get("views")),
        copies=(Copy("local_id", here),),
    )


def _tags(photo: Photo) -> list[object]:
    """A search gives them in one text, folded; a description one by one, as written."""
    found = photo.get("tags")
    if isinstance(found, str):
        return list(found.split())
    return [
        tag.get("raw") or tag.get("_content")
        for tag in mappings(mapping(found).get("tag"))
    ]


def _owner(photo: Photo) -> tuple[str | None, str | None]:
    owner = photo.get("owner")
    if isinstance(owner, dict):
        return words(owner.get("nsid")), words(owner.get("username"))
    return words(owner), words(photo.get("ownername"))


def _author(photo: Photo) -> Author:
    number, shown = _owner(photo)
    if number is None:
        raise BrokenRecord("it has no owner")
    return Author(
        platform="flickr",
        uri=f"flickr:user:{number}",
        handle=words(photo.get("pathalias")),
        display_name=shown,
        url=f"{_SITE}/people/{quote(number, safe='@')}/",
    )


def _page(photo: Photo, here: str) -> str | None:
    number, _ = _owner(photo)
    return f"{_SITE}/photos/{quote(number or '-', safe='@')}/{here}/"


def _picture(photo: Photo, here: str) -> tuple[Media, ...]:
    url = web_url(photo.get("url_m")) or _page(photo, here)
    return (Media("image", url, web_url(photo.get("url_m"))),) if url else ()


def _number(value: object) -> int | None:
    text = str(value) if isinstance(value, str | int) and value is not True else ""
    is_count = text.isascii() and text.isdigit() and len(text) < 18
    return int(text) if is_count else None
