"""How voices change: chains, what no longer holds, and staff's word."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from collectors.base import AccountChange, Author
from db import entities, forgetting, rows, store, voices
from db.connection import StoreError, open_database, transaction
from db.published import queries
from tests.conftest import NOW
from tests.making import make_post, make_record, sighted, watch
from tests.voice_people import (
    ANA,
    ANA_BLUESKY,
    GAZETTE,
    SITE,
    groups,
    kept,
    meet,
    one,
    other_account,
)

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
