"""Posts in: what a walk or an archive brought, stored with everything that hangs on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from db import entities, posts, removals, rollups, sightings, suppressions
from db.records import Intake, Sighting


def take_in(conn: sqlite3.Connection, record: Intake) -> tuple[int, int]:
    """Store posts and honour removals, within a transaction: how many posts are new, and
    how many lost their words."""
    wanted = suppressions.unsuppressed(conn, _once(record.sightings))
    people = [sighting.post.author for sighting in wanted]
    entities.authors(conn, people, record.at)
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
    """One sighting a post: the original before a bridge's copy, else the last."""
    by_uri: dict[str, Sighting] = {}
    for sighting in seen:
        earlier = by_uri.get(sighting.post.uri)
        keep = earlier and posts.is_bridged(sighting.post)
        if not keep or (earlier and posts.is_bridged(earlier.post)):
            by_uri[sighting.post.uri] = sighting
    return list(by_uri.values())


def _write(
    conn: sqlite3.Connection,
    planned: posts.Plan,
    record: Intake,
    shy: set[str],
) -> tuple[int, list[tuple[int, Sighting]]]:
    now = record.at
    ids = posts.store_new(conn, planned.new, now, shy=shy)
    new = [(ids[s.post.uri], s) for s in planned.new if s.post.uri in ids]
    rewritten = posts.update_known(conn, planned.known, now, shy=shy)
    entities.detach(conn, [post_id for post_id, _ in rewritten])
    shown = [(i, s.post) for i, s in new if s.post.author.uri not in shy]
    entities.attach(conn, [*shown, *rewritten])
    seen = [*new, *((stored.id, s) for s, stored in planned.known)]
    as_posts = [(post_id, sighting.post) for post_id, sighting in seen]
    entities.copies(conn, as_posts, record.source_id, posts.own_copies)
    sightings.observe(conn, seen, record.source_id, now)
    sightings.note_counts(conn, as_posts, record.source_id, now)
    sightings.plan_rechecks(conn, as_posts, record)
    if planned.deferred:
        again = posts.plan(conn, planned.deferred)
        seen += _write(conn, again, record, shy)[1]
    return len(new), seen
