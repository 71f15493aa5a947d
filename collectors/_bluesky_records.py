"""Bluesky's records made into posts: `app.bsky.feed.post`, as a repository holds it and
as the AppView dresses it (postView). Field map: platforms.md section 5.

Everything below an item is taken as it comes: a field of the wrong type counts as
missing, and only an item without an address or a time to stand on is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collectors.base import NOTHING, Author, BrokenRecord, Copy, Media, Post
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
    tidy_url,
    web_url,
    words,
)

POSTS = "app.bsky.feed.post"
NO_UNAUTHENTICATED = "!no-unauthenticated"

_AT_URI = re.compile(
    r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,512})/app\.bsky\.feed\.post/([\w.:~-]{1,512})",
    re.ASCII,
)
_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,512}")
_HANDLE = re.compile(
    r"@?((?:[a-z0-9-]{1,63}\.){1,8}[a-z][a-z0-9-]{0,62})", re.IGNORECASE
)
_LANG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,6}")
_CID = re.compile(r"[A-Za-z0-9]{20,200}")
_SENSITIVE = frozenset(
    {"porn", "sexual", "nudity", "graphic-media", "gore", "nsfl", "!hide", "!warn"}
)
# How servers that speak ActivityPub write a post's address.
_FEDIVERSE_URL = re.compile(
    r"https?://[^/]+/(@[^/]+/|users/|ap/|notes/|notice/|objects/|p/|post/\d|display/|"
    r"statuses/|o/|comment/\d|w/|videos/watch/|activities/)"
)
_GIVEN_OUT = (".bsky.social", ".bsky.team", ".bsky.network", ".brid.gy", ".invalid")
_GIFS = frozenset({"media.tenor.com", "static.klipy.com"})


def mapping(value: object) -> Mapping[str, Any]:
    """The JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else NOTHING


def items(value: object) -> list[Any]:
    """The JSON array, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def is_did(value: object) -> bool:
    """Whether a value is an account's permanent identifier."""
    return isinstance(value, str) and _DID.fullmatch(value) is not None


def is_post_uri(value: object) -> bool:
    """Whether a value is the at-URI of a post."""
    return isinstance(value, str) and _AT_URI.fullmatch(value) is not None


def from_record(
    uri: str,
    record: object,
    *,
    author: Author | None = None,
    seen_at: datetime | None = None,
    edited_at: datetime | None = None,
    view: Mapping[str, Any] = NOTHING,
) -> Post:
    """A post from its record. seen_at: when the network first had it, aware.

    view: the postView around it; without one, counts and labels stay unknown.
    The text of a bridged post is the original's, in full.
    Raises BrokenRecord where uri or record is not a post's.
    """
    found = _AT_URI.fullmatch(uri)
    if found is None:
        raise BrokenRecord(f"uri is not a Bluesky post's: {uri[:80]!r}")
    if not isinstance(record, dict):
        raise BrokenRecord("record is missing")
    did, rkey = found.groups()
    body = _Body(record)
    embeds = list(_embeds(record.get("embed")))
    reply_to = _at(mapping(mapping(record.get("reply")).get("parent")).get("uri"))
    quote_of = next(filter(None, map(_quoted, embeds)), None)
    original = web_url(record.get("bridgyOriginalUrl"))
    return Post(
        platform=_origin(original, author) if original else "bluesky",
        uri=original or uri,
        url=original or f"https://bsky.app/profile/{did}/post/{rkey}",
        copies=_copies(uri, original) if original else (),
        author=author or Author(platform="bluesky", uri=did, url=_profile(did)),
        kind="reply" if reply_to else "quote" if quote_of else "post",
        text=body.text,
        published_at=_published(record, seen_at=seen_at),
        edited_at=edited_at,
        sensitive=_sensitive(record, view.get("labels")),
        lang=next(filter(_is_lang, items(record.get("langs"))), None),
        hashtags=body.hashtags,
        links=links([*body.links, *(e["uri"] for e in embeds if _is_link(e))]),
        link_titles=_link_titles(embeds),
        mentions=body.mentions,
        media=tuple(media for embed in embeds for media in _media(embed, did)),
        reply_to=reply_to,
        quote_of=quote_of,
        replies=count(view.get("replyCount")),
        reposts=count(view.get("repostCount")),
        likes=count(view.get("likeCount")),
        quotes=count(view.get("quoteCount")),
    )


