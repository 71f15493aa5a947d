"""The steps of a walk through YouTube: search, videos, comments, next search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from collectors import _newest_first
from collectors._asking import keeping, kept, number, questions, secret_of, then
from collectors._json import bad, decode, mapping, mappings
from collectors._matching import matches
from collectors._youtube_posts import name, published_at, to_comment, to_video
from collectors.base import Page, Post, Query, SecretSpec, Term
from collectors.text import words

KEY = SecretSpec(
    "key",
    "YOUTUBE_API_KEY",
    how=(
        "free; in Google's Cloud console make a project, enable YouTube Data API v3 and "
        "make an API key"
    ),
    required=True,
)
# `order=date` is neither complete nor stable: look a day further back each time.
OVERLAP = timedelta(days=1)
_PER_SEARCH = 50
_PER_THREADS = 100
_LONGEST = 400


def ask(query: Query, what: str, params: Mapping[str, str]) -> httpx.Request:
    """A request to the API. The key goes into a header: addresses end up in logs."""
    headers = {"Accept": "application/json"}
    key = secret_of(query.settings, KEY.name)
    if key is not None and key.isascii() and key.isprintable():
        headers["X-Goog-Api-Key"] = key
    address = f"{query.base_url}/{what}"
    return httpx.Request("GET", address, params=dict(params), headers=headers)


def search(query: Query, token: str | None = None, group: int = 0) -> httpx.Request:
    """One page of a search, newest first. group: which of the walk's questions."""
    params = {
        "part": "snippet",
        "type": "video",
        "order": "date",
        "maxResults": str(_PER_SEARCH),
        "q": _questions(query.terms)[group],
    }
    if floor := _newest_first.floor(query, OVERLAP):
        params["publishedAfter"] = _stamp(floor)
    if query.walk == "back" and query.until is not None:
        params["publishedBefore"] = _stamp(query.until)
    if region := query.settings.get("region"):
        params["regionCode"] = str(region).upper()
    if language := query.settings.get("language"):
        params["relevanceLanguage"] = str(language).lower()
    if token:
        params["pageToken"] = token
    return keeping(ask(query, "search", params), step="search", group=group or None)


def _questions(terms: Sequence[Term]) -> list[str]:
    """ "#a|#b|"a phrase"": "|" is YouTube's "or"."""
    parts = []
    for term in terms:
        bare = term.value.replace("|", " ").replace('"', " ")
        parts.append(f'"{bare}"' if term.kind == "phrase" else f"#{bare}")
    return questions(parts, "|", _LONGEST)


def _group(response: httpx.Response, query: Query) -> int:
    last = max(len(_questions(query.terms)) - 1, 0)
    return min(number(kept(response).get("group")), last)


def _next_search(
    response: httpx.Response, query: Query, token: str | None
) -> httpx.Request | None:
    """The next page of this question, else the next question, else nothing."""
    group = _group(response, query)
    if token:
        return search(query, token, group)
    if group + 1 < len(_questions(query.terms)):
        return search(query, None, group + 1)
    return None


def _stamp(moment: datetime) -> str:
    whole = moment.astimezone(UTC).replace(microsecond=0)
    return whole.isoformat().replace("+00:00", "Z")


def found(response: httpx.Response, query: Query) -> Page:
    """What a search found: the ids of videos, whose words are asked for next."""
    body = mapping(decode(response))
    items = body.get("items")
    if not isinstance(items, list):
        raise bad(response, "a list of search results was due")
    ids = [video for video in map(name, mappings(items)) if video]
    token = words(body.get("nextPageToken"))
    odd = {"not a video": len(items) - len(ids)} if len(ids) < len(items) else {}
    if ids:
        following = _videos(query, ids, token, _group(response, query))
        return Page(next=following, skipped=odd)
    nothing = _newest_first.Items(skipped=odd)
    older = search(query, token, _group(response, query)) if token and items else None
    page = _newest_first.page(nothing, query, older, overlap=OVERLAP)
    return then(page, _next_search(response, query, None))


def _videos(
    query: Query, ids: Sequence[str], token: str | None, group: int
) -> httpx.Request:
    params = {"part": "snippet,statistics", "id": ",".join(ids[:_PER_SEARCH])}
    request = ask(query, "videos", params)
    return keeping(request, step="videos", token=token, group=group or None)


def videos(response: httpx.Response, query: Query) -> Page:
    """The found videos in full; those that carry a term, and then their comments."""
    items = mapping(decode(response)).get("items")
    if not isinstance(items, list):
        raise bad(response, "a list of videos was due")

    def wanted(item: Mapping[str, Any]) -> Post | str:
        return carried(to_video(item), query)

    read = _newest_first.read(items, wanted, name=name, time=published_at)
    token, group = kept(response).get("token"), _group(response, query)
    older = search(query, token, group) if token else None
    page = _newest_first.page(read, query, older, overlap=OVERLAP)
    following = token if page.next is not None else None
    page = then(page, _next_search(response, query, None))
    ids = [copy.value for post in read.posts for copy in post.copies]
    if not ids or query.settings.get("comments") is False:
        return page
    return replace(page, next=_threads(query, ids, following, group))


def carried(post: Post, query: Query) -> Post | str:
    """The post where it carries a term: the search returns near misses."""
    return post if matches(post, query.terms) else "no term matched"


def _threads(
    query: Query, ids: Sequence[str], token: str | None, group: int
) -> httpx.Request:
    video, *rest = ids
    params = {
        "part": "snippet,replies",
        "videoId": video,
        "order": "time",
        "textFormat": "plainText",
        "maxResults": str(_PER_THREADS),
    }
    request = ask(query, "commentThreads", params)
    state = {"rest": ",".join(rest) or None, "token": token, "group": group or None}
    return keeping(request, step="comments", **state)


def comments(response: httpx.Response, query: Query) -> Page:
    """The newest comments of one video that carry a term, and what is next."""
    threads = mapping(decode(response)).get("items")
    if not isinstance(threads, list):
        raise bad(response, "a list of comment threads was due")
    read = _newest_first.read(
        list(all_comments(threads)),
        lambda item: carried(to_comment(item), query),
        name=name,
        time=published_at,
    )
    return Page(
        posts=read.posts,
        rejected=read.rejected,
        skipped=read.skipped or {},
        next=after_comments(response, query),
    )


def all_comments(threads: Sequence[object]) -> list[object]:
    """Each thread's first comment and the replies that came with it."""
    found: list[object] = []
    for thread in threads:
        snippet = mapping(mapping(thread).get("snippet"))
        top = snippet.get("topLevelComment")
        if isinstance(top, dict):
            found.append({**top, "totalReplyCount": snippet.get("totalReplyCount")})
        else:
            found.append(thread)
        replies = mapping(mapping(thread).get("replies")).get("comments")
        found += replies if isinstance(replies, list) else []
    return found


def after_comments(response: httpx.Response, query: Query) -> httpx.Request | None:
    """The next video's comments, else the next page of the search, else nothing."""
    at = kept(response)
    rest = [video for video in at.get("rest", "").split(",") if video]
    if rest:
        return _threads(query, rest, at.get("token"), _group(response, query))
    return _next_search(response, query, at.get("token"))
