"""Reddit's search of posts, and the newest posts and comments of named communities.

An application logs in with its own keys; the token is kept between walks. Search finds no
comments, and every listing ends near 1,000 things. Traps and field map: platforms.md
section 15.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first
from collectors import _reddit_ask as ask
from collectors._asking import address_faults, kept, number, then
from collectors._json import bad, decode, mappings
from collectors._matching import names
from collectors._reddit_posts import (
    is_gone,
    listing,
    name,
    published_at,
    to_post,
    unwanted,
    uri_of,
)
from collectors.base import (
    Card,
    Denied,
    Duties,
    Pace,
    Page,
    Post,
    Query,
    RequestCollector,
    Secret,
    SecretSpec,
    TermKind,
    Walk,
)

API = "https://oauth.reddit.com"
OVERLAP = timedelta(hours=1)
_AT_ONCE = 100
_ENDS = "Reddit's listings end near 1,000 things"
_COMMUNITY = re.compile(r"[A-Za-z0-9_]{2,24}")


class Reddit:
    """See `collectors.base.RequestCollector` and `Explains`."""

    slug: ClassVar[str] = "reddit"
    docs: ClassVar[str] = "https://www.reddit.com/dev/api/#GET_search"
    card: ClassVar[Card] = Card(
        name="Reddit",
        access="approval",
        gives="posts by word, and posts and comments of named communities",
        needs="an app that Reddit has approved (by hand, since November 2025)",
        base_url=API,
        central=True,
    )
    duties: ClassVar[Duties] = Duties(
        recheck=timedelta(days=2),
        keep=timedelta(days=30),
        why="what was deleted on Reddit is deleted here, names included (Data API Terms)",
    )
    # 100 a minute for an application.
    pace: ClassVar[Pace] = Pace(requests=60, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase", "domain"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = (ask.ID, ask.KEY)
    settings: ClassVar[Mapping[str, str]] = {
        "subreddits": 'communities to read whole: ["ukpolitics"]; their comments as well',
        "user_agent": 'what Reddit wants to see: "linux:my-app:1.0 (by /u/name)"',
        "login_url": f"where tokens are given out ({ask.LOGIN})",
    }

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        problems = address_faults(settings, API)
        if _communities(settings) is None:
            problems.append('subreddits must be a list of names: ["ukpolitics"].')
        if not isinstance(settings.get("user_agent", ""), str):
            problems.append("user_agent must be text.")
        if "login_url" in settings:
            where = {**settings, "base_url": settings["login_url"]}
            faults = address_faults(where, ask.LOGIN)
            problems += [fault.replace("base_url", "login_url") for fault in faults]
        return problems

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request; a log-in where there is no token yet."""
        token = ask.held(query)
        if token is None:
            return ask.login(query)
        return _opening(query, token)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        at = kept(response)
        if "login" in at:
            token = ask.token_of(response)
            return Page(
                next=_opening(query, token, renewed=at.get("renewed")),
                session={ask.ACCESS: token},
            )
        found = listing(decode(response))
        if found is None:
            raise bad(response, "a listing was due")
        if query.walk == "recheck":
            return _recheck(response, found[0], query)
        return _page(response, found, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """A token that has run out is renewed once. Raises Denied."""
        at = kept(response)
        if "login" in at and response.status_code in {400, 401, 403}:
            raise Denied(
                f"Reddit refuses {ask.ID.env} and {ask.KEY.env}: was the app approved?"
            )
        if response.status_code == httpx.codes.UNAUTHORIZED and "renewed" not in at:
            return Page(next=ask.login(query, renewed=1))
        return None


def _communities(settings: Mapping[str, Any]) -> list[str] | None:
    """The named communities; None where they are not a list of names."""
    given = settings.get("subreddits", [])
    if not isinstance(given, list) or len(given) > 50:
        return None
    bare = [str(one).removeprefix("/").removeprefix("r/") for one in given]
    return bare if all(map(_COMMUNITY.fullmatch, bare)) else None


def _parts(query: Query) -> list[str]:
    """The listings of a walk, one after the other."""
    named = _communities(query.settings)
    return ["search", "new", "comments"] if named else ["search"]


def _opening(query: Query, token: Secret, renewed: str | None = None) -> httpx.Request:
    if query.walk == "recheck":
        request = _known(query, token, 0)
        if request is None:
            raise ValueError("a recheck needs known posts of Reddit")
        return request
    return _listing(query, token, "search", renewed=renewed)


def _listing(
    query: Query,
    token: Secret,
    part: str,
    *,
    after: str | None = None,
    renewed: str | None = None,
) -> httpx.Request:
    params = {"limit": str(ask.LIMIT)}
    if part == "search":
        params |= {"q": _question(query), "sort": "new", "type": "link", "t": "all"}
        path = "/search"
    else:
        path = f"/r/{'+'.join(_communities(query.settings) or [])}/{part}"
    if after:
        params["after"] = after
    return ask.get(query, path, params, token, part=part, renewed=renewed)


def _question(query: Query) -> str:
    term = query.terms[0]
    if term.kind == "domain":
        return f"site:{term.value}"
    return f'"{term.value}"' if term.kind == "phrase" else term.value


def _page(
    response: httpx.Response, found: tuple[list[object], str | None], query: Query
) -> Page:
    things, after = found
    at, parts = kept(response), _parts(query)
    part = at.get("part", "search")

    def wanted(thing: Mapping[str, Any]) -> Post | str:
        reason = unwanted(thing)
        if reason is not None:
            return reason
        post = to_post(thing)
        return post if names(post, query.terms) else "no term matched"

    items = _newest_first.read(things, wanted, name=name, time=published_at)
    token = _token(response, query)
    older = _listing(query, token, part, after=after) if after else None
    full = number(at.get("seen")) + len(things) >= 900 and after is None
    cut = _ENDS if full else None
    page = _newest_first.page(items, query, older, overlap=OVERLAP, cut_short=cut)
    if page.next is not None:
        seen = number(at.get("seen")) + len(things)
        fragment = page.next.url.fragment
        page.next.url = page.next.url.copy_with(fragment=f"{fragment}&seen={seen}")
    gone = [uri_of(one) for one in map(name, filter(is_gone, mappings(things))) if one]
    page = replace(page, deletions=tuple(gone))
    place = parts.index(part) + 1 if part in parts else len(parts)
    following = _listing(query, token, parts[place]) if place < len(parts) else None
    return then(page, following)


def _token(response: httpx.Response, query: Query) -> Secret:
    """The token that this request used, or the one that is kept."""
    known = ask.held(query)
    try:
        used = response.request.headers.get("Authorization", "")
    except RuntimeError:
        used = ""
    return Secret(used.removeprefix("Bearer ")) if used else known or Secret("")


def _known(query: Query, token: Secret, at: int) -> httpx.Request | None:
    full = [one.uri.removeprefix("reddit:") for one in query.known]
    wanted = [one for one in full if one.startswith(("t1_", "t3_"))][at : at + _AT_ONCE]
    if not wanted:
        return None
    return ask.get(query, "/api/info", {"id": ",".join(wanted)}, token, at=at)


def _recheck(response: httpx.Response, things: list[object], query: Query) -> Page:
    """Known things; what lost its words, or does not come back, is gone."""
    at = number(kept(response).get("at"))
    asked = [one.uri for one in query.known if one.uri.startswith("reddit:t")]
    asked = asked[at : at + _AT_ONCE]
    there = {
        uri_of(one)
        for thing in mappings(things)
        if not is_gone(thing) and (one := name(thing))
    }
    items = _newest_first.read(
        things, lambda one: unwanted(one) or to_post(one), name=name, time=published_at
    )
    return Page(
        posts=items.posts,
        rejected=items.rejected,
        skipped=items.skipped or {},
        deletions=tuple(one for one in asked if one not in there),
        next=_known(query, _token(response, query), at + _AT_ONCE),
    )


COLLECTOR: RequestCollector = Reddit()
