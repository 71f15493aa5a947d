"""Which posts the slow engine looks at next: a window at a time, so that nobody waits.

Two orders, both read from an index: the newest posts, and those that were shared most.
What a window holds comes most read first.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlite_utils import Database

from db.parameters import listed
from db.rescoring import StoredWords
from db.times import to_text

WINDOW = 256  # posts looked at in one go: a millisecond or two
_LOOKED_AT = 5_000  # for the status
_SHARES = "coalesce({0}reposts, 0) + coalesce({0}quotes, 0)"

# What stands above is passed by a seek, however many posts stand at one place.
_KEYS = """
select * from (
  select {key} as place, id from posts indexed by {index}
  where {key} = :place and id < :id and {floor} order by id desc limit :window
)
union all
select * from (
  select {key}, id from posts indexed by {index}
  where {key} < :place and {floor} order by 1 desc, id desc limit :window
)
order by place desc, id desc limit :window
"""
_NEWEST = _KEYS.format(
    key="published_at", index="posts_published", floor="published_at >= :oldest"
)
_BY_SHARES = _SHARES.format("")
_MOST_SHARED = _KEYS.format(
    key=_BY_SHARES, index="posts_shared", floor=f"{_BY_SHARES} > 0"
)


class Place(NamedTuple):
    """A post's place in an order: the time or the shares that it stands by, and its id."""

    key: str | int
    id: int


class Window(NamedTuple):
    """posts: what is to be refined, most read first. below: where the next window begins;
    None: this was the last."""

    posts: list[StoredWords]
    below: Place | None


def newest(db: Database, scorer: str, oldest: datetime, below: Place | None) -> Window:
    """Of the posts that this scorer scored, down to the oldest; below None: from the
    newest."""
    return _window(db, scorer, oldest, _NEWEST, below or Place("9999", 0))


def most_shared(
    db: Database, scorer: str, oldest: datetime, below: Place | None
) -> Window:
    """Of the posts that this scorer scored, by reposts and quotes; older ones are passed
    over."""
    return _window(db, scorer, oldest, _MOST_SHARED, below or Place(1 << 62, 0))


def _window(
    db: Database, scorer: str, oldest: datetime, select: str, below: Place
) -> Window:
    """Views are reads; where they are not told, followers are who may have read it."""
    least = to_text(oldest)
    asked = {"place": below.key, "id": below.id, "oldest": least, "window": WINDOW}
    found = [Place(*row) for row in db.conn.execute(select, asked)]
    rows = db.conn.execute(
        "select p.id, p.text, p.title, p.lang_declared "
        "from json_each(?) wanted cross join posts p on p.id = wanted.value "
        "cross join authors a on a.id = p.author_id "
        "where p.scorer = ? and p.sentiment is not null and p.published_at >= ? "
        "and p.state in ('live', 'edited') "
        f"order by {_SHARES.format('p.')} desc, coalesce(p.views, a.followers, 0) desc, "
        "p.published_at desc, p.id desc",
        (listed(place.id for place in found), scorer, least),
    )
    posts = [StoredWords(*row) for row in rows]
    return Window(posts, found[-1] if len(found) == WINDOW else None)


def refined(db: Database, refiner: str) -> dict[str, object]:
    """How far it has come: of the newest posts, 5,000 at most, how many are scored, and how
    many of those by this scorer."""
    counts = db.conn.execute(
        "select count(*), count(sentiment), "
        "coalesce(sum(scorer = ? and sentiment is not null), 0) "
        "from (select scorer, sentiment from posts indexed by posts_published "
        "order by published_at desc limit ?)",
        (refiner, _LOOKED_AT),
    ).fetchone()
    names = ("looked_at", "scored", "refined")
    return {"scorer": refiner, **dict(zip(names, counts, strict=True))}
