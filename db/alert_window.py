"""What the rules for alerts look at: the last hours' posts, what was before them, posts
that others look to, sources that fail; and what is told of the posts of an alert."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from db.connection import transaction
from db.messages import repeated_share
from db.parameters import listed
from db.times import from_text, to_text

_MOST = 20_000  # posts of a window, the newest
_LOOKED_AT = 2_000  # posts of an alert that are told of, the newest
_CITED_FOR = timedelta(days=30)
_SHOWN = "p.state in ('live', 'edited')"


@dataclass(frozen=True, slots=True)
class Seen:
    """A live post of the window. voice: its author; one number for a person with several
    accounts. followers, shares (reposts and quotes): None: unknown. before: whether the
    account wrote in the campaign in the month before; None: not looked up."""

    id: int
    voice: int
    at: datetime
    platform: str
    kind: str
    message: int
    text: str
    sentiment: str | None
    handle: str | None
    followers: int | None
    shares: int | None = None
    before: bool | None = None
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """A post that many shared, and what became of it."""

    id: int
    platform: str
    state: str
    edited_at: str | None
    shares: int


@dataclass(frozen=True, slots=True)
class Failing:
    """A source that is not read. since: when it last was; None: never."""

    slug: str
    platform: str
    state: str
    since: datetime | None
    error: str | None


def posts(
    db: Database, campaign_id: int, since: datetime, large: int | None
) -> list[Seen]:
    """The campaign's live posts from a moment on, oldest first. large: from so many
    followers on it is looked up whether the account wrote before; None: never."""
    rows = db.conn.execute(
        "select p.id, coalesce(a.voice, a.id), m.published_at, p.platform, p.kind, "
        "p.message, coalesce(p.title || ' ', '') || p.text, p.sentiment, a.handle, "
        "a.followers, a.id, coalesce(p.reposts + p.quotes, p.reposts, p.quotes) "
        "from matches m indexed by matches_newest "
        "cross join posts p on p.id = m.post_id cross join authors a on a.id = p.author_id "
        "where m.campaign_id = ? and m.first and m.published_at >= ? "
        f"and {_SHOWN} order by m.published_at desc limit {_MOST}",
        (campaign_id, to_text(since)),
    ).fetchall()
    ids = listed(row[0] for row in rows)
    tags, links, mentions = (
        _beside(db.conn, select, ids) for select in (_TAGS, _LINKS, _MENTIONS)
    )
    wrote = _wrote_before(db.conn, campaign_id, since, _large(rows, large))
    return [
        Seen(
            id=row[0], voice=row[1], at=from_text(row[2]), platform=row[3], kind=row[4],
            message=row[5], text=row[6], sentiment=row[7], handle=row[8],
            followers=row[9], shares=row[11], before=wrote.get(row[10]),
            tags=tags.get(row[0], ()), links=links.get(row[0], ()),
            mentions=mentions.get(row[0], ()),
        )
        for row in reversed(rows)
    ]  # fmt: skip


_AMONG = "in (select value from json_each(?))"
_TAGS = (
    "select x.post_id, h.tag from post_hashtags x join hashtags h on h.id = x.hashtag_id "
    f"where x.post_id {_AMONG}"
)
_LINKS = (
    "select x.post_id, l.url from post_links x join links l on l.id = x.link_id "
    f"where x.post_id {_AMONG}"
)
_MENTIONS = f"select post_id, account from mentions where post_id {_AMONG}"


def _beside(
    conn: sqlite3.Connection, select: str, ids: str
) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for post_id, value in conn.execute(select, (ids,)):
        found[post_id] = (*found.get(post_id, ()), value)
    return found


def _large(rows: Iterable[Sequence[Any]], large: int | None) -> set[int]:
    if large is None:
        return set()
    return {row[10] for row in rows if (row[9] or 0) >= large}


def _wrote_before(
    conn: sqlite3.Connection, campaign_id: int, since: datetime, authors: set[int]
) -> dict[int, bool]:
    return {
        author: bool(
            conn.execute(
                "select exists (select 1 from posts p indexed by posts_author "
                "cross join matches m indexed by matches_post on m.post_id = p.id "
                "and m.campaign_id = ? where p.author_id = ? and p.published_at >= ? "
                "and p.published_at < ?)",
                (
                    campaign_id,
                    author,
                    to_text(since - timedelta(days=30)),
                    to_text(since),
                ),
            ).fetchone()[0]
        )
        for author in authors
    }


def before(
    db: Database,
    campaign_id: int,
    days: tuple[datetime, datetime],
    tags: Iterable[str],
    links: Iterable[str],
) -> tuple[dict[str, int], dict[str, int]]:
    """Posts with each of these tags and links on these days, both included, by roll-up."""
    first, last = (to_text(day)[:10] for day in days)
    counted = (
        "select {name}, sum(d.posts) from {entities} e cross join {rollup} d "
        "on d.campaign_id = :campaign and d.day >= :first and d.day <= :last "
        "and d.{key} = e.id where {name} in (select value from json_each(:names)) "
        "group by 1"
    )
    given = {"campaign": campaign_id, "first": first, "last": last}
    by_tag = db.conn.execute(
        counted.format(
            name="e.tag", entities="hashtags", rollup="daily_hashtags", key="hashtag_id"
        ),
        {**given, "names": listed(tags)},
    ).fetchall()
    by_link = db.conn.execute(
        counted.format(
            name="e.url", entities="links", rollup="daily_links", key="link_id"
        ),
        {**given, "names": listed(links)},
    ).fetchall()
    return dict(by_tag), dict(by_link)


def watched(db: Database, campaign_id: int) -> tuple[frozenset[str], datetime | None]:
    """The tags that the campaign searches for, and the hour of its first post."""
    terms = db.conn.execute(
        "select value from terms where campaign_id = ? and kind = 'hashtag'",
        (campaign_id,),
    ).fetchall()
    (first,) = db.conn.execute(
        "select min(hour) from hourly where campaign_id = ?", (campaign_id,)
    ).fetchone()
    return frozenset(row[0] for row in terms), from_text(first) if first else None


def tone(
    db: Database, campaign_id: int, since: datetime, until: datetime, hours: int
) -> list[tuple[int, int]]:
    """(negative, scored) posts of each block of so many hours, from the roll-up."""
    rows = db.conn.execute(
        "select (unixepoch(hour) - unixepoch(:since)) / (:hours * 3600) as block, "
        "sum(iif(sentiment = 'negative', posts, 0)), sum(posts) from hourly "
        "where campaign_id = :campaign and hour >= :since and hour < :until "
        "and sentiment <> 'unscored' group by block",
        {
            "campaign": campaign_id,
            "since": to_text(since),
            "until": to_text(until),
            "hours": hours,
        },
    )
    return [(negative, scored) for _, negative, scored in rows]


def failing(db: Database, campaign_id: int) -> list[Failing]:
    """The campaign's sources that fail or are parked."""
    rows = db.conn.execute(
        "select s.slug, s.platform, s.state, s.last_ok_at, s.last_error from sources s "
        "where s.state in ('failing', 'parked') and exists (select 1 from coverage c "
        "join terms t on t.id = c.term_id where c.source_id = s.id "
        "and t.campaign_id = ? and t.removed_at is null)",
        (campaign_id,),
    )
    return [
        Failing(slug, platform, state, from_text(at) if at else None, error)
        for slug, platform, state, at, error in rows
    ]


