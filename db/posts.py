"""Writing posts: a batch at a time, every column named, nothing wiped that was not sent.

Identity is the canonical uri. Whichever copy comes first makes the post; when the
original comes later, its text and its uri win (platforms.md section 21).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from collectors.base import Copy, Post
from db import entities
from db.records import Score, Sighting
from db.times import to_text

_ALIASES = ("uri", "url", "bridge")
# They show what was published elsewhere: an index of headlines knows less than a feed.
_CARRIERS = {"gdelt": 0, "feed": 1}
_COUNTS = ("replies", "reposts", "likes", "quotes", "views")


@dataclass(frozen=True, slots=True)
class _Stored:
    id: int
    uri: str
    state: str
    bridged: int
    text: str
    title: str | None
    content_warning: str | None
    edited_at: str | None
    author_uri: str
    platform: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A batch set against the store: what is new, and what is stored under which id.

    deferred: copies of posts that are new in this very batch; plan them once those are
    stored.
    """

    new: tuple[Sighting, ...]
    deferred: tuple[Sighting, ...]
    known: tuple[tuple[Sighting, _Stored], ...]

    @property
    def author_uris(self) -> set[str]:
        """Who wrote what is stored: a bridge's copy names the bridge as its author."""
        return {stored.author_uri for _, stored in self.known}

    @property
    def known_ids(self) -> list[int]:
        """The ids of the posts that are stored already."""
        return [stored.id for _, stored in self.known]


def listed(values: Iterable[str | int]) -> str:
    """Values as one parameter, for `in (select value from json_each(?))`."""
    return json.dumps(list(values))


def plan(conn: sqlite3.Connection, sightings: Sequence[Sighting]) -> Plan:
    """Which of the posts are stored, under their own uri or as another's copy."""
    ids = _ids_by_alias(conn, sightings)
    rows = _stored(conn, set(ids.values()))
    fresh: dict[str, Sighting] = {}
    new: list[Sighting] = []
    deferred: list[Sighting] = []
    known: list[tuple[Sighting, _Stored]] = []
    for sighting in sorted(sightings, key=lambda s: is_bridged(s.post)):
        names = aliases(sighting.post)
        found = next((ids[name] for name in names if name in ids), None)
        if found is not None:
            known.append((sighting, rows[found]))
        elif any(name in fresh for name in names):
            deferred.append(sighting)
        else:
            new.append(sighting)
            fresh |= dict.fromkeys(names, sighting)
    return Plan(tuple(new), tuple(deferred), tuple(known))


def aliases(post: Post) -> list[str]:
    """The names under which a post may be stored: its uri and those of its copies."""
    named = [c.value for c in own_copies(post) if c.scheme in _ALIASES]
    return [post.uri, *named]


def own_copies(post: Post) -> list[Copy]:
    """The copies that a post may speak for: a page's address only on its own host.

    Anybody can link to somebody else's post, and claim its address for their own.
    """
    return [c for c in post.copies if c.scheme != "url" or _is_own(c.value, post.uri)]


def _is_own(url: str, uri: str) -> bool:
    host = host_of(url)
    if uri.startswith("at://"):
        return host == "bsky.app"
    return bool(host) and host == (host_of(uri) or _tag_host(uri))


def host_of(uri: str) -> str:
    """The host that a uri names; empty where it names none, or is no address at all."""
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:
        return ""


def _tag_host(uri: str) -> str:
    """The host in a tag: uri, as Mastodon of 2017 wrote them (RFC 4151)."""
    return uri.removeprefix("tag:").split(",")[0] if uri.startswith("tag:") else ""


def _ids_by_alias(
    conn: sqlite3.Connection, sightings: Sequence[Sighting]
) -> dict[str, int]:
    keys = {key for sighting in sightings for key in aliases(sighting.post)}
    wanted = (listed(keys),)
    others = conn.execute(
        "select value, post_id from copies where scheme in ('uri', 'url', 'bridge') "
        "and source_id = 0 and value in (select value from json_each(?))",
        wanted,
    )
    found: dict[str, int] = dict(others.fetchall())
    own = conn.execute(
        "select uri, id from posts where uri in (select value from json_each(?))",
        wanted,
    )
    return found | dict(own.fetchall())


