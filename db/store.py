"""One walk, one transaction: posts, removals, roll-ups, coverage, checkpoint, run."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace

from sqlite_utils import Database

from db import coverage, sightings
from db.connection import transaction
from db.intake import take_in
from db.records import Stored, WalkRecord
from db.times import to_text

_REASON_LENGTH = 500


def record_walk(db: Database, record: WalkRecord) -> Stored:
    """Store everything that a walk brought, or nothing. Raises StoreError."""
    with transaction(db) as conn:
        run_id = _open_run(conn, record)
        new, removed = take_in(conn, record.intake)
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


def _recheck_missing(conn: sqlite3.Connection, record: WalkRecord) -> None:
    """A settle walk that read all of a stretch shows which known posts are gone."""
    for span in record.spans:
        if record.walk == "settle" and span.state == "complete":
            sightings.recheck_missing(conn, record, span.from_at, span.to_at)


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
