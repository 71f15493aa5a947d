"""The posts that pass filters: counted as by a recount, and no further than is said."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from db import rollups
from db.connection import open_database
from db.published import queries
from db.times import from_text, to_text

END = datetime(2025, 5, 11, 12, 30, tzinfo=UTC)
SPAN = {"from_at": "2025-05-08T09:20:00Z", "to_at": to_text(END)}
PLATFORMS, LANGS = ("mastodon", "bluesky", "feed"), ("en", "de", "ga")
MOODS = ("negative", "neutral", "positive", "unscored")
TERMS = ("leaks", "docks", "rare")
WORDS = ("party", "harbour", "Été", "from", "person3", "never")
# How many pass at most, are read at most, and hits of words that are all looked up.
LIMITS = {"15000": "{most}", "50000": "{read}", "20000": "{hits}"}


@dataclass(frozen=True)
class Made:
    """A post as it was made. voice: None where nobody says who wrote it."""

    id: int
    at: str
    platform: str
    lang: str
    sentiment: str
    live: bool
    campaign: int
    terms: frozenset[str]
    words: frozenset[str]
    tags: frozenset[int]
    message: int
    author: int


@dataclass(frozen=True)
class Store:
    """A file's connection and the posts in it. hidden: accounts that asked not to be
    indexed, or share a voice with one; nameless: no voice's; voices: of all others."""

    conn: sqlite3.Connection
    posts: tuple[Made, ...]


HIDDEN, NAMELESS = {3, 4}, {5}
VOICES = {1: 1, 2: 1, 3: 3, 4: 3, 6: 6, 7: 7, 8: 8}


def made(dice: random.Random, number: int) -> Made:
    """Some hours have many posts, some none; ids are not in the order of time."""
    hours = dice.choice((1, 2, 5, 6, 20, 48, 70, 71, 90))
    at = END - timedelta(hours=hours, seconds=dice.randrange(3600))
    return Made(
        id=number,
        at=to_text(at),
        platform=dice.choice(PLATFORMS[:2] * 5 + PLATFORMS[2:]),
        lang=dice.choice(LANGS[:2] * 8 + LANGS[2:]),
        sentiment=dice.choice(MOODS),
        live=dice.random() < 0.9,
        campaign=dice.choice((1, 1, 1, 2)),
        terms=frozenset(
            {dice.choice(TERMS[:2]), *(TERMS if dice.random() < 0.1 else ())}
        ),
        words=frozenset(word for word in WORDS[:3] if dice.random() < 0.4),
        tags=frozenset(tag for tag in (1, 2, 3) if dice.random() < 0.4),
        message=dice.randrange(40),
        author=dice.randrange(1, 9),
    )


def evidence(one: Made) -> int | None:
    """Whether a lexicon knew something; None: not looked at, or not scored."""
    return one.id % 2 if one.sentiment != "unscored" and one.id % 11 else None


def store(path: Path, seed: int) -> Store:
    conn = open_database(path).conn
    conn.row_factory = sqlite3.Row
    dice = random.Random(seed)
    posts = tuple(made(dice, number) for number in range(1, 241))
    conn.execute("begin")
    _watching(conn)
    for one in posts:
        _put(conn, one)
    rollups.rebuild(conn)
    conn.execute(
        "insert into posts_fts (rowid, text, title) select id, text, title from posts"
    )
    conn.execute("commit")
    return Store(conn, posts)


