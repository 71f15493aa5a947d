"""Refining: its budget, what is looked at first, and which engine is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from db import refining, rescoring, store
from db.refining import Place, Window
from groundswell.config.loading import Config, Monitor
from groundswell.refining import OLDEST, rest_after
from groundswell.runtime import refiner_for, scorer_for
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
from tests.refining_world import CAMPAIGN, FAST, ids, needs_extra, numbers, stored

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
