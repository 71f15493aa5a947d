"""Posts in: what a walk or an archive brought, stored with everything that hangs on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collectors.base import Post
from db import (
    entities,
    inserts,
    merging,
    posts,
    removals,
    rollups,
    rows,
    sightings,
    suppressions,
    watchlist,
)
from db.identity import host_of, is_bridged, own_copies
from db.records import Intake, Sighting


def take_in(conn: sqlite3.Connection, record: Intake) -> tuple[int, int]:
    """Store posts and honour removals, within a transaction: how many posts are new, and
    how many lost their words."""
    wanted = suppressions.unsuppressed(conn, _once(record.sightings))
    people = [sighting.post.author for sighting in wanted]
    entities.authors(conn, map(rows.author_row, people), record.at)
    planned = posts.plan(conn, wanted)
    if planned.doubles:
        merging.merge(conn, planned.doubles)
        planned = posts.plan(conn, wanted)
    going = removals.posts_of(conn, record.deletions, record.accounts)
    going |= removals.posts_of(conn, record.absent, ())
    uris = planned.author_uris | {person.uri for person in people}
    shy = entities.unshown(conn, uris, opted_out=record.opt_out == "withhold")
    touched = {*planned.known_ids, *going}
    for uri in shy:
        touched |= removals.posts_by(conn, uri)
    with rollups.kept(conn, touched) as counted:
        new, seen = _write(conn, planned, record, shy)
        left = set(record.postponed) - set(record.rechecked)
        sightings.postpone_rechecks(conn, left, record.source_id, record.at)
        sightings.advance_rechecks(conn, record)
        counted |= {post_id for post_id, _ in seen}
        removed = removals.delete(conn, record.deletions)
        removed += removals.hide_absent(conn, record)
        removed += removals.change_accounts(conn, record.accounts, record.at)
        removed += removals.withhold_opted_out(conn, shy, _posts_of(shy, seen))
    return new, removed


def _posts_of(shy: set[str], seen: Sequence[tuple[int, Sighting]]) -> list[int]:
    return [i for i, sighting in seen if sighting.post.author.uri in shy]


def _once(seen: Sequence[Sighting]) -> list[Sighting]:
    """One sighting a post: the original before a bridge's copy, else the last, with the
    names that all of them tell."""
    by_uri: dict[str, Sighting] = {}
    for sighting in seen:
        uri = sighting.post.uri
        earlier = by_uri.get(uri)
        by_uri[uri] = _united(earlier, sighting) if earlier else sighting
    return list(by_uri.values())


def _united(earlier: Sighting, later: Sighting) -> Sighting:
    is_copy = is_bridged(later.post) and not is_bridged(earlier.post)
    better, other = (earlier, later) if is_copy else (later, earlier)
    # A bridge's name would make a copy of the original.
    bridges = is_bridged(better.post)
    named = [c for c in other.post.copies if bridges or c.scheme != "bridge"]
    names = dict.fromkeys((*better.post.copies, *named))
    return replace(better, post=replace(better.post, copies=tuple(names)))


def _write(
    conn: sqlite3.Connection,
    planned: posts.Plan,
    record: Intake,
    shy: set[str],
) -> tuple[int, list[tuple[int, Sighting]]]:
    now, source = record.at, record.source_id
    ids = inserts.insert(conn, [_row(s, now, shy) for s in planned.new], source, now)
    home = host_of(watchlist.base_url(conn, source))
    rewritten = posts.update_known(conn, planned.known, now, shy=shy, home=home)
    entities.detach(conn, [post_id for post_id, _ in rewritten])
    entities.attach(conn, [(i, rows.belongings(post)) for i, post in rewritten])
    known = [(stored.id, s) for s, stored in planned.known]
    as_posts = [(post_id, sighting.post) for post_id, sighting in known]
    entities.copies(conn, [(i, _copies(post)) for i, post in as_posts], source)
    sightings.observe(conn, known, source, now)
    sightings.note_counts(conn, as_posts, source, now)
    seen = [*zip(ids, planned.new, strict=True), *known]
    sightings.plan_rechecks(conn, [(i, s.post) for i, s in seen], record)
    if planned.deferred:
        again = posts.plan(conn, planned.deferred)
        seen += _write(conn, again, record, shy)[1]
    return len(ids), seen


def _row(sighting: Sighting, now: datetime, shy: set[str]) -> rows.NewPost:
    return rows.new_post(sighting, now, hidden=sighting.post.author.uri in shy)


def _copies(post: Post) -> list[tuple[str, str]]:
    return [(copy.scheme, copy.value) for copy in own_copies(post)]


def take_in_new(
    conn: sqlite3.Connection, found: Sequence[rows.NewPost], record: Intake
) -> bool:
    """Store posts of which the store knows none; whether that was so.

    Where it was not, no post was stored, and take_in is for them. Nothing else of
    `record` than the source, the time and the rule for opt-outs is looked at, and the
    posts are never looked at again: that is for sources that can be asked.
    """
    names = [name for post in found for name in post.names]
    if len(set(names)) < len(names) or posts.ids_by_name(conn, names):
        return False
    if suppressions.any_at_all(conn):
        return False
    entities.authors(conn, (post.author for post in found), record.at)
    uris = {post.author_uri for post in found}
    if entities.unshown(conn, uris, opted_out=record.opt_out == "withhold"):
        return False
    with rollups.kept(conn, ()) as counted:
        counted |= set(inserts.insert(conn, found, record.source_id, record.at))
    return True
