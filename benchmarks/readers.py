"""Readers while a writer works: how much longer a page takes, and fifty readers at once.

    ./run bench readers

A made-up store is served by the real server. One reader asks for the campaign's page again
and again, first alone, then while another process stores 2,000 posts a second into the
same file by the store's own code, in batches of 200. Then fifty readers ask at once.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx

from benchmarks import stored
from benchmarks._figures import note
from benchmarks._processes import ROOT
from benchmarks.pages import OURS, served
from collectors.base import Author, Post
from db import intake
from db.connection import open_database, transaction
from db.records import Intake, Score, Sighting
from db.rows import new_post

POSTS = 100_000
_SECONDS = 20.0
_RATE, _BATCH = 2_000, 200
_PAGE = "/-/campaign/labourleaks"
_READERS = 50


def main(posts: int = POSTS, seconds: float = _SECONDS) -> int:
    """Print medians and 99th percentiles; 1 where a reader was given an error."""
    with tempfile.TemporaryDirectory() as name:
        file = stored.make(Path(name) / "readers.db", posts)
        with served(OURS, file) as base:
            idle = _asked(base, seconds)
            writer = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.readers", str(file)], cwd=ROOT,
                stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            time.sleep(2)
            busy = _asked(base, seconds)
            writer.terminate()
            said, _ = writer.communicate(timeout=30)
            errors, slowest = _crowd(base)
    note(
        f"a reader beside a writer of {said.strip()}",
        _told(busy),
        reference=f"alone, {_told(idle)}",
        ratio=_p99(busy) / _p99(idle),
        aim="99th percentile under 2",
    )
    note(
        f"{_READERS} readers at once",
        f"{errors} errors, the slowest {slowest:.1f} s",
        aim="no error",
    )
    return 1 if errors else 0


def _asked(base: str, seconds: float) -> list[float]:
    """Milliseconds of each answer, one after the other."""
    taken = []
    with httpx.Client(base_url=base, timeout=60) as client:
        for _ in range(5):
            client.get(_PAGE)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            began = time.perf_counter()
            client.get(_PAGE).raise_for_status()
            taken.append((time.perf_counter() - began) * 1000)
    return taken


def _crowd(base: str) -> tuple[int, float]:
    """How many of many readers at once were given an error, and the longest wait."""

    def ask(_: int) -> tuple[bool, float]:
        began = time.perf_counter()
        answer = httpx.get(base + _PAGE, timeout=120)
        fine = answer.status_code == 200 and "took too long" not in answer.text
        return fine, time.perf_counter() - began

    with ThreadPoolExecutor(_READERS) as pool:
        found = list(pool.map(ask, range(_READERS)))
    return sum(not fine for fine, _ in found), max(wait for _, wait in found)


def _p99(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)]


def _told(taken: Sequence[float]) -> str:
    middle = statistics.median(taken)
    return f"median {middle:.0f} ms, 99th percentile {_p99(taken):.0f} ms"


def write(file: Path) -> None:
    """Store posts at the rate until the process is ended; says how many a second."""
    db = open_database(file)
    begun, done = time.monotonic(), 0
    try:
        for batch in count():
            at = stored.END + timedelta(seconds=batch)
            rows = [new_post(_sighting(batch * _BATCH + n), at) for n in range(_BATCH)]
            with transaction(db) as conn:
                intake.take_in_new(conn, rows, Intake(source_id=1, at=at))
            done += _BATCH
            time.sleep(max(0.0, begun + done / _RATE - time.monotonic()))
    except KeyboardInterrupt:
        pass
    finally:
        print(f"{done / (time.monotonic() - begun):,.0f} posts a second", flush=True)


def _sighting(number: int) -> Sighting:
    uri = f"https://mastodon.example/new/{number}"
    author = Author(
        platform="mastodon", uri=f"https://mastodon.example/u/{number % 997}"
    )
    post = Post(
        platform="mastodon", uri=uri, author=author, published_at=stored.END,
        text=f"A post that comes while others read, number {number} #LabourLeaks",
        hashtags=("labourleaks",), likes=number % 7,
    )  # fmt: skip
    score = Score("en", 0.1, 0.2, "positive", None, None, "textblob 0.20.1")
    return Sighting(post, ((1, "tag"),), score)


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    write(Path(sys.argv[1]))
