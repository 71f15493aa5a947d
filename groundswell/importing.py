"""Archives into the store: recognised, mapped, matched, scored and kept, batch by batch.

    file ─▶ records ─▶ entries ─▶ sightings ─▶ one transaction a batch
            (archives)  (formats)  (match, score)   (db.imports)

Memory holds a few batches, however large the file. Where it stops, it may go on.
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from collectors.base import Author, Post
from db.imports import Batch
from db.records import Score, Sighting, TermRow
from groundswell.archives import containers, reading, table
from groundswell.archives.formats import Format, load, recognise
from groundswell.archives.formats.x_posts import owner_of
from groundswell.archives.reading import Member
from groundswell.archives.records import (
    ArchiveError,
    Container,
    Context,
    Entry,
    Record,
    Sample,
)
from groundswell.config import Campaign
from groundswell.matching import Watch

BATCH = 1000
_AHEAD = 4  # batches that are scored while one is stored
UNSCORED = Score(unscored="not scored yet")


class Scores(Protocol):
    """Posts in, scores out: groundswell.scoring.Scorer."""

    def score(self, posts: Sequence[Post]) -> list[Score]: ...


@dataclass(frozen=True, slots=True)
class Part:
    """One text or table of a file, with what it is."""

    name: str
    container: Container
    format: Format
    context: Context
    read: Callable[[], Iterator[Record]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What staff asked for. format: by name, None to recognise it. columns: names for a
    table without them. mapping: field to column. platform: of a table that does not say.
    """

    format: str | None = None
    columns: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    platform: str | None = None


def parts(
    path: Path, wishes: Wishes, progress: Callable[[int], None] | None = None
) -> list[Part]:
    """What is in a file that can be imported. Raises ArchiveError, naming what is there
    where nothing can be."""
    if reading.magic(path).startswith(b"PAR1"):
        return [_table(path, "parquet", lambda: containers.parquet(path), wishes)]
    if reading.is_workbook(path):
        names = wishes.columns
        return [_table(path, "xlsx", lambda: containers.workbook(path, names), wishes)]
    found, problems = [], []
    everything = reading.members(path)
    owner = _owner(everything)
    for member in everything:
        try:
            found.append(_text(member, wishes, owner, progress))
        except ArchiveError as error:
            problems.append(str(error))
    if not found:
        raise ArchiveError("\n".join(problems[:5]))
    return found


def _text(
    member: Member,
    wishes: Wishes,
    owner: Author | None,
    progress: Callable[[int], None] | None,
) -> Part:
    container = containers.container_of(member)

    def read(told: Callable[[int], None] | None = progress) -> Iterator[Record]:
        return containers.records(
            member, container, columns=wishes.columns, progress=told
        )

    sample = containers.sample(read(None), container, member.name)
    return _part(sample, read, wishes, owner)


def _table(
    path: Path,
    container: Container,
    read: Callable[[], Iterator[Record]],
    wishes: Wishes,
) -> Part:
    return _part(containers.sample(read(), container, path.name), read, wishes)


def _part(
    sample: Sample,
    read: Callable[[], Iterator[Record]],
    wishes: Wishes,
    owner: Author | None = None,
) -> Part:
    name = sample.member
    chosen = load(wishes.format) if wishes.format else recognise(sample)
    columns = {**_proposal(sample), **wishes.mapping}
    if chosen is None and wishes.mapping and not table.missing(columns):
        chosen = load("any_table")
    if sample.records:
        _check(name, sample, wishes.mapping)
    if chosen is None:
        raise ArchiveError(_unknown(name, sample))
    if chosen.NAME == "any_table" and (gone := table.missing(columns)):
        raise ArchiveError(f"{name}: no column is {' and '.join(gone)}; {_how(sample)}")
    context = Context(columns, wishes.platform or "archive", owner)
    return Part(name, sample.container, chosen, context, read)


def _columns(sample: Sample) -> tuple[str, ...]:
    return sample.columns or tuple(sample.records[0] if sample.records else ())


def _proposal(sample: Sample) -> dict[str, str]:
    return table.proposed(_columns(sample))


def _check(name: str, sample: Sample, mapping: dict[str, str]) -> None:
    there = _columns(sample)
    for said, column in mapping.items():
        if said not in table.NAMES:
            known = ", ".join(table.NAMES)
            raise ArchiveError(
                f"--map {said}=…: no field is called so; there are {known}"
            )
        if there and column not in there:
            raise ArchiveError(
                f"{name}: --map {said}={column}: there is no such column; "
                f"there are {', '.join(there[:40])}"
            )


def _unknown(name: str, sample: Sample) -> str:
    if not sample.records:
        return f"{name}: there is not one record in it that can be read"
    return f"{name}: these records are of no format that is known here; {_how(sample)}"


