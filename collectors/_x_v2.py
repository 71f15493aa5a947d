"""Posts of X as its API v2 sends them: with what they refer to beside them (`includes`),
or put inside them, as twarc's "flatten" does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from collectors._json import flag, mapping, mappings
from collectors._x_common import (
    Tweet,
    author,
    lang_of,
    links_of,
    maybe_id,
    plain,
    read_id,
    time_of,
    uri_of,
)
from collectors.base import Author, Copy, Kind, Media, Post
from collectors.text import count, find_hashtags, parse_time, tags, web_url, words

_KINDS: Mapping[str, Kind] = {
    "retweeted": "repost",
    "replied_to": "reply",
    "quoted": "quote",
}


@dataclass(frozen=True, slots=True)
class Includes:
    """What an answer sends beside its posts, by id or key."""

    users: Mapping[str, Tweet] = field(default_factory=dict)
    tweets: Mapping[str, Tweet] = field(default_factory=dict)
    media: Mapping[str, Tweet] = field(default_factory=dict)


def includes_of(body: Tweet) -> Includes:
    """The `includes` of an answer; empty where there are none."""
    found = mapping(body.get("includes"))

    def index(name: str, key: str) -> dict[str, Tweet]:
        return {str(one.get(key)): one for one in mappings(found.get(name))}

    return Includes(
        index("users", "id"), index("tweets", "id"), index("media", "media_key")
    )


def is_v2(tweet: Tweet) -> bool:
    """Whether this has the form of a v2 post."""
    return "id" in tweet and "text" in tweet and "id_str" not in tweet


def name(tweet: Tweet) -> str | None:
    """The post's id, None where it has none."""
    return maybe_id(tweet.get("id"))


def published_at(tweet: Tweet) -> datetime | None:
    """When this version of it was published."""
    here = name(tweet)
    claimed = parse_time(words(tweet.get("created_at")))
    return claimed or (time_of(here) if here else None)


def to_post(tweet: Tweet, includes: Includes | None = None) -> Post:
    """A v2 post as a Post. Raises BrokenRecord.

    A post that was edited is known by the id of its first version.
    """
    beside = includes or Includes()
    here = read_id(tweet.get("id"))
    versions = [v for v in map(maybe_id, _list(tweet, "edit_history_tweet_ids")) if v]
    first = versions[0] if versions else here
    others = mappings(tweet.get("referenced_tweets"))
    related = {str(one.get("type")): one for one in others}
    original = _related(related.get("retweeted"), beside)
    shown = original if original and original.get("text") else tweet
    text, entities = _text(shown), mapping(shown.get("entities"))
    counts = mapping(tweet.get("public_metrics")) if original is None else {}
    at, named = published_at(tweet), _names(entities)
    return Post(
        platform="x",
        uri=uri_of(first),
        url=uri_of(here),
        kind=next((_KINDS[k] for k in _KINDS if k in related), "post"),
        author=_author(tweet, beside),
        text=text,
        sensitive=flag(tweet.get("possibly_sensitive")),
        lang=lang_of(tweet.get("lang")),
        published_at=at if first == here else time_of(first) or at,
        edited_at=at if first != here else None,
        hashtags=tags([*named, *find_hashtags(text)]),
        links=links_of(mappings(entities.get("urls"))),
        mentions=tuple(filter(None, _mentioned(entities))),
        media=tuple(_media(shown, beside)),
        reply_to=_other(related.get("replied_to")),
        repost_of=_other(related.get("retweeted")),
        quote_of=_other(related.get("quoted")),
        replies=count(counts.get("reply_count")),
        reposts=count(counts.get("retweet_count")),
        likes=count(counts.get("like_count")),
        quotes=count(counts.get("quote_count")),
        views=count(counts.get("impression_count")),
        copies=(Copy("uri", uri_of(here)),) if first != here else (),
    )


def _list(tweet: Tweet, key: str) -> list[object]:
    found = tweet.get(key)
    return found if isinstance(found, list) else []


def _related(reference: Tweet | None, beside: Includes) -> Tweet | None:
    """The post that is referred to: beside the answer, or inside the reference."""
    if reference is None:
        return None
    return beside.tweets.get(str(reference.get("id"))) or reference


def _other(reference: Tweet | None) -> str | None:
    found = maybe_id(reference.get("id")) if reference else None
    return uri_of(found) if found else None


def _text(tweet: Tweet) -> str:
    """The whole text: a long post has it in `note_tweet`."""
    whole = mapping(tweet.get("note_tweet")).get("text")
    return plain(whole) or plain(tweet.get("text"))


def _names(entities: Tweet) -> list[object]:
    return [one.get("tag") for one in mappings(entities.get("hashtags"))]


def _mentioned(entities: Tweet) -> list[str | None]:
    return [words(one.get("username")) for one in mappings(entities.get("mentions"))]


def _author(tweet: Tweet, beside: Includes) -> Author:
    known = tweet.get("author_id")
    user = mapping(tweet.get("author")) or beside.users.get(str(known)) or {}
    return author(
        known if known is not None else user.get("id"),
        username=user.get("username"),
        name=user.get("name"),
        followers=mapping(user.get("public_metrics")).get("followers_count"),
    )


def is_protected(tweet: Tweet, includes: Includes | None = None) -> bool:
    """Whether its author shows it to followers alone."""
    beside = includes or Includes()
    user = mapping(tweet.get("author")) or beside.users.get(str(tweet.get("author_id")))
    return bool(user) and mapping(user).get("protected") is True


def _media(tweet: Tweet, beside: Includes) -> list[Media]:
    attached = mapping(tweet.get("attachments"))
    inside = mappings(attached.get("media"))
    keys: list[Any] = _list(attached, "media_keys")
    found = []
    for one in inside or [beside.media.get(str(key), {}) for key in keys]:
        url = web_url(one.get("url")) or web_url(one.get("preview_image_url"))
        if url is not None:
            kind = words(one.get("type")) or "picture"
            alt, preview = words(one.get("alt_text")), one.get("preview_image_url")
            found.append(Media(kind, url, web_url(preview), alt))
    return found
