"""Hacker News' search as Algolia answers it, over the simulated world."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, by_number, says, shown

HITS_MAX = 1000


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The search by date, and one item."""

    async def search(request: Request) -> Response:
        asked = request.query_params
        low, high = _bounds(asked.get("numericFilters", ""))
        found = [
            item
            for item in shown(stage, channel)
            if says(item, asked.get("query", "")) and low <= item.number <= high
        ]
        size = min(int(asked.get("hitsPerPage", "20")), HITS_MAX)
        hits = [_hit(item, stage) for item in found[:size]]
        return JSONResponse({"hits": hits, "nbHits": len(found), "page": 0,
                             "nbPages": 1, "hitsPerPage": size})  # fmt: skip

    async def one(request: Request) -> Response:
        item = by_number(stage, channel, int(request.path_params["number"]))
        if item is None:
            return JSONResponse({"status": 404, "error": "Not Found"}, status_code=404)
        return JSONResponse(_item(item, stage))

    return [
        Route("/api/v1/search_by_date", search),
        Route("/api/v1/items/{number:int}", one),
    ]


def _bounds(filters: str) -> tuple[int, int]:
    low, high = 0, 10**12
    for part in filter(None, filters.split(",")):
        name, _, value = part.partition("=")
        if name == "created_at_i>":
            low = int(value)
        elif name == "created_at_i<":
            high = int(value)
    return low, high


def _common(item: Item, stage: Stage) -> dict[str, Any]:
    return {
        "author": item.user,
        "created_at": item.created_at.isoformat().replace("+00:00", "Z"),
        "created_at_i": item.number,
        "parent_id": item.parent.number if item.parent else None,
        "points": None if item.parent else item.counts(stage.now()).likes,
    }


def _hit(item: Item, stage: Stage) -> dict[str, Any]:
    body = html.escape(item.body(stage.now()))
    kind = "comment" if item.parent else "story"
    return {
        **_common(item, stage),
        "objectID": str(item.number),
        "title": None if item.parent else item.title,
        "url": None,
        f"{kind}_text": body,
        "num_comments": None if item.parent else item.counts(stage.now()).replies,
        "_tags": [kind, f"author_{item.user}"],
    }


def _item(item: Item, stage: Stage) -> dict[str, Any]:
    nothing: Sequence[object] = []
    return {
        **_common(item, stage),
        "id": item.number,
        "type": "comment" if item.parent else "story",
        "title": None if item.parent else item.title,
        "url": None,
        "text": html.escape(item.body(stage.now())),
        "children": nothing,
    }


VENUE = Venue(
    Channel("hackernews", "hackernews", "news.ycombinator.example", 60,
            uri=lambda item: f"hn:{item.number}", comments=0.5),
    routes,
)  # fmt: skip
