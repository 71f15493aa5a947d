"""Imports: their rate against plain executemany, with scores, and the memory they take.

    ./run bench importing

A made-up file of X's posts (v2, one a line) is imported by the command itself, in a
process of its own, without scores. Then the rows that it made are put by plain executemany
into new tables with the same indexes and search index, in batches of the same size: that is
what SQLite alone takes. Both several times in turn; the ratio is of the medians. Memory is
the process's peak, for a file and for one ten times as long.
"""

from __future__ import annotations

import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from db.connection import open_database
from groundswell.digesting import BATCH

POSTS = 20_000
_ROUNDS = 3
_LIMIT_MB = 300.0
_WORDS = (
    "The members were told a very different story about the reading room today",
    "What a wonderful evening, thank you to everybody who came and helped",
    "Nobody knows where the second memo went, and that is a disgrace",
    "Doors open at six; the agenda is on the table by the window",
)
# What an import fills for each post; the tables of the watch list are made by opening.
_TABLES = (
    "authors", "posts", "matches", "observations", "copies", "hashtags", "post_hashtags",
    "links", "post_links", "mentions", "media", "metrics", "revisions", "rechecks",
    "hourly", "daily_hashtags", "daily_links", "daily_messages", "daily_voices",
)  # fmt: skip


def main(posts: int = POSTS, rounds: int = _ROUNDS) -> int:
    """Print rates, ratios and peaks; 1 where memory grows past its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = _written(folder / "posts.jsonl", posts)
        imports, floors = [], []
        for _ in range(rounds):
            seconds, small = _imported(folder, file, "--no-score")
            imports.append(seconds)
            floors.append(_floor(folder / "data" / "campaigns.db", folder / "floor.db"))
        scored, _ = _imported(folder, file)
        long = _written(folder / "long.jsonl", posts * 10)
        _, large = _imported(folder, long, "--no-score")
    took, floor = statistics.median(imports), statistics.median(floors)
    print(f"import, no scores: {posts / took:,.0f} posts/s (median of {rounds})")
    print(f"executemany alone: {posts / floor:,.0f} posts/s (median of {rounds})")
    print(f"ratio: {floor / took:.2f} of executemany's rate")
    print(f"import with scores: {posts / scored:,.0f} posts/s, all processors")
    print(
        f"peak memory: {small:.0f} MB for {posts:,} posts, {large:.0f} MB for ten times"
    )
    return 0 if large < _LIMIT_MB else 1


def _written(path: Path, posts: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for record in _records(posts):
            file.write(json.dumps(record) + "\n")
    return path


def _records(posts: int) -> Iterator[dict[str, object]]:
    for n in range(posts):
        tag, place = "#LabourLeaks", f"https://gazette.example/{n % 400}"
        yield {
            "id": str(1_587_000_000_000_000_000 + n),
            "text": f"{_WORDS[n % 4]} {n} {tag} https://t.co/{n % 400}",
            "created_at": f"2022-11-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}:00.000Z",
            "lang": "en",
            "author_id": str(77 + n % (posts // 4)),
            "author": {"id": str(77 + n % (posts // 4)), "username": f"p{n % 4999}"},
            "public_metrics": {"like_count": n % 90, "retweet_count": n % 7},
            "entities": {
                "hashtags": [{"tag": "LabourLeaks"}],
                "urls": [{"url": f"https://t.co/{n % 400}", "expanded_url": place}],
            },
        }


def _imported(folder: Path, file: Path, *options: str) -> tuple[float, float]:
    """Import into a new database: seconds, and the peak in MB."""
    for old in (folder / "data").glob("*"):
        old.unlink()
    (folder / "groundswell.toml").write_text(
        '[[campaign]]\nslug = "leaks"\nhashtags = ["LabourLeaks"]\n'
    )
    command = [sys.executable, "-m", "groundswell", "import", str(file)]
    began = time.perf_counter()
    child = subprocess.Popen(
        [*command, "--campaign", "leaks", *options],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"the import ended with {child.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def _floor(full: Path, path: Path) -> float:
    """Seconds that executemany takes for the same rows, indexes and search index."""
    for old in path.parent.glob(f"{path.name}*"):
        old.unlink()
    source = sqlite3.connect(full)
    rows = {
        name: source.execute(f"select * from {name}").fetchall() for name in _TABLES
    }
    words = source.execute("select id, text, title from posts").fetchall()
    source.close()
    conn = open_database(path).conn
    conn.execute("pragma foreign_keys = off")
    began = time.perf_counter()
    for name, lines in rows.items():
        marks = ", ".join("?" * len(lines[0])) if lines else ""
        _put(conn, f"insert into {name} values ({marks})", lines)
    _put(conn, "insert into posts_fts (rowid, text, title) values (?, ?, ?)", words)
    seconds = time.perf_counter() - began
    conn.close()
    return seconds


def _put(
    conn: sqlite3.Connection, statement: str, lines: list[tuple[object, ...]]
) -> None:
    for start in range(0, len(lines), BATCH):
        conn.execute("begin")
        conn.executemany(statement, lines[start : start + BATCH])
        conn.execute("commit")


if __name__ == "__main__":
    sys.exit(main())