def from_view(view: object) -> Post:
    """A post from the AppView's postView: the record with author, counts and labels.

    Raises BrokenRecord where it is not a post's.
    """
    seen = mapping(view)
    uri = seen.get("uri")
    if not isinstance(uri, str):
        raise BrokenRecord("postView has no uri")
    return from_record(
        uri,
        seen.get("record"),
        author=_author(seen, uri),
        seen_at=_moment(seen.get("indexedAt")),
        view=seen,
    )


def sort_time(view: object) -> datetime | None:
    """The moment by which search sorts: the claimed time, at most the indexed one."""
    seen = mapping(view)
    record = mapping(seen.get("record"))
    return _published(record, seen_at=_moment(seen.get("indexedAt")))


def _published(
    record: Mapping[str, Any], *, seen_at: datetime | None
) -> datetime | None:
    """The rule that Bluesky documents (sortAt): a post is never newer than its index."""
    claimed = _moment(record.get("createdAt"))
    known = [moment for moment in (claimed, seen_at) if moment is not None]
    return min(known, default=None)


def _moment(value: object) -> datetime | None:
    return parse_time(value) if isinstance(value, str) else None


def _is_lang(value: object) -> bool:
    return isinstance(value, str) and _LANG.fullmatch(value) is not None


def _profile(did: str) -> str:
    return f"https://bsky.app/profile/{did}"


def _at(value: object) -> str | None:
    return value if isinstance(value, str) and is_post_uri(value) else None


def _copies(uri: str, original: str) -> tuple[Copy, ...]:
    """A bridged post is the copy of the page that Bridgy Fed names as its original
    (`bridgyOriginalUrl`, platforms.md section 21)."""
    return Copy("bridge", uri), Copy("local_id", uri), Copy("url", original)


def _origin(original: str, author: Author | None) -> str:
    """mastodon for the fediverse, feed for a web site's own article.

    The bridge's handle says which; a stream has none, so then the address' shape does.
    """
    handle = (author.handle if author else None) or ""
    if handle.endswith(".web.brid.gy"):
        return "feed"
    fediverse = handle.endswith(".ap.brid.gy") or _FEDIVERSE_URL.match(original)
    return "mastodon" if fediverse else "feed"


class _Body:
    """A record's text with what its facets, and the text itself, say about it."""

    def __init__(self, record: Mapping[str, Any]) -> None:
        raw = record.get("text")
        plain = raw if isinstance(raw, str) else ""
        features = list(_features(record.get("facets"), plain))
        html = record.get("bridgyOriginalText")
        html = html if isinstance(html, str) and html.strip() else None
        self.text = html_to_text(html) if html else clean(plain)
        self.hashtags = tags(
            [
                *(feature.get("tag") for feature, _ in features),
                *items(record.get("tags")),
                *find_hashtags(self.text),
            ]
        )
        self.links = links(_html_targets(html)) if html else ()
        linked = links(feature.get("uri") for feature, _ in features)
        self.links += linked or tuple(_typed_links(self.text))
        self.mentions = tuple(dict.fromkeys(_mentions(features)))


