"""Which posts an export takes: chosen once, so that each of its files holds the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database

from db.published import SIMULATED, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of a campaign's live posts; '' stands for all.

    from_at, to_at: when they were published, UTC text as in the columns; to_at is not
    part of it. sentiment: a label, or "unscored". term: as staff wrote it, and the rows
    that it stands for. words: all of them occur in text or title.
    """

    campaign_id: int
    campaign: str
    from_at: str = ""
    to_at: str = ""
    platform: str = ""
    sentiment: str = ""
    lang: str = ""
    term: str = ""
    term_ids: tuple[int, ...] = ()
    words: str = ""


@contextmanager
def chosen(
    db: Database, selection: Selection, *, one_moment: bool = False
) -> Iterator[int]:
    """The selection's posts as the temporary table `chosen` (seq from 1, post_id), oldest
    first; gives how many there are.

    It lies in a temporary file, so that memory stays flat. one_moment: all that is read
    until the end is of one moment; for what does not wait for a slow reader, since the
    collector's log grows meanwhile.
    """
    conn = db.conn
    if one_moment:
        conn.execute("begin")
    try:
        conn.execute("drop table if exists temp.chosen")
        conn.execute(
            "create temp table chosen (seq integer primary key, post_id integer not null)"
        )
        yield _fill(db, selection)
    finally:
        if conn.in_transaction:
            conn.execute("rollback")
        conn.execute("drop table if exists temp.chosen")


def _fill(db: Database, selection: Selection) -> int:
    # Few hits of a search are sorted; all else comes in the index's order.
    if selection.words:
        source = (
            "posts_fts f cross join matches m on m.campaign_id = :campaign_id "
            "and m.post_id = f.rowid"
        )
    else:
        source = "matches m indexed by matches_newest"
    conditions = ["m.first", "p.state in ('live', 'edited')", *_conditions(selection)]
    return db.conn.execute(
        f"insert into chosen (post_id) select m.post_id from {source} "
        "cross join posts p on p.id = m.post_id where m.campaign_id = :campaign_id and "
        f"{' and '.join(conditions)} order by m.published_at, m.post_id",
        {
            **asdict(selection),
            "match": db.quote_fts(selection.words.replace("\0", " ")),
        },
    ).rowcount


def _conditions(selection: Selection) -> Iterator[str]:
    if selection.words:
        yield "posts_fts match :match"
    if selection.from_at:
        yield "m.published_at >= :from_at"
    if selection.to_at:
        yield "m.published_at < :to_at"
    if selection.platform:
        yield "p.platform = :platform"
    if selection.lang:
        yield "p.lang = :lang"
    if selection.sentiment:
        yield "coalesce(p.sentiment, 'unscored') = :sentiment"
    if selection.term:
        wanted = ", ".join(str(int(one)) for one in selection.term_ids)
        yield (
            "exists (select 1 from matches x where x.campaign_id = m.campaign_id "
            f"and x.post_id = m.post_id and x.term_id in ({wanted}))"
        )


# --- what there is to choose from


def campaigns(db: Database) -> dict[str, int]:
    """The watched campaigns: slug to row."""
    found = db.conn.execute(
        "select slug, id from campaigns where removed_at is null order by slug"
    )
    return dict(found.fetchall())


def platforms(db: Database) -> list[str]:
    """The platforms that are watched, or that there are posts of."""
    found = db.conn.execute(
        "select platform from sources where platform <> 'archive' and state <> 'removed' "
        "union select platform from daily order by 1"
    )
    return [platform for (platform,) in found]


def languages(db: Database, campaign_id: int) -> list[str]:
    """The languages of the campaign's live posts, most frequent first."""
    found = db.conn.execute(
        "select lang from daily where campaign_id = ? group by 1 having sum(posts) > 0 "
        "order by sum(posts) desc, 1",
        (campaign_id,),
    )
    return [lang for (lang,) in found]


def terms(db: Database, campaign_id: int) -> list[tuple[int, str, str]]:
    """Each term of the campaign, past ones too: row, as compared, as staff wrote it."""
    return db.conn.execute(
        "select id, value, display from terms where campaign_id = ? order by display, id",
        (campaign_id,),
    ).fetchall()


# --- what is told of it


@dataclass(frozen=True, slots=True)
class Known:
    """What the database tells of a selection beside its posts.

    title: the campaign's. first_at: its first post, or the first time that was looked at;
    None where there is neither. removed: posts of the time and platform that were taken
    back since, counted in whole hours. simulated: the posts are made up.
    """

    title: str
    first_at: str | None
    removed: int
    simulated: bool


def known(db: Database, selection: Selection) -> Known:
    """The campaign's title, where its time begins, and what is missing."""
    conn = db.conn
    (title,) = conn.execute(
        "select title from campaigns where id = ?", (selection.campaign_id,)
    ).fetchone()
    (first_at,) = conn.execute(
        "select min(at) from (select * from ("
        "select published_at as at from matches m indexed by matches_newest "
        "where m.campaign_id = :id and m.first order by published_at limit 1) "
        "union all select min(c.from_at) from coverage c join terms t on t.id = c.term_id "
        "where t.campaign_id = :id)",
        {"id": selection.campaign_id},
    ).fetchone()
    (removed,) = conn.execute(
        "select coalesce(sum(removed), 0) from hourly where campaign_id = :campaign_id "
        "and hour >= substr(:from_at, 1, 13) and (:to_at = '' or hour < :to_at) "
        "and (:platform = '' or platform = :platform)",
        asdict(selection),
    ).fetchone()
    simulated = conn.execute(SIMULATED).fetchone() == ("1",)
    return Known(title, first_at, removed, simulated)


def coverage(
    db: Database, selection: Selection, from_at: str, to_at: str
) -> list[dict[str, Any]]:
    """The rows of the published query `coverage_of` for the selection's time; none where
    that time is empty."""
    if from_at >= to_at:
        return []
    query = queries()["coverage_of"]
    asked = query.bind(
        {
            "campaign": selection.campaign,
            "platform": selection.platform,
            "from_at": from_at,
            "to_at": to_at,
        }
    )
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    return [dict(row) for row in cursor.execute(query.sql, asked)]
