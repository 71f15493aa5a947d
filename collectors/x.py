"""X's recent search, paid by the post, within a monthly ceiling that is never passed.

All terms are asked in one question. A forward walk asks for what is newer than the newest
id it has, so that no post is paid for twice. Traps and field map: platforms.md section 16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first, _x_ask, _x_v2
from collectors._asking import address_faults, answered_at, kept, number, then
from collectors._json import bad, decode, mapping, mappings
from collectors._matching import matches
from collectors._x_common import maybe_id, uri_of
from collectors.base import (
    BadPayload,
    Budget,
    Card,
    Charge,
    Denied,
    Duties,
    Gap,
    Pace,
    Page,
    Post,
    Probe,
    Query,
    RateLimited,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)
from collectors.text import words

API = "https://api.x.com"
_WEEK = timedelta(days=7)
_WINDOW = "X's recent search reaches back seven days"
_NO_MONEY = "the month's ceiling, a number of dollars: monthly_usd = 50"


class X:
    """See `collectors.base.RequestCollector`, `Explains`, `Probes` and `Metered`."""

    slug: ClassVar[str] = "x"
    docs: ClassVar[str] = "https://docs.x.com/x-api/posts/search-recent-posts"
    card: ClassVar[Card] = Card(
        name="X",
        access="paid",
        gives="posts of the last seven days by hashtag, phrase, account or link",
        needs="a bearer token and money: about $0.005 a post",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        keep=timedelta(days=30),
        ages=(timedelta(days=1), timedelta(days=7)),
        publish="here",
        why="X forbids to publish the words of posts, and wants those gone that were "
        "deleted (Developer Agreement and Policy)",
    )
    pace: ClassVar[Pace] = Pace(requests=300, per_s=900)
    scope: ClassVar[Literal["term", "source"]] = "source"
    kinds: ClassVar[frozenset[TermKind]] = frozenset(
        {"hashtag", "phrase", "account", "domain"}
    )
    secrets: ClassVar[tuple[SecretSpec, ...]] = (_x_ask.TOKEN,)
    settings: ClassVar[Mapping[str, str]] = {
        "monthly_usd": "needed: the most that a calendar month may cost, in dollars",
        "usd_per_post": f"what a post costs ({_x_ask.PER_POST})",
        "usd_per_user": f"what an author costs ({_x_ask.PER_USER})",
        "authors": "true also asks for who wrote a post (three times the price)",
        "retweets": "true also takes reposts in",
        "history": "true reads the seven days before the first look, once",
    }

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        problems = address_faults(settings, API)
        if not _is_money(settings.get("monthly_usd")):
            problems.append(f"monthly_usd is missing: write {_NO_MONEY}.")
        for key in ("usd_per_post", "usd_per_user"):
            if key in settings and not _is_money(settings[key]):
                problems.append(f"{key} must be a number of dollars above 0.")
        for key in ("authors", "retweets", "history"):
            if not isinstance(settings.get(key, False), bool):
                problems.append(f"{key} must be true or false.")
        return problems

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        """Nothing is read twice for its own sake: each post costs each time."""
        past: tuple[Walk, ...] = ("back",) if settings.get("history") is True else ()
        return ("forward", *past, "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        if query.walk == "recheck":
            request = _x_ask.lookup(query, 0)
            if request is None:
                raise ValueError("a recheck needs known posts of X")
            return request
        since = query.checkpoint if query.walk == "forward" else None
        return _x_ask.search(query, since_id=maybe_id(since))

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        body = mapping(decode(response))
        if not any(key in body for key in ("data", "meta", "errors")):
            raise bad(response, "posts of X were due")
        if query.walk == "recheck":
            return _recheck(response, body, query)
        return _page(response, body, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What X's refusals mean, by status and `type`. Raises Denied and RateLimited."""
        kind = _type(response)
        if kind == "usage-capped":
            raise RateLimited("X says that the month's usage is spent (usage-capped)")
        if response.status_code in {401, 403}:
            said = kind or str(response.status_code)
            raise Denied(f"X refuses the token in {_x_ask.TOKEN.env} ({said})")
        at = kept(response)
        if response.status_code == httpx.codes.BAD_REQUEST and "since" in at:
            # The newest id that is known is older than the search's seven days.
            again = _x_ask.search(query, number(at.get("group")))
            gap = Gap("capped", _WINDOW, query.since) if query.since else None
            return Page(next=again, gap=gap)
        return None

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """A look at the token's own use, which is free."""
        return _x_ask.usage(settings)

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],  # noqa: ARG002
        so_far: Probe | None,  # noqa: ARG002
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        if response.is_success:
            return Probe("open", "the token works")
        if response.status_code in {401, 403}:
            return Probe("login", f"X refuses the token in {_x_ask.TOKEN.env}")
        return Probe("limited", f"X answered {response.status_code}")

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:
        """The month's ceiling. Without one nothing may be spent."""
        dollars = settings.get("monthly_usd")
        limit = round(dollars * _x_ask.MICRO) if _is_money(dollars) else 0  # type: ignore[operator]
        return (
            Budget(_x_ask.METER, limit, "month", unit="dollars", scale=_x_ask.MICRO),
        )

    def price(
        self, request: httpx.Request, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """The most that a request can cost."""
        return _x_ask.price(request, settings)

    def bill(
        self, response: httpx.Response, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """What it did cost."""
        return _x_ask.bill(response, settings)


def _is_money(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < float(str(value)) < 1e6


def _type(response: httpx.Response) -> str | None:
    """The last part of a problem's `type`: "usage-capped", "client-forbidden"."""
    try:
        found = words(mapping(decode(response)).get("type"))
    except BadPayload:
        return None
    name = (found or "").rpartition("/")[2]
    return name if name.replace("-", "").isalpha() else None


def _page(response: httpx.Response, body: Mapping[str, Any], query: Query) -> Page:
    found = body.get("data", [])
    if not isinstance(found, list):
        raise bad(response, "a list of posts was due")
    beside = _x_v2.includes_of(body)

    def wanted(tweet: Mapping[str, Any]) -> Post | str:
        if _x_v2.is_protected(tweet, beside):
            return "its author shows it to followers alone"
        post = _x_v2.to_post(tweet, beside)
        return post if matches(post, query.terms) else "no term matched"

    items = _newest_first.read(found, wanted, name=_x_v2.name, time=_x_v2.published_at)
    return _onward(response, mapping(body.get("meta")), query, items)


def _onward(
    response: httpx.Response,
    meta: Mapping[str, Any],
    query: Query,
    items: _newest_first.Items,
) -> Page:
    """The page, with the next one of this question, else the next question."""
    at = kept(response)
    group, since, newest = number(at.get("group")), at.get("since"), _newest(meta, at)
    token = words(meta.get("next_token"))
    older = None
    if token:
        older = _x_ask.search(query, group, token=token, since_id=since, newest=newest)
    if query.walk == "back":
        page = _past(response, query, items, older)
    else:
        page = _newest_first.page(items, query, older)
    if query.walk == "forward":
        page = replace(page, checkpoint=newest or query.checkpoint or "looked")
    if group + 1 >= len(_x_ask.groups(query.terms, query.settings)):
        return page
    again = maybe_id(query.checkpoint) if query.walk == "forward" else None
    return then(page, _x_ask.search(query, group + 1, since_id=again, newest=newest))


def _past(
    response: httpx.Response,
    query: Query,
    items: _newest_first.Items,
    older: httpx.Request | None,
) -> Page:
    """A page of a walk into the past, down to where the search begins: seven days before
    X's own clock. What was asked for before that was not searched. Without that clock
    nothing is vouched for below the oldest post."""
    now = answered_at(response)
    if now is None:
        return _newest_first.page(items, query, older, cut_short=_WINDOW)
    begin = max(now, query.until or now) - _WEEK
    if query.since is None or query.since >= begin:
        return _newest_first.page(items, query, older)
    page = _newest_first.page(items, replace(query, since=begin), older)
    gap = Gap("capped", _WINDOW, query.since, begin)
    return page if page.next is not None else replace(page, gap=gap)


def _newest(meta: Mapping[str, Any], at: Mapping[str, str]) -> str | None:
    """The newest id of the walk so far."""
    ids = [maybe_id(meta.get("newest_id")), maybe_id(at.get("newest"))]
    known = [int(one) for one in ids if one]
    return str(max(known)) if known else None


def _recheck(response: httpx.Response, body: Mapping[str, Any], query: Query) -> Page:
    """Known posts; one that is named among the errors is gone, or shut away."""
    beside, found = _x_v2.includes_of(body), body.get("data", [])
    if not isinstance(found, list):
        raise bad(response, "a list of posts was due")
    items = _newest_first.read(
        found,
        lambda tweet: _x_v2.to_post(tweet, beside),
        name=_x_v2.name,
        time=_x_v2.published_at,
    )
    at = number(kept(response).get("at"))
    asked = set(_x_ask.ids_from(query, at))
    named = (maybe_id(one.get("resource_id")) for one in mappings(body.get("errors")))
    return Page(
        posts=items.posts,
        rejected=items.rejected,
        deletions=tuple(uri_of(one) for one in named if one in asked and one),
        next=_x_ask.lookup(query, at + _x_ask.LOOKUP),
    )


COLLECTOR: RequestCollector = X()
