"""Writing posts: a batch at a time, every column named, nothing wiped that was not sent.

Identity is the canonical uri. Whichever copy comes first makes the post; when the
original comes later, its text and its uri win (platforms.md section 21).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import datetime

from collectors.base import Post
from db import entities, rows
from db.identity import aliases, host_of, is_bridged
from db.parameters import listed
from db.records import Sighting
from db.times import to_text

# They show what was published elsewhere: a table that does not say where knows least, an
# index of headlines less than a feed.
_CARRIERS = {"archive": 0, "gdelt": 1, "feed": 2}


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
    stored. doubles: stored posts that are one, as a post of this batch tells by its names.
    """

    new: tuple[Sighting, ...]
    deferred: tuple[Sighting, ...]
    known: tuple[tuple[Sighting, _Stored], ...]
    doubles: tuple[frozenset[int], ...] = ()

    @property
    def author_uris(self) -> set[str]:
        """Who wrote what is stored: a bridge's copy names the bridge as its author."""
        return {stored.author_uri for _, stored in self.known}

    @property
    def known_ids(self) -> list[int]:
        """The ids of the posts that are stored already."""
        return [stored.id for _, stored in self.known]


def plan(conn: sqlite3.Connection, sightings: Sequence[Sighting]) -> Plan:
    """Which of the posts are stored, under their own uri or as another's copy."""
    ids = ids_by_name(conn, {key for s in sightings for key in aliases(s.post)})
    stored = _stored(conn, set(ids.values()))
    fresh: dict[str, Sighting] = {}
    new: list[Sighting] = []
    deferred: list[Sighting] = []
    known: list[tuple[Sighting, _Stored]] = []
    doubles: set[frozenset[int]] = set()
    for sighting in sorted(sightings, key=lambda s: is_bridged(s.post)):
        names = aliases(sighting.post)
        found = [ids[name] for name in names if name in ids]
        if found:
            known.append((sighting, stored[found[0]]))
            doubles |= {frozenset(found)} if len(set(found)) > 1 else set()
        elif any(name in fresh for name in names):
            deferred.append(sighting)
        else:
            new.append(sighting)
            fresh |= dict.fromkeys(names, sighting)
    return Plan(tuple(new), tuple(deferred), tuple(known), tuple(doubles))


def ids_by_name(conn: sqlite3.Connection, names: Iterable[str]) -> dict[str, int]:
    """The stored posts that these names are known for."""
    wanted = (listed(names),)
    others = conn.execute(
        "select value, post_id from copies where scheme <> 'local_id' "
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


def update_known(
    conn: sqlite3.Connection,
    known: Sequence[tuple[Sighting, _Stored]],
    observed_at: datetime,
    *,
    shy: Set[str],
    home: str,
) -> list[tuple[int, Post]]:
    """Bring stored posts up to date; those whose words changed, with their ids.

    home: the host that tells of them: of its own posts it knows best. What is deleted
    stays deleted, whoever still serves it.
    """
    rewritten: list[tuple[int, Post]] = []
    for sighting, stored in known:
        if stored.state == "deleted":
            continue
        _fill_in(conn, sighting.post, stored.id)
        if {sighting.post.author.uri, stored.author_uri} & shy:
            continue  # removals.withhold_opted_out takes the words away
        if _is_news(sighting.post, stored, home):
            _rewrite(conn, sighting, stored, observed_at, home)
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


def _is_news(post: Post, stored: _Stored, home: str) -> bool:
    """Whether these words replace the stored ones."""
    if stored.state == "withheld":
        return not is_bridged(post)  # it is served again: an account came back
    if _has_arrived(post, stored, home):
        return True
    if is_bridged(post) and not (stored.bridged and post.edited_at):
        return False  # bridges write differently; only an edit that is told of is one
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


def _has_arrived(post: Post, stored: _Stored, home: str) -> bool:
    """Whether this is the original of what was met as a bridge's copy, by way of a
    carrier that knows less of it, or on another server of another kind."""
    if is_bridged(post):
        return False
    carried = _CARRIERS.get(stored.platform, 9) < _CARRIERS.get(post.platform, 9)
    named = (post.platform, post.author.uri) == (stored.platform, stored.author_uri)
    is_home = bool(home) and host_of(post.uri) == home
    is_carrier = post.platform in _CARRIERS
    arrived = is_home and not named and not is_carrier
    return bool(stored.bridged) or carried or arrived


def _rewrite(
    conn: sqlite3.Connection,
    sighting: Sighting,
    stored: _Stored,
    observed_at: datetime,
    home: str,
) -> None:
    post, score = sighting.post, sighting.score
    arrived = _has_arrived(post, stored, home)
    if stored.state != "withheld" and stored.text != post.text and not arrived:
        _keep_revision(conn, stored, observed_at)
    authors = entities.author_ids(conn, [post.author.uri])
    edited = post.edited_at or (None if arrived else observed_at)
    if stored.state == "withheld" or (stored.text == post.text and not post.edited_at):
        edited = post.edited_at
    row = {
        **dict(zip(rows.WORDS, rows.words(post), strict=True)),
        **dict(zip(rows.SCORES, rows.scores(score, score.lang), strict=True)),
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
