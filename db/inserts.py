"""New posts put in, a batch at a time: each statement once, every id known beforehand."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from db import entities
from db.parameters import listed
from db.rows import COLUMNS, NewPost
from db.times import to_seconds

_POST = (
    f"insert into posts (id, author_id, {', '.join(COLUMNS)}) "
    f"values (?, ?{', ?' * len(COLUMNS)})"
)


def insert(
    conn: sqlite3.Connection,
    posts: Sequence[NewPost],
    source_id: int,
    observed_at: datetime,
) -> list[int]:
    """Insert posts that nothing in the store is known by, with all that hangs on them;
    their ids, in order. Their authors are stored already."""
    if not posts:
        return []
    at = to_seconds(observed_at)
    authors = entities.author_ids(conn, {post.author_uri for post in posts})
    (last,) = conn.execute("select coalesce(max(id), 0) from posts").fetchone()
    ids = list(range(last + 1, last + 1 + len(posts)))
    pairs = list(zip(ids, posts, strict=True))
    conn.executemany(
        _POST, [(i, authors[post.author_uri], *post.columns) for i, post in pairs]
    )
    # The search index is appended once a batch (stack.md section 3).
    conn.executemany(
        "insert into posts_fts (rowid, text, title) values (?, ?, ?)",
        [(i, post.columns[0], post.columns[1]) for i, post in pairs],
    )
    entities.attach(conn, [(i, post.belongings) for i, post in pairs])
    entities.copies(conn, [(i, post.copies) for i, post in pairs], source_id)
    _match(conn, pairs)
    conn.executemany(
        "insert into observations "
        "(post_id, term_id, source_id, first_s, matched_by) values (?, ?, ?, ?, ?)",
        [(i, t, source_id, at, how) for i, post in pairs for t, how in post.terms],
    )
    conn.executemany(
        "insert into metrics "
        "(post_id, source_id, at_s, replies, reposts, likes, quotes, views) "
        "values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (i, source_id, at, *post.counts)
            for i, post in pairs
            if any(count is not None for count in post.counts)
        ],
    )
    return ids


def _match(conn: sqlite3.Connection, pairs: Sequence[tuple[int, NewPost]]) -> None:
    """Each post's terms in their campaigns."""
    terms = {term for _, post in pairs for term, _ in post.terms}
    campaigns: dict[int, int] = dict(
        conn.execute(
            "select id, campaign_id from terms "
            "where id in (select value from json_each(?))",
            (listed(terms),),
        ).fetchall()
    )
    conn.executemany(
        "insert into matches (campaign_id, post_id, term_id, published_at, first) "
        "values (?, ?, ?, ?, ?)",
        [
            (campaigns[term], post_id, term, post.published_at, term in firsts)
            for post_id, post in pairs
            for firsts in (_firsts(post, campaigns),)
            for term, _ in post.terms
        ],
    )


def _firsts(post: NewPost, campaigns: dict[int, int]) -> set[int]:
    """One term for each of a post's campaigns, so that views show the post once."""
    lowest: dict[int, int] = {}
    for term, _ in post.terms:
        campaign = campaigns[term]
        lowest[campaign] = min(term, lowest.get(campaign, term))
    return set(lowest.values())
