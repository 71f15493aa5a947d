"""The simulated feeds: four forms, paging, validators that tell the truth or lie."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import feedparser
import httpx
import pytest

from groundswell.demo.articles import FEEDS
from groundswell.demo.server import Simulator
from groundswell.demo.truth import truth
from groundswell.demo.world import World
from tests.clocks import Clock

NOW = datetime(2026, 3, 6, 20, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def simulator(clock: Clock) -> Simulator:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    return Simulator(World(7, start, posts_per_day=10, live_per_minute=None), clock)


def fetch(
    simulator: Simulator, url: str, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(app=simulator.app)
        base = "http://127.0.0.1:1"
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.get(url, headers=headers)

    return asyncio.run(get())


def read(name: str, answer: httpx.Response) -> tuple[list[str], str | None]:
    """The ids on a page and the address of the next, by an independent parser."""
    if FEEDS[name].form == "json":
        told = json.loads(answer.text)
        return [item["id"] for item in told["items"]], told.get("next_url")
    parsed = feedparser.parse(answer.content)
    assert not parsed.bozo
    links = parsed.feed.get("links", [])
    older = [link["href"] for link in links if link.get("rel") == "next"]
    ids = [entry.get("id") or entry["link"] for entry in parsed.entries]
    return ids, older[0] if older else None


@pytest.mark.parametrize("name", ["ledger", "branch-notes"])
def test_following_the_links_finds_every_article(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    found: list[str] = []
    url: str | None = f"/feeds/{name}"
    while url is not None:
        ids, url = read(name, fetch(simulator, url))
        found += ids
    told = [p.uri for p in truth(simulator.world, clock()) if name in p.served]
    assert len(told) > FEEDS[name].window
    assert found == told[::-1]


def test_wordpress_pages_until_it_answers_404(
    simulator: Simulator, clock: Clock
) -> None:
    found: list[str] = []
    for page in range(1, 100):
        answer = fetch(simulator, f"/feeds/gazette?paged={page}")
        if answer.status_code == 404:
            break
        found += read("gazette", answer)[0]
    told = [p.uri for p in truth(simulator.world, clock()) if "gazette" in p.served]
    assert found == told[::-1]
    first = feedparser.parse(fetch(simulator, "/feeds/gazette").content)
    assert first.feed.generator.startswith("https://wordpress.org/")


def test_the_wire_shows_a_window_and_no_more(
    simulator: Simulator, clock: Clock
) -> None:
    ids, older = read("wire", fetch(simulator, "/feeds/wire?page=2"))
    told = [p for p in truth(simulator.world, clock()) if p.visible_at.get("wire")]
    assert len(ids) == FEEDS["wire"].window < len(told)
    assert older is None
    assert {p.uri for p in told if p.served} == set(ids)


def test_only_some_articles_are_about_the_campaign(simulator: Simulator) -> None:
    told = [p for p in truth(simulator.world, NOW) if p.platform == "feed"]
    about = [p for p in told if "labourleaks" in p.tags]
    assert 0 < len(about) < len(told) / 2


@pytest.mark.parametrize("name", ["gazette", "ledger", "branch-notes"])
def test_honest_validators_change_with_the_content(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    first = fetch(simulator, f"/feeds/{name}")
    for header, field in (
        ("If-None-Match", "etag"),
        ("If-Modified-Since", "last-modified"),
    ):
        asked = {header: first.headers[field]}
        assert fetch(simulator, f"/feeds/{name}", asked).status_code == 304
    clock.now += timedelta(hours=24)
    asked = {"If-None-Match": first.headers["etag"]}
    assert fetch(simulator, f"/feeds/{name}", asked).status_code == 200


def test_the_wires_validators_lie_for_hours(simulator: Simulator, clock: Clock) -> None:
    clock.now = NOW.replace(hour=12)
    first = fetch(simulator, "/feeds/wire")
    clock.now = NOW.replace(hour=23)
    asked = {"If-None-Match": first.headers["etag"]}
    assert fetch(simulator, "/feeds/wire", asked).status_code == 304
    assert read("wire", fetch(simulator, "/feeds/wire"))[0] != read("wire", first)[0]
    clock.now += timedelta(hours=12)
    assert fetch(simulator, "/feeds/wire", asked).status_code == 200


def test_an_unknown_feed_is_404(simulator: Simulator) -> None:
    assert fetch(simulator, "/feeds/nothing").status_code == 404