def _features(facets: object, text: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each facet's features with the piece of text it marks.

    Offsets count UTF-8 bytes and may be wrong in any way: outside the text, backwards,
    within a character, overlapping. Such a piece is empty or cut; the feature stands.
    """
    encoded = text.encode("utf-8", "replace")
    for facet in map(mapping, items(facets)):
        index = mapping(facet.get("index"))
        start, end = index.get("byteStart"), index.get("byteEnd")
        piece = ""
        if type(start) is int and type(end) is int and 0 <= start < end:
            piece = encoded[start:end].decode("utf-8", "ignore")
        for feature in map(mapping, items(facet.get("features"))):
            yield feature, piece


def _mentions(features: list[tuple[Mapping[str, Any], str]]) -> Iterator[str]:
    """The accounts named: the permanent id, and the handle where the text shows one."""
    for feature, piece in features:
        did = feature.get("did")
        if isinstance(did, str) and is_did(did):
            yield did
            handle = _HANDLE.fullmatch(piece.strip())
            if handle:
                yield handle[1].lower()


def _typed_links(text: str) -> Iterator[str]:
    """Addresses written out; one cut short by an ellipsis leads nowhere."""
    for link in find_links(text):
        if f"{link}…" not in text and f"{link}..." not in text:
            yield link


def _html_targets(html: str) -> list[str]:
    found = ((href, set(classes.split())) for href, classes in html_links(html))
    return [href for href, classes in found if not classes & {"mention", "hashtag"}]


def _embeds(embed: object) -> Iterator[Mapping[str, Any]]:
    """The parts of an embed: itself, and of recordWithMedia the media and the record.

    An external card comes as the card itself, so that each part has its facts on top.
    """
    part = mapping(embed)
    yield mapping(part.get("external")) or part
    media = mapping(part.get("media"))
    if media:
        yield mapping(media.get("external")) or media


def _is_link(embed: Mapping[str, Any]) -> bool:
    return isinstance(embed.get("uri"), str) and not _is_gif(embed)


def _is_gif(embed: Mapping[str, Any]) -> bool:
    """The app sends its GIFs as link cards; they are pictures, not where posts lead."""
    url = web_url(embed.get("uri"))
    return url is not None and url.split("/")[2] in _GIFS


def _link_titles(embeds: list[Mapping[str, Any]]) -> dict[str, str]:
    cards = (
        (tidy_url(e.get("uri")), words(e.get("title"))) for e in embeds if _is_link(e)
    )
    return {url: title for url, title in cards if url and title}


def _quoted(embed: Mapping[str, Any]) -> str | None:
    """The quoted post; recordWithMedia wraps it once more. Lists and feeds are none."""
    record = mapping(embed.get("record"))
    return _at(record.get("uri")) or _at(mapping(record.get("record")).get("uri"))


def _media(embed: Mapping[str, Any], did: str) -> Iterator[Media]:
    for picture in map(
        mapping, items(embed.get("images")) or items(embed.get("items"))
    ):
        cid = _cid(picture.get("image"))
        if cid:
            base = "https://cdn.bsky.app/img"
            full = f"{base}/feed_fullsize/plain/{did}/{cid}@jpeg"
            small = f"{base}/feed_thumbnail/plain/{did}/{cid}@jpeg"
            yield Media("image", full, small, words(picture.get("alt")))
    cid = _cid(embed.get("video"))
    if cid:
        base = f"https://video.bsky.app/watch/{quote(did, safe='')}/{cid}"
        small = f"{base}/thumbnail.jpg"
        yield Media("video", f"{base}/playlist.m3u8", small, words(embed.get("alt")))
    if _is_gif(embed):
        url = web_url(embed["uri"])
        yield Media("gifv", str(url), None, words(embed.get("description")))


def _cid(blob: object) -> str | None:
    """The blob's content id, in the present form or that of early 2023."""
    held = mapping(blob)
    cid = mapping(held.get("ref")).get("$link") or held.get("cid")
    return cid if isinstance(cid, str) and _CID.fullmatch(cid) else None


def _labels(labels: object) -> Iterator[str]:
    for label in map(mapping, items(labels)):
        value = label.get("val")
        if isinstance(value, str) and label.get("neg") is not True:
            yield value


def _sensitive(record: Mapping[str, Any], labels: object) -> bool | None:
    """By the author's own labels and the network's; None before the network spoke."""
    own = mapping(record.get("labels")).get("values")
    if _SENSITIVE & {*_labels(own), *_labels(labels)}:
        return True
    return False if isinstance(labels, list) else None


def _author(view: Mapping[str, Any], uri: str) -> Author:
    """The author of a view. The record's own address decides who that is."""
    author = mapping(view.get("author"))
    did = uri.removeprefix("at://").split("/")[0]
    handle = words(author.get("handle"))
    labels = author.get("labels")
    values = set(_labels(labels))
    return Author(
        platform="bluesky",
        uri=did,
        handle=None if handle == "handle.invalid" else handle,
        display_name=words(author.get("displayName")),
        url=_profile(did),
        followers=count(author.get("followersCount")),
        bot=True if "bot" in values else None,
        opt_out=NO_UNAUTHENTICATED in values if isinstance(labels, list) else None,
        proven=_proven(handle),
    )


def _proven(handle: str | None) -> tuple[str, ...]:
    """The domain that is the handle, where it is the account's own.

    A view shows a handle only if the domain itself names the account (platforms.md
    section 5); one below a platform's or a bridge's domain was given out by them.
    """
    name = (handle or "").lower()
    given = name.endswith(_GIVEN_OUT) or _HANDLE.fullmatch(name) is None
    return () if given or name.startswith("@") else (f"https://{name}/",)
