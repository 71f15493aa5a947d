"""The collectors `wordpress` and `feed` against a real WordPress, with the real driver and
store: Debian's package on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.day import WorldClock
from collectors.base import Probes
from db import walks
from db.connection import Database
from groundswell import ingest
from groundswell.clock import utcnow
from groundswell.config.loading import parse
from groundswell.runtime import Runtime, open_runtime
from tests import real_wordpress
from tests.real_wordpress import Site

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not real_wordpress.is_installed(), reason=real_wordpress.MISSING
    ),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with real_wordpress.running(tmp_path_factory.mktemp("wordpress")) as running:
        yield running


def article(number: int, hours_ago: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    at = utcnow() - timedelta(hours=hours_ago)
    return {
        "post_title": f"Minutes, part {number}",
        "post_content": f"<p>Invented text {number} about the meeting.</p>",
        "post_status": "publish",
        "post_author": 1,
        "post_date_gmt": f"{at:%Y-%m-%d %H:%M:%S}",
        "post_date": f"{at + timedelta(hours=13):%Y-%m-%d %H:%M:%S}",
        "edit_date": True,
        **changes,
    }


@dataclass
class Desk:
    runtime: Runtime
    clock: WorldClock

    async def work(self, source: str, walk: str) -> None:
        for due in await self.runtime.store.run(walks.due, self.clock()):
            if (due.source, due.walk) == (source, walk):
                await ingest.run_walk(self.runtime, due)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        def read(db: Database) -> list[tuple[Any, ...]]:
            return list(db.conn.execute(sql).fetchall())

        return await self.runtime.store.run(read)


CONFIG = """
[monitor]
database = "{folder}/campaigns.db"
[[campaign]]
slug = "leaks"
hashtags = ["LabourLeaks"]
phrases = ["draft rulebook"]
[[source]]
slug = "site"
platform = "wordpress"
base_url = "{url}"
allow_private = true
[[source]]
slug = "feed"
platform = "feed"
base_url = "{url}/?feed=rss2"
allow_private = true
"""


@asynccontextmanager
async def desk(site: Site, folder: Path) -> AsyncIterator[Desk]:
    text = CONFIG.format(folder=folder, url=site.url)
    clock = WorldClock(utcnow() + timedelta(seconds=2))
    async with open_runtime(parse(text, {}), {}, clock=clock) as runtime:
        runtime.driver.sleep = clock.sleep
        await ingest.sync(runtime)
        yield Desk(runtime, clock)


def test_its_interface_and_its_feed(site: Site, tmp_path: Path) -> None:
    """History over several pages, tags, words, drafts, an edit, a removal; and the same
    article by feed and by interface once."""
    many = [
        article(n, 48 + n, post_content="<p>About #LabourLeaks.</p>")
        for n in range(105)
    ]
    ids = site.do(
        article(1, 1, tags_input=["Labour Leaks", "Minutes"]),
        article(
            2, 2, post_content="<p>The draft &amp; final &#8211; draft rulebook.</p>"
        ),
        article(3, 3, post_title="Draft of #LabourLeaks", post_status="draft"),
        article(4, 4, post_title="Private #LabourLeaks", post_status="private"),
        article(5, 5, post_title="Locked #LabourLeaks", post_password="x"),
        article(6, 6, post_title="About bread"),
        *many,
    )

    async def story() -> None:
        async with desk(site, tmp_path) as one:
            collector = one.runtime.collector("site")
            assert isinstance(collector, Probes)
            told = await one.runtime.driver.probe(
                collector, one.runtime.settings("site", {})
            )
            assert told.state == "open"
            assert "rest_route" in told.facts["root"], "no rewriting: the plain address"

            await one.work("feed", "forward")
            by_feed = await one.rows("select uri, platform from posts order by uri")
            assert len(by_feed) >= 2
            await one.work("site", "forward")
            for _ in range(3):
                await one.work("site", "back")
                one.clock.now += timedelta(minutes=2)
            posts = await one.rows("select uri, platform, title, text from posts")
            # 105 of the past, one tagged, one with the phrase; and the locked one, whose
            # title the feed shows.
            assert len(posts) == 108
            assert {uri for uri, _ in by_feed} <= {post[0] for post in posts}
            by_feed_alone = [post[2] for post in posts if post[1] != "wordpress"]
            assert len(by_feed_alone) == 1, "the site knows better"
            assert "Locked" in by_feed_alone[0]
            titles = " ".join(post[2] for post in posts)
            assert "Draft of" not in titles
            assert "Private" not in titles
            tagged = await one.rows(
                "select h.tag from hashtags h join post_hashtags p on p.hashtag_id = h.id "
                f"join posts on posts.id = p.post_id where uri like '%p={ids[0]}'"
            )
            assert {tag for (tag,) in tagged} >= {"labourleaks", "minutes"}
            holes = await one.rows(
                "select count(*) from coverage where source_id = 1 "
                "and state in ('blind', 'capped')"
            )
            assert holes == [(0,)]
            (newest,) = await one.rows(
                f"select published_at from posts where uri like '%p={ids[0]}'"
            )
            claimed = datetime.fromisoformat(newest[0])
            assert abs(claimed - (datetime.now(UTC) - timedelta(hours=1))) < timedelta(
                minutes=5
            ), "the site's own time is thirteen hours ahead"
            await edits_and_removals(one, site, ids)

    asyncio.run(story())


async def edits_and_removals(one: Desk, site: Site, ids: list[int]) -> None:
    """An old article that is edited, one that goes, one that becomes a draft."""
    old, going, hidden = ids[20], ids[0], ids[1]
    site.do(
        {"ID": old, "post_content": "<p>About #LabourLeaks, corrected.</p>"},
        {"delete": going},
        {"ID": hidden, "post_status": "draft"},
    )
    one.clock.now = utcnow() + timedelta(minutes=40)
    await one.work("site", "settle")
    (text,) = await one.rows(f"select text, state from posts where uri like '%p={old}'")
    assert text == ("About #LabourLeaks, corrected.", "edited")
    one.clock.now += timedelta(hours=30)
    for _ in range(3):
        await one.work("site", "recheck")
        one.clock.now += timedelta(minutes=11)
    for number in (going, hidden):
        (row,) = await one.rows(
            f"select text, state from posts where uri like '%p={number}'"
        )
        assert row == ("", "deleted")
