"""Staff's labels: the random sample that they are asked about, and what they said."""

from __future__ import annotations

import random
import sqlite3
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from sqlite_utils import Database

from db.connection import transaction
from db.times import to_text

LABELS = ("negative", "neutral", "positive", "unclear")
# Posts a day that staff are asked to label, of the last week's: what one person does over a
# coffee, and enough for an error bar after six days (groundswell/sentiment/shares.py).
DAILY, SAMPLED = 10, timedelta(days=7)
_SHOWN = (
    "select p.id, p.published_at, p.platform, p.lang, p.title, p.text, "
    "p.content_warning, p.url from samples s cross join posts p on p.id = s.post_id "
)


@dataclass(frozen=True, slots=True)
class ToLabel:
    """A drawn post, as it is shown to whoever labels it: without the engine's opinion,
    which would be repeated."""

    id: int
    published_at: str
    platform: str
    lang: str
    title: str | None
    text: str
    content_warning: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Label:
    """What one person says of one post."""

    post_id: int
    label: str


def draw(
    db: Database,
    campaign_id: int,
    size: int,
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    dice: random.Random,
) -> int:
    """Draw scored live posts of that time, each with the same chance; how many are new in
    the sample. The hours are whole: `since` and `until` lie at their beginning."""
    with transaction(db) as conn:
        return _draw(
            conn, campaign_id, size, (to_text(since), to_text(until)), now, dice
        )


def draw_daily(
    db: Database,
    size: int,
    span: timedelta,
    now: datetime,
    dice: random.Random,
    campaign_id: int | None = None,
) -> int:
    """Once a day, for each campaign (or this one): draw from the posts of so long a time
    until now."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    drawn = 0
    with transaction(db) as conn:
        due = conn.execute(
            "select id from campaigns k where removed_at is null and not exists "
            "(select 1 from draws where campaign_id = k.id and at > ?) "
            "and coalesce(?, id) = id",
            (to_text(now - timedelta(days=1)), campaign_id),
        ).fetchall()
        for (campaign_id,) in due:
            times = (to_text(hour - span), to_text(hour))
            drawn += _draw(conn, campaign_id, size, times, now, dice)
    return drawn


def _draw(
    conn: sqlite3.Connection,
    campaign_id: int,
    size: int,
    times: tuple[str, str],
    now: datetime,
    dice: random.Random,
) -> int:
    hours = conn.execute(
        "select hour, sum(posts) from hourly where campaign_id = ? and hour >= ? "
        "and hour < ? and sentiment <> 'unscored' group by hour having sum(posts) > 0",
        (campaign_id, *times),
    ).fetchall()
    population = sum(count for _, count in hours)
    size = min(size, population)
    if not size:
        return 0
    (draw_id,) = conn.execute(
        "insert into draws (campaign_id, from_at, to_at, population, size, at) "
        "values (?, ?, ?, ?, ?, ?) returning id",
        (campaign_id, *times, population, size, to_text(now)),
    ).fetchone()
    places = dice.sample(range(population), size)
    ids = _at(conn, campaign_id, hours, places)
    before = conn.total_changes
    conn.executemany(
        "insert into samples (campaign_id, post_id, draw_id) values (?, ?, ?) "
        "on conflict do nothing",
        [(campaign_id, post_id, draw_id) for post_id in ids],
    )
    return conn.total_changes - before


def _at(
    conn: sqlite3.Connection,
    campaign_id: int,
    hours: Sequence[tuple[str, int]],
    places: Iterable[int],
) -> list[int]:
    """The posts at these places, counted through the hours."""
    ends = list(accumulate(count for _, count in hours))
    wanted: dict[int, list[int]] = {}
    for place in places:
        number = bisect_right(ends, place)
        begin = ends[number - 1] if number else 0
        wanted.setdefault(number, []).append(place - begin)
    found = []
    for number, offsets in wanted.items():
        hour = hours[number][0]
        rows = conn.execute(
            "select p.id from matches m indexed by matches_newest "
            "cross join posts p on p.id = m.post_id where m.campaign_id = ? and m.first "
            "and m.published_at >= ? and m.published_at < ? "
            "and p.state in ('live', 'edited') and p.sentiment is not null",
            (campaign_id, hour, hour[:13] + ":59:60"),
        ).fetchall()
        found += [rows[offset][0] for offset in offsets if offset < len(rows)]
    return found


def to_label(db: Database, campaign_id: int, person: str, limit: int) -> list[ToLabel]:
    """The sample's live posts that this person has not labelled, or that were edited since;
    newest first."""
    rows = db.conn.execute(
        _SHOWN + "left join labels l on l.post_id = p.id and l.labelled_by = ? "
        "where s.campaign_id = ? and p.state in ('live', 'edited') "
        "and (l.post_id is null or l.at < coalesce(p.edited_at, '')) "
        "order by p.published_at desc, p.id desc limit ?",
        (person, campaign_id, limit),
    )
    return [ToLabel(*row) for row in rows]


def sampled(db: Database, campaign_id: int, post_id: int) -> ToLabel | None:
    """A live post of the sample, labelled or not; None where it is not one."""
    row = db.conn.execute(
        _SHOWN + "where s.campaign_id = ? and s.post_id = ? "
        "and p.state in ('live', 'edited')",
        (campaign_id, post_id),
    ).fetchone()
    return ToLabel(*row) if row else None


def store(
    db: Database, labels: Iterable[Label], person: str, now: datetime
) -> list[int]:
    """Write what a person says, over what they said before; the posts that are not there
    to be labelled (unknown, or their words were taken back)."""
    missing = []
    with transaction(db) as conn:
        for one in labels:
            cursor = conn.execute(
                "insert into labels (post_id, labelled_by, label, at) "
                "select id, ?, ?, ? from posts where id = ? "
                "and state in ('live', 'edited') on conflict do update "
                "set label = excluded.label, at = excluded.at",
                (person, one.label, to_text(now), one.post_id),
            )
            if cursor.rowcount < 1:
                missing.append(one.post_id)
    return missing
