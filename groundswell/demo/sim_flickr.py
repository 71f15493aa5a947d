"""Flickr's API, over the simulated world."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, by_number, says, shown

KEY = "demo-flickr-key"  # it opens nothing but this simulated platform


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """One address, told apart by `method`."""

    async def rest(request: Request) -> Response:
        asked = request.query_params
        if asked.get("api_key") != KEY:
            return JSONResponse(
                {"stat": "fail", "code": 100, "message": "Invalid API Key"}
            )
        if asked["method"] == "flickr.photos.getInfo":
            item = by_number(stage, channel, int(asked["photo_id"]))
            if item is None:
                return JSONResponse({"stat": "fail", "code": 1, "message": "not found"})
            return JSONResponse({"stat": "ok", "photo": _whole(item, stage.now())})
        found = [item for item in shown(stage, channel) if _wanted(item, asked)]
        photos = [_photo(item, stage.now()) for item in found[: int(asked["per_page"])]]
        return JSONResponse({"stat": "ok", "photos": {"page": 1, "photo": photos}})

    return [Route("/services/rest/", rest)]


def _wanted(item: Item, asked: Any) -> bool:  # noqa: ANN401 - starlette's QueryParams
    low, high = (
        int(asked.get("min_upload_date", 0)),
        int(asked.get("max_upload_date", 2**40)),
    )
    if not low <= item.number <= high:
        return False
    if "tags" in asked:
        return normal_tag(asked["tags"]) in item.tags
    return says(item, asked.get("text", ""))


def _photo(item: Item, now: datetime) -> dict[str, Any]:
    return {
        "id": str(item.number),
        "owner": f"{len(item.user)}@N00",
        "ownername": item.name,
        "title": item.title,
        "description": {"_content": item.body(now)},
        "dateupload": str(item.number),
        "tags": " ".join(sorted(item.tags)),
        "views": str(item.counts(now).likes * 3),
    }


def _whole(item: Item, now: datetime) -> dict[str, Any]:
    photo = _photo(item, now)
    return {
        **photo,
        "owner": {"nsid": photo["owner"], "username": item.name},
        "title": {"_content": item.title},
        "tags": {
            "tag": [{"raw": tag, "_content": tag.lower()} for tag in item.written]
        },
        "dates": {"posted": str(item.number)},
        "comments": {"_content": str(item.counts(now).replies)},
    }


VENUE = Venue(
    Channel(
        "flickr", "flickr", "flickr.example", 60,
        uri=lambda item: f"flickr:{item.number}",
    ),
    routes,
    environment={"FLICKR_API_KEY": KEY},
)  # fmt: skip
