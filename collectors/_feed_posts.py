"""Items into Posts: identity, author, and which of them a query wants."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx

from collectors._feed_model import Item, Window
from collectors._matching import matches
from collectors._press import MAX_URI, as_tags, author_uri, is_uri, short_hash
from collectors.base import Author, BrokenRecord, Copy, Media, Post, Rejected, Term
from collectors.text import find_hashtags, links, tags, tidy_url, web_url

_GOOGLE = re.compile(r"(?:www\.)?google\.[a-z.]{2,7}$")
# Pages of one status on Mastodon (two forms) and Bluesky.
_STATUS = re.compile(
    r"https?://[^/]+/(?:@[^/]+/\d+|users/[^/]+/statuses/\d+|profile/[^/]+/post/\w+)/?$"
)
_EDIT_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """A window's items, each in one place. uris: the ids of all, wanted or not."""

    posts: tuple[Post, ...]
    rejected: tuple[Rejected, ...]
    skipped: dict[str, int]
    uris: tuple[str, ...]


def sort_items(window: Window, feed_url: str, terms: Sequence[Term]) -> Sorted:
    """Each item as a post that the terms want, or rejected, or skipped by reason."""
    names = _name_items(window.items, feed_url)
    rejected = [Rejected("feed", window.lost)] if window.lost else []
    wanted = _terms_here(terms, feed_url)
    posts: dict[str, Post] = {}
    skipped: Counter[str] = Counter()
    for place, (uri, item) in enumerate(zip(names, window.items, strict=True), 1):
        try:
            post = _post(item, uri, window=window, feed_url=feed_url)
        except BrokenRecord as error:
            rejected.append(Rejected(uri or f"item {place}", str(error)))
            continue
        if not matches(post, wanted):
            skipped["no term matched"] += 1
        elif post.uri in posts:
            skipped["twice in the feed"] += 1
        else:
            posts[post.uri] = post
    return Sorted(
        posts=tuple(posts.values()),
        rejected=tuple(rejected),
        skipped=dict(skipped),
        uris=tuple(dict.fromkeys(name for name in names if name)),
    )


def _terms_here(terms: Sequence[Term], feed_url: str) -> list[Term]:
    """Without the feed terms that name another feed: those match every item they see."""
    return [term for term in terms if term.kind != "feed" or _same(term.key, feed_url)]


def _same(one: str, other: str) -> bool:
    try:
        return one == other or httpx.URL(one) == httpx.URL(other)
    except (httpx.InvalidURL, ValueError):
        return False


def _name_items(items: Sequence[Item], feed_url: str) -> list[str]:
    """Each item's uri, empty for a blank one.

    A guid that stands for several links in one feed names none of them: there the link
    does (platforms.md section 12: guids are not always unique).
    """
    host = urlsplit(feed_url).hostname or "unknown"
    known: dict[str, set[str | None]] = {}
    for item in items:
        if item.guid:
            known.setdefault(item.guid, set()).add(item.link)
    shared = {guid for guid, links_of in known.items() if len(links_of) > 1}
    return [_uri(item, host, shared=item.guid in shared) for item in items]


def _uri(item: Item, host: str, *, shared: bool) -> str:
    link = tidy_url(unwrap(item.link))
    if item.guid and not shared:
        return (
            item.guid if is_uri(item.guid) else f"feed:{host}:{short_hash(item.guid)}"
        )
    if link and len(link) <= MAX_URI:
        return link
    if item.blank:
        return ""
    date = item.published.isoformat() if item.published else ""
    parts = (item.guid or "", link or "", item.title or item.text, date)
    return f"feed:{host}:{short_hash(*parts)}"


def unwrap(link: str | None) -> str | None:
    """The address behind Google's redirect (Alerts wrap every link), else the same."""
    if not link:
        return None
    try:
        parts = urlsplit(link)
        if parts.path != "/url" or not _GOOGLE.match(parts.hostname or ""):
            return link
        query = parse_qs(parts.query)
    except ValueError:
        return link
    return next(iter(query.get("url") or query.get("q") or [link]))


def _post(item: Item, uri: str, *, window: Window, feed_url: str) -> Post:
    if item.blank:
        raise BrokenRecord("has neither id, link, title nor text")
    url = web_url(unwrap(item.link))
    words = "\n".join(filter(None, (item.title, item.text)))
    return Post(
        platform="feed",
        uri=uri,
        url=url,
        kind="video" if item.youtube_id else "article",
        author=_author(item, window, feed_url),
        title=item.title,
        text=item.text,
        lang=item.lang,
        published_at=item.published or item.updated,
        edited_at=_edited(item),
        hashtags=tags([*as_tags(item.categories), *find_hashtags(words)]),
        links=links(map(unwrap, item.links)),
        media=tuple(_sound_media(item.media)),
        replies=item.replies,
        views=item.views,
        copies=_copies(item, url),
    )


def _author(item: Item, window: Window, feed_url: str) -> Author:
    """Who is named, else the feed itself."""
    if not item.author and not web_url(item.author_url):
        return Author(
            platform="feed",
            uri=feed_url,
            display_name=window.title,
            url=web_url(window.home),
        )
    address = web_url(item.author_url)
    return Author(
        platform="feed",
        uri=address or author_uri(urlsplit(feed_url).hostname, item.author or ""),
        display_name=item.author,
        url=address,
    )


def _edited(item: Item) -> datetime | None:
    """When it was changed; feeds that only repeat the date of publication do not count."""
    if item.updated is None or item.published is None:
        return None
    return item.updated if item.updated - item.published > _EDIT_AFTER else None


def _sound_media(media: Sequence[Media]) -> list[Media]:
    return [
        Media(
            type=part.type,
            url=address,
            preview_url=web_url(part.preview_url),
            alt=part.alt,
        )
        for part in media
        if (address := web_url(part.url)) is not None
    ]


def _copies(item: Item, url: str | None) -> tuple[Copy, ...]:
    """How the same post is known elsewhere: a status page, an at-uri, a video."""
    copies = []
    if url and _STATUS.match(url):
        copies.append(Copy("url", url))
    if item.guid and item.guid.startswith("at://"):
        copies.append(Copy("uri", item.guid))
    if item.youtube_id:
        copies.append(Copy("uri", f"youtube:video:{item.youtube_id}"))
    return tuple(copies)
