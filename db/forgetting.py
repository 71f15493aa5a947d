"""Erasure: a person or a post leaves the file for good, and is not taken in again."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db import entities, rollups, suppressions, voices
from db.connection import transaction
from db.parameters import listed
from db.times import to_text

# What hangs on a post, children before the post itself.
_HANGING = (
    "post_hashtags", "post_links", "mentions", "media", "metrics", "revisions",
    "rechecks", "observations", "matches", "copies", "labels", "notes",
    "samples", "cited", "inbox",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased: authors, posts. overwritten: False while another program's long
    look at the file keeps the old pages from being overwritten; the daily tidying does it.
    """

    authors: int
    posts: int
    overwritten: bool = True


def find(db: Database, name: str) -> list[tuple[str, str]]:
    """What a name means here: (kind, uri) of authors and posts that carry it.

    name: a uri, a page's address, or a handle with or without "@".
    """
    bare = name.lstrip("@").casefold()
    people = db.conn.execute(
        "select 'author', uri from authors where uri = :name or url = :name "
        "or lower(handle) = :bare",
        {"name": name, "bare": bare},
    ).fetchall()
    posts = db.conn.execute(
        "select 'post', uri from posts where uri = :name or url = :name "
        "or id in (select post_id from copies where value = :name)",
        {"name": name},
    ).fetchall()
    return [*people, *posts]


def forget(
    db: Database, wanted: list[tuple[str, str]], *, reason: str, now: datetime
) -> Forgotten:
    """Erase these authors and posts, and keep only keyed hashes against their return.

    Nobody can be found again by what is left. Raises StoreError.
    """
    with transaction(db) as conn:
        authors = {uri for kind, uri in wanted if kind == "author"}
        posts = {uri for kind, uri in wanted if kind == "post"}
        ids = _posts(conn, authors, posts)
        _suppress(conn, authors, "author", reason=reason, now=now)
        names = _names(conn, ids)
        _erase_alerts(conn, names | _called(conn, authors), ids)
        _suppress(conn, posts | names, "post", reason=reason, now=now)
        with rollups.kept(conn, ids) as counted:
            counted.clear()
            _erase_posts(conn, ids)
        _erase_traces(conn, names | authors | _called(conn, authors))
        _erase_leftovers(conn)
        _erase_authors(conn, authors)
    return Forgotten(len(authors), len(ids), _overwrite(db))


def _suppress(
    conn: sqlite3.Connection, uris: set[str], kind: str, *, reason: str, now: datetime
) -> None:
    conn.executemany(
        "insert into suppressions (hash, kind, at, reason) values (?, ?, ?, ?) "
        "on conflict do nothing",
        [(suppressions.keyed(conn, uri), kind, to_text(now), reason) for uri in uris],
    )


def _names(conn: sqlite3.Connection, ids: set[int]) -> set[str]:
    """Every uri and address of these posts, their copies' too."""
    which = (listed(ids),)
    rows = conn.execute(
        "select uri from posts where id in (select value from json_each(?)) "
        "union select url from posts where id in (select value from json_each(?)) "
        "and url is not null union select value from copies where scheme <> 'local_id' "
        "and post_id in (select value from json_each(?))",
        which * 3,
    )
    return {row[0] for row in rows}


def _called(conn: sqlite3.Connection, authors: set[str]) -> set[str]:
    """What these authors are called: uris, handles and profiles' addresses."""
    rows = conn.execute(
        "select uri, handle, url from authors where uri in "
        "(select value from json_each(?))",
        (listed(authors),),
    )
    return {name for row in rows for name in row if name}


def _erase_alerts(conn: sqlite3.Connection, names: set[str], ids: set[int]) -> None:
    """Alerts that name one of them, or show one of the posts, whose number another post
    will get; and the inbox's rules about them."""
    said = [
        re.compile(rf"(?<![\w@.-]){re.escape(name)}(?![\w-])", re.IGNORECASE)
        for name in names
    ]
    rows = conn.execute("select id, subject, summary, evidence from alerts").fetchall()
    gone = [
        (alert_id,)
        for alert_id, *texts, evidence in rows
        if any(one.search(f"{' '.join(texts)} {evidence or ''}") for one in said)
        or ids & set(json.loads(evidence or "{}").get("examples") or ())
    ]
    conn.executemany("delete from deliveries where alert_id = ?", gone)
    conn.executemany("delete from alerts where id = ?", gone)
    rules = conn.execute(
        "select id from inbox_rules where lower(value) in "
        "(select lower(value) from json_each(?)) and value <> ''",
        (listed(name.lstrip("@") for name in names),),
    ).fetchall()
    conn.executemany("delete from inbox where rule_id = ?", rules)
    conn.executemany("delete from inbox_rules where id = ?", rules)


def _erase_traces(conn: sqlite3.Connection, names: set[str]) -> None:
    """What others' rows still say of them: replies, quotes, links, read errors."""
    which = (listed(names),)
    among = "in (select value from json_each(?))"
    for column in ("reply_to", "quote_of", "repost_of"):
        conn.execute(f"update posts set {column} = null where {column} {among}", which)
    conn.execute(f"delete from rejected where item {among}", which)
    for table in ("post_links", "daily_links"):
        conn.execute(
            f"delete from {table} where link_id in "
            f"(select id from links where url {among})",
            which,
        )
    conn.execute(f"delete from links where url {among}", which)


def _posts(conn: sqlite3.Connection, authors: set[str], posts: set[str]) -> set[int]:
    rows = conn.execute(
        "select p.id from posts p join authors a on a.id = p.author_id "
        "where a.uri in (select value from json_each(?)) "
        "or p.uri in (select value from json_each(?))",
        (listed(authors), listed(posts)),
    )
    return {row[0] for row in rows}


def _erase_leftovers(conn: sqlite3.Connection) -> None:
    """Links and tags that nobody uses any more: a diary's address is a name too."""
    conn.execute("delete from links where id not in (select link_id from post_links)")
    conn.execute(
        "delete from hashtags where id not in (select hashtag_id from post_hashtags)"
    )


def _erase_posts(conn: sqlite3.Connection, ids: set[int]) -> None:
    keys = [(post_id,) for post_id in ids]
    for table in _HANGING:
        conn.executemany(f"delete from {table} where post_id = ?", keys)
    conn.executemany("delete from posts where id = ?", keys)


def _erase_authors(conn: sqlite3.Connection, uris: set[str]) -> None:
    names = (listed(uris),)
    conn.execute(
        "delete from mentions where account in (select handle from authors where uri in "
        "(select value from json_each(?)))",
        names,
    )
    conn.execute(
        "delete from mentions where account in (select value from json_each(?))", names
    )
    beside = voices.forget(conn, entities.author_ids(conn, uris).values())
    conn.execute(
        "delete from authors where uri in (select value from json_each(?)) "
        "and not exists (select 1 from posts where author_id = authors.id)",
        names,
    )
    voices.renew(conn, beside)


def _overwrite(db: Database) -> bool:
    """Leave no readable trace: merge the search index, rewrite the file, empty the WAL.

    False where the last could not be done because somebody is reading.
    """
    db.conn.execute("insert into posts_fts(posts_fts) values ('optimize')")
    db.conn.execute("vacuum")
    (busy, _, _) = db.conn.execute("pragma wal_checkpoint(truncate)").fetchone()
    return not busy
