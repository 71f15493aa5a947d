"""The proof that the database is sound, while others write."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from db import checks
from db.connection import open_database, transaction

_UNCOUNTED = """
insert into hourly
  (campaign_id, hour, platform, lang, sentiment, posts, removed, polarity_sum)
values (1, '2026-11-20T12:00:00Z', 'mastodon', 'en', 'neutral', 3, 0, 0)
"""


def test_what_is_written_during_the_check_is_no_difference(
    db: Database, tmp_path: Path
) -> None:
    written: list[str] = []

    def write_meanwhile(statement: str) -> None:
        if "from hourly" in statement and not written:
            written.append(statement)
            with transaction(db) as conn:
                conn.execute("insert into campaigns (slug, title) values ('r', 'R')")
                conn.execute(_UNCOUNTED)

    reader = open_database(tmp_path / "campaigns.db", read_only=True)
    reader.conn.set_trace_callback(write_meanwhile)
    assert checks.problems(reader) == []
    assert written
    assert any("hourly" in problem for problem in checks.problems(reader))
    reader.close()
