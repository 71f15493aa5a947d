"""Bluesky's Jetstream, version 1: replay from a cursor, then live (platforms.md 5.2).

Between the campaign's events runs unrelated noise, at least one event every 30 seconds of
world time, so that a client can see a gap behind a clamped cursor.
"""

from __future__ import annotations

import asyncio
import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from groundswell.demo import texts
from groundswell.demo.atproto_json import (
    POSTS,
    Json,
    account_event,
    commit,
    identity_event,
    repo,
)
from groundswell.demo.ids import cid, did, fraction, from_micros, micros, tid, timestamp
from groundswell.demo.stage import Stage
from groundswell.demo.world import StreamEvent, World

POLL_S = 0.5
_TICK_US = 20_000_000  # with the draw below at most 28 s between two


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked for; empty means everything. Account events always come."""

    collections: frozenset[str]
    people: frozenset[str]

    def fits(self, event: Json) -> bool:
        """Whether an event is to be sent."""
        if self.people and event["did"] not in self.people:
            return False
        if event["kind"] != "commit" or not self.collections:
            return True
        name = event["commit"]["collection"]
        return any(
            name == wanted or (wanted.endswith("*") and name.startswith(wanted[:-1]))
            for wanted in self.collections
        )


def events(world: World, from_us: int, to_us: int) -> Iterator[Json]:
    """Everything with from_us <= time_us < to_us, in order."""
    told = (_told(event) for event in world.stream_between(from_us, to_us))
    noise = _noise_between(world.seed, from_us, to_us)
    return heapq.merge(told, noise, key=lambda event: event["time_us"])


def _told(event: StreamEvent) -> Json:
    at = from_micros(event.time_us)
    if event.post is not None:
        return commit(event.post, event.what, event.time_us, at)
    if event.what == "identity":
        return identity_event(event.person, event.time_us, at)
    return account_event(repo(event.person), event.time_us, at, event.state)


def _noise_between(seed: int, from_us: int, to_us: int) -> Iterator[Json]:
    for tick in range(from_us // _TICK_US - 1, to_us // _TICK_US + 1):
        event = _noise(seed, tick)
        if from_us <= event["time_us"] < to_us:
            yield event


def _noise(seed: int, tick: int) -> Json:
    """One unrelated event; now and then an account's, a deletion or a broken record."""
    draw = fraction(seed, "noise", tick)
    time_us = tick * _TICK_US + int(draw * _TICK_US * 0.4)
    at, person = from_micros(time_us), did(f"stranger/{seed}/{tick % 997}")
    if tick % 41 == 0:
        return account_event(person, time_us, at, "active")
    told: Json = {
        "rev": tid(at, tick),
        "operation": "delete" if tick % 43 == 0 else "create",
        "collection": POSTS,
        "rkey": tid(at, tick),
    }
    if told["operation"] == "create":
        text = None if tick % 199 == 0 else texts.UNRELATED[tick % len(texts.UNRELATED)]
        post = {"$type": POSTS, "createdAt": timestamp(at), "text": text}
        told |= {"record": post, "cid": cid(tick, seed)}
    return {"did": person, "time_us": time_us, "kind": "commit", "commit": told}


def routes(stage: Stage) -> list[BaseRoute]:
    """The routes below Jetstream's base URL."""
    return [WebSocketRoute("/subscribe", partial(subscribe, stage=stage))]


async def subscribe(socket: WebSocket, *, stage: Stage) -> None:
    """/subscribe: what came since the cursor, as far back as the look-back goes."""
    now_us = micros(stage.now())
    cursor = socket.query_params.get("cursor", str(now_us))
    if not cursor.lstrip("-").isdecimal():
        refusal = JSONResponse({"error": "invalid cursor"}, status_code=400)
        await socket.send_denial_response(refusal)
        return
    wanted = Wanted(
        frozenset(socket.query_params.getlist("wantedCollections")),
        frozenset(socket.query_params.getlist("wantedDids")),
    )
    # Too old a cursor is clamped without a word; one in the future means live.
    oldest = now_us - int(stage.look_back.total_seconds() * 1_000_000)
    await socket.accept()
    reader = asyncio.create_task(_until_gone(socket))
    try:
        from_us = min(max(int(cursor), oldest), now_us)
        await _send_on(socket, stage, from_us, wanted=wanted, reader=reader)
    except (WebSocketDisconnect, ClientDisconnect, RuntimeError, OSError):
        pass  # the client left while we were sending
    finally:
        reader.cancel()


async def _send_on(
    socket: WebSocket,
    stage: Stage,
    from_us: int,
    *,
    wanted: Wanted,
    reader: asyncio.Task[None],
) -> None:
    while not stage.closing and not reader.done():
        to_us = micros(stage.now()) + 1
        for event in events(stage.world, from_us, to_us):
            if wanted.fits(event):
                await socket.send_text(json.dumps(event, separators=(",", ":")))
            # Sending alone may never give way: the client's goodbye must be heard.
            await asyncio.sleep(0)
            if reader.done():
                return
        from_us = max(from_us, to_us)
        await stage.pause(POLL_S)


async def _until_gone(socket: WebSocket) -> None:
    """Read and ignore what the client says, until it goes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
