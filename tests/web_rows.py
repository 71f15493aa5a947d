"""What the fixture of the pages has beside posts: alerts, labels, reports and walks."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

from db.times import to_text

NOW = datetime(2025, 5, 11, 12, 30, tzinfo=UTC)
START = datetime(2025, 5, 1, tzinfo=UTC)


def fill(db: sqlite3.Connection) -> None:
    """All of it; the posts are there."""
    for part in (_work, _alerts, _labels, _inbox, _parts, _reports, _diary):
        part(db)


# Hostile, as what a source tells could be.
EVIDENCE = (
    '{"count": 41, "expected": 6.2, "excess": 5.1, "posts": 84, "voices": 61, '
    '"top_three_share": 0.12, "repeated_share": 0.31, "examples": [1, 2], '
    '"links": [{"url": "https://news.example/<b>1</b>", "posts": 12}]}'
)


def _alerts(db: sqlite3.Connection) -> None:
    for hours, rule, over in ((30, "spike", 28), (3, "silence", None)):
        db.execute(
            "insert into alerts (campaign_id, platform, rule, raised_at, resolved_at, "
            "summary, evidence) values (1, 'mastodon', ?, ?, ?, ?, ?)",
            (
                rule,
                to_text(NOW - timedelta(hours=hours)),
                to_text(NOW - timedelta(hours=over)) if over else None,
                "mastodon: 41 posts in five minutes, where about <i>6</i> are usual",
                EVIDENCE,
            ),
        )

    db.executemany(
        "insert into deliveries values (?, ?, 'raised', ?, 1, ?, ?, ?)",
        [
            (1, "press-room", "sent", to_text(NOW), to_text(NOW), None),
            (2, "press-room", "failed", to_text(NOW), None, "<b>given up</b>"),
        ],
    )


def _labels(db: sqlite3.Connection) -> None:
    """Two posts were drawn and labelled; too few for an error bar."""
    db.execute(
        "insert into draws values (1, 1, ?, ?, 400, 2, ?)",
        (to_text(START), to_text(NOW), to_text(NOW)),
    )
    for label, said in (("neutral", "neutral"), ("unclear", "positive")):
        (post,) = db.execute(
            "select max(p.id) from posts p join matches m on m.post_id = p.id "
            "where m.campaign_id = 1 and p.state = 'live' and p.sentiment = ?",
            (said,),
        ).fetchone()
        db.execute("insert into samples values (1, ?, 1)", (post,))
        db.execute(
            "insert into labels values (?, 'zoe', ?, ?)", (post, label, to_text(NOW))
        )


def _parts(db: sqlite3.Connection) -> None:
    """The newest harmless post has all that a post can have; its media are hostile."""
    (newest, uri) = db.execute(
        "select id, uri from posts where state = 'live' and platform = 'mastodon' "
        "and published_at < ? order by published_at desc limit 1",
        (to_text(NOW - timedelta(minutes=20)),),
    ).fetchone()
    db.execute(
        "update posts set reply_to = (select uri from posts where id < ? "
        "and state = 'live' order by id desc limit 1), likes = 40 where id = ?",
        (newest, newest),
    )
    db.execute(
        "insert into revisions values (?, 1, ?, 'An <b>earlier</b> version', null, null)",
        (newest, to_text(NOW - timedelta(minutes=5))),
    )
    db.execute(
        "insert into metrics values (?, 1, ?, 0, 0, 7, null, null)",
        (newest, to_text(NOW - timedelta(minutes=15))),
    )
    for source in (1, 2):
        db.execute(
            "insert into observations values (?, 1, ?, ?, ?, 'tag')",
            (newest, source, to_text(NOW), to_text(NOW)),
        )
    media = (
        (0, "image", "https://files.example/a.png", "A <img> of it"),
        (1, "video", "javascript:window.hacked=1", None),
    )
    for position, kind, url, alt in media:
        db.execute(
            "insert into media values (?, ?, ?, ?, null, ?)",
            (newest, position, kind, url, alt),
        )
    db.execute(
        "insert into copies values ('uri', 0, ?, ?)", (f"{uri}/elsewhere", newest)
    )


def _inbox(db: sqlite3.Connection) -> None:
    """Three posts need an eye; one of them somebody has already."""
    for rule, kind, value, least in (
        (1, "question", "", 1000),
        (2, "listed", "ana@social.example", None),
    ):
        db.execute(
            "insert into inbox_rules (id, campaign_id, kind, value, least, created_by, "
            "created_at) values (?, 1, ?, ?, ?, 'zoe', ?)",
            (rule, kind, value, least, to_text(START)),
        )
    newest = db.execute(
        "select p.id from posts p join matches m on m.post_id = p.id where m.first "
        "and m.campaign_id = 1 and p.state = 'live' order by p.published_at desc limit 3"
    ).fetchall()
    for number, (post,) in enumerate(newest):
        for rule in (1, 2)[: 1 + number % 2]:
            at = to_text(NOW - timedelta(minutes=number))
            db.execute("insert into inbox values (1, ?, ?, ?)", (post, rule, at))
    db.execute(
        "insert into notes (post_id, status, assignee, note, written_by, at) "
        "values (?, 'open', 'ana', 'Ask <b>legal</b> first', 'zoe', ?)",
        (newest[2][0], to_text(NOW)),
    )


def _reports(db: sqlite3.Connection) -> None:
    days = [
        to_text(NOW.replace(hour=0, minute=0) - timedelta(days=n)) for n in (2, 1, 0)
    ]
    db.executemany(
        "insert into reports (name, period_from, period_to, made_at, state, error) "
        "values ('morning', ?, ?, ?, ?, ?)",
        [
            (days[0], days[1], to_text(NOW), "made", None),
            (days[1], days[2], to_text(NOW), "failed", "<b>the disk is full</b>"),
        ],
    )
    db.execute(
        "insert into report_deliveries values (1, 'press-room', 'sent', 1, ?, ?, null)",
        (to_text(NOW), to_text(NOW)),
    )


def _diary(db: sqlite3.Connection) -> None:
    for hours, title, note in (
        (26, "Press <b>release</b>", "<i>To all papers</i>"),
        (3, "Interview", None),
    ):
        db.execute(
            "insert into events (campaign_id, at, title, note, created_by, created_at) "
            "values (1, ?, ?, ?, 'sam <b>', ?)",
            (to_text(NOW - timedelta(hours=hours)), title, note, to_text(NOW)),
        )


def _work(db: sqlite3.Connection) -> None:
    for source in (1, 2, 3, 5):
        for walk, minutes, interval in (("forward", 6, 600), ("settle", 90, 7200)):
            db.execute(
                "insert into walks (source_id, walk, next_due_at, interval_s, failures) "
                "values (?, ?, ?, ?, ?)",
                (source, walk, to_text(NOW + timedelta(minutes=minutes)), interval,
                 3 if source == 2 else 0),
            )  # fmt: skip
        db.execute(
            "insert into runs (source_id, walk, started_at, finished_at, outcome, "
            "requests, seen, new, error) values (?, 'forward', ?, ?, ?, 2, 8, 3, ?)",
            (source, to_text(NOW - timedelta(minutes=4)), to_text(NOW),
             "broken" if source == 2 else "complete",
             "answered 503" if source == 2 else None),
        )  # fmt: skip
