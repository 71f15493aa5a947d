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
from tests import web_fixture as fixture
from tests.conftest import NOW
from tests.making import make_post, make_record, sighted, watch


def counts(db: Database) -> dict[int, int]:
    rows = db.conn.execute("select term_id, sum(posts) from daily_terms group by 1")
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
    assert checks.problems(db) == []


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    database = open_database(fixture.make(tmp_path / "x.db"))
    yield database.conn
    database.close()


def shares(conn: sqlite3.Connection, **given: str) -> list[dict[str, object]]:
    asked = {"campaign": "labourleaks", "from_at": "2025-05-05", "to_at": "2025-05-11"}
    return ask(Database(conn), "term_shares", **{**asked, **given})


def test_shares_are_of_the_days_in_which_all_were_searched_for(
    conn: sqlite3.Connection,
) -> None:
    first, second = shares(conn)
    assert (first["value"], second["value"]) == ("labourleaks", "labourleadership")
    assert first["compared_from"] == "2025-05-05"
    assert first["posts"] == first["compared"]
    assert (first["share"], second["share"]) == (1.0, 0.0)
    conn.execute("update terms set added_at = '2025-05-08T10:00:00Z' where id = 2")
    first, second = shares(conn)
    assert first["compared_from"] == "2025-05-09"
    assert int(str(first["compared"])) < int(str(first["posts"]))


def test_where_there_is_no_common_day_nothing_is_compared(
    conn: sqlite3.Connection,
) -> None:
    conn.execute("update terms set added_at = '2025-05-11T10:00:00Z' where id = 2")
    first, second = shares(conn)
    assert (first["compared"], first["share"], first["compared_from"]) == (None,) * 3
    assert int(str(first["posts"])) > 0
    assert second["posts"] == 0
