"""Two stored posts that turn out to be one: a copy that names both of them came.

A bridge knows a post by its page, another server by its id; each made a post, and the
original, or a server that tells both names, joins them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from db import entities, rollups
from db.parameters import listed

# What was taken back stays so, whichever copy it was; then the original before a bridge's.
_RANK = (
    "select id from posts where id in (select value from json_each(?)) "
    "order by state = 'deleted' desc, state = 'withheld' desc, bridged, id"
)
# What hangs on a post and goes over to the other one: table, and its columns but post_id.
_MOVED = {
    "matches": "campaign_id, term_id, published_at",
    "copies": "scheme, source_id, value",
    "metrics": "source_id, at_s, replies, reposts, likes, quotes, views",
    "rechecks": "source_id, due_at, step",
    "labels": "labelled_by, label, at",
    "notes": "status, assignee, note, written_by, at",
}


def merge(conn: sqlite3.Connection, doubles: Iterable[frozenset[int]]) -> None:
    """Make one post of each set of ids, within a transaction, roll-ups included."""
    for ids in _joined(doubles):
        keep, *others = (row[0] for row in conn.execute(_RANK, (listed(ids),)))
        with rollups.kept(conn, ids):
            for gone in others:
                _move(conn, gone, keep)


def _joined(doubles: Iterable[frozenset[int]]) -> list[set[int]]:
    """Sets that share an id as one set."""
    found: list[set[int]] = []
    for ids in doubles:
        whole = set(ids)
        apart = []
        for other in found:
            if other & whole:
                whole |= other
            else:
                apart.append(other)
        found = [*apart, whole]
    return found


def _move(conn: sqlite3.Connection, gone: int, keep: int) -> None:
    both = {"gone": gone, "keep": keep}
    conn.execute(
        "insert or ignore into copies (scheme, source_id, value, post_id) "
        "select 'uri', 0, uri, :keep from posts where id = :gone",
        both,
    )
    conn.execute(
        "insert into observations "
        "(post_id, term_id, source_id, first_s, lasted_s, matched_by) "
        "select :keep, term_id, source_id, first_s, lasted_s, matched_by "
        "from observations where post_id = :gone on conflict do update set "
        "first_s = min(first_s, excluded.first_s), "
        "lasted_s = max(first_s + lasted_s, excluded.first_s + excluded.lasted_s) "
        "- min(first_s, excluded.first_s)",
        both,
    )
    conn.execute("delete from observations where post_id = :gone", both)
    for table, columns in _MOVED.items():
        # copies are unique without their post: the old row makes way first.
        rows = conn.execute(
            f"select {columns} from {table} where post_id = :gone", both
        ).fetchall()
        conn.execute(f"delete from {table} where post_id = :gone", both)
        marks = ", ".join("?" * (columns.count(",") + 1))
        conn.executemany(
            f"insert or ignore into {table} ({columns}, post_id) values ({marks}, ?)",
            [(*row, keep) for row in rows],
        )
    # The words of the other copy, and what hangs on words, are not a version of these.
    conn.execute("delete from revisions where post_id = :gone", both)
    entities.detach(conn, [gone])
    conn.execute("delete from posts where id = :gone", both)
