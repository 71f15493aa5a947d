"""Which accounts are one voice, and what is proof of it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from benchmarks.voices import PRECISION, RECALL, measure
from collectors.base import Author, BrokenRecord
from db import entities, forgetting, rows, same_person, voices
from db.identity import plain_address, spellings
from tests.conftest import NOW
from tests.making import make_author
from tests.voice_people import (
    ANA,
    ANA_BLUESKY,
    GAZETTE,
    MIRROR,
    OTHER,
    OWN,
    SITE,
    groups,
    kept,
    meet,
    one,
    other_account,
    staff,
)


@pytest.mark.parametrize("order", list(permutations((OWN, MIRROR, OTHER))))
def test_the_mirror_is_its_account_s_voice(
    db: Database, order: tuple[Author, ...]
) -> None:
    meet(db, *order)
    assert kept(db) == {OWN.uri: None, MIRROR.uri: OWN.uri, OTHER.uri: None}


def test_a_name_that_two_accounts_share_proves_nothing(db: Database) -> None:
    twin = make_author("ana-b", handle="ana-b@social.example")
    meet(db, OWN, MIRROR, twin)
    assert kept(db)[MIRROR.uri] is None


def test_a_mirror_s_name_on_another_platform_proves_nothing(db: Database) -> None:
    fake = make_author("x", handle="ana-b.social.example.ap.brid.gy")
    meet(db, OWN, fake)
    assert kept(db)[fake.uri] is None


def test_erasing_an_account_leaves_its_mirror_a_voice_of_its_own(db: Database) -> None:
    meet(db, OWN, MIRROR)
    forgetting.forget(db, [("author", OWN.uri)], reason="asked", now=NOW)
    assert kept(db) == {MIRROR.uri: None}


# What is proof


def test_a_verified_domain_that_is_a_handle(db: Database) -> None:
    meet(db, replace(ANA, proven=("http://www.ana.example",)), ANA_BLUESKY)
    assert groups(db) == one(ANA, ANA_BLUESKY)
    assert kept(db) == {ANA.uri: None, ANA_BLUESKY.uri: ANA.uri}


def test_a_handle_that_nobody_checked_proves_nothing(db: Database) -> None:
    meet(db, ANA, replace(ANA_BLUESKY, proven=()))
    assert groups(db) == set()


@pytest.mark.parametrize("written", ["https://union.example/@ana", "http://union.example/@ana/",
                                     "https://union.example/users/ana"])  # fmt: skip
def test_a_verified_profile(db: Database, written: str) -> None:
    there = other_account("ana")
    meet(db, replace(ANA, proven=(written,)), there)
    assert groups(db) == one(ANA, there)


@pytest.mark.parametrize(
    "liar",
    [
        make_author("x", uri="https://evil.example/users/x", url="https://union.example/@ana"),
        Author(platform="feed", uri="https://evil.example/feed", url="https://union.example/@ana"),
        Author(platform="feed", uri="https://union.example/@ana"),
    ],
)  # fmt: skip
def test_somebody_else_s_profile_cannot_be_claimed(db: Database, liar: Author) -> None:
    meet(db, replace(ANA, proven=("https://union.example/@ana",)), liar)
    assert groups(db) == set()


def test_one_address_that_two_platforms_verified(db: Database) -> None:
    page = "https://github.com/ana"
    there = Author(
        platform="misskey", uri="https://note.example/users/9", proven=(page,)
    )
    meet(db, replace(ANA, proven=(page,)), there)
    assert groups(db) == one(ANA, there)


@pytest.mark.parametrize("front", ["https://github.com/", "http://www.youtube.com"])
def test_a_front_page_of_everybody_proves_nothing(db: Database, front: str) -> None:
    there = Author(
        platform="misskey", uri="https://note.example/users/9", proven=(front,)
    )
    meet(db, replace(ANA, proven=(front,)), there)
    assert groups(db) == set()


def test_names_alone_are_nothing(db: Database) -> None:
    same = {"display_name": "Ana Applecart"}
    meet(db, replace(ANA, **same, proven=()), other_account("ana", **same),
         replace(ANA_BLUESKY, **same, proven=("https://ana-b.example/",)))  # fmt: skip
    assert groups(db) == set()


def test_one_account_as_two_kinds_of_server_tell_it(db: Database) -> None:
    seen = Author(platform="misskey", uri=str(ANA.url), url=ANA.url, handle=ANA.handle)
    old = make_author(
        "bo", uri="https://social.example/@bo", url="https://social.example/@bo"
    )
    bo = make_author("bo", url="https://social.example/@bo")
    meet(db, seen, ANA, old, bo)
    assert groups(db) == one(seen, ANA) | one(old, bo)


def test_an_account_made_anew_under_an_old_name_is_another_s(db: Database) -> None:
    again = make_author("ana", uri="https://social.example/ap/users/7", url=ANA.url)
    friend = other_account("bo", proven=(str(ANA.url),))
    meet(db, ANA, again, friend)
    assert groups(db) == set()


@pytest.mark.parametrize(
    "order", list(permutations((staff("ana"), staff("bo"), GAZETTE)))
)
@pytest.mark.parametrize("together", [False, True])
def test_a_shared_address_merges_nobody(
    db: Database, order: tuple[Author, ...], together: bool
) -> None:
    if together:
        entities.authors(db.conn, [rows.author_row(person) for person in order], NOW)
    else:
        meet(db, *order)
    assert groups(db) == set()


def test_a_second_one_takes_a_merge_back(db: Database) -> None:
    """The limit of the method: of one alone nobody can tell (docs/accuracy.md)."""
    meet(db, staff("ana"), GAZETTE)
    assert groups(db) == one(staff("ana"), GAZETTE)
    meet(db, staff("bo"))
    assert groups(db) == set()
    forgetting.forget(db, [("author", staff("bo").uri)], reason="asked", now=NOW)
    assert groups(db) == one(staff("ana"), GAZETTE)


# Addresses


def test_an_author_refuses_what_is_no_address() -> None:
    for broken in ("", "javascript:alert(1)", "//x.example", "ana.example"):
        with pytest.raises(BrokenRecord):
            make_author(proven=(broken,))


@given(st.text(max_size=60) | st.text(max_size=20).map("https://{}".format))
def test_any_text_has_a_plain_form_or_none(text: str) -> None:
    plain = plain_address(text)
    assert plain == "" or plain_address(plain) == plain
    assert all(plain_address(s) == plain for s in spellings(plain) if plain)
    assert same_person.provable(text) in {plain, ""}


def test_of_an_address_the_way_of_writing_it_does_not_matter() -> None:
    assert plain_address("HTTP://WWW.Ana.Example:80/#me") == SITE
    assert plain_address("https://ana.example/A/?b=C") == "https://ana.example/A?b=C"
    assert plain_address("https://ana.example:8443") == "https://ana.example:8443/"


# Cost, and how good it is


def test_everything_is_looked_up_by_an_index(db: Database) -> None:
    """What is read for each batch must not grow with the store."""
    meet(db, ANA, ANA_BLUESKY, MIRROR)
    said: list[str] = []
    db.conn.set_trace_callback(said.append)
    voices.renew(db.conn, {1, 2, 3})
    db.conn.set_trace_callback(None)
    assert len(said) > 8
    steps = [
        step
        for sql in said
        for (*_, step) in db.conn.execute(f"explain query plan {sql}")
    ]
    whole = re.compile(r"SCAN (a|l|authors|author_links|voice_decisions)\b")
    assert [step for step in steps if whole.match(step)] == []


@pytest.mark.slow
def test_precision_and_recall_on_the_simulated_world(tmp_path: Path) -> None:
    found = asyncio.run(measure(tmp_path, days=1.0))
    assert found.problems == []
    assert len(found.true) > 70, "the world is large enough to show something"
    assert found.precision >= PRECISION
    assert found.recall >= RECALL
    assert found.merged - found.true, "the case that the method cannot tell is in it"
