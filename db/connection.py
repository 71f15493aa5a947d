"""Opening the database file: ours or refused, migrated, in WAL mode."""

from __future__ import annotations

import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from db.migrations import migrations

__all__ = [
    "Database",
    "StoreError",
    "explain",
    "much_to_write",
    "open_database",
    "transaction",
]

APPLICATION_ID = 0x47525357  # "GRSW"
_PAGE_SIZE = 8192  # stack.md section 3: 1.35 times the insert speed of the default
_BUSY_S = 10.0
# A writer touches a page of each index for each post; what it holds need not be read again,
# and pages that are written often are copied back into the file less often (32 MB of log).
_CACHE_KB = 65_536
_CHECKPOINT_PAGES = 4_000
_LARGE = 200_000_000  # bytes
_QUOTING = Database(memory=True)

log = logging.getLogger("groundswell.db")


class StoreError(Exception):
    """The database cannot be used; the message says why and what to do."""


def open_database(path: str | Path, *, read_only: bool = False) -> Database:
    """Open the file, made if there is none, with today's schema.

    Raises StoreError for a stranger's file, a damaged one, one from a newer Groundswell,
    and for a place that cannot be written.
    """
    path = Path(path)
    if path.is_dir():
        raise StoreError(f"{path}: this is a folder; name a file")
    if not read_only:
        _prepare_folder(path)
    elif not path.exists():
        raise StoreError(
            f"{path}: there is no database here yet; collect something first"
        )
    try:
        connection = _connect(path, read_only=read_only)
        _refuse_strangers(connection, path)
        db = Database(connection)
        if not read_only:
            with _alone(path.parent):
                _set_up(db, path)
        return db
    except sqlite3.Error as error:
        raise StoreError(explain(error, path)) from error


def _prepare_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: cannot make this folder: {error}") from error


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    # Only one thread at a time uses a connection; it need not be the one that opened it.
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_S, check_same_thread=False, isolation_level=None
    )
    # The published queries quote words by it, under the name that Datasette gives it.
    connection.create_function("escape_fts", 1, _QUOTING.quote_fts, deterministic=True)
    if not read_only and path.stat().st_size == 0:
        connection.execute(f"pragma page_size = {_PAGE_SIZE}")
        os.chmod(path, 0o640)
    return connection


def _refuse_strangers(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("pragma application_id").fetchone()
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    if tables and application_id != APPLICATION_ID:
        raise StoreError(
            f"{path}: this SQLite file belongs to another program (it was not touched); "
            "name another file in [monitor] database"
        )
    if tables:
        _refuse_newer(connection, path)


def _refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    known = {step.name for step in migrations.pending(Database(memory=True))}
    applied = connection.execute("select name from _sqlite_migrations").fetchall()
    newer = {name for (name,) in applied} - known
    if newer:
        raise StoreError(
            f"{path}: written by a newer Groundswell (it has {', '.join(sorted(newer))}); "
            "update this program"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time: two that opened a new database at once (a collector and an
    import) would both make its tables. The folder is locked, so nothing is left behind."""
    held = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _set_up(db: Database, path: Path) -> None:
    connection = db.conn
    for pragma in (
        "journal_mode = wal",
        "synchronous = normal",
        "foreign_keys = on",
        "secure_delete = fast",
        "temp_store = memory",
        f"cache_size = -{_CACHE_KB}",
        f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
    ):
        connection.execute(f"pragma {pragma}")
    # Each of these takes the write lock, which another process may hold for long.
    (stamp,) = connection.execute("pragma application_id").fetchone()
    if stamp != APPLICATION_ID:
        connection.execute(f"pragma application_id = {APPLICATION_ID}")
    if migrations.pending(db):
        _tell(db, path)
        migrations.apply(db)


def _tell(db: Database, path: Path) -> None:
    """Say so where an older version's file is large: each step writes much of it anew."""
    (tables,) = db.conn.execute("select count(*) from sqlite_master").fetchone()
    size = path.stat().st_size
    if tables and size > _LARGE:
        log.warning(
            "%s: bringing %.1f GB to this version's tables; this may take minutes; if "
            "it is stopped, nothing is lost and the next start begins again",
            path,
            size / 1e9,
        )


@contextmanager
def much_to_write(db: Database) -> Iterator[None]:
    """For an archive's worth of posts: the log grows to 128 MB before its pages are copied
    into the file, which many of them then are only once, and is emptied at the end."""
    db.conn.execute(f"pragma wal_autocheckpoint = {4 * _CHECKPOINT_PAGES}")
    try:
        yield
    finally:
        db.conn.execute(f"pragma wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        # Where somebody reads, it is emptied as far as they allow.
        db.conn.execute("pragma wal_checkpoint(truncate)").fetchone()


@contextmanager
def transaction(db: Database) -> Iterator[sqlite3.Connection]:
    """All or nothing. Raises StoreError with advice where SQLite fails."""
    conn = db.conn
    try:
        conn.execute("begin immediate")
        try:
            yield conn
        except BaseException:
            if conn.in_transaction:  # a full disk has rolled back by itself
                conn.execute("rollback")
            raise
        conn.execute("commit")
    except sqlite3.DatabaseError as error:  # a damaged file is no OperationalError
        if conn.in_transaction:
            conn.execute("rollback")
        if not any(part in str(error) for part in _ADVICE):
            raise  # a mistake of ours, not the operator's
        raise StoreError(explain(error, _file_of(conn))) from error


def _file_of(conn: sqlite3.Connection) -> str:
    (_, _, file) = conn.execute("pragma database_list").fetchone()
    return str(file)


def explain(error: sqlite3.Error, path: str | Path) -> str:
    """What an operator can do about an SQLite error, as a sentence."""
    text = str(error)
    for part, sentence in _ADVICE.items():
        if part in text:
            return f"{path}: {sentence} ({text})"
    return f"{path}: {text}"


_ADVICE = {
    "locked": "another program holds the database; close it or wait, then try again",
    "not a database": "this is not an SQLite database; name another file",
    "malformed": "the database is damaged; restore a backup (groundswell backup)",
    "disk is full": "the disk is full; nothing of this batch was stored, free some space",
    "unable to open": "the database cannot be opened; do folder and rights allow it?",
    "readonly": "the database cannot be written; do its rights allow it?",
    "disk I/O": "the disk failed or is full; nothing of this batch was stored",
}
