"""One walk, one transaction: posts, removals, roll-ups, coverage, checkpoint, run."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from db import coverage, entities, posts, removals, rollups, sightings, suppressions
from db.connection import transaction
from db.records import Sighting, Stored, WalkRecord
from db.times import to_text

_REASON_LENGTH = 500


def record_walk(db: Database, record: WalkRecord) -> Stored:
    """Store everything that a walk brought, or nothing. Raises StoreError."""
    with transaction(db) as conn:
        run_id = _open_run(conn, record)
        new, removed = _store_posts(conn, record)
        _recheck_missing(conn, record)
        spans = [replace(span, run_id=run_id) for span in record.spans]
        coverage.lay(conn, record.source_id, record.term_ids, spans)
        _move_walk(conn, record)
        _move_source(conn, record)
        conn.execute("update runs set new = ? where id = ?", (new, run_id))
        return Stored(run_id, len(record.sightings), new, removed)


def _open_run(conn: sqlite3.Connection, record: WalkRecord) -> int:
    cursor = conn.execute(
        "insert into runs (source_id, term_id, walk, started_at, finished_at, outcome, "
        "requests, seen, rejected, skipped, error) "
        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            record.source_id,
            record.term_id,
            record.walk,
            to_text(record.started_at),
            to_text(record.finished_at),
            record.outcome,
            record.requests,
            len(record.sightings),
            len(record.rejected),
            json.dumps(dict(record.skipped)) if record.skipped else None,
            record.error,
        ),
    )
    run_id = int(cursor.lastrowid or 0)
    conn.executemany(
        "insert into rejected (run_id, item, reason) values (?, ?, ?)",
        [
            (run_id, bad.item[:_REASON_LENGTH], bad.reason[:_REASON_LENGTH])
            for bad in record.rejected
        ],
    )
    return run_id


def _store_posts(conn: sqlite3.Connection, record: WalkRecord) -> tuple[int, int]:
    """How many posts are new, and how many lost their words."""
    wanted = suppressions.unsuppressed(conn, _once(record.sightings))
    people = [sighting.post.author for sighting in wanted]
    entities.authors(conn, people, record.finished_at)
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
        sightings.postpone_rechecks(conn, left, record.source_id, record.finished_at)
        sightings.advance_rechecks(
            conn, record.rechecked, record.source_id, record.finished_at
        )
        counted |= {post_id for post_id, _ in seen}
        removed = removals.delete(conn, record.deletions)
        removed += removals.hide_absent(conn, record.absent, record.source_id)
        removed += removals.change_accounts(conn, record.accounts, record.finished_at)
        removed += removals.withhold_opted_out(conn, shy, _posts_of(shy, seen))
    return new, removed


def _posts_of(shy: set[str], seen: Sequence[tuple[int, Sighting]]) -> list[int]:
    return [i for i, sighting in seen if sighting.post.author.uri in shy]


def _recheck_missing(conn: sqlite3.Connection, record: WalkRecord) -> None:
    """A settle walk that read all of a stretch shows which known posts are gone."""
    for span in record.spans:
        if record.walk == "settle" and span.state == "complete":
            sightings.recheck_missing(conn, record, span.from_at, span.to_at)


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
    record: WalkRecord,
    shy: set[str],
) -> tuple[int, list[tuple[int, Sighting]]]:
    now = record.finished_at
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
    sightings.plan_rechecks(conn, as_posts, record.source_id, now)
    if planned.deferred:
        again = posts.plan(conn, planned.deferred)
        seen += _write(conn, again, record, shy)[1]
    return len(new), seen


def _move_walk(conn: sqlite3.Connection, record: WalkRecord) -> None:
    conn.execute(
        "update walks set next_due_at = :due, interval_s = :interval, "
        "failures = :failures, checkpoint = coalesce(:checkpoint, checkpoint), "
        "checkpoint_at = case when :complete then :started else checkpoint_at end "
        "where source_id = :source and term_id = :term and walk = :walk",
        {
            "due": to_text(record.next_due_at),
            "interval": record.interval_s,
            "failures": record.failures,
            "checkpoint": record.checkpoint,
            "complete": record.outcome == "complete",
            "started": to_text(record.started_at),
            "source": record.source_id,
            "term": record.term_id,
            "walk": record.walk,
        },
    )


def _move_source(conn: sqlite3.Connection, record: WalkRecord) -> None:
    conn.execute(
        "update sources set state = :state, last_error = :error, "
        "last_ok_at = case when :ok then :finished else last_ok_at end, "
        "next_due_at = (select min(next_due_at) from walks where source_id = :source) "
        "where id = :source",
        {
            "state": record.source_state,
            "error": record.error,
            "ok": record.outcome != "broken",
            "finished": to_text(record.finished_at),
            "source": record.source_id,
        },
    )