def _watching(conn: sqlite3.Connection) -> None:
    began = "2025-05-01T00:00:00Z"
    for campaign, slug in ((1, "leaks"), (2, "docks")):
        conn.execute(
            "insert into campaigns (id, slug, title) values (?, ?, ?)",
            (campaign, slug, slug),
        )
        for n, term in enumerate(TERMS):
            conn.execute(
                "insert into terms (id, campaign_id, kind, value, display, added_at) "
                "values (?, ?, 'phrase', ?, ?, ?)",
                (10 * campaign + n, campaign, term, term.title(), began),
            )
    for n, platform in enumerate(PLATFORMS, start=1):
        conn.execute(
            "insert into sources (id, slug, platform, base_url, state) "
            "values (?, ?, ?, ?, 'ok')",
            (n, platform, platform, f"https://{platform}.example"),
        )
        conn.execute(
            "insert into coverage (source_id, term_id, from_at, to_at, state) "
            "select ?, id, ?, ?, 'complete' from terms",
            (n, began, "2025-05-11T04:00:00Z" if platform == "feed" else to_text(END)),
        )
    for author in range(1, 9):
        uri = (
            f"urn:author-of:{author}"
            if author in NAMELESS
            else f"https://a.example/{author}"
        )
        name = None if author in NAMELESS else f"person{author}"
        conn.execute(
            "insert into authors (id, platform, uri, handle, opt_out, first_seen_at) "
            "values (?, 'mastodon', ?, ?, ?, ?)",
            (author, uri.replace("urn", "feed"), name, int(author == 4), began),
        )
    conn.execute("update authors set voice = 1 where id in (1, 2)")
    conn.execute("update authors set voice = 3 where id in (3, 4)")
    for tag in (1, 2, 3):
        conn.execute("insert into hashtags (id, tag) values (?, ?)", (tag, f"tag{tag}"))
        conn.execute(
            "insert into links (id, url, domain) values (?, ?, 'news.example')",
            (tag, f"https://news.example/{tag}"),
        )


def _put(conn: sqlite3.Connection, one: Made) -> None:
    scored = one.sentiment != "unscored"
    conn.execute(
        "insert into posts (id, platform, uri, kind, author_id, text, lang, published_at, "
        "observed_at, state, polarity, sentiment, unscored, scorer, message, reposts, "
        f"evidence) values (?{', ?' * 16})",
        (one.id, one.platform, f"https://p.example/{one.id}", "post", one.author,
         " ".join(["said", *sorted(one.words)]), one.lang, one.at, one.at,
         "live" if one.live else "deleted", 0.25 if scored else None,
         one.sentiment if scored else None, None if scored else "language", "test/1",
         one.message, one.id % 7, evidence(one)),
    )  # fmt: skip
    for first, term in enumerate(sorted(one.terms)):
        conn.execute(
            "insert into matches values (?, ?, ?, ?, ?)",
            (one.campaign, one.id, 10 * one.campaign + TERMS.index(term), one.at,
             int(first == 0)),
        )  # fmt: skip
    for tag in one.tags:
        conn.execute("insert into post_hashtags values (?, ?)", (one.id, tag))
        conn.execute("insert into post_links values (?, ?)", (one.id, 4 - tag))


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Store]]:
    folder = tmp_path_factory.mktemp("filters")
    found = [store(folder / f"{seed}.db", seed) for seed in range(3)]
    yield found
    for one in found:
        one.conn.close()


def passing(
    found: Store, span: dict[str, str], filters: dict[str, str], campaign: int = 1
) -> list[Made]:
    """A plain recount, newest first."""
    wanted = {word.casefold() for word in filters.get("q", "").split()}
    kept = [
        one
        for one in found.posts
        if one.live
        and one.campaign == campaign
        and span["from_at"] <= one.at < span["to_at"]
        and filters.get("platform", one.platform) == one.platform
        and filters.get("lang", one.lang) == one.lang
        and filters.get("sentiment", one.sentiment) == one.sentiment
        and filters.get("term", next(iter(one.terms))) in one.terms
        and wanted <= {word.casefold() for word in one.words}
    ]
    return sorted(kept, key=lambda one: (one.at, one.id), reverse=True)


