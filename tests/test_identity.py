"""Who may speak for a stored post, and what stays hidden once it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from collectors.base import AccountChange, BrokenRecord, Copy
from collectors.text import count
from db import checks, forgetting, store, suppressions
from db.connection import Database, StoreError
from tests.conftest import NOW
from tests.making import bridged, make_author, make_post, make_record, sighted, watch

PAGE = "https://social.example/@ada/1"


@pytest.fixture
def watched(db: Database) -> Database:
    watch(db)
    return db


def rows(db: Database, sql: str, *parameters: Any) -> list[Any]:  # noqa: ANN401
    return db.conn.execute(sql, parameters).fetchall()


def keep(db: Database, *posts: Any, **changes: Any) -> None:  # noqa: ANN401
    store.record_walk(db, make_record(*(sighted(post) for post in posts), **changes))


def test_a_page_on_another_host_cannot_claim_a_post(watched: Database) -> None:
    keep(watched, make_post(1, copies=(Copy("url", PAGE),)))
    forged = make_post(
        7, uri="https://evil.example/posts/7", text="not hers",
        author=make_author("eve"), copies=(Copy("url", PAGE),),
    )  # fmt: skip
    keep(watched, forged)
    keep(watched, replace(forged, edited_at=NOW + timedelta(days=1)))
    assert rows(watched, "select text from posts order by id") == [
        (make_post(1).text,),
        ("not hers",),
    ]


def test_nor_by_claiming_it_first(watched: Database) -> None:
    forged = make_post(
        7, uri="https://evil.example/posts/7", text="not hers",
        author=make_author("eve"), copies=(Copy("url", PAGE),),
    )  # fmt: skip
    keep(watched, forged)
    keep(watched, make_post(1, copies=(Copy("url", PAGE),)))
    assert rows(watched, "select count(*) from posts") == [(2,)]


def test_a_feed_that_carries_a_post_does_not_rewrite_it(watched: Database) -> None:
    keep(watched, make_post(1))
    item = make_post(
        1, platform="feed", kind="article", text="A snippet",
        author=make_author("paper", platform="feed", uri="feed:paper"),
    )  # fmt: skip
    keep(watched, item)
    assert rows(watched, "select text, platform, kind, state from posts") == [
        (make_post(1).text, "mastodon", "post", "live")
    ]


def test_a_table_that_does_not_say_of_which_platform_gives_way(
    watched: Database,
) -> None:
    unsaid = make_author("ada", platform="archive", uri="archive:@ada")
    keep(watched, make_post(1, platform="archive", author=unsaid))
    keep(watched, make_post(1))
    keep(watched, make_post(1, platform="archive", author=unsaid))
    assert rows(watched, "select platform, state from posts") == [("mastodon", "live")]
    assert checks.problems(watched) == []


def test_the_post_itself_replaces_what_a_feed_carried(watched: Database) -> None:
    item = make_post(
        1, platform="feed", kind="article", text="A snippet",
        author=make_author("paper", platform="feed", uri="feed:paper"),
    )  # fmt: skip
    keep(watched, item)
    keep(watched, make_post(1))
    assert rows(watched, "select text, platform, state from posts") == [
        (make_post(1).text, "mastodon", "live")
    ]
    assert checks.problems(watched) == []


def test_servers_that_write_a_post_differently_make_no_edit(watched: Database) -> None:
    keep(watched, make_post(1, text="☐ yes"))
    keep(watched, make_post(1, text="yes"), source_id=2)
    assert rows(watched, "select text, state from posts") == [("☐ yes", "live")]
    assert rows(watched, "select 1 from revisions") == []


def test_a_bridge_does_not_bring_a_withheld_post_back(watched: Database) -> None:
    post = make_post(1)
    keep(watched, post)
    keep(watched, accounts=(AccountChange(post.author.uri, "withheld"),))
    keep(watched, bridged(make_post(9, text="the words again"), post.uri), source_id=2)
    assert rows(watched, "select state, text from posts") == [("withheld", "")]


def test_a_gone_account_brings_no_new_posts(watched: Database) -> None:
    keep(watched, make_post(1))
    keep(watched, accounts=(AccountChange(make_author().uri, "deleted"),))
    keep(watched, make_post(2))
    assert rows(watched, "select count(*) from posts where text <> ''") == [(0,)]
    keep(watched, accounts=(AccountChange(make_author().uri, "active"),))
    keep(watched, make_post(3))
    assert rows(watched, "select count(*) from posts where text <> ''") == [(1,)]
    assert checks.problems(watched) == []


def test_another_servers_word_hides_and_does_not_delete(watched: Database) -> None:
    post = make_post(1)
    keep(watched, post)
    keep(watched, absent=(post.uri,), walk="recheck", source_id=2)
    assert rows(watched, "select state, text from posts") == [("withheld", "")]
    keep(watched, post)
    assert rows(watched, "select state, text from posts") == [("live", post.text)]


def test_the_posts_own_server_is_believed(watched: Database) -> None:
    post = make_post(1, uri="https://s1.example/posts/1")
    keep(watched, post)
    keep(watched, absent=(post.uri,), walk="recheck")
    assert rows(watched, "select state from posts") == [("deleted",)]


def test_what_got_no_answer_waits_and_lets_others_go_first(watched: Database) -> None:
    posts = [make_post(n) for n in (200, 201)]
    keep(watched, *posts)
    one, other = (post.uri for post in posts)
    keep(watched, walk="recheck", postponed=(one, other), rechecked=(other,),
         at=NOW + timedelta(hours=4))  # fmt: skip
    due = dict(
        rows(
            watched, "select uri, due_at from rechecks join posts on posts.id = post_id"
        )
    )
    assert due[one] == "2026-11-20T16:15:00Z"
    assert due[other] > due[one]


@pytest.mark.parametrize("number", [2**63, 10**30])
def test_an_absurd_number_is_no_count(number: int) -> None:
    assert count(number) is None
    with pytest.raises(BrokenRecord, match="absurd"):
        make_post(1, likes=number)


def test_the_forgotten_do_not_come_back_under_another_name(watched: Database) -> None:
    keep(watched, make_post(1, copies=(Copy("url", PAGE),)))
    found = forgetting.find(watched, "ada@social.example")
    forgetting.forget(watched, found, reason="asked", now=NOW)
    item = make_post(
        5, uri=PAGE, platform="feed",
        author=make_author("paper", platform="feed", uri="feed:paper"),
    )  # fmt: skip
    keep(watched, item)
    assert rows(watched, "select count(*) from posts") == [(0,)]


def test_others_replies_no_longer_name_the_forgotten(watched: Database) -> None:
    reply = make_post(
        2, author=make_author("bob"), reply_to=make_post(1).uri, kind="reply",
        links=(PAGE,),
    )  # fmt: skip
    keep(watched, make_post(1), reply)
    found = forgetting.find(watched, "@ada@social.example")
    forgetting.forget(watched, found, reason="asked", now=NOW)
    assert rows(watched, "select reply_to from posts") == [(None,)]
    assert rows(watched, "select 1 from links") == []
    assert checks.problems(watched) == []


def test_a_lost_key_is_not_replaced_in_silence(watched: Database) -> None:
    keep(watched, make_post(1))
    found = forgetting.find(watched, "ada@social.example")
    forgetting.forget(watched, found, reason="asked", now=NOW)
    (_, _, file) = watched.conn.execute("pragma database_list").fetchone()
    suppressions.key_file(file).unlink()
    with pytest.raises(StoreError, match=r"\d erasures depend on it"):
        keep(watched, make_post(2))
