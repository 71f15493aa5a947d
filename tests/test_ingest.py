"""A walk from its due time to its transaction, against the simulated platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from db import checks, walks
from db.times import to_text
from groundswell import ingest
from groundswell.demo.faults import Fault, outage
from tests.desk import Desk, desk

Story = Callable[[Desk], Coroutine[Any, Any, None]]


def live(folder: Path, story: Story, **wanted: Any) -> None:  # noqa: ANN401
    async def play() -> None:
        async with desk(folder, **wanted) as one:
            await story(one)
            assert await one.runtime.store.run(checks.problems) == []

    asyncio.run(play())


def test_the_first_looks_bring_the_history(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work(walk="forward")
        newest = await one.rows("select count(*) from posts")
        for _ in range(4):
            await one.work(walk="back")
            one.clock.now += timedelta(minutes=15)
        assert (await one.rows("select count(*) from posts"))[0] > newest[0]
        holes = await one.rows(
            "select count(*) from coverage where state <> 'complete'"
        )
        assert holes == [0]
        (first,) = await one.rows("select min(from_at) from coverage")
        assert first <= "2026-09-20T00:00:00Z", "a week back, to before the world began"

    live(tmp_path, story)


def test_a_back_walk_that_came_before_the_first_look_is_not_kept_waiting(
    tmp_path: Path,
) -> None:
    async def story(one: Desk) -> None:
        waits = "select min(next_due_at), max(next_due_at) from walks where walk = ?"
        await one.work(walk="back")
        ((soon, _),) = await one.rows(waits, "back")
        assert soon == to_text(one.clock() + timedelta(minutes=1)), (
            "nothing is seen yet"
        )
        await one.work(walk="forward")
        one.clock.now += timedelta(minutes=1)
        await one.work(walk="back")
        assert await one.rows("select 1 from runs where walk = 'back' limit 1") == [1]

    live(tmp_path, story)


def test_a_server_that_is_down_leaves_a_blind_span_that_is_filled_later(
    tmp_path: Path,
) -> None:
    async def story(one: Desk) -> None:
        await one.work()
        one.faults.replace([outage("social", one.clock(), 2)])
        for _ in range(12):
            one.clock.now += timedelta(minutes=9)
            await one.work(walk="forward")
        dark = await one.rows(
            "select state, evidence from coverage where state = 'blind'"
        )
        assert dark, "the outage is in the coverage while it lasts"
        assert all("127.0.0.1" in why for _, why in dark), "with its reason"
        assert await one.rows("select state from sources") == ["failing"]
        one.faults.replace([])
        for _ in range(3):
            one.clock.now += timedelta(minutes=16)
            await one.work(walk="forward")
        assert await one.rows("select 1 from coverage where state = 'blind'") == []
        assert await one.rows("select state from sources") == ["ok"]

    live(tmp_path, story)


def test_a_broken_walk_keeps_its_checkpoint(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        places = "select checkpoint from walks where walk = 'forward' order by term_id"
        await one.work(walk="forward")
        before = await one.rows(places)
        one.clock.now += timedelta(hours=1)
        one.faults.replace([Fault("social", "server_error")])
        await one.work(walk="forward")
        assert await one.rows(places) == before
        assert set(
            await one.rows("select failures from walks where walk = 'forward'")
        ) == {1}

    live(tmp_path, story)


def test_each_drop_of_a_stream_that_worked_is_a_first_failure(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.rows("update walks set failures = 6 where walk = 'forward'")
        one.faults.replace([Fault("jetstream", "drop", after=200)])
        (due,) = [
            due
            for due in await one.runtime.store.run(walks.due, one.clock())
            if due.walk == "forward"
        ]
        assert due.failures == 6
        async for _ in ingest.follow(one.runtime, due, every_s=0.01):
            pass
        told = await one.rows("select outcome from runs")
        assert told[-1] == "broken"
        assert "complete" in told
        left = await one.rows("select failures from walks where walk = 'forward'")
        assert left == [1]

    live(tmp_path, story, only=("jetstream",), changes={"backfill": "12h"})


def test_late_arrivals_are_found_by_settle_walks(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        for _ in range(3):
            await one.work(walk="forward")
            await one.work(walk="back")
            one.clock.now += timedelta(minutes=15)
        for _ in range(20):
            one.clock.now += timedelta(minutes=15)
            await one.work(walk="forward")
        before = (await one.rows("select count(*) from posts"))[0]
        await one.work(walk="settle")
        late = (await one.rows("select count(*) from posts"))[0] - before
        assert late > 0, "posts that forward paging alone would have lost"

    live(tmp_path, story, only=("union",))


def test_a_server_that_wants_a_login_is_parked_with_the_variable_to_set(
    tmp_path: Path,
) -> None:
    async def story(one: Desk) -> None:
        await one.work()
        ((state, error),) = await one.rows("select state, last_error from sources")
        assert state == "parked"
        assert "MASTODON_TOKEN_QUIET" in error
        one.clock.now += timedelta(hours=2)
        await ingest.darken_parked(one.runtime)
        dark = await one.rows("select max(to_at) from coverage where state = 'blind'")
        assert dark == ["2026-09-21T02:00:00Z"], "its silence is written down"
        assert await one.work() == 0, "and it is left alone"

    live(tmp_path, story, only=("quiet",))


def test_changed_settings_give_a_parked_source_a_new_start(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work()
        one.runtime.secrets = {"quiet": {"token": _secret()}}
        await ingest.sync(one.runtime)
        await one.work(walk="forward")
        assert await one.rows("select state from sources") == ["ok"]
        assert (await one.rows("select count(*) from posts"))[0] > 0

    live(tmp_path, story, only=("quiet",))


def _secret() -> Any:  # noqa: ANN401
    from collectors.base import Secret
    from groundswell.demo.stage import MASTODON_TOKEN

    return Secret(MASTODON_TOKEN)


def test_time_that_the_monitor_was_off_is_blind_until_it_is_read(
    tmp_path: Path,
) -> None:
    async def story(one: Desk) -> None:
        await one.work(walk="forward")
        one.clock.now += timedelta(hours=3)
        await ingest.sync(one.runtime)
        dark = await one.rows(
            "select distinct evidence from coverage where state = 'blind'"
        )
        assert dark == ["the monitor was not running"]
        await one.work(walk="forward")
        assert await one.rows("select 1 from coverage where state = 'blind'") == []

    live(tmp_path, story)


def test_a_cursor_older_than_the_look_back_is_a_blind_span(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work(walk="forward")
        one.clock.now += timedelta(hours=48)
        await one.work(walk="forward")
        ((start, end, why),) = await one.rows(
            "select from_at, to_at, evidence from coverage where state = 'blind' "
            "group by from_at, to_at"
        )
        assert start < "2026-09-21T00:10:00Z"
        assert "2026-09-21T11:50:00Z" < end < "2026-09-21T12:10:00Z", "48 h less 36 h"
        assert why

    live(tmp_path, story, only=("jetstream",))


def test_deletions_and_edits_come_with_the_stream(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work(walk="forward")
        for _ in range(10):
            one.clock.now += timedelta(hours=3)
            await one.work(walk="forward")
        states = dict(
            await one.rows("select state, count(*) from posts group by state")
        )
        assert states.get("deleted", 0) + states.get("withheld", 0) > 0
        assert states["live"] > 0
        gone = "select count(*) from posts where state = 'deleted' and text <> ''"
        assert await one.rows(gone) == [0]

    live(tmp_path, story, only=("jetstream",))


def test_a_feed_that_turns_into_a_web_page_is_broken_not_quiet(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work(walk="forward")
        one.clock.now += timedelta(hours=2)
        one.faults.replace([Fault("*", "html")])
        await one.work(walk="forward")
        (error,) = await one.rows("select last_error from sources")
        assert "HTML page" in error
        assert await one.rows("select 1 from coverage where state = 'blind'")

    live(tmp_path, story, only=("gazette",))


def test_a_new_term_is_looked_for_in_what_was_read_before(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        await one.work(walk="forward")
        (campaign,) = one.runtime.config.campaigns
        wider = replace(campaign, phrases=("the",))
        one.clock.now += timedelta(minutes=30)
        one.runtime.config = replace(one.runtime.config, campaigns=(wider,))
        await ingest.sync(one.runtime)
        one.clock.now += timedelta(minutes=30)
        await one.work(walk="forward")
        found = await one.rows(
            "select count(*) from observations o join terms t on t.id = o.term_id "
            "where t.kind = 'phrase'"
        )
        assert found[0] > 0, "though the feed itself has not changed"

    live(tmp_path, story, only=("wire",))


def test_an_excluded_word_keeps_posts_out_and_says_how_many(tmp_path: Path) -> None:
    async def story(one: Desk) -> None:
        (campaign,) = one.runtime.config.campaigns
        narrow = replace(campaign, exclude=("#LabourLeaks",))
        one.runtime.config = replace(one.runtime.config, campaigns=(narrow,))
        await one.work(walk="forward")
        with_tag = await one.rows(
            "select count(*) from post_hashtags join hashtags on hashtags.id = hashtag_id "
            "where tag = 'labourleaks'"
        )
        assert with_tag == [0]
        skipped = await one.rows("select group_concat(skipped) from runs")
        assert "excluded" in skipped[0]

    live(tmp_path, story)


@pytest.mark.parametrize(
    "kind", ["truncated", "html", "reset", "server_error", "endless"]
)
def test_no_fault_loses_a_post_or_doubles_one(tmp_path: Path, kind: Any) -> None:  # noqa: ANN401
    async def story(one: Desk) -> None:
        one.faults.replace([Fault("social", kind, every=3)])
        for _ in range(8):
            await one.work()
            one.clock.now += timedelta(minutes=16)
        one.faults.replace([])
        for _ in range(4):
            await one.work()
            one.clock.now += timedelta(minutes=16)
        stored = set(await one.rows("select uri from posts where state <> 'deleted'"))
        one.clock.now += timedelta(minutes=1)
        fresh = await _all_of_the_timeline(one)
        missing = fresh - stored
        assert len(missing) <= 2, missing  # what came in the last quarter of an hour

    live(tmp_path, story, days=0.25)


async def _all_of_the_timeline(one: Desk) -> set[str]:
    from benchmarks.day import TAGS
    from groundswell.demo.truth import expected, truth

    an_hour_ago = one.clock() - timedelta(hours=1)
    served = expected(truth(one.simulator.world, one.clock()), TAGS, {"social"})
    return {post.uri for post in served if post.visible_at["social"] < an_hour_ago}
