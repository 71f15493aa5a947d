"""Nostr's events: whether they are what they claim, and what they hold as a Post.

Anybody runs a relay, so nothing is believed that its author has not signed: the id is the
hash of the event, and the signature is checked (NIP-01).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from coincurve import PublicKeyXOnly

from collectors.base import Author, BrokenRecord, Copy, Kind, Media, Post
from collectors.text import (
    clean,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    web_url,
    words,
)

Event = Mapping[str, Any]
_HEX64 = re.compile(r"[0-9a-f]{64}")
_HEX128 = re.compile(r"[0-9a-f]{128}")
_LATEST = 2**40
_GATEWAY = "https://njump.me/"
NOTE, COMMENT, ARTICLE = 1, 1111, 30023
KINDS = (NOTE, COMMENT, ARTICLE)
DELETE = 5
_MOST_MENTIONS = 50
_LANGUAGES = "ISO-639-1"


def checked(event: object) -> Event:
    """The event, if its id and signature are right. Raises BrokenRecord."""
    if not isinstance(event, dict):
        raise BrokenRecord("it is no event")
    content, at = event.get("content"), event.get("created_at")
    sound = (
        isinstance(event.get("kind"), int)
        and isinstance(content, str)
        and isinstance(at, int)
        and not isinstance(at, bool)
        and 0 <= at < _LATEST
        and _are_tags(event.get("tags"))
        and all(_is_hex(event.get(key), _HEX64) for key in ("id", "pubkey"))
        and _is_hex(event.get("sig"), _HEX128)
    )
    if not sound:
        raise BrokenRecord("it lacks what every event has")
    digest = _digest(event)
    if digest.hex() != event["id"]:
        raise BrokenRecord("its id is not that of its content: it was changed")
    if not _is_signed(event, digest):
        raise BrokenRecord("its signature is not its author's: it was forged")
    return event


def _is_hex(value: object, form: re.Pattern[str]) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _are_tags(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(tag, list) and all(isinstance(part, str) for part in tag)
        for tag in value
    )


def _digest(event: Event) -> bytes:
    parts = [
        0,
        *(event[key] for key in ("pubkey", "created_at", "kind", "tags", "content")),
    ]
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _is_signed(event: Event, digest: bytes) -> bool:
    try:
        key = PublicKeyXOnly(bytes.fromhex(event["pubkey"]))
        return bool(key.verify(bytes.fromhex(event["sig"]), digest))
    except ValueError:  # no point of the curve
        return False


def values(event: Event, name: str) -> list[str]:
    """The first value of each tag of a name."""
    return [tag[1] for tag in event["tags"] if len(tag) > 1 and tag[0] == name]


def first(event: Event, name: str) -> str | None:
    """The first value of a tag; None where it has none."""
    return next(iter(values(event, name)), None)


def created_at(event: Event) -> datetime | None:
    """The author's claim."""
    return parse_time(event["created_at"])


def uri_of(event: Event) -> str:
    """The canonical identity. An article's stays when it is written anew (NIP-23)."""
    if event["kind"] == ARTICLE:
        name = first(event, "d") or ""
        return f"nostr:address:{ARTICLE}:{event['pubkey']}:{name[:200]}"
    return f"nostr:event:{event['id']}"


def to_post(event: Event) -> Post:
    """A checked event as a Post. Raises BrokenRecord.

    A bridge names the original by a `proxy` tag (NIP-48): the post is then a copy of it.
    Its words stay those of this key, and give way to the original's when that comes.
    """
    text, warning = clean(event["content"]), _warning(event)
    own, origin = uri_of(event), _origin(event)
    is_article = event["kind"] == ARTICLE
    at = created_at(event)
    claimed = parse_time(_seconds(first(event, "published_at"))) if is_article else None
    here = Copy("local_id", f"{event['id']}:{event['pubkey']}")
    return Post(
        platform="nostr",
        uri=origin or own,
        url=_GATEWAY + event["id"],
        kind=_kind(event),
        author=Author(platform="nostr", uri=f"nostr:{event['pubkey']}"),
        text=text,
        title=words(first(event, "title")) if is_article else None,
        content_warning=warning,
        sensitive=True if warning is not None else None,
        lang=_lang(event),
        published_at=claimed or at,
        edited_at=at if claimed and at and at > claimed else None,
        hashtags=tags([*values(event, "t"), *find_hashtags(text)]),
        links=links([*values(event, "r"), *find_links(text)]),
        mentions=tuple(values(event, "p")[:_MOST_MENTIONS]),
        media=tuple(_media(event)),
        reply_to=_reply_to(event),
        quote_of=_event_uri(first(event, "q")),
        copies=(here, Copy("bridge", own)) if origin else (here,),
    )


def _seconds(text: str | None) -> int | None:
    return (
        int(text)
        if text and text.isascii() and text.isdigit() and len(text) < 12
        else None
    )


def _kind(event: Event) -> Kind:
    if event["kind"] == ARTICLE:
        return "article"
    if event["kind"] == COMMENT or _reply_to(event):
        return "reply"
    return "quote" if _event_uri(first(event, "q")) else "post"


def _warning(event: Event) -> str | None:
    """NIP-36: a warning may be without words."""
    for tag in event["tags"]:
        if tag and tag[0] == "content-warning":
            return (words(tag[1]) if len(tag) > 1 else None) or "sensitive"
    return None


def _lang(event: Event) -> str | None:
    for tag in event["tags"]:
        if len(tag) > 2 and tag[0] == "l" and tag[2] == _LANGUAGES:
            return words(tag[1])
    return None


def _event_uri(value: str | None) -> str | None:
    return f"nostr:event:{value}" if value and _HEX64.fullmatch(value) else None


def _reply_to(event: Event) -> str | None:
    """What it answers: the marked reply, else the marked root, else the last of those
    that are not marked at all (NIP-10, and the form before it)."""
    refs = [tag for tag in event["tags"] if len(tag) > 1 and tag[0] == "e"]
    for marker in ("reply", "root"):
        for tag in refs:
            if len(tag) > 3 and tag[3] == marker:
                return _event_uri(tag[1])
    bare = [tag for tag in refs if len(tag) < 4]
    return _event_uri(bare[-1][1]) if bare else None


def _media(event: Event) -> Iterator[Media]:
    """NIP-92: each `imeta` tag holds "url …", "alt …", "m image/png"."""
    for tag in event["tags"]:
        if not tag or tag[0] != "imeta":
            continue
        told = dict(part.partition(" ")[::2] for part in tag[1:])
        url = web_url(told.get("url"))
        if url is not None:
            kind = (told.get("m") or "image").partition("/")[0]
            yield Media(kind, url, alt=words(told.get("alt")))


def _origin(event: Event) -> str | None:
    """The uri of the post that this one was bridged from."""
    found = first(event, "proxy") or ""
    is_uri = found.startswith("at://") or web_url(found) is not None
    return found if is_uri and len(found) < 1000 else None
