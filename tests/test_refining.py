"""Posts looked at again in the background: which first, how much of a processor, and what
is left when it is killed. The daemon's own job, a real process beside it, a real store."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from db import checks, refining, rescoring, store
from db.refining import Place, Window
from groundswell import rescoring as work
from groundswell import sentiment
from groundswell.config import Campaign, Config, Monitor
from groundswell.refining import BATCH, OLDEST, Refinement, rest_after
from groundswell.runtime import Runtime, open_runtime, refiner_for, scorer_for
from groundswell.scoring import Scorer
from groundswell.sentiment.encoder import missing
from groundswell.workers import Apart
from scheduler import Daemon
from tests.conftest import NOW
from tests.making import (
    NEUTRAL,
    POSITIVE,
    make_author,
    make_post,
    make_record,
    sighted,
    watch,
)

needs_extra = pytest.mark.skipif(
    bool(missing()), reason=f"not installed: {', '.join(missing())}"
)
TEXTS = (
    "What a wonderful evening it was at the town hall",
    "That was a horrible mess and nobody said sorry",
    "The meeting is at the town hall on Tuesday",
)
FAST = str(NEUTRAL.scorer)
CAMPAIGN = Campaign(slug="labourleaks", title="Labour leaks", hashtags=("LabourLeaks",))


# The budget


@given(
    st.floats(0.01, 1),
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1),
)
def test_with_its_rests_the_work_keeps_to_its_share(
    share: float, steps: list[tuple[float, float]]
) -> None:
    """steps: processor time and how long it took."""
    rests = [rest_after(used_s, took_s, share) for used_s, took_s in steps]
    whole = sum(took_s for _, took_s in steps) + sum(rests)
    assert sum(used_s for used_s, _ in steps) <= share * whole + 1e-6
    assert min(rests) >= 0


def test_who_waited_for_others_rests_the_less() -> None:
    assert rest_after(1.0, 1.0, 0.25) == 3.0
    assert rest_after(1.0, 3.0, 0.25) == 1.0
    assert rest_after(1.0, 9.0, 0.25) == 0.0


# What is looked at first


def stored(db: Database, *posts: Any) -> None:  # noqa: ANN401 - Posts
    store.record_walk(db, make_record(*map(sighted, posts)))


def ids(window: Window) -> list[int]:
    return [post.id for post in window.posts]


def numbers(db: Database, window: Window) -> list[int]:
    """The posts as make_post counts them."""
    uris = dict(db.conn.execute("select id, uri from posts").fetchall())
    return [int(uris[post.id].rpartition("/")[2]) for post in window.posts]


def test_the_most_read_of_the_newest_come_first(db: Database) -> None:
    watch(db)
    known = make_author("grace", followers=90_000)
    stored(
        db,
        make_post(1),
        make_post(2, author=known),
        make_post(3, views=500),
        make_post(4, reposts=1, quotes=1),
        make_post(5, reposts=1),
        make_post(6),
    )
    found = refining.newest(db, FAST, NOW - OLDEST, None)
    assert numbers(db, found) == [4, 5, 2, 3, 1, 6]
    assert found.below is None
    shared = refining.most_shared(db, FAST, NOW - OLDEST, None)
    assert numbers(db, shared) == [4, 5]


def test_what_is_not_to_be_refined_is_passed_over(db: Database) -> None:
    watch(db)
    scores = {
        1: NEUTRAL,
        2: replace(NEUTRAL, scorer="encoder/1"),
        3: replace(NEUTRAL, sentiment=None, polarity=None, unscored="language:fr"),
        4: replace(NEUTRAL, scorer="before/1"),
    }
    posts = [make_post(n, reposts=n) for n in scores]
    pairs = zip(posts, scores.values(), strict=True)
    store.record_walk(db, make_record(*(sighted(p, score=s) for p, s in pairs)))
    old = make_post(5, reposts=5, published_at=NOW - timedelta(days=31))
    gone = make_post(6, reposts=6)
    stored(db, old, gone)
    store.record_walk(db, make_record(deletions=(gone.uri,)))
    for lane in (refining.newest, refining.most_shared):
        assert numbers(db, lane(db, FAST, NOW - OLDEST, None)) == [1]


@pytest.mark.parametrize("lane", [refining.newest, refining.most_shared])
@pytest.mark.parametrize("alike", [True, False])
def test_window_after_window_meets_each_post_once(
    db: Database,
    monkeypatch: pytest.MonkeyPatch,
    lane: Callable[[Database, str, datetime, Place | None], Window],
    *,
    alike: bool,
) -> None:
    """Also where many stand at one place: an archive may know the day alone."""
    monkeypatch.setattr(refining, "WINDOW", 4)
    watch(db)
    when = NOW - timedelta(days=1)
    stored(
        db,
        *(
            make_post(
                n,
                reposts=3 if alike else n % 5 + 1,
                published_at=when if alike else when - timedelta(minutes=n // 3),
            )
            for n in range(1, 23)
        ),
    )
    met: list[int] = []
    below: Place | None = None
    while True:
        found = lane(db, FAST, NOW - OLDEST, below)
        met += ids(found)
        assert len(found.posts) <= 4
        below = found.below
        if below is None:
            break
    assert sorted(met) == list(range(1, 23))


def test_each_order_is_a_seek_in_an_index(db: Database) -> None:
    asked = {"place": 1, "id": 1, "oldest": "2026", "window": 5}
    for select in (refining._NEWEST, refining._MOST_SHARED):
        plan = [
            row[3] for row in db.conn.execute(f"explain query plan {select}", asked)
        ]
        assert [step for step in plan if step.startswith("SCAN posts")] == []
        assert sum(step.startswith("SEARCH posts USING") for step in plan) == 2, plan


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


# What is chosen


def chosen(**monitor: Any) -> str | None:  # noqa: ANN401
    config = Config(monitor=Monitor(**monitor), campaigns=(CAMPAIGN,), sources=())
    found = refiner_for(config, scorer_for(config))
    return None if found is None else found.engine.name


@needs_extra
@pytest.mark.parametrize(
    ("monitor", "expected"),
    [
        ({}, "encoder"),
        ({"refine": "off"}, None),
        ({"sentiment": "social"}, None),
        ({"sentiment": "textblob", "refine": "encoder"}, "encoder"),
        ({"sentiment": "encoder", "refine": "encoder"}, None),
    ],
)
def test_the_default_engine_is_refined_and_others_when_asked(
    monitor: dict[str, Any], expected: str | None
) -> None:
    assert chosen(**monitor) == expected


def test_without_the_extra_nothing_is_refined_and_who_asked_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("groundswell.sentiment.encoder.missing", lambda: ["onnx"])
    assert chosen() is None
    assert caplog.text == ""
    assert chosen(refine="encoder") is None
    assert "needs onnx: ./run setup --encoder" in caplog.text


def test_a_score_from_before_evidence_is_outdated(db: Database) -> None:
    watch(db)
    scores = [replace(POSITIVE, evidence=None), POSITIVE]
    posts = [make_post(n) for n in (1, 2)]
    pairs = zip(posts, scores, strict=True)
    store.record_walk(db, make_record(*(sighted(p, score=s) for p, s in pairs)))
    found = rescoring.next_posts(db, (FAST,), after=0, limit=9)
    assert [post.id for post in found] == [1]
    assert rescoring.to_rescore(db, (FAST,)) == 1
    assert rescoring.to_rescore(db, None) == 2
