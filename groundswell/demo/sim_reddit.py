"""Reddit's API, over the simulated world: tokens that run out, search, look-up."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue, says, shown

# They open nothing but this simulated platform.
CLIENT, SECRET = "demo-app", "demo-secret"
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """Log-in, search, look-up. A token is good for an hour of the world's time."""

    def token() -> str:
        return f"token-{stage.now():%Y%m%d%H}"

    async def login(request: Request) -> Response:
        pair = b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {pair}":
            return JSONResponse(
                {"message": "Unauthorized", "error": 401}, status_code=401
            )
        return JSONResponse({"access_token": token(), "token_type": "bearer",
                             "expires_in": 3600})  # fmt: skip

    def is_let_in(request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {token()}"

    async def search(request: Request) -> Response:
        if not is_let_in(request):
            return HTMLResponse("<h1>Unauthorized</h1>", status_code=401)
        asked = request.query_params
        found = [i for i in shown(stage, channel) if says(i, asked["q"])]
        return JSONResponse(_listing(found, asked, stage))

    async def info(request: Request) -> Response:
        if not is_let_in(request):
            return HTMLResponse("<h1>Unauthorized</h1>", status_code=401)
        wanted = set(request.query_params["id"].split(","))
        now = stage.now()
        found = [
            item
            for item in stage.world.items[channel.slug]
            if _name(item) in wanted and item.created_at <= now
        ]
        return JSONResponse(_listing(found, {"limit": "100"}, stage))

    return [
        Route("/api/v1/access_token", login, methods=["POST"]),
        Route("/search", search),
        Route("/api/info", info),
    ]


def _name(item: Item) -> str:
    text, number = "", item.number
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return f"t3_{text}"


def _listing(found: list[Item], asked: Any, stage: Stage) -> dict[str, Any]:  # noqa: ANN401
    size = min(int(asked.get("limit", 25)), 100)
    names = [_name(item) for item in found]
    after = asked.get("after")
    start = names.index(after) + 1 if after in names else 0
    part = found[start : start + size]
    more = start + size < min(len(found), 1000)
    data = {
        "after": _name(part[-1]) if part and more else None,
        "children": [{"kind": "t3", "data": _thing(item, stage)} for item in part],
    }
    return {"kind": "Listing", "data": data}


def _thing(item: Item, stage: Stage) -> dict[str, Any]:
    now = stage.now()
    counts, gone, edited = item.counts(now), item.deleted(now), item.edited(now)
    return {
        "name": _name(item),
        "id": _name(item)[3:],
        "title": item.title,
        "selftext": "[deleted]" if gone else item.body(now),
        "author": "[deleted]" if gone else item.user,
        "is_self": True,
        "permalink": f"/r/minutes/comments/{_name(item)[3:]}/x/",
        "created_utc": item.created_at.timestamp(),
        "edited": edited.timestamp() if edited else False,
        "over_18": False,
        "score": counts.likes,
        "num_comments": counts.replies,
    }


VENUE = Venue(
    Channel(
        "reddit", "reddit", "reddit.example", 100,
        uri=lambda item: f"reddit:{_name(item)}",
    ),
    routes,
    environment={"REDDIT_CLIENT_ID": CLIENT, "REDDIT_CLIENT_SECRET": SECRET},
    login="login_url",
)  # fmt: skip
