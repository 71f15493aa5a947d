"""GDELT's list of articles, over the simulated world."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown

_RECORDS = 250


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The one search."""

    async def search(request: Request) -> Response:
        asked = request.query_params
        if len(asked.get("query", "")) < 3:
            return PlainTextResponse("The specified phrase is too short.\n")
        low, high = (
            _moment(asked.get("startdatetime")),
            _moment(asked.get("enddatetime")),
        )
        found = [
            item
            for item in shown(stage, channel)
            if says(item, asked["query"])
            and (low is None or item.created_at >= low)
            and (high is None or item.created_at <= high)
        ]
        size = min(int(asked.get("maxrecords", 75)), _RECORDS)
        return JSONResponse({"articles": [_article(item) for item in found[:size]]})

    return [Route("/api/v2/doc/doc", search)]


def _moment(stamp: str | None) -> datetime | None:
    if stamp is None:
        return None
    return datetime.strptime(stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def _uri(item: Item) -> str:
    return f"https://{item.channel.host}/{item.created_at:%Y/%m/%d}/{item.number}"


def _article(item: Item) -> dict[str, Any]:
    return {
        "url": _uri(item),
        "url_mobile": "",
        "title": item.title,
        "seendate": f"{item.created_at:%Y%m%dT%H%M%SZ}",
        "socialimage": "",
        "domain": item.channel.host,
        "language": "English",
        "sourcecountry": "United Kingdom",
    }


VENUE = Venue(Channel("gdelt", "gdelt", "press.example", 90, uri=_uri), routes)
