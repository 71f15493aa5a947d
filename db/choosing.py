"""Which posts an export takes: chosen once, so that each of its files holds the same."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from sqlite_utils import Database

from db.parameters import listed
from db.published import SIMULATED, queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A part of a campaign's live posts; '' stands for all.

    from_at, to_at: when they were published, UTC text as in the columns; to_at is not
    part of it. sentiment: a label, or "unscored". term: as staff wrote it, and the rows
    that it stands for. words: all of them occur in text or title. link: an address that
    they link to, as in `links.url`. posts: the uris of those that it is about, oldest
    first, and the rows of their threads (`thread`), their own among them.
    """

    campaign_id: int
    campaign: str
    from_at: str = ""
    to_at: str = ""
    platform: str = ""
    sentiment: str = ""
    lang: str = ""
    term: str = ""
    term_ids: tuple[int, ...] = ()
    words: str = ""
    kind: str = ""
    link: str = ""
    posts: tuple[str, ...] = ()
    post_ids: tuple[int, ...] = ()


@contextmanager
def chosen(
    db: Database,
    selection: Selection,
    *,
    one_moment: bool = False,
    most: int | None = None,
) -> Iterator[int]:
    """The selection's posts as the temporary table `chosen` (seq from 1, post_id), oldest
    first; gives how many there are.

    It lies in a temporary file, so that memory stays flat. one_moment: all that is read
    until the end, or until `let_go`, is of one moment; for what does not wait for a slow
    reader, since the collector's log grows meanwhile. most: no more than so many, and one
    that says that there are more.
    """
    conn = db.conn
    if one_moment:
        conn.execute("begin")
    try:
        conn.execute("drop table if exists temp.chosen")
        conn.execute(
            "create temp table chosen (seq integer primary key, post_id integer not null)"
        )
        yield _fill(db, selection, -1 if most is None else most + 1)
    finally:
        if conn.in_transaction:
            conn.execute("rollback")
        conn.execute("drop table if exists temp.chosen")


def let_go(db: Database) -> None:
    """End the one moment early: what is read from now on is new, and `chosen` is gone."""
    if db.conn.in_transaction:
        db.conn.execute("rollback")


def _fill(db: Database, selection: Selection, most: int) -> int:
    # Few hits of a search or a link are sorted; all else comes in the index's order.
    if selection.posts:
        source = (
            "json_each(:thread) t cross join matches m on m.campaign_id = :campaign_id "
            "and m.post_id = t.value"
        )
    elif selection.link:
        source = (
            "links l cross join post_links x on x.link_id = l.id "
            "cross join matches m on m.campaign_id = :campaign_id "
            "and m.post_id = x.post_id"
        )
    elif selection.words:
        source = (
            "posts_fts f cross join matches m on m.campaign_id = :campaign_id "
            "and m.post_id = f.rowid"
        )
    else:
        source = "matches m indexed by matches_newest"
    conditions = ["m.first", "p.state in ('live', 'edited')", *_conditions(selection)]
    return db.conn.execute(
        f"insert into chosen (post_id) select m.post_id from {source} "
        "cross join posts p on p.id = m.post_id where m.campaign_id = :campaign_id and "
        f"{' and '.join(conditions)} order by m.published_at, m.post_id limit :most",
        {
            **asdict(selection),
            "match": db.quote_fts(selection.words.replace("\0", " ")),
            "thread": listed(selection.post_ids),
            "most": most,
        },
    ).rowcount


def _conditions(selection: Selection) -> Iterator[str]:
    if selection.words and (selection.posts or selection.link):
        yield "p.id in (select rowid from posts_fts where posts_fts match :match)"
    elif selection.words:
        yield "posts_fts match :match"
    if selection.link and selection.posts:
        yield (
            "exists (select 1 from post_links x join links l on l.id = x.link_id "
            "where x.post_id = p.id and l.url = :link)"
        )
    elif selection.link:
        yield "l.url = :link"
    if selection.from_at:
        yield "m.published_at >= :from_at"
    if selection.to_at:
        yield "m.published_at < :to_at"
    if selection.platform:
        yield "p.platform = :platform"
    if selection.lang:
        yield "p.lang = :lang"
    if selection.kind:
        yield "p.kind = :kind"
    if selection.sentiment:
        yield "coalesce(p.sentiment, 'unscored') = :sentiment"
    if selection.term:
        wanted = ", ".join(str(int(one)) for one in selection.term_ids)
        yield (
            "exists (select 1 from matches x where x.campaign_id = m.campaign_id "
            f"and x.post_id = m.post_id and x.term_id in ({wanted}))"
        )


