"""Repeated messages and concentration, counted by hand; and what synchrony tells."""

from __future__ import annotations

import math
import random
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchmarks import stored
from db import alert_window, rollups
from db.connection import Database, open_database
from db.messages import repeated_share
from db.published import queries
from db.times import to_text
from tests import web_fixture as fixture

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


# By hand


def by_hand(posts: Sequence[Said]) -> dict[str, Any]:
    """What one message's row says, pair by pair."""
    voices = Counter(one.voice for one in posts)
    anew = [one for one in posts if not one.repost]
    pairs = [
        (a, b)
        for a, b in combinations(anew, 2)
        if a.voice != b.voice and a.at // 3600 == b.at // 3600
    ]
    close = sum(abs(a.at - b.at) <= 60 for a, b in pairs)
    return {
        "posts": len(posts),
        "examined": len(posts),
        "voices": len(voices),
        "platforms": len({one.platform for one in posts}),
        "first_at": to_text(MORNING + timedelta(seconds=min(p.at for p in posts))),
        "last_at": to_text(MORNING + timedelta(seconds=max(p.at for p in posts))),
        "busiest_five": max(sum(0 <= b.at - a.at < 300 for b in posts) for a in posts),
        "top_three_share": sum(n for _, n in voices.most_common(3)) / len(posts),
        "copy_share": len(anew) / len(posts),
        "pairs": len(pairs),
        "synchrony": close / len(pairs) if len(pairs) >= 10 else None,
        "synchrony_by_chance": 119 / 3600 if len(pairs) >= 10 else None,
    }


sayings = st.lists(
    st.builds(
        Said,
        voice=st.integers(1, 6),
        at=st.integers(0, 9000) | st.integers(3500, 3700),
        message=st.integers(1, 2),
        repost=st.booleans(),
    ),
    min_size=2,
    max_size=40,
)
HURRY = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@HURRY
@given(sayings, st.randoms(use_true_random=False))
@example([Said(1, 30 * n) for n in range(50)], random.Random(1))
def test_a_message_is_what_its_posts_are(
    db: sqlite3.Connection, posts: list[Said], dice: random.Random
) -> None:
    forget(db)
    say(db, posts)
    found = {row["message"]: row for row in rows(db, "top_messages")}
    for message in {one.message for one in posts}:
        own = [one for one in posts if one.message == message]
        assert (len(own) > 1) == (message in found)
        if len(own) > 1:
            expected = by_hand(own)
            row = {name: found[message][name] for name in expected}
            assert row == pytest.approx(expected, abs=0.00051)
            shares = (
                "top_three_share",
                "copy_share",
                "synchrony",
                "synchrony_by_chance",
            )
            assert all(0 <= row[name] <= 1 for name in shares if row[name] is not None)
    dice.shuffle(posts)
    forget(db)
    say(db, posts)
    again = {row["message"]: row for row in rows(db, "top_messages")}
    for message, row in again.items():
        left = {"example"}
        assert {k: v for k, v in row.items() if k not in left} == {
            k: v for k, v in found[message].items() if k not in left
        }


def test_one_voice_is_in_time_with_nobody(db: sqlite3.Connection) -> None:
    assert synchrony_of(db, [Said(1, n) for n in range(50)]) is None
    mirrored = [Said(1 + n % 2, n) for n in range(50)]
    assert synchrony_of(db, mirrored) == 1
    db.execute("update authors set voice = 1 where id = 2")
    (row,) = rows(db, "top_messages")
    assert (row["voices"], row["pairs"], row["synchrony"]) == (1, 0, None)


def test_whoever_is_not_named_is_no_voice(db: sqlite3.Connection) -> None:
    say(db, [Said(n, n) for n in range(1, 21)])
    db.execute("update authors set uri = 'instagram:author-of:' || id")
    (row,) = rows(db, "top_messages")
    assert (row["posts"], row["voices"], row["top_three_share"]) == (20, 0, None)
    assert row["synchrony"] is None


