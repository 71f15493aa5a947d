"""Lemmy's communities, by text search: it has no hashtags.

A search answers with posts and comments, each list newest first; a page has read down to
where the shorter-reaching of the two lists ends. Traps and field map: platforms.md
section 7.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode

import httpx

from collectors import _lemmy_probe, _newest_first
from collectors._asking import (
    address_faults,
    facts_of,
    first_known,
    gone,
    keeping,
    kept,
    next_known,
    number,
)
from collectors._json import bad, decode, mapping, mappings
from collectors._lemmy_posts import (
    is_gone,
    item_of,
    name,
    published_at,
    to_post,
    uri_of,
)
from collectors._matching import names
from collectors.base import (
    NOTHING,
    BrokenRecord,
    Card,
    Denied,
    Duties,
    Known,
    Pace,
    Page,
    Post,
    Query,
    RateLimited,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)
from collectors.text import words

LIMIT = 50  # the most that a server gives
# A post of another server arrives late, with its own server's time.
OVERLAP = timedelta(hours=2)
_EXAMPLE = "https://lemmy.world"
_GONE = {"couldnt_find_post", "couldnt_find_comment", "not_found"}
_CLOSED = {"instance_is_private", "not_logged_in", "incorrect_login"}


class Lemmy(_lemmy_probe.LemmyProbe):
    """See `collectors.base.RequestCollector`, `Explains` and `Probes`."""

    slug: ClassVar[str] = "lemmy"
    docs: ClassVar[str] = "https://join-lemmy.org/docs/contributors/04-api.html"
    card: ClassVar[Card] = Card(
        name="Lemmy",
        access="open",
        gives="posts and comments of its communities, by word",
        needs="nothing",
    )
    duties: ClassVar[Duties] = Duties(
        why="each server has rules of its own; its search is a scarce good, ask slowly"
    )
    # Searching has a bucket of its own, by default 60 in 10 minutes.
    pace: ClassVar[Pace] = Pace(requests=5, per_s=60, pages=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase", "domain"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, _EXAMPLE)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request. A search cannot begin at a moment: all begin now."""
        if query.walk == "recheck":
            return first_known(query, _one)
        place = query.checkpoint if query.walk == "back" else None
        return _search(query, page=number(place) or 1)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _recheck(response, query)
        return _page(response, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What Lemmy's named errors mean. Raises Denied and RateLimited."""
        error = _error(response)
        if error == "rate_limit_error":
            raise RateLimited("the server asks for a pause (rate_limit_error)")
        if error in _CLOSED:
            raise Denied(f"this server shows its posts to members only ({error})")
        if query.walk == "recheck" and (error in _GONE or response.status_code == 404):
            return gone(response, query, _one)
        return None


def _error(response: httpx.Response) -> str | None:
    try:
        return words(mapping(decode(response)).get("error"))
    except Exception:  # noqa: BLE001 - a proxy's page of HTML has no name for its error
        return None


def _api(query: Query) -> str:
    return facts_of(query.settings).get("api", "v3")


def _search(query: Query, *, page: int = 1, cursor: str | None = None) -> httpx.Request:
    is_new = _api(query) == "v4"
    params = {
        "search_term" if is_new else "q": query.terms[0].value,
        "type_": "All",
        "listing_type": "All",
        "sort": "New",
        "limit": str(LIMIT),
    }
    if is_new:
        params |= {"page_cursor": cursor} if cursor else {}
    else:
        params["page"] = str(page)
    address = f"{query.base_url}/api/{_api(query)}/search?{urlencode(params)}"
    return keeping(httpx.Request("GET", address), page=page)


def _page(response: httpx.Response, query: Query) -> Page:
    body = mapping(decode(response))
    lists = _lists(body)
    if lists is None:
        raise bad(response, "posts and comments were due")
    parents = dict(_parents(view for one in lists for view in mappings(one)))
    read = [_read(one, query, parents) for one in lists]
    everything = _together(read, [len(one) >= LIMIT for one in lists])
    follows = _older(response, body, query, is_full=any(len(o) >= LIMIT for o in lists))
    here = kept(response).get("page", "1")
    page = _newest_first.page(everything, query, follows, overlap=OVERLAP, cursor=here)
    return replace(page, deletions=tuple(_deletions(lists)))


def _lists(body: Mapping[str, Any]) -> list[list[object]] | None:
    """The lists of an answer: posts and comments apart (v3), or one of both (v4)."""
    if isinstance(body.get("results"), list):
        return [body["results"]]
    found = [body.get(key) for key in ("posts", "comments")]
    if not any(isinstance(one, list) for one in found):
        return None
    return [one if isinstance(one, list) else [] for one in found]


def _parents(views: Iterator[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for view in views:
        here, uri = name(view), words(item_of(view).get("ap_id"))
        if here and uri and here.startswith("comment:"):
            yield here.removeprefix("comment:"), uri


def _read(
    views: Sequence[object], query: Query, parents: Mapping[str, str]
) -> _newest_first.Items:
    def wanted(view: Mapping[str, Any]) -> Post | str:
        if not item_of(view) and ("community" in view or "person" in view):
            return "it is a community or a person"
        if is_gone(view):
            return "it was deleted or removed"
        post = to_post(view, parents)
        return post if names(post, query.terms) else "no term matched"

    return _newest_first.read(views, wanted, name=name, time=published_at)


def _together(
    read: Sequence[_newest_first.Items], full: Sequence[bool]
) -> _newest_first.Items:
    """Both lists as one page, which has read down to where the first full one ends."""
    unfinished = [items for items, more in zip(read, full, strict=True) if more]
    reaching = sorted(
        (items for items in unfinished or read if items.oldest_at),
        key=lambda items: items.oldest_at or items.times[0],
    )
    nearest = reaching[-1] if unfinished and reaching else None
    furthest = nearest or (reaching[0] if reaching else None)
    skipped: dict[str, int] = {}
    for items in read:
        for reason, times in (items.skipped or {}).items():
            skipped[reason] = skipped.get(reason, 0) + times
    return _newest_first.Items(
        tuple(post for items in read for post in items.posts),
        tuple(bad for items in read for bad in items.rejected),
        skipped,
        furthest.times if furthest else (),
    )


def _older(
    response: httpx.Response, body: Mapping[str, Any], query: Query, *, is_full: bool
) -> httpx.Request | None:
    page = number(kept(response).get("page")) or 1
    if "results" in body:
        cursor = words(body.get("next_page"))
        return _search(query, page=page + 1, cursor=cursor) if cursor else None
    return _search(query, page=page + 1) if is_full else None


def _deletions(lists: Sequence[Sequence[object]]) -> Iterator[str]:
    for view in (view for one in lists for view in mappings(one)):
        if is_gone(view):
            try:
                yield uri_of(view)
            except BrokenRecord:
                continue


def _one(query: Query, known: Known) -> httpx.Request | None:
    kind, _, here = (known.local_id or "").partition(":")
    if kind not in {"post", "comment"} or not here.isdigit():
        return None
    address = f"{query.base_url}/api/{_api(query)}/{kind}?id={here}"
    return httpx.Request("GET", address)


def _recheck(response: httpx.Response, query: Query) -> Page:
    body = mapping(decode(response))
    view = mapping(body.get("post_view")) or mapping(body.get("comment_view"))
    view = view or body
    if not item_of(view):
        raise bad(response, "a post or a comment was due")
    follows = next_known(response, query, _one)
    if is_gone(view):
        return Page(deletions=tuple(_deletions([[view]])), next=follows)
    items = _newest_first.read(
        [view], lambda one: to_post(one, {}), name=name, time=published_at
    )
    return Page(posts=items.posts, rejected=items.rejected, next=follows)


COLLECTOR: RequestCollector = Lemmy()