def _stored(conn: sqlite3.Connection, ids: set[int]) -> dict[int, _Stored]:
    rows = conn.execute(
        "select p.id, p.uri, p.state, p.bridged, p.text, p.title, p.content_warning, "
        "p.edited_at, a.uri, p.platform from posts p join authors a on a.id = p.author_id "
        "where p.id in (select value from json_each(?))",
        (listed(ids),),
    )
    return {row[0]: _Stored(*row) for row in rows}


def authors_of(conn: sqlite3.Connection, uris: Iterable[str]) -> dict[str, str]:
    """The author's uri of each of these posts that is stored."""
    rows = conn.execute(
        "select p.uri, a.uri from posts p join authors a on a.id = p.author_id "
        "where p.uri in (select value from json_each(?))",
        (listed(uris),),
    )
    return dict(rows.fetchall())


def store_new(
    conn: sqlite3.Connection,
    sightings: Sequence[Sighting],
    observed_at: datetime,
    *,
    shy: Set[str],
) -> dict[str, int]:
    """Insert posts that are not stored yet; their ids by uri.

    shy: the authors whose words are left unwritten; their posts are counted.
    """
    if not sightings:
        return {}
    authors = entities.author_ids(conn, (s.post.author.uri for s in sightings))
    rows = []
    for sighting in sightings:
        hidden = sighting.post.author.uri in shy
        rows.append(_new_row(sighting, authors, observed_at, hidden=hidden))
    names = list(rows[0])
    conn.executemany(
        f"insert into posts ({', '.join(names)}) "
        f"values ({', '.join(':' + name for name in names)}) on conflict do nothing",
        rows,
    )
    ids: dict[str, int] = dict(
        conn.execute(
            "select uri, id from posts where uri in (select value from json_each(?))",
            (listed(s.post.uri for s in sightings),),
        ).fetchall()
    )
    # The search index is appended once a batch (stack.md section 3).
    conn.execute(
        "insert into posts_fts(rowid, text, title) select id, text, title from posts "
        "where id in (select value from json_each(?)) order by id",
        (listed(ids.values()),),
    )
    return ids


def _new_row(
    sighting: Sighting, authors: dict[str, int], observed_at: datetime, *, hidden: bool
) -> dict[str, object]:
    post = sighting.post
    score = Score(unscored="withheld") if hidden else sighting.score
    return {
        **_words(post, hidden=hidden),
        **_score_columns(score, lang=sighting.score.lang),
        **{name: getattr(post, name) for name in _COUNTS},
        "platform": post.platform,
        "uri": post.uri,
        "kind": post.kind,
        "author_id": authors[post.author.uri],
        "sensitive": post.sensitive,
        "lang_declared": post.lang,
        "published_at": published_at(post, observed_at),
        "edited_at": to_text(post.edited_at) if post.edited_at else None,
        "observed_at": to_text(observed_at),
        "state": "withheld" if hidden else "edited" if post.edited_at else "live",
        "reply_to": post.reply_to,
        "repost_of": post.repost_of,
        "quote_of": post.quote_of,
        "bridged": is_bridged(post),
    }


def _words(post: Post, *, hidden: bool) -> dict[str, str | None]:
    if hidden:
        return {"text": "", "title": None, "content_warning": None, "url": None}
    return {
        "text": post.text,
        "title": post.title,
        "content_warning": post.content_warning,
        "url": post.url,
    }


def _score_columns(score: Score, *, lang: str) -> dict[str, object]:
    return {
        "lang": lang,
        "polarity": score.polarity,
        "subjectivity": score.subjectivity,
        "sentiment": score.sentiment,
        "confidence": score.confidence,
        "unscored": score.unscored,
        "scorer": score.scorer,
    }


def published_at(post: Post, observed_at: datetime) -> str:
    """The author's claim, but never later than our first sight of the post."""
    claim = post.published_at or observed_at
    return to_text(min(claim, observed_at))


def is_bridged(post: Post) -> bool:
    """Whether this is a bridge's copy of a post and not the original."""
    return any(copy.scheme == "bridge" for copy in post.copies)


