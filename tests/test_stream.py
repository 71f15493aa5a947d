"""Streams, against a real websocket server on loopback: collectors/_stream.py."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from datetime import timedelta
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection

from collectors._driver import Batch, Driver, Limits
from collectors._stream import drain, follow
from collectors.base import (
    BadPayload,
    Denied,
    Gap,
    Query,
    RateLimited,
    Unavailable,
)
from tests.wire import (
    FRESH,
    NOW,
    OLD,
    OLDER,
    Scene,
    Script,
    flood,
    refusing,
    told,
    uris,
)

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


CUT = json.dumps({"post": "b", "age": 800})[:-4]


def test_a_message_without_its_end_is_asked_for_again() -> None:
    """Or a post that a relay cut would be lost in time that is called complete."""
    scene = Scene(told(OLD, CUT, FRESH))

    async def twice(driver: Driver, query: Query) -> list[Batch]:
        first = await drain(driver, scene.wire, query)
        return [first, await drain(driver, scene.wire, query)]

    first, second = scene.run(twice)

    assert (first.outcome, uris(first), first.checkpoint) == ("broken", ["a"], "900")
    assert "asked for again" in str(first.error)
    assert (second.outcome, uris(second)) == ("complete", ["a", "c"])
    assert [found.item for found in second.rejected] == ["message 2"]


def test_what_could_not_be_read_is_a_known_gap() -> None:
    batch = Scene(told(OLD, "not json", FRESH)).drain()

    (gap,) = batch.gaps
    assert gap.state == "blind"
    assert gap.from_at == NOW - timedelta(seconds=900)
    assert gap.to_at == NOW - timedelta(seconds=2)


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
