"""The schema, as migrations in frozen SQL: each file of db/schema is one step, in the
order of its name. A step that was released never changes; add another.

Each runs in one transaction together with the row that records it. Times are UTC text
YYYY-MM-DDTHH:MM:SSZ. A count that nobody sent is NULL, never 0.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlite_utils import Database, Migrations

from db.messages import message_of_cells

SCHEMA = Path(__file__).parent / "schema"

migrations = Migrations("groundswell")


def _register(file: Path) -> None:
    @migrations(name=file.stem)
    def step(db: Database) -> None:
        # Of posts that were stored before messages were told apart (m010).
        db.register_function(message_of_cells, name="message_of")
        _run(db, file.read_text(encoding="utf-8"))


def _run(db: Database, script: str) -> None:
    """Statement by statement: executescript would commit the migration's transaction."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            db.execute(statement)
            statement = ""


for _file in sorted(SCHEMA.glob("m*.sql")):
    _register(_file)
