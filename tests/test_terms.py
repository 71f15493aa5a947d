"""Each term's share: kept with the posts, and compared only where all were searched for."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from db import checks, store
from db.connection import open_database
from db.published import ask
from db.times import to_text
from tests import web_fixture as fixture
from tests.conftest import NOW
from tests.making import make_post, make_record, sighted, watch


def counts(db: Database) -> dict[int, int]:
    rows = db.conn.execute(
        "select term_id, sum(posts) from hourly_terms group by 1 having sum(posts)"
    )
    return dict(rows.fetchall())


def test_a_known_post_that_gains_a_term_counts_for_it(db: Database) -> None:
    watch(db, tags=("LabourLeaks", "DNCleaks"))
    store.record_walk(db, make_record(sighted(make_post(1), terms=(1,))))
    assert counts(db) == {1: 1}
    later = make_record(
        sighted(make_post(1), terms=(1, 2)), at=NOW + timedelta(hours=1)
    )
    store.record_walk(db, later)
    assert counts(db) == {1: 1, 2: 1}
    gone = make_record(at=NOW + timedelta(hours=2), deletions=(make_post(1).uri,))
    store.record_walk(db, gone)
    assert counts(db) == {}
    removed = "select term_id, removed from daily_terms"
    assert dict(db.conn.execute(removed).fetchall()) == {1: 1, 2: 1}
    assert checks.problems(db) == []


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    database = open_database(fixture.make(tmp_path / "x.db"))
    yield database.conn
    database.close()


def shares(conn: sqlite3.Connection, **given: str) -> list[dict[str, object]]:
    asked = {"campaign": "labourleaks", "from_at": "2025-05-05", "to_at": "2025-05-11"}
    return ask(Database(conn), "term_shares", **{**asked, **given})


def test_shares_are_of_the_time_in_which_all_were_searched_for(
    conn: sqlite3.Connection,
) -> None:
    first, second = shares(conn)
    assert (first["value"], second["value"]) == ("labourleaks", "labourleadership")
    assert first["compared_from"] == "2025-05-05T00:00:00Z"
    assert first["posts"] == first["compared"]
    assert (first["share"], second["share"]) == (1.0, 0.0)
    conn.execute(
        "update terms set added_at = '2025-05-08T10:00:00Z', from_start = 0 where id = 2"
    )
    first, second = shares(conn)
    assert first["compared_from"] == "2025-05-08T11:00:00Z"
    longer = shares(conn, from_at="2025-05-01")
    assert longer[0]["compared_from"] == "2025-05-09T00:00:00Z"
    assert int(str(first["compared"])) < int(str(first["posts"]))


def test_where_there_is_no_common_hour_nothing_is_compared(
    conn: sqlite3.Connection,
) -> None:
    conn.execute(
        "update terms set added_at = '2025-05-11T23:00:00Z', from_start = 0 where id = 2"
    )
    first, second = shares(conn)
    assert (first["compared"], first["share"], first["compared_from"]) == (None,) * 3
    assert int(str(first["posts"])) > 0
    assert second["posts"] == 0


def test_a_campaigns_first_terms_count_from_ever_on(conn: sqlite3.Connection) -> None:
    """Their history was fetched: they were added on the last day of it."""
    before = shares(conn)
    conn.execute("update terms set added_at = '2025-05-11T09:00:00Z'")
    after = shares(conn)
    told = [(row["posts"], row["share"], row["compared_from"]) for row in before]
    assert [(r["posts"], r["share"], r["compared_from"]) for r in after] == told


@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_a_term_is_counted_and_seen_by_itself(db: Database, bucket: str) -> None:
    watch(db, tags=("LabourLeaks", "DNCleaks"))
    both = sighted(make_post(2), terms=(1, 2))
    store.record_walk(db, make_record(sighted(make_post(1), terms=(1,)), both))
    campaign = db.conn.execute("select slug from campaigns").fetchone()[0]
    span = {
        "campaign": campaign,
        "from_at": to_text(NOW - timedelta(days=2)),
        "to_at": to_text(NOW + timedelta(hours=1)),
    }
    for term, posts in (("", 2), ("labourleaks", 2), ("dncleaks", 1)):
        asked = {**span, "term": term, "bucket": bucket}
        by_time = ask(db, "volume", **asked)
        assert sum(row["posts"] or 0 for row in by_time) == posts
        moods = ask(db, "sentiment", **asked)
        found = sum((row["scored"] or 0) + (row["unscored"] or 0) for row in moods)
        assert found == posts
        spoken = ask(db, "languages", **span, term=term)
        assert sum(row["posts"] for row in spoken) == posts


def test_a_terms_coverage_is_its_own(conn: sqlite3.Connection) -> None:
    asked = {"campaign": "labourleaks", "from_at": "2025-05-05", "to_at": "2025-05-11"}
    conn.execute("delete from coverage where term_id = 2")
    db = Database(conn)

    def seen(term: str) -> float:
        return sum(row["covered"] for row in ask(db, "volume", **asked, term=term))

    assert seen("labourleaks") > 0
    assert seen("labourleadership") == 0


@pytest.mark.parametrize("query", ["volume", "sentiment", "languages", "event_counts"])
def test_a_term_that_there_is_not_is_named(
    conn: sqlite3.Connection, query: str
) -> None:
    with pytest.raises(
        sqlite3.OperationalError, match="the campaign has none written x"
    ):
        ask(Database(conn), query, campaign="labourleaks", term="x")
