"""A PeerTube server, over the simulated world."""

from __future__ import annotations

import uuid
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.text import parse_time
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """Its description, the search, and one video."""

    async def config(request: Request) -> Response:  # noqa: ARG001
        return JSONResponse(
            {"serverVersion": "7.2.0", "instance": {"name": "Invented"}}
        )

    async def search(request: Request) -> Response:
        asked = request.query_params
        start, size = int(asked.get("start", 0)), min(int(asked.get("count", 15)), 100)
        found = [item for item in shown(stage, channel) if _wanted(item, asked)]
        data = [_listed(item, stage) for item in found[start : start + size]]
        return JSONResponse({"total": len(found), "data": data})

    async def one(request: Request) -> Response:
        for item in shown(stage, channel):
            if _uuid(item) == request.path_params["uuid"]:
                return JSONResponse(_whole(item, stage))
        problem = {"type": "about:blank", "title": "Not Found", "status": 404}
        return JSONResponse(problem, status_code=404)

    return [
        Route("/api/v1/config", config),
        Route("/api/v1/search/videos", search),
        Route("/api/v1/videos/{uuid}", one),
    ]


def _wanted(item: Item, asked: Any) -> bool:  # noqa: ANN401 - starlette's QueryParams
    since, until = parse_time(asked.get("startDate")), parse_time(asked.get("endDate"))
    inside = (since is None or item.created_at >= since) and (
        until is None or item.created_at <= until
    )
    if "tagsOneOf" in asked:
        return inside and asked["tagsOneOf"] in item.tags
    return inside and says(item, asked.get("search", ""))


def _uuid(item: Item) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(item.number)))


def _uri(item: Item) -> str:
    return f"https://{item.channel.host}/videos/watch/{_uuid(item)}"


def _listed(item: Item, stage: Stage) -> dict[str, Any]:
    now, host = stage.now(), item.channel.host
    counts = item.counts(now)
    body = item.body(now)
    return {
        "id": item.number,
        "uuid": _uuid(item),
        "url": _uri(item),
        "name": item.title,
        "language": {"id": "en", "label": "English"},
        "privacy": {"id": 1, "label": "Public"},
        "nsfw": False,
        "truncatedDescription": body[:250],
        "description": body[:250],
        "views": counts.likes * 9,
        "likes": counts.likes,
        "dislikes": 0,
        "comments": counts.replies,
        "createdAt": item.created_at.isoformat().replace("+00:00", "Z"),
        "publishedAt": item.created_at.isoformat().replace("+00:00", "Z"),
        "account": {
            "name": item.user,
            "displayName": item.name,
            "host": host,
            "url": f"https://{host}/accounts/{item.user}",
        },
    }


def _whole(item: Item, stage: Stage) -> dict[str, Any]:
    listed = _listed(item, stage)
    return {**listed, "description": item.body(stage.now()), "tags": list(item.written)}


VENUE = Venue(Channel("peertube", "peertube", "peertube.example", 60, uri=_uri), routes)
