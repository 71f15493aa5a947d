"""Messages and concentration among very many posts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from benchmarks import stored
from db import rollups
from db.connection import open_database
from db.published import queries
from db.times import to_text
from tests.pushed import SPAN, rows

# Of many


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = stored.make(tmp_path_factory.mktemp("pushing") / "large.db", 60_000)
    conn = open_database(path).conn
    conn.row_factory = sqlite3.Row
    yield conn
    conn.close()


@pytest.mark.parametrize("days", [7, 30, 60, 89])
def test_a_part_of_many_tells_of_all(large: sqlite3.Connection, days: int) -> None:
    """Days: nearly all within the error that is named, none far from it."""
    begin = (stored.END - timedelta(days=days)).replace(hour=0)
    span = {"from_at": to_text(begin), "to_at": to_text(stored.END)}
    found = rows(large, "concentration", **span, bucket="day")
    counted = large.execute(
        "select substr(p.published_at, 1, 10), count(*), count(distinct p.author_id), "
        "count(distinct p.message) from matches m join posts p on p.id = m.post_id "
        "where m.campaign_id = 1 and m.first and p.state = 'live' "
        "and p.published_at >= ? group by 1",
        (span["from_at"],),
    ).fetchall()
    within = 0
    for row, (_, posts, voices, messages) in zip(found, counted, strict=True):
        assert row["posts"] == posts
        assert (row["voices_error"] > 0) == (days > 30)
        assert abs(row["voices"] - voices) <= 2 * row["voices_error"]
        off = abs(row["repeated_share"] - (1 - messages / posts)) - 0.001
        assert off <= 2 * row["repeated_error"]
        within += off <= row["repeated_error"]
    assert within >= 0.95 * len(found)


@pytest.mark.parametrize("platform", ["", "bluesky"])
def test_the_most_repeated_of_many_are_found(
    large: sqlite3.Connection, platform: str
) -> None:
    """One that is said every hour, and one that is said in one, by few of very many."""
    large.execute("begin")
    (last,) = large.execute("select max(id) from posts").fetchone()
    begin = stored.END - timedelta(days=60)
    times = [begin + timedelta(hours=n, minutes=7) for n in range(1400)]
    times += [begin + timedelta(days=9, seconds=n) for n in range(900)]
    for number, at in enumerate(times):
        message, post_id = (1 if number < 1400 else 2), last + 1 + number
        large.execute(
            "insert into posts (id, platform, uri, kind, author_id, text, published_at, "
            "observed_at, unscored, message) "
            "values (?, 'bluesky', ?, 'post', ?, 'x', ?, ?, 'empty', ?)",
            (
                post_id,
                f"x:{post_id}",
                1 + number % 500,
                to_text(at),
                to_text(at),
                message,
            ),
        )
        large.execute(
            "insert into matches values (1, ?, 1, ?, 1)", (post_id, to_text(at))
        )
    rollups.rebuild(large)
    found = rows(
        large,
        "top_messages",
        from_at=to_text(begin),
        to_at=to_text(stored.END),
        top=5,
        platform=platform,
    )
    assert [(r["message"], r["posts"]) for r in found[:2]] == [(1, 1400), (2, 900)]
    assert found[0]["synchrony"] is None
    assert found[1]["busiest_five"] == 300
    for row in found[2:]:
        (posts,) = large.execute(
            "select count(*) from matches m join posts p on p.id = m.post_id "
            "where m.campaign_id = 1 and m.first and p.message = ? and ? in ('', platform) "
            "and p.published_at >= ? and p.published_at < ?",
            (row["message"], platform, to_text(begin), to_text(stored.END)),
        ).fetchone()
        assert row["posts"] == posts
    large.execute("rollback")


def test_it_is_the_indexes_that_are_read(large: sqlite3.Connection) -> None:
    query = queries()["top_messages"]
    plan = large.execute(f"explain query plan {query.sql}", query.bind(SPAN)).fetchall()
    steps = " / ".join(row["detail"] for row in plan)
    assert (
        "SEARCH p USING INDEX posts_said (<expr>=? AND message=? AND rowid>?)" in steps
    )
    # SQLite 3.40 loses rows by one before an index on an expression.
    assert "BLOOM FILTER ON p (<expr>" not in steps
    assert "SEARCH l USING COVERING INDEX hourly_messages_leading" in steps
