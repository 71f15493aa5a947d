"""A look at a source's own description, and the real clients: collectors/_driver.py."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from collectors._driver import Batch, Driver, Limits, open_driver
from collectors.base import (
    BadPayload,
    Denied,
    Probe,
    Query,
    Unavailable,
)
from groundswell.clock import utcnow
from tests.paper import (
    BASE,
    FakeTime,
    Handler,
    Paper,
    driver_for,
    serving,
)


class Open(Paper):
    """Asks as many questions as the answers tell it to."""

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        return httpx.Request("GET", f"{settings['base_url']}/nodeinfo")

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        if response.status_code == 418:
            raise KeyError("hush")
        facts = {**(so_far.facts if so_far else {}), response.request.url.path: "seen"}
        more = response.status_code == 200
        onward = httpx.Request("GET", f"{BASE}/{len(facts)}") if more else None
        return Probe("open", "It can be read.", facts, onward)


def probe(handler: Handler) -> Probe:
    async def scene() -> Probe:
        driver = driver_for(handler, FakeTime(), Limits())
        async with driver.client:
            return await driver.probe(Open(), {"base_url": BASE})

    return asyncio.run(scene())


def test_a_probe_learns_from_answer_to_answer() -> None:
    learnt = probe(serving({}, {}, httpx.Response(404)))

    assert set(learnt.facts) == {"/nodeinfo", "/1", "/2"}


def test_a_probe_asks_six_times_at_most() -> None:
    learnt = probe(serving(*[{}] * 6))

    assert len(learnt.facts) == 6
    assert learnt.next is None


def test_a_probe_that_fails_raises_from_the_tree() -> None:
    with pytest.raises(Unavailable):
        probe(serving(*[httpx.ConnectError("x")] * 3))
    with pytest.raises(BadPayload, match="fault in the paper collector: KeyError"):
        probe(serving(httpx.Response(418)))


def test_an_opened_driver_refuses_private_addresses_and_closes() -> None:
    async def scene() -> tuple[Driver, Batch]:
        async with open_driver(contact="https://desk.example", clock=utcnow) as driver:
            query = Query("forward", (), {"base_url": "http://127.0.0.1:9"})
            return driver, await driver.collect(Paper(), query)

    driver, batch = asyncio.run(scene())

    assert isinstance(batch.error, Denied)
    assert driver.client.is_closed
    assert driver.private_client is not None
    assert driver.private_client.is_closed