def cite(db: Database, campaign_id: int, least: int, now: datetime) -> None:
    """From now on watch the campaign's posts that were shared so often, among its newest
    20,000, and those that staff noted; no longer those of more than a month ago."""
    with transaction(db) as conn:
        conn.execute(
            "insert into cited (campaign_id, post_id, since_at, state, edited_at) "
            "select :campaign, id, :now, state, edited_at from ("
            "  select p.* from matches m indexed by matches_newest "
            "  cross join posts p on p.id = m.post_id where m.campaign_id = :campaign "
            f"  and m.first and {_SHOWN} order by m.published_at desc limit {_MOST}) "
            "where coalesce(reposts, 0) + coalesce(quotes, 0) >= :least "
            "or id in (select post_id from notes) on conflict do nothing",
            {"campaign": campaign_id, "now": to_text(now), "least": least},
        )
        conn.execute(
            "delete from cited where campaign_id = ? and since_at < ?",
            (campaign_id, to_text(now - _CITED_FOR)),
        )


def changed(db: Database, campaign_id: int) -> list[Changed]:
    """What became of watched posts since it was last noted."""
    rows = db.conn.execute(
        "select p.id, p.platform, p.state, p.edited_at, "
        "coalesce(p.reposts, 0) + coalesce(p.quotes, 0) from cited c "
        "cross join posts p on p.id = c.post_id where c.campaign_id = ? "
        "and (p.state <> c.state or p.edited_at is not c.edited_at)",
        (campaign_id,),
    )
    return [Changed(*row) for row in rows]


