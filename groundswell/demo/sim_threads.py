"""Threads' keyword search, over the simulated world."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown

TOKEN = "demo-threads-token"  # noqa: S105 - it opens nothing but this simulated platform


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The one search."""

    async def search(request: Request) -> Response:
        asked = request.query_params
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            error = {"message": "x", "type": "OAuthException", "code": 190}
            return JSONResponse({"error": error}, status_code=401)
        low, high = int(asked.get("since", 0)), int(asked.get("until", 2**40))
        found = [
            item
            for item in shown(stage, channel)
            if says(item, asked["q"]) and low <= item.number <= high
        ]
        size, start = int(asked.get("limit", 25)), int(asked.get("after", 0))
        body: dict[str, Any] = {
            "data": [_post(item, stage) for item in found[start : start + size]]
        }
        if start + size < len(found):
            cursors = {"before": "0", "after": str(start + size)}
            body["paging"] = {"cursors": cursors, "next": "https://threads.example/"}
        return JSONResponse(body)

    return [Route("/keyword_search", search)]


def _post(item: Item, stage: Stage) -> dict[str, Any]:
    return {
        "id": str(item.number),
        "text": f"{item.title} {item.body(stage.now())}",
        "media_type": "TEXT_POST",
        "permalink": f"https://threads.example/@{item.user}/post/{item.number}",
        "timestamp": f"{item.created_at:%Y-%m-%dT%H:%M:%S}+0000",
        "username": item.user.replace("-", "_"),
        "is_quote_post": False,
        "is_reply": False,
        "topic_tag": item.written[0],
    }


VENUE = Venue(
    Channel(
        "threads", "threads", "threads.example", 90,
        uri=lambda item: f"threads:{item.number}",
    ),
    routes,
    environment={"THREADS_ACCESS_TOKEN": TOKEN},
)  # fmt: skip
