"""What the command line reads: how the monitor is doing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from db.times import to_text


def campaigns(db: Database, now: datetime) -> list[dict[str, Any]]:
    """Each campaign with its posts of the last 24 hours and of the 24 before."""
    day = timedelta(days=1)
    rows = db.conn.execute(
        "select c.slug, c.title, "
        "coalesce(sum(h.posts) filter (where h.hour >= :day), 0), "
        "coalesce(sum(h.posts) filter (where h.hour < :day), 0) "
        "from campaigns c left join hourly h "
        "on h.campaign_id = c.id and h.hour >= :two and h.hour <= :now "
        "where c.removed_at is null group by c.id order by c.slug",
        {"day": to_text(now - day), "two": to_text(now - 2 * day), "now": to_text(now)},
    )
    names = ("slug", "title", "posts_24h", "posts_24h_before")
    return [dict(zip(names, row, strict=True)) for row in rows]


def sources(db: Database) -> list[dict[str, Any]]:
    """Each source with its state, times and last error."""
    names = ("slug", "platform", "base_url", "state", "last_ok_at", "next_due_at",
             "last_error")  # fmt: skip
    rows = db.conn.execute(
        f"select {', '.join(names)} from sources where state <> 'removed' order by slug"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def columns(db: Database, table: str) -> list[tuple[str, str, bool]]:
    """A table's or view's columns: name, type, whether it never is NULL. Those that are
    made of others are among them, which sqlite-utils leaves out."""
    rows = db.conn.execute(
        'select name, type, "notnull" from pragma_table_xinfo(?) where hidden <> 1',
        (table,),
    )
    return [
        (name, kind.removesuffix(" GENERATED ALWAYS"), bool(required))
        for name, kind, required in rows
    ]


def has_posts(db: Database) -> bool:
    """Whether any post is stored."""
    (found,) = db.conn.execute("select exists (select 1 from posts)").fetchone()
    return bool(found)


def count_posts(db: Database) -> int:
    """How many posts are stored, whatever became of them."""
    (count,) = db.conn.execute("select count(*) from posts").fetchone()
    return int(count)


def platforms_shown(db: Database) -> set[str]:
    """The platforms whose words the pages show."""
    rows = db.conn.execute("select distinct platform from hourly where posts > 0")
    return {platform for (platform,) in rows}
