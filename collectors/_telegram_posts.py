"""A message of a Telegram channel, from the web page that shows it, as a Post."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from collectors._html import Element
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    find_hashtags,
    find_links,
    html_links,
    links,
    parse_time,
    tags,
    web_url,
)

CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{3,31})/(\d{1,15})")
_STYLE_URL = re.compile(r"url\(['\"]?(https://[^'\")]+)")
_VIEWS = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([KM]?)")
_TIMES = {"": 1, "K": 1_000, "M": 1_000_000}


def name(message: Element) -> str | None:
    """ "channel/123", as Telegram writes it; None where it has none."""
    found = message.get("data-post")
    return found if _POST.fullmatch(found) else None


def number(message: Element) -> int | None:
    """Its number in the channel."""
    found = _POST.fullmatch(message.get("data-post"))
    return int(found[2]) if found else None


def published_at(message: Element) -> datetime | None:
    """When it was posted."""
    stamp = message.first(".tgme_widget_message_date time")
    return parse_time(stamp.get("datetime")) if stamp else None


def uri_of(full_name: str) -> str:
    """The canonical identity. A channel's name is the same in any case."""
    channel, _, here = full_name.partition("/")
    return f"telegram:{channel.lower()}/{here}"


def to_post(message: Element) -> Post:
    """A message as a Post. Raises BrokenRecord."""
    full = name(message)
    if full is None:
        raise BrokenRecord("it has no number")
    channel = full.partition("/")[0]
    body = message.first(".tgme_widget_message_text.js-message_text")
    body = body or message.first(".tgme_widget_message_text")
    text = body.text if body else ""
    hrefs = [href for href, _ in html_links(body.html)] if body else []
    return Post(
        platform="telegram",
        uri=uri_of(full),
        url=f"https://t.me/{full}",
        kind="reply" if message.first(".tgme_widget_message_reply") else "post",
        author=_author(message, channel),
        text=text,
        published_at=published_at(message),
        hashtags=tags(find_hashtags(text)),
        links=links([*hrefs, *_preview(message), *find_links(text)]),
        media=tuple(_media(message)),
        reply_to=_other(message, ".tgme_widget_message_reply"),
        quote_of=_other(message, ".tgme_widget_message_forwarded_from_name"),
        views=_views(message),
        copies=(Copy("local_id", full.partition("/")[2]),),
    )


def _author(message: Element, channel: str) -> Author:
    shown = message.first(".tgme_widget_message_owner_name")
    return Author(
        platform="telegram",
        uri=f"telegram:{channel.lower()}",
        handle=channel,
        display_name=(shown.text or None) if shown else None,
        url=f"https://t.me/{channel}",
    )


def _preview(message: Element) -> list[str]:
    return [
        one.get("href") for one in message.all("a.tgme_widget_message_link_preview")
    ]


def _other(message: Element, selector: str) -> str | None:
    """The message that this one answers, or was forwarded from."""
    found = message.first(selector)
    path = found.get("href").rpartition("t.me/")[2] if found else ""
    return uri_of(path) if _POST.fullmatch(path) else None


def _media(message: Element) -> list[Media]:
    """Pictures stand in a style, videos behind their first frame."""
    parts = (
        ("image", ".tgme_widget_message_photo_wrap"),
        ("video", ".tgme_widget_message_video_thumb"),
    )
    found = []
    for kind, selector in parts:
        for one in message.all(selector):
            style = _STYLE_URL.search(one.get("style"))
            url = web_url(style[1]) if style else None
            if url is not None:
                found.append(Media(kind, url))
    return found


def _views(message: Element) -> int | None:
    """ "1.37M" is 1,370,000: Telegram shows no more digits."""
    shown = message.first(".tgme_widget_message_views")
    found = _VIEWS.fullmatch(shown.text.strip()) if shown else None
    return int(Decimal(found[1]) * _TIMES[found[2]]) if found else None
