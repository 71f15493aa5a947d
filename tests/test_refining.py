"""The work of refining: batches, processes that die, posts that change."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from db import checks, refining, rescoring, store
from groundswell import rescoring as work
from groundswell import sentiment
from groundswell.config.loading import Config, Monitor
from groundswell.refining import BATCH, Refinement
from groundswell.runtime import Runtime, open_runtime, scorer_for
from groundswell.scoring import Scorer
from groundswell.workers import Apart
from scheduler import Daemon
from tests.conftest import NOW
from tests.making import (
    make_post,
    make_record,
    sighted,
    watch,
)
from tests.refining_world import CAMPAIGN, TEXTS, needs_extra

# The work. `social` stands in for the network where it makes no difference.


Story = Callable[[Runtime, Refinement], Coroutine[Any, Any, None]]


@asynccontextmanager
async def opened(
    folder: Path, texts: Sequence[str], *, count: int, engine: str
) -> AsyncIterator[Runtime]:
    """A monitor without sources, and so many posts that its fast engine scored."""
    monitor = Monitor(database=folder / "campaigns.db", refine_share=1.0)
    config = Config(monitor=monitor, campaigns=(CAMPAIGN,), sources=())
    async with open_runtime(config, {}, clock=lambda: NOW) as runtime:
        runtime.refiner = replace(runtime.scorer, engine=sentiment.load(engine))
        await runtime.store.run(watch)
        posts = [
            make_post(n, text=f"{texts[n % len(texts)]} {n}", reposts=n % 7)
            for n in range(1, count + 1)
        ]
        scores = runtime.scorer.score(posts)
        pairs = zip(posts, scores, strict=True)
        seen = [sighted(post, score=score) for post, score in pairs]
        await runtime.store.run(store.record_walk, make_record(*seen))
        yield runtime


def play(folder: Path, story: Story, *, count: int = 3 * BATCH) -> None:
    async def go() -> None:
        async with opened(folder, TEXTS, count=count, engine="social") as runtime:
            assert runtime.refiner is not None
            refinement = Refinement(runtime, runtime.refiner)
            try:
                await story(runtime, refinement)
            finally:
                refinement.close()
            assert await runtime.store.run(checks.problems) == []

    asyncio.run(go())


async def by_engine(runtime: Runtime) -> dict[str, int]:
    def read(db: Database) -> dict[str, int]:
        rows = db.conn.execute(
            "select substr(scorer, 1, instr(scorer, '/') - 1), count(*) "
            "from posts group by 1"
        )
        return dict(rows.fetchall())

    return await runtime.store.run(read)


async def until_done(refinement: Refinement) -> int:
    """How many steps it took."""
    steps = 0
    while await refinement.step() is not None:
        steps += 1
    return steps


def test_the_new_and_the_shared_are_taken_by_turns(tmp_path: Path) -> None:
    """As many of both are refined after two batches, the rest after more."""

    async def story(runtime: Runtime, refinement: Refinement) -> None:
        order: list[int] = []
        scored = runtime.scorer.name

        async def newly() -> set[int]:
            def read(db: Database) -> set[int]:
                rows = db.conn.execute(
                    "select id from posts where scorer <> ?", (scored,)
                )
                return {row[0] for row in rows} - set(order)

            return await runtime.store.run(read)

        for _ in range(2):
            assert await refinement.step() is not None
            order += sorted(await newly())
        assert len(order) == 2 * BATCH
        newest, shared = order[:BATCH], order[BATCH:]
        # Of the first window, the newest 256, the most shared; then of all times.
        assert all(n <= refining.WINDOW for n in newest)
        assert max(shared) > refining.WINDOW

    play(tmp_path, story, count=400)


def test_a_dead_process_costs_its_batch_and_it_goes_on_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(runtime: Runtime, refinement: Refinement) -> None:
        assert await refinement.step() is not None
        assert refinement.pid is not None
        os.kill(refinement.pid, signal.SIGKILL)
        with caplog.at_level(logging.ERROR):
            assert await refinement.step() is None
        assert "again in ten minutes" in caplog.text
        assert await by_engine(runtime) == {"social": BATCH, "linear": 2 * BATCH}
        assert await refinement.step() is None, "not at once"
        runtime.clock = lambda: NOW + timedelta(minutes=11)
        assert await until_done(refinement) >= 2
        assert await by_engine(runtime) == {"social": 3 * BATCH}

    play(tmp_path, story)


def test_who_is_killed_in_the_middle_begins_with_what_is_left(tmp_path: Path) -> None:
    async def story(runtime: Runtime, refinement: Refinement) -> None:
        task = asyncio.create_task(refinement.step())
        while refinement.pid is None:
            await asyncio.sleep(0)
        refinement.close()  # as the daemon's end does, with a batch in hand
        assert await task is None
        assert await by_engine(runtime) == {"linear": 3 * BATCH}
        assert runtime.refiner is not None
        again = Refinement(runtime, runtime.refiner)
        await again.step()
        again.close()
        assert await by_engine(runtime) == {"social": BATCH, "linear": 2 * BATCH}
        third = Refinement(runtime, runtime.refiner)
        await until_done(third)
        third.close()
        assert third.refined == 2 * BATCH
        assert await by_engine(runtime) == {"social": 3 * BATCH}

    play(tmp_path, story)


def test_an_edited_post_is_refined_anew(tmp_path: Path) -> None:
    async def story(runtime: Runtime, refinement: Refinement) -> None:
        await until_done(refinement)
        edited = make_post(1, text="A wonderful end", edited_at=NOW)
        (score,) = runtime.scorer.score([edited])
        record = make_record(sighted(edited, score=score))
        await runtime.store.run(store.record_walk, record)
        assert await by_engine(runtime) == {"social": 9, "linear": 1}
        await refinement.step()
        assert await by_engine(runtime) == {"social": 10}

    play(tmp_path, story, count=10)


def test_what_came_late_is_found_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lies below the newest, where the walk has passed."""
    monkeypatch.setattr(refining, "WINDOW", 4)

    async def story(runtime: Runtime, refinement: Refinement) -> None:
        await until_done(refinement)
        late = make_post(99, published_at=NOW - timedelta(days=9), text=TEXTS[0])
        (score,) = runtime.scorer.score([late])
        record = make_record(sighted(late, score=score))
        await runtime.store.run(store.record_walk, record)
        assert await refinement.step() is None
        runtime.clock = lambda: NOW + timedelta(minutes=61)
        await until_done(refinement)
        assert await by_engine(runtime) == {"social": 13}

    play(tmp_path, story, count=12)


