"""Known videos and comments of YouTube, fifty at a time: counts, edits, removals."""

from __future__ import annotations

import httpx

from collectors import _newest_first
from collectors._asking import keeping, kept
from collectors._asking import number as whole_number
from collectors._json import bad, decode, mapping, mappings
from collectors._youtube_posts import (
    COMMENT,
    VIDEO,
    name,
    published_at,
    to_comment,
    to_video,
)
from collectors._youtube_walk import ask
from collectors.base import Page, Query

_AT_ONCE = 50
_LISTS = (("videos", VIDEO), ("comments", COMMENT))


def first(query: Query) -> httpx.Request:
    """The first fifty. Raises ValueError where no known post is of YouTube."""
    request = _from(query, 0, 0)
    if request is None:
        raise ValueError("a recheck needs known videos or comments")
    return request


def _ids(query: Query, which: int) -> list[str]:
    prefix = _LISTS[which][1]
    return [k.uri.removeprefix(prefix) for k in query.known if k.uri.startswith(prefix)]


def _from(query: Query, which: int, at: int) -> httpx.Request | None:
    """The batch that begins at one place of a list, or the next list's first."""
    for place in range(which, len(_LISTS)):
        ids = _ids(query, place)[at if place == which else 0 :][:_AT_ONCE]
        if ids:
            return _batch(query, place, at if place == which else 0, ids)
    return None


def _batch(query: Query, which: int, at: int, ids: list[str]) -> httpx.Request:
    what = _LISTS[which][0]
    part = "snippet,statistics" if what == "videos" else "snippet"
    params = {"part": part, "id": ",".join(ids)}
    if what == "comments":
        params["textFormat"] = "plainText"
    return keeping(ask(query, what, params), which=which, at=at)


def page(response: httpx.Response, query: Query) -> Page:
    """What came back; what did not was removed, or shut away."""
    items = mapping(decode(response)).get("items")
    if not isinstance(items, list):
        raise bad(response, "a list of known items was due")
    state = kept(response)
    which = min(whole_number(state.get("which")), len(_LISTS) - 1)
    at = whole_number(state.get("at"))
    asked = _ids(query, which)[at : at + _AT_ONCE]
    read = _newest_first.read(
        items, (to_video, to_comment)[which], name=name, time=published_at
    )
    there = {name(item) for item in mappings(items)}
    prefix = _LISTS[which][1]
    return Page(
        posts=read.posts,
        rejected=read.rejected,
        deletions=tuple(prefix + one for one in asked if one not in there),
        next=_from(query, which, at + _AT_ONCE),
    )
