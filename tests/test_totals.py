"""Posts, messages and voices: the three numbers against a count of the posts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from benchmarks import stored
from db import rollups
from db.connection import open_database
from db.migrations import migrations
from db.published import queries
from db.times import to_text
from tests import web_fixture as fixture

QUERY = queries()["totals"]
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    connection = open_database(fixture.make(tmp_path_factory.mktemp("totals") / "t.db"))
    conn = connection.conn
    conn.row_factory = sqlite3.Row
    yield conn
    conn.close()


def totals(db: sqlite3.Connection, **given: Any) -> dict[str, Any]:  # noqa: ANN401
    (row,) = db.execute(QUERY.sql, QUERY.bind({"campaign": "labourleaks", **given}))
    return dict(row)


def counted(
    db: sqlite3.Connection, start: datetime, end: datetime, platform: str
) -> tuple[int, ...]:
    """The same from the posts themselves: whole hours."""
    whole = end + timedelta(seconds=-end.timestamp() % 3600)
    return tuple(
        db.execute(
            "select count(*), count(distinct message), "
            "count(distinct coalesce(a.voice, a.id)) from matches m "
            "join posts p on p.id = m.post_id join authors a on a.id = p.author_id "
            "where m.campaign_id = 1 and m.first and p.state = 'live' "
            "and p.published_at >= ? and p.published_at < ? and ? in ('', p.platform)",
            (
                to_text(start.replace(minute=0, second=0)),
                to_text(whole),
                platform,
            ),
        ).fetchone()
    )


@given(
    st.integers(0, 20 * 86400),
    st.integers(60, 9 * 86400),
    st.sampled_from(["", "mastodon", "bluesky"]),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_time_adds_up(
    db: sqlite3.Connection, back: int, length: int, platform: str
) -> None:
    end = fixture.NOW + DAY - timedelta(seconds=back)
    start = end - timedelta(seconds=length)
    found = totals(
        db, from_at=to_text(start), to_at=to_text(end), platform=platform, bucket="hour"
    )
    expected = counted(db, start, end, platform)
    assert (found["posts"], found["messages"], found["voices"]) == expected
    assert found["unattributed"] == 0
    assert 0 <= found["covered"] <= 1


def test_the_posts_are_those_of_volume(db: sqlite3.Connection) -> None:
    span = {"from_at": "2025-05-04T13:20:00Z", "to_at": to_text(fixture.NOW)}
    volume = queries()["volume"]
    rows = db.execute(volume.sql, volume.bind({"campaign": "labourleaks", **span}))
    assert totals(db, **span)["posts"] == sum(row["posts"] or 0 for row in rows)


def test_a_mirror_and_an_unknown_author(tmp_path: Path) -> None:
    conn = open_database(fixture.make(tmp_path / "t.db")).conn
    conn.row_factory = sqlite3.Row
    span = {"from_at": to_text(fixture.START), "to_at": to_text(fixture.NOW)}
    before = totals(conn, **span)
    conn.execute("update authors set voice = 1 where id = 3")
    (post,) = conn.execute(
        "select p.id from posts p join matches m on m.post_id = p.id "
        "where p.author_id = 1 and m.campaign_id = 1 and p.state = 'live' limit 1"
    ).fetchone()
    with rollups.kept(conn, [post]):
        conn.execute(
            "insert into authors (id, platform, uri, first_seen_at) "
            "values (99, 'instagram', 'instagram:author-of:9', '2025-05-01T00:00:00Z')"
        )
        conn.execute("update posts set author_id = 99 where id = ?", (post,))
    after = totals(conn, **span)
    assert after["voices"] == before["voices"] - 1
    assert after["unattributed"] == 1
    assert after["posts"] == before["posts"]
    conn.close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = stored.make(tmp_path_factory.mktemp("totals") / "large.db", 60_000)
    conn = open_database(path).conn
    conn.row_factory = sqlite3.Row
    yield conn
    conn.close()


@pytest.mark.parametrize("days", [30, 60, 89.3])
def test_of_many_posts_a_part_tells_about_all(
    large: sqlite3.Connection, days: float
) -> None:
    """Within one and a half times the error that it names: three deviations."""
    end = stored.END
    start = end - timedelta(days=days)
    found = totals(large, from_at=to_text(start), to_at=to_text(end), bucket="day")
    midnight = start.replace(hour=0, minute=0, second=0)  # by the day means whole days
    posts, messages, voices = counted(large, midnight, end + DAY, "")
    assert found["posts"] == posts
    for name, true in (("messages", messages), ("voices", voices)):
        error = found[f"{name}_error"]
        assert (error > 0) == (posts > 20_000)
        assert abs(found[name] - true) <= 1.5 * error, (name, true, found)
        assert error < true * 0.08


_NEEDED = (
    "campaigns", "terms", "authors", "posts", "matches", "links", "post_links",
    "hourly", "daily_voices",
)  # fmt: skip


def test_the_migration_counts_what_was_stored_before(tmp_path: Path) -> None:
    """A file of the version before gets the same numbers as one that had them always."""
    made = open_database(fixture.make(tmp_path / "new.db")).conn
    made.execute("update posts set evidence = null")  # which it did not look at
    fixture.recount(made)
    rolled = ("daily", "daily_voices", "hourly_messages")
    expected = [made.execute(f"select * from {name}").fetchall() for name in rolled]
    old = Database(tmp_path / "old.db")
    migrations.apply(old, stop_before="m010_messages")
    old.conn.execute("attach ? as made", (str(tmp_path / "new.db"),))
    old.conn.execute("pragma foreign_keys = off")
    for table in _NEEDED:
        _copy(old.conn, table)
    old.conn.commit()
    old.conn.execute("detach made")
    migrations.apply(old)
    found = [old.execute(f"select * from {name}").fetchall() for name in rolled]
    assert found == expected
    assert min(map(len, expected)) > 4


def _copy(conn: sqlite3.Connection, table: str) -> None:
    names = [row[1] for row in conn.execute(f"pragma main.table_info({table})")]
    columns = ", ".join(names)
    conn.execute(f"delete from {table}")
    conn.execute(f"insert into {table} ({columns}) select {columns} from made.{table}")