def _how(sample: Sample) -> str:
    there = ", ".join(_columns(sample)[:40])
    return (
        "say which column is what, like --map text=body,published_at=date "
        f"(there are {there})"
    )


def _owner(everything: Sequence[Member]) -> Author | None:
    """Whose X archive it is, from its data/account.js."""
    for member in everything:
        if member.name.endswith("account.js"):
            for record in containers.records(member, "json"):
                return owner_of(record.value or {})
    return None


def entries(found: Sequence[Part]) -> Iterator[tuple[Part, Entry]]:
    """Everything that the parts of a file give, in order."""
    for part in found:
        for record in part.read():
            if record.value is None:
                yield part, Entry(record.line, rejected=record.problem)
            else:
                for entry in part.format.entries(record, part.context):
                    yield part, entry


# --- from entries to batches


@dataclass(frozen=True, slots=True)
class Desk:
    """What posts are held against. term_id: what a post without a match counts for: the
    archive was collected for this campaign; None leaves such posts out."""

    campaign: Campaign
    rows: tuple[TermRow, ...]
    term_id: int | None

    def terms_of(self, post: Post, now: datetime) -> tuple[tuple[int, str], ...]:
        """The ids of the terms that a post counts for, each with how."""
        watch = Watch(self.rows, (self.campaign,), frozenset())
        found = watch.terms_of(post, now)
        if found or self.term_id is None:
            return found
        asked = Watch(
            self.rows, (self.campaign,), frozenset({self.term_id}), vouched=True
        )
        return asked.terms_of(post, now)


Reject = Callable[[str, int, str], None]


def batches(
    found: Iterator[tuple[Part, Entry]],
    desk: Desk,
    *,
    now: datetime,
    skip: int = 0,
    reject: Reject | None = None,
    reasons: Counter[str] | None = None,
) -> Iterator[tuple[list[tuple[Post, tuple[tuple[int, str], ...]]], Batch]]:
    """Posts with their terms, a batch at a time, and what else the batch holds.

    skip: entries that an earlier run has done. reject: told of each that could not be
    read (part, line, reason). reasons: counts why others were left out.
    """
    position = skip
    rest = itertools.islice(found, skip, None)
    while block := list(itertools.islice(rest, BATCH)):
        position += len(block)
        wanted, gone, rejected, skipped = [], [], 0, Counter[str]()
        for part, entry in block:
            if entry.post is not None:
                terms = desk.terms_of(entry.post, now)
                if terms:
                    wanted.append((entry.post, terms))
                else:
                    skipped["no term matched, excluded, or outside its dates"] += 1
            elif entry.deletion is not None:
                gone.append(entry.deletion)
            elif entry.rejected is not None:
                rejected += 1
                if reject is not None:
                    reject(part.name, entry.line, entry.rejected)
            else:
                skipped[entry.skipped or "not wanted"] += 1
        if reasons is not None:
            reasons.update(skipped)
        told = Batch(
            position=position,
            deletions=tuple(gone),
            rejected=rejected,
            skipped=skipped.total(),
        )
        yield wanted, told


def scored(
    found: Iterator[tuple[list[tuple[Post, tuple[tuple[int, str], ...]]], Batch]],
    scorer: Scores | None,
    pool: ProcessPoolExecutor | None = None,
) -> Iterator[Batch]:
    """Batches with their sightings. scorer None: posts are left unscored. pool: scores
    a few batches ahead, in other processes."""
    waiting: deque[tuple[_Wanted, Batch, Future[list[Score]] | None]] = deque()
    for wanted, batch in found:
        posts = [post for post, _ in wanted]
        future = pool.submit(_score, posts) if pool and scorer and posts else None
        waiting.append((wanted, batch, future))
        if len(waiting) > (_AHEAD if pool else 0):
            yield _sighted(*waiting.popleft(), scorer)
    while waiting:
        yield _sighted(*waiting.popleft(), scorer)


_Wanted = list[tuple[Post, tuple[tuple[int, str], ...]]]


def _sighted(
    wanted: _Wanted,
    batch: Batch,
    future: Future[list[Score]] | None,
    scorer: Scores | None,
) -> Batch:
    if future is not None:
        scores = future.result()
    elif scorer is not None:
        scores = scorer.score([post for post, _ in wanted])
    else:
        scores = [UNSCORED] * len(wanted)
    sightings = tuple(
        Sighting(post, terms, score)
        for (post, terms), score in zip(wanted, scores, strict=True)
    )
    return replace(batch, sightings=sightings)


# In a scoring process: its own scorer, made once.
_own: list[Scores] = []


def start_scoring(mask: Sequence[str]) -> None:
    """Make a scoring process ready."""
    from groundswell import language, sentiment
    from groundswell.scoring import Scorer

    _own[:] = [Scorer(sentiment.load(), language.EldcDetector(), tuple(mask))]


def _score(posts: Sequence[Post]) -> list[Score]:
    return _own[0].score(posts)
