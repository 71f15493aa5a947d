"""What is counted apart for alerts, the counts by time, and which time was seen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from sqlite_utils import Database

from db.times import from_text, to_text

Measure = Literal["posts", "voices", "reposts"]
MEASURES: tuple[Measure, Measure, Measure] = ("posts", "voices", "reposts")


class Series(NamedTuple):
    """What is counted apart: a campaign's posts on a platform, the accounts that write
    them, and those of the posts that are reposts."""

    campaign_id: int
    platform: str
    measure: Measure = "posts"


def campaigns(db: Database) -> dict[int, str]:
    """The watched campaigns' slugs."""
    rows = db.conn.execute("select id, slug from campaigns where removed_at is null")
    return dict(rows.fetchall())


def series(db: Database) -> list[Series]:
    """The platforms that sources watch for each campaign, by each measure."""
    rows = db.conn.execute(
        "select distinct t.campaign_id, s.platform from coverage c "
        "join terms t on t.id = c.term_id join sources s on s.id = c.source_id "
        "join campaigns k on k.id = t.campaign_id "
        "where k.removed_at is null and t.removed_at is null and s.state <> 'removed' "
        "and s.platform <> 'archive' order by 1, 2"
    )
    return [
        Series(campaign_id, platform, measure)
        for campaign_id, platform in rows
        for measure in MEASURES
    ]


def counts(
    db: Database, since: datetime, until: datetime, step: timedelta
) -> dict[Series, dict[datetime, int]]:
    """Of live posts, by the beginning of their bin; bins without any are left out."""
    seconds = int(step.total_seconds())
    rows = db.conn.execute(
        "select m.campaign_id, p.platform, unixepoch(m.published_at) / :step as bin, "
        "count(*), count(distinct p.author_id), sum(p.kind = 'repost') "
        "from matches m indexed by matches_timeline "
        "cross join posts p on p.id = m.post_id where m.first "
        "and m.published_at >= :since and m.published_at < :until "
        "and p.state in ('live', 'edited') group by 1, 2, 3",
        {"step": seconds, "since": to_text(since), "until": to_text(until)},
    )
    found: dict[Series, dict[datetime, int]] = {}
    zone = since.tzinfo
    for campaign_id, platform, place, *told in rows:
        at = datetime.fromtimestamp(place * seconds, zone)
        for measure, count in zip(MEASURES, told, strict=True):
            key = Series(campaign_id, platform, measure)
            found.setdefault(key, {})[at] = count
    return found


def seen(
    db: Database, since: datetime, until: datetime
) -> dict[tuple[int, str], list[list[list[tuple[datetime, datetime]]]]]:
    """What was read: for each campaign and platform its sources, for each the terms that
    it watches, for each of those the spans, in order. A source saw what it read for all of
    its terms."""
    rows = db.conn.execute(
        "select t.campaign_id, s.platform, s.id, t.id, c.from_at, c.to_at, "
        "c.state in ('complete', 'overlapping') from coverage c "
        "join terms t on t.id = c.term_id join sources s on s.id = c.source_id "
        "where t.removed_at is null and s.state <> 'removed' "
        "and c.from_at < ? and c.to_at > ? order by 1, 2, 3, 4, 5",
        (to_text(until), to_text(since)),
    )
    found: dict[
        tuple[int, str], dict[int, dict[int, list[tuple[datetime, datetime]]]]
    ] = {}
    for campaign_id, platform, source, term, begin, end, read in rows:
        terms = found.setdefault((campaign_id, platform), {}).setdefault(source, {})
        spans = terms.setdefault(term, [])
        if read:
            spans.append((from_text(begin), from_text(end)))
    return {
        key: [list(terms.values()) for terms in sources.values()]
        for key, sources in found.items()
    }
