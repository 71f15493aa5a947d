"""Mastodon: an account's outbox (ActivityPub), and statuses as its API gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from collectors import _mastodon_status as status
from collectors._bridges import unbridged
from collectors._json import flag, mapping, mappings
from collectors.base import Author, BrokenRecord, Media, Post
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
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "fediverse"
TITLE = "Mastodon: an account's outbox, or statuses of its API"
_PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}
_STATUS = ("uri", "content", "account")


def fits(sample: Sample) -> float:
    """Activities have an object, statuses an account."""
    activities = [one for one in sample.records if _is_activity(one) or _is_note(one)]
    share = len(activities) / len(sample.records) if sample.records else 0.0
    return 0.9 * max(share, sample.share(_STATUS))


def _is_activity(value: Mapping[str, Any]) -> bool:
    return (
        words(value.get("type")) in {"Create", "Update", "Announce", "Delete"}
        and "object" in value
    )


def _is_note(value: Mapping[str, Any]) -> bool:
    return (
        words(value.get("type")) in {"Note", "Article", "Question", "Page"}
        and "id" in value
    )


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One activity, note or status."""
    value, line = record.value or {}, record.line
    try:
        if _is_activity(value):
            yield _activity(line, value)
        elif _is_note(value):
            yield _shown(line, value, value.get("attributedTo"))
        elif all(key in value for key in _STATUS):
            yield _status(line, value)
        else:
            yield Entry(line, rejected="it is neither an activity nor a status")
    except BrokenRecord as error:
        yield Entry(line, rejected=str(error))


def _status(line: int, value: Mapping[str, Any]) -> Entry:
    reason = status.unwanted(value)
    if reason is not None:
        return Entry(line, skipped=reason)
    host = urlsplit(str(value.get("uri"))).hostname or ""
    return Entry(line, post=status.to_post(value, host=host, uris={}))


def _activity(line: int, value: Mapping[str, Any]) -> Entry:
    inner = value.get("object")
    if value["type"] == "Announce":
        return Entry(line, skipped="it repeats somebody's post")
    if value["type"] == "Delete":
        return _deletion(line, value.get("actor"), inner)
    if not isinstance(inner, dict):
        return Entry(line, skipped="it only names a post")
    return _shown(line, inner, value.get("actor") or inner.get("attributedTo"))


def _deletion(line: int, actor: object, inner: object) -> Entry:
    """Servers speak for their own people only."""
    gone = words(mapping(inner).get("id") if isinstance(inner, dict) else inner)
    by = words(mapping(actor).get("id") if isinstance(actor, dict) else actor)
    if gone is None or by is None:
        return Entry(line, rejected="it does not name who deletes what")
    if _host(by) != _host(gone):
        return Entry(line, rejected="it deletes a post of another server")
    return Entry(line, deletion=gone)


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def _shown(line: int, note: Mapping[str, Any], actor: object) -> Entry:
    heard = [*_listed(note.get("to")), *_listed(note.get("cc"))]
    if not set(_listed(note.get("to"))) & _PUBLIC:
        unlisted = bool(set(heard) & _PUBLIC)
        return Entry(
            line, skipped=f"visibility is {'unlisted' if unlisted else 'private'}"
        )
    return Entry(line, post=to_post(note, actor))


def _listed(value: object) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if isinstance(one, str)]


def to_post(note: Mapping[str, Any], actor: object) -> Post:
    """An ActivityPub object as a Post. Raises BrokenRecord."""
    uri, html = words(note.get("id")), note.get("content")
    if uri is None:
        raise BrokenRecord("it has no id")
    body = html if isinstance(html, str) else ""
    text, named = html_to_text(body), mappings(note.get("tag"))
    own = {"mention", "hashtag"}
    hrefs = [h for h, css in html_links(body) if own.isdisjoint(css.split())]
    post = Post(
        platform="mastodon",
        uri=uri,
        url=web_url(note.get("url")) or web_url(uri),
        kind="reply" if words(note.get("inReplyTo")) else "post",
        author=_author(actor),
        text=text,
        title=words(note.get("name")),
        content_warning=words(note.get("summary")),
        sensitive=flag(note.get("sensitive")),
        lang=next(iter(mapping(note.get("contentMap"))), None),
        published_at=parse_time(words(note.get("published"))),
        edited_at=parse_time(words(note.get("updated"))),
        hashtags=tags(
            [*(t.get("name") for t in named if t.get("type") == "Hashtag"),
             *find_hashtags(text)]
        ),
        links=links([*hrefs, *find_links(text)]),
        mentions=tuple(m for t in named if t.get("type") == "Mention"
                       and (m := words(t.get("name")))),
        media=tuple(_media(note)),
        reply_to=words(note.get("inReplyTo")),
    )  # fmt: skip
    return unbridged(post, uri)


def _author(actor: object) -> Author:
    uri = words(mapping(actor).get("id") if isinstance(actor, dict) else actor)
    if uri is None:
        raise BrokenRecord("it has no author")
    parts = urlsplit(uri)
    name = parts.path.rstrip("/").rpartition("/")[2].lstrip("@")
    handle = f"{name}@{parts.hostname}" if name and parts.hostname else None
    return Author(platform="mastodon", uri=uri, handle=handle, url=web_url(uri))


def _media(note: Mapping[str, Any]) -> Iterator[Media]:
    for one in mappings(note.get("attachment")):
        url = web_url(one.get("url"))
        if url is not None:
            kind = (words(one.get("mediaType")) or "file").partition("/")[0]
            yield Media(kind, url, alt=words(one.get("name")))
