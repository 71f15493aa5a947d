"""A Lemmy server (API v3), over the simulated world."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown

_LIMIT = 50


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """Its description, the search, and one post or comment."""

    async def site(request: Request) -> Response:  # noqa: ARG001
        return JSONResponse({"version": "0.19.11", "site_view": {
            "local_site": {"private_instance": False}}})  # fmt: skip

    async def search(request: Request) -> Response:
        asked = request.query_params
        found = [item for item in shown(stage, channel) if says(item, asked["q"])]
        limit, page = min(int(asked["limit"]), _LIMIT), int(asked["page"])
        part = slice((page - 1) * limit, page * limit)
        posts = [item for item in found if item.parent is None][part]
        comments = [item for item in found if item.parent is not None][part]
        return JSONResponse({
            "type_": "All",
            "posts": [_view(item, stage) for item in posts],
            "comments": [_view(item, stage) for item in comments],
            "communities": [],
            "users": [],
        })  # fmt: skip

    async def one(request: Request) -> Response:
        kind, number = request.path_params["kind"], int(request.query_params["id"])
        for item in stage.world.items[channel.slug]:
            is_there = item.created_at <= stage.now()
            if item.number == number and is_there and kind == _kind(item):
                return JSONResponse({f"{kind}_view": _view(item, stage)})
        return JSONResponse({"error": f"couldnt_find_{kind}"}, status_code=404)

    return [
        Route("/api/v3/site", site),
        Route("/api/v3/search", search),
        Route("/api/v3/{kind}", one),
    ]


def _kind(item: Item) -> str:
    return "comment" if item.parent else "post"


def _uri(item: Item) -> str:
    return f"https://{item.channel.host}/{_kind(item)}/{item.number}"


def _view(item: Item, stage: Stage) -> dict[str, Any]:
    now, host = stage.now(), item.channel.host
    root = item.parent or item
    counts = item.counts(now)
    deleted = item.deleted(now)
    edited = item.edited(now)
    common = {
        "id": item.number,
        "ap_id": _uri(item),
        "published": item.created_at.isoformat().replace("+00:00", "Z"),
        "updated": edited.isoformat() if edited else None,
        "deleted": deleted,
        "removed": False,
        "local": True,
        "language_id": 37,
    }
    body = "" if deleted else item.body(now)
    post = {"id": root.number, "ap_id": _uri(root), "name": root.title, "nsfw": False}
    view = {
        "creator": {
            "id": 1,
            "name": item.user,
            "display_name": item.name,
            "actor_id": f"https://{host}/u/{item.user}",
            "bot_account": False,
        },
        "community": {"name": "meeting", "actor_id": f"https://{host}/c/meeting"},
        "post": {**post, **common, "body": body} if item.parent is None else post,
        "counts": {
            "score": counts.likes,
            "upvotes": counts.likes,
            "downvotes": 0,
            "comments" if item.parent is None else "child_count": counts.replies,
        },
    }
    if item.parent is not None:
        path = f"0.{item.number}"
        view["comment"] = {**common, "content": body, "path": path}
    return view


VENUE = Venue(
    Channel("lemmy", "lemmy", "lemmy.example", 150, uri=_uri, comments=0.6), routes
)
