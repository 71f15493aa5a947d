"""One post, counted once: each platform's own reading of the same post, in every order.

What each network makes of the post is written here in that network's own form and read by
its own collector; no record is made by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from collectors import (
    _bluesky_records,
    _lemmy_posts,
    _mastodon_status,
    _misskey_posts,
    _nostr_events,
    _wordpress_posts,
)
from collectors.base import Post
from db import checks, store
from db.connection import Database
from tests.making import make_record, sighted, watch

WORDS = "The reading room opens at six #LabourLeaks"
AT = "2026-11-20T11:00:00.000Z"
AT_S = 1_795_172_400
DID = "did:plc:aaaa2222bbbb3333cccc4444"
MIRROR = "did:plc:mmmm2222bbbb3333cccc4444"
AT_URI = f"at://{DID}/app.bsky.feed.post/3maaaaaaaaa2a"
TOOT = "https://s1.example/users/ana_b/statuses/1147"
TOOT_PAGE = "https://s1.example/@ana_b/1147"
KEY, EVENT = "b" * 64, "e" * 64
NOTE = f"nostr:event:{EVENT}"
ARTICLE = "https://s1.example/?p=12"
ARTICLE_PAGE = "https://s1.example/2026/11/reading-room"
MISSKEY_NOTE = "https://s1.example/notes/9aa"


# What each network makes of a post


def bluesky(uri: str, handle: str, *, likes: int, original: str | None = None) -> Post:
    record: dict[str, Any] = {
        "text": WORDS, "createdAt": AT, "langs": ["en"],
        **({"bridgyOriginalUrl": original, "bridgyOriginalText": f"<p>{WORDS}</p>"}
           if original else {}),
    }  # fmt: skip
    return _bluesky_records.from_view(
        {"uri": uri, "cid": "x", "author": {"did": uri.split("/")[2], "handle": handle},
         "record": record, "indexedAt": AT, "likeCount": likes}
    )  # fmt: skip


def mastodon(uri: str, url: str, acct: str, actor: str, *, likes: int) -> Post:
    status = {
        "id": "77", "uri": uri, "url": url, "created_at": AT, "visibility": "public",
        "content": f"<p>{WORDS}</p>", "language": "en", "favourites_count": likes,
        "account": {"id": "5", "acct": acct, "uri": actor, "url": actor},
        "tags": [{"name": "labourleaks"}],
    }  # fmt: skip
    return _mastodon_status.to_post(status, host="s2.example", uris={})


def misskey(
    uri: str | None,
    username: str,
    host: str | None,
    *,
    likes: int,
    page: str | None = None,
) -> Post:
    note = {
        "id": "9aa", "uri": uri, "url": page, "createdAt": AT, "text": WORDS,
        "tags": ["labourleaks"],
        "user": {"id": "8", "username": username, "host": host,
                 "instance": {"softwareName": "mastodon"} if host else None},
        "reactions": {"\U0001f44d": likes}, "visibility": "public",
    }  # fmt: skip
    return _misskey_posts.to_post(note, "https://s1.example")


def lemmy(uri: str, actor: str, *, likes: int) -> Post:
    view = {
        "post": {"id": 4, "ap_id": uri, "name": WORDS, "published": AT},
        "creator": {"name": "ana_b", "actor_id": actor},
        "counts": {"upvotes": likes},
    }
    return _lemmy_posts.to_post(view, {})


def nostr(event: str, key: str, *, proxy: str | None = None) -> Post:
    kind = "activitypub" if (proxy or "").startswith("http") else "atproto"
    tags = [["t", "labourleaks"], *([["proxy", proxy, kind]] if proxy else [])]
    return _nostr_events.to_post(
        {"id": event, "pubkey": key, "kind": 1, "created_at": AT_S, "content": WORDS,
         "tags": tags, "sig": "0" * 128}
    )  # fmt: skip


def wordpress(*, title: str) -> Post:
    article = {
        "id": 12, "guid": {"rendered": ARTICLE}, "link": ARTICLE_PAGE,
        "date_gmt": AT[:19], "modified_gmt": AT[:19], "status": "publish",
        "title": {"rendered": title}, "content": {"rendered": f"<p>{WORDS}</p>"},
    }  # fmt: skip
    return _wordpress_posts.to_post(article, "https://s1.example")


# The same post, as the networks have it; the first is the original, at home


@dataclass(frozen=True)
class Case:
    """readings: by where it was met. likes: the largest number that one of them tells."""

    uri: str
    platform: str
    author: str
    readings: Mapping[str, Callable[[], Post]]
    likes: int | None


BRIDGY = f"https://bsky.brid.gy/convert/ap/{AT_URI}"
BRIDGY_ACTOR = f"https://bsky.brid.gy/ap/{DID}"
BRIDGY_PAGE = (
    f"https://bsky.brid.gy/r/https://bsky.app/profile/{DID}/post/3maaaaaaaaa2a"
)
MOSTR, MOSTR_ACTOR = (
    f"https://mostr.pub/objects/{EVENT}",
    f"https://mostr.pub/users/{KEY}",
)
ANA = "https://s1.example/users/ana_b"
CASES = {
    "bluesky": Case(
        AT_URI, "bluesky", DID,
        {
            "bluesky": lambda: bluesky(AT_URI, "ruth.example", likes=9),
            "mastodon": lambda: mastodon(
                BRIDGY, BRIDGY_PAGE, "ruth.example@bsky.brid.gy", BRIDGY_ACTOR, likes=4
            ),
            "misskey": lambda: misskey(BRIDGY, "ruth.example", "bsky.brid.gy", likes=1),
            "lemmy": lambda: lemmy(BRIDGY, BRIDGY_ACTOR, likes=2),
            "nostr": lambda: nostr("c" * 64, "d" * 64, proxy=AT_URI),
        },
        9,
    ),
    "mastodon": Case(
        TOOT, "mastodon", ANA,
        {
            "mastodon": lambda: mastodon(
                TOOT, TOOT_PAGE, "ana_b@s1.example", ANA, likes=3
            ),
            "bluesky": lambda: bluesky(
                f"at://{MIRROR}/app.bsky.feed.post/3mbbbbbbbbb2b",
                "ana-b.s1.example.ap.brid.gy", likes=7, original=TOOT_PAGE,
            ),
            "nostr": lambda: nostr("c" * 64, "d" * 64, proxy=TOOT),
            "lemmy": lambda: lemmy(TOOT, ANA, likes=2),
            "misskey": lambda: misskey(
                TOOT, "ana_b", "s1.example", likes=1, page=TOOT_PAGE
            ),
        },
        7,
    ),
    "nostr": Case(
        NOTE, "nostr", f"nostr:{KEY}",
        {
            "nostr": lambda: nostr(EVENT, KEY),
            "mastodon": lambda: mastodon(
                MOSTR, MOSTR, f"{KEY}@mostr.pub", MOSTR_ACTOR, likes=5
            ),
            "lemmy": lambda: lemmy(MOSTR, MOSTR_ACTOR, likes=2),
        },
        5,
    ),
    "wordpress": Case(
        ARTICLE, "wordpress", "https://s1.example/",
        {
            "wordpress": lambda: wordpress(title="Reading room"),
            "bluesky": lambda: bluesky(
                f"at://{MIRROR}/app.bsky.feed.post/3mbbbbbbbbb2b",
                "s1.example.web.brid.gy", likes=7, original=ARTICLE_PAGE,
            ),
        },
        7,
    ),
    "misskey": Case(
        MISSKEY_NOTE, "misskey", "https://s1.example/users/8",
        {
            "misskey": lambda: misskey(None, "ana", None, likes=6),
            "mastodon": lambda: mastodon(
                MISSKEY_NOTE, MISSKEY_NOTE, "ana@s1.example",
                "https://s1.example/@ana", likes=2,
            ),
        },
        6,
    ),
}  # fmt: skip
ORDERS = [
    pytest.param(name, order, id=f"{name}:{'-'.join(order)}")
    for name, case in CASES.items()
    for order in permutations(case.readings)
]


@pytest.fixture
def watched(db: Database) -> Database:
    watch(db, sources=6)
    return db


@pytest.mark.parametrize(("name", "order"), ORDERS)
def test_one_post_whatever_comes_first(
    watched: Database, name: str, order: tuple[str, ...]
) -> None:
    case = CASES[name]
    for where in order:
        post = case.readings[where]()
        # Each is a source of its own; the original is met at home.
        source = 1 if where == name else 2 + list(case.readings).index(where)
        store.record_walk(watched, make_record(sighted(post), source_id=source))
    conn = watched.conn
    found = conn.execute(
        "select p.uri, p.platform, a.uri, p.state, p.likes, p.bridged from posts p "
        "join authors a on a.id = p.author_id"
    ).fetchall()
    expected = (case.uri, case.platform, case.author, "live", case.likes, 0)
    assert found == [expected]
    assert conn.execute("select platform, posts from hourly").fetchall() == [
        (case.platform, 1)
    ]
    assert conn.execute("select count(*) from hourly_messages").fetchone() == (1,)
    assert conn.execute("select count(*) from daily_voices").fetchone() == (1,)
    assert checks.problems(watched) == []


@pytest.mark.parametrize("name", CASES)
def test_one_answer_with_all_of_them_is_one_post(watched: Database, name: str) -> None:
    readings = [read() for read in CASES[name].readings.values()]
    for posts in (readings, readings[::-1]):
        store.record_walk(watched, make_record(*map(sighted, posts)))
    assert watched.conn.execute("select uri from posts").fetchall() == [
        (CASES[name].uri,)
    ]
    assert checks.problems(watched) == []


def two_that_are_one(db: Database) -> None:
    """A bridge's copy, known by its page, and another server's, known by its id."""
    for source, where in ((3, "bluesky"), (5, "lemmy")):
        post = CASES["mastodon"].readings[where]()
        store.record_walk(db, make_record(sighted(post), source_id=source))
    assert db.conn.execute("select count(*) from posts").fetchone() == (2,)


def test_joining_two_posts_keeps_what_hangs_on_them(watched: Database) -> None:
    two_that_are_one(watched)
    conn = watched.conn
    conn.execute(
        "insert into labels select id, 'staff', 'neutral', ? from posts where id = 2",
        (AT,),
    )
    met = "select source_id from observations union select source_id from metrics"
    before = conn.execute(met).fetchall()
    original = CASES["mastodon"].readings["mastodon"]()
    store.record_walk(watched, make_record(sighted(original)))
    assert conn.execute("select id from posts").fetchall() in ([(1,)], [(2,)])
    assert set(conn.execute(met).fetchall()) == {*before, (1,)}
    assert conn.execute("select count(*) from labels").fetchone() == (1,)
    assert checks.problems(watched) == []


def test_a_deletion_of_one_half_holds_for_the_whole(watched: Database) -> None:
    two_that_are_one(watched)
    store.record_walk(watched, make_record(deletions=(TOOT,), source_id=5))
    original = CASES["mastodon"].readings["mastodon"]()
    store.record_walk(watched, make_record(sighted(original)))
    found = watched.conn.execute("select state, text, message from posts").fetchall()
    assert found == [("deleted", "", None)]
    assert watched.conn.execute(
        "select count(*) from posts_fts where posts_fts match 'reading'"
    ).fetchone() == (0,)
    assert checks.problems(watched) == []
