"""Proof that the database is sound, and the housekeeping that keeps it so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlite_utils import Database

from db import rollups, suppressions, voices
from db.connection import StoreError, explain, transaction
from db.times import to_text

_RUNS_KEPT = timedelta(days=90)


def problems(db: Database) -> list[str]:
    """What is wrong with the file, as sentences; an empty list when it is sound.

    All of it is read at one moment, so that a collector at work gives no false alarm.
    """
    try:
        with _one_moment(db.conn) as conn:
            found = [
                f"integrity: {row[0]}"
                for row in conn.execute("pragma integrity_check")
                if row[0] != "ok"
            ]
            found += [
                f"foreign key: {row[0]} row {row[1]} names no {row[2]}"
                for row in conn.execute("pragma foreign_key_check")
            ]
            found += rollups.differences(conn) + voices.differences(conn)
            return found + _search_problems(conn)
    except sqlite3.Error as error:
        return [explain(error, "the database")]


@contextmanager
def _one_moment(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    conn.execute("begin")
    try:
        yield conn
    finally:
        conn.execute("rollback")


def _search_problems(conn: sqlite3.Connection) -> list[str]:
    (posts,) = conn.execute("select count(*) from posts").fetchone()
    (indexed,) = conn.execute("select count(*) from posts_fts_docsize").fetchone()
    return [] if posts == indexed else [f"search: {indexed} of {posts} posts indexed"]


def recount(db: Database) -> None:
    """Count all roll-ups anew, and group all voices, in one transaction."""
    with transaction(db) as conn:
        rollups.rebuild(conn)
        voices.rebuild(conn)


def tidy_if_due(db: Database, now: datetime) -> None:
    """`tidy`, unless it was done within a day: a run by cron never lasts that long."""
    row = db.conn.execute("select value from meta where key = 'tidied_at'").fetchone()
    if (
        row is None
        or row[0] < to_text(now - timedelta(days=1))
        or row[0] > to_text(now)
    ):
        tidy(db, now)
        with transaction(db) as conn:
            conn.execute(
                "insert into meta (key, value) values ('tidied_at', ?) "
                "on conflict (key) do update set value = excluded.value",
                (to_text(now),),
            )


def tidy(db: Database, now: datetime) -> None:
    """Daily housekeeping: old runs pruned, links that nobody shares any more dropped,
    the search index merged, the WAL written back.

    No statistics are kept (`pragma optimize`): with them SQLite 3.40 reads a whole table
    into a Bloom filter before it looks up the few rows of it that a query is about.
    """
    before = to_text(now - _RUNS_KEPT)
    while _prune_runs(db, before):
        pass
    with transaction(db) as conn:
        conn.execute(
            "delete from links where not exists "
            "(select 1 from post_links where link_id = links.id) "
            "and not exists (select 1 from daily_links where link_id = links.id)"
        )
        conn.execute("insert into posts_fts(posts_fts, rank) values ('merge', -500)")
    db.conn.execute("pragma wal_checkpoint(truncate)")


def _prune_runs(db: Database, before: str) -> bool:
    """Prune some old runs in a short transaction; whether there may be more."""
    with transaction(db) as conn:
        old = conn.execute(
            "select id from runs where started_at < ? and not exists "
            "(select 1 from coverage where run_id = runs.id) limit 500",
            (before,),
        ).fetchall()
        conn.executemany("delete from rejected where run_id = ?", old)
        conn.executemany("delete from runs where id = ?", old)
    return len(old) == 500


def backup(db: Database, target: Path) -> None:
    """Copy the live database to a new file, page by page. Raises StoreError."""
    if target.exists():
        raise StoreError(f"{target}: there is a file already; name a new one")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = sqlite3.connect(target)
        try:
            db.conn.backup(copy)
        finally:
            copy.close()
        _copy_key(db, target)
    except (sqlite3.Error, OSError) as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"{target}: the backup failed: {error}") from error


def _copy_key(db: Database, target: Path) -> None:
    """Erasures hold in the copy too, but only with their key."""
    (_, _, source) = db.conn.execute("pragma database_list").fetchone()
    key = suppressions.key_file(source)
    if key.exists():
        copy = suppressions.key_file(target)
        copy.touch(mode=0o600)
        copy.write_bytes(key.read_bytes())
