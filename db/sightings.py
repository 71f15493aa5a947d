"""Which terms a post matched, where and when it was seen, and how its counts grew."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from collectors.base import Post
from db.records import RECHECK_AGES, Intake, Sighting, WalkRecord
from db.rows import counts_of
from db.times import from_text, to_seconds, to_text


def observe(
    conn: sqlite3.Connection,
    seen: Sequence[tuple[int, Sighting]],
    source_id: int,
    observed_at: datetime,
) -> None:
    """Note known posts' terms, campaigns, source and time of sight."""
    if not seen:
        return
    at = to_seconds(observed_at)
    conn.executemany(
        "insert into observations "
        "(post_id, term_id, source_id, first_s, matched_by) values (?, ?, ?, ?, ?) "
        "on conflict do update set lasted_s = excluded.first_s - first_s",
        [
            (post_id, term_id, source_id, at, how)
            for post_id, sighting in seen
            for term_id, how in sighting.terms
        ],
    )
    conn.executemany(
        "insert into matches (campaign_id, post_id, term_id, published_at) "
        "select t.campaign_id, p.id, t.id, p.published_at from posts p, terms t "
        "where p.id = ? and t.id = ? on conflict do nothing",
        [
            (post_id, term_id)
            for post_id, sighting in seen
            for term_id, _ in sighting.terms
        ],
    )
    _mark_first(conn, (post_id for post_id, _ in seen))


def _mark_first(conn: sqlite3.Connection, post_ids: Iterable[int]) -> None:
    """Mark one match of each campaign and post, so that views show the post once."""
    conn.execute(
        "update matches set first = (term_id = (select min(x.term_id) from matches x "
        "where x.campaign_id = matches.campaign_id and x.post_id = matches.post_id)) "
        "where post_id in (select value from json_each(?))",
        (json.dumps(list(set(post_ids))),),
    )


def note_counts(
    conn: sqlite3.Connection,
    posts: Iterable[tuple[int, Post]],
    source_id: int,
    at: datetime,
) -> None:
    """Keep counts where they changed; a post shows the largest of its sources' newest.

    A server only counts what it has heard of, so counts are never summed
    (platforms.md section 2, item 3).
    """
    told = list(posts)
    last = _last(conn, {post_id for post_id, _ in told}, source_id)
    changed = []
    for post_id, post in told:
        counts = counts_of(post)
        if any(c is not None for c in counts) and counts != last.get(post_id):
            last[post_id] = counts
            changed.append((post_id, source_id, to_seconds(at), *counts))
    conn.executemany(
        "insert into metrics "
        "(post_id, source_id, at_s, replies, reposts, likes, quotes, views) "
        "values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set "
        "replies = excluded.replies, reposts = excluded.reposts, "
        "likes = excluded.likes, quotes = excluded.quotes, views = excluded.views",
        changed,
    )
    conn.executemany(
        "update posts set (replies, reposts, likes, quotes, views) = "
        f"({_LARGEST}) where id = :id "
        f"and (replies, reposts, likes, quotes, views) is not ({_LARGEST})",
        [{"id": post_id} for post_id in {row[0] for row in changed}],
    )


_LARGEST = (
    "select max(replies), max(reposts), max(likes), max(quotes), max(views) from ("
    "select replies, reposts, likes, quotes, views, max(at_s) from metrics "
    "where post_id = :id group by source_id)"
)


def _last(
    conn: sqlite3.Connection, post_ids: Iterable[int], source_id: int
) -> dict[int, tuple[int | None, ...]]:
    """The newest counts of each post at a source, where there are any."""
    rows = conn.execute(
        "select post_id, replies, reposts, likes, quotes, views, max(at_s) from metrics "
        "where post_id in (select value from json_each(?)) and source_id = ? "
        "group by post_id",
        (json.dumps(list(post_ids)), source_id),
    )
    return {row[0]: row[1:6] for row in rows}


