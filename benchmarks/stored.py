"""A store of so many made-up posts, with the shape of real ones, for the other benchmarks.

    .venv/bin/python -m benchmarks.stored 1000000 big.db

Authors, tags, links and words are spread by Zipf's law, hours by day and night with a few
bursts; there are replies, reposts, languages, repeated texts, and posts that were taken
back. The tables are those of today's schema. So that ten million take minutes, rows are
put in before the indexes are made, and roll-ups and search index are built from them at
the end, by the store's own code.
"""

from __future__ import annotations

import math
import random
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from pathlib import Path
from typing import Any

from db import rollups
from db.connection import open_database
from db.messages import message_of
from db.times import to_seconds, to_text

END = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAYS = 90
_BATCH = 50_000
_PLATFORMS = ("mastodon", "bluesky", "x", "reddit", "youtube", "nostr", "feed")
_SHARES = (34, 34, 14, 7, 5, 3, 3)
_LANGS, _LANG_SHARES = ("en", "de", "fr", "es", "und"), (70, 10, 8, 7, 5)
_MOODS = ("negative", "neutral", "positive")
_CAMPAIGNS = (("labourleaks", 85), ("harbour", 15))
_WORDS = 8_000
_TAGS = 5_000
_STATEMENTS = {
    "posts": (
        "id, platform, uri, url, kind, author_id, text, lang, published_at, observed_at, "
        "state, replies, reposts, likes, polarity, subjectivity, sentiment, unscored, "
        "scorer, message"
    ),
    "matches": "campaign_id, post_id, term_id, published_at, first",
    "observations": "post_id, term_id, source_id, first_s, matched_by",
    "post_hashtags": "post_id, hashtag_id",
    "post_links": "post_id, link_id",
    "metrics": "post_id, source_id, at_s, replies, reposts, likes, quotes, views",
    "copies": "scheme, source_id, value, post_id",
}
Row = tuple[Any, ...]


def make(path: Path, posts: int, *, seed: int = 7) -> Path:
    """A new database file at `path`."""
    db = open_database(path)
    conn = db.conn
    for pragma in ("synchronous = off", "foreign_keys = off", "cache_size = -400000"):
        conn.execute(f"pragma {pragma}")
    later = _without_indexes(conn)
    world = _World(posts, random.Random(seed))
    conn.execute("begin")
    _name_things(conn, world)
    rows = world.rows()
    while batch := list(islice(rows, _BATCH)):
        for table, columns in _STATEMENTS.items():
            marks = ", ".join("?" * (columns.count(",") + 1))
            conn.executemany(
                f"insert or ignore into {table} ({columns}) values ({marks})",
                [row for one in batch for row in one[table]],
            )
    for statement in later:
        conn.execute(statement)
    rollups.rebuild(conn)
    conn.execute("insert into posts_fts(posts_fts) values ('rebuild')")
    conn.execute("commit")
    conn.execute("pragma wal_checkpoint(truncate)").fetchone()
    db.close()
    return path


def _without_indexes(conn: sqlite3.Connection) -> list[str]:
    """Drop the indexes of the posts' tables; what makes them again."""
    found = conn.execute(
        "select name, sql from sqlite_master where type = 'index' and sql is not null "
        "and tbl_name in (select value from json_each(?))",
        ('["posts", "matches", "post_hashtags", "post_links", "copies", "authors"]',),
    ).fetchall()
    for name, _ in found:
        conn.execute(f"drop index {name}")
    return [sql for _, sql in found]


def _name_things(conn: sqlite3.Connection, world: _World) -> None:
    """Campaigns, terms, sources, people, tags, links, and what was seen."""
    begin, end = to_text(END - timedelta(days=DAYS)), to_text(END)
    for number, (slug, _) in enumerate(_CAMPAIGNS, start=1):
        conn.execute(
            "insert into campaigns (id, slug, title, description) values (?, ?, ?, ?)",
            (number, slug, f"#{slug}", "Made up for a benchmark."),
        )
        conn.execute(
            "insert into terms (id, campaign_id, kind, value, display, added_at) "
            "values (?, ?, 'hashtag', ?, ?, ?)",
            (number, number, slug, slug, begin),
        )
    for number, platform in enumerate(_PLATFORMS, start=1):
        conn.execute(
            "insert into sources (id, slug, platform, base_url, state, last_ok_at) "
            "values (?, ?, ?, ?, 'ok', ?)",
            (number, platform, platform, f"https://{platform}.example", end),
        )
        for term in (1, 2):
            conn.execute(
                "insert into coverage (source_id, term_id, from_at, to_at, state) "
                "values (?, ?, ?, ?, 'complete')",
                (number, term, begin, end),
            )
    conn.executemany(
        "insert into authors (id, platform, uri, handle, display_name, url, followers, "
        "first_seen_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
        world.people(),
    )
    conn.executemany(
        "insert into hashtags (id, tag) values (?, ?)",
        enumerate(world.tags, start=1),
    )
    conn.executemany(
        "insert into links (id, url, domain) values (?, ?, ?)",
        (
            (
                n,
                f"https://gazette{n % 40}.example/story/{n}",
                f"gazette{n % 40}.example",
            )
            for n in range(1, world.links + 1)
        ),
    )


