"""Posts that say the same thing, as a campaign's roll-ups have them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, settings

from db import rollups
from db.connection import open_database
from db.published import queries
from db.times import to_text

MORNING = datetime(2025, 5, 1, 9, tzinfo=UTC)
EVENING = MORNING + timedelta(hours=12)
SPAN = {
    "campaign": "labourleaks",
    "from_at": to_text(MORNING),
    "to_at": to_text(EVENING),
}
MASTODON, BLUESKY = "mastodon", "bluesky"


class Said(NamedTuple):
    """A post: who, how many seconds after MORNING, what, whether by a repost, where."""

    voice: int
    at: int
    message: int = 1
    repost: bool = False
    platform: str = MASTODON


def rows(db: sqlite3.Connection, name: str, **given: object) -> list[dict[str, Any]]:
    query = queries()[name]
    return [dict(row) for row in db.execute(query.sql, query.bind({**SPAN, **given}))]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A campaign that is watched, without a post."""
    db = open_database(tmp_path_factory.mktemp("pushing") / "x.db").conn
    db.row_factory = sqlite3.Row
    for number, slug in enumerate(("labourleaks", "harbour"), start=1):
        db.execute(
            "insert into campaigns (id, slug, title) values (?, ?, ?)",
            (number, slug, slug),
        )
        db.execute(
            "insert into terms (id, campaign_id, kind, value, display, added_at) "
            "values (?, ?, 'hashtag', ?, ?, '2025-01-01T00:00:00Z')",
            (number, number, slug, slug),
        )
    yield db
    db.close()


@pytest.fixture
def db(empty: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Whatever a test says in it is taken back."""
    empty.execute("begin")
    yield empty
    empty.execute("rollback")


def say(db: sqlite3.Connection, posts: Sequence[Said], campaign: int = 1) -> None:
    for voice, platform in {(one.voice, one.platform) for one in posts}:
        db.execute(
            "insert or ignore into authors (id, platform, uri, first_seen_at) "
            "values (?, ?, ?, '2025-01-01T00:00:00Z')",
            (voice, platform, f"https://social.example/users/{voice}"),
        )
    (last,) = db.execute("select coalesce(max(id), 0) from posts").fetchone()
    for number, one in enumerate(posts, start=last + 1):
        at = to_text(MORNING + timedelta(seconds=one.at))
        db.execute(
            "insert into posts (id, platform, uri, kind, author_id, text, published_at, "
            "observed_at, unscored, message) values (?, ?, ?, ?, ?, ?, ?, ?, 'empty', ?)",
            (number, one.platform, f"https://social.example/{number}",
             "repost" if one.repost else "post", one.voice,
             f"Invented text {one.message}", at, at, one.message),
        )  # fmt: skip
        db.execute(
            "insert into matches values (?, ?, ?, ?, 1)",
            (campaign, number, campaign, at),
        )
    rollups.rebuild(db)


def forget(db: sqlite3.Connection) -> None:
    db.execute("rollback")
    db.execute("begin")


def synchrony_of(db: sqlite3.Connection, posts: Sequence[Said]) -> float | None:
    forget(db)
    say(db, posts)
    (row,) = rows(db, "top_messages", top=1)
    return None if row["synchrony"] is None else float(row["synchrony"])


HURRY = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
