"""Tumblr's tagged posts, over the simulated world; now and then a page is empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, shown

KEY = "demo-tumblr-key"  # it opens nothing but this simulated platform


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The one listing."""

    async def tagged(request: Request) -> Response:
        asked = request.query_params
        if asked.get("api_key") != KEY:
            meta = {"status": 401, "msg": "Unauthorized"}
            return JSONResponse({"meta": meta, "response": []}, status_code=401)
        before = int(asked.get("before", 2**40))
        tag = normal_tag(asked["tag"])
        found = [
            i for i in shown(stage, channel) if tag in i.tags and i.number < before
        ]
        # As the real one does: an empty page although there are older posts.
        hole = "before" in asked and crc32(asked["before"].encode()) % 7 == 0
        part = [] if hole else found[: min(int(asked.get("limit", 20)), 20)]
        body = [_post(item, stage.now()) for item in part]
        return JSONResponse({"meta": {"status": 200, "msg": "OK"}, "response": body})

    return [Route("/v2/tagged", tagged)]


def _post(item: Item, now: datetime) -> dict[str, Any]:
    return {
        "type": "blocks",
        "id": item.number,
        "id_string": str(item.number),
        "blog_name": item.user,
        "blog": {"name": item.user, "title": item.name, "uuid": f"t:{item.user}"},
        "post_url": f"https://{item.user}.tumblr.com/post/{item.number}",
        "timestamp": item.number,
        "tags": list(item.written),
        "content": [{"type": "text", "text": item.body(now)}],
        "note_count": item.counts(now).likes,
    }


VENUE = Venue(
    Channel(
        "tumblr", "tumblr", "tumblr.example", 120,
        uri=lambda item: f"tumblr:{item.number}",
    ),
    routes,
    environment={"TUMBLR_API_KEY": KEY},
)  # fmt: skip
