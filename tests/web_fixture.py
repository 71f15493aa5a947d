"""A database for the tests of the pages and the JSON: ten days of two campaigns.

All people, texts and servers are invented ("label": "synthetic"). Run as a program it
serves the database until it is ended: python -m tests.web_fixture FILE PORT
"""

from __future__ import annotations

import random
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db.connection import open_database
from db.messages import message_of_cells
from db.times import to_text
from tests import web_rows
from tests.web_rows import NOW, START

LABEL = "synthetic"
# In this hour no source of bluesky was read for campaign 1: blind, and not zero.
BLIND_FROM = datetime(2025, 5, 11, 3, 0, tzinfo=UTC)
BLIND_TO = BLIND_FROM + timedelta(hours=2)

CAMPAIGNS = [
    ("labourleaks", "#LabourLeaks", "Leaked documents, and what is made of them."),
    ("harbour", "Harbour <em>for</em> all", "A campaign for the old harbour."),
]
# campaign, kind, value, display, added, removed
TERMS = [
    (1, "hashtag", "labourleaks", "LabourLeaks", START, None),
    (1, "hashtag", "labourleadership", "LabourLeadership", START, None),
    (2, "hashtag", "harbourforall", "HarbourForAll", START, None),
]
SOURCES = [
    ("social-example", "mastodon", "https://social.example", "ok", None),
    ("tiny-example", "mastodon", "https://tiny.example", "failing",
     "tiny.example answered 503 (out of service)"),
    ("jetstream", "bluesky", "wss://stream.example", "ok", None),
    ("locked", "mastodon", "https://locked.example", "parked",
     "locked.example wants a login: set MASTODON_TOKEN_LOCKED"),
    ("gazette", "feed", "https://gazette.example/feed.xml", "limited", None),
]  # fmt: skip
TEXTS = {
    "negative": "This is a dreadful way to run a party. #LabourLeaks",
    "neutral": "The document has 40 pages: https://gazette.example/leak/1 #LabourLeaks",
    "positive": "Wonderful reporting, thank you! #LabourLeaks #press",
    "unscored": "Das Dokument ist lang. #LabourLeaks",
}
HOSTILE = [
    "<script>window.hacked = 1</script> #LabourLeaks",
    '"><img src=x onerror="window.hacked=1"> #LabourLeaks',
    "'; drop table posts; -- #LabourLeaks",
    "{{ 7 * 7 }} {% raw %} #LabourLeaks",
    "right to left: \u202egnp.exe\u202c done \u2066#LabourLeaks",
    "هذا منشور عن التسريب https://gazette.example/ar?a=1&b=2 #LabourLeaks",
    "javascript:alert(1) https://good.example/a_(b), and data:text/html,x #LabourLeaks",
    "</script></title><svg onload=window.hacked=1> #LabourLeaks",
    "W" * 100_000,
]


def make(path: Path, *, simulated: bool = False, zone: str = "UTC") -> Path:
    """The database, complete: watched things, posts, coverage, walks, roll-ups. zone: of
    the first campaign's times."""
    db = open_database(path)
    connection = db.conn
    connection.execute("begin")
    _watching(connection)
    _posts(connection)
    _coverage(connection)
    web_rows.fill(connection)
    recount(connection)
    connection.execute("update campaigns set timezone = ? where id = 1", (zone,))
    if simulated:
        connection.execute("insert into meta values ('simulated', '1')")
    connection.execute("commit")
    connection.close()
    return path


def make_empty(path: Path) -> Path:
    """A new install: the schema and nothing in it."""
    open_database(path).conn.close()
    return path


def _watching(db: sqlite3.Connection) -> None:
    for slug, title, description in CAMPAIGNS:
        db.execute(
            "insert into campaigns (slug, title, description, starts_at) "
            "values (?, ?, ?, ?)",
            (slug, title, description, to_text(START)),
        )
    for campaign, kind, value, display, added, _ in TERMS:
        db.execute(
            "insert into terms (campaign_id, kind, value, display, added_at) "
            "values (?, ?, ?, ?, ?)",
            (campaign, kind, value, display, to_text(added)),
        )
    for slug, platform, base_url, state, error in SOURCES:
        ok = None if state == "parked" else to_text(NOW - timedelta(minutes=4))
        due = None if state == "parked" else to_text(NOW + timedelta(minutes=6))
        db.execute(
            "insert into sources (slug, platform, base_url, state, next_due_at, "
            "last_ok_at, last_error) values (?, ?, ?, ?, ?, ?, ?)",
            (slug, platform, base_url, state, due, ok, error),
        )