def note_changes(db: Database, campaign_id: int, changes: Iterable[Changed]) -> None:
    """They were told; only what changes from now on is news."""
    with transaction(db) as conn:
        conn.executemany(
            "update cited set state = ?, edited_at = ? "
            "where campaign_id = ? and post_id = ?",
            [(one.state, one.edited_at, campaign_id, one.id) for one in changes],
        )


def of_series(
    db: Database, campaign_id: int, platform: str, since: datetime, until: datetime
) -> list[int]:
    """A campaign's live posts on a platform, the newest 2,000 of that time."""
    rows = db.conn.execute(
        "select p.id from matches m indexed by matches_newest "
        "cross join posts p on p.id = m.post_id where m.campaign_id = ? and m.first "
        f"and m.published_at >= ? and m.published_at < ? and p.platform = ? and {_SHOWN} "
        f"order by m.published_at desc limit {_LOOKED_AT}",
        (campaign_id, to_text(since), to_text(until), platform),
    )
    return [row[0] for row in rows]


def evidence(db: Database, post_ids: Sequence[int]) -> Mapping[str, Any]:
    """What these posts are: posts, voices, the share of the three that wrote most,
    messages, the share of posts that say what another one says, five posts (ids, the most
    shared first) and the links that most of them share. Of the last 2,000."""
    ids = listed(post_ids[-_LOOKED_AT:])
    rows = db.conn.execute(
        "select p.id, coalesce(a.voice, a.id), p.message from posts p "
        f"join authors a on a.id = p.author_id where p.id {_AMONG} and {_SHOWN}",
        (ids,),
    ).fetchall()
    by_voice: dict[int, int] = {}
    for _, voice, _ in rows:
        by_voice[voice] = by_voice.get(voice, 0) + 1
    messages = len({row[2] for row in rows})
    leading = sum(sorted(by_voice.values(), reverse=True)[:3])
    return {
        "posts": len(rows),
        "voices": len(by_voice),
        "top_three_share": round(leading / len(rows), 3) if rows else None,
        "messages": messages,
        "repeated_share": repeated_share(len(rows), messages),
        "examples": _examples(db.conn, ids),
        "links": _links(db.conn, ids),
    }


def _examples(conn: sqlite3.Connection, ids: str) -> list[int]:
    rows = conn.execute(
        f"select p.id from posts p where p.id {_AMONG} and {_SHOWN} "
        "order by coalesce(reposts, 0) + coalesce(quotes, 0) desc, id desc limit 5",
        (ids,),
    )
    return [row[0] for row in rows]


def _links(conn: sqlite3.Connection, ids: str) -> list[dict[str, Any]]:
    rows = conn.execute(
        "select l.url, count(*) from post_links x join links l on l.id = x.link_id "
        f"where x.post_id {_AMONG} group by 1 order by 2 desc, 1 limit 3",
        (ids,),
    )
    return [{"url": url, "posts": posts} for url, posts in rows]