def rows(
    found: Store,
    name: str,
    limits: tuple[int, int, int] | None = None,
    **given: str,
) -> list[dict[str, Any]]:
    """A published query's rows; limits: the three of LIMITS instead of its own."""
    query = queries()[name]
    sql = query.sql
    for old, new in zip(LIMITS, limits or (), strict=False):
        assert old in sql
        sql = sql.replace(old, str(new))
    return [dict(row) for row in found.conn.execute(sql, query.bind(given))]


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "platform": st.sampled_from(PLATFORMS),
        "lang": st.sampled_from(LANGS),
        "sentiment": st.sampled_from(MOODS),
        "term": st.sampled_from(TERMS),
        "q": st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
    },
)
SPANS = st.sampled_from(
    [
        SPAN,
        {"from_at": "2025-05-01T00:00:00Z", "to_at": to_text(END)},
        {"from_at": "2025-05-08T00:10:00Z", "to_at": "2025-05-10T07:11:13Z"},
    ]
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2), SPANS, FILTERS)
def test_what_passes_is_counted_as_a_recount_would(
    stores: list[Store], number: int, span: dict[str, str], filters: dict[str, str]
) -> None:
    found = stores[number]
    expected = passing(found, span, filters)
    given = {"campaign": "leaks", **span, **filters}
    counted = rows(found, "filtered_top", **given)
    by_facet: dict[str, dict[str | None, int]] = {}
    for row in counted:
        by_facet.setdefault(row["facet"], {})[row["value"]] = row["posts"]
    (total,) = [row for row in counted if row["facet"] == "total"]
    assert total["looked_to"] is None
    assert total["posts"] == len(expected)
    assert total["unscored"] == sum(one.sentiment == "unscored" for one in expected)
    assert total["messages"] == len({one.message for one in expected})
    authors = {one.author for one in expected}
    assert total["voices"] == len({VOICES[one] for one in authors - NAMELESS})
    assert total["unattributed"] == sum(one.author in NAMELESS for one in expected)
    assert by_facet.get("hashtag", {}) == Counter(
        f"tag{tag}" for one in expected for tag in one.tags
    )
    assert by_facet.get("link", {}) == Counter(
        f"https://news.example/{4 - tag}" for one in expected for tag in one.tags
    )
    assert by_facet.get("language", {}) == Counter(one.lang for one in expected)
    assert by_facet.get("platform", {}) == Counter(one.platform for one in expected)
    assert by_facet.get("sentiment", {}) == Counter(one.sentiment for one in expected)
    assert by_facet.get("term", {}) == Counter(
        term for one in expected for term in one.terms
    )
    assert by_facet.get("voice", {}) == Counter(
        f"person{VOICES[one.author]}"
        for one in expected
        if one.author not in NAMELESS | HIDDEN
    )


def whole(span: dict[str, str], bucket: str) -> dict[str, str]:
    """With all of the first and the last hour or day."""
    step = timedelta(hours=1) if bucket == "hour" else timedelta(days=1)
    first, last = (from_text(span[name]) for name in ("from_at", "to_at"))
    over = timedelta(seconds=first.timestamp() % step.total_seconds())
    under = timedelta(seconds=-last.timestamp() % step.total_seconds())
    return {"from_at": to_text(first - over), "to_at": to_text(last + under)}


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2), SPANS, FILTERS, st.sampled_from(["hour", "day"]))
def test_posts_over_time_are_those_that_pass(
    stores: list[Store],
    number: int,
    span: dict[str, str],
    filters: dict[str, str],
    bucket: str,
) -> None:
    found = stores[number]
    expected = passing(found, whole(span, bucket), filters)
    given = {"campaign": "leaks", **span, **filters, "bucket": bucket}
    counted = rows(found, "filtered_volume", **given)
    cut = 13 if bucket == "hour" else 10
    assert {
        (row["bucket"][:cut], row["platform"]): row["posts"]
        for row in counted
        if row["posts"]
    } == Counter((one.at[:cut], one.platform) for one in expected)
    for kind in MOODS:
        same = sum(one.sentiment == kind for one in expected)
        assert sum(row[kind] or 0 for row in counted) == same
    for row in counted:
        neutral = [
            evidence(one)
            for one in expected
            if one.sentiment == "neutral"
            and one.platform == row["platform"]
            and one.at[:cut] == row["bucket"][:cut]
        ]
        known = None if None in neutral else neutral.count(0)
        assert row["without_evidence"] == (None if row["posts"] is None else known)
        assert (row["posts"] is None) == (row["covered"] == 0 and not row["posts"])
        assert (row["polarity"] is None) == (not row["scored"])


# Posts that pass, posts that are read, hits of words: the most of each.
FEW = [(1, 60, 5), (7, 20, 999), (60, 5, 1), (999, 40, 20), (999, 110, 5)]


