"""A WordPress site's interface, over the simulated world."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from collectors.text import parse_time
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown
from groundswell.demo.writing import CAMPAIGN

# The site's own time is an hour ahead, as a British one's is in summer.
_LOCAL = timedelta(hours=1)
_TAGS = {normal_tag(tag): number for number, tag in enumerate(CAMPAIGN, 11)}


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The front page, its tags, its articles."""

    async def front(request: Request) -> Response:
        root = f'<{request.base_url}wp-json/>; rel="https://api.w.org/"'
        return Response("<h1>Invented</h1>", headers={"Link": root})

    async def tags(request: Request) -> Response:
        slugs = request.query_params.get("slug", "").split(",")
        found = [{"id": i, "name": name} for name, i in _TAGS.items() if name in slugs]
        return JSONResponse(found)

    async def posts(request: Request) -> Response:
        asked = request.query_params
        found = _ordered(_asked(shown(stage, channel), asked), asked, stage.now())
        size, page = int(asked.get("per_page", 10)), int(asked.get("page", 1))
        pages = -(-len(found) // size)
        if page > max(pages, 1):
            error = {"code": "rest_post_invalid_page_number", "data": {"status": 400}}
            return JSONResponse(error, status_code=400)
        part = found[(page - 1) * size : page * size]
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return JSONResponse([_article(one, stage) for one in part], headers=headers)

    return [
        Route("/", front),
        Route("/wp-json/wp/v2/tags", tags),
        Route("/wp-json/wp/v2/posts", posts),
    ]


def _asked(items: Sequence[Item], asked: Any) -> list[Item]:  # noqa: ANN401 - QueryParams
    before = parse_time(asked.get("before"))
    found = [one for one in items if before is None or one.created_at + _LOCAL < before]
    if "include" in asked:
        wanted = set(asked["include"].split(","))
        return [one for one in found if str(one.number) in wanted]
    if "tags" in asked:
        ids = set(map(int, asked["tags"].split(",")))
        return [one for one in found if ids & {_TAGS.get(tag, 0) for tag in one.tags}]
    return [one for one in found if says(one, asked.get("search", ""))]


def _ordered(items: list[Item], asked: Any, now: datetime) -> list[Item]:  # noqa: ANN401
    if asked.get("orderby") != "modified":
        return items
    return sorted(
        items, key=lambda one: one.edited(now) or one.created_at, reverse=True
    )


def _uri(item: Item) -> str:
    return f"https://{item.channel.host}/?p={item.number}"


def _article(item: Item, stage: Stage) -> dict[str, Any]:
    now = stage.now()
    return {
        "id": item.number,
        "date_gmt": item.created_at.replace(tzinfo=None).isoformat(),
        "modified_gmt": (item.edited(now) or item.created_at)
        .replace(tzinfo=None)
        .isoformat(),
        "guid": {"rendered": _uri(item)},
        "link": f"https://{item.channel.host}/{item.created_at:%Y/%m}/{item.number}/",
        "title": {"rendered": html.escape(item.title)},
        "content": {
            "rendered": f"<p>{html.escape(item.body(now))}</p>",
            "protected": False,
        },
        "status": "publish",
        "_embedded": {
            "author": [{"id": 1, "name": item.name}],
            "wp:term": [[{"name": tag} for tag in item.written]],
        },
    }


VENUE = Venue(
    Channel("wordpress", "wordpress", "branch-blog.example", 100, uri=_uri), routes
)
