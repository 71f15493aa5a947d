"""The most frequent links, tags and voices against a sum of everything."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from benchmarks import stored
from db.connection import open_database
from db.published import queries
from db.times import to_text

SPANS = (1, 7, 60)
NAMED = {
    "top_links": ("url", "daily_links d join links n on n.id = d.link_id", "n.url"),
    "top_hashtags": (
        "tag", "daily_hashtags d join hashtags n on n.id = d.hashtag_id", "n.tag",
    ),
    "top_voices": (
        "handle",
        (
            "daily_voices d join authors a on a.id = d.author_id "
            "join authors n on n.id = coalesce(a.voice, a.id) and n.opt_out is not 1"
        ),
        "n.handle",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = stored.make(tmp_path_factory.mktemp("leaders") / "x.db", 20_000)
    conn = open_database(path).conn
    conn.row_factory = sqlite3.Row
    conn.execute("update authors set voice = 1 where id in (2, 40, 900)")
    conn.execute("update authors set opt_out = 1 where id in (3, 5)")
    yield conn
    conn.close()


def expected(
    db: sqlite3.Connection, name: str, days: tuple[str, str], platform: str
) -> list[tuple[Any, ...]]:
    column, tables, by = NAMED[name]
    rows = db.execute(
        f"select {by} as {column}, sum(d.posts) as posts from {tables} "
        "where d.campaign_id = 1 and d.day >= ? and d.day < ? and ? in ('', d.platform) "
        f"group by 1 order by posts desc, {by}",
        (*days, platform),
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("days", SPANS)
@pytest.mark.parametrize("platform", ["", "bluesky", "nostr"])
@pytest.mark.parametrize("top", [1, 12, 200])
def test_the_leaders_are_those_of_all(
    db: sqlite3.Connection, name: str, days: int, platform: str, top: int
) -> None:
    start = (stored.END - timedelta(days=days)).date()
    end = stored.END.date() + timedelta(days=1)
    query = queries()[name]
    given = {
        "campaign": "labourleaks", "from_at": f"{start}T00:00:00Z",
        "to_at": to_text(stored.END), "platform": platform, "top": top,
    }  # fmt: skip
    found = [
        (row[NAMED[name][0]], row["posts"])
        for row in db.execute(query.sql, query.bind(given))
    ]
    every = expected(db, name, (str(start), str(end)), platform)
    assert found == every[:top]


def test_most_are_never_added_up(db: sqlite3.Connection) -> None:
    """Where a few lead by far, the sum of everything is not made."""
    query = queries()["top_hashtags"]
    given = query.bind(
        {"campaign": "labourleaks", "from_at": "2026-11-01T00:00:00Z",
         "to_at": to_text(stored.END), "top": 3}
    )  # fmt: skip
    head = query.sql[: query.sql.rindex("select\n  h.tag")].rstrip()
    (leads,) = db.execute(f"{head}\nselect least > most from bar", given).fetchone()
    assert leads == 1


@pytest.mark.parametrize("days", SPANS)
@pytest.mark.parametrize("platform", ["", "nostr"])
def test_the_most_shared_are_those_of_the_whole_time(
    db: sqlite3.Connection, days: int, platform: str
) -> None:
    start, end = stored.END - timedelta(days=days), stored.END
    span = to_text(start), to_text(end)
    query = queries()["most_shared"]
    given = {"campaign": "labourleaks", "from_at": span[0], "to_at": span[1],
             "platform": platform, "top": 30}  # fmt: skip
    found = [
        (row["id"], row["shares"]) for row in db.execute(query.sql, query.bind(given))
    ]
    every = db.execute(
        "select p.id, p.reposts from posts p join matches m on m.post_id = p.id "
        "where m.campaign_id = 1 and p.state = 'live' and p.published_at >= ? "
        "and p.published_at < ? and ? in ('', p.platform) and p.reposts > 0 "
        "order by p.reposts desc, p.id desc limit 30",
        (*span, platform),
    )
    assert found == [tuple(row) for row in every]
