"""Words that a platform's rules let nobody keep for longer without asking it again."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from db import removals, rollups
from db.connection import transaction
from db.times import to_text

_AT_ONCE = 500


def expire(db: Database, platform: str, before: datetime) -> int:
    """Take the words from a platform's posts that no source has shown since a moment;
    how many posts.

    The rows stay, withheld: a source that shows the post again brings its words back.
    """
    removed = 0
    while ids := _unconfirmed(db, platform, to_text(before)):
        with transaction(db) as conn, rollups.kept(conn, ids):
            removed += removals.withhold(conn, ids)
    return removed


def _unconfirmed(db: Database, platform: str, before: str) -> set[int]:
    rows = db.conn.execute(
        "select p.id from posts p indexed by posts_platform "
        "where p.platform = :platform and p.published_at < :before "
        "and p.observed_at < :before and p.state in ('live', 'edited') "
        "and not exists (select 1 from observations o where o.post_id = p.id "
        "and o.last_at >= :before) limit :most",
        {"platform": platform, "before": before, "most": _AT_ONCE},
    )
    return {post_id for (post_id,) in rows}