def plan_rechecks(
    conn: sqlite3.Connection, posts: Iterable[tuple[int, Post]], record: Intake
) -> None:
    """Put posts down to be looked at again, each by one source.

    A source of the post's own platform takes over from one that met a bridge's copy: it
    alone knows of deletions and of the author's wishes at once.
    """
    source_id = record.source_id
    (platform,) = conn.execute(
        "select platform from sources where id = ? and exists (select 1 from walks "
        "where source_id = sources.id and walk = 'recheck')",
        (source_id,),
    ).fetchone() or (None,)
    if platform is None:
        return
    for post_id, post in posts:
        if post.platform == platform:
            conn.execute(
                "delete from rechecks where post_id = ? and source_id in "
                "(select id from sources where platform <> ?)",
                (post_id, platform),
            )
    rows = [
        (source_id, post_id, *due, post_id)
        for post_id, post in posts
        if (due := _first_recheck(post, record))
    ]
    conn.executemany(
        "insert into rechecks (source_id, post_id, due_at, step) "
        "select ?, ?, ?, ? where not exists "
        "(select 1 from rechecks where post_id = ?) on conflict do nothing",
        rows,
    )


def _first_recheck(post: Post, record: Intake) -> tuple[str, int] | None:
    """When a post is due to be looked at again, and which look that is."""
    return _next_look(min(post.published_at or record.at, record.at), record)


def _next_look(published: datetime, record: Intake) -> tuple[str, int] | None:
    """The next age at which to look; past the last, as often as the platform's rules
    ask for, else None."""
    for step, age in enumerate(record.ages):
        if published + age > record.at:
            return to_text(published + age), step
    if record.recheck_every is None:
        return None
    return to_text(record.at + record.recheck_every), len(record.ages)


def recheck_missing(
    conn: sqlite3.Connection, record: WalkRecord, since: datetime, until: datetime
) -> None:
    """Look again at posts that a walk should have met between two moments and did not.

    Absence from a timeline proves nothing by itself, the recheck will. A post without
    the source's own id for it is left to its usual recheck.
    """
    conn.execute(
        "insert into rechecks (source_id, post_id, due_at, step) "
        "select :source, p.id, :now, 0 from posts p indexed by posts_published "
        "cross join observations o on o.post_id = p.id and o.source_id = :source "
        "and o.term_id in (select value from json_each(:terms)) "
        "where p.published_at >= :since and p.published_at < :until "
        "and p.state in ('live', 'edited') and o.last_at < :started "
        "group by p.id on conflict do update set due_at = excluded.due_at",
        {
            "source": record.source_id,
            "now": to_text(record.finished_at),
            "terms": json.dumps(record.term_ids),
            "since": to_text(since),
            "until": to_text(until),
            "started": to_text(record.started_at),
        },
    )


def postpone_rechecks(
    conn: sqlite3.Connection, uris: Iterable[str], source_id: int, now: datetime
) -> None:
    """Let posts that got no answer wait, so that others get their turn."""
    conn.executemany(
        "update rechecks set due_at = ? where source_id = ? "
        "and post_id = (select id from posts where uri = ?)",
        [(to_text(now + RECHECK_AGES[0]), source_id, uri) for uri in uris],
    )


def advance_rechecks(conn: sqlite3.Connection, record: Intake) -> None:
    """Move rechecked posts to their next look; those that have none are done."""
    for uri in record.rechecked:
        row = conn.execute(
            "select p.id, p.published_at from posts p join rechecks r "
            "on r.post_id = p.id and r.source_id = ? where p.uri = ?",
            (record.source_id, uri),
        ).fetchone()
        if row is None:
            continue
        post_id, published = row
        look = _next_look(from_text(published), record)
        key = (record.source_id, post_id)
        if look is None:
            conn.execute(
                "delete from rechecks where source_id = ? and post_id = ?", key
            )
        else:
            conn.execute(
                "update rechecks set due_at = ?, step = ? "
                "where source_id = ? and post_id = ?",
                (*look, *key),
            )