# --- what there is to choose from


def campaigns(db: Database) -> dict[str, int]:
    """The watched campaigns: slug to row."""
    found = db.conn.execute(
        "select slug, id from campaigns where removed_at is null order by slug"
    )
    return dict(found.fetchall())


def platforms(db: Database) -> list[str]:
    """The platforms that are watched, or that there are posts of."""
    found = db.conn.execute(
        "select platform from sources where platform <> 'archive' and state <> 'removed' "
        "union select platform from daily order by 1"
    )
    return [platform for (platform,) in found]


def languages(db: Database, campaign_id: int) -> list[str]:
    """The languages of the campaign's live posts, most frequent first."""
    found = db.conn.execute(
        "select lang from daily where campaign_id = ? group by 1 having sum(posts) > 0 "
        "order by sum(posts) desc, 1",
        (campaign_id,),
    )
    return [lang for (lang,) in found]


def terms(db: Database, campaign_id: int) -> list[tuple[int, str, str]]:
    """Each term of the campaign, past ones too: row, as compared, as staff wrote it."""
    return db.conn.execute(
        "select id, value, display from terms where campaign_id = ? order by display, id",
        (campaign_id,),
    ).fetchall()


@dataclass(frozen=True, slots=True)
class Thread:
    """Posts, what they answer and what answers them. uris: the posts', oldest first. ids:
    rows, none twice. first_at: when the oldest was published, UTC text."""

    uris: tuple[str, ...]
    ids: tuple[int, ...]
    first_at: str


class NoPost(LookupError):
    """There is no such live post in the campaign. id: its row."""

    def __init__(self, post_id: int) -> None:
        super().__init__(f"no post {post_id}")
        self.id = post_id


class _Post(NamedTuple):
    id: int
    uri: str
    reply_to: str | None
    published_at: str


_OF_CAMPAIGN = (
    "select p.id, p.uri, p.reply_to, p.published_at from posts p where {0} = ? "
    "and p.state in ('live', 'edited') and exists (select 1 from matches m "
    "where m.post_id = p.id and m.campaign_id = ?)"
)
_ABOVE, _LOOKED, _ANSWERS = 100, 50_000, 1_000


def thread(db: Database, campaign_id: int, post_ids: Iterable[int]) -> Thread:
    """The threads of some of the campaign's live posts, as one. Raises NoPost.

    As far as they were collected for this campaign: of each up to 100 posts that it
    answers, each by the next, and up to 1,000 answers, times the number of posts, to these
    and to the answers, among the 50,000 posts that came after each.
    """
    chosen = [_chosen(db, campaign_id, one) for one in dict.fromkeys(post_ids)]
    chosen.sort(key=lambda post: (post.published_at, post.id))
    found = {post.id: post.published_at for post in chosen}
    for post in chosen:
        found |= _above(db, campaign_id, post)
    ids = dict.fromkeys([*found, *_answers(db, campaign_id, chosen)])
    uris = tuple(post.uri for post in chosen)
    return Thread(uris, tuple(ids), min(found.values(), default=""))


def _chosen(db: Database, campaign_id: int, post_id: int) -> _Post:
    found = _of_campaign(db, "p.id", post_id, campaign_id)
    if found is None:
        raise NoPost(post_id)
    return found


def _of_campaign(
    db: Database, column: str, value: int | str, campaign_id: int
) -> _Post | None:
    row = db.conn.execute(_OF_CAMPAIGN.format(column), (value, campaign_id)).fetchone()
    return _Post(*row) if row else None


def _above(db: Database, campaign_id: int, post: _Post) -> dict[int, str]:
    """What a post answers, each by the next: rows and times."""
    ids: dict[int, str] = {}
    above: _Post | None = post
    while above is not None and above.reply_to and len(ids) < _ABOVE - 1:
        above = _of_campaign(db, "p.uri", above.reply_to, campaign_id)
        if above is None or above.id in ids or above.id == post.id:
            break
        ids[above.id] = above.published_at
    return ids


