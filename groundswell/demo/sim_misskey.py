"""A Misskey server, over the simulated world."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from collectors.base import normal_tag
from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, by_number, shown


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """Its description, the hashtag search, and one note."""

    async def meta(request: Request) -> Response:  # noqa: ARG001
        return JSONResponse({"version": "2025.9.0", "name": "An invented server"})

    async def search(request: Request) -> Response:
        asked = await request.json()
        tag, until = normal_tag(asked["tag"]), asked.get("untilId")
        found = [
            item
            for item in shown(stage, channel)
            if tag in item.tags and (until is None or _id(item) < until)
        ]
        limit = min(int(asked.get("limit", 10)), 100)
        base = str(request.base_url).rstrip("/")
        return JSONResponse([_note(item, stage, base) for item in found[:limit]])

    async def one(request: Request) -> Response:
        number = int((await request.json())["noteId"], 36)
        item = by_number(stage, channel, number)
        if item is None:
            error = {
                "message": "No such note.",
                "code": "NO_SUCH_NOTE",
                "kind": "client",
            }
            return JSONResponse({"error": error}, status_code=400)
        return JSONResponse(_note(item, stage, str(request.base_url).rstrip("/")))

    return [
        Route("/api/meta", meta, methods=["POST"]),
        Route("/api/notes/search-by-tag", search, methods=["POST"]),
        Route("/api/notes/show", one, methods=["POST"]),
    ]


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _id(item: Item) -> str:
    """Base 36, of one length: in the order of time, as Misskey's are."""
    text, number = "", item.number
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text.rjust(8, "0")


def _uri(item: Item) -> str:
    return f"https://{item.channel.host}/notes/{_id(item)}"


def _note(item: Item, stage: Stage, base: str) -> dict[str, Any]:  # noqa: ARG001
    now = stage.now()
    counts, edited = item.counts(now), item.edited(now)
    return {
        "id": _id(item),
        "createdAt": item.created_at.isoformat().replace("+00:00", "Z"),
        "updatedAt": edited.isoformat() if edited else None,
        "uri": _uri(item),
        "text": item.body(now),
        "cw": None,
        "visibility": "public",
        "localOnly": False,
        "tags": sorted(item.tags),
        "user": {"id": item.user, "username": item.user, "host": "village.example",
                 "name": item.name, "isBot": False},
        "replyId": _id(item.parent) if item.parent else None,
        "renoteId": None,
        "files": [],
        "repliesCount": counts.replies,
        "renoteCount": counts.reposts,
        "reactions": {"👍": counts.likes},
    }  # fmt: skip


VENUE = Venue(
    Channel("misskey", "misskey", "misskey.example", 120, uri=_uri, comments=0.3),
    routes,
)