def update_known(
    conn: sqlite3.Connection,
    known: Sequence[tuple[Sighting, _Stored]],
    observed_at: datetime,
    *,
    shy: Set[str],
) -> list[tuple[int, Post]]:
    """Bring stored posts up to date; those whose words changed, with their ids.

    What is deleted stays deleted, whoever still serves it.
    """
    rewritten: list[tuple[int, Post]] = []
    for sighting, stored in known:
        if stored.state == "deleted":
            continue
        _fill_in(conn, sighting.post, stored.id)
        if {sighting.post.author.uri, stored.author_uri} & shy:
            continue  # removals.withhold_opted_out takes the words away
        if _is_news(sighting.post, stored):
            _rewrite(conn, sighting, stored, observed_at)
            rewritten.append((stored.id, sighting.post))
    return rewritten


def _fill_in(conn: sqlite3.Connection, post: Post, post_id: int) -> None:
    """Take what the store did not know yet; never wipe what was not sent this time."""
    conn.execute(
        "update posts set sensitive = coalesce(:sensitive, sensitive), "
        "lang_declared = coalesce(lang_declared, :lang), "
        "reply_to = coalesce(reply_to, :reply_to), "
        "quote_of = coalesce(quote_of, :quote_of) where id = :id and ("
        "sensitive is not coalesce(:sensitive, sensitive) "
        "or (lang_declared is null and :lang is not null) "
        "or (reply_to is null and :reply_to is not null) "
        "or (quote_of is null and :quote_of is not null))",
        {
            "sensitive": post.sensitive,
            "lang": post.lang,
            "reply_to": post.reply_to,
            "quote_of": post.quote_of,
            "id": post_id,
        },
    )


def _is_news(post: Post, stored: _Stored) -> bool:
    """Whether these words replace the stored ones."""
    if stored.state == "withheld":
        return not is_bridged(post)  # it is served again: an account came back
    if _has_arrived(post, stored):
        return True
    if is_bridged(post) and not stored.bridged:
        return False
    if (post.platform, post.author.uri) != (stored.platform, stored.author_uri):
        return False  # a feed that carries somebody's post may not rewrite it
    if post.platform == "mastodon" and post.edited_at is None:
        return False  # it tells of edits; without one, servers only write differently
    same = (post.text, post.title, post.content_warning) == (
        stored.text,
        stored.title,
        stored.content_warning,
    )
    if same:
        return False
    edited = to_text(post.edited_at) if post.edited_at else None
    # A server that has not heard of the edit yet still sends the old words.
    return (edited or "") >= (stored.edited_at or "")


def _has_arrived(post: Post, stored: _Stored) -> bool:
    """Whether this is the original of what was met as a bridge's copy, or by way of a
    carrier that knows less of it."""
    if is_bridged(post):
        return False
    carried = _CARRIERS.get(stored.platform, 9) < _CARRIERS.get(post.platform, 9)
    return bool(stored.bridged) or carried


def _rewrite(
    conn: sqlite3.Connection, sighting: Sighting, stored: _Stored, observed_at: datetime
) -> None:
    post = sighting.post
    arrived = _has_arrived(post, stored)
    if stored.state != "withheld" and stored.text != post.text and not arrived:
        _keep_revision(conn, stored, observed_at)
    authors = entities.author_ids(conn, [post.author.uri])
    edited = post.edited_at or (None if arrived else observed_at)
    if stored.state == "withheld" or (stored.text == post.text and not post.edited_at):
        edited = post.edited_at
    row = {
        **_words(post, hidden=False),
        **_score_columns(sighting.score, lang=sighting.score.lang),
        "edited_at": to_text(edited) if edited else stored.edited_at,
        "state": "edited" if edited or stored.edited_at else "live",
        "bridged": is_bridged(post),
        "author_id": authors[post.author.uri],
        "kind": post.kind,
    }
    if arrived:
        row |= {"uri": post.uri, "platform": post.platform}
    columns = ", ".join(f"{name} = :{name}" for name in row)
    conn.execute(
        f"update posts set {columns} where id = :id",
        {**row, "id": stored.id},
    )


def _keep_revision(
    conn: sqlite3.Connection, stored: _Stored, observed_at: datetime
) -> None:
    conn.execute(
        "insert into revisions (post_id, version, seen_at, text, title, content_warning) "
        "select ?, coalesce(max(version), 0) + 1, ?, ?, ?, ? from revisions "
        "where post_id = ?",
        (
            stored.id,
            to_text(observed_at),
            stored.text,
            stored.title,
            stored.content_warning,
            stored.id,
        ),
    )