def test_the_process_gives_way_and_is_ended_when_it_has_long_been_idle(
    tmp_path: Path,
) -> None:
    async def story(runtime: Runtime, refinement: Refinement) -> None:
        await until_done(refinement)
        pid = refinement.pid
        assert pid is not None
        own = os.getpriority(os.PRIO_PROCESS, os.getpid())
        assert os.getpriority(os.PRIO_PROCESS, pid) == min(own + 10, 19)
        runtime.clock = lambda: NOW + timedelta(minutes=11)
        assert await refinement.step() is None
        assert refinement.pid is None

    play(tmp_path, story, count=3)


def test_a_process_apart_scores_like_this_one_and_tells_its_time() -> None:
    config = Config(monitor=Monitor(), campaigns=(CAMPAIGN,), sources=())
    scorer = scorer_for(config)
    posts = [rescoring.StoredWords(n, text, None, None) for n, text in enumerate(TEXTS)]
    apart = Apart(scorer)
    try:
        first, start_s = apart.score(posts)
        again, used_s = apart.score(posts)
        assert first == again == scorer.score(posts)
        assert 0 <= used_s < start_s
    finally:
        apart.close()
    with pytest.raises((EOFError, OSError)):
        apart.score(posts)


# With the network itself, through the daemon's own scheduler


@needs_extra
def test_the_daemon_refines_what_it_has_and_rescore_leaves_that(tmp_path: Path) -> None:
    texts = (*TEXTS, "La journée était belle, et nous avons beaucoup parlé ensemble")

    async def go() -> None:
        async with opened(tmp_path, texts, count=300, engine="encoder") as runtime:
            assert runtime.refiner is not None
            daemon = Daemon(runtime, refine_s=0.05)
            running = asyncio.create_task(daemon.run())
            async with asyncio.timeout(120):
                while (await by_engine(runtime)).get("encoder", 0) < 225:
                    assert not running.done()
                    await asyncio.sleep(0.05)
            daemon.stop()
            await running
            assert await by_engine(runtime) == {"encoder": 225, "linear": 75}
            assert await runtime.store.run(checks.problems) == []
            await runtime.store.run(_up_to_date, runtime.scorer, runtime.refiner)

    asyncio.run(go())


def _up_to_date(db: Database, scorer: Scorer, refiner: Scorer) -> None:
    rows = db.conn.execute(
        "select text, sentiment, confidence from posts where scorer = ? order by id",
        (refiner.name,),
    ).fetchall()
    words = [rescoring.StoredWords(0, text, None, None) for text, _, _ in rows]
    for (_, label, confidence), score in zip(rows, refiner.score(words), strict=True):
        assert label == score.sentiment
        assert confidence == pytest.approx(score.confidence, abs=1e-3)
    told = refining.refined(db, refiner.name)
    assert (told["looked_at"], told["scored"], told["refined"]) == (300, 225, 225)
    also = (refiner.name,)
    assert list(work.rescore(db, scorer, also=also)) == []
    # Where nothing refines any more, the fast engine's label is wanted again.
    assert rescoring.to_rescore(db, (scorer.name,)) == 225
    assert sum(work.rescore(db, scorer, everything=True, also=also)) == 300
