"""Streams, against a real websocket server on loopback: collectors/_stream.py."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, ClassVar, Literal

import httpx
import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from collectors._driver import Batch, Driver, Limits
from collectors._http import build_client
from collectors._limits import Pacer
from collectors._stream import drain, follow
from collectors.base import (
    Author,
    BadPayload,
    Connection,
    Denied,
    Gap,
    Gone,
    Pace,
    Page,
    Post,
    Query,
    RateLimited,
    Secret,
    SecretSpec,
    Unavailable,
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


# -- drain --------------------------------------------------------------------------


def test_a_drain_reads_to_the_present_and_disconnects() -> None:
    scene = Scene(told(OLD, OLDER, {"age": 300}, FRESH, {"post": "too late", "age": 1}))

    batch = scene.drain(idle_s=600)

    assert uris(batch) == ["a", "b", "c"]
    assert (batch.outcome, batch.error, batch.checkpoint) == ("complete", None, "2")
    assert batch.reached == NOW - timedelta(seconds=2)
    assert batch.skipped == {"no term matched": 1}
    assert batch.requests == 1


def test_it_connects_with_its_checkpoint_and_says_who_it_is() -> None:
    scene = Scene(told(FRESH), checkpoint="77")
    scene.drain()

    assert scene.asked[0].path == "/?cursor=77"
    assert scene.asked[0].headers["User-Agent"].startswith("Groundswell/")
    assert scene.asked[0].headers["User-Agent"].endswith("(+https://desk.example)")


def test_each_message_is_read_from_where_the_last_one_ended() -> None:
    scene = Scene(told(OLD, OLDER, {"age": 600}, FRESH), checkpoint="1000")
    scene.drain()

    assert scene.wire.checkpoints == ["1000", "900", "600", "600"]


def test_a_quiet_stream_is_caught_up() -> None:
    batch = Scene(told(OLD)).drain()

    assert (batch.outcome, batch.checkpoint, uris(batch)) == ("complete", "900", ["a"])


def test_a_stream_that_never_speaks_proposes_nothing() -> None:
    batch = Scene(told()).drain()

    assert (batch.outcome, batch.checkpoint, batch.reached) == ("complete", None, None)


def test_silence_counts_from_the_last_message() -> None:
    """Ten messages, each within the silence allowed, together well beyond it."""

    async def slowly(socket: ServerConnection) -> None:
        for number in range(10):
            await socket.send(json.dumps({"post": f"p{number}"}))
            await asyncio.sleep(0.05)
        await socket.send(json.dumps(FRESH))
        await socket.wait_closed()

    assert uris(Scene(slowly).drain(idle_s=0.25))[-1] == "c"


def test_gaps_and_sessions_are_gathered() -> None:
    batch = Scene(told({"gap": True}, {"session": True}, FRESH)).drain()

    assert batch.gaps == (Gap("blind", "a jump"),)
    assert batch.session is not None


def test_a_stream_that_drops_keeps_what_came() -> None:
    async def drop(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps(OLD))
        await socket.send(json.dumps(OLDER))
        socket.transport.close()  # no close frame

    batch = Scene(drop).drain(idle_s=600)

    assert uris(batch) == ["a", "b"]
    assert batch.outcome == "broken"
    assert isinstance(batch.error, Unavailable)
    assert "broke off" in str(batch.error)


def test_a_drop_in_the_order_of_time_may_resume_where_it_dropped() -> None:
    """Or a look-back of hours over a poor line would begin again for ever."""

    def dropping(*, ascending: bool) -> Script:
        async def drop(socket: ServerConnection) -> None:
            await socket.recv()
            await socket.send(json.dumps({**OLD, "ascending": ascending}))
            await socket.close(1011, "hush")

        return drop

    rising = Scene(dropping(ascending=True)).drain(idle_s=600)
    falling = Scene(dropping(ascending=False)).drain(idle_s=600)

    assert (rising.outcome, rising.checkpoint) == ("broken", "900")
    assert (falling.outcome, falling.checkpoint) == ("broken", None)
    assert "code 1011" in str(rising.error)
    assert "hush" not in str(rising.error)


async def flood(socket: ServerConnection) -> None:
    number = 0
    while True:
        number += 1
        await socket.send(json.dumps({"post": f"p{number}", "age": 10_000}))
        await asyncio.sleep(0)  # both ends share this loop


@pytest.mark.parametrize(
    "limits",
    [Limits(messages=500), Limits(bytes_per_stream=15_000), Limits(items=500)],
)
def test_a_flood_is_capped_and_may_resume(limits: Limits) -> None:
    batch = Scene(flood, limits=limits).drain(idle_s=600)

    assert (batch.outcome, batch.checkpoint) == ("capped", "10000")
    assert 400 < len(batch.posts) < 600


def test_a_drain_ends_with_its_time() -> None:
    batch = Scene(flood, limits=Limits(seconds=0)).drain(idle_s=600)

    assert (batch.outcome, batch.posts) == ("capped", ())


def test_an_odd_message_is_one_reject() -> None:
    batch = Scene(told(OLD, "not json", b"\xff\x00", {"raise": "bug"}, FRESH)).drain()

    assert batch.outcome == "complete"
    assert uris(batch) == ["a", "c"]
    assert [found.item for found in batch.rejected] == [
        "message 2",
        "message 3",
        "message 4",
    ]
    assert "fault in the wire collector: KeyError" in batch.rejected[2].reason
    assert "hush" not in batch.rejected[2].reason


def test_a_hundred_odd_messages_in_a_row_end_it() -> None:
    batch = Scene(told(*["?"] * 99, OLD, *["?"] * 100, FRESH)).drain(idle_s=600)

    assert isinstance(batch.error, BadPayload)
    assert "100 messages in a row" in str(batch.error)
    assert len(batch.rejected) == 199


def test_what_the_collector_raises_ends_it() -> None:
    scene = Scene(told(OLD, {"raise": "limit"}))
    batch = scene.drain(idle_s=600)

    assert isinstance(batch.error, RateLimited)
    assert isinstance(scene.drain().error, RateLimited)
    assert len(scene.asked) == 1  # the host is held


def test_a_message_too_big_ends_it() -> None:
    batch = Scene(told("x" * 5000), limits=Limits(bytes_per_message=1000)).drain()

    assert isinstance(batch.error, BadPayload)
    assert "too big" in str(batch.error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (HTTPStatus.FORBIDDEN, Denied),
        (HTTPStatus.NOT_FOUND, Gone),
        (HTTPStatus.BAD_GATEWAY, Unavailable),
        (HTTPStatus.BAD_REQUEST, BadPayload),
        (HTTPStatus.OK, BadPayload),
    ],
)
def test_a_refused_handshake_has_its_error(status: HTTPStatus, kind: type) -> None:
    batch = Scene(told(), refuse=refusing(status)).drain()

    assert type(batch.error) is kind
    assert "hush" not in str(batch.error)


def test_a_limited_handshake_holds_the_host() -> None:
    scene = Scene(
        told(), refuse=refusing(HTTPStatus.TOO_MANY_REQUESTS, Retry_After="600")
    )
    batches = [scene.drain(), scene.drain()]

    for batch in batches:
        assert isinstance(batch.error, RateLimited)
        assert batch.error.retry_at == NOW + timedelta(minutes=10)
    assert len(scene.asked) == 1


def test_the_collector_is_asked_what_a_refusal_means() -> None:
    class Explaining(Wire):
        def explain(self, response: httpx.Response, query: Query) -> Page | None:
            if response.status_code == 400:
                raise Denied(f"set WIRE_KEY: {response.text}")
            return None

    denied = Scene(told(), refuse=refusing(HTTPStatus.BAD_REQUEST), wire=Explaining())
    plain = Scene(told(), refuse=refusing(HTTPStatus.GONE), wire=Explaining())

    assert "set WIRE_KEY: hush" in str(denied.drain().error)
    assert isinstance(plain.drain().error, Gone)


def test_a_redirected_handshake_is_not_followed() -> None:
    scene = Scene(told(), refuse=refusing(HTTPStatus.FOUND, Location="/elsewhere"))

    assert isinstance(scene.drain().error, BadPayload)
    assert len(scene.asked) == 1


def test_a_private_address_is_refused() -> None:
    scene = Scene(told(FRESH), allow_private=False)

    assert isinstance(scene.drain().error, Denied)
    assert scene.asked == []


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    async def once(host: str, port: int) -> list[str]:
        assert host == "wire.invalid"
        return ["127.255.255.254", "127.0.0.1"]

    scene = Scene(told(FRESH))

    async def use(driver: Driver, query: Query) -> list[Batch]:
        port = scene.wire.address.rpartition(":")[2]
        scene.wire.address = f"ws://wire.invalid:{port}"
        driver.resolve = once
        return [await drain(driver, scene.wire, query)]

    assert uris(scene.run(use)[0]) == ["c"]
    assert scene.asked[0].headers["Host"].startswith("wire.invalid:")


@pytest.mark.parametrize(
    "address", ["https://wire.example", "ws://", "ws://[::1", "wss:x"]
)
def test_an_address_that_is_no_stream_is_refused(address: str) -> None:
    batch = Scene(told(), wire=Wire(address)).drain()

    assert (batch.outcome, batch.requests) == ("broken", 0)
    assert isinstance(batch.error, BadPayload)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("ws://127.0.0.1:9", "refuses the connection"),
        ("ws://no-such-host.invalid:70000", "no host is called"),
    ],
)
def test_a_host_that_is_not_there_says_so(address: str, words: str) -> None:
    batch = Scene(told(), wire=Wire(address)).drain()

    assert isinstance(batch.error, Unavailable)
    assert words in str(batch.error)


def test_a_key_in_the_address_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Scene(told(FRESH), checkpoint="hush").drain()

    assert "hush" not in caplog.text


# -- follow -------------------------------------------------------------------------


def following(
    scene: Scene, batches: int, *, every_s: float = 600, max_posts: int = 500
) -> list[Batch]:
    async def use(driver: Driver, query: Query) -> list[Batch]:
        got: list[Batch] = []
        async with aclosing(
            follow(driver, scene.wire, query, every_s=every_s, max_posts=max_posts)
        ) as stream:
            async for batch in stream:
                got.append(batch)
                if len(got) == batches:
                    break
        return got

    return scene.run(use)


def test_a_followed_stream_hands_over_by_number() -> None:
    first, second = following(Scene(flood), 2, max_posts=3)

    assert uris(first) == ["p1", "p2", "p3"]
    assert uris(second) == ["p4", "p5", "p6"]
    assert (second.outcome, second.checkpoint) == ("complete", "10000")
    assert (first.requests, second.requests) == (1, 0)


def test_a_followed_stream_hands_over_by_time_even_nothing() -> None:
    matched, empty = following(Scene(told({"age": 5})), 2, every_s=0.1, max_posts=3)

    assert (matched.posts, matched.checkpoint) == ((), "5")
    assert matched.reached == NOW - timedelta(seconds=5)
    assert (empty.outcome, empty.checkpoint) == ("complete", None)


def test_a_followed_stream_hands_over_before_memory_fills() -> None:
    (batch,) = following(Scene(flood, limits=Limits(items=7)), 1)

    assert len(batch.posts) == 7


def test_a_followed_stream_ends_broken_when_it_drops() -> None:
    async def drop(socket: ServerConnection) -> None:
        await socket.recv()
        for number in range(3):
            await socket.send(json.dumps({"post": f"p{number}", "age": number}))
        await socket.close()

    first, last = following(Scene(drop), 99, max_posts=2)

    assert (uris(first), first.outcome) == (["p0", "p1"], "complete")
    assert (uris(last), last.outcome, last.checkpoint) == (["p2"], "broken", "2")
    assert isinstance(last.error, Unavailable)


def test_a_stream_that_cannot_be_followed_is_one_broken_batch() -> None:
    (batch,) = following(Scene(told(), refuse=refusing(HTTPStatus.FORBIDDEN)), 99)

    assert isinstance(batch.error, Denied)


def test_cancelling_a_follower_closes_its_socket() -> None:
    closed = asyncio.Event()

    async def script(socket: ServerConnection) -> None:
        await socket.recv()
        await socket.send(json.dumps(OLD))
        await socket.wait_closed()
        closed.set()

    scene = Scene(script)

    async def use(driver: Driver, query: Query) -> list[Batch]:
        async def endlessly() -> None:
            stream = follow(driver, scene.wire, query, every_s=600, max_posts=1)
            async with aclosing(stream):
                async for _ in stream:
                    started.set()

        started = asyncio.Event()
        task = asyncio.create_task(endlessly())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await closed.wait()
        return []

    scene.run(use)
