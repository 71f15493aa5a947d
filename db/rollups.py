"""Counts kept with the posts, in the same transaction, so that no page counts rows.

The one way to keep them: take the touched posts' share out, change the posts, put their
share back in. It holds whatever changed: text, sentiment, state, terms, time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

# A post once for each campaign, with all that is counted by. The order is forced: from the
# few touched posts to their matches, never the other way round, which would read all.
_COUNTED = """
select p.id, m.campaign_id, p.published_at, p.platform, p.lang, p.author_id, p.message,
  coalesce(p.sentiment, 'unscored') as sentiment, coalesce(p.polarity, 0.0) as polarity,
  p.state in ('live', 'edited') as shown,
  iif(p.sentiment = 'neutral' and p.state in ('live', 'edited'), p.evidence, null) as told
from {posts} cross join matches m{by} on m.post_id = p.id and m.first
"""
_ALL = f"({_COUNTED.format(posts='posts p', by='')})"
_TOUCHED = _COUNTED.format(
    posts="touched t cross join posts p on p.id = t.id", by=" indexed by matches_post"
)
_DAY = "substr(c.published_at, 1, 10)"
_HOUR = "substr(c.published_at, 1, 13) || ':00:00Z'"
_BY_SENTIMENT = (
    "c.platform, c.lang, c.sentiment, sum(c.shown), sum(not c.shown), total(c.polarity), "
    "count(*) filter (where c.told), count(*) filter (where not c.told) "
)
_EACH = "from {counted} c group by 1, 2, 3, 4, 5"
_EACH_TERM = (
    "from {counted} c cross join matches t on t.campaign_id = c.campaign_id "
    "and t.post_id = c.id group by 1, 2, 3, 4, 5, 6"
)

_SENTIMENT_COUNTS = (
    "posts",
    "removed",
    "polarity_sum",
    "with_evidence",
    "without_evidence",
)
# Each: table, key columns, value columns, and the select of one set's share.
_Table = tuple[tuple[str, ...], tuple[str, ...], str]
_TABLES: dict[str, _Table] = {
    "hourly": (
        ("campaign_id", "hour", "platform", "lang", "sentiment"),
        _SENTIMENT_COUNTS,
        f"select c.campaign_id, {_HOUR}, {_BY_SENTIMENT}{_EACH}",
    ),
    "daily": (
        ("campaign_id", "day", "platform", "lang", "sentiment"),
        _SENTIMENT_COUNTS,
        f"select c.campaign_id, {_DAY}, {_BY_SENTIMENT}{_EACH}",
    ),
    "daily_hashtags": (
        ("campaign_id", "day", "hashtag_id", "platform"),
        ("posts",),
        (
            f"select c.campaign_id, {_DAY}, h.hashtag_id, c.platform, count(*) "
            "from {counted} c cross join post_hashtags h on h.post_id = c.id "
            "where c.shown group by 1, 2, 3, 4"
        ),
    ),
    "hourly_terms": (
        ("campaign_id", "term_id", "hour", "platform", "lang", "sentiment"),
        _SENTIMENT_COUNTS,
        f"select c.campaign_id, t.term_id, {_HOUR}, {_BY_SENTIMENT}{_EACH_TERM}",
    ),
    "daily_terms": (
        ("campaign_id", "term_id", "day", "platform", "lang", "sentiment"),
        _SENTIMENT_COUNTS,
        f"select c.campaign_id, t.term_id, {_DAY}, {_BY_SENTIMENT}{_EACH_TERM}",
    ),
    "daily_links": (
        ("campaign_id", "day", "link_id", "platform"),
        ("posts",),
        (
            f"select c.campaign_id, {_DAY}, l.link_id, c.platform, count(*) "
            "from {counted} c cross join post_links l on l.post_id = c.id "
            "where c.shown group by 1, 2, 3, 4"
        ),
    ),
    "hourly_messages": (
        ("campaign_id", "hour_no", "message", "platform"),
        ("posts",),
        (
            f"select c.campaign_id, unixepoch({_HOUR}) / 3600, c.message, c.platform, "
            "count(*) "
            "from {counted} c where c.shown group by 1, 2, 3, 4"
        ),
    ),
    "daily_voices": (
        ("campaign_id", "day", "draw", "author_id", "platform"),
        ("posts", "hours"),
        (
            f"select c.campaign_id, {_DAY}, c.author_id * 2654435761 & 2147483647, "
            "c.author_id, c.platform, count(*), "
            "sum(distinct 1 << cast(substr(c.published_at, 12, 2) as integer)) "
            "from {counted} c where c.shown group by 1, 2, 3, 4, 5"
        ),
    ),
}

# Bits cannot be taken out as counts can: another post may have set them too. They stay,
# and are read anew where a post has left an hour.
_BITS = "hours"
_VOICED = f"""
select c.campaign_id, {_DAY} as day, c.author_id, c.platform,
  substr(c.published_at, 12, 2) as hour
