"""Each smaller platform from its server to the store: a real server on loopback in the
platform's own JSON, the real collector, driver and database, and the world's own truth."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import collectors
from db import checks
from db.records import RECHECK_AGES
from groundswell.demo.faults import outage
from groundswell.demo.items import Item
from groundswell.demo.venues import Venue, venues
from groundswell.demo.writing import CAMPAIGN
from tests.desk import START, Desk, desk

VENUES = {venue.channel.slug: venue for venue in venues()}
_WORDS = re.compile(r"(?<!\w)(" + "|".join(CAMPAIGN) + r")(?!\w)", re.IGNORECASE)
STEP = timedelta(minutes=20)

every_venue = pytest.mark.parametrize("slug", VENUES)


def is_wanted(item: Item) -> bool:
    """Whether the campaign's words stand in an item, by a rule of the test's own."""
    said = item.text if item.kind == "comment" else f"{item.title} {item.text}"
    return _WORDS.search(unicodedata.normalize("NFKC", said)) is not None


def truth(one: Desk, slug: str, at: datetime) -> dict[str, Item]:
    """What should be found of what was there at a moment."""
    known = one.simulator.world.items[slug]
    return {item.uri: item for item in known if item.shows(at) and is_wanted(item)}


async def work_for(one: Desk, hours: float) -> None:
    """Let the clock run, with everything that falls due."""
    end = one.clock.now + timedelta(hours=hours)
    while one.clock.now < end:
        await one.work()
        one.clock.now += STEP


def settled(one: Desk, slug: str) -> dict[str, Item]:
    """The truth of an hour ago: what came since may not have been read yet."""
    at = one.clock.now - timedelta(hours=1, minutes=30)
    now = one.clock.now
    return {
        uri: item
        for uri, item in truth(one, slug, at).items()
        if not item.deleted(now) and item.created_at >= START
    }


@every_venue
def test_what_it_serves_is_found(slug: str, tmp_path: Path) -> None:
    venue = VENUES[slug]

    async def story(one: Desk) -> None:
        await work_for(one, 10)
        found = set(await one.rows("select uri from posts"))
        wanted = settled(one, slug)
        assert len(wanted) > 10, "the world is large enough to show something"
        assert set(wanted) - found == set(), "nothing is missing"
        everything = {item.uri for item in one.simulator.world.items[slug]}
        assert found <= everything, "nothing is made up"
        strange = {
            item.uri
            for item in one.simulator.world.items[slug]
            if item.uri in found and not is_wanted(item)
        }
        assert strange == set(), "nothing that the campaign did not ask for"
        assert await one.rows("select distinct state from sources") == ["ok"]

    play(tmp_path, venue, story)


@every_venue
def test_what_is_taken_back_is_taken_back_here(slug: str, tmp_path: Path) -> None:
    venue = VENUES[slug]
    collector = collectors.load(venue.channel.platform)
    if "recheck" not in collector.walks(dict(venue.settings)):
        pytest.skip("this platform cannot be asked about known posts")

    async def story(one: Desk) -> None:
        await work_for(one, 30)
        stored = dict(await one.rows("select uri, state from posts"))
        # Looks come at certain ages; removals after the last one yet have to wait.
        ages = collector.duties.ages or RECHECK_AGES
        sure = one.clock.now - timedelta(hours=1)
        gone = {
            item.uri
            for item in one.simulator.world.items[slug]
            if item.uri in stored and looked_at_since(item, sure, ages)
        }
        assert gone, "somebody took something back"
        told = {stored[uri] for uri in gone}
        assert told <= (
            {"deleted"} if collector.card.central else {"deleted", "withheld"}
        )
        assert await one.rows(
            "select count(*) from posts where state = 'deleted' and text <> ''"
        ) == [0]

    play(tmp_path, venue, story)


def looked_at_since(item: Item, by: datetime, ages: Sequence[timedelta]) -> bool:
    """Whether a recheck fell between an item's removal and a moment."""
    if item.deleted_at is None:
        return False
    return any(item.deleted_at < item.created_at + age <= by for age in ages)


@every_venue
def test_an_outage_is_blind_and_then_filled(slug: str, tmp_path: Path) -> None:
    venue = VENUES[slug]

    async def story(one: Desk) -> None:
        await work_for(one, 3)
        one.faults.replace([outage(slug, one.clock(), 2)])
        await work_for(one, 1.5)
        assert "blind" in await one.rows("select distinct state from coverage")
        one.faults.replace([])
        await work_for(one, 4)
        found = set(await one.rows("select uri from posts"))
        assert set(settled(one, slug)) - found == set()

    play(tmp_path, venue, story)


def play(folder: Path, venue: Venue, story: Callable[[Desk], Awaitable[None]]) -> None:
    async def scene() -> None:
        slug = venue.channel.slug
        async with desk(folder, only=(slug,), days=0.6, venues=[venue]) as one:
            await story(one)
            assert await one.runtime.store.run(checks.problems) == []

    asyncio.run(scene())


def test_every_platform_of_a_venue_is_known() -> None:
    assert {venue.channel.platform for venue in VENUES.values()} <= set(
        collectors.available()
    )
