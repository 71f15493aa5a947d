"""All simulated platforms behind one loopback server."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
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
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from groundswell.clock import Clock
from groundswell.demo import feeds, jetstream
from groundswell.demo.articles import FEEDS
from groundswell.demo.bluesky import Xrpc
from groundswell.demo.faults import Faults, fault_from
from groundswell.demo.faulty import FaultLayer
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
from groundswell.demo.venues import Venue
from groundswell.demo.world import World

_LOOPBACK = {"127.0.0.1", "::1", "testclient"}
_transports: WeakValueDictionary[tuple[str, int], asyncio.Transport] = (
    WeakValueDictionary()
)


class Simulator:
    """The simulated platforms over one world.

    clock: what time it is in the world. faults: the plan, changeable while it runs.
    pause: how the live stream and slow answers wait, in real seconds. venues: the smaller
    platforms; the world must have been made with their channels.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        faults: Faults | None = None,
        *,
        pause: Pause = asyncio.sleep,
        look_back: timedelta = LOOK_BACK,
        venues: Sequence[Venue] = (),
    ) -> None:
        self.world = world
        self.venues = {venue.channel.slug: venue for venue in venues}
        self.faults = faults if faults is not None else Faults()
        self.stage = Stage(world, clock, pause, look_back)
        self.ports: dict[str, int] = {}
        self._hosts = _hosts(self.stage, venues)
        self._main = self._everything()
        self.app: ASGIApp = FaultLayer(
            self._dispatch,
            self.stage,
            self.faults,
            source_of=self.source_of,
            abort=_abort,
        )

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = self._host_of(scope)
        app = self._hosts[host] if host else self._main
        await app(scope, receive, send)

    def _host_of(self, scope: Scope) -> str | None:
        """Whose port a request came to; None for the main one."""
        port = (scope.get("server") or (None, None))[1]
        return next((host for host, its in self.ports.items() if its == port), None)

    def source_of(self, scope: Scope) -> str | None:
        """The slug of the source that a request is for; None where no faults apply."""
        host = self._host_of(scope)
        first, _, rest = scope.get("path", "").strip("/").partition("/")
        if first == "feeds" and host is None:
            return rest if rest in FEEDS else None
        found = host or (first if first in self._hosts else None)
        return "search" if found == "bsky" else found

    def _everything(self) -> Starlette:
        return Starlette(
            routes=[
                *(Mount(f"/{host}", app) for host, app in self._hosts.items()),
                Mount("/feeds", routes=feeds.routes(self.stage)),
                Route("/control", self.state, methods=["GET"]),
                Route("/control/faults", self.plan, methods=["POST"]),
                Route("/control/truth", self.truth, methods=["GET"]),
            ]
        )

    def sources(self, base: str) -> list[dict[str, Any]]:
        """[[source]] settings for all that the demo watches without credentials.

        base: what `serve` gave. Each server has a port, and so an address, of its own.
        One of the Mastodon servers wants a log-in, and says so.
        """
        stream = "ws" + self._address("jetstream", base).removeprefix("http")
        return [
            *(
                _source(server.slug, "mastodon", self._address(server.slug, base))
                for server in SERVERS
            ),
            _source("jetstream", "bluesky", stream)
            | {"api_url": self._address("bsky-public", base)},
            *(_source(name, "feed", f"{base}/feeds/{name}") for name in FEEDS),
            *(self._venue(venue, base) for venue in self.venues.values()),
        ]

    def _venue(self, venue: Venue, base: str) -> dict[str, Any]:
        channel = venue.channel
        address = self._address(channel.slug, base) + venue.path
        own = dict(venue.settings)
        if venue.login is not None:
            own[venue.login] = f"{address}/api/v1/access_token"
        if venue.stream:
            address = "ws" + address.removeprefix("http")
        return _source(channel.slug, channel.platform, address) | own

    def search_source(self, base: str) -> dict[str, Any]:
        """Bluesky's search as a source; it wants the `environment`'s credentials."""
        return _source("search", "bluesky", self._address("bsky", base))

    def _address(self, host: str, base: str) -> str:
        """A host's own port; a path below `base` where `serve` does not serve it."""
        if host not in self.ports:
            return f"{base}/{host}"
        return f"{base.rsplit(':', 1)[0]}:{self.ports[host]}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The servers that get a port of their own."""
        return tuple(self._hosts)

    def environment(self) -> dict[str, str]:
        """Variables that open the search, the server that wants a log-in, the venues."""
        return {
            "BLUESKY_HANDLE": BLUESKY_HANDLE,
            "BLUESKY_APP_PASSWORD": BLUESKY_PASSWORD,
            "MASTODON_TOKEN_QUIET": MASTODON_TOKEN,
            **self.venue_keys(),
        }

    def venue_keys(self) -> dict[str, str]:
        """Variables that open the venues."""
        return {
            k: v for one in self.venues.values() for k, v in one.environment.items()
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


def _hosts(stage: Stage, venues: Sequence[Venue]) -> dict[str, Starlette]:
    """What answers on each port, by name: the Mastodon servers' slugs, Bluesky's, the
    venues'."""
    routes = {
        **{one.channel.slug: one.routes(stage, one.channel) for one in venues},
        **{server.slug: Instance(server, stage).routes() for server in SERVERS},
        "jetstream": jetstream.routes(stage),
        "bsky": Xrpc(stage).routes(),
        "bsky-public": Xrpc(stage, public=True).routes(),
    }
    return {name: Starlette(routes=found) for name, found in routes.items()}


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


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each small
    # answer waits some 40 ms for the client's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def serve(simulator: Simulator, port: int = 0) -> AsyncIterator[str]:
    """Serve on 127.0.0.1 in this event loop; yields the base URL.

    port: of the main address, with feeds and control; 0 takes a free one. The other
    servers take free ports. Raises OSError where the port is in use.
    """
    listeners = [_listen(port)]
    listeners += [_listen(0) for _ in simulator.hosts]
    main, *others = (listener.getsockname()[1] for listener in listeners)
    simulator.ports = dict(zip(simulator.hosts, others, strict=True))
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
    task = asyncio.create_task(server.serve(sockets=listeners))
    try:
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{main}"
    finally:
        simulator.stage.closing = True
        server.should_exit = True
        for transport in list(_transports.values()):
            if not transport.is_closing():  # one that is closed cannot be aborted
                transport.abort()
        await task
        simulator.ports = {}
        for listener in listeners:
            listener.close()
