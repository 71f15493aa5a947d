"""Reports that were made on schedule, each once, and the outbox that they are sent from.

A delivery goes from waiting to sending in a transaction of its own, before anything leaves
this machine, as alerts' do (db/deliveries.py): it is told once, or not at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlite_utils import Database

from db.connection import transaction
from db.times import from_text, to_text

State = Literal["made", "failed", "skipped"]
# A due time further ahead than any retry was written while the clock was wrong.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A report of one time, UTC. error: why it failed; else None."""

    name: str
    period_from: datetime
    period_to: datetime
    state: State
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """What to send to one channel. period_from: UTC. attempts: with this one."""

    report_id: int
    channel: str
    name: str
    period_from: datetime
    attempts: int


def known(db: Database, name: str) -> bool:
    """Whether a report of this name was ever due."""
    found = db.conn.execute("select 1 from reports where name = ? limit 1", (name,))
    return found.fetchone() is not None


def state_of(
    db: Database, name: str, period_from: datetime
) -> tuple[State, datetime] | None:
    """How a report of this time stands and since when; None: it is not made yet."""
    row = db.conn.execute(
        "select state, made_at from reports where name = ? and period_from = ?",
        (name, to_text(period_from)),
    ).fetchone()
    return (row[0], from_text(row[1])) if row else None


def record(
    db: Database, made: Made, channels: Iterable[str], now: datetime
) -> int | None:
    """Write a report down and what is to be sent of it; its id, or None where it was
    made before. One that failed may be made again."""
    with transaction(db) as conn:
        row = conn.execute(
            "insert into reports (name, period_from, period_to, made_at, state, error) "
            "values (?, ?, ?, ?, ?, ?) on conflict (name, period_from) do update set "
            "made_at = excluded.made_at, state = excluded.state, error = excluded.error "
            "where reports.state = 'failed' returning id",
            (made.name, to_text(made.period_from), to_text(made.period_to),
             to_text(now), made.state, made.error),
        ).fetchone()  # fmt: skip
        if row is None:
            return None
        conn.executemany(
            "insert into report_deliveries (report_id, channel, state, due_at) "
            "values (?, ?, 'waiting', ?)",
            [(row[0], channel, to_text(now)) for channel in channels],
        )
        return int(row[0])


def recover(db: Database) -> int:
    """At the start: what was being sent when the last monitor ended is not sent again."""
    with transaction(db) as conn:
        cursor = conn.execute(
            "update report_deliveries set state = 'unsure', error = ? "
            "where state = 'sending'",
            ("the monitor ended while it was being sent; it may not have arrived",),
        )
        return cursor.rowcount


def take(db: Database, now: datetime, channels: Sequence[str]) -> Due | None:
    """What one of these channels is to be sent now, the oldest: marked as being sent.
    One at a time, so that an end in between leaves no other unsure."""
    with transaction(db) as conn:
        rows = conn.execute(
            "select d.report_id, d.channel, r.name, r.period_from, d.attempts + 1 "
            "from report_deliveries d join reports r on r.id = d.report_id "
            "where d.state = 'waiting' and (d.due_at <= ? or d.due_at > ?) "
            "order by d.report_id, d.channel",
            (to_text(now), to_text(now + _AHEAD)),
        )
        row = next((row for row in rows if row[1] in channels), None)
        if row is None:
            return None
        due = Due(row[0], row[1], row[2], from_text(row[3]), row[4])
        _mark(conn, due, "state = 'sending', attempts = attempts + 1")
    return due


def sent(db: Database, due: Due, now: datetime) -> None:
    """It arrived."""
    change = "state = 'sent', error = null, sent_at = :at"
    with transaction(db) as conn:
        _mark(conn, due, change, {"at": to_text(now)})


def later(db: Database, due: Due, due_at: datetime, error: str) -> None:
    """It did not arrive, and is to be tried again."""
    change = "state = 'waiting', due_at = :at, error = :error"
    with transaction(db) as conn:
        _mark(conn, due, change, {"at": to_text(due_at), "error": error})


def failed(db: Database, due: Due, error: str) -> None:
    """It did not arrive, and is not tried again."""
    with transaction(db) as conn:
        _mark(conn, due, "state = 'failed', error = :error", {"error": error})


def _mark(
    conn: sqlite3.Connection,
    due: Due,
    change: str,
    told: Mapping[str, str] | None = None,
) -> None:
    conn.execute(
        f"update report_deliveries set {change} "
        "where report_id = :report and channel = :channel",
        {**(told or {}), "report": due.report_id, "channel": due.channel},
    )
