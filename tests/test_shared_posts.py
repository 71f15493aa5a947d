"""Which posts two terms share, and the posts without a term: sums that must agree."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.connection import Database, open_database
from db.published import ask
from db.times import to_text
from tests import web_fixture

HOUR = timedelta(hours=1)
END = datetime(2025, 5, 11, 12, tzinfo=UTC)
SPAN = {"from_at": to_text(END - 48 * HOUR), "to_at": to_text(END)}
ONE, TWO = "reform", "the plan"
# Posts: the minutes before END, the platform, which of both terms, whether it is live.
POSTS = st.lists(
    st.tuples(
        st.integers(1, 47 * 60),
        st.sampled_from(["mastodon", "bluesky"]),
        st.sampled_from([(1,), (2,), (1, 2), (3,)]),
        st.booleans(),
    ),
    min_size=1,
    max_size=40,
)
Drawn = list[tuple[int, str, tuple[int, ...], bool]]


@contextmanager
def stored(posts: Drawn) -> Iterator[Database]:
    """A campaign of three terms with these posts; another has the posts of both terms."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_database(Path(folder) / "x.db")) as db,
    ):
        db.conn.execute("begin")
        _watching(db.conn)
        for number, drawn in enumerate(posts, 1):
            _post(db.conn, number, *drawn)
        web_fixture.recount(db.conn)
        db.conn.execute("commit")
        yield db


def _watching(conn: sqlite3.Connection) -> None:
    for number, slug in ((1, "harbour"), (2, "bridges")):
        conn.execute(
            "insert into campaigns (id, slug, title) values (?, ?, ?)",
            (number, slug, slug),
        )
    terms = ((1, 1, "hashtag", ONE), (2, 1, "phrase", TWO), (3, 1, "hashtag", "pier"),
             (4, 2, "hashtag", "bridges"))  # fmt: skip
    for term, campaign, kind, value in terms:
        conn.execute(
            "insert into terms (id, campaign_id, kind, value, display, added_at) "
            "values (?, ?, ?, ?, ?, '2025-01-01T00:00:00Z')",
            (term, campaign, kind, value, value),
        )
    for source, platform in ((1, "mastodon"), (2, "bluesky")):
        conn.execute(
            "insert into sources (id, slug, platform, base_url, state) "
            "values (?, ?, ?, ?, 'ok')",
            (source, platform, platform, f"https://{platform}.example"),
        )
        for term in (1, 2, 3, 4):
            conn.execute(
                "insert into coverage values (?, ?, '2025-01-01T00:00:00Z', ?, "
                "'complete', null, null)",
                (source, term, to_text(END)),
            )


def _post(
    conn: sqlite3.Connection,
    number: int,
    minutes: int,
    platform: str,
    carried: tuple[int, ...],
    live: bool,
) -> None:
    at = to_text(END - timedelta(minutes=minutes))
    conn.execute(
        "insert or ignore into authors (id, platform, uri, first_seen_at) "
        "values (1, 'mastodon', 'https://mastodon.example/u/1', ?)",
        (at,),
    )
    conn.execute(
        "insert into posts (id, platform, uri, kind, author_id, text, lang, "
        "unscored, published_at, observed_at, state, message) "
        "values (?, ?, ?, 'post', 1, 'x', 'en', 'language', ?, ?, ?, ?)",
        (number, platform, f"https://{platform}.example/{number}", at, at,
         "live" if live else "deleted", number),
    )  # fmt: skip
    matched = [(1, term, int(term == carried[0])) for term in carried]
    if carried == (1, 2):
        matched.append((2, 4, 1))
    conn.executemany(
        "insert into matches values (?, ?, ?, ?, ?)",
        [(campaign, number, term, at, first) for campaign, term, first in matched],
    )


def shared(db: Database, **given: str) -> Counter[tuple[str, str]]:
    rows = ask(db, "shared_posts", **{"campaign": "harbour", **SPAN, **given})
    return Counter({(row["bucket"], row["platform"]): row["shared"] for row in rows})


def counted(db: Database, term: str, bucket: str) -> Counter[tuple[str, str]]:
    rows = ask(db, "volume", campaign="harbour", term=term, bucket=bucket, **SPAN)
    return Counter({(r["bucket"], r["platform"]): r["posts"] or 0 for r in rows})


@given(POSTS, st.sampled_from(["hour", "day"]))
@settings(deadline=None, max_examples=15)
def test_posts_of_one_or_the_other_are_both_sums_without_what_they_share(
    posts: Drawn, bucket: str
) -> None:
    with stored(posts) as db:
        both = shared(db, term=ONE, other_term=TWO, bucket=bucket)
        assert both == shared(db, term=TWO, other_term=ONE, bucket=bucket)
        assert both == shared(db, other="bridges", bucket=bucket)
        assert both == shared(db, campaign="bridges", other="harbour", bucket=bucket)
        union = counted(db, ONE, bucket) + counted(db, TWO, bucket)
        union.subtract(both)
        live = [p for p in posts if p[3] and set(p[2]) & {1, 2}]
        assert sum(union.values()) == len(live)
        assert sum(both.values()) == sum(p[2] == (1, 2) for p in live)
        assert all(count >= 0 for count in union.values())


@given(POSTS)
@settings(deadline=None, max_examples=15)
def test_posts_with_a_term_and_without_it_are_all_posts(posts: Drawn) -> None:
    asked = {"campaign": "harbour", "at": to_text(END - 24 * HOUR)}
    with stored(posts) as db:
        whole, part, rest = (
            [row["posts"] for row in ask(db, "event_counts", **asked, **more)]
            for more in ({}, {"term": TWO}, {"without": TWO})
        )
        assert None not in whole
        assert whole == [a + b for a, b in zip(part, rest, strict=True)]
        without = [p for p in posts if p[3] and 2 not in p[2]]
        assert sum(rest) == len(without)


def test_a_platform_is_asked_alone() -> None:
    posts = [(5, "mastodon", (1, 2), True), (5, "bluesky", (1, 2), True)]
    with stored(posts) as db:  # type: ignore[arg-type]
        asked = {"term": ONE, "other_term": TWO}
        assert sum(shared(db, **asked).values()) == 2
        assert sum(shared(db, **asked, platform="bluesky").values()) == 1


@pytest.mark.parametrize(
    ("query", "given", "sentence"),
    [
        ("shared_posts", {"other": "nope"}, "other: there is no campaign called nope"),
        ("shared_posts", {"other_term": "x"}, "other_term: .* none written x"),
        ("shared_posts", {"term": "x"}, "term: the campaign has none written x"),
        ("shared_posts", {"bucket": "x"}, "bucket: write hour or day"),
        ("event_counts", {"without": "x"}, "without: the campaign has none written x"),
        (
            "event_counts",
            {"without": ONE, "term": TWO},
            "without: it cannot be asked together with term",
        ),
    ],
)  # fmt: skip
def test_wrong_parameters_are_named(
    query: str, given: dict[str, str], sentence: str
) -> None:
    with (
        stored([(5, "mastodon", (1,), True)]) as db,
        pytest.raises(sqlite3.OperationalError, match=sentence),
    ):
        ask(db, query, campaign="harbour", **given)
