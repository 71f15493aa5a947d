"""A websocket server that follows a script, and a platform that reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Literal

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from collectors._driver import Batch, Driver, Limits
from collectors._http import build_client
from collectors._limits import Pacer
from collectors._stream import drain
from collectors.base import (
    Author,
    BadPayload,
    Connection,
    Gap,
    Pace,
    Page,
    Post,
    Query,
    RateLimited,
    Secret,
    SecretSpec,
    Walk,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

Script = Callable[[ServerConnection], Awaitable[None]]
Refuse = Callable[[ServerConnection, Request], Response | None]


@dataclass
class Wire:
    """A stream whose messages are `{"age": seconds, "post": uri}`."""

    address: str = ""
    slug: ClassVar[str] = "wire"
    docs: ClassVar[str] = "https://docs.example"
    pace: ClassVar[Pace] = Pace(1000, 1.0)
    scope: ClassVar[Literal["term", "source"]] = "source"
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = {}
    checkpoints: list[str | None] = field(default_factory=list)

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        return []

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        return ("forward",)

    def connect(self, query: Query) -> Connection:
        cursor = f"?cursor={query.checkpoint}" if query.checkpoint else ""
        return Connection(self.address + "/" + cursor, ('["hello"]',))

    def receive(self, message: str | bytes, query: Query) -> Page:
        self.checkpoints.append(query.checkpoint)
        try:
            event = json.loads(message)
        except ValueError as error:
            raise BadPayload("no JSON", str(message)) from error
        if "raise" in event:
            raise {
                "limit": RateLimited("slow down", NOW + timedelta(minutes=10)),
                "bug": KeyError("hush"),
            }[event["raise"]]
        uri, age = event.get("post"), event.get("age", 3600)
        return Page(
            posts=(_post(uri),) if uri else (),
            skipped={} if uri else {"no term matched": 1},
            checkpoint=str(age),
            reached=NOW - timedelta(seconds=age),
            ascending=event.get("ascending", True),
            gap=Gap("blind", "a jump") if event.get("gap") else None,
            session={"key": Secret("k")} if event.get("session") else None,
        )


def _post(uri: str) -> Post:
    return Post(
        platform="wire",
        uri=uri,
        author=Author(platform="wire", uri="https://wire.example/@ada"),
        text="hello",
        published_at=NOW,
    )


def clock() -> datetime:
    return NOW


async def no_sleep(seconds: float) -> None:
    raise AssertionError("nothing here should wait")


def told(*events: dict[str, Any] | str | bytes) -> Script:
    """A server that reads the first frame, says this, and stays silent."""

    async def script(socket: ServerConnection) -> None:
        await socket.recv()
        for event in events:
            await socket.send(json.dumps(event) if isinstance(event, dict) else event)
        await socket.wait_closed()

    return script


@dataclass
class Scene:
    """A server that follows a script, and a driver to read it with."""

    script: Script
    limits: Limits = field(default_factory=Limits)
    refuse: Refuse | None = None
    allow_private: bool = True
    checkpoint: str | None = None
    wire: Wire = field(default_factory=Wire)
    pacer: Pacer = field(default_factory=Pacer)
    asked: list[Request] = field(default_factory=list)

    def run(
        self, use: Callable[[Driver, Query], Awaitable[list[Batch]]]
    ) -> list[Batch]:
        return asyncio.run(self._run(use))

    def drain(self, *, caught_up_s: float = 5.0, idle_s: float = 0.2) -> Batch:
        async def use(driver: Driver, query: Query) -> list[Batch]:
            return [
                await drain(
                    driver, self.wire, query, caught_up_s=caught_up_s, idle_s=idle_s
                )
            ]

        return self.run(use)[0]

    async def _run(
        self, use: Callable[[Driver, Query], Awaitable[list[Batch]]]
    ) -> list[Batch]:
        async with (
            serve(self.script, "127.0.0.1", 0, process_request=self._process) as server,
            build_client(contact="https://desk.example") as client,
        ):
            self.wire.address = self.wire.address or address_of(server)
            driver = Driver(
                client=client,
                clock=clock,
                sleep=no_sleep,
                limits=self.limits,
                pacer=self.pacer,
            )
            settings = {"allow_private": self.allow_private}
            query = Query("forward", (), settings, checkpoint=self.checkpoint)
            return await use(driver, query)

    def _process(self, socket: ServerConnection, request: Request) -> Response | None:
        self.asked.append(request)
        return self.refuse(socket, request) if self.refuse else None


def address_of(server: Server) -> str:
    return f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


def refusing(status: HTTPStatus, **headers: str) -> Refuse:
    def refuse(socket: ServerConnection, request: Request) -> Response:
        response = socket.respond(status, "hush")
        for name, value in headers.items():
            response.headers[name.replace("_", "-")] = value
        return response

    return refuse


def uris(batch: Batch) -> list[str]:
    return [found.uri for found in batch.posts]


OLD = {"post": "a", "age": 900}
OLDER = {"post": "b", "age": 600}
FRESH = {"post": "c", "age": 2}


async def flood(socket: ServerConnection) -> None:
    number = 0
    while True:
        number += 1
        await socket.send(json.dumps({"post": f"p{number}", "age": 10_000}))
        await asyncio.sleep(0)  # both ends share this loop
