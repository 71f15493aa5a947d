"""A Mastodon server in memory, with the real paging, and statuses for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
from hypothesis import HealthCheck, settings

from collectors import load
from collectors.base import (
    Known,
    Query,
    Term,
    Walk,
)

MASTODON = load("mastodon")
BASE = "https://social.example"
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
KNOWN_SOFTWARE = {"software": "mastodon", "version": "4.5.1", "ids": "opaque"}
SNOWFLAKES = {**KNOWN_SOFTWARE, "ids": "snowflake"}
SEVERAL = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def make_status(
    status_id: str, at: datetime = START, **given_fields: object
) -> dict[str, Any]:
    known: dict[str, Any] = {
        "id": status_id,
        "uri": f"{BASE}/users/mairi/statuses/{status_id}",
        "url": f"{BASE}/@mairi/{status_id}",
        "created_at": at.isoformat(),
        "visibility": "public",
        "content": f"<p>Number {status_id} #labourleaks</p>",
        "tags": [{"name": "labourleaks"}],
        "account": {"id": "1", "acct": "mairi", "url": f"{BASE}/@mairi"},
    }
    return {**known, **given_fields}


@dataclass
class Server:
    """A hashtag timeline with the paging of platforms.md section 4.

    timeline: oldest first, in the order of arrival. leaps: min_id is taken for since_id,
    as on Friendica. deaf: which parameters it ignores.
    """

    timeline: list[dict[str, Any]]
    page: int = 40
    leaps: bool = False
    deaf: frozenset[str] = frozenset()
    batches: bool = True
    asked: list[httpx.URL] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path, params = request.url.path, request.url.params
        if path.startswith("/api/v1/statuses"):
            return self._statuses(path, params, request)
        assert path.startswith("/api/v1/timelines/tag/")
        return httpx.Response(200, json=self._page(params), request=request)

    def _page(self, params: httpx.QueryParams) -> list[dict[str, Any]]:
        places = {status["id"]: place for place, status in enumerate(self.timeline)}
        heard = {
            name: places.get(params[name])
            for name in ("min_id", "max_id")
            if name in params and name not in self.deaf
        }
        low, high = heard.get("min_id"), heard.get("max_id")
        left = self.timeline[0 if low is None else low + 1 : high]
        size = min(self.page, int(params["limit"]))
        upward = low is not None and not self.leaps
        return list(reversed(left[:size] if upward else left[-size:]))

    def _statuses(
        self, path: str, params: httpx.QueryParams, request: httpx.Request
    ) -> httpx.Response:
        by_id = {status["id"]: status for status in self.timeline}
        single = path.removeprefix("/api/v1/statuses").strip("/")
        if single in by_id:
            return httpx.Response(200, json=by_id[single], request=request)
        if single or not self.batches:
            body = {"error": "Record not found"}
            return httpx.Response(404, json=body, request=request)
        wanted = [*params.get_list("id[]"), *params.get_list("ids[]")]
        found = [by_id[one] for one in wanted if one in by_id]
        return httpx.Response(200, json=found, request=request)


def ask(
    walk: Walk = "forward",
    *,
    checkpoint: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    known: tuple[Known, ...] = (),
    terms: tuple[Term | str, ...] = ("labourleaks",),
    **given_settings: object,
) -> Query:
    return Query(
        walk,
        terms,  # type: ignore[arg-type]
        {"base_url": BASE, "slug": "social-example", **given_settings},
        checkpoint=checkpoint,
        since=since,
        until=until,
        known=known,
    )