def test_what_was_taken_back_and_other_campaigns_do_not_count(
    db: sqlite3.Connection,
) -> None:
    say(db, [Said(n, n) for n in range(1, 11)])
    say(db, [Said(n, n) for n in range(1, 6)], campaign=2)
    db.execute("update posts set state = 'deleted', message = null where id in (3, 4)")
    rollups.rebuild(db)
    (row,) = rows(db, "top_messages")
    assert (row["posts"], row["example"]) == (8, 1)
    (other,) = rows(db, "top_messages", campaign="harbour")
    assert other["posts"] == 5
    assert rows(db, "top_messages", platform="bluesky") == []


def test_an_hour_that_goes_on_is_as_long_as_it_has_been(db: sqlite3.Connection) -> None:
    say(db, [Said(n, 10 * n) for n in range(30)])
    (row,) = rows(db, "top_messages", to_at=to_text(MORNING + timedelta(seconds=300)))
    assert row["synchrony_by_chance"] == pytest.approx(
        (600 * 60 - 3600) / 300**2, abs=0.001
    )


def test_only_the_newest_of_very_many_are_looked_at(db: sqlite3.Connection) -> None:
    say(db, [Said(1 + n % 400, n) for n in range(2_300)] + [Said(9, 40_000)] * 2)
    (row,) = rows(db, "top_messages", top=5)
    assert (row["posts"], row["examined"], row["last_at"][11:16]) == (
        2302,
        1000,
        "20:06",
    )
    for top, most in ((100, 200), (20, 1000)):
        assert rows(db, "top_messages", top=top)[0]["examined"] == most


# What synchrony tells


def spread(dice: random.Random, posts: int) -> list[Said]:
    """A share button: each when it pleases them, more by day than by night."""
    weights = [1 + math.sin(math.pi * hour / 12) for hour in range(12)]
    hours = dice.choices(range(12), weights, k=posts)
    return [Said(n, h * 3600 + dice.randrange(3600)) for n, h in enumerate(hours, 1)]


def burst(dice: random.Random, posts: int = 40) -> list[Said]:
    """All within a minute."""
    begin = dice.randrange(11 * 3600)
    return [Said(n, begin + dice.randrange(60)) for n in range(1, posts + 1)]


def mixture(dice: random.Random) -> list[Said]:
    """A burst of 40 among 160 of a button."""
    others = [one._replace(voice=one.voice + 160) for one in burst(dice)]
    return spread(dice, 160) + others


def news(dice: random.Random, posts: int) -> list[Said]:
    """At full hour something is told, and half of what is said of it within 10 minutes."""
    return [
        Said(n, min(3599, int(dice.expovariate(math.log(2) / 600))))
        for n in range(1, posts + 1)
    ]


def independent(dice: random.Random, posts: int, rounds: int = 400) -> list[float]:
    """Its synchrony in so many days; those with too few pairs are left out. By hand, which
    is what the query says."""
    found = [by_hand(spread(dice, posts))["synchrony"] for _ in range(rounds)]
    return sorted(each for each in found if each is not None)


def test_synchrony_tells_a_burst_from_a_button(db: sqlite3.Connection) -> None:
    """The figures of docs/accuracy.md; -s shows them."""
    dice = random.Random(11)
    few, many = independent(dice, 40), independent(dice, 200)
    for button in (few, many):
        assert sum(button) / len(button) == pytest.approx(119 / 3600, abs=0.003)
    together = [synchrony_of(db, burst(dice)) or 0 for _ in range(20)]
    mixed = [synchrony_of(db, mixture(dice)) or 0 for _ in range(20)]
    told = [synchrony_of(db, news(dice, 60)) or 0 for _ in range(60)]
    assert min(together) == 1
    assert min(mixed) > 3 * max(many)
    assert 0.05 < median(told) < 0.1
    for name, each in (("40", few), ("200", many), ("mixed", mixed), ("news", told)):
        cuts = [round(100 * cut, 1) for cut in quantiles(each, n=40)]
        print(name, len(each), cuts[0], median(each), cuts[-1], max(each))


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
