"""Tumblr's posts by tag: pages that end at a moment (`before`), twenty at a time.

A page is at times empty although older posts exist: then the moment is moved back by six
hours and asked again, a few times. Traps and field map: platforms.md section 17.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first
from collectors._asking import address_faults, keeping, kept, number, secret_of
from collectors._json import bad, decode, mapping, mappings
from collectors._tumblr_posts import name, published_at, to_post
from collectors.base import (
    NOTHING,
    BadPayload,
    Budget,
    Card,
    Charge,
    Denied,
    Duties,
    Pace,
    Page,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
    normal_tag,
)
from collectors.text import parse_time

API = "https://api.tumblr.com"
LIMIT = 20
KEY = SecretSpec(
    "key",
    "TUMBLR_API_KEY",
    how="free; register an application at tumblr.com/oauth/apps and copy its consumer key",
    required=True,
)
_STEP = timedelta(hours=6)
_STEPS = 4
_EMPTY = (
    "Tumblr answered with empty pages for a day, which it also does where posts are"
)


class Tumblr:
    """See `collectors.base.RequestCollector`, `Explains` and `Metered`."""

    slug: ClassVar[str] = "tumblr"
    docs: ClassVar[str] = "https://www.tumblr.com/docs/en/api/v2#tagged-method"
    card: ClassVar[Card] = Card(
        name="Tumblr",
        access="free key",
        gives="posts and reblogs by tag",
        needs="a free API key of Tumblr's",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        keep=timedelta(days=3),
        why="its terms are read as delete after three days (so 4CAT reads them)",
    )
    # 300 a minute for an address; the day's limit is the ledger's.
    pace: ClassVar[Pace] = Pace(requests=60, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (KEY,)
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, API)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """A known post cannot be asked for by its tag; settle walks meet it again."""
        return ("forward", "back", "settle")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        return _page_below(query, query.until if query.walk == "back" else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        found = mapping(decode(response)).get("response")
        if not isinstance(found, list):
            raise bad(response, "a list of posts was due")
        items = _newest_first.read(found, to_post, name=name, time=published_at)
        older, cut = _older(response, query, found, items)
        return _newest_first.page(items, query, older, cut_short=cut)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:  # noqa: ARG002
        """What its `meta.status` says. Raises Denied."""
        if response.status_code in {401, 403} or _status(response) in {401, 403}:
            raise Denied(f"Tumblr refuses the key in {KEY.env}")
        return None

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:  # noqa: ARG002
        """5,000 calls a day for a key; it allows 1,000 an hour."""
        return (Budget("calls", 5000, "day", spread=True),)

    def price(
        self,
        request: httpx.Request,  # noqa: ARG002
        settings: Mapping[str, Any],  # noqa: ARG002
    ) -> Sequence[Charge]:
        """Each call is one."""
        return (Charge("calls", 1),)

    def bill(
        self, response: httpx.Response, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """The same."""
        return self.price(response.request, settings)


def _status(response: httpx.Response) -> int | None:
    try:
        found = mapping(mapping(decode(response)).get("meta")).get("status")
    except BadPayload:
        return None
    return found if isinstance(found, int) else None


def _page_below(
    query: Query, before: datetime | None, *, empty: int = 0
) -> httpx.Request:
    """The page that ends at a moment. empty: how many empty ones came before it.

    The key can only go into the address; no message of ours has an address in it.
    """
    params = {
        "tag": normal_tag(query.terms[0].value),
        "limit": str(LIMIT),
        "npf": "true",
    }
    if before is not None:
        params["before"] = str(int(before.timestamp()))
    key = secret_of(query.settings, KEY.name)
    if key is not None:
        params["api_key"] = key
    address = f"{query.base_url}/v2/tagged"
    return keeping(httpx.Request("GET", address, params=params), empty=empty or None)


def _before(response: httpx.Response) -> datetime | None:
    try:
        given = response.request.url.params.get("before")
    except RuntimeError:
        return None
    return parse_time(number(given, most=2**40) or None)


def _older(
    response: httpx.Response,
    query: Query,
    found: Sequence[object],
    items: _newest_first.Items,
) -> tuple[httpx.Request | None, str | None]:
    """The page below this one, and why there is none where there may be one.

    `before` is exclusive, so a second later: posts of the same second are met twice
    rather than lost.
    """
    # A featured tag is sorted by the moment at which each post was featured.
    featured = (parse_time(one.get("featured_timestamp")) for one in mappings(found))
    moments = [one for one in featured if one is not None] or list(items.times)
    asked = _before(response)
    if moments:
        below = min(moments) + timedelta(seconds=1)
        if asked is not None and below >= asked:
            below = asked - timedelta(seconds=1)
        return _page_below(query, below), None
    empty, bound = number(kept(response).get("empty")), _newest_first.floor(query)
    if asked is not None and bound is not None and asked <= bound:
        return None, None
    if asked is None or empty >= _STEPS:
        return None, _EMPTY if asked is not None else None
    return _page_below(query, asked - _STEP, empty=empty + 1), None


COLLECTOR: RequestCollector = Tumblr()