def _posts(db: sqlite3.Connection) -> None:
    rng = random.Random(7)
    platforms = ["mastodon", "mastodon", "bluesky", "feed"]
    for number in range(12):
        platform = platforms[number % 4]
        db.execute(
            "insert into authors (platform, uri, handle, display_name, url, followers, "
            "bot, opt_out, first_seen_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (platform, f"https://{platform}.example/u/{number}",
             f"person{number}@{platform}.example", f"Person {number} <b>",
             f"https://{platform}.example/@person{number}", number * 10,
             int(number == 3), int(number == 4), to_text(START)),
        )  # fmt: skip
    for post_id, (moment, campaign) in enumerate(_moments(rng), start=1):
        platform = rng.choice(platforms)
        if platform == "bluesky" and BLIND_FROM <= moment < BLIND_TO:
            platform = "mastodon"
        _post(db, rng, post_id, moment=moment, platform=platform, campaign=campaign)
    _messages(db)
    db.execute(
        "insert into posts_fts (rowid, text, title) select id, text, title from posts"
    )


def _messages(db: sqlite3.Connection) -> None:
    said = db.execute(
        "select text, title, (select json_group_array(url) from post_links x "
        "join links l on l.id = x.link_id where x.post_id = p.id), repost_of, uri, id "
        "from posts p"
    ).fetchall()
    db.executemany(
        "update posts set message = ? where id = ?",
        [(message_of_cells(*cells), post_id) for *cells, post_id in said],
    )


def _moments(rng: random.Random) -> list[tuple[datetime, int]]:
    span = (NOW - START).total_seconds()
    found = [
        (
            START + timedelta(seconds=int(rng.triangular(0, span, span))),
            1 + (n % 4 == 0),
        )
        for n in range(800)
    ]
    found += [(NOW - timedelta(minutes=n), 1) for n in range(1, len(HOSTILE) + 1)]
    return sorted(found)


