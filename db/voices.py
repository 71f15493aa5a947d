"""Accounts that are the same person are one voice: `authors.voice` names the account that
stands for them all, the one that was met first; it has none itself. A bridge's mirror
stands for nobody else.

Kept in the transaction that changes the accounts: whoever is tied to them by evidence
(db/same_person.py) is grouped anew. What staff parted stays apart, whatever else ties it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from db import same_person
from db.connection import StoreError, transaction
from db.parameters import listed
from db.rows import AUTHOR, Cell
from db.same_person import Tie
from db.times import to_text

_URI = AUTHOR.index("uri")
_Pairs = frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's accounts (ids of authors), the one that stands for them first, and what
    ties them."""

    accounts: tuple[int, ...]
    ties: tuple[Tie, ...]


def link(
    conn: sqlite3.Connection,
    people: Iterable[tuple[Cell, ...]],
    told: Iterable[tuple[Cell, ...]],
) -> None:
    """Keep what is proven of stored authors, and who is one voice with whom.

    people: as rows.author_row gives them. told: those who are new here, or have another
    handle, profile or wish.
    """
    proven = {
        str(cells[_URI]): str(cells[-1]).split("\n")
        for cells in people
        if len(cells) > len(AUTHOR) and cells[-1]
    }
    changed = same_person.note(conn, proven)
    changed |= _ids(conn, (str(cells[_URI]) for cells in told))
    renew(conn, changed)


def _ids(conn: sqlite3.Connection, uris: Iterable[str]) -> set[int]:
    rows = conn.execute(
        "select id from authors where uri in (select value from json_each(?))",
        (listed(uris),),
    )
    return {author_id for (author_id,) in rows}


