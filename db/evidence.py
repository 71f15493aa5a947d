"""A part of the store as a database of its own, and the log of who saw which post."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from db.choosing import Selection
from db.parameters import listed

_OF_CHOSEN = "select x.* from chosen c cross join {0} x on x.post_id = c.post_id"
# What is copied, and how it is found. :id is the campaign; a table stands after those
# that its rows are found by.
_TABLES = {
    "campaigns": "select * from campaigns where id = :id",
    "terms": "select * from terms where campaign_id = :id",
    "posts": "select p.* from chosen c cross join posts p on p.id = c.post_id "
    "where p.state in ('live', 'edited') order by c.seq",
    "authors": "select * from authors where id in (select p.author_id from chosen c "
    "cross join posts p on p.id = c.post_id where p.state in ('live', 'edited'))",
    "matches": "select x.* from chosen c cross join matches x "
    "on x.campaign_id = :id and x.post_id = c.post_id",
    "observations": "select x.* from chosen c cross join observations x "
    "on x.post_id = c.post_id join terms t on t.id = x.term_id and t.campaign_id = :id",
    "hashtags": "select * from hashtags where id in (select x.hashtag_id from chosen c "
    "cross join post_hashtags x on x.post_id = c.post_id)",
    "links": "select * from links where id in (select x.link_id from chosen c "
    "cross join post_links x on x.post_id = c.post_id)",
    **{
        name: _OF_CHOSEN.format(name)
        for name in ("copies", "post_hashtags", "post_links", "mentions", "media",
                     "metrics", "revisions")
    },
    "coverage": "select c.* from coverage c join terms t on t.id = c.term_id "
    "where t.campaign_id = :id and c.from_at < :to_at and c.to_at > :from_at",
    "sources": "select * from sources where id in (select value from json_each(:sources))",
    "runs": "select * from runs where source_id in "
    "(select value from json_each(:sources)) and (started_at <= :last_at "
    "and finished_at >= :first_at or id in (select value from json_each(:runs)))",
}  # fmt: skip


def slice_to(
    db: Database,
    selection: Selection,
    span: tuple[str, str],
    target: Path,
    tick: Callable[[], None],
) -> None:
    """Write a new SQLite file with the chosen posts and all that hangs on them.

    span: the time whose coverage goes along. tick: called for each post. What staff wrote,
    other campaigns, and whatever no post of these names stay behind. The same posts give
    the same bytes.
    """
    with closing(sqlite3.connect(target, isolation_level=None)) as out:
        for pragma in ("page_size = 4096", "journal_mode = off", "synchronous = off"):
            out.execute(f"pragma {pragma}")
        out.execute("begin")
        for statement in _statements(db.conn, "table"):
            out.execute(statement)
        given: dict[str, Any] = {
            "id": selection.campaign_id,
            "from_at": span[0],
            "to_at": span[1],
        }
        for name, select in _TABLES.items():
            if name == "sources":
                given |= _met(out)
            rows = db.conn.execute(select, given)
            _copy(out, name, _ticking(rows, tick) if name == "posts" else rows)
        # A mirror's account that wrote none of these is not in it.
        out.execute(
            "update authors set voice = null where voice not in (select id from authors)"
        )
        for kind in ("index", "view"):
            for statement in _statements(db.conn, kind):
                out.execute(statement)
        out.execute("commit")


@contextmanager
def read_slice(path: Path, campaign_id: int) -> Iterator[Database]:
    """A slice as a store to read from, with its posts as the table `chosen`, as they were
    in the store: all else that a pack holds is made from it, and the store is let go."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as conn:
        conn.execute(
            "create temp table chosen (seq integer primary key, post_id integer not null)"
        )
        conn.execute(
            "insert into chosen (post_id) select m.post_id from matches m "
            "join posts p on p.id = m.post_id where m.campaign_id = ? and m.first "
            "order by m.published_at, m.post_id",
            (campaign_id,),
        )
        yield Database(conn)


def _statements(conn: sqlite3.Connection, kind: str) -> list[str]:
    """How the store's own tables, indexes and the timeline are made."""
    found = conn.execute(
        "select sql from sqlite_master where type = ? and sql is not null and "
        "(tbl_name in (select value from json_each(?)) or name = 'timeline') order by name",
        (kind, listed(_TABLES)),
    )
    return [sql for (sql,) in found]


def _copy(out: sqlite3.Connection, name: str, rows: Iterator[Any]) -> None:
    columns = len(out.execute(f"pragma table_info({name})").fetchall())
    marks = ", ".join("?" * columns)
    out.executemany(f"insert into {name} values ({marks})", rows)


def _ticking(rows: Iterator[Any], tick: Callable[[], None]) -> Iterator[Any]:
    for row in rows:
        yield row
        tick()


def _met(out: sqlite3.Connection) -> dict[str, Any]:
    """The sources and walks that what was copied so far speaks of."""
    sources = out.execute(
        "select source_id from observations union select source_id from coverage "
        "union select source_id from metrics union select source_id from copies"
    )
    runs = out.execute("select run_id from coverage where run_id is not null")
    first, last = out.execute(
        "select coalesce(min(first_at), ''), coalesce(max(first_at), '') from observations"
    ).fetchone()
    return {
        "sources": listed(one for (one,) in sources),
        "runs": listed(one for (one,) in runs),
        "first_at": first,
        "last_at": last,
    }


CAPTURES = (
    "uri", "source", "platform", "term", "matched_by", "first_at", "last_at", "run_id",
    "walk", "run_started_at", "run_finished_at", "run_outcome",
)  # fmt: skip


# Of the source's latest walks the one that ended in that second; one for the post's own
# term, or for all, is likelier than one that met it by the way.
_WALK = (
    "select id from (select x.id, x.finished_at, x.term_id in (0, o.term_id) as own "
    "from runs x where x.source_id = o.source_id and x.started_at <= o.first_at "
    "order by x.started_at desc limit 300) "
    "where finished_at = o.first_at order by own desc, id desc limit 1"
)


def captures(db: Database, campaign_id: int) -> Iterator[tuple[Any, ...]]:
    """Who saw which chosen post, for which term, when, and in which walk: CAPTURES.

    The walk is the one of that source that ended when the post was first seen; None where
    none did, or where its record is older than is kept.
    """
    yield from db.conn.execute(
        "select p.uri, s.slug, s.platform, t.display, o.matched_by, o.first_at, "
        "o.last_at, r.id, r.walk, r.started_at, r.finished_at, r.outcome from chosen c "
        "cross join posts p on p.id = c.post_id and p.state in ('live', 'edited') "
        "cross join observations o on o.post_id = c.post_id "
        "cross join terms t on t.id = o.term_id and t.campaign_id = ? "
        "cross join sources s on s.id = o.source_id left join runs r "
        f"on r.id = ({_WALK}) order by c.seq, o.first_at, s.slug, t.id",
        (campaign_id,),
    )
