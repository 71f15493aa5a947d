"""Stored posts scored anew, by one process or several, and stored by this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from db import rescoring
from db.connection import Database
from db.records import Score
from groundswell import workers
from groundswell.scoring import Scorer

CHUNK = 2_000
_AHEAD = 4  # chunks that are scored while one is stored
_Chunk = list[rescoring.StoredWords]


def rescore(
    database: Database,
    scorer: Scorer,
    *,
    everything: bool = False,
    also: Sequence[str] = (),
    pool: ProcessPoolExecutor | None = None,
) -> Iterator[int]:
    """Score what another scorer scored, or everything; yields how many were done, chunk by
    chunk, each of them stored. also: the scorers whose scores may stay. pool: processes of
    `workers.pool` that score."""
    current = None if everything else (scorer.name, *also)
    for posts, scores in _scored(_chunks(database, current), scorer, pool):
        rescoring.store_scores(database, list(zip(posts, scores, strict=True)))
        yield len(posts)


def _chunks(database: Database, current: Sequence[str] | None) -> Iterator[_Chunk]:
    after = 0
    while posts := rescoring.next_posts(database, current, after=after, limit=CHUNK):
        after = posts[-1].id
        yield posts


def _scored(
    chunks: Iterator[_Chunk], scorer: Scorer, pool: ProcessPoolExecutor | None
) -> Iterator[tuple[_Chunk, list[Score]]]:
    """Each chunk with its scores, in order; the pool's processes work ahead."""
    if pool is None:
        yield from ((c, scorer.score(c)) for c in chunks)
        return
    waiting: deque[tuple[_Chunk, Future[list[workers.Cells]]]] = deque()
    for chunk in chunks:
        waiting.append((chunk, pool.submit(workers.score, chunk)))
        if len(waiting) > _AHEAD:
            done, future = waiting.popleft()
            yield done, [Score(*cells) for cells in future.result()]
    for done, future in waiting:
        yield done, [Score(*cells) for cells in future.result()]
