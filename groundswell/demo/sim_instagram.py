"""Instagram's hashtag search, over the simulated world: a day of posts, no authors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, shown
from groundswell.demo.writing import CAMPAIGN

# It opens nothing but this simulated platform.
TOKEN, USER = "demo-instagram-token", "17841400000000000"
_TAGS = {normal_tag(tag): str(number) for number, tag in enumerate(CAMPAIGN, 178430)}
_DAY = timedelta(hours=24)


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """A hashtag's number, and its newest posts."""

    async def number(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return JSONResponse({"error": {"code": 190}}, status_code=400)
        found = _TAGS.get(request.query_params["q"])
        if found is None:
            return JSONResponse({"error": {"code": 24}}, status_code=400)
        return JSONResponse({"data": [{"id": found}]})

    async def media(request: Request) -> Response:
        wanted = request.path_params["number"]
        since = stage.now() - _DAY
        found = [
            item
            for item in shown(stage, channel)
            if wanted in {_TAGS.get(tag) for tag in item.tags}
            and item.created_at > since
        ]
        start = int(request.query_params.get("after", 0))
        body: dict[str, Any] = {
            "data": [_post(item, stage) for item in found[start : start + 50]]
        }
        if start + 50 < len(found):
            body["paging"] = {"cursors": {"after": str(start + 50)}, "next": "x"}
        return JSONResponse(body)

    return [
        Route("/ig_hashtag_search", number),
        Route("/{number}/recent_media", media),
    ]


def _post(item: Item, stage: Stage) -> dict[str, Any]:
    counts = item.counts(stage.now())
    return {
        "id": str(item.number),
        "caption": item.body(stage.now()),
        "media_type": "IMAGE",
        "permalink": f"https://instagram.example/p/{item.number}/",
        "timestamp": f"{item.created_at:%Y-%m-%dT%H:%M:%S}+0000",
        "like_count": counts.likes,
        "comments_count": counts.replies,
    }


VENUE = Venue(
    Channel(
        "instagram", "instagram", "instagram.example", 90,
        uri=lambda item: f"instagram:{item.number}",
    ),
    routes,
    environment={"INSTAGRAM_ACCESS_TOKEN": TOKEN, "INSTAGRAM_USER_ID": USER},
)  # fmt: skip
