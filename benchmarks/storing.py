"""Storing what walks bring, in batches of 1,000, beside plain executemany.

    ./run bench storing

The posts are a collector's records with tags, links, counts and scores. Ours: what
`record_walk` does, all of it. The other: the rows that came of it, put by executemany into
new tables with the same indexes and search index, roll-ups left out. In one process, by
turns; the ratio is of the medians.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks._figures import note
from collectors.base import Author, Post, Term
from db import store, walks, watchlist
from db.connection import open_database
from db.records import Score, Sighting, Span, WalkRecord

POSTS = 50_000
_ROUNDS = 3
_BATCH = 1_000
_NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_SCORE = Score("en", 0.1, 0.2, "positive", None, None, "textblob/0.20.1")
_WORDS = (
    "The members were told a very different story about the reading room today",
    "What a wonderful evening, thank you to everybody who came and helped",
    "Nobody knows where the second memo went, and that is a disgrace",
    "Doors open at six; the agenda is on the table by the window",
)
TABLES = (
    "authors", "posts", "matches", "observations", "copies", "hashtags", "post_hashtags",
    "links", "post_links", "mentions", "media", "metrics", "revisions", "rechecks",
)  # fmt: skip


def main(posts: int = POSTS, rounds: int = _ROUNDS) -> int:
    """Note both rates and their ratio."""
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as name:
        for turn in range(rounds):
            file = Path(name) / f"ours-{turn}.db"
            ours.append(_stored(file, posts))
            theirs.append(plain(file, Path(name) / f"theirs-{turn}.db"))
    took, floor = statistics.median(ours), statistics.median(theirs)
    note(
        "storing walks' posts",
        f"{posts / took:,.0f} posts/s",
        reference=f"executemany without roll-ups, {posts / floor:,.0f} posts/s",
        ratio=floor / took,
        aim="0.5",
    )
    return 0


def _stored(path: Path, posts: int) -> float:
    """Seconds to store so many posts in a new file by the collector's own way."""
    with closing(open_database(path)) as db:
        campaign = watchlist.WatchedCampaign(
            "leaks", "Leaks", None, None, None, (Term("hashtag", "LabourLeaks"),)
        )
        server = watchlist.WatchedSource("one", "mastodon", "https://one.example", "")
        watchlist.sync(db, [campaign], [server], _NOW)
        jobs = {(1, "forward"): timedelta(minutes=5)}
        walks.plan(db, 1, jobs, _NOW)  # type: ignore[arg-type]
        took = 0.0
        for record in _records(posts):
            began = time.perf_counter()
            store.record_walk(db, record)
            took += time.perf_counter() - began
    return took


def _records(posts: int) -> Iterator[WalkRecord]:
    for first in range(0, posts, _BATCH):
        at = _NOW + timedelta(seconds=first)
        numbers = range(first, min(first + _BATCH, posts))
        yield WalkRecord(
            source_id=1, term_id=1, term_ids=(1,), walk="forward",
            started_at=at, finished_at=at, outcome="complete",
            sightings=tuple(_sighting(n, at) for n in numbers),
            spans=(Span(at - timedelta(seconds=_BATCH), at, "complete"),),
            requests=1, checkpoint=str(first), next_due_at=at, interval_s=60,
            failures=0, source_state="ok",
        )  # fmt: skip


def _sighting(n: int, at: datetime) -> Sighting:
    uri = f"https://one.example/users/p{n % 4999}"
    person = Author(platform="mastodon", uri=uri, handle=f"p{n % 4999}@one.example")
    post = Post(
        platform="mastodon", uri=f"https://one.example/statuses/{n}",
        url=f"https://one.example/@p{n % 4999}/{n}", author=person,
        published_at=at - timedelta(seconds=n % 900), lang="en",
        text=f"{_WORDS[n % 4]} {n} #LabourLeaks", hashtags=("labourleaks", f"t{n % 999}"),
        links=(f"https://gazette.example/{n % 400}",),
        replies=n % 3, reposts=n % 7, likes=n % 90,
    )  # fmt: skip
    return Sighting(post, ((1, "tag"),), _SCORE)


def plain(full: Path, path: Path, tables: Sequence[str] = TABLES) -> float:
    """Seconds that executemany takes to put the same rows into the same tables, indexes
    and search index, a batch a transaction."""
    with closing(sqlite3.connect(full)) as source:
        rows = {
            name: source.execute(
                f"select {_columns(source, name)} from {name}"
            ).fetchall()
            for name in tables
        }
        words = source.execute("select id, text, title from posts").fetchall()
    with closing(open_database(path)) as db:
        db.conn.execute("pragma foreign_keys = off")
        began = time.perf_counter()
        for name, lines in rows.items():
            marks = ", ".join("?" * len(lines[0])) if lines else ""
            columns = _columns(db.conn, name)
            _put(db.conn, f"insert into {name} ({columns}) values ({marks})", lines)
        _put(
            db.conn,
            "insert into posts_fts (rowid, text, title) values (?, ?, ?)",
            words,
        )
        return time.perf_counter() - began


def _columns(conn: sqlite3.Connection, table: str) -> str:
    """The columns that are stored, those that are made of others left out."""
    return ", ".join(row[1] for row in conn.execute(f"pragma table_info({table})"))


def _put(
    conn: sqlite3.Connection, statement: str, lines: list[tuple[object, ...]]
) -> None:
    for start in range(0, len(lines), _BATCH):
        conn.execute("begin")
        conn.executemany(statement, lines[start : start + _BATCH])
        conn.execute("commit")


if __name__ == "__main__":
    sys.exit(main())
