"""Which hashtags stand together in the chosen posts (db/choosing.py)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

Tag = tuple[int, str, int]
Pair = tuple[int, int, int]


@contextmanager
def hashtags(db: Database, most: int) -> Iterator[tuple[list[Tag], Iterator[Pair]]]:
    """The chosen posts' most frequent hashtags, at most so many, and the pairs of them.

    A tag: row, tag, posts. A pair: two rows, and the posts that carry both.
    """
    conn = db.conn
    conn.execute("drop table if exists temp.leading")
    conn.execute("create temp table leading (id integer primary key, posts integer)")
    try:
        conn.execute(
            "insert into leading select x.hashtag_id, count(*) from chosen c "
            "cross join post_hashtags x on x.post_id = c.post_id "
            "join hashtags h on h.id = x.hashtag_id "
            "group by 1 order by 2 desc, max(h.tag) limit ?",
            (most,),
        )
        tags = conn.execute(
            "select l.id, h.tag, l.posts from leading l join hashtags h on h.id = l.id "
            "order by l.posts desc, h.tag"
        ).fetchall()
        yield tags, _pairs(db)
    finally:
        conn.execute("drop table if exists temp.leading")


def _pairs(db: Database) -> Iterator[Pair]:
    # Grouped before anything is given, so the reader holds nothing open between rows.
    yield from db.conn.execute(
        "select a.hashtag_id, b.hashtag_id, count(*) from chosen c "
        "cross join post_hashtags a on a.post_id = c.post_id "
        "cross join leading l on l.id = a.hashtag_id "
        "cross join post_hashtags b on b.post_id = c.post_id "
        "and b.hashtag_id > a.hashtag_id "
        "cross join leading m on m.id = b.hashtag_id group by 1, 2 order by 1, 2"
    ).fetchall()
