"""Bluesky's XRPC: sessions, search, posts and profiles (platforms.md section 5.1).

Search wants a log-in. The same endpoints answer as the public host, which serves posts
to anybody and refuses every search with a page of HTML.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from collectors.text import parse_time
from groundswell.demo.atproto_json import Json, author, repo, view
from groundswell.demo.ids import did, micros
from groundswell.demo.records import Post, plain
from groundswell.demo.stage import BLUESKY_HANDLE, Stage

ACCESS_LIFE = timedelta(hours=2)
_REFRESH_LIFE = timedelta(days=60)
_APP_PASSWORD = re.compile(r"[a-z0-9]{4}(-[a-z0-9]{4}){3}")
_TOKEN = re.compile(r"Bearer demo-(access|refresh)-(\d+)")
_DEPTH = 10_000
_BATCH = 25
_LIMIT, _WINDOW_S = 3000, 300
_Q = re.compile(r'"([^"]*)"|(\S+)')


class _Refused(Exception):
    """An answer other than 200."""

    def __init__(self, status: int, name: str, message: str) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


@dataclass(frozen=True, slots=True)
class Xrpc:
    """One host's endpoints. public: without log-in, and without search."""

    stage: Stage
    public: bool = False

    def routes(self) -> list[BaseRoute]:
        """The routes below the host's base URL."""
        methods = {
            "com.atproto.server.createSession": (self.create_session, "POST"),
            "com.atproto.server.refreshSession": (self.refresh_session, "POST"),
            "app.bsky.feed.searchPosts": (self.search_posts, "GET"),
            "app.bsky.feed.getPosts": (self.get_posts, "GET"),
            "app.bsky.actor.getProfiles": (self.get_profiles, "GET"),
        }
        return [
            Route(f"/xrpc/{name}", method, methods=[verb])
            for name, (method, verb) in methods.items()
        ]

    async def create_session(self, request: Request) -> Response:
        """POST createSession: the demo account with any app password."""
        try:
            body = await request.json()
        except ValueError:
            return self._refuse(_Refused(400, "InvalidRequest", "Invalid JSON"))
        given = body if isinstance(body, dict) else {}
        known = given.get("identifier") in {BLUESKY_HANDLE, did(BLUESKY_HANDLE)}
        if not known or not _APP_PASSWORD.fullmatch(str(given.get("password"))):
            wrong = "Invalid identifier or password"
            return self._refuse(_Refused(401, "AuthenticationRequired", wrong))
        return self._session()

    async def refresh_session(self, request: Request) -> Response:
        """POST refreshSession with the refresh token."""
        try:
            self._authorise(request, "refresh")
        except _Refused as refused:
            return self._refuse(refused)
        return self._session()

    def _session(self) -> Response:
        now = self.stage.now()
        session = {
            "did": did(BLUESKY_HANDLE),
            "handle": BLUESKY_HANDLE,
            "accessJwt": f"demo-access-{micros(now + ACCESS_LIFE)}",
            "refreshJwt": f"demo-refresh-{micros(now + _REFRESH_LIFE)}",
            "active": True,
        }
        return self._answer(session)

    def _authorise(self, request: Request, kind: str) -> None:
        given = request.headers.get("authorization")
        if given is None:
            raise _Refused(401, "AuthMissing", "Authentication Required")
        token = _TOKEN.fullmatch(given)
        if token is None or token[1] != kind:
            raise _Refused(400, "InvalidToken", "Token could not be verified")
        if int(token[2]) <= micros(self.stage.now()):
            raise _Refused(400, "ExpiredToken", "Token has expired")

    async def search_posts(self, request: Request) -> Response:
        """GET searchPosts: latest first; the cursor is an offset."""
        if self.public:
            return HTMLResponse(_FORBIDDEN, status_code=403)
        try:
            self._authorise(request, "access")
            return self._answer(self._found(request))
        except _Refused as refused:
            return self._refuse(refused)

    def _found(self, request: Request) -> Json:
        asked = request.query_params
        if not asked.get("q", "").strip():
            raise _Refused(
                400, "InvalidRequest", 'Error: Params must have the property "q"'
            )
        now = self.stage.now()
        limit = _whole(asked.get("limit", "25"), "limit", 1, 100)
        offset = _whole(asked.get("cursor", "0"), "cursor", 0, _DEPTH * 10)
        endless = getattr(request.state, "endless", False)
        hits = self._hits(
            asked["q"], now, _when(asked.get("since")), _when(asked.get("until"))
        )
        page = list(
            islice(
                hits, 0 if endless else offset, (0 if endless else offset) + limit + 1
            )
        )
        found: Json = {"posts": [view(post, now) for post in page[:limit]]}
        more = len(page) > limit and offset + limit < _DEPTH
        if more or endless:
            found["cursor"] = str(offset + limit)
        return found

    def _hits(
        self, q: str, now: datetime, since: datetime | None, until: datetime | None
    ) -> Iterator[Post]:
        world, terms = self.stage.world, _terms(q)
        tag = next((term for kind, term in terms if kind == "tag"), "")
        entries = world.on_bluesky.get(tag, [])
        first = 0 if since is None else bisect_left(entries, (micros(since), -1))
        last = (
            len(entries) if until is None else bisect_left(entries, (micros(until), -1))
        )
        for place in range(last - 1, first - 1, -1):
            post = world.posts[entries[place][1]]
            if _shows(post, now) and _says(post, terms, now):
                yield post

    async def get_posts(self, request: Request) -> Response:
        """GET getPosts: up to 25 at-URIs; those that are gone are left out."""
        uris = request.query_params.getlist("uris")
        if not 0 < len(uris) <= _BATCH:
            return self._refuse(
                _Refused(400, "InvalidRequest", "Error: uris must be 1 to 25")
            )
        now = self.stage.now()
        known = (
            self.stage.world.by_uri.get(uri) for uri in uris if uri.startswith("at:")
        )
        posts = [view(post, now) for post in known if post and _shows(post, now)]
        return self._answer({"posts": posts})

    async def get_profiles(self, request: Request) -> Response:
        """GET getProfiles: up to 25 DIDs, with follower counts."""
        actors = request.query_params.getlist("actors")[:_BATCH]
        now = self.stage.now()
        people = {repo(person): person for person in self.stage.world.people}
        found = [people[actor] for actor in actors if actor in people]
        return self._answer(
            {
                "profiles": [
                    {**author(person, now), "followersCount": person.followers}
                    for person in found
                ]
            }
        )

    def _answer(self, body: Json, status: int = 200) -> Response:
        used, end = self.stage.used("search", self.stage.now(), window_s=_WINDOW_S)
        headers = {
            "RateLimit-Limit": str(_LIMIT),
            "RateLimit-Remaining": str(max(0, _LIMIT - used)),
            "RateLimit-Reset": str(end),
            "RateLimit-Policy": f"{_LIMIT};w={_WINDOW_S}",
        }
        return JSONResponse(body, status_code=status, headers=headers)

    def _refuse(self, refused: _Refused) -> Response:
        body = {"error": refused.name, "message": refused.message}
        return self._answer(body, refused.status)


