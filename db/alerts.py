"""Alerts: the counts that they are found in, what is told with them, and their rows."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlite_utils import Database

from db import deliveries
from db.connection import transaction
from db.messages import repeated_share
from db.times import from_text, to_text

# A channel's name, and the campaigns that it wants to know of; None: all.
Channel = tuple[str, Sequence[str] | None]
_LOOKED_AT = 2_000  # of an alert's posts, the newest


class Series(NamedTuple):
    """What is counted apart: a campaign's posts on a platform."""

    campaign_id: int
    platform: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """rule: spike or silence. raised_at: the beginning of the bin in which it was found.
    evidence: figures by name, for JSON."""

    series: Series
    rule: str
    raised_at: datetime
    summary: str
    evidence: Mapping[str, Any]


def series(db: Database) -> list[Series]:
    """The platforms that sources watch for each campaign."""
    rows = db.conn.execute(
        "select distinct t.campaign_id, s.platform from coverage c "
        "join terms t on t.id = c.term_id join sources s on s.id = c.source_id "
        "join campaigns k on k.id = t.campaign_id "
        "where k.removed_at is null and t.removed_at is null and s.state <> 'removed' "
        "and s.platform <> 'archive' order by 1, 2"
    )
    return [Series(*row) for row in rows]


def counts(
    db: Database, since: datetime, until: datetime, step: timedelta
) -> dict[Series, dict[datetime, int]]:
    """Live posts by the beginning of their bin; bins without any are left out."""
    seconds = int(step.total_seconds())
    rows = db.conn.execute(
        "select m.campaign_id, p.platform, unixepoch(m.published_at) / :step as bin, "
        "count(*) from matches m indexed by matches_timeline "
        "cross join posts p on p.id = m.post_id where m.first "
        "and m.published_at >= :since and m.published_at < :until "
        "and p.state in ('live', 'edited') group by 1, 2, 3",
        {"step": seconds, "since": to_text(since), "until": to_text(until)},
    )
    found: dict[Series, dict[datetime, int]] = {}
    zone = since.tzinfo
    for campaign_id, platform, place, count in rows:
        at = datetime.fromtimestamp(place * seconds, zone)
        found.setdefault(Series(campaign_id, platform), {})[at] = count
    return found


def seen(
    db: Database, since: datetime, until: datetime
) -> dict[Series, list[list[list[tuple[datetime, datetime]]]]]:
    """What was read: for each series its sources, for each the terms that it watches, for
    each of those the spans, in order. A source saw what it read for all of its terms."""
    rows = db.conn.execute(
        "select t.campaign_id, s.platform, s.id, t.id, c.from_at, c.to_at, "
        "c.state in ('complete', 'overlapping') from coverage c "
        "join terms t on t.id = c.term_id join sources s on s.id = c.source_id "
        "where t.removed_at is null and s.state <> 'removed' "
        "and c.from_at < ? and c.to_at > ? order by 1, 2, 3, 4, 5",
        (to_text(until), to_text(since)),
    )
    found: dict[Series, dict[int, dict[int, list[tuple[datetime, datetime]]]]] = {}
    for campaign_id, platform, source, term, begin, end, read in rows:
        terms = found.setdefault(Series(campaign_id, platform), {}).setdefault(
            source, {}
        )
        spans = terms.setdefault(term, [])
        if read:
            spans.append((from_text(begin), from_text(end)))
    return {
        key: [list(terms.values()) for terms in sources.values()]
        for key, sources in found.items()
    }


def raise_once(
    db: Database, alert: Alert, channels: Sequence[Channel], now: datetime
) -> bool:
    """Write an alert and what is to be told of it; whether it was not there yet."""
    with transaction(db) as conn:
        (slug,) = conn.execute(
            "select slug from campaigns where id = ?", (alert.series.campaign_id,)
        ).fetchone()
        cursor = conn.execute(
            "insert into alerts "
            "(campaign_id, platform, rule, raised_at, summary, evidence) "
            "values (?, ?, ?, ?, ?, ?) on conflict do nothing",
            (
                *alert.series,
                alert.rule,
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


def resolve(db: Database, series: Series, at: datetime, now: datetime) -> int:
    """Close what is open of a series, and have those told who were told of it; how many
    there were."""
    with transaction(db) as conn:
        rows = conn.execute(
            "update alerts set resolved_at = ? where campaign_id = ? and platform = ? "
            "and resolved_at is null and raised_at < ? returning id",
            (to_text(at), *series, to_text(at)),
        ).fetchall()
        for (alert_id,) in rows:
            told = deliveries.told_of(conn, alert_id)
            deliveries.enqueue(conn, alert_id, told, now, "over")
        return len(rows)


def evidence(
    db: Database, series: Series, since: datetime, until: datetime
) -> dict[str, Any]:
    """What the posts of that time are: posts, voices, the share of the three that wrote
    most, messages, the share of posts that say what another one says, five posts (ids, the
    most shared first) and the links that most of them share. Of the newest 2,000."""
    rows = db.conn.execute(
        "select p.id, p.author_id, p.message from matches m indexed by matches_newest "
        "cross join posts p on p.id = m.post_id where m.campaign_id = ? and m.first "
        "and m.published_at >= ? and m.published_at < ? and p.platform = ? "
        "and p.state in ('live', 'edited') order by m.published_at desc limit ?",
        (
            series.campaign_id,
            to_text(since),
            to_text(until),
            series.platform,
            _LOOKED_AT,
        ),
    ).fetchall()
    ids = json.dumps([row[0] for row in rows])
    by_author: dict[int, int] = {}
    for _, author, _ in rows:
        by_author[author] = by_author.get(author, 0) + 1
    messages = len({row[2] for row in rows})
    leading = sum(sorted(by_author.values(), reverse=True)[:3])
    return {
        "from": to_text(since),
        "to": to_text(until),
        "posts": len(rows),
        "voices": len(by_author),
        "top_three_share": round(leading / len(rows), 3) if rows else None,
        "messages": messages,
        "repeated_share": repeated_share(len(rows), messages),
        "examples": _examples(db.conn, ids),
        "links": _links(db.conn, ids),
    }


def _examples(conn: sqlite3.Connection, ids: str) -> list[int]:
    rows = conn.execute(
        "select id from posts where id in (select value from json_each(?)) "
        "order by coalesce(reposts, 0) + coalesce(quotes, 0) desc, id desc limit 5",
        (ids,),
    )
    return [row[0] for row in rows]


def _links(conn: sqlite3.Connection, ids: str) -> list[dict[str, Any]]:
    rows = conn.execute(
        "select l.url, count(*) from post_links x join links l on l.id = x.link_id "
        "where x.post_id in (select value from json_each(?)) "
        "group by 1 order by 2 desc, 1 limit 3",
        (ids,),
    )
    return [{"url": url, "posts": posts} for url, posts in rows]
