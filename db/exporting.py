"""Posts out of the store, for the export: live ones, page by page, so that memory stays
flat however many there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlite_utils import Database

from collectors.base import Author, Copy, Media, Post
from db.posts import listed
from db.times import from_text

_PAGE = 500


def posts(db: Database, campaign_id: int) -> Iterator[Post]:
    """A campaign's live posts, oldest first."""
    after = ("", 0)
    while rows := _page(db.conn, campaign_id, after):
        yield from _as_posts(db.conn, rows)
        after = (rows[-1]["published_at"], rows[-1]["id"])


def _page(
    conn: sqlite3.Connection, campaign_id: int, after: tuple[str, int]
) -> list[sqlite3.Row]:
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(
        "select p.*, a.platform as a_platform, a.uri as a_uri, a.handle, a.display_name, "
        "a.url as a_url, a.followers, a.bot, a.opt_out "
        "from matches m indexed by matches_newest "
        "join posts p on p.id = m.post_id join authors a on a.id = p.author_id "
        "where m.campaign_id = ? and m.first and (m.published_at, m.post_id) > (?, ?) "
        "and p.state in ('live', 'edited') order by m.published_at, m.post_id limit ?",
        (campaign_id, *after, _PAGE),
    ).fetchall()


def _as_posts(conn: sqlite3.Connection, rows: Sequence[sqlite3.Row]) -> Iterator[Post]:
    ids = (listed(row["id"] for row in rows),)

    def beside(select: str) -> dict[int, list[tuple[str, ...]]]:
        found: dict[int, list[tuple[str, ...]]] = {}
        for post_id, *values in conn.execute(select, ids):
            found.setdefault(post_id, []).append(tuple(values))
        return found

    wanted = "in (select value from json_each(?))"
    tags = beside(
        "select p.post_id, h.tag from post_hashtags p join hashtags h "
        f"on h.id = p.hashtag_id where p.post_id {wanted} order by h.tag"
    )
    links = beside(
        "select p.post_id, l.url from post_links p join links l on l.id = p.link_id "
        f"where p.post_id {wanted} order by l.id"
    )
    people = beside(f"select post_id, account from mentions where post_id {wanted}")
    media = beside(
        "select post_id, type, url, preview_url, alt from media "
        f"where post_id {wanted} order by position"
    )
    copies = beside(
        "select post_id, scheme, value from copies "
        f"where scheme <> 'local_id' and post_id {wanted}"
    )
    for row in rows:
        here = row["id"]
        yield _as_post(
            row,
            tags=tuple(tag for (tag,) in tags.get(here, ())),
            links=tuple(url for (url,) in links.get(here, ())),
            mentions=tuple(one for (one,) in people.get(here, ())),
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
        url=row["url"],
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
        url=row["a_url"],
        followers=row["followers"],
        bot=_truth(row["bot"]),
        opt_out=_truth(row["opt_out"]),
    )


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _moment(text: str | None) -> datetime | None:
    return from_text(text) if text else None