from counted c where c.shown
"""
_HOURS_ANEW = f"""
with lost as (
  select distinct campaign_id, day, author_id, platform
  from (select * from voiced except {_VOICED})
)
update daily_voices set hours = coalesce((
  select sum(distinct 1 << cast(substr(p.published_at, 12, 2) as integer))
  from posts p indexed by posts_author
  cross join matches m on m.campaign_id = l.campaign_id and m.post_id = p.id and m.first
  where p.author_id = l.author_id and p.published_at >= l.day
    and p.published_at < date(l.day, '+1 day') and p.platform = l.platform
    and p.state in ('live', 'edited')
), 0)
from lost l
where daily_voices.campaign_id = l.campaign_id and daily_voices.day = l.day
  and daily_voices.draw = l.author_id * 2654435761 & 2147483647
  and daily_voices.author_id = l.author_id and daily_voices.platform = l.platform
"""


# What tells of a row's posts, and is nothing where there are none.
_OF_POSTS = ("polarity_sum", "with_evidence", "without_evidence", _BITS)
# Those that count scores.
SCORED = ("hourly", "daily", "hourly_terms", "daily_terms")


@contextmanager
def kept(
    conn: sqlite3.Connection,
    post_ids: Iterable[int],
    tables: Iterable[str] = tuple(_TABLES),
) -> Iterator[set[int]]:
    """Change these posts inside the block; ids added to the set are counted after it.

    tables: those that the change can make a difference to.
    """
    touched = set(post_ids)
    before = len(touched)
    some = {name: _TABLES[name] for name in tables}
    _add(conn, touched, some, sign=-1)
    conn.execute(f"create temp table voiced as {_VOICED}")
    yield touched
    _add(conn, touched, some, sign=1)
    if "daily_voices" in some:
        conn.execute(_HOURS_ANEW)
    conn.execute("drop table voiced")
    if not touched and not before:
        return
    for table, (_, values, _) in some.items():
        counts = [name for name in values if name not in _OF_POSTS]
        empty = " and ".join(f"{name} = 0" for name in counts)
        conn.execute(f"delete from {table} indexed by {table}_empty where {empty}")


def _add(
    conn: sqlite3.Connection,
    post_ids: set[int],
    tables: Mapping[str, _Table],
    *,
    sign: int,
) -> None:
    conn.execute("create temp table if not exists touched (id integer primary key)")
    conn.execute("delete from touched")
    conn.executemany("insert into touched values (?)", [(i,) for i in post_ids])
    conn.execute(f"create temp table if not exists counted as {_TOUCHED} limit 0")
    conn.execute("delete from counted")
    if not post_ids:
        return
    conn.execute(f"insert into counted {_TOUCHED}")
    for table, (keys, values, share) in tables.items():
        signed = ", ".join(
            f"{sign > 0 if name == _BITS else sign} * s.c{len(keys) + i}"
            for i, name in enumerate(values)
        )
        columns = ", ".join(f"s.c{i}" for i in range(len(keys)))
        names = ", ".join(f"c{i}" for i in range(len(keys) + len(values)))
        sums = ", ".join(
            f"{v} = {v} {'|' if v == _BITS else '+'} excluded.{v}" for v in values
        )
        conn.execute(
            f"with s({names}) as ({share.format(counted='counted')}) "
            f"insert into {table} ({', '.join(keys + values)}) "
            f"select {columns}, {signed} from s where true "
            f"on conflict ({', '.join(keys)}) do update set {sums}"
        )


def differences(conn: sqlite3.Connection) -> list[str]:
    """Where the roll-ups differ from a recount of the posts, as sentences; none: []."""
    found: list[str] = []
    for table, (keys, values, share) in _TABLES.items():
        stored = _as_dict(conn, f"select {', '.join(keys + values)} from {table}", keys)
        counted = _as_dict(conn, share.format(counted=_ALL), keys)
        for key in sorted(stored.keys() | counted.keys()):
            zero = (0,) * len(values)
            if stored.get(key, zero) != counted.get(key, zero):
                found.append(
                    f"{table} {key}: kept {stored.get(key, zero)}, "
                    f"recount {counted.get(key, zero)}"
                )
    return found


def _as_dict(
    conn: sqlite3.Connection, select: str, keys: tuple[str, ...]
) -> dict[tuple[object, ...], tuple[float, ...]]:
    rows = conn.execute(select)
    split = len(keys)
    return {row[:split]: tuple(round(v, 6) for v in row[split:]) for row in rows}


def rebuild(conn: sqlite3.Connection) -> None:
    """Count everything anew; within a transaction."""
    for table, (keys, values, share) in _TABLES.items():
        conn.execute(f"delete from {table}")
        conn.execute(
            f"insert into {table} ({', '.join(keys + values)}) "
            + share.format(counted=_ALL)
        )
