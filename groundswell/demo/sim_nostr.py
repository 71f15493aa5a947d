"""A Nostr relay, over the simulated world: signed events, a limit, requests to delete."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from coincurve import PrivateKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from groundswell.demo.items import Channel, Item
from groundswell.demo.stage import Stage
from groundswell.demo.venues import Venue

LIMIT = 20
Event = dict[str, Any]


def routes(stage: Stage, channel: Channel) -> list[BaseRoute]:
    """The description over HTTP, the rest over a websocket, at one address."""

    async def about(request: Request) -> Response:  # noqa: ARG001
        told = {"name": "An invented relay", "software": "https://relay.example/simulated",
                "limitation": {"max_limit": LIMIT}}  # fmt: skip
        return JSONResponse(told, media_type="application/nostr+json")

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        try:
            while True:
                for frame in _answer(
                    json.loads(await socket.receive_text()), stage, channel
                ):
                    await socket.send_text(json.dumps(frame))
        except (WebSocketDisconnect, RuntimeError):
            return

    return [Route("/", about), WebSocketRoute("/", talk)]


def _answer(frame: list[Any], stage: Stage, channel: Channel) -> Iterator[list[Any]]:
    if frame[0] != "REQ":
        return
    stored = list(_stored(stage, channel))
    sent: set[str] = set()
    for asked in frame[2:]:
        found = [event for event in stored if _fits(event, asked)]
        for event in found[: min(asked.get("limit", LIMIT), LIMIT)]:
            if event["id"] not in sent:
                sent.add(event["id"])
                yield ["EVENT", frame[1], event]
    yield ["EOSE", frame[1]]


def _stored(stage: Stage, channel: Channel) -> Iterator[Event]:
    """All events that the relay has now, newest first."""
    now = stage.now()
    events = []
    for item in stage.world.items[channel.slug]:
        if item.created_at > now:
            break
        if not item.deleted(now):
            events.append(note(item))
        elif item.deleted_at is not None:
            at = int(item.deleted_at.timestamp())
            events.append(signed(item.user, 5, at, (("e", note(item)["id"]),), ""))
    return iter(sorted(events, key=lambda event: -event["created_at"]))


def _fits(event: Event, asked: Mapping[str, Any]) -> bool:
    at = event["created_at"]
    inside = asked.get("since", 0) <= at <= asked.get("until", 2**40)
    by_kind = "kinds" not in asked or event["kind"] in asked["kinds"]
    by_id = "ids" not in asked or event["id"] in asked["ids"]
    by_key = "authors" not in asked or event["pubkey"] in asked["authors"]
    tagged = all(
        set(asked[key]) & {tag[1] for tag in event["tags"] if tag[0] == key[1:]}
        for key in asked
        if key.startswith("#")
    )
    return inside and by_kind and by_id and by_key and tagged


@lru_cache(maxsize=20_000)
def note(item: Item) -> Event:
    """An item as a signed note. Nostr has no edits."""
    names = tuple(("t", tag) for tag in sorted(item.tags))
    above = (("e", note(item.parent)["id"], "", "root"),) if item.parent else ()
    return signed(
        item.user, 1, item.number, (*names, *above), f"{item.title}\n{item.text}"
    )


@lru_cache(maxsize=50_000)
def signed(
    user: str, kind: int, at: int, tags: tuple[tuple[str, ...], ...], content: str
) -> Event:
    """An event by an invented person, whose key is made of the name."""
    key = PrivateKey(hashlib.sha256(f"invented {user}".encode()).digest())
    public = key.public_key.format()[1:].hex()
    parts = [0, public, at, kind, [list(tag) for tag in tags], content]
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).digest()
    return {
        "id": digest.hex(),
        "pubkey": public,
        "created_at": at,
        "kind": kind,
        "tags": [list(tag) for tag in tags],
        "content": content,
        "sig": key.sign_schnorr(digest, b"\0" * 32).hex(),
    }


VENUE = Venue(
    Channel(
        "nostr", "nostr", "relay.example", 90,
        uri=lambda item: f"nostr:event:{note(item)['id']}", comments=0.3,
    ),
    routes,
    stream=True,
)  # fmt: skip