class _World:
    """Who there is, what they say, and when."""

    def __init__(self, posts: int, dice: random.Random) -> None:
        self.posts = posts
        self.dice = dice
        self.authors = max(10, posts // 8)
        self.links = max(10, posts // 40)
        self.words = [_word(n) for n in range(_WORDS)]
        self.weights = list(accumulate(1 / (n + 3) for n in range(_WORDS)))
        self.tags = ["labourleaks", "harbour"]
        self.tags += [f"{_word(n)}{n}" for n in range(_TAGS)]

    def people(self) -> Iterator[Row]:
        """Rows of authors. Their platform is that of their number."""
        at = to_text(END - timedelta(days=DAYS))
        for n in range(1, self.authors + 1):
            where = _PLATFORMS[n % len(_PLATFORMS)]
            uri = f"https://{where}.example/users/{n}"
            yield n, where, uri, f"person{n}@{where}.example", f"Person {n}", uri, n, at

    def rows(self) -> Iterator[dict[str, Sequence[Row]]]:
        """Each post with all that hangs on it, by table, in the order of collection."""
        for post_id, moment in enumerate(self._moments(), start=1):
            yield self._post(post_id, moment)

    def _moments(self) -> Iterator[datetime]:
        """Day and night, weekends, and a burst of a day each month; growing in time."""
        hours = [
            (2 + math.sin((hour % 24 - 9) / 24 * math.tau))
            * (0.6 if hour // 24 % 7 > 4 else 1.0)
            * (6.0 if hour // 24 % 30 == 17 else 1.0)
            for hour in range(DAYS * 24)
        ]
        whole, done, begin = sum(hours), 0.0, END - timedelta(days=DAYS)
        for hour, weight in enumerate(hours):
            first, done = round(done / whole * self.posts), done + weight
            count = round(done / whole * self.posts) - first
            for n in range(count):
                yield begin + timedelta(hours=hour, seconds=3600 * n / count)

    def _zipf(self, count: int) -> int:
        """A number from 1 to count, the small ones most."""
        return int(count ** self.dice.random()) or 1

    def _text(self, post_id: int) -> str:
        dice = self.dice
        if dice.random() < 0.08:  # a letter that many send
            dice = random.Random(post_id % 97)
        told = dice.choices(self.words, cum_weights=self.weights, k=dice.randint(6, 34))
        return " ".join(told)

    def _post(self, post_id: int, moment: datetime) -> dict[str, Sequence[Row]]:
        dice, at = self.dice, to_text(moment)
        campaign = 1 if dice.random() < _CAMPAIGNS[0][1] / 100 else 2
        author = self._zipf(self.authors)
        platform = _PLATFORMS[author % len(_PLATFORMS)]
        if dice.random() < 0.7:  # most platforms differ in size
            platform = dice.choices(_PLATFORMS, _SHARES)[0]
        source = _PLATFORMS.index(platform) + 1
        uri = f"https://{platform}.example/post/{post_id}"
        lang = dice.choices(_LANGS, _LANG_SHARES)[0]
        mood = dice.choice(_MOODS) if lang == "en" else None
        state = "deleted" if dice.random() < 0.02 else "live"
        text = (
            f"{self._text(post_id)} #{self.tags[campaign - 1]}"
            if state == "live"
            else ""
        )
        counts = [self._zipf(60) - 1 for _ in range(3)]
        tags = {campaign, *(2 + self._zipf(_TAGS) for _ in range(dice.randrange(3)))}
        linked = [self._zipf(self.links)] if dice.random() < 0.3 else []
        polarity = {"negative": -0.4, "neutral": 0.0, "positive": 0.5}.get(mood or "")
        message = message_of(text, None, map(str, linked), None, uri) if text else None
        live = state == "live"
        return {
            "posts": [(
                post_id, platform, uri, uri, dice.choice(("post", "post", "reply")),
                author, text, lang, at, at, state, *counts, polarity if live else None,
                0.5 if live and mood else None, mood if live else None,
                None if live and mood else "language" if live else state,
                "textblob 0.20.1", message,
            )],
            "matches": [(campaign, post_id, campaign, at, 1)],
            "observations": [(post_id, campaign, source, to_seconds(moment), "tag")],
            "post_hashtags": [(post_id, tag) for tag in tags] if live else [],
            "post_links": [(post_id, link) for link in linked] if live else [],
            "metrics": [
                (post_id, source, to_seconds(moment), *counts, None, None)
            ],
            "copies": [("local_id", source, str(post_id), post_id)],
        }  # fmt: skip


def _word(number: int) -> str:
    """A word that can be said: a syllable for each digit."""
    parts = (
        "ba",
        "do",
        "fi",
        "gu",
        "ka",
        "le",
        "mi",
        "no",
        "ra",
        "su",
        "ta",
        "ve",
        "zo",
    )
    word = ""
    while True:
        number, last = divmod(number, len(parts))
        word += parts[last]
        if not number:
            return word


def main(args: Sequence[str]) -> int:
    """Make a file: the number of posts, its path."""
    say: Callable[[str], None] = print
    path = make(Path(args[1]), int(args[0]))
    say(f"{path}: {path.stat().st_size / 1e9:.2f} GB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
