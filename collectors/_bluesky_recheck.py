"""Known posts asked for again, 25 at a time: counts, edits, labels, and who is gone.

The public AppView answers without a log-in, so this serves streams as well
(platforms.md section 5.1, "hydrate and recheck").
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from collectors._bluesky_records import from_view, is_post_uri, mapping
from collectors._bluesky_session import memory
from collectors.base import BadPayload, BrokenRecord, Known, Page, Post, Query, Rejected

API_URL = "https://public.api.bsky.app"
BATCH = 25

_METHOD = "app.bsky.feed.getPosts"


class _Answer(msgspec.Struct, frozen=True):
    posts: list[Any]


def request_from(start: int, query: Query) -> httpx.Request:
    """The request for the known posts from number `start` on."""
    base = str(query.settings.get("api_url") or API_URL).rstrip("/")
    uris = _asked(query)[start : start + BATCH]
    url = httpx.URL(f"{base}/xrpc/{_METHOD}", params={"uris": uris})
    fragment = urlencode({"start": start}) if start else ""
    return httpx.Request("GET", url.copy_with(fragment=fragment) if start else url)


def parse(
    response: httpx.Response, request: httpx.Request | None, query: Query
) -> Page:
    """The posts as they are now; asked for and not there: taken back or hidden.

    An item that cannot be read is there all the same, and no deletion.
    """
    try:
        answer = msgspec.json.decode(response.content, type=_Answer)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        sample = response.content[:500].decode("utf-8", "replace")
        raise BadPayload("not an answer of getPosts", sample) from error
    posts, rejected = _read(answer.posts)
    there = {mapping(view).get("uri") for view in answer.posts if _has_uri(view)}
    start = _start(request)
    asked = _asked(query)
    more = start + BATCH < len(asked)
    return Page(
        posts=posts,
        rejected=rejected,
        deletions=tuple(u for u in asked[start : start + BATCH] if u not in there),
        next=request_from(start + BATCH, query) if more else None,
    )


def _has_uri(view: object) -> bool:
    return isinstance(mapping(view).get("uri"), str)


def _read(views: list[Any]) -> tuple[tuple[Post, ...], tuple[Rejected, ...]]:
    posts: list[Post] = []
    rejected: list[Rejected] = []
    for number, view in enumerate(views):
        try:
            posts.append(from_view(view))
        except BrokenRecord as error:
            name = str(mapping(view).get("uri") or f"item {number}")[:200]
            rejected.append(Rejected(name, str(error)))
    return tuple(posts), tuple(rejected)


def _asked(query: Query) -> list[str]:
    """The at-URIs to ask for, each once; a bridged post's stands in its local id."""
    found = (_at_uri(known) for known in query.known)
    return list(dict.fromkeys(uri for uri in found if uri))


def _at_uri(known: Known) -> str | None:
    if is_post_uri(known.uri):
        return known.uri
    return known.local_id if is_post_uri(known.local_id) else None


def _start(request: httpx.Request | None) -> int:
    text = memory(request.url).get("start", "") if request is not None else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