@settings(max_examples=120, deadline=None)
@given(st.integers(0, 2), SPANS, FILTERS, st.sampled_from(FEW))
@example(0, SPAN, {"lang": "en"}, (999, 3, 999))  # the newest hour has more to be read
@example(0, SPAN, {"lang": "ga"}, (999, 3, 999))  # by its own index, not to the end
@example(1, SPAN, {"q": "party"}, (999, 40, 20))  # a frequent word
@example(1, SPAN, {"term": "rare"}, (999, 40, 20))
def test_it_says_honestly_how_far_back_it_looked(
    stores: list[Store],
    number: int,
    span: dict[str, str],
    filters: dict[str, str],
    limits: tuple[int, int, int],
) -> None:
    found = stores[number]
    expected = passing(found, span, filters)
    given = {"campaign": "leaks", **span, **filters}
    (total,) = rows(found, "filtered_top", limits, **given, facet="total")
    looked_to = total["looked_to"] or ""
    newer = [one for one in expected if one.at > looked_to]
    assert len(newer) <= total["posts"] <= min(limits[0], len(expected))
    assert looked_to or total["posts"] == len(expected)
    # Every bucket is whole, or says that it is not known.
    for row in rows(found, "filtered_volume", limits, **given, bucket="hour"):
        hour = row["bucket"][:13]
        same = sum(
            one.at[:13] == hour and one.platform == row["platform"] for one in expected
        )
        assert row["looked_to"] == total["looked_to"]
        if row["bucket"] < looked_to:
            assert row["posts"] is None
        elif row["covered"]:
            assert row["posts"] == same
    newest = rows(found, "newest_posts", **given, top="5")
    assert [row["id"] for row in newest] == [one.id for one in expected[:5]]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2), SPANS, FILTERS)
def test_roll_ups_count_the_same_as_the_posts(
    stores: list[Store], number: int, span: dict[str, str], filters: dict[str, str]
) -> None:
    """In whole hours: of a time that begins and ends with one."""
    found = stores[number]
    span = {name: f"{at[:13]}:00:00Z" for name, at in span.items()}
    exact = {name: value for name, value in filters.items() if name != "q"}
    expected = passing(found, span, exact)
    given = {"campaign": "leaks", **span, **exact}
    volume = rows(found, "volume", **given, bucket="hour")
    assert sum(row["posts"] or 0 for row in volume) == len(expected)
    moods = rows(found, "sentiment", **given, bucket="hour")
    for kind in MOODS:
        same = sum(one.sentiment == kind for one in expected)
        assert sum(row[kind] or 0 for row in moods) == same
    spoken = rows(found, "languages", **given)
    assert {row["lang"]: row["posts"] for row in spoken} == Counter(
        one.lang for one in expected
    )
    exact.pop("term", None)
    whole = {"from_at": "2025-05-08T00:00:00Z", "to_at": "2025-05-11T00:00:00Z"}
    shares = rows(found, "term_shares", campaign="leaks", **whole, **exact)
    by_term = Counter(
        term for one in passing(found, whole, exact) for term in one.terms
    )
    assert {row["value"]: row["posts"] for row in shares if row["posts"]} == by_term


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2), SPANS, FILTERS)
def test_the_most_shared_are_of_those_that_pass(
    stores: list[Store], number: int, span: dict[str, str], filters: dict[str, str]
) -> None:
    found = stores[number]
    expected = [one for one in passing(found, span, filters) if one.id % 7]
    given = {"campaign": "leaks", **span, **filters}
    shared = rows(found, "most_shared", **given, top="8")
    order = sorted(expected, key=lambda one: (one.id % 7, one.id), reverse=True)
    assert [row["id"] for row in shared] == [one.id for one in order[:8]]


HOSTILE = [
    '"',
    '"party" OR "harbour"',
    "text:party",
    "from:person3",
    "party*",
    "NEAR(party harbour)",
    "^party",
    "-party",
    "party\0harbour",
    "\0",
    "\u202eytrap\u202c",
    "\u2066party\u2069",
    "'; drop table posts; --",
    "(" * 300,
    "party " * 3000,
    "x" * 100_000,
    "\ud7ff\U0010ffff",
    "() {} [] + : ^",
]


