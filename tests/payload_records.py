"""Recordings of platforms whose answers are objects: every object in a file that looks
like a post goes to the platform's own mapping, wherever it stands in the answer.

What an object looks like a post by is written here once more, apart from the collectors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from collectors import (
    _flickr_posts,
    _hackernews_posts,
    _instagram_posts,
    _misskey_posts,
    _nostr_events,
    _peertube_posts,
    _reddit_posts,
    _tumblr_posts,
    _wordpress_posts,
    _x_v1,
    _x_v2,
    _youtube_posts,
    threads,
)
from collectors.base import Post
from groundswell.archives.formats import fediverse

Json: TypeAlias = Any
Item: TypeAlias = Mapping[str, Any]


class Kind(NamedTuple):
    """A kind of object: the keys that only it has, and what reads it."""

    keys: frozenset[str]
    to_post: Callable[[Item], Post]


def _kind(keys: str, to_post: Callable[[Item], Post]) -> Kind:
    return Kind(frozenset(keys.split()), to_post)


def _note(value: Item) -> Post:
    return fediverse.to_post(value, value.get("attributedTo"))


def _event(value: Item) -> Post:
    return _nostr_events.to_post(_nostr_events.checked(value))


def _misskey(value: Item) -> Post:
    return _misskey_posts.to_post(value, "https://server.example")


def _wordpress(value: Item) -> Post:
    return _wordpress_posts.to_post(value, "https://site.example")


def _youtube(value: Item) -> Post:
    if "textOriginal" in value["snippet"] or "textDisplay" in value["snippet"]:
        return _youtube_posts.to_comment(value)
    return _youtube_posts.to_video(value)


# The first that fits is taken. Folder of recordings: its kinds.
KINDS: dict[str, tuple[Kind, ...]] = {
    "flickr": (_kind("id owner title", _flickr_posts.to_post),),
    "hackernews": (_kind("objectID created_at", _hackernews_posts.to_post),),
    "instagram": (_kind("id media_type", _instagram_posts.to_post),),
    "misskey": (_kind("id createdAt userId text", _misskey),),
    "nostr": (_kind("id pubkey sig kind", _event),),
    "peertube": (_kind("uuid name account url", _peertube_posts.to_post),),
    "reddit": (_kind("name subreddit author created_utc", _reddit_posts.to_post),),
    "threads": (_kind("id permalink timestamp", threads.to_post),),
    "tumblr": (_kind("blog_name id timestamp", _tumblr_posts.to_post),),
    "wordpress": (_kind("id link guid title", _wordpress),),
    "twitter": (
        _kind("id_str created_at user", _x_v1.to_post),
        _kind("author_id id text", _x_v2.to_post),
        _kind("edit_history_tweet_ids id text", _x_v2.to_post),
    ),
    "youtube": (_kind("id kind snippet", _youtube),),
    "activitypub": (_kind("id attributedTo content", _note),),
}
PLATFORMS = {"twitter": "x", "activitypub": "mastodon"}


def found(folder: str, path: Path) -> Iterator[tuple[Kind, Item]]:
    """Every object in a file that looks like a post."""
    return _inside(folder, _content(path))


def names(path: Path) -> str:
    """What a file without posts is, by the names at its top."""
    body = _content(path)
    one = body[0] if isinstance(body, list) and body else body
    keys = sorted(one)[:6] if isinstance(one, dict) else [type(one).__name__]
    return f"no object that looks like a post, but {', '.join(keys)}"


def _content(path: Path) -> Json:
    text = path.read_text(encoding="utf-8")
    if path.suffix in {".yaml", ".yml"}:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return yaml.load(text, Loader=loader)  # noqa: S506 - a safe loader, both times
    try:
        return json.loads(text)
    except ValueError:
        lines = text.splitlines()
        return [value for line in lines if (value := _loaded(line)) is not None]


def _loaded(text: str) -> Json:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _inside(folder: str, body: Json) -> Iterator[tuple[Kind, Item]]:
    """What stands inside a post is its own. A cassette holds answers as texts."""
    if isinstance(body, dict):
        for kind in KINDS[folder]:
            if kind.keys <= set(body):
                yield kind, body
                return
        for inner in body.values():
            yield from _inside(folder, inner)
    elif isinstance(body, list):
        for inner in body:
            yield from _inside(folder, inner)
    elif isinstance(body, (str, bytes)) and body[:1] in {"{", "[", b"{", b"["}:
        yield from _inside(
            folder, _loaded(body if isinstance(body, str) else body.decode())
        )
