"""What share of a day or an hour comes from few."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import alert_window
from db.connection import Database, open_database
from db.messages import repeated_share
from db.times import to_text
from tests import web_fixture as fixture
from tests.pushed import (
    BLUESKY,
    HURRY,
    MASTODON,
    MORNING,
    Said,
    db,
    empty,
    forget,
    rows,
    say,
)

__all__ = ["db", "empty"]  # fixtures


# Concentration


def concentrated(posts: Sequence[Said], by: timedelta) -> dict[str, tuple[Any, ...]]:
    """By bucket: posts, voices, top_three_share, repeated_share."""
    buckets: dict[str, list[Said]] = {}
    for one in posts:
        at = MORNING + timedelta(seconds=one.at)
        start = at.replace(minute=0, second=0)
        if by > timedelta(hours=1):
            start = start.replace(hour=0)
        buckets.setdefault(to_text(start), []).append(one)
    told = {}
    for bucket, own in buckets.items():
        voices = Counter(one.voice for one in own)
        most = sum(n for _, n in voices.most_common(3))
        again = repeated_share(len(own), len({one.message for one in own}))
        told[bucket] = (len(own), len(voices), round(most / len(own), 3), again)
    return told


COLUMNS = ("posts", "voices", "top_three_share", "repeated_share")


@HURRY
@given(
    st.lists(
        st.builds(
            Said,
            voice=st.integers(1, 8),
            at=st.integers(0, 40_000),
            message=st.integers(1, 9),
            repost=st.booleans(),
        ),
        max_size=60,
    )
)
@pytest.mark.parametrize("bucket", ["hour", "day"])
def test_concentration_is_what_the_posts_are(
    db: sqlite3.Connection, bucket: str, posts: list[Said]
) -> None:
    forget(db)
    say(db, [one._replace(platform=BLUESKY) for one in posts])
    found = {row["bucket"]: row for row in rows(db, "concentration", bucket=bucket)}
    expected = concentrated(posts, timedelta(hours=1 if bucket == "hour" else 24))
    for name, row in found.items():
        told = tuple(row[column] for column in COLUMNS)
        # SQLite rounds 0.5625 up, Python down.
        assert told == pytest.approx(expected.get(name, (None,) * 4), abs=0.00101)
        assert (row["voices_error"] or 0, row["repeated_error"] or 0) == (0, 0)
    assert expected.keys() <= found.keys()


def test_blind_is_null_and_quiet_is_zero(tmp_path: Path) -> None:
    db = open_database(fixture.make(tmp_path / "x.db")).conn
    db.row_factory = sqlite3.Row
    span = {"from_at": "2025-05-11", "to_at": to_text(fixture.NOW), "bucket": "hour"}
    found = rows(db, "concentration", **span, platform=BLUESKY)
    by_hour = {row["bucket"][11:13]: row for row in found}
    blind = [by_hour["03"][name] for name in COLUMNS]
    assert blind == [None, None, None, None]
    assert by_hour["03"]["covered"] == 0
    quiet = next(row for row in found if row["posts"] == 0)
    assert [quiet[name] for name in COLUMNS] == [0, 0, None, None]
    assert quiet["covered"] == 1
    db.close()


def test_a_voice_is_one_with_its_mirror(db: sqlite3.Connection) -> None:
    own = [Said(1, n) for n in range(4)]
    mirror = [Said(2, n, platform=BLUESKY) for n in range(3)]
    others = [Said(n, n, message=n) for n in range(3, 13)]
    say(db, [*own, *mirror, *others])
    db.execute("update authors set voice = 1 where id = 2")
    for bucket in ("hour", "day"):
        row = rows(db, "concentration", bucket=bucket)[0]
        told = (row["posts"], row["voices"], row["top_three_share"])
        assert told == (17, 11, round(9 / 17, 3))


def test_hours_are_for_two_days(db: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError, match="hours are given for up to 48"):
        rows(db, "concentration", from_at="2025-04-25", bucket="hour")
    days = rows(db, "concentration", from_at="2025-04-25")
    assert {row["bucket"][11:] for row in days} == {"00:00:00Z"}


def test_hours_beyond_what_is_read_are_unknown(db: sqlite3.Connection) -> None:
    say(db, [Said(1 + n % 9, n * 4000 // 21_000) for n in range(21_000)])
    first, second = rows(db, "concentration", bucket="hour")[:2]
    assert (first["voices"], first["top_three_share"], first["repeated_share"]) == (
        None,
        None,
        None,
    )
    assert first["posts"] + second["posts"] == 21_000
    assert (second["voices"], second["repeated_share"]) == (9, 1.0)


def test_an_alert_and_an_hour_say_the_same_of_the_same_posts(
    empty: sqlite3.Connection, db: sqlite3.Connection
) -> None:
    say(db, [Said(1 + n % 7, n * 30, message=n % 40) for n in range(100)])
    hour = MORNING, MORNING + timedelta(hours=1)
    ids = alert_window.of_series(Database(empty), 1, MASTODON, *hour)
    told = alert_window.evidence(Database(empty), ids)
    row = rows(db, "concentration", bucket="hour")[0]
    for name in COLUMNS:
        assert told[name] == row[name], name
