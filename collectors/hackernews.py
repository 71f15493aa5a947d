"""Hacker News, by Algolia's search of it.

A query reaches 1,000 hits, so a walk goes down in slices of time: the next slice ends at
the oldest second that was read, inclusive, since another hit may share it. Traps and
field map: platforms.md section 10.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import httpx

from collectors import _newest_first
from collectors._asking import (
    address_faults,
    first_known,
    gone,
    next_known,
)
from collectors._hackernews_posts import item_id, published_at, to_post
from collectors._json import bad, decode, mapping
from collectors._matching import names
from collectors.base import (
    Card,
    Duties,
    Known,
    Pace,
    Page,
    Post,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)

API = "https://hn.algolia.com"
HITS = 1000
# The index lags behind the site by minutes, rarely by hours.
OVERLAP = timedelta(hours=1)
_FULL = "more than 1,000 hits share one second: the search shows no more of them"


class HackerNews:
    """See `collectors.base.RequestCollector`."""

    slug: ClassVar[str] = "hackernews"
    docs: ClassVar[str] = "https://hn.algolia.com/api"
    card: ClassVar[Card] = Card(
        name="Hacker News",
        access="open",
        gives="stories and comments by word, with points",
        needs="nothing",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(why="none are laid down for its search")
    # About 10,000 requests an hour are let through; a monitor needs a fraction.
    pace: ClassVar[Pace] = Pace(requests=60, per_s=60, pages=200)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase", "domain"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = {}

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, API)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        if query.walk == "recheck":
            return first_known(query, _item)
        return _search(query, query.until if query.walk == "back" else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _recheck(response, query)
        return _page(response, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """A known item that the index does not have any more; None for the usual rules."""
        if query.walk == "recheck" and response.status_code == httpx.codes.NOT_FOUND:
            return gone(response, query, _item)
        return None


def _search(query: Query, until: datetime | None) -> httpx.Request:
    term = query.terms[0]
    bounds = []
    if floor := _newest_first.floor(query, OVERLAP):
        bounds.append(f"created_at_i>={int(floor.timestamp())}")
    if until is not None:
        bounds.append(f"created_at_i<={int(until.timestamp())}")
    params = {
        "query": f'"{term.value}"' if term.kind == "phrase" else term.value,
        "tags": "(story,comment)",
        "typoTolerance": "false",
        "hitsPerPage": str(HITS),
    }
    if term.kind == "domain":
        params["restrictSearchableAttributes"] = "url,story_text,comment_text"
    if bounds:
        params["numericFilters"] = ",".join(bounds)
    return httpx.Request(
        "GET", f"{query.base_url}/api/v1/search_by_date", params=params
    )


def _page(response: httpx.Response, query: Query) -> Page:
    hits = mapping(decode(response)).get("hits")
    if not isinstance(hits, list):
        raise bad(response, "a list of hits was due")

    def wanted(hit: Mapping[str, Any]) -> Post | str:
        post = to_post(hit)
        return post if names(post, query.terms) else "no term matched"

    items = _newest_first.read(hits, wanted, name=item_id, time=published_at)
    full = _FULL if len(hits) >= HITS else None
    older, cut = _newest_first.before(response, query, items, _search, full=full)
    return _newest_first.page(
        items, query, older, overlap=OVERLAP, cut_short=cut, vouches="overlapping"
    )


def _item(query: Query, known: Known) -> httpx.Request:
    number = known.local_id or known.uri.removeprefix("hn:")
    return httpx.Request("GET", f"{query.base_url}/api/v1/items/{quote(number)}")


def _recheck(response: httpx.Response, query: Query) -> Page:
    item = mapping(decode(response))
    if item_id(item) is None:
        raise bad(response, "an item was due")
    items = _newest_first.read([item], to_post, name=item_id, time=published_at)
    return Page(
        posts=items.posts,
        rejected=items.rejected,
        next=next_known(response, query, _item),
    )


COLLECTOR: RequestCollector = HackerNews()
