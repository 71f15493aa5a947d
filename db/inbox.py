"""The inbox: rules that bring posts into it, and what staff do with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db.connection import transaction
from db.times import to_text

KINDS = ("question", "audience", "listed", "rise", "named")
STATES = ("open", "waiting", "done")
LONGEST = 2_000  # characters of a note

# What a campaign begins with; staff change it. In followers or shares an hour.
_USUAL = (("question", 1_000), ("audience", 20_000), ("rise", 20))


@dataclass(frozen=True, slots=True)
class Rule:
    """kind: one of KINDS. value: an account, for listed and named. least: followers
    (question, audience) or shares (rise); None for the others."""

    id: int
    campaign_id: int
    kind: str
    value: str
    least: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A post that a rule brings into the inbox."""

    campaign_id: int
    post_id: int
    rule_id: int


@dataclass(frozen=True, slots=True)
class Note:
    """What somebody does with a post. status: one of STATES. assignee: who has it now;
    None: nobody. seen: the last note that they had seen; None: none."""

    post_id: int
    status: str
    assignee: str | None
    note: str
    seen: int | None


@dataclass(frozen=True, slots=True)
class Written:
    """The last thing that was done with a post. note: its number; before: the status that
    it ended; handle: who wrote the post, None: unknown."""

    note: int
    status: str
    before: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else wrote in the meantime: both notes stand, the later status holds."""

    person: str
    status: str


def rules(db: Database, campaign_id: int, now: datetime) -> list[Rule]:
    """A campaign's rules; the usual ones are written where it never had any."""
    with transaction(db) as conn:
        (known,) = conn.execute(
            "select exists (select 1 from inbox_rules where campaign_id = ?)",
            (campaign_id,),
        ).fetchone()
        if not known:
            for kind, least in _USUAL:
                _add(conn, campaign_id, (kind, "", least), "groundswell", now)
        rows = conn.execute(
            "select id, campaign_id, kind, value, least from inbox_rules "
            "where campaign_id = ? and removed_at is null order by id",
            (campaign_id,),
        ).fetchall()
    return [Rule(*row) for row in rows]


def add_rule(
    db: Database,
    campaign_id: int,
    rule: tuple[str, str, int | None],
    person: str,
    now: datetime,
) -> None:
    """From now on posts like this come in. rule: kind, value, least."""
    with transaction(db) as conn:
        _add(conn, campaign_id, rule, person, now)


def _add(
    conn: sqlite3.Connection,
    campaign_id: int,
    rule: tuple[str, str, int | None],
    person: str,
    now: datetime,
) -> None:
    conn.execute(
        "insert into inbox_rules (campaign_id, kind, value, least, created_by, created_at) "
        "values (?, ?, ?, ?, ?, ?)",
        (campaign_id, *rule, person, to_text(now)),
    )


def remove_rule(
    db: Database, campaign_id: int, rule_id: int, person: str, now: datetime
) -> None:
    """No more posts come in by this rule; those that are in stay."""
    with transaction(db) as conn:
        conn.execute(
            "update inbox_rules set removed_at = ?, removed_by = ? "
            "where id = ? and campaign_id = ? and removed_at is null",
            (to_text(now), person, rule_id, campaign_id),
        )


def has_begun(db: Database, campaign_id: int) -> bool:
    """Whether anything ever came in."""
    (found,) = db.conn.execute(
        "select exists (select 1 from inbox where campaign_id = ?)", (campaign_id,)
    ).fetchone()
    return bool(found)


def take(db: Database, entries: Iterable[Entry], now: datetime) -> int:
    """Bring posts in; how many were not in by that rule."""
    with transaction(db) as conn:
        before = conn.total_changes
        conn.executemany(
            "insert into inbox (campaign_id, post_id, rule_id, at) values (?, ?, ?, ?) "
            "on conflict do nothing",
            [(e.campaign_id, e.post_id, e.rule_id, to_text(now)) for e in entries],
        )
        return conn.total_changes - before


def write(db: Database, note: Note, person: str, now: datetime) -> Overtaken | None:
    """Add a note; whether somebody wrote one that its writer had not seen. Raises
    LookupError for a post that is not there, or whose words were taken back."""
    with transaction(db) as conn:
        found = conn.execute(
            "select 1 from posts where id = ? and state in ('live', 'edited')",
            (note.post_id,),
        ).fetchone()
        if found is None:
            raise LookupError("That post was taken back in the meantime.")
        last = conn.execute(
            "select id, written_by, status from notes where post_id = ? "
            "order by id desc limit 1",
            (note.post_id,),
        ).fetchone()
        conn.execute(
            "insert into notes (post_id, status, assignee, note, written_by, at) "
            "values (?, ?, ?, ?, ?, ?)",
            (
                note.post_id, note.status, note.assignee, note.note[:LONGEST], person,
                to_text(now),
            ),
        )  # fmt: skip
    if last and last[0] != note.seen and last[1] != person:
        return Overtaken(last[1], last[2])
    return None


def last(db: Database, post_id: int, person: str) -> Written | None:
    """What this person did with a post; None where they did nothing, or somebody else
    wrote after them."""
    rows = db.conn.execute(
        "select n.id, n.status, n.written_by, coalesce(a.handle, a.display_name) "
        "from notes n join posts p on p.id = n.post_id "
        "left join authors a on a.id = p.author_id "
        "where n.post_id = ? and p.state in ('live', 'edited') "
        "order by n.id desc limit 2",
        (post_id,),
    ).fetchall()
    if not rows or rows[0][2] != person:
        return None
    note, status, _, handle = rows[0]
    return Written(note, status, rows[1][1] if len(rows) == 2 else "open", handle)


def undo(db: Database, post_id: int, note: int, person: str, now: datetime) -> str:
    """Give a post back the status and the person it had before that note, by a note that
    says so: none is ever taken away. The status. Raises ValueError where the note is not
    the last, or another person's."""
    with transaction(db) as conn:
        rows = conn.execute(
            "select id, status, assignee, written_by from notes where post_id = ? "
            "order by id desc limit 2",
            (post_id,),
        ).fetchall()
        if not rows or rows[0][0] != note or rows[0][3] != person:
            raise ValueError("Nothing was undone: something else was done since.")
        status, assignee = rows[1][1:3] if len(rows) == 2 else ("open", None)
        conn.execute(
            "insert into notes (post_id, status, assignee, note, written_by, at) "
            "values (?, ?, ?, 'undone', ?, ?)",
            (post_id, status, assignee, person, to_text(now)),
        )
    return str(status)
