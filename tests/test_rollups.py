"""Roll-ups equal a recount, whatever happened to the posts, in whatever order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from collectors.base import AccountChange
from db import checks, rollups, store
from db.migrations import migrations
from db.records import Score, WalkRecord
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

numbers = st.integers(1, 6)
people = st.sampled_from(["ada", "bob"])
scores = st.sampled_from(
    [
        NEUTRAL,
        replace(NEUTRAL, evidence=False),
        replace(NEUTRAL, evidence=None),  # scored by an earlier version
        POSITIVE,
        replace(POSITIVE, evidence=False),
        Score(lang="fr", unscored="language:fr"),
    ]
)
tags = st.lists(st.sampled_from(["labourleaks", "wikileaks", "other"]), unique=True)
links = st.lists(
    st.sampled_from(["https://a.example/1", "https://b.example/2"]), unique=True
)


@st.composite
def walks(draw: st.DrawFn) -> WalkRecord:
    """A walk that brings, edits and deletes some of six posts by two people."""
    moment = NOW + timedelta(minutes=draw(st.integers(0, 3000)))
    sightings = []
    for number in draw(st.lists(numbers, max_size=4, unique=True)):
        name = "ada" if number % 2 else "bob"
        post = make_post(
            number,
            author=make_author(
                name, opt_out=draw(st.sampled_from([None, None, False, True]))
            ),
            text=draw(st.sampled_from(["one", "two"])),
            edited_at=draw(st.sampled_from([None, moment])),
            published_at=NOW - timedelta(minutes=25 * number),  # three hours
            hashtags=tuple(sorted(draw(tags))),
            links=tuple(draw(links)),
        )
        terms = draw(st.sampled_from([(1,), (2,), (1, 2)]))
        sightings.append(sighted(post, terms=terms, score=draw(scores)))
    return make_record(
        *sightings,
        at=moment,
        deletions=tuple(make_post(n).uri for n in draw(st.lists(numbers, max_size=1))),
        accounts=draw(st.lists(st.builds(
            AccountChange,
            people.map(lambda name: make_author(name).uri),
            st.sampled_from(["active", "withheld", "deleted"]),
        ), max_size=1).map(tuple)),
    )  # fmt: skip


@given(st.lists(walks(), max_size=6))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_rollups_equal_a_recount_after_any_walks(records: list[WalkRecord]) -> None:
    database = Database(memory=True)
    try:
        migrations.apply(database)
        watch(database, tags=("LabourLeaks", "WikiLeaks"))
        for record in records:
            store.record_walk(database, record)
        assert checks.problems(database) == []
        zero = "select count(*) from daily_voices where posts <= 0"
        assert database.conn.execute(zero).fetchone() == (0,)
    finally:
        database.close()


def test_neutral_posts_count_by_whether_anything_spoke(db: Database) -> None:
    watch(db)
    told = [True, True, False, None]
    scores = [replace(NEUTRAL, evidence=one) for one in told]
    scores.append(replace(POSITIVE, evidence=False))
    posts = [make_post(n) for n in range(1, 6)]
    pairs = zip(posts, scores, strict=True)
    store.record_walk(db, make_record(*(sighted(p, score=s) for p, s in pairs)))
    for table in ("hourly", "daily"):
        sums = f"select sum(with_evidence), sum(without_evidence) from {table}"
        assert db.conn.execute(sums).fetchone() == (2, 1)
    gone = make_record(deletions=(posts[2].uri,), at=NOW)
    store.record_walk(db, gone)
    kept = "select sum(with_evidence), sum(without_evidence) from hourly"
    assert db.conn.execute(kept).fetchone() == (2, 0)
    blank = "select evidence from posts where state = 'deleted'"
    assert db.conn.execute(blank).fetchone() == (None,)
    assert checks.problems(db) == []
    db.conn.execute("update hourly set without_evidence = 7 where posts > 0")
    assert len(checks.problems(db)) == 2, "neutral and positive of one hour"


def test_an_hour_is_a_voices_own_while_any_of_its_posts_is_there(db: Database) -> None:
    watch(db)
    hour = NOW.replace(minute=0, second=0)
    posts = [
        make_post(number, published_at=hour - timedelta(minutes=back))
        for number, back in enumerate((10, 20, 70), start=1)
    ]
    store.record_walk(db, make_record(*map(sighted, posts), at=NOW))
    late, early = (1 << (hour - timedelta(hours=back)).hour for back in (1, 2))
    for gone, left in ((0, late | early), (2, late), (1, None)):
        removed = make_record(deletions=(posts[gone].uri,), at=NOW)
        store.record_walk(db, removed)
        found = db.conn.execute("select hours from daily_voices").fetchall()
        assert found == ([(left,)] if left else [])
    assert checks.problems(db) == []


def test_a_walk_counts_its_own_posts_and_not_all_there_are(db: Database) -> None:
    """Each walk would otherwise take longer the more is stored."""
    db.conn.execute("create temp table touched (id integer primary key)")
    db.conn.execute(f"create temp table counted as {rollups._TOUCHED} limit 0")
    shares = [
        share.format(counted="counted") for _, _, share in rollups._TABLES.values()
    ]
    for select in (rollups._TOUCHED, *shares):
        plan = [row[3] for row in db.conn.execute(f"explain query plan {select}")]
        scans = [step for step in plan if step.startswith("SCAN")]
        assert scans in (["SCAN t"], ["SCAN c"]), plan
