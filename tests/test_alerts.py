"""Alerts: raised once, from what was read, with what the posts tell; over when over."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlite_utils import Database

from db import alert_series, alerts, store
from db.alert_series import Series
from db.connection import StoreError
from db.records import Span
from db.times import to_text
from groundswell import alerting
from groundswell.alerts.watching import HISTORY, STEP, Watching, floor, was_seen
from tests.making import make_author, make_post, make_record, sighted, watch

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
BEGIN = NOW - HISTORY - timedelta(hours=1)
DAY = timedelta(days=1)
MASTODON = Series(1, "mastodon")


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class DirectStore:
    """The store without its thread."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return work(self._db, *args, **kwargs)


def post_rows(db: Database, begin: datetime, end: datetime, every: timedelta) -> None:
    """Posts straight into the tables: thousands, and nothing else looks at them."""
    conn = db.conn
    (last,) = conn.execute("select coalesce(max(id), 0) from posts").fetchone()
    dice = random.Random(last)
    at, number = begin, last
    conn.execute(
        "insert or ignore into authors (id, platform, uri, first_seen_at) "
        "values (1, 'mastodon', 'https://s1.example/ada', ?)",
        (to_text(begin),),
    )
    while at < end:
        number += 1
        moment = to_text(at)
        conn.execute(
            "insert into posts (id, platform, uri, kind, author_id, text, published_at, "
            "observed_at, unscored, message) "
            "values (?, 'mastodon', ?, 'post', 1, 'x', ?, ?, 'empty', ?)",
            (number, f"https://s1.example/{number}", moment, moment, number),
        )
        conn.execute("insert into matches values (1, ?, 1, ?, 1)", (number, moment))
        at += every * (0.5 + dice.random())


def covered(db: Database, begin: datetime, end: datetime) -> None:
    db.conn.execute(
        "insert into coverage (source_id, term_id, from_at, to_at, state) "
        "values (1, 1, ?, ?, 'complete')",
        (to_text(begin), to_text(end)),
    )


@pytest.fixture
def watched(db: Database) -> Database:
    """Three weeks in which a post came about every half a minute."""
    watch(db, sources=1)
    post_rows(db, BEGIN, NOW, timedelta(seconds=40))
    covered(db, BEGIN, NOW)
    return db


def follow(db: Database, watching: Watching, clock: Clock) -> int:
    runtime: Any = SimpleNamespace(
        store=DirectStore(db), clock=clock, config=SimpleNamespace(notify=(), alerts=())
    )
    return asyncio.run(alerting.follow(runtime, watching))


def rows(db: Database) -> list[dict[str, Any]]:
    found = db.conn.execute("select * from alerts order by id")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found]


def test_the_first_run_only_learns(watched: Database) -> None:
    post_rows(
        watched, NOW - 2 * DAY, NOW - 2 * DAY + timedelta(hours=1), timedelta(seconds=2)
    )
    assert follow(watched, Watching(NOW), Clock()) == 0
    assert rows(watched) == []


def test_a_spike_is_raised_once_with_its_evidence_and_closed(watched: Database) -> None:
    clock, watching = Clock(), Watching(NOW)
    follow(watched, watching, clock)
    burst = NOW + timedelta(minutes=10)
    post_rows(watched, burst, burst + timedelta(minutes=30), timedelta(seconds=4))
    covered(watched, NOW, burst + timedelta(hours=9))
    raised = 0
    for _ in range(8):
        clock.now += STEP
        raised += follow(watched, watching, clock)
    assert raised == 1
    (alert,) = rows(watched)
    assert (alert["rule"], alert["platform"], alert["campaign_id"]) == (
        "spike",
        "mastodon",
        1,
    )
    late = datetime.fromisoformat(alert["raised_at"]) - burst
    assert timedelta(0) <= late <= timedelta(minutes=10)
    told = json.loads(alert["evidence"])
    assert told["told"] >= 3 * told["usual"]
    assert alert["summary"].startswith(f"mastodon: {told['told']:,.0f} posts in ")
    since = datetime.fromisoformat(told["to"]) - datetime.fromisoformat(told["from"])
    assert since >= timedelta(minutes=told["minutes"])
    assert told["posts"] > 50
    assert (told["voices"], told["top_three_share"]) == (1, 1.0)
    assert len(told["examples"]) == 5
    # Another monitor on the same file, as after a restart, finds it again and adds nothing.
    assert follow(watched, Watching(burst - STEP), clock) == 0
    assert len(rows(watched)) == 1
    # And over, once the hours that it stands out in have gone by.
    post_rows(
        watched, burst + timedelta(minutes=30), burst + 9 * HOUR, timedelta(seconds=40)
    )
    clock.now = burst + 9 * HOUR
    follow(watched, watching, clock)
    assert rows(watched)[0]["resolved_at"] is not None


