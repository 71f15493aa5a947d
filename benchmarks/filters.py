"""What a filter of the campaign's page costs: processor time of each query that heeds it.

    ./run bench filters                               a million posts; makes them first
    .venv/bin/python -m benchmarks.filters big.db     a file of benchmarks.stored, changed

The file gets a language and a term that one post in a thousand has, and a term that one in
four has. Each query is asked on a connection of its own (first: it is planned, and nothing
of the file is cached) and then again. Times are of this thread alone.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks import stored
from benchmarks._figures import note
from db import rollups
from db.connection import open_database
from db.published import PublishedQuery, queries
from db.times import to_text

_RARE, _OFTEN = "rare", "often seen"
_SPANS = {"7 days": "2026-11-13T13:00:00Z", "90 days": "2026-08-22T12:00:00Z"}
_FILTERS: Mapping[str, Mapping[str, str]] = {
    "language, 70 %": {"lang": "en"},
    "language, 10 %": {"lang": "de"},
    "language, 0.1 %": {"lang": "ga"},
    "sentiment, 23 %": {"sentiment": "negative"},
    "term, a quarter": {"term": _OFTEN},
    "term, 0.1 %": {"term": _RARE},
    "platform 3 %, negative": {"platform": "feed", "sentiment": "negative"},
    "word, 54 %": {"q": "ba"},
    "word, 2.4 %": {"q": "rara"},
    "word, 0.25 %": {"q": "tazono"},
    "two words, language 10 %": {"q": "do ba", "lang": "de"},
}
_QUERIES = ("filtered_top", "filtered_volume", "newest_posts", "most_shared")


def prepare(path: Path) -> None:
    """Give a store of `stored.make` its rare language and its two further terms."""
    db = open_database(path)
    conn = db.conn
    conn.execute("begin")
    for number, value, one_in in ((3, _RARE, 1000), (4, _OFTEN, 4)):
        conn.execute(
            "insert into terms (id, campaign_id, kind, value, display, added_at) "
            "select ?, 1, 'phrase', ?, ?, added_at from terms where id = 1",
            (number, value, value),
        )
        conn.execute(
            "insert into matches (campaign_id, post_id, term_id, published_at, first) "
            "select 1, post_id, ?, published_at, 0 from matches where campaign_id = 1 "
            "and first and (post_id * 2654435761 & 4294967295) % ? = 1",
            (number, one_in),
        )
        conn.execute(
            "insert into coverage (source_id, term_id, from_at, to_at, state) "
            "select source_id, ?, from_at, to_at, state from coverage where term_id = 1",
            (number,),
        )
    conn.execute("update posts set lang = 'ga' where (id * 40503 & 65535) % 1000 = 3")
    rollups.rebuild(conn)
    conn.execute("commit")
    conn.execute("pragma wal_checkpoint(truncate)").fetchone()
    db.close()


def spent(path: Path, query: PublishedQuery, given: Mapping[str, str]) -> list[float]:
    """Milliseconds of this thread: the first time on a connection, and three more times."""
    db = open_database(path, read_only=True)
    times = []
    for _ in range(4):
        began = time.thread_time()
        _rows(db.conn, query, given)
        times.append(1000 * (time.thread_time() - began))
    db.close()
    return times


def _rows(
    conn: sqlite3.Connection, query: PublishedQuery, given: Mapping[str, str]
) -> None:
    conn.execute(query.sql, query.bind(given)).fetchall()


def measure(path: Path) -> None:
    """Note a figure for each filter, time and query."""
    for label, from_at in _SPANS.items():
        span = {"campaign": "labourleaks", "from_at": from_at}
        for what, chosen in _FILTERS.items():
            told = []
            for name in _QUERIES:
                given = {**span, "to_at": to_text(stored.END), **chosen}
                first, *again = spent(path, queries()[name], given)
                told.append(f"{name} {first:.0f}, {statistics.median(again):.0f}")
            note(f"{label}, {what}: ms first, again", "; ".join(told))


def main(posts: int = 1_000_000, path: Path | None = None) -> int:
    """Print the figures; 0."""
    with tempfile.TemporaryDirectory() as folder:
        file = path or stored.make(Path(folder) / "filters.db", posts)
        prepare(file)
        measure(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(path=Path(sys.argv[1]) if sys.argv[1:] else None))
