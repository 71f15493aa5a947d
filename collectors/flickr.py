"""Flickr's photographs by tag or word, newest first.

A search shows its first 4,000 results only, so a walk goes down in slices of time. Errors
come as `stat: fail` with a 200. Traps and field map: platforms.md section 20.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first
from collectors._asking import (
    address_faults,
    first_known,
    gone,
    next_known,
    secret_of,
)
from collectors._flickr_posts import name, published_at, to_post
from collectors._json import bad, decode, mapping
from collectors.base import (
    NOTHING,
    BadPayload,
    Card,
    Denied,
    Duties,
    Known,
    Pace,
    Page,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Unavailable,
    Walk,
)

API = "https://api.flickr.com"
PER_PAGE = 500
KEY = SecretSpec(
    "key",
    "FLICKR_API_KEY",
    how="free for what is not commercial; ask for one at flickr.com/services/apps/create",
    required=True,
)
OVERLAP = timedelta(hours=1)
_FULL = "more than 500 photographs share one second: Flickr shows no more of them"
_EXTRAS = "description,date_upload,owner_name,path_alias,tags,url_m,views"
_NOT_FOUND, _WRONG_KEY = 1, {98, 99, 100}
_TRANSIENT = {0, 10, 105, 106, 201}


class Flickr:
    """See `collectors.base.RequestCollector` and `Explains`."""

    slug: ClassVar[str] = "flickr"
    docs: ClassVar[str] = (
        "https://www.flickr.com/services/api/flickr.photos.search.html"
    )
    card: ClassVar[Card] = Card(
        name="Flickr",
        access="free key",
        gives="photographs by tag or word: rallies, demonstrations",
        needs="a free API key of Flickr's",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        why="each photograph has its licence; keep no more than its owner shows"
    )
    # 3,600 calls an hour, by guideline.
    pace: ClassVar[Pace] = Pace(requests=40, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (KEY,)
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, API)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        if query.walk == "recheck":
            return first_known(query, _one)
        return _search(query, query.until if query.walk == "back" else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        body = mapping(decode(response))
        if query.walk == "recheck":
            photo = mapping(body.get("photo"))
            if name(photo) is None:
                raise bad(response, "a photograph was due")
            read = _newest_first.read([photo], to_post, name=name, time=published_at)
            follows = next_known(response, query, _one)
            return Page(posts=read.posts, rejected=read.rejected, next=follows)
        found = mapping(body.get("photos")).get("photo")
        if not isinstance(found, list):
            raise bad(response, "a list of photographs was due")
        items = _newest_first.read(found, to_post, name=name, time=published_at)
        full = _FULL if len(found) >= PER_PAGE else None
        older, cut = _newest_first.before(response, query, items, _search, full=full)
        return _newest_first.page(items, query, older, overlap=OVERLAP, cut_short=cut)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What the codes of a failed answer mean. Raises Denied and Unavailable."""
        code = _code(response)
        if code in _WRONG_KEY:
            raise Denied(f"Flickr refuses the key in {KEY.env} (code {code})")
        if code in _TRANSIENT:
            raise Unavailable(f"Flickr has a fault of its own (code {code})")
        if code == _NOT_FOUND and query.walk == "recheck":
            return gone(response, query, _one)
        return None


def _code(response: httpx.Response) -> int | None:
    try:
        body = mapping(decode(response))
    except BadPayload:
        return None
    code = body.get("code")
    is_code = isinstance(code, int) and not isinstance(code, bool)
    return code if body.get("stat") == "fail" and is_code else None


def _call(query: Query, method: str, params: Mapping[str, str]) -> httpx.Request:
    """The key can only go into the address; no message of ours has an address in it."""
    asked = {"method": method, **params, "format": "json", "nojsoncallback": "1"}
    key = secret_of(query.settings, KEY.name)
    if key is not None:
        asked["api_key"] = key
    return httpx.Request("GET", f"{query.base_url}/services/rest/", params=asked)


def _search(query: Query, until: datetime | None) -> httpx.Request:
    term = query.terms[0]
    params = (
        {"tags": term.value} if term.kind == "hashtag" else {"text": f'"{term.value}"'}
    )
    params |= {
        "sort": "date-posted-desc",
        "per_page": str(PER_PAGE),
        "extras": _EXTRAS,
    }
    if floor := _newest_first.floor(query, OVERLAP):
        params["min_upload_date"] = str(int(floor.timestamp()))
    if until is not None:
        params["max_upload_date"] = str(int(until.timestamp()))
    return _call(query, "flickr.photos.search", params)


def _one(query: Query, known: Known) -> httpx.Request | None:
    number = known.uri.removeprefix("flickr:")
    if not number.isdigit():
        return None
    return _call(query, "flickr.photos.getInfo", {"photo_id": number})


COLLECTOR: RequestCollector = Flickr()
