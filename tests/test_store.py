"""What a walk brings is stored together, once, and whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlite_utils import Database

from collectors.base import Copy
from db import checks, store
from db.connection import StoreError
from db.records import Score, Span
from tests.conftest import NOW
from tests.making import (
    POSITIVE,
    bridged,
    make_author,
    make_post,
    make_record,
    sighted,
    watch,
)
from tests.store_checks import one, sound, watched

__all__ = ["watched"]  # fixtures


def test_a_walk_stores_posts_coverage_and_checkpoint_together(
    watched: Database,
) -> None:
    stored = store.record_walk(watched, make_record(sighted(make_post(1))))
    assert (stored.seen, stored.new) == (1, 1)
    assert (
        one(
            watched,
            "select checkpoint from walks where source_id = 1 and walk = 'forward'",
        )
        == "100"
    )
    assert one(watched, "select state from coverage") == "complete"
    assert one(watched, "select new from runs") == 1
    assert one(watched, "select posts from hourly") == 1
    assert one(watched, "select campaign from timeline") == "labourleaks"
    sound(watched)


def test_the_same_walk_twice_changes_nothing(watched: Database) -> None:
    record = make_record(sighted(make_post(1)), sighted(make_post(2), score=POSITIVE))
    store.record_walk(watched, record)
    again = store.record_walk(watched, record)
    assert again.new == 0
    assert one(watched, "select count(*) from posts") == 2
    assert one(watched, "select sum(posts) from hourly") == 2
    sound(watched)


def test_a_failure_inside_the_transaction_leaves_nothing(
    watched: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    monkeypatch.setattr("db.coverage.lay", fail)
    with pytest.raises(RuntimeError):
        store.record_walk(watched, make_record(sighted(make_post(1))))
    for table in ("posts", "runs", "hourly", "matches", "hashtags"):
        assert one(watched, f"select count(*) from {table}") == 0
    assert one(watched, "select checkpoint from walks") is None


def test_a_broken_walk_keeps_its_posts_and_its_old_checkpoint(
    watched: Database,
) -> None:
    store.record_walk(watched, make_record())
    broken = make_record(
        sighted(make_post(5)), outcome="broken", checkpoint=None, error="server down",
        source_state="failing", failures=1,
    )  # fmt: skip
    store.record_walk(watched, broken)
    assert (
        one(
            watched,
            "select checkpoint from walks where source_id = 1 and walk = 'forward'",
        )
        == "100"
    )
    assert one(watched, "select count(*) from posts") == 1
    assert one(watched, "select last_error from sources where id = 1") == "server down"


def test_what_a_source_does_not_send_is_not_wiped(watched: Database) -> None:
    full = make_post(1, likes=3, lang="en", sensitive=True,
                     author=make_author(followers=10, bot=False))  # fmt: skip
    store.record_walk(watched, make_record(sighted(full)))
    bare = replace(full, likes=None, lang=None, sensitive=None, author=make_author())
    store.record_walk(watched, make_record(sighted(bare), source_id=2))
    row = one(watched, "select likes, lang_declared, sensitive, sentiment from posts")
    assert row == (3, "en", 1, "neutral")
    assert one(watched, "select followers, bot from authors") == (10, 0)


def test_counts_of_several_servers_combine_by_maximum(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(1, likes=5, reposts=1))))
    other = make_record(sighted(make_post(1, likes=2, reposts=4)), source_id=2)
    store.record_walk(watched, other)
    assert one(watched, "select likes, reposts from posts") == (5, 4)
    later = make_record(
        sighted(make_post(1, likes=3)),
        at=NOW + timedelta(minutes=1),
        deletions=(make_post(2).uri,),
    )
    store.record_walk(watched, later)
    assert one(watched, "select likes from posts") == 3, "likes can be taken back"
    assert one(watched, "select count(*) from metrics") == 3


def test_metrics_are_written_on_change_alone(watched: Database) -> None:
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        store.record_walk(watched, make_record(sighted(make_post(1, likes=5)), at=at))
    assert one(watched, "select count(*) from metrics") == 1


def test_an_edit_keeps_the_old_version(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(1, text="before"))))
    edited = make_post(
        1, text="after", edited_at=NOW, hashtags=("labourleaks", "new"),
    )  # fmt: skip
    store.record_walk(watched, make_record(sighted(edited, score=POSITIVE)))
    assert one(watched, "select text, state, sentiment from posts") == (
        "after", "edited", "positive",
    )  # fmt: skip
    assert one(watched, "select version, text from revisions") == (1, "before")
    search = "select count(*) from posts_fts where posts_fts match ?"
    assert one(watched, search, "after") == 1
    assert one(watched, search, "before") == 0
    sound(watched)


def test_a_server_that_missed_the_edit_does_not_undo_it(watched: Database) -> None:
    edited = make_post(1, text="after", edited_at=NOW)
    store.record_walk(watched, make_record(sighted(edited)))
    stale = make_record(sighted(make_post(1, text="before")), source_id=2)
    store.record_walk(watched, stale)
    assert one(watched, "select text from posts") == "after"


@pytest.mark.parametrize("original_first", [True, False])
@pytest.mark.parametrize("in_one_batch", [True, False])
def test_a_bridged_copy_is_the_same_post(
    watched: Database, *, original_first: bool, in_one_batch: bool
) -> None:
    original = make_post(1, copies=(Copy("url", "https://social.example/@ada/1"),))
    copy = bridged(
        make_post(1, platform="mastodon", uri="at://did:plc:x/app.bsky.feed.post/1",
                  text="the bridge's words"),
        "https://social.example/@ada/1",
    )  # fmt: skip
    pair = [sighted(original), sighted(copy)]
    if not original_first:
        pair.reverse()
    if in_one_batch:
        store.record_walk(watched, make_record(*pair))
    else:
        for sighting in pair:
            store.record_walk(watched, make_record(sighting))
    assert one(watched, "select count(*) from posts") == 1
    assert one(watched, "select uri, text, bridged from posts") == (
        original.uri, original.text, 0,
    )  # fmt: skip
    sound(watched)


def test_a_post_from_the_future_is_dated_when_it_was_seen(watched: Database) -> None:
    late = make_post(1, published_at=NOW + timedelta(days=400))
    none = make_post(2, published_at=None)
    store.record_walk(watched, make_record(sighted(late), sighted(none)))
    rows = watched.conn.execute("select published_at from posts").fetchall()
    assert rows == [("2026-11-20T12:00:00Z",)] * 2


def test_a_post_in_two_terms_is_shown_once(db: Database) -> None:
    watch(db, tags=("LabourLeaks", "WikiLeaks"))
    store.record_walk(db, make_record(sighted(make_post(1), terms=(2,))))
    store.record_walk(db, make_record(sighted(make_post(1), terms=(1, 2))))
    assert one(db, "select count(*) from matches") == 2
    assert one(db, "select count(*) from timeline") == 1
    assert one(db, "select sum(posts) from hourly") == 1
    sound(db)


def test_rechecks_follow_a_posts_age(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(20))))
    assert one(watched, "select due_at, step from rechecks") == (
        "2026-11-20T12:40:00Z",
        1,
    )
    uri = make_post(20).uri
    later = NOW + timedelta(hours=1)
    store.record_walk(watched, make_record(at=later, rechecked=(uri,), walk="recheck"))
    assert one(watched, "select step from rechecks") == 2
    last = NOW + timedelta(days=8)
    store.record_walk(watched, make_record(at=last, rechecked=(uri,), walk="recheck"))
    assert one(watched, "select count(*) from rechecks") == 0


def test_rejected_items_are_kept_with_their_reason(watched: Database) -> None:
    from collectors.base import Rejected

    record = make_record(rejected=(Rejected("item 7", "no author"),))
    store.record_walk(watched, record)
    assert one(watched, "select item, reason from rejected") == ("item 7", "no author")


def test_hostile_text_goes_in_and_out_unchanged(watched: Database) -> None:
    text = "'; drop table posts; -- <script>alert(1)</script> =cmd|' 🌊"
    store.record_walk(watched, make_record(sighted(make_post(1, text=text))))
    assert one(watched, "select text from posts") == text
    sound(watched)


def test_100_kilobytes_of_text_are_stored_whole(watched: Database) -> None:
    text = "word " * 20_000
    store.record_walk(watched, make_record(sighted(make_post(1, text=text))))
    assert one(watched, "select length(text) from posts") == len(text)


def test_a_full_disk_loses_nothing_that_was_stored(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(1))))
    (pages,) = watched.conn.execute("pragma page_count").fetchone()
    watched.conn.execute(f"pragma max_page_count = {pages}")
    many = [sighted(make_post(n, text="long " * 2000)) for n in range(2, 60)]
    with pytest.raises(StoreError, match="disk is full"):
        store.record_walk(watched, make_record(*many, checkpoint="200"))
    watched.conn.execute("pragma max_page_count = 1000000")
    assert one(watched, "select count(*) from posts") == 1
    assert (
        one(
            watched,
            "select checkpoint from walks where source_id = 1 and walk = 'forward'",
        )
        == "100"
    )
    sound(watched)


def test_unscored_posts_have_no_polarity(watched: Database) -> None:
    foreign = Score(lang="fr", unscored="language:fr", scorer="test/1")
    store.record_walk(watched, make_record(sighted(make_post(1), score=foreign)))
    assert one(watched, "select sentiment, posts, polarity_sum from hourly") == (
        "unscored", 1, 0.0,
    )  # fmt: skip


def test_a_recount_equals_the_rollups_and_finds_a_difference(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(1))))
    watched.conn.execute("update hourly set posts = posts + 1")
    assert any("hourly" in problem for problem in checks.problems(watched))
    checks.recount(watched)
    sound(watched)


def test_blind_time_is_written_with_its_reason(watched: Database) -> None:
    blind = Span(NOW - timedelta(hours=1), NOW, "blind", "server down")
    store.record_walk(watched, make_record(spans=(blind,), outcome="broken"))
    assert one(watched, "select state, evidence from coverage") == (
        "blind",
        "server down",
    )


def test_no_statement_of_a_walk_goes_through_all_that_is_stored(db: Database) -> None:
    """Each walk would otherwise take longer the more is stored."""
    watch(db)
    said: list[str] = []
    db.conn.set_trace_callback(said.append)
    posts = [sighted(make_post(number)) for number in (1, 2)]
    store.record_walk(db, make_record(*posts))
    later = make_record(
        sighted(make_post(1, likes=3)),
        at=NOW + timedelta(minutes=1),
        deletions=(make_post(2).uri,),
    )
    store.record_walk(db, later)
    db.conn.set_trace_callback(None)
    big = ("posts", "authors", "matches", "observations", "rechecks", "metrics",
           "copies", "links", "post_links", "post_hashtags", "mentions")  # fmt: skip
    for sql in set(said):
        if sql.startswith(("select", "insert", "update", "delete", "with")):
            for row in db.conn.execute(f"explain query plan {sql}").fetchall():
                words = row[3].split()
                assert words[0] != "SCAN" or words[1] not in big, (sql, row[3])