_FORBIDDEN = (
    "<html><body><h1>403 Forbidden</h1>\n"
    "Request forbidden by administrative rules.\n</body></html>\n"
)


def _whole(given: str, name: str, low: int, high: int) -> int:
    if not given.isdecimal() or not low <= int(given) <= high:
        raise _Refused(400, "InvalidRequest", f"Error: {name} is out of range")
    return int(given)


def _when(given: str | None) -> datetime | None:
    if given is None:
        return None
    moment = parse_time(given)
    if moment is None:
        raise _Refused(400, "InvalidRequest", "Error: not a valid datetime")
    return moment


def _terms(q: str) -> list[tuple[str, str]]:
    """The query's parts: ("tag", normal form) or ("text", folded words); all must fit."""
    parts = [phrase or word for phrase, word in _Q.findall(q)]
    return [
        ("tag", normal_tag(part)) if part[0] in "#＃" else ("text", part.casefold())
        for part in parts
        if part
    ]


def _shows(post: Post, now: datetime) -> bool:
    indexed = post.indexed_at is not None and post.indexed_at <= now
    return indexed and not post.deleted(now) and not post.withheld(now)


def _says(post: Post, terms: list[tuple[str, str]], now: datetime) -> bool:
    text = plain(post.body(now)).casefold()
    return all(
        value in post.tags if kind == "tag" else value in text for kind, value in terms
    )
