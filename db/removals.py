"""Taking words back: deletions, accounts that went, authors who opted out.

The row stays, empty, so that the post is not taken in again and totals stay honest; its
words, links, tags, media, earlier versions and address go, from the search index too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from collectors.base import AccountChange
from db import entities, voices, watchlist
from db.identity import host_of
from db.parameters import listed
from db.records import Intake
from db.times import to_text


def posts_of(
    conn: sqlite3.Connection,
    deletions: Sequence[str],
    accounts: Sequence[AccountChange],
) -> set[int]:
    """The stored posts that these deletions and account events are about."""
    gone_uris = (listed(deletions),)
    ids = _column(
        conn,
        "select id from posts where uri in (select value from json_each(?))",
        gone_uris,
    )
    ids |= _column(
        conn,
        "select post_id from copies join posts on posts.id = post_id "
        "where scheme <> 'local_id' and scheme = 'bridge' and bridged and source_id = 0 "
        "and value in (select value from json_each(?))",
        gone_uris,
    )
    gone = [change.uri for change in accounts if change.state is not None]
    for uri in gone:
        ids |= posts_by(conn, uri)
    return ids


def _column(
    conn: sqlite3.Connection, select: str, parameters: Iterable[object]
) -> set[int]:
    return {row[0] for row in conn.execute(select, tuple(parameters))}


def posts_by(conn: sqlite3.Connection, author_uri: str) -> set[int]:
    """Every stored post of one author."""
    return _column(
        conn,
        "select p.id from posts p join authors a on a.id = p.author_id where a.uri = ?",
        (author_uri,),
    )


def delete(conn: sqlite3.Connection, deletions: Sequence[str]) -> int:
    """Blank the posts that were deleted; how many there were that still had words."""
    ids = posts_of(conn, deletions, ())
    return _blank(conn, ids, state="deleted", of=("live", "edited", "withheld"))


def hide_absent(conn: sqlite3.Connection, record: Intake) -> int:
    """Hide posts that a source no longer has; how many.

    The post's own server is believed, and a platform's one place: it is deleted. Another
    server may have pruned it, so one that shows it later brings it back.
    """
    uris, source_id = record.absent, record.source_id
    host = host_of(watchlist.base_url(conn, source_id))
    own = [uri for uri in uris if record.central or host_of(uri) == host]
    removed = delete(conn, own)
    others = posts_of(conn, [uri for uri in uris if uri not in set(own)], ())
    conn.executemany(
        "delete from rechecks where source_id = ? and post_id = ?",
        [(source_id, post_id) for post_id in others],
    )
    return removed + _blank(conn, others, state="withheld", of=("live", "edited"))


def change_accounts(
    conn: sqlite3.Connection, accounts: Sequence[AccountChange], now: datetime
) -> int:
    """Honour account events: new handles, accounts gone, accounts back. Posts removed."""
    removed = 0
    for change in accounts:
        if change.handle:
            conn.execute(
                "update authors set handle = ? where uri = ?",
                (change.handle, change.uri),
            )
        if change.state is not None:
            conn.execute(
                "update authors set state = ? where uri = ?", (change.state, change.uri)
            )
        if change.state in {"deleted", "withheld"}:
            removed += _blank(
                conn,
                posts_by(conn, change.uri),
                state=change.state,
                of=("live", "edited", "withheld"),
            )
        elif change.state == "active":
            _look_again(conn, change.uri, now)
    voices.renew(conn, entities.author_ids(conn, (c.uri for c in accounts)).values())
    return removed


def _look_again(conn: sqlite3.Connection, author_uri: str, now: datetime) -> None:
    """Have the withheld posts of an account that came back fetched anew."""
    conn.execute(
        "insert into rechecks (source_id, post_id, due_at, step) "
        "select min(o.source_id), p.id, ?, 0 from posts p "
        "join authors a on a.id = p.author_id join observations o on o.post_id = p.id "
        "where a.uri = ? and p.state = 'withheld' and a.opt_out is not 1 group by p.id "
        "on conflict do update set due_at = excluded.due_at",
        (to_text(now), author_uri),
    )


def withhold_opted_out(
    conn: sqlite3.Connection, author_uris: Iterable[str], post_ids: Iterable[int]
) -> int:
    """Take back the words of authors who opted out; how many posts.

    post_ids: posts of theirs that are stored under another's name, a bridge's.
    """
    ids = set(post_ids)
    for uri in author_uris:
        ids |= posts_by(conn, uri)
    return _blank(conn, ids, state="withheld", of=("live", "edited"))


def _leave_the_index(conn: sqlite3.Connection) -> None:
    """Have the search index drop the words: FTS5 keeps them in its pages until those
    are merged."""
    conn.execute("insert into posts_fts(posts_fts, rank) values ('merge', -32)")


def _blank(
    conn: sqlite3.Connection, ids: set[int], *, state: str, of: tuple[str, ...]
) -> int:
    removed = [
        post_id
        for post_id in ids
        if conn.execute(
            "update posts set text = '', title = null, content_warning = null, "
            "url = null, message = null, polarity = null, subjectivity = null, "
            "sentiment = null, confidence = null, evidence = null, unscored = ?, "
            "state = ? "
            "where id = ? and state in (select value from json_each(?))",
            (state, state, post_id, listed(of)),
        ).rowcount
    ]
    entities.detach(conn, removed)
    if removed:
        _leave_the_index(conn)
    keys = [(post_id,) for post_id in removed]
    conn.executemany("delete from revisions where post_id = ?", keys)
    if state == "deleted":
        conn.executemany("delete from rechecks where post_id = ?", keys)
    return len(removed)


def withhold(conn: sqlite3.Connection, ids: set[int]) -> int:
    """Take the words of live posts away, until a source shows them again; how many."""
    return _blank(conn, ids, state="withheld", of=("live", "edited"))
