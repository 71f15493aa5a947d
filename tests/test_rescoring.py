"""Stored posts brought to another engine: by one process or several, with the same end."""

from __future__ import annotations

import pytest
from sqlite_utils import Database

from db import checks, rescoring, store
from groundswell import language, sentiment, workers
from groundswell import rescoring as work
from groundswell.scoring import Scorer
from tests.making import NEUTRAL, POSITIVE, make_post, make_record, sighted, watch

TEXTS = (
    "A wonderful evening",
    "What a horrible mess",
    "Une belle journée ensemble",
    "",
)


@pytest.fixture
def stored(db: Database) -> Database:
    """Twelve posts that another scorer scored."""
    watch(db)
    posts = (make_post(n, text=TEXTS[n % len(TEXTS)]) for n in range(1, 13))
    store.record_walk(db, make_record(*map(sighted, posts)))
    return db


def scorer() -> Scorer:
    return Scorer(sentiment.load(), language.EldcDetector(), ("LabourLeaks",))


def found(db: Database) -> list[tuple[object, ...]]:
    columns = "id, polarity, subjectivity, sentiment, unscored, lang, scorer"
    return db.conn.execute(f"select {columns} from posts order by id").fetchall()


def test_several_processes_score_as_one_does(
    stored: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "CHUNK", 2)
    assert sum(work.rescore(stored, scorer())) == 12
    alone = found(stored)
    assert {row[-1] for row in alone} == {scorer().name}
    assert list(work.rescore(stored, scorer())) == []
    stored.conn.execute("update posts set scorer = 'before', polarity = polarity / 2")
    with workers.pool(2, scorer()) as pool:
        assert list(work.rescore(stored, scorer(), pool=pool)) == [2] * 6
    assert found(stored) == alone


def test_roll_ups_follow_the_scores(stored: Database) -> None:
    assert sum(work.rescore(stored, scorer(), everything=True)) == 12
    assert checks.problems(stored) == []
    kept = "select sentiment, sum(posts) from hourly group by 1 order by 1"
    assert [tuple(row) for row in stored.conn.execute(kept)] == [
        ("negative", 3), ("positive", 3), ("unscored", 6),
    ]  # fmt: skip


def test_words_that_changed_while_they_were_scored_keep_their_own_score(
    stored: Database,
) -> None:
    (first, *_) = rescoring.next_posts(stored, None, after=0, limit=1)
    stored.conn.execute("update posts set text = 'New words' where id = ?", (first.id,))
    rescoring.store_scores(stored, [(first, POSITIVE)])
    assert found(stored)[0][-1] == NEUTRAL.scorer
