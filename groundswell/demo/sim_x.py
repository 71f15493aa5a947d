"""X's API, over the simulated world: it wants the demo's own token, and sends a bill."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.text import parse_time
from groundswell.demo.ids import from_micros, micros
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown

TOKEN = "demo-x-token"  # noqa: S105 - it opens nothing but this simulated platform
BILLED = "x billed"  # posts returned, in `stage.requests`
_EPOCH_MS = 1_288_834_974_657
_WEEK = timedelta(days=7)


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """Recent search, look-up, usage."""

    def send(body: dict[str, Any]) -> Response:
        stage.requests[BILLED] = stage.requests.get(BILLED, 0) + len(
            body.get("data", [])
        )
        return JSONResponse(body)

    async def search(request: Request) -> Response:
        if refused := _refusal(request):
            return refused
        return send(_found(stage, channel, request.query_params))

    async def lookup(request: Request) -> Response:
        if refused := _refusal(request):
            return refused
        ids = request.query_params["ids"].split(",")
        there = {_id(item): item for item in shown(stage, channel)}
        data = [_tweet(there[one], stage.now()) for one in ids if one in there]
        errors = [_missing(one) for one in ids if one not in there]
        return send({**({"data": data} if data else {}),
                     **({"errors": errors} if errors else {})})  # fmt: skip

    async def usage(request: Request) -> Response:
        return _refusal(request) or JSONResponse({"data": {"project_usage": "0"}})

    return [
        Route("/2/tweets/search/recent", search),
        Route("/2/tweets", lookup),
        Route("/2/usage/tweets", usage),
    ]


def _refusal(request: Request) -> Response | None:
    if request.headers.get("authorization") == f"Bearer {TOKEN}":
        return None
    problem = {"title": "Unauthorized", "type": "about:blank", "status": 401}
    return JSONResponse(problem, status_code=401)


def _found(stage: Stage, channel: Channel, asked: Any) -> dict[str, Any]:  # noqa: ANN401
    now = stage.now()
    tags = [tag.casefold() for tag in re.findall(r"#(\w+)", asked["query"])]
    until = parse_time(asked.get("end_time")) or now
    since = int(asked.get("since_id", 0))
    found = [
        item
        for item in shown(stage, channel)
        if any(says(item, tag) for tag in tags)
        and now - _WEEK < item.created_at < until
        and int(_id(item)) > since
    ]
    size, start = int(asked.get("max_results", 10)), int(asked.get("next_token", 0))
    part = found[start : start + size]
    meta: dict[str, Any] = {"result_count": len(part)}
    if part:
        meta |= {"newest_id": _id(part[0]), "oldest_id": _id(part[-1])}
    if start + size < len(found):
        meta["next_token"] = str(start + size)
    data = {"data": [_tweet(item, now) for item in part]} if part else {}
    return {**data, "meta": meta}


def _missing(tweet_id: str) -> dict[str, str]:
    return {
        "resource_id": tweet_id,
        "resource_type": "tweet",
        "title": "Not Found Error",
    }


def _id(item: Item) -> str:
    """A snowflake of the item's second, as X makes them."""
    since = item.created_at - from_micros(_EPOCH_MS * 1000)
    return str((micros(from_micros(0) + since) // 1000) << 22)


def _tweet(item: Item, now: datetime) -> dict[str, Any]:
    counts = item.counts(now)
    references = [{"type": "replied_to", "id": _id(item.parent)}] if item.parent else []
    return {
        "id": _id(item),
        "edit_history_tweet_ids": [_id(item)],
        "text": item.body(now).replace("&", "&amp;"),
        "author_id": str(crc32(item.user.encode()) + 1),
        "created_at": item.created_at.isoformat().replace("+00:00", ".000Z"),
        "lang": "en",
        **({"referenced_tweets": references} if references else {}),
        "entities": {"hashtags": [{"tag": tag} for tag in item.written]},
        "public_metrics": {
            "retweet_count": counts.reposts,
            "reply_count": counts.replies,
            "like_count": counts.likes,
            "quote_count": counts.quotes,
            "impression_count": counts.likes * 30,
        },
    }


VENUE = Venue(
    Channel(
        "x", "x", "x.example", 300,
        uri=lambda item: f"https://x.com/i/status/{_id(item)}", comments=0.3,
    ),
    routes,
    settings={"monthly_usd": 50, "history": True},
    environment={"X_BEARER_TOKEN": TOKEN},
)  # fmt: skip
