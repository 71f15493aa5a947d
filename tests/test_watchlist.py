"""The database follows the configuration: addresses, terms, and a clock that was wrong."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from collectors.base import Term
from db import coverage, store, walks, watchlist
from db.connection import Database
from db.records import Span
from db.times import to_text
from db.watchlist import WatchedCampaign, WatchedSource
from groundswell import ingest
from groundswell.config.loading import parse
from groundswell.runtime import watched_campaigns
from tests.conftest import NOW
from tests.desk import Desk, desk
from tests.making import make_post, make_record, sighted, watch


def test_another_server_behind_an_old_name_starts_anew(db: Database) -> None:
    watch(db)
    store.record_walk(db, make_record(sighted(make_post(1))))
    moved = WatchedSource("server-1", "mastodon", "https://new.example", "")
    campaign = WatchedCampaign(
        "labourleaks", "t", None, None, None, (Term("hashtag", "LabourLeaks"),)
    )
    watchlist.sync(db, [campaign], [moved], NOW)
    for table in ("walks", "rechecks"):
        left = db.conn.execute(f"select 1 from {table} where source_id = 1").fetchall()
        assert left == [], "the old server's places and ids mean nothing there"
    assert db.conn.execute("select text from posts").fetchone() != ("",)


def test_a_clock_that_ran_ahead_is_put_right(db: Database) -> None:
    watch(db)
    late = NOW + timedelta(days=30)
    ahead = Span(NOW - timedelta(hours=1), late, "complete")
    store.record_walk(db, make_record(at=late, spans=(ahead,)))
    soon = walks.due(db, NOW + timedelta(minutes=1))
    assert (1, "forward") not in {(one.source_id, one.walk) for one in soon}
    walks.heal(db, NOW)
    due = {(one.source_id, one.walk) for one in walks.due(db, NOW)}
    assert (1, "forward") in due
    (span,) = coverage.read(db.conn, 1, 1, since=NOW - timedelta(days=1), until=late)
    assert span.to_at == NOW


def test_a_term_that_came_back_was_not_seen_meanwhile(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        (first,) = one.runtime.config.campaigns
        second = replace(first, slug="second")
        both = replace(one.runtime.config, campaigns=(first, second))
        alone = replace(one.runtime.config, campaigns=(first,))
        for config, hours in ((both, 1), (alone, 4), (both, 1)):
            one.runtime.config = config
            await ingest.sync(one.runtime)
            for _ in range(hours * 2):
                await one.work(walk="forward")
                one.clock.now += timedelta(minutes=30)
        posts = dict(
            await one.rows(
                "select slug, sum(posts) from hourly join campaigns on id = campaign_id "
                "where hour between '2026-09-21T02:00:00Z' and '2026-09-21T04:00:00Z' "
                "group by slug"
            )
        )
        seen = await one.rows(
            "select 1 from coverage v join terms t on t.id = v.term_id "
            "join campaigns c on c.id = t.campaign_id where c.slug = 'second' "
            "and v.state = 'complete' and v.from_at < '2026-09-21T03:00:00Z' "
            "and v.to_at > '2026-09-21T03:30:00Z'"
        )
        assert posts.get("labourleaks", 0) > posts.get("second", 0)
        assert seen == [], "what nobody looked for is not called seen"

    async def play() -> None:
        async with desk(tmp_path) as one:
            await story(one)

    asyncio.run(play())


def test_a_closed_source_is_asked_again_after_a_day(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work()
        assert await one.rows("select state from sources") == ["parked"]
        one.clock.now += timedelta(hours=25)
        await ingest.darken_parked(one.runtime)
        assert await one.rows("select state from sources") == ["new"]
        assert await one.work(walk="forward") > 0, "its walks are still there"
        assert await one.rows("select state from sources") == ["parked"]
        dark = await one.rows("select max(to_at) from coverage where state = 'blind'")
        assert dark >= ["2026-09-22T01:00:00Z"]

    async def play() -> None:
        async with desk(tmp_path, only=("quiet",)) as one:
            await story(one)

    asyncio.run(play())


def test_a_campaigns_zone_follows_the_configuration(db: Database) -> None:
    for zone in ("Europe/London", "Asia/Kolkata", "UTC"):
        text = f'[[campaign]]\nslug = "one"\nhashtags = ["One"]\ntimezone = "{zone}"'
        watchlist.sync(db, watched_campaigns(parse(text, {})), [], NOW)
        (row,) = db.conn.execute("select timezone from campaigns").fetchall()
        assert row == (zone,)


def test_a_first_term_that_comes_back_is_still_a_first_one(db: Database) -> None:
    """Of the campaign's beginning, whose history is fetched; others joined it later."""
    steps = (["One"], ["One", "Two"], ["Two"], ["One", "Two"])
    for day, tags in enumerate(steps):
        text = f'[[campaign]]\nslug = "one"\nhashtags = {tags}'.replace("'", '"')
        known = watched_campaigns(parse(text, {}))
        watchlist.sync(db, known, [], NOW + timedelta(days=day))
    rows = db.conn.execute("select value, from_start, added_at from terms order by 1")
    assert rows.fetchall() == [
        ("one", 1, to_text(NOW + timedelta(days=3))),
        ("two", 0, to_text(NOW + timedelta(days=1))),
    ]


def test_a_server_alone_shows_todays_names_and_zones(db: Database) -> None:
    watch(db)
    before = db.conn.execute("select * from terms order by id").fetchall()
    (stored,) = db.conn.execute(
        "select slug, title, description from campaigns"
    ).fetchall()
    same = WatchedCampaign(*stored, None, None, ())
    assert watchlist.describe(db, [same]) == []
    other = replace(same, slug="other", title="not stored yet")
    moved = replace(same, title="New", timezone="Europe/London")
    assert watchlist.describe(db, [moved, other]) == [same.slug]
    found = db.conn.execute("select slug, title, timezone from campaigns").fetchall()
    assert found == [(same.slug, "New", "Europe/London")]
    assert db.conn.execute("select * from terms order by id").fetchall() == before
