"""Who asked to be forgotten: keyed hashes, so that nobody is taken in again and the file
does not hold the very names that it was to forget."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from db.connection import StoreError
from db.identity import aliases
from db.records import Sighting


def unsuppressed(conn: sqlite3.Connection, seen: Sequence[Sighting]) -> list[Sighting]:
    """The sightings whose post and author nobody asked to forget."""
    if not any_at_all(conn):
        return list(seen)
    return [
        sighting
        for sighting in seen
        if not _held(conn, sighting.post.author.uri, *aliases(sighting.post))
    ]


def any_at_all(conn: sqlite3.Connection) -> bool:
    """Whether anybody asked to be forgotten."""
    found = conn.execute("select exists (select 1 from suppressions)").fetchone()
    return bool(found[0])


def _held(conn: sqlite3.Connection, *uris: str) -> bool:
    hashes = [keyed(conn, uri) for uri in uris]
    marks = ", ".join("?" * len(hashes))
    row = conn.execute(
        f"select 1 from suppressions where hash in ({marks})",
        hashes,
    ).fetchone()
    return row is not None


def keyed(conn: sqlite3.Connection, uri: str) -> str:
    """A uri's hash under this database's own key."""
    return hmac.new(_key(conn), uri.encode(), hashlib.sha256).hexdigest()


def _refuse_lost_key(conn: sqlite3.Connection, path: Path) -> None:
    """A new key would let those in again whom the old one kept out."""
    (count,) = conn.execute("select count(*) from suppressions").fetchone()
    if count:
        raise StoreError(
            f"{path} is missing, and {count} erasures depend on it; "
            "put it back from the backup beside the database"
        )


def key_file(database: str | Path) -> Path:
    """Where the key of a database lies."""
    return Path(f"{database}.key")


def _key(conn: sqlite3.Connection) -> bytes:
    """The key lies beside the database, not in it: whoever may query the tables must
    not be able to test names against the hashes."""
    (_, _, database) = conn.execute("pragma database_list").fetchone()
    path = key_file(database)
    try:
        if not path.exists():
            _refuse_lost_key(conn, path)
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return bytes.fromhex(path.read_text())
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: the key of the forgotten: {error}") from error
