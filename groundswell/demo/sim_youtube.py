"""YouTube's Data API, over the simulated world; it wants the demo's own key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.text import parse_time
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown

KEY = "demo-key"  # not a secret: it opens nothing but this simulated platform


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """Search, videos, comment threads; each counted in `stage.requests`."""

    async def answer(request: Request) -> Response:
        what = request.path_params["what"]
        if request.headers.get("x-goog-api-key") != KEY:
            return _error(400, "keyInvalid")
        spent = f"youtube {what}"
        stage.requests[spent] = stage.requests.get(spent, 0) + 1
        made = {"search": _search, "videos": _videos, "commentThreads": _threads}
        if what not in made:
            return JSONResponse({"kind": "youtube#listResponse", "items": []})
        return JSONResponse(
            made[what](stage, shown(stage, channel), request.query_params)
        )

    return [Route("/youtube/v3/{what}", answer)]


def _error(status: int, reason: str) -> Response:
    error = {"code": status, "errors": [{"domain": "usageLimits", "reason": reason}]}
    return JSONResponse({"error": error}, status_code=status)


def _search(stage: Stage, items: list[Item], asked: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001
    words = [part.strip('#"') for part in asked["q"].split("|")]
    after = parse_time(asked.get("publishedAfter"))
    before = parse_time(asked.get("publishedBefore"))
    found = [
        item
        for item in items
        if item.parent is None
        and any(says(item, word) for word in words)
        and (after is None or item.created_at >= after)
        and (before is None or item.created_at <= before)
    ]
    size, start = int(asked.get("maxResults", 5)), int(asked.get("pageToken", 0))
    more = start + size < len(found)
    return {
        "kind": "youtube#searchListResponse",
        **({"nextPageToken": str(start + size)} if more else {}),
        "pageInfo": {"totalResults": 1_000_000, "resultsPerPage": size},
        "items": [
            {"id": {"kind": "youtube#video", "videoId": _id(item)}}
            for item in found[start : start + size]
        ],
    }


def _videos(stage: Stage, items: list[Item], asked: Any) -> dict[str, Any]:  # noqa: ANN401
    wanted = set(asked["id"].split(","))
    now = stage.now()
    found = [_video(item, now) for item in items if _id(item) in wanted]
    return {"kind": "youtube#videoListResponse", "items": found}


def _threads(stage: Stage, items: list[Item], asked: Any) -> dict[str, Any]:  # noqa: ANN401
    now = stage.now()
    under = [
        i for i in items if i.parent is not None and _id(i.parent) == asked["videoId"]
    ]
    return {"kind": "youtube#commentThreadListResponse",
            "items": [_thread(item, now) for item in under]}  # fmt: skip


def _id(item: Item) -> str:
    return f"v{item.number:010d}"


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _video(item: Item, now: datetime) -> dict[str, Any]:
    counts = item.counts(now)
    return {
        "id": _id(item),
        "snippet": {
            "publishedAt": _time(item.created_at),
            "channelId": f"UC{item.user}",
            "channelTitle": item.name,
            "title": item.title,
            "description": item.body(now),
            "tags": list(item.written),
        },
        "statistics": {
            "viewCount": str(counts.likes * 40),
            "likeCount": str(counts.likes),
            "commentCount": str(counts.replies),
        },
    }


def _thread(item: Item, now: datetime) -> dict[str, Any]:
    snippet = {
        "videoId": _id(item.parent) if item.parent else "",
        "textOriginal": item.body(now),
        "authorDisplayName": f"@{item.user}",
        "authorChannelId": {"value": f"UC{item.user}"},
        "likeCount": item.counts(now).likes,
        "publishedAt": _time(item.created_at),
        "updatedAt": _time(item.edited(now) or item.created_at),
    }
    top = {"id": f"c{item.number}", "snippet": snippet}
    return {"id": f"c{item.number}", "snippet": {"topLevelComment": top,
            "videoId": snippet["videoId"], "totalReplyCount": 0}}  # fmt: skip


VENUE = Venue(
    Channel(
        "youtube", "youtube", "youtube.example", 60,
        uri=lambda item: f"youtube:video:{_id(item)}",
    ),
    routes,
    settings={"searches_per_day": 2000},
    environment={"YOUTUBE_API_KEY": KEY},
    path="/youtube/v3",
)  # fmt: skip
