"""Posts and accounts that go: deletions, opt-outs, erasure, and who comes back."""

from __future__ import annotations

from sqlite_utils import Database

from collectors.base import AccountChange, Media
from db import removals, store
from tests.making import (
    make_author,
    make_post,
    make_record,
    sighted,
)
from tests.store_checks import one, sound, watched

__all__ = ["watched"]  # fixtures


def test_a_deletion_takes_the_words_and_keeps_the_count(watched: Database) -> None:
    post = make_post(
        1, links=("https://paper.example/a",), mentions=("bob",),
        media=(Media("image", "https://social.example/p.png", alt="words"),),
    )  # fmt: skip
    store.record_walk(watched, make_record(sighted(post), sighted(make_post(2))))
    gone = make_record(deletions=(post.uri,))
    assert store.record_walk(watched, gone).removed == 1
    row = one(
        watched, "select text, url, state, sentiment, unscored from posts where id = 1"
    )
    assert row == ("", None, "deleted", None, "deleted")
    for table in ("post_links", "mentions", "media", "revisions"):
        assert one(watched, f"select count(*) from {table} where post_id = 1") == 0
    assert one(watched, "select sum(posts), sum(removed) from hourly") == (1, 1)
    assert one(watched, "select count(*) from timeline") == 1
    sound(watched)


def test_a_deleted_post_is_not_taken_in_again(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(1))))
    store.record_walk(watched, make_record(deletions=(make_post(1).uri,)))
    store.record_walk(watched, make_record(sighted(make_post(1)), source_id=2))
    assert one(watched, "select state, text from posts") == ("deleted", "")


def test_a_post_deleted_in_the_batch_that_brought_it(watched: Database) -> None:
    post = make_post(1)
    record = make_record(sighted(post), deletions=(post.uri,))
    store.record_walk(watched, record)
    assert one(watched, "select state, text from posts") == ("deleted", "")
    sound(watched)


def test_an_account_goes_and_comes_back(watched: Database) -> None:
    author = make_author()
    store.record_walk(
        watched, make_record(sighted(make_post(1)), sighted(make_post(2)))
    )
    away = make_record(accounts=(AccountChange(author.uri, "withheld"),))
    assert store.record_walk(watched, away).removed == 2
    assert one(watched, "select count(*) from timeline") == 0
    back = make_record(accounts=(AccountChange(author.uri, "active"),))
    store.record_walk(watched, back)
    assert one(watched, "select count(*) from rechecks where due_at <= ?",
               "2026-11-20T12:00:00Z") == 2  # fmt: skip
    store.record_walk(watched, make_record(sighted(make_post(1))))
    assert one(watched, "select state from posts where id = 1") == "live"
    assert one(watched, "select count(*) from timeline") == 1
    sound(watched)


def test_an_identity_event_changes_the_handle(watched: Database) -> None:
    store.record_walk(watched, make_record(sighted(make_post(1))))
    change = AccountChange(make_author().uri, handle="new@social.example")
    store.record_walk(watched, make_record(accounts=(change,)))
    assert one(watched, "select handle from authors") == "new@social.example"


def test_who_opted_out_is_counted_and_not_shown(watched: Database) -> None:
    shy = make_author("shy", opt_out=True)
    store.record_walk(watched, make_record(sighted(make_post(1, author=shy))))
    row = one(watched, "select text, url, state, unscored from posts")
    assert row == ("", None, "withheld", "withheld")
    assert one(watched, "select count(*) from post_hashtags") == 0
    assert one(watched, "select sum(removed) from hourly") == 1
    sound(watched)


def test_opting_out_later_takes_back_all_earlier_posts(watched: Database) -> None:
    store.record_walk(
        watched, make_record(sighted(make_post(1)), sighted(make_post(2)))
    )
    shy = make_author(opt_out=True)
    store.record_walk(watched, make_record(sighted(make_post(2, author=shy))))
    assert one(watched, "select count(*) from posts where text <> ''") == 0
    sound(watched)


def test_a_server_that_does_not_know_of_the_wish_does_not_undo_it(
    watched: Database,
) -> None:
    shy = make_author("shy", opt_out=True)
    unaware = make_author("shy", opt_out=False)
    store.record_walk(watched, make_record(sighted(make_post(1, author=shy))))
    again = [sighted(make_post(n, author=unaware)) for n in (1, 2)]
    store.record_walk(watched, make_record(*again, source_id=2))
    assert one(watched, "select count(*) from posts where text <> ''") == 0
    sound(watched)


def test_staff_may_keep_opted_out_posts(watched: Database) -> None:
    shy = make_author("shy", opt_out=True)
    record = make_record(sighted(make_post(1, author=shy)), opt_out="keep")
    store.record_walk(watched, record)
    assert one(watched, "select state from posts") == "live"


def test_a_forgotten_author_is_not_taken_in_again(watched: Database) -> None:
    from db import suppressions

    key = suppressions.keyed(watched.conn, make_author("gone").uri)
    watched.conn.execute(
        "insert into suppressions (hash, kind, at, reason) values (?, 'author', ?, '')",
        (key, "2026-11-20T12:00:00Z"),
    )
    gone = sighted(make_post(1, author=make_author("gone")))
    stored = store.record_walk(watched, make_record(gone, sighted(make_post(2))))
    assert stored.new == 1
    assert one(watched, "select count(*) from authors") == 1


def test_removals_of_unknown_posts_are_harmless(watched: Database) -> None:
    assert removals.delete(watched.conn, ["at://nobody/nothing/1"]) == 0
