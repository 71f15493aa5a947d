"""What is due: the scheduler ticks, the database says which walk comes next."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlite_utils import Database

from collectors.base import Known, Walk
from db.connection import transaction
from db.records import DueWalk
from db.times import from_text, to_text

_COLUMNS = (
    "w.source_id, s.slug, s.platform, s.base_url, w.term_id, w.walk, "
    "w.interval_s, w.failures, w.checkpoint, w.checkpoint_at"
)


def plan(
    db: Database,
    source_id: int,
    jobs: Mapping[tuple[int, Walk], timedelta],
    now: datetime,
) -> None:
    """Have exactly these walks of a source, (term id, walk) to first interval.

    Walks that were there keep their place and time; others are dropped.
    """
    with transaction(db) as conn:
        stored = {
            (term_id, walk)
            for term_id, walk in conn.execute(
                "select term_id, walk from walks where source_id = ?", (source_id,)
            )
        }
        conn.executemany(
            "delete from walks where source_id = ? and term_id = ? and walk = ?",
            [(source_id, *key) for key in stored - jobs.keys()],
        )
        conn.executemany(
            "insert into walks (source_id, term_id, walk, next_due_at, interval_s) "
            "values (?, ?, ?, ?, ?) on conflict do nothing",
            [
                (source_id, term, walk, to_text(now), int(first.total_seconds()))
                for (term, walk), first in jobs.items()
            ],
        )


def due(db: Database, now: datetime) -> list[DueWalk]:
    """The walks whose time has come, latest first; parked sources are left alone."""
    return _read(
        db.conn,
        "where w.next_due_at <= ? and s.state not in ('parked', 'removed') "
        "order by w.next_due_at, w.walk <> 'forward', w.source_id, w.term_id",
        (to_text(now),),
    )


def of_source(db: Database, source_id: int) -> list[DueWalk]:
    """All walks of one source, due or not."""
    return _read(db.conn, "where w.source_id = ?", (source_id,))


def _read(
    conn: sqlite3.Connection, condition: str, parameters: Iterable[object]
) -> list[DueWalk]:
    rows = conn.execute(
        f"select {_COLUMNS} from walks w "
        f"join sources s on s.id = w.source_id {condition}",
        tuple(parameters),
    )
    return [
        DueWalk(
            source_id=row[0],
            source=row[1],
            platform=row[2],
            base_url=row[3],
            term_id=row[4],
            walk=row[5],
            interval_s=row[6],
            failures=row[7],
            checkpoint=row[8],
            checkpoint_at=from_text(row[9]) if row[9] else None,
        )
        for row in rows
    ]


def next_due(db: Database) -> datetime | None:
    """When the next walk is due, None where none is planned."""
    (at,) = db.conn.execute(
        "select min(w.next_due_at) from walks w join sources s on s.id = w.source_id "
        "where s.state not in ('parked', 'removed')"
    ).fetchone()
    return from_text(at) if at else None


def put_off(db: Database, walks: Iterable[DueWalk], until: datetime) -> None:
    """Make walks due later, without anything else having happened."""
    with transaction(db) as conn:
        conn.executemany(
            "update walks set next_due_at = ? "
            "where source_id = ? and term_id = ? and walk = ?",
            [(to_text(until), w.source_id, w.term_id, w.walk) for w in walks],
        )


def rechecks_due(
    db: Database, source_id: int, now: datetime, *, limit: int
) -> list[Known]:
    """The posts that this source should look at again now, longest due first."""
    rows = db.conn.execute(
        "select p.uri, (select c.value from copies c where c.post_id = p.id "
        "and c.scheme = 'local_id' and c.source_id = r.source_id limit 1) "
        "from rechecks r join posts p on p.id = r.post_id "
        "where r.source_id = ? and r.due_at <= ? order by r.due_at limit ?",
        (source_id, to_text(now), limit),
    )
    return [Known(uri, local_id) for uri, local_id in rows]


def next_recheck(db: Database, source_id: int) -> datetime | None:
    """When this source's next recheck is due, None where it has none."""
    (at,) = db.conn.execute(
        "select min(due_at) from rechecks where source_id = ?", (source_id,)
    ).fetchone()
    return from_text(at) if at else None


def last_error(db: Database, source_id: int) -> str | None:
    """What went wrong at a source's last walk, None when it went well."""
    (error,) = db.conn.execute(
        "select last_error from sources where id = ?", (source_id,)
    ).fetchone()
    return str(error) if error else None


def reopen(db: Database, before: datetime) -> None:
    """Let sources that described themselves as closed before a moment be asked again."""
    with transaction(db) as conn:
        conn.execute(
            "update sources set state = 'new' where state = 'parked' "
            "and probed_at is not null and probed_at < ?",
            (to_text(before),),
        )


def heal(db: Database, now: datetime) -> None:
    """Undo what a clock that ran ahead has written: nothing is due, or seen, in a future
    that the right clock has yet to reach."""
    horizon = {"now": to_text(now), "far": to_text(now + timedelta(days=8))}
    with transaction(db) as conn:
        for statement in (
            "update walks set next_due_at = :now where next_due_at > :far",
            "update rechecks set due_at = :now where due_at > :far",
            "delete from coverage where from_at >= :now",
            "update coverage set to_at = :now where to_at > :now",
        ):
            conn.execute(statement, horizon)


def parked_because(db: Database, source_id: int) -> str | None:
    """Why a source is parked, None where it is not."""
    row = db.conn.execute(
        "select coalesce(last_error, 'parked') from sources "
        "where id = ? and state = 'parked'",
        (source_id,),
    ).fetchone()
    return str(row[0]) if row else None
