"""All simulated platforms behind one loopback server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from groundswell.clock import Clock
from groundswell.demo import feeds, jetstream
from groundswell.demo.articles import FEEDS
from groundswell.demo.bluesky import Xrpc
from groundswell.demo.faults import Faults, fault_from
from groundswell.demo.faulty import App, FaultLayer
from groundswell.demo.mastodon import Instance
from groundswell.demo.records import SERVERS
from groundswell.demo.stage import (
    BLUESKY_HANDLE,
    BLUESKY_PASSWORD,
    MASTODON_TOKEN,
    Pause,
    Stage,
)
from groundswell.demo.truth import LOOK_BACK, truth
from groundswell.demo.world import World

_LOOPBACK = {"127.0.0.1", "::1", "testclient"}
_SLUGS = {server.slug for server in SERVERS}
_transports: WeakValueDictionary[tuple[str, int], asyncio.Transport] = (
    WeakValueDictionary()
)


class Simulator:
    """The simulated platforms over one world.

    clock: what time it is in the world. faults: the plan, changeable while it runs.
    pause: how the live stream and slow answers wait, in real seconds.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        faults: Faults | None = None,
        *,
        pause: Pause = asyncio.sleep,
        look_back: timedelta = LOOK_BACK,
    ) -> None:
        self.world = world
        self.faults = faults if faults is not None else Faults()
        self.stage = Stage(world, clock, pause, look_back)
        self.app: App = FaultLayer(
            self._platforms(),
            self.stage,
            self.faults,
            source_of=source_of,
            abort=_abort,
        )

    def _platforms(self) -> Starlette:
        stage = self.stage
        mounts = [
            Mount(f"/{server.slug}", routes=Instance(server, stage).routes())
            for server in SERVERS
        ]
        return Starlette(
            routes=[
                *mounts,
                Mount("/jetstream", routes=jetstream.routes(stage)),
                Mount("/bsky", routes=Xrpc(stage).routes()),
                Mount("/bsky-public", routes=Xrpc(stage, public=True).routes()),
                Mount("/feeds", routes=feeds.routes(stage)),
                Route("/control", self.state, methods=["GET"]),
                Route("/control/faults", self.plan, methods=["POST"]),
                Route("/control/truth", self.truth, methods=["GET"]),
            ]
        )

    def sources(self, base: str) -> list[dict[str, Any]]:
        """[[source]] settings for all that the demo watches without credentials.

        base: the server's address. One of the servers wants a log-in, and says so.
        """
        stream = "ws" + base.removeprefix("http")
        return [
            *(_source(server.slug, "mastodon", f"{base}/{server.slug}")
              for server in SERVERS),
            _source("jetstream", "bluesky", f"{stream}/jetstream")
            | {"api_url": f"{base}/bsky-public"},
            *(_source(name, "feed", f"{base}/feeds/{name}") for name in FEEDS),
        ]  # fmt: skip

    def search_source(self, base: str) -> dict[str, Any]:
        """Bluesky's search as a source; it wants the `environment`'s credentials."""
        return _source("search", "bluesky", f"{base}/bsky")

    def environment(self) -> dict[str, str]:
        """Variables that open the search and the server that wants a log-in."""
        return {
            "BLUESKY_HANDLE": BLUESKY_HANDLE,
            "BLUESKY_APP_PASSWORD": BLUESKY_PASSWORD,
            "MASTODON_TOKEN_QUIET": MASTODON_TOKEN,
        }

    async def state(self, request: Request) -> Response:
        """GET /control: the clock, requests so far, the plan and how often it struck."""
        if not _local(request):
            return _refused()
        told = {
            "now": self.stage.now().isoformat(),
            "posts": len(self.world.posts),
            "requests": self.stage.requests,
            "faults": [_plain(asdict(fault)) for fault in self.faults.plan],
            "done": self.faults.done,
        }
        return JSONResponse(told)

    async def plan(self, request: Request) -> Response:
        """POST /control/faults: a JSON list of faults replaces the plan."""
        if not _local(request):
            return _refused()
        try:
            given = await request.json()
            self.faults.replace([fault_from(item) for item in given])
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        return JSONResponse({"faults": len(self.faults.plan)})

    async def truth(self, request: Request) -> Response:
        """GET /control/truth: what ought to have been found by now."""
        if not _local(request):
            return _refused()
        found = truth(self.world, self.stage.now(), look_back=self.stage.look_back)
        return JSONResponse([_plain(asdict(post)) for post in found])


def _source(slug: str, platform: str, base_url: str) -> dict[str, Any]:
    return {
        "slug": slug,
        "platform": platform,
        "base_url": base_url,
        "allow_private": True,
    }


def source_of(path: str) -> str | None:
    """The slug of the source that a path belongs to."""
    first, _, rest = path.strip("/").partition("/")
    if first in _SLUGS or first == "jetstream":
        return first
    if first in {"bsky", "bsky-public"}:
        return "search" if first == "bsky" else "bsky-public"
    return rest if first == "feeds" and rest in FEEDS else None


def _local(request: Request) -> bool:
    return request.client is not None and request.client.host in _LOOPBACK


def _refused() -> Response:
    return JSONResponse({"error": "only from this machine"}, status_code=403)


def _plain(value: object) -> Any:  # noqa: ANN401 - JSON values have any type
    """A record's values as JSON can hold them."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value


class _Protocol(H11Protocol):
    """uvicorn's protocol, remembering its transport so that a fault can cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _transports[tuple(transport.get_extra_info("peername")[:2])] = transport


def _abort(client: Any) -> None:  # noqa: ANN401 - whatever ASGI's scope holds
    transport = _transports.get(tuple(client or ()))
    if transport is not None:
        transport.abort()


class _Server(uvicorn.Server):
    """Leaves the signals to the program around it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(simulator: Simulator, port: int = 0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 in this event loop; yields the base URL.

    port 0 takes a free one. Raises OSError where the port is in use.
    """
    listener = socket.create_server(("127.0.0.1", port))
    server = _Server(
        uvicorn.Config(
            simulator.app,
            http=_Protocol,
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_level="critical",
            access_log=False,
            timeout_graceful_shutdown=2,
        )
    )
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        simulator.stage.closing = True
        server.should_exit = True
        for transport in list(_transports.values()):
            transport.abort()
        await task
        listener.close()
