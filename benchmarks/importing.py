"""Imports: their rate against plain executemany, with scores, and the memory they take.

    ./run bench importing
    .venv/bin/python -m benchmarks.importing 5     # one file of 5 GB, for its memory

A made-up file of X's posts (v2, one a line) is imported by the command itself, in a
process of its own, without scores. Then the rows that it made are put by plain executemany
into new tables with the same indexes and search index, in batches of the same size: that is
what SQLite alone takes. Both several times in turn; the ratio is of the medians. With
scores the rate stands beside the scorer's own, on as many processes as there are
processors. Memory is the storing process's peak, for a file and for one four times as long.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import islice
from pathlib import Path

from benchmarks._figures import note
from benchmarks.storing import TABLES, plain
from collectors.base import Author, Post
from groundswell import sentiment
from groundswell.digesting import BATCH
from groundswell.language import EldcDetector
from groundswell.scoring import Scorer

POSTS = 100_000
_ROUNDS = 3
_LONGER = 4
_LIMIT_MB = 300.0
_LONG = 4_000
_WORDS = (
    "The members were told a very different story about the reading room today",
    "What a wonderful evening, thank you to everybody who came and helped",
    "Nobody knows where the second memo went, and that is a disgrace",
    "Doors open at six; the agenda is on the table by the window",
)
# What an import fills for each post; the tables of the watch list are made by opening.
_TABLES = (
    *TABLES, "hourly", "daily", "daily_hashtags", "daily_links", "daily_terms",
    "hourly_terms",
    "daily_voices",
    "hourly_messages",
)  # fmt: skip


def main(posts: int = POSTS, rounds: int = _ROUNDS) -> int:
    """Print rates, ratios and peaks; 1 where memory grows past its limit."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = written(folder / "posts.jsonl", posts)
        # Before this process has grown: a child's peak begins with its parent's size.
        long = written(folder / "long.jsonl", posts * _LONGER)
        _, small = imported(folder, file, "--no-score")
        _, large = imported(folder, long, "--no-score")
        imports, floors = [], []
        for _ in range(rounds):
            imports.append(imported(folder, file, "--no-score")[0])
            os.sync()
            for old in folder.glob("floor.db*"):
                old.unlink()
            full = folder / "data" / "campaigns.db"
            floors.append(plain(full, folder / "floor.db", _TABLES))
        scored = statistics.median(imported(folder, file)[0] for _ in range(rounds))
    took, floor = statistics.median(imports), statistics.median(floors)
    note(
        "importing without scores",
        f"{posts / took:,.0f} posts/s",
        reference=f"executemany, {posts / floor:,.0f} posts/s",
        ratio=floor / took,
        aim="0.5",
    )
    own = scorers_rate(posts)
    note(
        "importing with scores",
        f"{posts / scored:,.0f} posts/s",
        reference=f"the scorer alone on all processors, {own:,.0f} posts/s",
        ratio=posts / scored / own,
        aim="0.9",
    )
    note(
        "importing: peak memory",
        f"{large:.0f} MB for {posts * _LONGER:,} posts",
        reference=f"{small:.0f} MB for {posts:,}",
        ratio=large / small,
        aim=f"under {_LIMIT_MB:.0f} MB",
    )
    return 0 if large < _LIMIT_MB else 1


def large(gigabytes: float) -> int:
    """Print the peak for one file of so many GB, records as long as X's own are (4 KB);
    1 where it is past the limit."""
    with tempfile.TemporaryDirectory() as name:
        folder, posts = Path(name), int(gigabytes * 1e9 / _LONG)
        file = written(folder / "large.jsonl", posts, length=_LONG)
        seconds, peak = imported(folder, file, "--no-score")
        print(
            f"{file.stat().st_size / 1e9:.2f} GB, {posts:,} posts: {seconds:.0f} s, "
            f"{posts / seconds:,.0f} posts/s, peak {peak:.0f} MB"
        )
    return 0 if peak < _LIMIT_MB else 1


def written(path: Path, posts: int, *, length: int = 0) -> Path:
    """A file of posts, a line each. length: how long a line is at least, in bytes."""
    filler = [{"entity": {"description": "x" * 500}}] * (length // 500)
    with path.open("w", encoding="utf-8") as file:
        for record in records(posts):
            file.write(json.dumps(record | {"context_annotations": filler}) + "\n")
    return path


def records(posts: int, *, first: int = 0) -> Iterator[dict[str, object]]:
    people = max(1, posts // 4)
    for n in range(first, first + posts):
        tag, place = "#LabourLeaks", f"https://gazette.example/{n % 400}"
        yield {
            "id": str(1_587_000_000_000_000_000 + n),
            "text": f"{_WORDS[n % 4]} {n} {tag} https://t.co/{n % 400}",
            "created_at": f"2022-11-{1 + n % 28:02d}T{n % 24:02d}:{n % 60:02d}:00.000Z",
            "lang": "en",
            "author_id": str(77 + n % people),
            "author": {"id": str(77 + n % people), "username": f"p{n % 4999}"},
            "public_metrics": {"like_count": n % 90, "retweet_count": n % 7},
            "entities": {
                "hashtags": [{"tag": "LabourLeaks"}],
                "urls": [{"url": f"https://t.co/{n % 400}", "expanded_url": place}],
            },
        }


def imported(folder: Path, file: Path, *options: str) -> tuple[float, float]:
    """Import into a new database: seconds, and the peak in MB."""
    for old in (folder / "data").glob("*"):
        old.unlink()
    (folder / "groundswell.toml").write_text(
        '[[campaign]]\nslug = "leaks"\nhashtags = ["LabourLeaks"]\n'
    )
    command = [sys.executable, "-m", "groundswell", "import", str(file)]
    os.sync()  # what the run before left to be written must not slow this one
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


def scorers_rate(posts: int) -> float:
    """Posts a second that the scorer gives on all processors, a process on each."""
    count = len(os.sched_getaffinity(0))
    share = posts // count
    with ProcessPoolExecutor(
        count, mp_context=multiprocessing.get_context("spawn")
    ) as pool:
        firsts = [n * share for n in range(count)]
        list(pool.map(_scored, [posts] * count, [BATCH] * count))  # loaded and warm
        began = time.perf_counter()
        list(pool.map(_scored, firsts, [share] * count))
        return share * count / (time.perf_counter() - began)


def _scored(first: int, posts: int) -> None:
    scorer = _scorer()
    nobody = Author(platform="x", uri="x:author-of:1")
    texts = (str(record["text"]) for record in records(posts, first=first))
    while batch := list(islice(texts, BATCH)):
        scorer.score(
            [
                Post(
                    platform="x",
                    uri=f"x:{n}",
                    author=nobody,
                    published_at=None,
                    text=text,
                    lang="en",
                )
                for n, text in enumerate(batch)
            ]
        )


@cache
def _scorer() -> Scorer:
    return Scorer(sentiment.load(), EldcDetector(), ("LabourLeaks",))


if __name__ == "__main__":
    sys.exit(large(float(sys.argv[1])) if sys.argv[1:] else main())
