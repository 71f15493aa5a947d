"""When a walk asks again, waits, or is sent on: collectors/_driver.py."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from collectors._driver import Batch, Driver, Limits
from collectors._http import build_client
from collectors.base import (
    BadPayload,
    Denied,
    Gone,
    Query,
    RateLimited,
    Unavailable,
)
from groundswell.clock import utcnow
from tests.paper import (
    BASE,
    NOW,
    THREE,
    Explaining,
    FakeTime,
    Paper,
    driver_for,
    page_of,
    serving,
    uris,
    walk,
)

# -- trying again ---------------------------------------------------------------------


def test_unavailable_is_tried_again_with_growing_pauses() -> None:
    time = FakeTime()
    batch = walk(
        serving(httpx.Response(502), httpx.ConnectError("x"), {"posts": ["a"]}),
        time=time,
    )

    assert (batch.outcome, batch.requests) == ("complete", 3)
    assert time.naps == [5, 10]


def test_unavailable_is_given_up_after_the_retries() -> None:
    time = FakeTime()
    batch = walk(serving(*[httpx.Response(503)] * 3), time=time)

    assert isinstance(batch.error, Unavailable)
    assert (batch.requests, len(time.naps)) == (3, 2)


def test_retries_end_with_the_time_of_the_walk() -> None:
    batch = walk(
        serving(*[httpx.Response(503)] * 2), limits=Limits(retries=99, seconds=4)
    )

    assert (batch.outcome, batch.requests) == ("broken", 2)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, Denied), (404, Gone), (400, BadPayload), (304, BadPayload)],
)
def test_what_will_not_change_is_not_tried_again(status: int, kind: type) -> None:
    batch = walk(serving(httpx.Response(status)))

    assert type(batch.error) is kind
    assert batch.requests == 1


def limited(**headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(429, headers=named)


def test_a_short_pause_is_waited_out_once() -> None:
    time = FakeTime()
    batch = walk(serving(limited(retry_after="30"), {"posts": ["a"]}), time=time)

    assert (batch.outcome, time.naps) == ("complete", [30])

    batch = walk(serving(limited(retry_after="30"), limited(retry_after="30")))

    assert isinstance(batch.error, RateLimited)
    assert batch.requests == 2


def test_a_long_pause_ends_the_walk_and_says_until_when() -> None:
    time = FakeTime()
    batch = walk(serving(limited(x_ratelimit_reset="2026-11-22T12:05:00Z")), time=time)

    assert isinstance(batch.error, RateLimited)
    assert batch.error.retry_at == NOW + timedelta(minutes=5)
    assert time.naps == []


def test_a_pause_without_a_time_ends_the_walk() -> None:
    batch = walk(serving(limited()))

    assert isinstance(batch.error, RateLimited)
    assert batch.error.retry_at is None
    assert batch.requests == 1


def test_nothing_remaining_holds_the_next_page() -> None:
    time = FakeTime()
    spent = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "20"}
    batch = walk(
        serving(httpx.Response(200, json=THREE[0], headers=spent), {"posts": ["z"]}),
        time=time,
    )

    assert (batch.outcome, time.naps) == ("complete", [20])


def test_a_pause_holds_every_source_on_that_host() -> None:
    time = FakeTime()

    async def scene() -> list[Batch]:
        driver = driver_for(serving(limited(retry_after="600")), time, Limits())
        query = Query("forward", (), {"base_url": BASE})
        async with driver.client:
            return [await driver.collect(Paper(), query) for _ in range(2)]

    first, second = asyncio.run(scene())

    assert isinstance(second.error, RateLimited)
    assert second.error.retry_at == NOW + timedelta(minutes=10)
    assert (first.requests, second.requests) == (1, 0)


def test_a_pause_without_a_time_holds_the_host_for_a_minute() -> None:
    time = FakeTime()

    async def scene() -> list[Batch]:
        driver = driver_for(serving(limited(), {"posts": ["a"]}), time, Limits())
        query = Query("forward", (), {"base_url": BASE})
        async with driver.client:
            return [await driver.collect(Paper(), query) for _ in range(2)]

    assert [batch.outcome for batch in asyncio.run(scene())] == ["broken", "complete"]
    assert time.naps == [60]


def test_a_body_that_was_cut_is_fetched_again_once() -> None:
    whole = json.dumps({"posts": ["a"]})
    cut = httpx.Response(200, text=whole[:-5])

    assert uris(walk(serving(cut, httpx.Response(200, text=whole)))) == ["a"]

    batch = walk(serving(httpx.Response(200, text="{"), httpx.Response(200, text="{")))
    assert isinstance(batch.error, BadPayload)
    assert batch.requests == 2


def test_html_where_json_was_due_is_not_fetched_again() -> None:
    batch = walk(serving(httpx.Response(200, text="<html><body>maintenance</html>")))

    assert isinstance(batch.error, BadPayload)
    assert "maintenance" in batch.error.sample
    assert batch.requests == 1


# -- redirects ----------------------------------------------------------------------


def moved(location: str) -> httpx.Response:
    return httpx.Response(302, headers={"Location": location})


def test_redirects_are_followed_and_counted() -> None:
    batch = walk(serving(moved("/a"), moved("https://b.example/b"), {"posts": ["a"]}))

    assert (uris(batch), batch.requests) == (["a"], 3)


def test_too_many_redirects_break_the_walk() -> None:
    batch = walk(serving(*[moved(f"/{n}") for n in range(6)]))

    assert isinstance(batch.error, BadPayload)
    assert "redirects more than 5 times" in str(batch.error)
    assert batch.requests == 6


def test_a_redirected_post_is_not_sent_on() -> None:
    handler = serving(httpx.Response(401), moved("https://b.example/"))
    batch = walk(handler, collector=Explaining())

    assert isinstance(batch.error, BadPayload)
    assert batch.requests == 2


def test_a_redirect_into_the_private_network_is_refused() -> None:
    """The first hop is faked, the second goes through the real guard."""

    class Half(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self.real = build_client(contact=None)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.host == "social.example":
                return moved("https://127.0.0.1:9/latest/meta-data")
            return await self.real.send(request, stream=True)

        async def aclose(self) -> None:
            await self.real.aclose()

    async def scene() -> Batch:
        async with build_client(contact=None, transport=Half()) as client:
            query = Query("forward", (), {"base_url": BASE})
            return await Driver(client=client, clock=utcnow).collect(Paper(), query)

    assert isinstance(asyncio.run(scene()).error, Denied)


def test_only_a_source_that_says_so_is_asked_through_the_private_client() -> None:
    async def scene(setting: object) -> bool:
        hits: list[str] = []

        def inside(request: httpx.Request) -> httpx.Response:
            hits.append(request.url.path)
            return page_of({})

        outside = build_client(contact=None, transport=httpx.MockTransport(serving({})))
        private = build_client(contact=None, transport=httpx.MockTransport(inside))
        async with outside, private:
            driver = Driver(client=outside, private_client=private, clock=utcnow)
            settings = {"base_url": BASE, "allow_private": setting}
            await driver.collect(Paper(), Query("forward", (), settings))
        return bool(hits)

    assert asyncio.run(scene(setting=True))
    assert not asyncio.run(scene(setting=False))
    assert not asyncio.run(scene(setting="yes"))
