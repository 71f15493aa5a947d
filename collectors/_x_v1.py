"""Posts of X as Twitter's API v1.1 sent them, and as an account's archive holds them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

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
from collectors.base import Author, Kind, Media, Post
from collectors.text import count, find_hashtags, parse_time, tags, web_url, words

# "Wed Oct 10 20:19:24 +0000 2018"; a parser for any date is fifty times slower.
_TIME = re.compile(
    r"\w{3} (\w{3}) (\d{2}) (\d{2}):(\d{2}):(\d{2}) \+0000 (\d{4})", re.ASCII
)
_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6, "Jul": 7, "Aug": 8,
    "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_MOST = 2**63


def is_v1(tweet: Tweet) -> bool:
    """Whether this has the form of a v1.1 post."""
    has_text = "full_text" in tweet or "text" in tweet
    return has_text and ("id_str" in tweet or "user" in tweet) and "created_at" in tweet


def name(tweet: Tweet) -> str | None:
    """The post's id, None where it has none."""
    return maybe_id(_id_of(tweet))


def _id_of(tweet: Tweet) -> object:
    return tweet.get("id_str") or tweet.get("id")


def published_at(tweet: Tweet) -> datetime | None:
    """When it was published."""
    claimed = _time(words(tweet.get("created_at")))
    here = name(tweet)
    return claimed or (time_of(here) if here else None)


def _time(text: str | None) -> datetime | None:
    found = _TIME.fullmatch(text or "")
    month = _MONTHS.get(found[1]) if found else None
    if found is None or month is None:
        return parse_time(text)
    day, hour, minute, second, year = (int(found[n]) for n in range(2, 7))
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None


def to_post(tweet: Tweet, owner: Author | None = None) -> Post:
    """A v1.1 post as a Post. Raises BrokenRecord.

    owner: whose archive it is from, where posts do not name their author.
    """
    here = read_id(_id_of(tweet))
    original = mapping(tweet.get("retweeted_status"))
    shown = original or tweet
    text, entities = _text(shown), _entities(shown)
    named = [one.get("text") for one in mappings(entities.get("hashtags"))]
    is_own = not original
    return Post(
        platform="x",
        uri=uri_of(here),
        url=uri_of(here),
        kind=_kind(tweet, text),
        author=owner if owner and "user" not in tweet else _author(tweet),
        text=text,
        sensitive=flag(tweet.get("possibly_sensitive")),
        lang=lang_of(tweet.get("lang")),
        published_at=published_at(tweet),
        hashtags=tags([*named, *find_hashtags(text)]),
        links=links_of(mappings(entities.get("urls"))),
        mentions=tuple(filter(None, _mentioned(entities))),
        media=tuple(_media(shown)),
        reply_to=_uri(tweet.get("in_reply_to_status_id_str")),
        repost_of=_uri(_id_of(original)) if original else None,
        quote_of=_uri(tweet.get("quoted_status_id_str")),
        replies=_number(tweet.get("reply_count")) if is_own else None,
        reposts=_number(tweet.get("retweet_count")) if is_own else None,
        likes=_number(tweet.get("favorite_count")) if is_own else None,
        quotes=_number(tweet.get("quote_count")) if is_own else None,
    )


def is_protected(tweet: Tweet) -> bool:
    """Whether its author shows it to followers alone."""
    return mapping(tweet.get("user")).get("protected") is True


def _kind(tweet: Tweet, text: str) -> Kind:
    """An archive's repost is only known by its first words."""
    if tweet.get("retweeted_status") or text.startswith("RT @"):
        return "repost"
    if maybe_id(tweet.get("in_reply_to_status_id_str")):
        return "reply"
    return "quote" if maybe_id(tweet.get("quoted_status_id_str")) else "post"


def _text(tweet: Tweet) -> str:
    """The whole text, wherever the form of the time kept it."""
    extended = mapping(tweet.get("extended_tweet")).get("full_text")
    return plain(extended or tweet.get("full_text") or tweet.get("text"))


def _entities(tweet: Tweet) -> Tweet:
    extended = mapping(mapping(tweet.get("extended_tweet")).get("entities"))
    return extended or mapping(tweet.get("entities"))


def _mentioned(entities: Tweet) -> list[str | None]:
    people = mappings(entities.get("user_mentions"))
    return [words(one.get("screen_name")) for one in people]


def _uri(value: object) -> str | None:
    found = maybe_id(value)
    return uri_of(found) if found else None


def _number(value: object) -> int | None:
    """A count; an archive holds them as text."""
    if (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) < 19
    ):
        return min(int(value), _MOST - 1)
    return count(value)


def _author(tweet: Tweet) -> Author:
    user = mapping(tweet.get("user"))
    return author(
        user.get("id_str") or user.get("id"),
        username=user.get("screen_name"),
        name=user.get("name"),
        followers=user.get("followers_count"),
    )


def _media(tweet: Tweet) -> list[Media]:
    found = []
    extended = mapping(tweet.get("extended_entities")) or _entities(tweet)
    for one in mappings(extended.get("media")):
        url = web_url(one.get("media_url_https")) or web_url(one.get("media_url"))
        if url is not None:
            kind, alt = words(one.get("type")), words(one.get("ext_alt_text"))
            found.append(Media(kind or "picture", url, url, alt))
    return found