@pytest.mark.parametrize("words", HOSTILE, ids=lambda text: repr(text[:12]))
@pytest.mark.parametrize(
    "name", ["filtered_top", "filtered_volume", "newest_posts", "most_shared"]
)
def test_hostile_words_are_words(stores: list[Store], name: str, words: str) -> None:
    found = rows(stores[0], name, campaign="leaks", **SPAN, q=words)
    whole = rows(stores[0], name, campaign="leaks", **SPAN)
    assert len(found) <= len(whole)


def test_words_never_choose_by_who_wrote(stores: list[Store]) -> None:
    for words in ("from:person3", "person3", "author:person3", "handle:person3"):
        assert rows(stores[0], "newest_posts", campaign="leaks", **SPAN, q=words) == []
    said = rows(
        stores[0], "newest_posts", campaign="leaks", **SPAN, q="ete PARTY", top="99"
    )
    assert len(said) == len(passing(stores[0], SPAN, {"q": "été party"})) > 0


@pytest.mark.parametrize(
    "name", ["filtered_top", "filtered_volume", "newest_posts", "most_shared"]
)
@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"term": "x"}, "term: the campaign has none written x"),
        ({"term": "x", "q": "never"}, "term: the campaign has none written x"),
        ({"sentiment": "angry"}, "sentiment: write negative, neutral"),
        ({"campaign": "x", "q": "party"}, "campaign: there is none called x"),
        ({"campaign": "", "lang": "en"}, "campaign: name one, as in .campaign=leaks"),
        ({"from_at": "soon", "q": "never"}, "from_at: write it as 2026-05-01"),
        ({"to_at": "2025-02-31", "lang": "xx"}, "to_at: write it as 2026-05-01"),
    ],
)
def test_what_is_wrong_is_named(
    stores: list[Store], name: str, wrong: dict[str, str], sentence: str
) -> None:
    with pytest.raises(sqlite3.OperationalError, match=sentence):
        rows(stores[0], name, **{"campaign": "leaks", **SPAN, **wrong})


def test_a_wrong_facet_is_named(stores: list[Store]) -> None:
    with pytest.raises(sqlite3.OperationalError, match="facet: write total, hashtag"):
        rows(stores[0], "filtered_top", campaign="leaks", **SPAN, facet="person")


@pytest.mark.parametrize(
    "name", ["filtered_top", "filtered_volume", "newest_posts", "most_shared"]
)
def test_nothing_is_read_that_an_index_or_a_roll_up_spares(
    stores: list[Store], name: str
) -> None:
    """No Bloom filter, for which SQLite 3.40 reads all of a table first (coverage,
    campaigns and the most shared of all posts are small); posts and matches by their
    indexes alone."""
    conn = stores[0].conn
    conn.execute("analyze")
    query = queries()[name]
    plan = [
        row["detail"]
        for row in conn.execute(f"explain query plan {query.sql}", query.bind({}))
    ]
    blooms = [step for step in plan if step.startswith("BLOOM FILTER ON")]
    spared = (
        "BLOOM FILTER ON c (source_id=? AND term_id=?)",
        "BLOOM FILTER ON c (slug=?)",
    )
    assert name == "most_shared" or not [one for one in blooms if one not in spared]
    assert [step for step in plan if "m USING INDEX matches_newest" in step]
    assert [step for step in plan if "posts_lang (lang=? AND published_at>?" in step]
    assert [step for step in plan if "posts_platform (platform=? AND publ" in step]
    tables = ("posts", "matches", "authors", "hourly", "post_hashtags", "post_links")
    known = {*tables, "p", "m", "v"}
    assert not [step for step in plan if step.removeprefix("SCAN ") in known]


@pytest.mark.parametrize("name", ["filtered_top", "most_shared"])
def test_where_roll_ups_know_that_nothing_passes_nothing_is_read(
    stores: list[Store], name: str
) -> None:
    asked = {"campaign": "leaks", **SPAN, "lang": "xx"}
    found = rows(stores[0], name, (5, 3, 3), **asked)
    total = [row for row in found if row.get("facet") == "total"]
    assert [row["looked_to"] for row in total] == [None] * (name == "filtered_top")
    assert not [row for row in found if row.get("id") or row.get("posts")]
