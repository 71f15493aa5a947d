"""Alerts: raised once for what they are about, kept open while it lasts, and closed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from db import deliveries
from db.connection import transaction
from db.times import to_text

# A channel's name, and the campaigns that it wants to know of; None: all.
Channel = tuple[str, Sequence[str] | None]
# So long after the last alert about the same nothing is raised: what comes and goes is one.
_REARM = {"spike": timedelta(days=1), "silence": timedelta(days=1)}
_USUAL_REARM = timedelta(hours=6)
_AHEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """rule: its kind. platform: None where it is about several. subject: what it is about:
    a measure, a tag, an address, an account. raised_at: the beginning of the time in which
    it was found. evidence: figures by name, for JSON."""

    campaign_id: int
    rule: str
    raised_at: datetime
    summary: str
    platform: str | None = None
    subject: str = ""
    evidence: Mapping[str, Any]


def since(db: Database, now: datetime) -> datetime:
    """When alerts were first looked for in this file; from then on they are raised."""
    with transaction(db) as conn:
        # A later moment than now was written while the clock was wrong.
        conn.execute(
            "insert into meta (key, value) values ('alerts_since', ?) on conflict (key) "
            "do update set value = min(value, excluded.value)",
            (to_text(now),),
        )
        (told,) = conn.execute(
            "select value from meta where key = 'alerts_since'"
        ).fetchone()
    return datetime.fromisoformat(told)


def raise_once(
    db: Database, alert: Alert, channels: Sequence[Channel], now: datetime
) -> bool:
    """Write an alert and what is to be told of it; whether it is news: nothing is raised
    about what is open, or was within the time to re-arm."""
    with transaction(db) as conn:
        if _is_known(conn, alert):
            return False
        (slug,) = conn.execute(
            "select slug from campaigns where id = ?", (alert.campaign_id,)
        ).fetchone()
        cursor = conn.execute(
            "insert into alerts (campaign_id, platform, rule, subject, raised_at, "
            "summary, evidence) values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            (
                alert.campaign_id,
                alert.platform,
                alert.rule,
                alert.subject,
                to_text(alert.raised_at),
                alert.summary,
                json.dumps(alert.evidence),
            ),
        )
        if cursor.rowcount < 1:
            return False
        told = [name for name, wanted in channels if wanted is None or slug in wanted]
        deliveries.enqueue(conn, int(cursor.lastrowid or 0), told, now)
        return True


def _is_known(conn: sqlite3.Connection, alert: Alert) -> bool:
    """A spike of voices is none beside the spike of posts that they wrote."""
    measured = alert.rule in _REARM
    rearm = _REARM.get(alert.rule, _USUAL_REARM)
    what = "platform is :platform" if measured else "subject = :subject"
    found = conn.execute(
        f"select 1 from alerts where campaign_id = :campaign and rule = :rule and {what} "
        "and (resolved_at is null or max(resolved_at, raised_at) > :armed) "
        "and (raised_at <> :at or :measured) and raised_at <= :latest limit 1",
        {
            "campaign": alert.campaign_id,
            "rule": alert.rule,
            "platform": alert.platform,
            "subject": alert.subject,
            "armed": to_text(alert.raised_at - rearm),
            "at": to_text(alert.raised_at),
            "measured": measured,
            # One of the future was raised while the clock was wrong.
            "latest": to_text(alert.raised_at + _AHEAD),
        },
    ).fetchone()
    return found is not None


def resolve(
    db: Database,
    about: Alert,
    now: datetime,
) -> int:
    """Close what is open of a rule, platform and subject; how many there were."""
    with transaction(db) as conn:
        rows = conn.execute(
            "select id from alerts where campaign_id = ? and rule = ? "
            "and platform is ? and subject = ? and resolved_at is null and raised_at < ?",
            (
                about.campaign_id,
                about.rule,
                about.platform,
                about.subject,
                to_text(about.raised_at),
            ),
        ).fetchall()
        _close(conn, [row[0] for row in rows], about.raised_at, now, tell=True)
        return len(rows)


def close_others(
    db: Database,
    campaign_id: int,
    rule: str,
    lasting: Collection[str],
    now: datetime,
    *,
    tell: bool,
) -> int:
    """Close a rule's open alerts about anything but these; how many there were. tell:
    whether those are told who were told of them."""
    with transaction(db) as conn:
        rows = conn.execute(
            "select id, subject from alerts "
            "where campaign_id = ? and rule = ? and resolved_at is null",
            (campaign_id, rule),
        ).fetchall()
        over = [alert_id for alert_id, subject in rows if subject not in lasting]
        _close(conn, over, now, now, tell=tell)
        return len(over)


def close_removed(db: Database, now: datetime) -> int:
    """Close what is open of campaigns that are watched no more; nobody is told."""
    with transaction(db) as conn:
        rows = conn.execute(
            "select a.id from alerts a join campaigns k on k.id = a.campaign_id "
            "where a.resolved_at is null and k.removed_at is not null"
        ).fetchall()
        _close(conn, [row[0] for row in rows], now, now, tell=False)
        return len(rows)


def _close(
    conn: sqlite3.Connection,
    alert_ids: Sequence[int],
    at: datetime,
    now: datetime,
    *,
    tell: bool,
) -> None:
    for alert_id in alert_ids:
        conn.execute(
            "update alerts set resolved_at = ? where id = ?", (to_text(at), alert_id)
        )
        if tell:
            told = deliveries.told_of(conn, alert_id)
            deliveries.enqueue(conn, alert_id, told, now, "over")
