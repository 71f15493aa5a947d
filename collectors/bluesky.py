"""Bluesky: the Jetstream websocket for what happens now, search for what happened.

A source is a stream where its `base_url` begins with ws:// or wss://, and a search
where it begins with http:// or https://. Traps and field map: platforms.md section 5.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx

from collectors import _bluesky_recheck as recheck
from collectors import _bluesky_search as search
from collectors import _bluesky_session as session
from collectors import _bluesky_stream as stream
from collectors._asking import request_of
from collectors.base import (
    NOTHING,
    TERM_KINDS,
    BadPayload,
    Card,
    Collector,
    Connection,
    Denied,
    Duties,
    Pace,
    Page,
    Query,
    SecretSpec,
    TermKind,
    Unavailable,
    Walk,
)

_STREAMS = frozenset({"ws", "wss"})
_SEARCHES = frozenset({"http", "https"})
_STALE = frozenset({"ExpiredToken", "InvalidToken"})
_EXAMPLES = (
    "wss://jetstream2.us-east.bsky.network (Jetstream) or https://bsky.social (search)"
)
_APP_VIEWS = frozenset({"public.api.bsky.app", "api.bsky.app"})


class Bluesky:
    """Posts of Bluesky. The public network gives about 50 a second to a stream."""

    slug: ClassVar[str] = "bluesky"
    docs: ClassVar[str] = "https://docs.bsky.app/docs/api/app-bsky-feed-search-posts"
    card: ClassVar[Card] = Card(
        name="Bluesky",
        access="open",
        gives="all new posts from the open stream, or the results of its search",
        needs="nothing for the stream; an app password for the search",
    )
    duties: ClassVar[Duties] = Duties(
        why="delete what users delete (Bluesky's developer guidelines); the stream tells"
    )
    # A server allows 3000 requests in 5 minutes; search is not meant as a bulk API.
    pace: ClassVar[Pace] = Pace(requests=300, per_s=300, pages=120)
    scope: ClassVar[Literal["term", "source"]] = "source"
    kinds: ClassVar[frozenset[TermKind]] = TERM_KINDS
    secrets: ClassVar[tuple[SecretSpec, ...]] = session.SECRETS
    settings: ClassVar[Mapping[str, str]] = {
        "api_url": (
            f"where known posts are looked up again, without a log-in ({recheck.API_URL})"
        ),
        "quiet_max_s": (
            "stream: a longer silence between two messages counts as a hole in what the "
            f"relay still had ({stream.QUIET_MAX_S:.0f}); more for a small network"
        ),
        "plain_tags": (
            "search: true also looks for the tag's word without #, which finds tags "
            "typed by scripts that do not mark them (one more search for each hashtag)"
        ),
    }

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return [*_address_problems(settings), *_other_problems(settings)]

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        """A stream has no history and no second look; a search has both."""
        if is_stream(settings):
            return ("forward", "recheck")
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request; a log-in where there are credentials to use."""
        if query.walk == "recheck":
            return recheck.request_from(0, query)
        request = search.request_at(search.first_place(query), query)
        return session.with_login(request, query)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        request = request_of(response)
        if session.is_session(request):
            return session.parse(response, query)
        if query.walk == "recheck":
            return recheck.parse(response, request, query)
        place = search.place_of(request, query)
        page, follows = search.parse(response, place, query)
        return _with_next(page, follows, request=request, query=query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What Bluesky's error bodies ask for: a fresh log-in, or a smaller page.

        Raises Denied, naming the keys to set, and BadPayload for a refused question.
        """
        request = request_of(response)
        if request is None or query.walk == "recheck":
            return None
        if session.is_session(request):
            return session.explain(response, query)
        name = search.error_name(response)
        if response.status_code == httpx.codes.UNAUTHORIZED or name in _STALE:
            return _log_in_again(request, query)
        if response.status_code == httpx.codes.FORBIDDEN:
            raise Denied(_forbidden(query))
        return _after_error(response, name, query)

    def connect(self, query: Query) -> Connection:
        """Where to connect; the relay expects no frames."""
        return stream.connect(query)

    def receive(self, message: str | bytes, query: Query) -> Page:
        """What one message gave; `query.checkpoint` is that of the message before."""
        return stream.receive(message, query)


def is_stream(settings: Mapping[str, Any]) -> bool:
    """Whether a source's address is a websocket's."""
    return _scheme(settings.get("base_url")) in _STREAMS


def _scheme(url: object) -> str:
    try:
        return urlsplit(str(url or "")).scheme.casefold()
    except ValueError:
        return ""


def _host(url: object) -> str:
    try:
        return urlsplit(str(url or "")).hostname or ""
    except ValueError:
        return ""


def _address_problems(settings: Mapping[str, Any]) -> list[str]:
    base = settings.get("base_url")
    if _scheme(base) not in _STREAMS | _SEARCHES or not _host(base):
        return [f"base_url must begin with wss:// or https://, for example {_EXAMPLES}"]
    if "@" in urlsplit(str(base)).netloc:
        return ["base_url must not hold a name or password"]
    return []


def _other_problems(settings: Mapping[str, Any]) -> list[str]:
    problems = []
    api = settings.get("api_url")
    if api is not None and (_scheme(api) not in _SEARCHES or not _host(api)):
        problems.append(
            f"api_url must begin with https://, for example {recheck.API_URL}"
        )
    if not _is_span(settings.get("quiet_max_s", stream.QUIET_MAX_S)):
        problems.append("quiet_max_s must be a number of seconds above 0")
    if not isinstance(settings.get("plain_tags", False), bool):
        problems.append("plain_tags must be true or false")
    if not is_stream(settings) and not _address_problems(settings):
        problems += _credential_problems(settings)
    return problems


def _is_span(value: object) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(float(str(value))) and float(str(value)) > 0


def _credential_problems(settings: Mapping[str, Any]) -> list[str]:
    held = settings.get("secrets") or NOTHING
    given = [spec.env for spec in session.SECRETS if held.get(spec.name)]
    missing = [spec.env for spec in session.SECRETS if not held.get(spec.name)]
    if not given:
        return []
    if missing:
        return [f"{given[0]} is set but {missing[0]} is not: search needs both"]
    if not session.is_private(str(settings["base_url"])):
        return [
            "base_url must begin with https:// for an app password to be sent there"
        ]
    if _host(settings["base_url"]) in _APP_VIEWS:
        return ["base_url must be the account's server to log in: https://bsky.social"]
    return []


def _with_next(
    page: Page,
    follows: search.Place | None,
    *,
    request: httpx.Request | None,
    query: Query,
) -> Page:
    """The page with its next request, logged in as the request before it was."""
    if follows is None:
        return page
    following = search.request_at(follows, query)
    token = request.headers.get("Authorization") if request is not None else None
    if token:
        following.headers["Authorization"] = token
    else:
        following = session.with_login(following, query)
    return replace(page, next=following)


def _log_in_again(request: httpx.Request, query: Query) -> Page:
    """First by the refresh token, then by the password, then a person must look."""
    place = search.place_of(request, query)
    if not session.can_log_in(query):
        raise Denied(f"Bluesky's search wants a log-in: set {session.KEYS}")
    if place.auth >= len(("renewed", "created")):
        raise Denied(f"Bluesky refuses the session it gave: check {session.KEYS}")
    waiting = search.request_at(replace(place, auth=place.auth + 1), query).url
    by = session.renew if place.auth == 0 else session.create
    return Page(next=by(query, waiting), vouches="overlapping")


def _forbidden(query: Query) -> str:
    if session.can_log_in(query):
        return f"this host refuses search: check base_url and {session.KEYS}"
    return (
        f"this host refuses search without a log-in: set {session.KEYS}, and base_url to "
        "the account's server (https://bsky.social)"
    )


def _after_error(
    response: httpx.Response, name: str | None, query: Query
) -> Page | None:
    """A window's end, one bad result, a refused question; None for the usual rules."""
    request = response.request
    place = search.place_of(request, query)
    refused = response.status_code == httpx.codes.BAD_REQUEST
    if refused and not place.is_deep:
        raise BadPayload(
            f"Bluesky's search refuses the question: {name or 'no reason'}"
        )
    broken = response.status_code in {500, 502} and name is not None
    if not refused and not broken:
        return None
    found = search.failed(place)
    if found is None:
        raise Unavailable(f"Bluesky's search fails: {name or response.status_code}")
    return _with_next(*found, request=request, query=query)


COLLECTOR: Collector = Bluesky()
