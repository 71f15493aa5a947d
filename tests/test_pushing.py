"""What most posts say alike: its posts, voices, and how close together."""

from __future__ import annotations

import math
import random
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import combinations
from statistics import median, quantiles
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from db import rollups
from db.times import to_text
from tests.pushed import (
    HURRY,
    MORNING,
    Said,
    db,
    empty,
    forget,
    rows,
    say,
    synchrony_of,
)

__all__ = ["db", "empty"]  # fixtures


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