def _post(
    db: sqlite3.Connection,
    rng: random.Random,
    post_id: int,
    *,
    moment: datetime,
    platform: str,
    campaign: int,
) -> None:
    sentiment = rng.choice(["negative", "neutral", "neutral", "positive", "unscored"])
    age = int((NOW - moment).total_seconds() // 60)
    hostile = 0 < age <= len(HOSTILE) and moment.second == 0
    text = HOSTILE[age - 1] if hostile else TEXTS[sentiment]
    scored = sentiment != "unscored"
    polarity = {"negative": -0.5, "neutral": 0.0, "positive": 0.6}.get(sentiment)
    authors = {
        "mastodon": [1, 2, 5, 6, 9, 10],
        "bluesky": [3, 7, 11],
        "feed": [4, 8, 12],
    }
    url = "javascript:window.hacked=1" if hostile and age == 2 else (
        f"https://{platform}.example/p/{post_id}"
    )  # fmt: skip
    state = "deleted" if post_id % 97 == 0 else "live"
    # Of neutral ones alone it is counted; every third is said to hold a known word.
    evidence = int(sentiment != "neutral" or post_id % 3 == 0) if scored else None
    shared = rng.randrange(30) if platform != "feed" else None
    db.execute(
        "insert into posts (id, platform, uri, url, kind, author_id, text, title, "
        "content_warning, lang, published_at, observed_at, state, replies, reposts, "
        "likes, polarity, subjectivity, sentiment, confidence, unscored, scorer, "
        f"evidence) values (?{', ?' * 22})",
        (post_id, platform, f"https://{platform}.example/o/{post_id}", url,
         "article" if platform == "feed" else "post", rng.choice(authors[platform]), text,
         "A <i>title</i>" if platform == "feed" else None,
         "politics <b>" if post_id % 50 == 0 else None, "en" if scored else "de",
         to_text(moment), to_text(moment + timedelta(minutes=1)), state,
         0 if shared is not None else None, shared, shared, polarity,
         0.5 if scored else None, sentiment if scored else None, None,
         None if scored else "language", "textblob 0.20.1", evidence),
    )  # fmt: skip
    term = 3 if campaign == 2 else 1
    db.execute(
        "insert into matches values (?, ?, ?, ?, 1)",
        (campaign, post_id, term, to_text(moment)),
    )
    for tag in [["labourleaks"], ["labourleaks", "press"]][post_id % 2]:
        db.execute("insert or ignore into hashtags (tag) values (?)", (tag,))
        db.execute(
            "insert into post_hashtags select ?, id from hashtags where tag = ?",
            (post_id, tag),
        )
    if post_id % 3 == 0:
        link = f"https://gazette.example/leak/{post_id % 5}"
        db.execute(
            "insert or ignore into links (url, domain, title) values (?, ?, ?)",
            (link, "gazette.example", f"Leak <{post_id % 5}>" if post_id % 2 else None),
        )
        db.execute(
            "insert into post_links select ?, id from links where url = ?",
            (post_id, link),
        )


def _coverage(db: sqlite3.Connection) -> None:
    """Everything is seen but two hours of bluesky, and what the small server missed."""
    # To SQLite's own clock the hour that runs on the pages is over: it is seen whole.
    end = NOW.replace(minute=0) + timedelta(hours=1)
    plan = {
        1: [(START, end, "complete", None)],
        2: [
            (START, NOW - timedelta(days=2), "complete", None),
            (NOW - timedelta(days=2), NOW, "blind", "the server was down (503)"),
        ],
        3: [
            (START, BLIND_FROM, "complete", None),
            (BLIND_FROM, BLIND_TO, "blind", "the connection was lost"),
            (BLIND_TO, end, "complete", None),
        ],
        5: [
            (START, NOW - timedelta(days=4), "overlapping", None),
            (NOW - timedelta(days=4), NOW - timedelta(days=3, hours=12), "capped",
             "the feed shows 20 items at most"),
            (NOW - timedelta(days=3, hours=12), end, "overlapping", None),
        ],
    }  # fmt: skip
    for source, spans in plan.items():
        for term in (1, 2, 3):
            for from_at, to_at, state, evidence in spans:
                db.execute(
                    "insert into coverage values (?, ?, ?, ?, ?, null, ?)",
                    (source, term, to_text(from_at), to_text(to_at), state, evidence),
                )


_RECOUNT = """
insert into hourly
select m.campaign_id, strftime('%Y-%m-%dT%H:00:00Z', p.published_at), p.platform, p.lang,
  coalesce(p.sentiment, 'unscored'),
  sum(p.state in ('live', 'edited')), sum(p.state not in ('live', 'edited')),
  sum(iif(p.state in ('live', 'edited'), coalesce(p.polarity, 0.0), 0.0)),
  count(*) filter (where p.state in ('live', 'edited') and p.sentiment = 'neutral'
    and p.evidence = 1),
  count(*) filter (where p.state in ('live', 'edited') and p.sentiment = 'neutral'
    and p.evidence = 0)
from matches m join posts p on p.id = m.post_id where m.first
group by 1, 2, 3, 4, 5;
insert into daily_hashtags
select m.campaign_id, date(p.published_at), x.hashtag_id, p.platform, count(*)
from matches m join posts p on p.id = m.post_id join post_hashtags x using (post_id)
where m.first and p.state in ('live', 'edited') group by 1, 2, 3, 4;
insert into hourly_terms
select m.campaign_id, m.term_id, strftime('%Y-%m-%dT%H:00:00Z', p.published_at),
  p.platform, p.lang, coalesce(p.sentiment, 'unscored'),
  sum(p.state in ('live', 'edited')), sum(p.state not in ('live', 'edited')),
  sum(iif(p.state in ('live', 'edited'), coalesce(p.polarity, 0.0), 0.0)),
  count(*) filter (where p.state in ('live', 'edited') and p.sentiment = 'neutral'
    and p.evidence = 1),
  count(*) filter (where p.state in ('live', 'edited') and p.sentiment = 'neutral'
    and p.evidence = 0)
from matches m join posts p on p.id = m.post_id
group by 1, 2, 3, 4, 5, 6;
insert into daily_terms
select campaign_id, term_id, substr(hour, 1, 10), platform, lang, sentiment, sum(posts),
  sum(removed), total(polarity_sum), sum(with_evidence), sum(without_evidence)
from hourly_terms group by 1, 2, 3, 4, 5, 6;
insert into daily_links
select m.campaign_id, date(p.published_at), x.link_id, p.platform, count(*)
from matches m join posts p on p.id = m.post_id join post_links x using (post_id)
where m.first and p.state in ('live', 'edited') group by 1, 2, 3, 4;
insert into hourly_messages
select m.campaign_id, unixepoch(p.published_at) / 3600, p.message,
  p.platform, count(*)
from matches m join posts p on p.id = m.post_id
where m.first and p.state in ('live', 'edited') group by 1, 2, 3, 4;
insert into daily
select campaign_id, substr(hour, 1, 10), platform, lang, sentiment, sum(posts),
  sum(removed), total(polarity_sum), sum(with_evidence), sum(without_evidence)
from hourly group by 1, 2, 3, 4, 5;
insert into daily_voices
select m.campaign_id, date(p.published_at), p.author_id * 2654435761 & 2147483647,
  p.author_id, p.platform, count(*),
  sum(distinct 1 << cast(strftime('%H', p.published_at) as integer))
from matches m join posts p on p.id = m.post_id
where m.first and p.state in ('live', 'edited') group by 1, 2, 3, 4;
"""


def recount(db: sqlite3.Connection) -> None:
    """The roll-ups, counted from the posts."""
    for table in (
        "hourly",
        "daily_hashtags",
        "daily_links",
        "hourly_terms",
        "daily_terms",
        "hourly_messages",
        "daily",
        "daily_voices",
    ):
        db.execute(f"delete from {table}")
    for statement in _RECOUNT.split(";")[:-1]:
        db.execute(statement)


def main(path: str, port: str) -> None:
    """Serve the file (made if it is missing) with the fixture's clock."""
    from groundswell.web.server import serve
    from tests.signing_in import ADA, ANA, VIC

    file = Path(path)
    if not file.exists():
        make(file, simulated=True)
    people = (ANA, VIC, ADA)
    serve(file, port=int(port), clock=lambda: NOW, accounts=people, ready=print)


if __name__ == "__main__":
    main(*sys.argv[1:])
