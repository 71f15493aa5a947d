"""A post or comment of Reddit as a Post: from its API, or from an archive in Pushshift's
form, which leaves out the prefix of names and has times as text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collectors._json import flag, mapping
from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import (
    clean,
    count,
    find_hashtags,
    find_links,
    links,
    parse_time,
    tags,
    tidy_url,
    web_url,
    words,
)

Thing = Mapping[str, Any]
_ID = re.compile(r"[a-z0-9]{1,13}")
_NAME = re.compile(r"t[13]_[a-z0-9]{1,13}")
_USER = re.compile(r"[A-Za-z0-9_-]{1,60}")
_SITE = "https://www.reddit.com"
_TAKEN = {"[deleted]", "[removed]", "[ Removed by Reddit ]", "[deleted by user]"}


def is_comment(thing: Thing) -> bool:
    """Whether it is a comment: it has a body, a post has a title."""
    return "body" in thing or str(thing.get("name", "")).startswith("t1_")


def name(thing: Thing) -> str | None:
    """The full name: "t3_1abc" of a post, "t1_1abc" of a comment."""
    full = str(thing.get("name", ""))
    if _NAME.fullmatch(full):
        return full
    short = thing.get("id")
    if not isinstance(short, str) or not _ID.fullmatch(short):
        return None
    return f"t1_{short}" if is_comment(thing) else f"t3_{short}"


def uri_of(full_name: str) -> str:
    """The canonical identity."""
    return f"reddit:{full_name}"


def published_at(thing: Thing) -> datetime | None:
    """When it was written."""
    return _moment(thing.get("created_utc"))


def _moment(value: object) -> datetime | None:
    if (
        isinstance(value, str)
        and value.replace(".", "", 1).isdigit()
        and len(value) < 20
    ):
        return parse_time(float(value))
    return parse_time(value) if isinstance(value, int | float) else None


def is_gone(thing: Thing) -> bool:
    """Whether its author or a moderator took the words away; the record stays."""
    if thing.get("removed_by_category"):
        return True
    body = thing.get("body") if is_comment(thing) else thing.get("selftext")
    author = thing.get("author")
    author_gone = author is None or (isinstance(author, str) and author in _TAKEN)
    words_gone = isinstance(body, str) and body.strip() in _TAKEN
    return words_gone or (author_gone and not is_comment(thing) and not body)


def unwanted(thing: Thing) -> str | None:
    """Why it is not taken in; None where it is."""
    if is_gone(thing):
        return "it was deleted or removed"
    if str(thing.get("subreddit_type")) in {"private", "user_private"}:
        return "its community is private"
    return None


def to_post(thing: Thing) -> Post:
    """A thing as a Post. Raises BrokenRecord."""
    full = name(thing)
    if full is None:
        raise BrokenRecord("it has no id")
    comment = is_comment(thing)
    text = _plain(thing.get("body") if comment else thing.get("selftext"))
    title = None if comment else _plain(thing.get("title")) or None
    link = _link(thing)
    return Post(
        platform="reddit",
        uri=uri_of(full),
        url=_page(thing, full),
        kind="comment" if comment else "post",
        author=_author(thing),
        text=text,
        title=title,
        sensitive=flag(thing.get("over_18")),
        published_at=published_at(thing),
        edited_at=_moment(thing.get("edited")),  # False where it was not
        hashtags=tags(find_hashtags(f"{title or ''}\n{text}")),
        links=links([link, *find_links(text)]),
        media=_picture(thing),
        reply_to=_above(thing),
        quote_of=_crossposted(thing),
        replies=count(thing.get("num_comments")),
        likes=_score(thing),
        copies=(Copy("local_id", full),),
    )


def _plain(value: object) -> str:
    """Markdown as written; some answers escape & < > even with raw_json=1 left out."""
    return clean(html.unescape(value)) if isinstance(value, str) else ""


def _page(thing: Thing, full: str) -> str | None:
    path = words(thing.get("permalink"))
    if path and path.startswith("/"):
        return web_url(_SITE + path)
    return f"{_SITE}/comments/{full[3:]}" if full.startswith("t3_") else None


def _link(thing: Thing) -> str | None:
    """Where a link post leads; one of words alone links to itself."""
    if thing.get("is_self") is True or is_comment(thing):
        return None
    return tidy_url(thing.get("url"))


def _picture(thing: Thing) -> tuple[Media, ...]:
    url = web_url(thing.get("url"))
    is_picture = thing.get("post_hint") == "image" and url is not None
    return (Media("image", url or ""),) if is_picture else ()


def _above(thing: Thing) -> str | None:
    """What a comment answers: another comment or the post."""
    for key in ("parent_id", "link_id"):
        above = thing.get(key)
        if isinstance(above, str) and _NAME.fullmatch(above):
            return uri_of(above)
    return None


def _crossposted(thing: Thing) -> str | None:
    first = thing.get("crosspost_parent")
    is_name = isinstance(first, str) and _NAME.fullmatch(first)
    return uri_of(str(first)) if is_name else None


def _score(thing: Thing) -> int | None:
    """Up-votes less down-votes, as Reddit shows them; never below 0 here."""
    score = thing.get("score")
    if isinstance(score, int) and not isinstance(score, bool) and score < 0:
        return 0
    return count(score)


def _author(thing: Thing) -> Author:
    user = thing.get("author")
    if not isinstance(user, str) or not _USER.fullmatch(user):
        raise BrokenRecord("it has no author")
    return Author(
        platform="reddit",
        uri=f"reddit:user:{user.casefold()}",
        handle=user,
        url=f"{_SITE}/user/{user}",
        bot=True if user == "AutoModerator" else None,
    )


def listing(body: object) -> tuple[list[object], str | None] | None:
    """The things of a listing, and what comes after; None where it is none."""
    data = mapping(mapping(body).get("data"))
    children = data.get("children")
    if not isinstance(children, list):
        return None
    things = [mapping(child).get("data", child) for child in children]
    after = words(data.get("after"))
    return things, after if after and _NAME.fullmatch(after) else None
