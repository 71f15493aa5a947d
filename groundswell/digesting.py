"""What becomes of an archive's records: entries, matched and scored, a block at a time.

    records ─▶ entries ─▶ sightings ─▶ what one transaction stores
       (blocks)  (formats)  (match, score)

A block needs nothing but itself, so it may be digested in another process.
"""

from __future__ import annotations

import os
import pickle
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from collectors.base import Post
from db.imports import Batch
from db.records import Score, Sighting, TermRow
from db.rows import new_post, score_of
from groundswell.archives.containers import Piece, record_of
from groundswell.archives.formats import load
from groundswell.archives.records import Context, Entry, Record
from groundswell.config.loading import Campaign
from groundswell.importing import Part
from groundswell.matching import Watch
from groundswell.workers import Scores, own_scorer

BATCH = 1000
_HEAVY = 4 * BATCH  # many posts may stand in one record
_A_POST = 2000  # characters of JSON
_AHEAD = 4  # blocks that are digested while one is stored
UNSCORED = Score(unscored="not scored yet")


@dataclass(frozen=True, slots=True)
class Block:
    """Some records of one part, as they were read. position: the records of the file
    that are done after it."""

    position: int
    name: str
    format: str
    context: Context
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A block as it is stored. rejects: part, line and reason of what could not be read.
    skipped: how many were left out, by reason."""

    batch: Batch
    rejects: tuple[tuple[str, int, str], ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Desk:
    """What posts are held against. term_id: what a post without a match counts for: the
    archive was collected for this campaign; None leaves such posts out."""

    campaign: Campaign
    rows: tuple[TermRow, ...]
    term_id: int | None

    def watches(self) -> tuple[Watch, ...]:
        """What a post is held against, one after the other until something matches."""
        own = Watch(self.rows, (self.campaign,), frozenset())
        if self.term_id is None:
            return (own,)
        asked = frozenset({self.term_id})
        return own, Watch(self.rows, (self.campaign,), asked, vouched=True)


def blocks(found: Sequence[Part], *, skip: int = 0) -> Iterator[Block]:
    """The records of a file's parts. skip: records that an earlier run has done."""
    position = 0
    for part in found:
        held: list[Piece] = []
        weight = 0
        for piece in part.read():
            position += 1
            if position <= skip:
                continue
            held.append(piece)
            weight += _weight(piece)
            if len(held) >= BATCH or weight >= _HEAVY:
                yield _block(position, part, held)
                held, weight = [], 0
        if held:
            yield _block(position, part, held)


def _block(position: int, part: Part, held: list[Piece]) -> Block:
    return Block(position, part.name, part.format.NAME, part.context, tuple(held))


def _weight(piece: Piece) -> int:
    """About how many posts it may hold: a page of X's has a hundred, at 2 KB each."""
    if not isinstance(piece, Record):
        return 1 + len(piece.text or "") // _A_POST
    lists = (value for value in (piece.value or {}).values() if isinstance(value, list))
    return 1 + sum(map(len, lists))


def digest(block: Block, desk: Desk, now: datetime, scorer: Scores | None) -> Digest:
    """A block's posts with their terms and scores, and what else it holds.

    scorer None: posts are left unscored.
    """
    watches = desk.watches()
    wanted: list[tuple[Post, tuple[tuple[int, str], ...]]] = []
    gone: list[tuple[str, str | None]] = []
    rejects: list[tuple[str, int, str]] = []
    skipped: Counter[str] = Counter()
    for entry in _entries(block):
        if entry.post is not None:
            terms = next(
                filter(None, (w.terms_of(entry.post, now) for w in watches)), ()
            )
            if terms:
                wanted.append((entry.post, terms))
            else:
                skipped["no term matched, excluded, or outside its dates"] += 1
        elif entry.deletion is not None:
            gone.append((entry.deletion, entry.deleted_by))
        elif entry.rejected is not None:
            rejects.append((block.name, entry.line, entry.rejected))
        else:
            skipped[entry.skipped or "not wanted"] += 1
    seen = _sighted(wanted, scorer)
    batch = Batch(
        position=block.position,
        at=now,
        posts=tuple(new_post(sighting, now) for sighting in seen),
        sightings=lambda: seen,
        deletions=tuple(gone),
        rejected=len(rejects),
        skipped=skipped.total(),
    )
    return Digest(batch, tuple(rejects), skipped)


def _entries(block: Block) -> Iterator[Entry]:
    form = load(block.format)
    for record in map(record_of, block.pieces):
        if record.value is None:
            yield Entry(record.line, rejected=record.problem or "it cannot be read")
        else:
            yield from form.entries(record, block.context)


def _sighted(
    wanted: list[tuple[Post, tuple[tuple[int, str], ...]]], scorer: Scores | None
) -> tuple[Sighting, ...]:
    posts = [post for post, _ in wanted]
    scores = scorer.score(posts) if scorer else [UNSCORED] * len(posts)
    pairs = zip(wanted, scores, strict=True)
    return tuple(Sighting(post, terms, score) for (post, terms), score in pairs)


def digests(
    found: Iterator[Block],
    desk: Desk,
    now: datetime,
    scorer: Scores | None,
    pool: ProcessPoolExecutor | None = None,
) -> Iterator[Digest]:
    """Blocks, digested, in their order. pool: does some ahead, in other processes, with
    a scorer of their own."""
    waiting: deque[tuple[Block, Future[bytes]]] = deque()

    def next_one() -> Digest:
        block, future = waiting.popleft()
        done = _unpacked(future.result())
        whole = partial(_sighted_again, block, desk, done.batch)
        return replace(done, batch=replace(done.batch, sightings=whole))

    started = pool.submit(os.getpid) if pool else None
    for block in found:
        if pool is None or started is None or not started.done():
            # Processes take half a second to start: begin without them.
            yield digest(block, desk, now, scorer)
            continue
        waiting.append((block, pool.submit(_digest, block, desk, now)))
        if len(waiting) > _AHEAD:
            yield next_one()
    while waiting:
        yield next_one()


def _unpacked(raw: bytes) -> Digest:
    """What a process of the pool packed."""
    done: Digest = pickle.loads(raw)  # noqa: S301 - our own process wrote it
    return done


def _sighted_again(block: Block, desk: Desk, batch: Batch) -> Sequence[Sighting]:
    """The posts of a block whole, with the scores that another process gave them. That
    one sends rows alone: to send the posts too takes as long as reading them anew, and few
    blocks need it."""
    seen = digest(block, desk, batch.at, None).batch.sightings()
    pairs = zip(seen, batch.posts, strict=True)
    return [replace(sighting, score=score_of(post)) for sighting, post in pairs]


def _digest(block: Block, desk: Desk, now: datetime) -> bytes:
    """A digest, packed: the process that stores takes it apart in its own time, not in
    the thread that brings it. Without the posts themselves: their rows are enough."""
    done = digest(block, desk, now, own_scorer())
    rows = replace(done, batch=replace(done.batch, sightings=tuple))
    return pickle.dumps(rows, pickle.HIGHEST_PROTOCOL)