def _answers(db: Database, campaign_id: int, chosen: Sequence[_Post]) -> list[int]:
    """Answers come after what they answer, so one walk finds those to answers as well."""
    known, ids = {post.uri for post in chosen}, list[int]()
    seen = {post.id for post in chosen}
    for row, own, reply_to in _later(db, campaign_id, chosen):
        if reply_to in known and len(ids) < _ANSWERS * len(chosen):
            known.add(own)
            ids += [] if row in seen else [row]
    return ids


def _later(
    db: Database, campaign_id: int, chosen: Sequence[_Post]
) -> Iterator[tuple[int, str, str]]:
    """Replies among the 50,000 posts after each of these, which stand in their order; none
    is read twice."""
    of_time = (
        "from matches indexed by matches_newest where campaign_id = ? and first "
        "and published_at >= ?"
    )
    reached = ""
    for post in chosen:
        (end,) = db.conn.execute(
            f"select published_at {of_time} order by published_at, post_id "
            f"limit 1 offset {_LOOKED}",
            (campaign_id, post.published_at),
        ).fetchone() or ("~",)
        start = max(reached, post.published_at)
        reached = max(reached, end)
        yield from db.conn.execute(
            f"select p.id, p.uri, p.reply_to from (select post_id {of_time} "
            "and published_at < ? order by published_at, post_id) m "
            "cross join posts p on p.id = m.post_id "
            "where p.reply_to is not null and p.state in ('live', 'edited')",
            (campaign_id, start, end),
        )


# --- what became of it


def ids(db: Database) -> tuple[int, ...]:
    """The rows of the posts that are chosen."""
    return tuple(row for (row,) in db.conn.execute("select post_id from chosen"))


def taken_back(db: Database, rows: Iterable[int]) -> int:
    """How many of these posts are live no more: deleted, withheld or erased."""
    (count,) = db.conn.execute(
        "select count(*) from json_each(?) j left join posts p on p.id = j.value "
        "where p.state is null or p.state not in ('live', 'edited')",
        (listed(rows),),
    ).fetchone()
    return int(count)


# --- what is told of it


@dataclass(frozen=True, slots=True)
class Known:
    """What the database tells of a selection beside its posts.

    title: the campaign's. first_at: its first post, or the first time that was looked at;
    None where there is neither. removed: posts of the time and platform that were taken
    back since, counted in whole hours. simulated: the posts are made up.
    """

    title: str
    first_at: str | None
    removed: int
    simulated: bool


def known(db: Database, selection: Selection) -> Known:
    """The campaign's title, where its time begins, and what is missing."""
    conn = db.conn
    (title,) = conn.execute(
        "select title from campaigns where id = ?", (selection.campaign_id,)
    ).fetchone()
    (first_at,) = conn.execute(
        "select min(at) from (select * from ("
        "select published_at as at from matches m indexed by matches_newest "
        "where m.campaign_id = :id and m.first order by published_at limit 1) "
        "union all select min(c.from_at) from coverage c join terms t on t.id = c.term_id "
        "where t.campaign_id = :id)",
        {"id": selection.campaign_id},
    ).fetchone()
    (removed,) = conn.execute(
        "select coalesce(sum(removed), 0) from hourly where campaign_id = :campaign_id "
        "and hour >= substr(:from_at, 1, 13) and (:to_at = '' or hour < :to_at) "
        "and (:platform = '' or platform = :platform)",
        asdict(selection),
    ).fetchone()
    simulated = conn.execute(SIMULATED).fetchone() == ("1",)
    return Known(title, first_at, removed, simulated)


def coverage(
    db: Database, selection: Selection, from_at: str, to_at: str
) -> list[dict[str, Any]]:
    """The rows of the published query `coverage_of` for the selection's time; none where
    that time is empty."""
    if from_at >= to_at:
        return []
    query = queries()["coverage_of"]
    asked = query.bind(
        {
            "campaign": selection.campaign,
            "platform": selection.platform,
            "from_at": from_at,
            "to_at": to_at,
        }
    )
    cursor = db.conn.cursor()
    cursor.row_factory = sqlite3.Row
    return [dict(row) for row in cursor.execute(query.sql, asked)]
