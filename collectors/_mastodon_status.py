"""One Mastodon status as a Post, in all the dialects of platforms.md section 4."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from collectors._bridges import Original, canonical, original_of
from collectors._json import flag, local_id, mapping, mappings
from collectors._mastodon_author import actor_uri, handle, to_author
from collectors.base import NOTHING, BrokenRecord, Copy, Kind, Media, Post
from collectors.text import (
    count,
    find_hashtags,
    html_links,
    html_to_text,
    links,
    parse_time,
    tags,
    tidy_url,
    web_url,
    words,
)

Status = Mapping[str, Any]

_PUBLIC = ("public", "local")  # Pleroma's "local" is public, but does not travel
_NOT_PUBLIC = ("unlisted", "private", "direct", "list", "self", "limited")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*")


def unwanted(status: Status) -> str | None:
    """Why a status that could be read is not kept; None if it is to be kept."""
    visibility = status.get("visibility")
    if visibility is None or visibility in _PUBLIC:
        return None
    if visibility in _NOT_PUBLIC:
        return f"visibility is {visibility}"
    return "visibility is not public"


def to_post(status: Status, *, host: str, uris: Mapping[str, str]) -> Post:
    """A status as a Post.

    host: the server that was asked, for handles that lack one. uris: statuses whose uri
    is known by their id on that server; it tells a reply's parent.
    Raises BrokenRecord.
    """
    uri = words(status.get("uri"))
    published_at = parse_time(status.get("created_at"))
    _require(status, uri=uri, created_at=published_at)
    account, boosted = mapping(status["account"]), mapping(status.get("reblog"))
    original = original_of(uri or "", words(status.get("url")), actor_uri(account))
    quoted = _quoted(status)
    return Post(
        platform=original.platform if original else "mastodon",
        uri=original.uri if original else uri or "",
        author=to_author(account, host=host, status_uri=uri or "", original=original),
        published_at=published_at,
        edited_at=parse_time(status.get("edited_at")),
        url=_page(status, original),
        kind=_kind(status, boosted=bool(boosted), quoted=quoted is not None),
        content_warning=words(status.get("spoiler_text")),
        sensitive=flag(status.get("sensitive")),
        lang=_language(status.get("language")),
        hashtags=_hashtags(status),
        mentions=tuple(_mentions(status, host)),
        media=tuple(_media(status)),
        reply_to=uris.get(local_id(status.get("in_reply_to_id")) or ""),
        repost_of=canonical(words(boosted.get("uri"))),
        quote_of=_quote_uri(quoted or NOTHING, uris),
        copies=tuple(_copies(status, original)),
        **_counts(status),
        **(_NO_BODY if boosted else _body(status, quoted or NOTHING)),
    )


def _require(status: Status, **found: object) -> None:
    found["id"] = local_id(status.get("id"))
    found["account"] = mapping(status.get("account"))
    found["content"] = isinstance(status.get("content"), str)
    for name, value in found.items():
        if not value:
            raise BrokenRecord(f"{name} is missing or cannot be read")


def _language(value: object) -> str | None:
    found = words(value)
    return found if found and _LANGUAGE.fullmatch(found) else None


def _counts(status: Status) -> dict[str, Any]:
    quotes = count(status.get("quotes_count"))
    if quotes is None:
        quotes = count(mapping(status.get("pleroma")).get("quotes_count"))
    return {
        "replies": count(status.get("replies_count")),
        "reposts": count(status.get("reblogs_count")),
        "likes": count(status.get("favourites_count")),
        "quotes": quotes,
    }


def _kind(status: Status, *, boosted: bool, quoted: bool) -> Kind:
    if boosted:
        return "repost"
    if local_id(status.get("in_reply_to_id")):
        return "reply"  # also where it quotes, as on Bluesky; quote_of still says so
    return "quote" if quoted else "post"


def _page(status: Status, original: Original | None) -> str | None:
    if original is not None and original.url is not None:
        return original.url
    return web_url(status.get("url")) or web_url(status.get("uri"))


_NO_BODY: Mapping[str, Any] = {"text": "", "links": ()}


def _body(status: Status, quoted: Status) -> Mapping[str, Any]:
    card = mapping(status.get("card"))
    url, title = tidy_url(card.get("url")), words(card.get("title"))
    return {
        "text": _text(status),
        "links": links([*_written_links(status, quoted), url]),
        "link_titles": {url: title} if url and title else {},
    }


def _text(status: Status) -> str:
    options = mappings(mapping(status.get("poll")).get("options"))
    titles = (words(option.get("title")) for option in options)
    choices = (f"☐ {title}" for title in titles if title)
    return "\n".join(filter(None, (html_to_text(status["content"]), *choices)))


def _written_links(status: Status, quoted: Status) -> Iterator[str]:
    """The links of the text that lead out: not to tags, people or the post quoted."""
    inside = {words(m.get("url")) for m in mappings(status.get("mentions"))}
    inside |= {words(quoted.get("url")), words(quoted.get("uri"))}
    named = set(_hashtags(status))
    for href, classes in html_links(status["content"]):
        marked = {"mention", "hashtag"} & set(classes.split())
        if not marked and href not in inside and _tag_page(href) not in named:
            yield href


def _tag_page(href: str) -> str | None:
    """The tag whose page a link leads to.

    Misskey's links to tags have no class left once Mastodon has washed them.
    """
    path, _, last = href.rstrip("/").rpartition("/")
    found = tags([unquote(last)]) if path.endswith(("/tag", "/tags")) else ()
    return found[0] if found else None


def _hashtags(status: Status) -> tuple[str, ...]:
    if "tags" in status:
        return tags(tag.get("name") for tag in mappings(status["tags"]))
    return tags(find_hashtags(html_to_text(status["content"])))


def _mentions(status: Status, host: str) -> Iterator[str]:
    for mention in mappings(status.get("mentions")):
        name = handle(mention.get("acct"), host)
        if name is not None:
            yield name


def _media(status: Status) -> Iterator[Media]:
    for item in mappings(status.get("media_attachments")):
        preview = web_url(item.get("preview_url"))
        # The url is null while the server is still working on the file.
        url = web_url(item.get("url")) or web_url(item.get("remote_url")) or preview
        if url is not None:
            kind = words(item.get("type")) or "unknown"
            yield Media(kind, url, preview, words(item.get("description")))


def _quoted(status: Status) -> Status | None:
    """What is told of the post that this one quotes; None if it quotes nothing.

    Mastodon 4.4: `quote` with `state`. Fedibird, Akkoma: the quoted status itself, or its
    `quote_id` alone. Pleroma: below `pleroma`, or its `quote_url` alone.
    """
    pleroma, quote = mapping(status.get("pleroma")), mapping(status.get("quote"))
    if "state" in quote or "quoted_status" in quote:
        return _by_state(quote)
    quote = quote or mapping(pleroma.get("quote"))
    if quote:
        return quote
    if words(pleroma.get("quote_url")):
        return {"uri": pleroma["quote_url"]}
    return {"id": status["quote_id"]} if local_id(status.get("quote_id")) else None


def _by_state(quote: Status) -> Status:
    """The quoted status, unless its author has not agreed or has taken it back."""
    if quote.get("state", "accepted") != "accepted":
        return NOTHING
    return mapping(quote.get("quoted_status")) or {"id": quote.get("quoted_status_id")}


def _quote_uri(quoted: Status, uris: Mapping[str, str]) -> str | None:
    found = canonical(words(quoted.get("uri")))
    return found or uris.get(local_id(quoted.get("id")) or "")


def _copies(status: Status, original: Original | None) -> Iterator[Copy]:
    uri, page = words(status.get("uri")), words(status.get("url"))
    here = local_id(status.get("id"))
    if here is not None:
        yield Copy("local_id", here)
    if original is not None and uri is not None:
        yield Copy("bridge", uri)
    if page is not None and page != uri and web_url(page):
        yield Copy("url", page)
