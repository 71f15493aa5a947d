"""What posts refer to: authors, tags, links, mentions, media, copies."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from db import voices
from db.rows import AUTHOR, Belongings, Cell
from db.times import to_text


def authors(
    conn: sqlite3.Connection,
    people: Iterable[tuple[Cell, ...]],
    observed_at: datetime,
) -> None:
    """Insert or bring up to date. What was not sent is left. people: rows.author_row."""
    at = to_text(observed_at)
    everybody = list(dict.fromkeys(people))
    stored = _stored(conn, everybody)
    told = [c for c in everybody if not _is_known(c, stored.get(c[_URI]))]
    conn.executemany(
        f"insert into authors ({', '.join(AUTHOR)}, first_seen_at) "
        f"values (?{', ?' * len(AUTHOR)}) on conflict (uri) do update set "
        "handle = coalesce(excluded.handle, handle), "
        "display_name = coalesce(excluded.display_name, display_name), "
        "url = coalesce(excluded.url, url), "
        "followers = coalesce(excluded.followers, followers), "
        # One server's word is enough: a wish is often told to the home server alone.
        "bot = coalesce(excluded.bot, bot), "
        "opt_out = max(coalesce(excluded.opt_out, opt_out), coalesce(opt_out, 0))",
        [(*cells[: len(AUTHOR)], at) for cells in told],
    )
    # Followers come and go; who one is stays.
    names = [c for c in told if not _is_known(c, stored.get(c[_URI]), _NAMES)]
    voices.link(conn, everybody, names)


_URI = AUTHOR.index("uri")
_ALL = tuple(map(AUTHOR.index, ("handle", "display_name", "url", "followers", "bot")))
_NAMES = tuple(map(AUTHOR.index, ("handle", "url")))
_WISH = AUTHOR.index("opt_out")


def _stored(
    conn: sqlite3.Connection, people: list[tuple[Cell, ...]]
) -> dict[Cell, tuple[Cell, ...]]:
    """What is known of people, by uri: most of a campaign's posts are by people of whom
    nothing new is told, and a write costs five reads."""
    return {
        cells[_URI]: cells
        for cells in conn.execute(
            f"select {', '.join(AUTHOR)} from authors "
            "where uri in (select value from json_each(?))",
            (json.dumps([cells[_URI] for cells in people]),),
        )
    }


def _is_known(
    told: tuple[Cell, ...],
    stored: tuple[Cell, ...] | None,
    places: Sequence[int] = _ALL,
) -> bool:
    """Whether nothing new is told in these places, nor of the wish to be left out."""
    if stored is None:
        return False
    if any(told[i] is not None and told[i] != stored[i] for i in places):
        return False
    wish, kept = told[_WISH], stored[_WISH]
    # A wish that was heard stays.
    return wish is None or (kept is not None and int(wish) <= int(kept))


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


def author_ids(conn: sqlite3.Connection, uris: Iterable[str]) -> dict[str, int]:
    """The ids of stored authors by uri."""
    return _ids(conn, "select uri, id from authors where uri", uris)


def _ids(conn: sqlite3.Connection, select: str, keys: Iterable[str]) -> dict[str, int]:
    found = conn.execute(
        f"{select} in (select value from json_each(?))", (json.dumps(list(keys)),)
    )
    return dict(found.fetchall())


def attach(conn: sqlite3.Connection, posts: Sequence[tuple[int, Belongings]]) -> None:
    """Write the tags, links, mentions and media of posts that have none stored."""
    _attach_tags(conn, posts)
    _attach_links(conn, posts)
    conn.executemany(
        "insert into mentions (post_id, account) values (?, ?) on conflict do nothing",
        [(post_id, name) for post_id, has in posts for name in has.mentions],
    )
    conn.executemany(
        "insert into media (post_id, position, type, url, preview_url, alt) "
        "values (?, ?, ?, ?, ?, ?) on conflict do nothing",
        [
            (post_id, position, *cells)
            for post_id, has in posts
            for position, cells in enumerate(has.media)
        ],
    )


def detach(conn: sqlite3.Connection, post_ids: Iterable[int]) -> None:
    """Take the tags, links, mentions and media of posts away."""
    keys = [(post_id,) for post_id in post_ids]
    for table in ("post_hashtags", "post_links", "mentions", "media"):
        conn.executemany(f"delete from {table} where post_id = ?", keys)


def _attach_tags(
    conn: sqlite3.Connection, posts: Sequence[tuple[int, Belongings]]
) -> None:
    names = {tag for _, has in posts for tag in has.hashtags}
    conn.executemany(
        "insert into hashtags (tag) values (?) on conflict do nothing",
        [(name,) for name in names],
    )
    ids = _ids(conn, "select tag, id from hashtags where tag", names)
    conn.executemany(
        "insert into post_hashtags (post_id, hashtag_id) values (?, ?) "
        "on conflict do nothing",
        [(post_id, ids[tag]) for post_id, has in posts for tag in has.hashtags],
    )


def _attach_links(
    conn: sqlite3.Connection, posts: Sequence[tuple[int, Belongings]]
) -> None:
    found = dict.fromkeys(link for _, has in posts for link in has.links)
    conn.executemany(
        "insert into links (url, domain, title) values (?, ?, ?) "
        "on conflict (url) do update set title = coalesce(excluded.title, title)",
        found,
    )
    ids = _ids(conn, "select url, id from links where url", {link[0] for link in found})
    conn.executemany(
        "insert into post_links (post_id, link_id) values (?, ?) on conflict do nothing",
        [(post_id, ids[link[0]]) for post_id, has in posts for link in has.links],
    )


def copies(
    conn: sqlite3.Connection,
    posts: Iterable[tuple[int, Iterable[tuple[str, str]]]],
    source_id: int,
) -> None:
    """Where else the posts were met, as scheme and value; a server's own ids belong to
    that source."""
    conn.executemany(
        "insert into copies (post_id, scheme, value, source_id) values (?, ?, ?, ?) "
        "on conflict do nothing",
        [
            (post_id, scheme, value, source_id if scheme == "local_id" else 0)
            for post_id, copies in posts
            for scheme, value in copies
        ],
    )
