"""Imports: one batch of records, one transaction, with the place where it may go on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlite_utils import Database

from db import coverage
from db.connection import transaction
from db.intake import take_in, take_in_new
from db.posts import authors_of
from db.records import Intake, Sighting, Span
from db.rows import NewPost
from db.times import from_text, to_text

# All imports are one source: none that is read, or could fail.
SLUG, PLATFORM = "archives", "archive"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Import:
    """An import as it is stored. finished: whether the file was read to its end."""

    id: int
    position: int
    finished: bool
    started_at: datetime
    posts: int
    new: int
    rejected: int
    skipped: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one stretch of a file gave.

    position: the records of the file done after it. at: when it was read. posts: what they
    become where the store knows none of them. sightings: the same posts whole, made only
    where some are known. deletions: uris, each with the only author whose post it may take,
    or None.
    """

    position: int
    at: datetime
    posts: tuple[NewPost, ...] = ()
    sightings: Callable[[], Sequence[Sighting]] = tuple
    deletions: tuple[tuple[str, str | None], ...] = ()
    rejected: int = 0
    skipped: int = 0


def begin(
    db: Database,
    campaign_id: int,
    *,
    fingerprint: str,
    name: str,
    form: str,
    now: datetime,
) -> Import:
    """The import of a file into a campaign, new or where it stopped."""
    with transaction(db) as conn:
        conn.execute(
            "insert into sources (slug, platform, base_url, state) "
            "values (?, ?, 'file:', 'ok') on conflict do nothing",
            (SLUG, PLATFORM),
        )
        conn.execute(
            "insert into imports (campaign_id, fingerprint, name, format, started_at) "
            "values (?, ?, ?, ?, ?) on conflict do nothing",
            (campaign_id, fingerprint, name, form, to_text(now)),
        )
        row = conn.execute(
            "select id, position, finished_at is not null, started_at, posts, new, "
            "rejected, skipped from imports where campaign_id = ? and fingerprint = ?",
            (campaign_id, fingerprint),
        ).fetchone()
    return Import(
        row[0], row[1], bool(row[2]), from_text(row[3]), row[4], row[5], row[6], row[7]
    )


def again(db: Database, import_id: int) -> None:
    """Have a finished import read from its beginning once more."""
    with transaction(db) as conn:
        conn.execute(
            "update imports set position = 0, finished_at = null, posts = 0, new = 0, "
            "rejected = 0, skipped = 0 where id = ?",
            (import_id,),
        )


def keep(db: Database, import_id: int, batch: Batch, *, opt_out: str) -> int:
    """Store a batch and how far it came, or nothing; how many posts are new.

    Raises StoreError.
    """
    with transaction(db) as conn:
        intake = Intake(
            source_id=source_id(conn),
            at=batch.at,
            deletions=_honoured(conn, batch),
            opt_out="keep" if opt_out == "keep" else "withhold",
        )
        new = _stored(conn, batch, intake)
        moments = sorted(post.published_at for post in batch.posts)
        conn.execute(
            "update imports set position = :position, posts = posts + :posts, "
            "new = new + :new, rejected = rejected + :rejected, "
            "skipped = skipped + :skipped, "
            "from_at = min(coalesce(from_at, :first), coalesce(:first, from_at)), "
            "to_at = max(coalesce(to_at, :last), coalesce(:last, to_at)) where id = :id",
            {
                "position": batch.position,
                "posts": len(batch.posts),
                "new": new,
                "rejected": batch.rejected,
                "skipped": batch.skipped,
                "first": moments[0] if moments else None,
                "last": moments[-1] if moments else None,
                "id": import_id,
            },
        )
    return new


def _honoured(conn: sqlite3.Connection, batch: Batch) -> tuple[str, ...]:
    """The deletions that are of their own author's posts, stored or in this batch."""
    if not batch.deletions:
        return ()
    by_uri = {post.uri: post.author_uri for post in batch.posts}
    bound = {uri for uri, by in batch.deletions if by is not None}
    by_uri |= authors_of(conn, bound - by_uri.keys())
    return tuple(
        uri for uri, by in batch.deletions if by is None or by_uri.get(uri) == by
    )


def _stored(conn: sqlite3.Connection, batch: Batch, intake: Intake) -> int:
    """Store what a batch brought; how many of its posts are new."""
    if not intake.deletions and take_in_new(conn, batch.posts, intake):
        return len(batch.posts)
    new, _ = take_in(conn, replace(intake, sightings=tuple(batch.sightings())))
    return new


def finish(
    db: Database, import_id: int, term_ids: Sequence[int], now: datetime
) -> None:
    """Note that a file was read to its end, and what time its posts are of: that there
    are posts, not that there are all."""
    with transaction(db) as conn:
        conn.execute(
            "update imports set finished_at = ? where id = ?", (to_text(now), import_id)
        )
        name, first, last = conn.execute(
            "select name, from_at, to_at from imports where id = ?", (import_id,)
        ).fetchone()
        if first is not None:
            span = Span(
                from_text(first),
                from_text(last) + _SECOND,
                "imported",
                f"imported from {name}",
            )
            coverage.lay(conn, source_id(conn), term_ids, [span])


def source_id(conn: sqlite3.Connection) -> int:
    """The source that all imports are of."""
    (found,) = conn.execute("select id from sources where slug = ?", (SLUG,)).fetchone()
    return int(found)
