"""The outbox: what is to be told of an alert, and to whom. Told once, or not at all.

A row goes from waiting to sending in a transaction of its own, before anything leaves this
machine. A monitor that dies in between finds it in sending when it starts again, and calls
it unsure: nobody is told twice, and the pages say what may not have arrived.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from db.connection import transaction
from db.times import to_text

Key = tuple[int, str, str]
# A due time further ahead than any retry was written while the clock was wrong.
_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What to tell one channel. key: alert, channel, event. attempts: with this one."""

    key: Key
    campaign: str
    title: str
    rule: str
    raised_at: str
    resolved_at: str | None
    summary: str
    evidence: str
    attempts: int

    @property
    def channel(self) -> str:
        """Whom to tell."""
        return self.key[1]

    @property
    def event(self) -> str:
        """What: that it was raised, or that it is over."""
        return self.key[2]


def enqueue(
    conn: sqlite3.Connection,
    alert_id: int,
    channels: Iterable[str],
    now: datetime,
    event: str = "raised",
) -> None:
    """Have these channels told, within the transaction that writes the alert."""
    conn.executemany(
        "insert into deliveries (alert_id, channel, event, state, due_at) "
        "values (?, ?, ?, 'waiting', ?) on conflict do nothing",
        [(alert_id, channel, event, to_text(now)) for channel in channels],
    )


def told_of(conn: sqlite3.Connection, alert_id: int) -> list[str]:
    """The channels that were told of an alert, or may have been."""
    rows = conn.execute(
        "select channel from deliveries where alert_id = ? and event = 'raised' "
        "and state in ('sending', 'sent', 'unsure')",
        (alert_id,),
    )
    return [row[0] for row in rows]


def recover(db: Database) -> int:
    """At the start: what was being sent when the last monitor ended is not sent again."""
    with transaction(db) as conn:
        cursor = conn.execute(
            "update deliveries set state = 'unsure', error = ? where state = 'sending'",
            ("the monitor ended while it was being sent; it may not have arrived",),
        )
        return cursor.rowcount


def take(db: Database, now: datetime, channels: Sequence[str]) -> list[Due]:
    """What these channels are to be told now, oldest first: marked as being sent."""
    with transaction(db) as conn:
        rows = conn.execute(
            "select d.alert_id, d.channel, d.event, c.slug, c.title, a.rule, a.raised_at, "
            "a.resolved_at, a.summary, a.evidence, d.attempts + 1 from deliveries d "
            "join alerts a on a.id = d.alert_id join campaigns c on c.id = a.campaign_id "
            "where d.state = 'waiting' and (d.due_at <= ? or d.due_at > ?) "
            "order by a.raised_at, d.alert_id, d.event desc",
            (to_text(now), to_text(now + _AHEAD)),
        ).fetchall()
        found = [
            Due(
                key=(row[0], row[1], row[2]), campaign=row[3], title=row[4], rule=row[5],
                raised_at=row[6], resolved_at=row[7], summary=row[8], evidence=row[9],
                attempts=row[10],
            )
            for row in rows if row[1] in channels
        ]  # fmt: skip
        _mark(
            conn,
            [due.key for due in found],
            "state = 'sending', attempts = attempts + 1",
        )
    return found


def sent(db: Database, keys: Iterable[Key], now: datetime) -> None:
    """They arrived."""
    with transaction(db) as conn:
        _mark(
            conn,
            keys,
            "state = 'sent', error = null, sent_at = :at",
            {"at": to_text(now)},
        )


def later(db: Database, keys: Iterable[Key], due_at: datetime, error: str) -> None:
    """They did not arrive, and are to be tried again."""
    with transaction(db) as conn:
        told = {"at": to_text(due_at), "error": error}
        _mark(conn, keys, "state = 'waiting', due_at = :at, error = :error", told)


def failed(db: Database, keys: Iterable[Key], error: str) -> None:
    """They did not arrive, and are not tried again."""
    with transaction(db) as conn:
        _mark(conn, keys, "state = 'failed', error = :error", {"error": error})


def _mark(
    conn: sqlite3.Connection,
    keys: Iterable[Key],
    change: str,
    told: Mapping[str, str] | None = None,
) -> None:
    conn.executemany(
        f"update deliveries set {change} "
        "where alert_id = :alert and channel = :channel and event = :event",
        [
            {**(told or {}), "alert": alert, "channel": channel, "event": event}
            for alert, channel, event in keys
        ],
    )
