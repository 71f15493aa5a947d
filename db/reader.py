"""The published queries on a file that is only read, all as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.connection import open_database
from db.published import SIMULATED, ask


class Reader:
    """Asks the published queries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def ask(self, name: str, given: dict[str, object]) -> tuple[dict[str, Any], ...]:
        """A published query's rows. Raises KeyError for a name or parameter it lacks."""
        return tuple(ask(self._db, name, **given))

    def is_simulated(self) -> bool:
        """Whether the file says that its posts are made up."""
        found = self._db.conn.execute(SIMULATED).fetchone()
        return found is not None and found[0] == "1"


@contextmanager
def open_reader(path: Path) -> Iterator[Reader]:
    """A reader for as long as the context lasts. Raises StoreError."""
    db = open_database(path, read_only=True)
    try:
        db.conn.execute("begin")
        yield Reader(db)
        db.conn.execute("rollback")
    finally:
        db.close()
