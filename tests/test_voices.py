"""A bridge's mirror of an account is one voice with it, whichever is met first."""

from __future__ import annotations

from itertools import permutations

import pytest
from sqlite_utils import Database

from collectors.base import Author
from db import entities, forgetting, rows
from tests.conftest import NOW
from tests.making import make_author

OWN = make_author("ana_b", handle="ana_b@social.example")
MIRROR = Author(platform="bluesky", uri="did:plc:mirror",
                handle="ana-b.social.example.ap.brid.gy")  # fmt: skip
OTHER = Author(platform="bluesky", uri="did:plc:other", handle="ana-b.social.example")


def store(db: Database, *people: Author) -> None:
    for person in people:
        entities.authors(db.conn, [rows.author_row(person)], NOW)


def voices(db: Database) -> dict[str, str | None]:
    return dict(
        db.conn.execute(
            "select a.uri, v.uri from authors a left join authors v on v.id = a.voice"
        ).fetchall()
    )


@pytest.mark.parametrize("order", list(permutations((OWN, MIRROR, OTHER))))
def test_the_mirror_is_its_account_s_voice(
    db: Database, order: tuple[Author, ...]
) -> None:
    store(db, *order)
    assert voices(db) == {OWN.uri: None, MIRROR.uri: OWN.uri, OTHER.uri: None}


def test_a_name_that_two_accounts_share_proves_nothing(db: Database) -> None:
    twin = make_author("ana-b", handle="ana-b@social.example")
    store(db, OWN, MIRROR, twin)
    assert voices(db)[MIRROR.uri] is None


def test_a_mirror_s_name_on_another_platform_proves_nothing(db: Database) -> None:
    fake = make_author("x", handle="ana-b.social.example.ap.brid.gy")
    store(db, OWN, fake)
    assert voices(db)[fake.uri] is None


def test_erasing_an_account_leaves_its_mirror_a_voice_of_its_own(db: Database) -> None:
    store(db, OWN, MIRROR)
    forgetting.forget(db, [("author", OWN.uri)], reason="asked", now=NOW)
    assert voices(db) == {MIRROR.uri: None}
