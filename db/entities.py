"""What posts refer to: authors, tags, links, mentions, media, copies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from collectors.base import Author, Copy, Post
from db.times import to_text


def authors(
    conn: sqlite3.Connection, people: Sequence[Author], observed_at: datetime
) -> None:
    """Insert or bring up to date. What was not sent is left as it is."""
    conn.executemany(
        "insert into authors (platform, uri, handle, display_name, url, followers, bot, "
        "opt_out, first_seen_at) values (:platform, :uri, :handle, :display_name, :url, "
        ":followers, :bot, :opt_out, :at) on conflict (uri) do update set "
        "handle = coalesce(excluded.handle, handle), "
        "display_name = coalesce(excluded.display_name, display_name), "
        "url = coalesce(excluded.url, url), "
        "followers = coalesce(excluded.followers, followers), "
        # One server's word is enough: a wish is often told to the home server alone.
        "bot = coalesce(excluded.bot, bot), "
        "opt_out = max(coalesce(excluded.opt_out, opt_out), coalesce(opt_out, 0))",
        [_author_row(author, observed_at) for author in people],
    )


def unshown(
    conn: sqlite3.Connection, uris: Iterable[str], *, opted_out: bool
) -> set[str]:
    """Which of these authors' words are not to be kept: their accounts are gone, or, if
    `opted_out`, they asked not to be indexed."""
    rows = conn.execute(
        "select uri from authors where (state <> 'active' or (? and opt_out = 1)) "
        "and uri in (select value from json_each(?))",
        (opted_out, json.dumps(list(uris))),
    )
    return {row[0] for row in rows}


def _author_row(author: Author, observed_at: datetime) -> dict[str, object]:
    return {
        "platform": author.platform,
        "uri": author.uri,
        "handle": author.handle,
        "display_name": author.display_name,
        "url": author.url,
        "followers": author.followers,
        "bot": author.bot,
        "opt_out": author.opt_out,
        "at": to_text(observed_at),
    }


def author_ids(conn: sqlite3.Connection, uris: Iterable[str]) -> dict[str, int]:
    """The ids of stored authors by uri."""
    return _ids(conn, "select id from authors where uri = ?", uris)


def _ids(conn: sqlite3.Connection, select: str, keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in set(keys):
        row = conn.execute(select, (key,)).fetchone()
        if row:
            found[key] = row[0]
    return found


def attach(conn: sqlite3.Connection, posts: Sequence[tuple[int, Post]]) -> None:
    """Write the tags, links, mentions and media of posts that have none stored."""
    _attach_tags(conn, posts)
    _attach_links(conn, posts)
    conn.executemany(
        "insert into mentions (post_id, account) values (?, ?) on conflict do nothing",
        [(post_id, name) for post_id, post in posts for name in post.mentions],
    )
    conn.executemany(
        "insert into media (post_id, position, type, url, preview_url, alt) "
        "values (?, ?, ?, ?, ?, ?) on conflict do nothing",
        [
            (post_id, position, item.type, item.url, item.preview_url, item.alt)
            for post_id, post in posts
            for position, item in enumerate(post.media)
        ],
    )


def detach(conn: sqlite3.Connection, post_ids: Iterable[int]) -> None:
    """Take the tags, links, mentions and media of posts away."""
    keys = [(post_id,) for post_id in post_ids]
    for table in ("post_hashtags", "post_links", "mentions", "media"):
        conn.executemany(f"delete from {table} where post_id = ?", keys)


def _attach_tags(conn: sqlite3.Connection, posts: Sequence[tuple[int, Post]]) -> None:
    names = {tag for _, post in posts for tag in post.hashtags}
    conn.executemany(
        "insert into hashtags (tag) values (?) on conflict do nothing",
        [(name,) for name in names],
    )
    ids = _ids(conn, "select id from hashtags where tag = ?", names)
    conn.executemany(
        "insert into post_hashtags (post_id, hashtag_id) values (?, ?) "
        "on conflict do nothing",
        [(post_id, ids[tag]) for post_id, post in posts for tag in post.hashtags],
    )


def _attach_links(conn: sqlite3.Connection, posts: Sequence[tuple[int, Post]]) -> None:
    titles = {url: post.link_titles.get(url) for _, post in posts for url in post.links}
    conn.executemany(
        "insert into links (url, domain, title) values (?, ?, ?) "
        "on conflict (url) do update set title = coalesce(excluded.title, title)",
        [(url, domain(url), title) for url, title in titles.items()],
    )
    ids = _ids(conn, "select id from links where url = ?", titles)
    conn.executemany(
        "insert into post_links (post_id, link_id) values (?, ?) on conflict do nothing",
        [(post_id, ids[url]) for post_id, post in posts for url in post.links],
    )


def domain(url: str) -> str:
    """The host of a link as people name it: lower-case, without "www."."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def copies(
    conn: sqlite3.Connection,
    posts: Iterable[tuple[int, Post]],
    source_id: int,
    own: Callable[[Post], Iterable[Copy]],
) -> None:
    """Where else the posts were met; a server's own ids belong to that source.

    own: which of its copies a post may speak for.
    """
    conn.executemany(
        "insert into copies (post_id, scheme, value, source_id) values (?, ?, ?, ?) "
        "on conflict do nothing",
        [
            (post_id, c.scheme, c.value, source_id if c.scheme == "local_id" else 0)
            for post_id, post in posts
            for c in own(post)
        ],
    )
