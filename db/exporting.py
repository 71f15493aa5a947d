"""Posts out of the store, for exports: live ones, page by page, so that memory stays flat
however many there are. Which ones, the table `chosen` says (db/choosing.py)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from collectors.base import Author, Copy, Media, Post
from db.parameters import listed
from db.times import from_text

_PAGE = 500
Beside = dict[int, list[tuple[Any, ...]]]
_WANTED = "in (select value from json_each(?))"


def posts(db: Database) -> Iterator[Post]:
    """The chosen posts that are still live, in order."""
    for rows in _pages(db.conn):
        yield from _as_posts(db.conn, rows)


def rows(db: Database, campaign_id: int) -> Iterator[dict[str, Any]]:
    """The chosen posts that are still live, each as a row of a table: the columns of
    posts; the author's as handle, author, author_url, author_uri, followers and bot; as
    tuples of text hashtags, links, mentions and the campaign's terms."""
    for page in _pages(db.conn):
        ids = [row["id"] for row in page]
        tags, links, people = _words_beside(db.conn, ids)
        terms = _beside(
            db.conn,
            "select m.post_id, t.display from matches m join terms t on t.id = m.term_id "
            f"where t.campaign_id = {campaign_id:d} and m.post_id {_WANTED} "
            "order by t.display",
            ids,
        )
        for row in page:
            yield {
                **_row(row),
                "hashtags": _column(tags, row["id"]),
                "links": _column(links, row["id"]),
                "mentions": _column(people, row["id"]),
                "terms": _column(terms, row["id"]),
            }


def with_history(
    db: Database, campaign_id: int
) -> Iterator[tuple[dict[str, Any], list[tuple[Any, ...]], list[tuple[Any, ...]]]]:
    """The chosen posts as rows, each with who saw it (source, platform, first_at,
    last_at) and what it said before it was edited (version, seen_at, text, title,
    content_warning)."""
    for page in _pages(db.conn):
        ids = [row["id"] for row in page]
        seen = _beside(
            db.conn,
            "select o.post_id, s.slug, s.platform, min(o.first_at), max(o.last_at) "
            "from observations o join sources s on s.id = o.source_id "
            "join terms t on t.id = o.term_id "
            f"where t.campaign_id = {campaign_id:d} and o.post_id {_WANTED} "
            "group by 1, s.id order by 4, 2",
            ids,
        )
        before = _beside(
            db.conn,
            "select post_id, version, seen_at, text, title, content_warning "
            f"from revisions where post_id {_WANTED} order by version",
            ids,
        )
        for row in page:
            yield _row(row), seen.get(row["id"], []), before.get(row["id"], [])


def _pages(conn: sqlite3.Connection) -> Iterator[list[sqlite3.Row]]:
    """The chosen posts, some hundred at a time, with their authors. What was taken back
    since it was chosen is left out."""
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    (last,) = conn.execute("select coalesce(max(seq), 0) from chosen").fetchone()
    for after in range(0, last, _PAGE):
        yield cursor.execute(
            "select p.*, a.platform as a_platform, a.uri as a_uri, a.handle, "
            "a.display_name, a.url as a_url, a.followers, a.bot, a.opt_out "
            "from chosen c cross join posts p on p.id = c.post_id "
            "cross join authors a on a.id = p.author_id "
            "where c.seq > ? and c.seq <= ? and p.state in ('live', 'edited') "
            "order by c.seq",
            (after, after + _PAGE),
        ).fetchall()


def _row(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    return {
        **found,
        "author": found["display_name"],
        "author_url": found["a_url"],
        "author_uri": found["a_uri"],
    }


def _beside(conn: sqlite3.Connection, select: str, ids: Sequence[int]) -> Beside:
    found: Beside = {}
    for post_id, *values in conn.execute(select, (listed(ids),)):
        found.setdefault(post_id, []).append(tuple(values))
    return found


def _column(found: Beside, post_id: int) -> tuple[str, ...]:
    return tuple(value for (value,) in found.get(post_id, ()))


def _words_beside(
    conn: sqlite3.Connection, ids: Sequence[int]
) -> tuple[Beside, Beside, Beside]:
    """Hashtags, links and mentions."""
    tags = _beside(
        conn,
        "select p.post_id, h.tag from post_hashtags p join hashtags h "
        f"on h.id = p.hashtag_id where p.post_id {_WANTED} order by h.tag",
        ids,
    )
    links = _beside(
        conn,
        "select p.post_id, l.url from post_links p join links l on l.id = p.link_id "
        f"where p.post_id {_WANTED} order by l.id",
        ids,
    )
    people = _beside(
        conn, f"select post_id, account from mentions where post_id {_WANTED}", ids
    )
    return tags, links, people


def _as_posts(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> Iterator[Post]:
    ids = [row["id"] for row in rows]
    tags, links, people = _words_beside(conn, ids)
    media = _beside(
        conn,
        "select post_id, type, url, preview_url, alt from media "
        f"where post_id {_WANTED} order by position",
        ids,
    )
    copies = _beside(
        conn,
        "select post_id, scheme, value from copies "
        f"where scheme <> 'local_id' and post_id {_WANTED}",
        ids,
    )
    for row in rows:
        here = row["id"]
        yield _as_post(
            row,
            tags=_column(tags, here),
            links=_column(links, here),
            mentions=_column(people, here),
            media=tuple(Media(*one) for one in media.get(here, ())),
            copies=tuple(Copy(*one) for one in copies.get(here, ())),
        )


def _as_post(
    row: sqlite3.Row,
    *,
    tags: tuple[str, ...],
    links: tuple[str, ...],
    mentions: tuple[str, ...],
    media: tuple[Media, ...],
    copies: tuple[Copy, ...],
) -> Post:
    return Post(
        platform=row["platform"],
        uri=row["uri"],
        author=_author(row),
        text=row["text"],
        published_at=from_text(row["published_at"]),
        url=_address(row["url"]),
        kind=row["kind"],
        title=row["title"],
        content_warning=row["content_warning"],
        sensitive=_truth(row["sensitive"]),
        lang=row["lang_declared"],
        edited_at=_moment(row["edited_at"]),
        hashtags=tags,
        links=links,
        mentions=mentions,
        media=media,
        reply_to=row["reply_to"],
        repost_of=row["repost_of"],
        quote_of=row["quote_of"],
        replies=row["replies"],
        reposts=row["reposts"],
        likes=row["likes"],
        quotes=row["quotes"],
        views=row["views"],
        copies=copies,
    )


def _author(row: sqlite3.Row) -> Author:
    return Author(
        platform=row["a_platform"],
        uri=row["a_uri"],
        handle=row["handle"],
        display_name=row["display_name"],
        url=_address(row["a_url"]),
        followers=row["followers"],
        bot=_truth(row["bot"]),
        opt_out=_truth(row["opt_out"]),
    )


def _address(text: str | None) -> str | None:
    """An older store may hold addresses that a Post refuses; the rest of it is worth
    having."""
    return text if text and text.startswith(("http://", "https://")) else None


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