HOUR = timedelta(hours=1)


def test_silence_is_raised_and_blindness_is_not(watched: Database) -> None:
    clock, watching = Clock(), Watching(NOW)
    follow(watched, watching, clock)
    clock.now = NOW + 2 * HOUR
    assert follow(watched, watching, clock) == 0, "nobody read it"
    covered(watched, NOW + 2 * HOUR, NOW + 4 * HOUR)
    clock.now = NOW + 4 * HOUR
    assert follow(watched, watching, clock) == 1
    (alert,) = rows(watched)
    assert alert["rule"] == "silence"
    assert "the sources were read" in alert["summary"]


def test_a_bin_waits_for_the_walk_that_reads_it(watched: Database) -> None:
    clock, watching = Clock(), Watching(NOW)
    follow(watched, watching, clock)
    clock.now = NOW + 3 * STEP
    follow(watched, watching, clock)
    assert watching.begin(clock.now) == floor(NOW)
    covered(watched, NOW, clock.now)
    follow(watched, watching, clock)
    assert watching.begin(clock.now) == floor(clock.now)


def test_a_source_saw_what_it_read_for_all_of_its_terms() -> None:
    def span(begin: int, end: int) -> tuple[datetime, datetime]:
        return NOW + timedelta(minutes=begin), NOW + timedelta(minutes=end)

    whole, first, second = [span(0, 9)], [span(0, 3)], [span(3, 9)]
    five = NOW, NOW + timedelta(minutes=5)
    assert was_seen([[whole, whole]], *five)
    assert was_seen([[first + second]], *five)
    assert not was_seen([[whole, first]], *five), "one term was not read to the end"
    assert was_seen([[whole, first], [whole]], *five), "another source read it"
    assert not was_seen([[[]]], *five)
    assert not was_seen([], *five)


def test_a_real_walks_coverage_and_posts_are_what_is_followed(db: Database) -> None:
    watch(db, sources=1)
    post = make_post(1, published_at=NOW - STEP, author=make_author())
    record = make_record(
        sighted(post), at=NOW, spans=(Span(NOW - HOUR, NOW, "complete"),)
    )
    store.record_walk(db, record)
    assert alert_series.series(db)[0] == MASTODON
    counted = alert_series.counts(db, NOW - HOUR, NOW, STEP)
    assert counted == {
        Series(1, "mastodon", "posts"): {floor(NOW - STEP): 1},
        Series(1, "mastodon", "voices"): {floor(NOW - STEP): 1},
        Series(1, "mastodon", "reposts"): {floor(NOW - STEP): 0},
    }
    assert alert_series.seen(db, NOW - HOUR, NOW) == {
        (1, "mastodon"): [[[(NOW - HOUR, NOW)]]]
    }


def test_a_spike_that_ends_while_the_monitor_is_down_is_closed(
    watched: Database,
) -> None:
    clock, watching = Clock(), Watching(NOW)
    follow(watched, watching, clock)
    burst = NOW + timedelta(minutes=10)
    post_rows(watched, burst, burst + timedelta(minutes=30), timedelta(seconds=4))
    covered(watched, NOW, burst + timedelta(minutes=40))
    clock.now = burst + timedelta(minutes=40)
    assert follow(watched, watching, clock) == 1
    later = burst + timedelta(hours=20)
    post_rows(watched, burst + timedelta(minutes=30), later, timedelta(seconds=40))
    covered(watched, burst + timedelta(minutes=40), later)
    clock.now = later
    follow(watched, Watching(later), clock)
    assert rows(watched)[0]["resolved_at"] is not None


def test_what_could_not_be_stored_is_told_later(
    watched: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, watching = Clock(), Watching(NOW)
    follow(watched, watching, clock)
    burst = NOW + timedelta(minutes=10)
    post_rows(watched, burst, burst + timedelta(minutes=30), timedelta(seconds=4))
    covered(watched, NOW, burst + timedelta(hours=1))
    clock.now = burst + timedelta(minutes=30)

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(alerts, "raise_once", full)
        with pytest.raises(StoreError):
            follow(watched, watching, clock)
    assert follow(watched, watching, clock) == 1
