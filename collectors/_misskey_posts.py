"""A note of Misskey and its forks (Sharkey, Firefish, Iceshrimp) as a Post."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from collectors._bridges import canonical, unbridged
from collectors._json import flag, local_id, mapping, mappings
from collectors.base import Author, BrokenRecord, Copy, Kind, Media, Post
from collectors.text import (
    count,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    wants_no_bots,
    web_url,
    words,
)

Note = Mapping[str, Any]
_FAMILY = {"misskey", "sharkey", "firefish", "iceshrimp", "calckey", "cherrypick"}


def name(note: Note) -> str | None:
    """The note's id on this server."""
    return local_id(note.get("id"))


def published_at(note: Note) -> datetime | None:
    """When it was written, by its own server."""
    return parse_time(note.get("createdAt"))


def unwanted(note: Note) -> str | None:
    """Why a note is not taken in; None where it is."""
    visibility = note.get("visibility", "public")
    if visibility != "public":
        return f"visibility is {visibility if isinstance(visibility, str) else 'odd'}"
    if note.get("localOnly") is True:
        return "it stays on its server"
    if note.get("isHidden") is True:
        return "its author shows it to members only"
    is_bare = not words(note.get("text")) and not words(note.get("cw"))
    if is_bare and note.get("renoteId"):
        return "it repeats another note without a word"
    return None


def to_post(note: Note, base_url: str) -> Post:
    """A note as a Post. Raises BrokenRecord. base_url: the server that was asked."""
    here = name(note)
    uri = _uri(note, base_url)
    if here is None or uri is None:
        raise BrokenRecord("it has no id")
    text = words(note.get("text")) or ""
    given = note.get("tags")
    post = Post(
        platform=_platform(mapping(note.get("user"))),
        uri=uri,
        url=web_url(note.get("url")) or web_url(uri),
        kind=_kind(note),
        author=_author(mapping(note.get("user")), base_url),
        text=text,
        content_warning=words(note.get("cw")),
        sensitive=_is_sensitive(note),
        published_at=published_at(note),
        edited_at=parse_time(note.get("updatedAt")),
        hashtags=tags(
            [*(given if isinstance(given, list) else []), *find_hashtags(text)]
        ),
        links=links(find_links(text)),
        media=tuple(_media(note)),
        reply_to=_other(note, "reply", base_url),
        quote_of=_other(note, "renote", base_url),
        replies=count(note.get("repliesCount")),
        reposts=count(note.get("renoteCount")),
        likes=_reactions(note),
        copies=tuple(_copies(note, here, uri)),
    )
    return unbridged(post, words(note.get("uri")) or uri)


def _copies(note: Note, here: str, uri: str) -> Iterator[Copy]:
    """Its number here, and its page where that is not what it is known by."""
    yield Copy("local_id", here)
    page = web_url(note.get("url"))
    if page is not None and page != uri:
        yield Copy("url", page)


def _platform(user: Note) -> str:
    """Where it was written: a note of another server is Misskey's only if that server
    runs Misskey or a fork; else it is what Mastodon's API calls its own."""
    if user.get("host") is None:
        return "misskey"
    software = words(mapping(user.get("instance")).get("softwareName"))
    return "misskey" if (software or "misskey").casefold() in _FAMILY else "mastodon"


def _uri(note: Note, base_url: str) -> str | None:
    """`uri` where it came from another server; a note of this one has none."""
    here = name(note)
    own = f"{base_url}/notes/{here}" if here else None
    return canonical(words(note.get("uri"))) or own


def _kind(note: Note) -> Kind:
    if note.get("renoteId"):
        return "quote"
    return "reply" if note.get("replyId") else "post"


def _other(note: Note, what: str, base_url: str) -> str | None:
    """The note that this one answers or quotes, where it came along."""
    found = mapping(note.get(what))
    return _uri(found, base_url) if found else None


def _is_sensitive(note: Note) -> bool:
    files = mappings(note.get("files"))
    return bool(words(note.get("cw"))) or any(
        f.get("isSensitive") is True for f in files
    )


def _media(note: Note) -> list[Media]:
    found = []
    for file in mappings(note.get("files")):
        url = web_url(file.get("url"))
        kind = (words(file.get("type")) or "file").partition("/")[0]
        if url is not None:
            found.append(
                Media(
                    kind,
                    url,
                    web_url(file.get("thumbnailUrl")),
                    words(file.get("comment")),
                )
            )
    return found


def _reactions(note: Note) -> int | None:
    """All reactions together: forks name the sum, older servers only the parts."""
    told = count(note.get("reactionCount"))
    parts = note.get("reactions")
    if told is not None or not isinstance(parts, dict):
        return told
    return sum(count(part) or 0 for part in parts.values())


def _author(user: Note, base_url: str) -> Author:
    username, here = words(user.get("username")), local_id(user.get("id"))
    host = words(user.get("host"))
    if username is None or (host is None and here is None):
        raise BrokenRecord("its author has no name")
    home = f"https://{host}" if host else base_url
    # A remote user's actor is not told; the page on its own server is.
    uri = words(user.get("uri"))
    if uri is None:
        uri = f"{home}/users/{here}" if host is None else f"{home}/@{username}"
    shown = host or base_url.partition("//")[2]
    return Author(
        platform="misskey",
        uri=uri,
        handle=f"{username}@{shown}",
        display_name=words(user.get("name")),
        url=web_url(user.get("url")) or web_url(f"{home}/@{quote(username)}"),
        followers=count(user.get("followersCount")),
        bot=flag(user.get("isBot")),
        opt_out=_opt_out(user),
        proven=_proven(user),
    )


def _proven(user: Note) -> tuple[str, ...]:
    """Links that the server found to lead back; most servers leave them out of notes."""
    found = user.get("verifiedLinks")
    return links(found) if isinstance(found, list) else ()


def _opt_out(user: Note) -> bool | None:
    if user.get("noindex") is True or user.get("noCrawle") is True:
        return True
    return wants_no_bots(user.get("description"))
