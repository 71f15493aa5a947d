"""The campaign's diary: what staff note of what happened, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlite_utils import Database

from db.connection import transaction
from db.times import to_text

LONGEST_TITLE, LONGEST_NOTE = 200, 4_000
_COLUMNS = ("id", "at", "title", "note", "created_by", "created_at")


class DiaryError(ValueError):
    """An entry that cannot be kept; the message says why."""


def entries(db: Database, campaign: str) -> list[dict[str, Any]]:
    """Every entry of a campaign's diary, the newest first, those to come included: id, at,
    title, note, created_by, created_at. Raises LookupError for an unknown campaign."""
    rows = db.conn.execute(
        f"select {', '.join(_COLUMNS)} from events where campaign_id = ? "
        "order by at desc, id desc",
        (_campaign_id(db, campaign),),
    )
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def add(
    db: Database,
    campaign: str,
    at: datetime,
    title: str,
    *,
    now: datetime,
    note: str | None = None,
    by: str | None = None,
) -> int:
    """Note what happened; the entry's id. by: who writes it down, None where unknown.

    Raises LookupError for an unknown campaign, DiaryError for words that are missing or
    too long.
    """
    title, note = " ".join(title.split()), (note or "").strip() or None
    if not title:
        raise DiaryError("say what happened")
    for name, text, most in (
        ("title", title, LONGEST_TITLE),
        ("note", note or "", LONGEST_NOTE),
    ):
        if len(text) > most:
            raise DiaryError(f"the {name} has {len(text):,} letters, at most {most:,}")
    campaign_id = _campaign_id(db, campaign)
    with transaction(db) as conn:
        cursor = conn.execute(
            "insert into events (campaign_id, at, title, note, created_by, created_at) "
            "values (?, ?, ?, ?, ?, ?)",
            (campaign_id, to_text(at), title, note, by, to_text(now)),
        )
        return int(cursor.lastrowid or 0)


def remove(db: Database, campaign: str, number: int) -> bool:
    """Take an entry out of a campaign's diary; whether it was there. Raises LookupError
    for an unknown campaign."""
    campaign_id = _campaign_id(db, campaign)
    with transaction(db) as conn:
        cursor = conn.execute(
            "delete from events where id = ? and campaign_id = ?", (number, campaign_id)
        )
        return bool(cursor.rowcount)


def _campaign_id(db: Database, slug: str) -> int:
    row = db.conn.execute(
        "select id from campaigns where slug = ? and removed_at is null", (slug,)
    ).fetchone()
    if row is None:
        known = db.conn.execute(
            "select slug from campaigns where removed_at is null order by slug"
        )
        there = ", ".join(name for (name,) in known) or "none yet"
        raise LookupError(f"no campaign is called {slug!r}; there are {there}")
    return int(row[0])
