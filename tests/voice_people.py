"""Accounts of people that prove who they are, and how the store groups them."""

from __future__ import annotations

from sqlite_utils import Database

from collectors.base import Author
from db import checks, entities, rows, voices
from tests.conftest import NOW
from tests.making import make_author

OWN = make_author("ana_b", handle="ana_b@social.example")
MIRROR = Author(platform="bluesky", uri="did:plc:mirror",
                handle="ana-b.social.example.ap.brid.gy")  # fmt: skip
OTHER = Author(platform="bluesky", uri="did:plc:other", handle="ana-b.social.example")


SITE = "https://ana.example/"
NOTE = "https://note.example/users/9"
ANA = make_author("ana", url="https://social.example/@ana", proven=(SITE,))
ANA_BLUESKY = Author(
    platform="bluesky", uri="did:plc:ana", handle="ana.example", proven=(SITE,),
    url="https://bsky.app/profile/did:plc:ana",
)  # fmt: skip


def meet(db: Database, *people: Author) -> None:
    for person in people:
        entities.authors(db.conn, [rows.author_row(person)], NOW)


def kept(db: Database) -> dict[str, str | None]:
    return dict(
        db.conn.execute(
            "select a.uri, v.uri from authors a left join authors v on v.id = a.voice"
        ).fetchall()
    )


def groups(db: Database) -> set[frozenset[str]]:
    """Who is one with whom, by uri; whatever is wrong with it fails the test."""
    assert checks.problems(db) == []
    uris = dict(db.conn.execute("select id, uri from authors").fetchall())
    return {frozenset(uris[i] for i in one.accounts) for one in voices.voices(db)}


def one(*people: Author) -> set[frozenset[str]]:
    return {frozenset(person.uri for person in people)}


def other_account(name: str, host: str = "union.example", **changes: object) -> Author:
    return make_author(name, uri=f"https://{host}/users/{name}", handle=f"{name}@{host}",
                       url=f"https://{host}/@{name}", **changes)  # fmt: skip


def staff(name: str, host: str = "social.example") -> Author:
    return other_account(name, host, proven=("https://gazette.example/",))


GAZETTE = Author(platform="bluesky", uri="did:plc:gazette", handle="gazette.example",
                 proven=("https://gazette.example/",))  # fmt: skip