def renew(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Group these authors anew, and all who are or were tied to them; in a transaction."""
    changed = set(ids)
    if not changed:
        return
    changed |= same_person.lapse(conn, changed)
    stored, ties = _around(conn, changed)
    wanted = _wanted(conn, stored, ties)
    conn.executemany(
        "update authors set voice = ? where id = ?",
        [(voice, i) for i, voice in wanted.items() if voice != stored[i]],
    )


def _wanted(
    conn: sqlite3.Connection, ids: Iterable[int], ties: Iterable[Tie]
) -> dict[int, int | None]:
    """The voice that each of these authors should have."""
    wanted: dict[int, int | None] = dict.fromkeys(ids)
    for group in _grouped(ties, _parted(conn, wanted)):
        first = _speaker(conn, group)
        wanted.update({i: first for i in group if i != first})
    return wanted


def _around(
    conn: sqlite3.Connection, ids: set[int]
) -> tuple[dict[int, int | None], set[Tie]]:
    """All who are tied to these authors, however far, or were until now: their present
    voices, and the ties."""
    voices: dict[int, int | None] = {}
    ties: set[Tie] = set()
    fresh = set(ids)
    while fresh:
        found = _voices(conn, fresh)
        sight = same_person.look(conn, fresh)
        ties |= sight.ties
        voices.update({i: voice for i, voice in found.items() if i in fresh})
        beside = {i for pair in found.items() for i in pair if i is not None}
        fresh = (sight.near | beside) - voices.keys()
    return voices, ties


def _voices(conn: sqlite3.Connection, ids: set[int]) -> dict[int, int | None]:
    """The voices of these authors and of those whose voice they are."""
    rows = conn.execute(
        "select id, voice from authors where id in (select value from json_each(?1)) "
        "or voice in (select value from json_each(?1))",
        (listed(ids),),
    )
    return dict(rows.fetchall())


def _parted(conn: sqlite3.Connection, ids: Iterable[int]) -> _Pairs:
    rows = conn.execute(
        "select author_id, other_id from voice_decisions where together = 0 "
        "and author_id in (select value from json_each(?))",
        (listed(ids),),
    )
    return frozenset(rows.fetchall())


def _grouped(ties: Iterable[Tie], parted: _Pairs) -> list[set[int]]:
    """Who is one, two or more each. The strongest ties first; one that would bring
    together what was parted is left out."""
    group: dict[int, set[int]] = {}
    order = {why: place for place, why in enumerate(same_person.WHYS)}
    for tie in sorted(ties, key=lambda tie: (order[tie.why], tie)):
        one = group.setdefault(tie.one, {tie.one})
        other = group.setdefault(tie.other, {tie.other})
        if one is other or _keep_apart(one, other, parted):
            continue
        one |= other
        group.update(dict.fromkeys(other, one))
    whole = {id(members): members for members in group.values()}
    return [members for members in whole.values() if len(members) > 1]


def _keep_apart(one: set[int], other: set[int], parted: _Pairs) -> bool:
    return bool(parted) and any(
        (min(a, b), max(a, b)) in parted for a in one for b in other
    )


def _speaker(conn: sqlite3.Connection, group: set[int]) -> int:
    people = same_person.accounts(conn, group).values()
    return min((one.handle.endswith(same_person.BRIDGE), one.id) for one in people)[1]


def forget(conn: sqlite3.Connection, ids: Iterable[int]) -> set[int]:
    """Erase what is kept here of authors who leave, whom nobody may be one with any more;
    who is to be grouped anew once they are gone."""
    leaving = set(ids)
    beside = same_person.look(conn, leaving).near | _voices(conn, leaving).keys()
    addresses = same_person.erase(conn, leaving)
    beside |= same_person.sharers(conn, addresses)
    conn.execute(
        "update authors set voice = null where voice in "
        "(select value from json_each(?))",
        (listed(leaving),),
    )
    return beside - leaving


def part(db: Database, one: int, other: int, *, by: str, now: datetime) -> None:
    """Keep two accounts apart for ever, whatever ties them. Raises StoreError."""
    _decide(db, one, other, together=False, by=by, now=now)


def join(db: Database, one: int, other: int, *, by: str, now: datetime) -> None:
    """Make one voice of two accounts; undoes `part`. Raises StoreError."""
    _decide(db, one, other, together=True, by=by, now=now)


def _decide(
    db: Database, one: int, other: int, *, together: bool, by: str, now: datetime
) -> None:
    with transaction(db) as conn:
        pair = sorted({one, other})
        known = same_person.accounts(conn, pair)
        if len(pair) < 2 or len(known) < 2:
            raise StoreError("it takes two accounts that are stored here")
        if together and not all(account.stands for account in known.values()):
            raise StoreError(
                "an account that is gone, or whose owner asked not to be indexed, is "
                "not joined with another"
            )
        conn.execute(
            "insert into voice_decisions (author_id, other_id, together, by, at) "
            "values (?, ?, ?, ?, ?) on conflict do update set "
            "together = excluded.together, by = excluded.by, at = excluded.at",
            (*pair, together, by, to_text(now)),
        )
        renew(conn, pair)


def voices(db: Database) -> list[Voice]:
    """Everybody who has several accounts here, in the order in which they were met."""
    members: dict[int, list[int]] = {}
    for author_id, voice in db.conn.execute(
        "select id, voice from authors where voice is not null order by id"
    ):
        members.setdefault(voice, [voice]).append(author_id)
    whose = {i: voice for voice, group in members.items() for i in group}
    ties: dict[int, list[Tie]] = {voice: [] for voice in members}
    for tie in sorted(same_person.look(db.conn, set(whose)).ties):
        voice = whose.get(tie.one)
        if voice is not None and voice == whose.get(tie.other):
            ties[voice].append(tie)
    return [Voice(tuple(members[v]), tuple(ties[v])) for v in sorted(members)]


def rebuild(conn: sqlite3.Connection) -> None:
    """Group everybody anew; within a transaction."""
    renew(conn, {i for (i,) in conn.execute(_TIED)})


def differences(conn: sqlite3.Connection) -> list[str]:
    """Where the stored voices differ from grouping everybody anew, as sentences."""
    stored, ties = _around(conn, {i for (i,) in conn.execute(_TIED)})
    wanted = _wanted(conn, stored, ties)
    return [
        f"author {i}: kept voice {stored[i]}, anew {wanted[i]}"
        for i in sorted(stored)
        if stored[i] != wanted[i]
    ]


# Who may be one with somebody.
_TIED = """
select author_id from author_links union select author_id from voice_decisions
union select id from authors where voice is not null
union select id from authors
  where platform = 'bluesky' and lower(handle) glob '*.ap.brid.gy'
"""


def named(db: Database, ids: Sequence[int]) -> dict[int, dict[str, str | None]]:
    """What people call these authors: platform, handle, uri."""
    rows = db.conn.execute(
        "select id, platform, handle, uri from authors "
        "where id in (select value from json_each(?)) order by id",
        (listed(ids),),
    )
    return {
        i: {"platform": platform, "handle": handle, "uri": uri}
        for i, platform, handle, uri in rows
    }


def find(db: Database, name: str) -> list[int]:
    """The accounts of this name: a uri, a profile's address, a handle with "@" or not."""
    rows = db.conn.execute(
        "select id from authors where uri = :name or url = :name "
        "or lower(handle) = :bare order by id",
        {"name": name, "bare": name.lstrip("@").lower()},
    )
    return [author_id for (author_id,) in rows]


def parted(db: Database) -> list[tuple[int, int, str, str]]:
    """Whom staff keeps apart: both accounts, who decided it, and when (UTC)."""
    return db.conn.execute(
        "select author_id, other_id, by, at from voice_decisions where together = 0 "
        "order by author_id, other_id"
    ).fetchall()
