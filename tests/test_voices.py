"""The same person's accounts are one voice: by a bridge's word, by what they proved in
public, or by staff's; and nobody else's are."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from benchmarks.voices import PRECISION, RECALL, measure
from collectors.base import AccountChange, Author, BrokenRecord
from db import checks, entities, forgetting, rows, same_person, store, voices
from db.connection import StoreError, open_database, transaction
from db.identity import plain_address, spellings
from db.published import queries
from tests.conftest import NOW
from tests.making import make_author, make_post, make_record, sighted, watch

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


# A newsroom is nobody


def staff(name: str, host: str = "social.example") -> Author:
    return other_account(name, host, proven=("https://gazette.example/",))


GAZETTE = Author(platform="bluesky", uri="did:plc:gazette", handle="gazette.example",
                 proven=("https://gazette.example/",))  # fmt: skip


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


# Chains, and the one who stands for all


@pytest.mark.parametrize("seed", range(6))
def test_a_chain_is_one_voice_in_any_order(db: Database, seed: int) -> None:
    other = other_account("ana", proven=(str(ANA.url),))
    mirror = Author(platform="bluesky", uri="did:plc:mirror",
                    handle="ana.union.example.ap.brid.gy")  # fmt: skip
    chain = [other, ANA, ANA_BLUESKY, mirror]
    random.Random(seed).shuffle(chain)
    meet(db, *chain)
    assert groups(db) == one(*chain)
    first = next(person for person in chain if person is not mirror)
    assert kept(db) == {p.uri: None if p is first else first.uri for p in chain}


NAMES = ("ana", "bo", "cy")
ADDRESSES = [SITE, "https://bo.example/", "https://github.com/cy",
             *(f"https://union.example/@{name}" for name in NAMES)]  # fmt: skip
proofs = st.lists(st.sampled_from(ADDRESSES), max_size=2).map(tuple)
anybody = st.one_of(
    st.builds(lambda n, p: other_account(n, proven=p), st.sampled_from(NAMES), proofs),
    st.builds(
        lambda n, p, o: other_account(n, "social.example", proven=p, opt_out=o),
        st.sampled_from(NAMES), proofs, st.sampled_from([None, None, True]),
    ),
    st.builds(
        lambda n, h: Author(platform="bluesky", uri=f"did:plc:{n}", handle=h,
                            proven=() if "brid" in h else (f"https://{h}/",)),
        st.sampled_from(NAMES),
        st.sampled_from(["ana.example", "bo.example", "bo.union.example.ap.brid.gy"]),
    ),
    st.builds(
        lambda n, p: Author(
            platform="misskey", uri=f"https://union.example/@{n}", proven=p
        ),
        st.sampled_from(NAMES), proofs,
    ),
)  # fmt: skip
steps = st.one_of(
    st.lists(anybody, min_size=1, max_size=4),
    st.tuples(st.sampled_from(["part", "join", "forget", "gone"]), st.integers(0, 11),
              st.integers(0, 11)),
)  # fmt: skip


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(steps, max_size=8))
def test_step_by_step_is_the_same_as_all_at_once(
    tmp_path: Path, plan: Sequence[list[Author] | tuple[str, int, int]]
) -> None:
    path = tmp_path / f"{random.random()}.db"
    db = open_database(path)
    for step in plan:
        if isinstance(step, list):
            cells = [rows.author_row(person) for person in step]
            with transaction(db) as conn:
                entities.authors(conn, cells, NOW)
        else:
            act(db, *step)
        assert voices.differences(db.conn) == []
        chained = "select count(*) from authors a join authors v on v.id = a.voice "
        assert db.conn.execute(f"{chained} where v.voice is not null").fetchone() == (
            0,
        )
        apart = (
            "select count(*) from voice_decisions d join authors a on a.id = d.author_id "
            "join authors b on b.id = d.other_id where not d.together "
            "and coalesce(a.voice, a.id) = coalesce(b.voice, b.id)"
        )
        assert db.conn.execute(apart).fetchone() == (0,)
    db.close()
    path.unlink()


def act(db: Database, what: str, one: int, other: int) -> None:
    """Something that happens to one or two of those who are stored."""
    uris = [uri for (uri,) in db.conn.execute("select uri from authors order by id")]
    if not uris:
        return
    uri = uris[one % len(uris)]
    ids = [
        entities.author_ids(db.conn, [uris[n % len(uris)]]).popitem()[1]
        for n in (one, other)
    ]
    if what == "forget":
        forgetting.forget(db, [("author", uri)], reason="asked", now=NOW)
    elif what == "gone":
        change(db, AccountChange(uri, "deleted"))
    else:
        try:
            getattr(voices, what)(db, *ids, by="tester", now=NOW)
        except StoreError:
            assert ids[0] == ids[1] or what == "join"


def change(db: Database, *changes: AccountChange) -> None:
    from db import removals

    with transaction(db) as conn:
        removals.change_accounts(conn, changes, NOW)


# What no longer holds


def test_a_new_handle_ends_what_the_old_one_proved(db: Database) -> None:
    meet(db, ANA, ANA_BLUESKY)
    change(db, AccountChange(ANA_BLUESKY.uri, handle="elsewhere.example"))
    assert groups(db) == set()
    meet(db, ANA_BLUESKY)
    assert groups(db) == one(ANA, ANA_BLUESKY)


@pytest.mark.parametrize("gone", [ANA, ANA_BLUESKY])
def test_who_opts_out_or_leaves_is_tied_to_nobody(db: Database, gone: Author) -> None:
    for end in ("opt_out", "withheld", "deleted"):
        meet(db, ANA, ANA_BLUESKY)
        assert groups(db) == one(ANA, ANA_BLUESKY)
        if end == "opt_out":
            meet(db, replace(gone, opt_out=True))
        else:
            change(db, AccountChange(gone.uri, end))  # type: ignore[arg-type]
        assert groups(db) == set()
        assert addresses(db, gone) == []
        meet(db, gone)
        assert groups(db) == set(), "not while it is so"
        db.conn.execute("update authors set state = 'active', opt_out = null")


def addresses(db: Database, person: Author) -> list[str]:
    return [a for (a,) in db.conn.execute(
        "select address from author_links l join authors a on a.id = l.author_id "
        "where a.uri = ?", (person.uri,))]  # fmt: skip


def test_erasure_takes_proofs_and_decisions_along(db: Database) -> None:
    meet(db, ANA, ANA_BLUESKY, GAZETTE)
    voices.join(db, 1, 3, by="tester", now=NOW)
    voices.part(db, 1, 2, by="tester", now=NOW)
    forgetting.forget(db, [("author", ANA.uri)], reason="asked", now=NOW)
    assert db.conn.execute("select count(*) from voice_decisions").fetchone() == (0,)
    left = db.conn.execute("select author_id from author_links order by 1").fetchall()
    assert left == [(2,), (3,)]
    assert groups(db) == set()


# Staff's word


def test_parted_for_ever_and_joined_again(db: Database) -> None:
    meet(db, ANA, ANA_BLUESKY)
    voices.part(db, 2, 1, by="tester", now=NOW)
    assert groups(db) == set()
    meet(db, replace(ANA, proven=(SITE, "https://bsky.app/profile/did:plc:ana")),
         replace(ANA_BLUESKY, followers=7))  # fmt: skip
    assert groups(db) == set()
    assert voices.parted(db) == [(1, 2, "tester", "2026-11-20T12:00:00Z")]
    voices.join(db, 1, 2, by="tester", now=NOW)
    assert groups(db) == one(ANA, ANA_BLUESKY)
    assert voices.parted(db) == []


def test_who_is_parted_from_one_is_not_brought_back_by_another(db: Database) -> None:
    third = other_account("ana", proven=(str(ANA.url),))
    meet(db, ANA, ANA_BLUESKY, third)
    assert groups(db) == one(ANA, ANA_BLUESKY, third)
    voices.part(db, 2, 3, by="tester", now=NOW)
    assert groups(db) == one(ANA, third), "the profile counts for more than the address"
    voices.join(db, 1, 2, by="tester", now=NOW)
    assert groups(db) == one(ANA, ANA_BLUESKY), "and staff's word for most"


def test_strangers_are_joined_by_hand_and_not_if_they_opted_out(db: Database) -> None:
    shy = other_account("shy", opt_out=True)
    meet(db, ANA, GAZETTE, shy)
    voices.join(db, 1, 2, by="tester", now=NOW)
    assert groups(db) == one(ANA, GAZETTE)
    for pair in ((1, 3), (1, 1), (1, 99)):
        with pytest.raises(StoreError):
            voices.join(db, *pair, by="tester", now=NOW)
    assert groups(db) == one(ANA, GAZETTE)


def test_figures_follow_at_once(db: Database) -> None:
    watch(db)
    posts = [sighted(make_post(n, author=person))
             for n, person in enumerate((ANA, ANA, ANA_BLUESKY), 1)]  # fmt: skip
    store.record_walk(db, make_record(*posts))
    assert (asked(db, "totals", "voices"), asked(db, "top_voices", "posts")) == (
        [1],
        [3],
    )
    voices.part(db, 1, 2, by="tester", now=NOW)
    assert asked(db, "totals", "voices") == [2]
    assert sorted(asked(db, "top_voices", "posts")) == [1, 2]
    voices.join(db, 1, 2, by="tester", now=NOW)
    assert asked(db, "top_voices", "accounts") == [2]


def asked(db: Database, name: str, column: str) -> list[object]:
    query = queries()[name]
    span = {"campaign": "labourleaks", "to_at": "2026-11-21"}
    cursor = db.conn.execute(query.sql, query.bind(span))
    place = [told[0] for told in cursor.description].index(column)
    return [row[place] for row in cursor]


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
