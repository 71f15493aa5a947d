"""Mastodon-like servers: tag timelines, statuses, the description of the server.

Paging as platforms.md section 4 tells it: with posts 6 5 4 3 2 1 and limit=2, max_id=3
gives 2 1, since_id=3 gives 6 5, min_id=3 gives 5 4.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from groundswell.demo.mastodon_json import Json, knows, local_id, status
from groundswell.demo.records import Post, Server
from groundswell.demo.stage import MASTODON_TOKEN, Stage

_FLAKE = {
    letter: value
    for value, letter in enumerate(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    )
}
_RATE_LIMIT, _RATE_WINDOW_S = 300, 300
_BATCH = {"mastodon": 20, "pleroma": 100}


@dataclass(frozen=True, slots=True)
class Instance:
    """One server's endpoints."""

    server: Server
    stage: Stage

    def routes(self) -> list[BaseRoute]:
        """The routes below the server's base URL."""
        return [
            Route("/api/v1/timelines/tag/{tag}", self.timeline),
            Route("/api/v1/statuses", self.batch),
            Route("/api/v1/statuses/{id}", self.single),
            Route("/api/v1/instance", self.instance_v1),
            Route("/api/v2/instance", self.instance_v2),
            Route("/.well-known/nodeinfo", self.nodeinfo),
            Route("/nodeinfo/2.0", self.nodeinfo_document),
        ]

    async def timeline(self, request: Request) -> Response:
        """GET /api/v1/timelines/tag/{tag}."""
        now = self.stage.now()
        if self.server.login and not _authorised(request):
            return self._answer(request, _ERRORS["login"], now, status_code=422)
        limit = _limit(request)
        posts = self._page(request, now, limit)
        body = [status(self.server, post, now) for post in posts]
        return self._answer(
            request, body, now, headers=_link(request, body, limit=limit)
        )

    def _page(self, request: Request, now: datetime, limit: int) -> list[Post]:
        """The page asked for, newest first."""
        entries = self._entries(request)
        upper = self._key(request, "max_id")
        since, after = self._key(request, "since_id"), self._key(request, "min_id")
        if getattr(request.state, "endless", False):
            upper = since = after = None
        forward = after is not None
        low = after if after is not None else since
        first = 0 if low is None else bisect_right(entries, (low, 1 << 62))
        last = len(entries) if upper is None else bisect_left(entries, (upper, -1))
        span = entries[first:last]
        wanted = self._wanted(request, span if forward else span[::-1], now)
        page = list(islice(wanted, limit))
        return page[::-1] if forward else page

    def _entries(self, request: Request) -> list[tuple[int, int]]:
        shelf = self.stage.world.shelves[self.server.slug]
        asked = [request.path_params["tag"], *request.query_params.getlist("any[]")[:4]]
        names = {normal_tag(tag) for tag in asked}
        if len(names) == 1:
            return shelf.tags.get(names.pop(), [])
        return sorted({entry for name in names for entry in shelf.tags.get(name, ())})

    def _wanted(
        self, request: Request, entries: list[tuple[int, int]], now: datetime
    ) -> Iterator[Post]:
        asked = request.query_params
        every = {normal_tag(tag) for tag in asked.getlist("all[]")[:4]}
        never = {normal_tag(tag) for tag in asked.getlist("none[]")[:4]}
        for _, number in entries:
            post = self.stage.world.posts[number]
            fits = every <= post.tags and not (never & post.tags)
            if fits and self._placed(post, asked) and knows(self.server, post, now):
                yield post

    def _placed(self, post: Post, asked: QueryParams) -> bool:
        local = post.author.host == self.server.host
        flags = {name for name in _FLAGS if asked.get(name, "").lower() in _YES}
        return not (
            ("local" in flags and not local)
            or ("remote" in flags and local)
            or ("only_media" in flags and post.picture is None)
        )

    def _key(self, request: Request, name: str) -> int | None:
        given = request.query_params.get(name)
        return None if not given else self._parse_id(given)

    def _parse_id(self, given: str) -> int:
        """A local id's order; 0 for anything that is none."""
        if self.server.software == "mastodon":
            return int(given) if given.isdecimal() and len(given) < 24 else 0
        value = 0
        for letter in given[:32]:
            value = value * 62 + _FLAKE.get(letter, 0)
        return (value >> 64) << 16 | (value & 0xFFFF)

    def _find(self, given: str, now: datetime) -> Json | None:
        shelf = self.stage.world.shelves[self.server.slug]
        post = shelf.by_key.get(self._parse_id(given))
        if post is None or not knows(self.server, post, now):
            return None
        shown = local_id(self.server, post) == given
        return status(self.server, post, now) if shown else None

    async def batch(self, request: Request) -> Response:
        """GET /api/v1/statuses?id[]= (Pleroma: ids[]); missing ones are left out."""
        now = self.stage.now()
        pleroma = self.server.software == "pleroma"
        ids = request.query_params.getlist("ids[]" if pleroma else "id[]")
        if len(ids) > _BATCH[self.server.software]:
            return self._answer(request, _ERRORS["too many"], now, status_code=422)
        found = [self._find(given, now) for given in ids]
        return self._answer(request, [item for item in found if item], now)

    async def single(self, request: Request) -> Response:
        """GET /api/v1/statuses/{id}."""
        now = self.stage.now()
        found = self._find(request.path_params["id"], now)
        if found is None:
            return self._answer(request, _ERRORS["missing"], now, status_code=404)
        return self._answer(request, found, now)

    async def instance_v1(self, request: Request) -> Response:
        """GET /api/v1/instance."""
        about = {"uri": self.server.host, "version": self.server.version}
        return self._answer(request, about | {"title": _TITLE}, self.stage.now())

    async def instance_v2(self, request: Request) -> Response:
        """GET /api/v2/instance; `timelines_access` from Mastodon 4.5 on."""
        server = self.server
        about: Json = {
            "domain": server.host,
            "title": _TITLE,
            "version": server.version,
            "languages": ["en"],
            "configuration": {"statuses": {"max_characters": 500}},
        }
        if server.software == "mastodon":
            about["api_versions"] = {"mastodon": 7}
        if server.version.startswith("4.5"):
            access = "authenticated" if server.login else "public"
            about["configuration"]["timelines_access"] = {
                "live_feeds": {"local": "disabled", "remote": "disabled"},
                "hashtag_feeds": {"local": access, "remote": access},
            }
        return self._answer(request, about, self.stage.now())

    async def nodeinfo(self, request: Request) -> Response:
        """GET /.well-known/nodeinfo."""
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        here = str(request.url.replace(query="")).removesuffix("/.well-known/nodeinfo")
        href = f"{here}/nodeinfo/2.0"
        links = {"links": [{"rel": rel, "href": href}]}
        return self._answer(request, links, self.stage.now())

    async def nodeinfo_document(self, request: Request) -> Response:
        """The document that nodeinfo links to."""
        version = self.server.version.rsplit(" ", 1)[-1].rstrip(")")
        software = {"name": self.server.software, "version": version}
        about = {"version": "2.0", "software": software, "protocols": ["activitypub"]}
        return self._answer(request, about, self.stage.now())

    def _answer(
        self,
        request: Request,
        body: object,
        now: datetime,
        *,
        status_code: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Response:
        encoded = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        etag = f'W/"{hashlib.md5(encoded, usedforsecurity=False).hexdigest()}"'
        sent = {**self._limits(now), **(headers or {}), "ETag": etag}
        sent["Cache-Control"] = "max-age=15, public, stale-while-revalidate=30"
        if status_code == 200 and request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers=sent)
        return Response(
            encoded,
            status_code=status_code,
            headers=sent,
            media_type="application/json; charset=utf-8",
        )

    def _limits(self, now: datetime) -> dict[str, str]:
        used, end = self.stage.used(self.server.slug, now, window_s=_RATE_WINDOW_S)
        reset = datetime.fromtimestamp(end, UTC)
        return {
            "X-RateLimit-Limit": str(_RATE_LIMIT),
            "X-RateLimit-Remaining": str(max(0, _RATE_LIMIT - used)),
            "X-RateLimit-Reset": reset.isoformat(timespec="microseconds")[:-6] + "Z",
        }


_TITLE = "A simulated server"
_FLAGS = ("local", "remote", "only_media")
_YES = {"1", "true", "on", "yes"}
_ERRORS = {
    "login": {"error": "This method requires an authenticated user"},
    "missing": {"error": "Record not found"},
    "too many": {"error": "Validation failed"},
}


def _authorised(request: Request) -> bool:
    return request.headers.get("authorization") == f"Bearer {MASTODON_TOKEN}"


def _limit(request: Request) -> int:
    given = request.query_params.get("limit", "")
    return min(40, max(1, int(given))) if given.isdecimal() else 20


def _link(request: Request, body: list[Json], *, limit: int) -> dict[str, str]:
    """Mastodon's Link header: any[], all[], none[] and remote are lost in it."""
    if not body:
        return {}
    kept = {"limit": limit} | {
        name: request.query_params[name]
        for name in ("local", "only_media")
        if name in request.query_params
    }
    base = str(request.url).split("?", maxsplit=1)[0]
    older = urlencode({**kept, "max_id": body[-1]["id"]})
    newer = urlencode({**kept, "min_id": body[0]["id"]})
    return {"Link": f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'}
