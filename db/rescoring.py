"""Bringing stored posts to another engine or another version of one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from collectors.base import Author, Post
from db import rollups
from db.connection import transaction
from db.records import Score

_SHOWN = "state in ('live', 'edited')"


def to_rescore(db: Database, scorer: str | None) -> int:
    """How many posts another scorer scored; all that have words when scorer is None."""
    (count,) = db.conn.execute(
        f"select count(*) from posts where {_SHOWN} and (? is null or scorer is not ?)",
        (scorer, scorer),
    ).fetchone()
    return int(count)


def next_posts(
    db: Database, scorer: str | None, *, after: int, limit: int
) -> list[tuple[int, Post]]:
    """The next posts to score, by id; only what a scorer reads of them is filled in."""
    rows = db.conn.execute(
        "select id, platform, uri, text, title, content_warning, lang_declared "
        f"from posts where id > ? and {_SHOWN} and (? is null or scorer is not ?) "
        "order by id limit ?",
        (after, scorer, scorer, limit),
    )
    return [
        (
            row[0],
            Post(
                platform=row[1],
                uri=row[2],
                author=Author(platform=row[1], uri="unread"),
                text=row[3],
                title=row[4],
                content_warning=row[5],
                lang=row[6],
                published_at=None,
            ),
        )
        for row in rows
    ]


def store_scores(
    db: Database, scores: Sequence[tuple[tuple[int, Post], Score]]
) -> None:
    """Write new scores and move the roll-ups with them, in one transaction.

    A post whose words were changed or taken back since they were read is left as it is.
    """
    with (
        transaction(db) as conn,
        rollups.kept(conn, (post_id for (post_id, _), _ in scores), rollups.SCORED),
    ):
        conn.executemany(
            "update posts set lang = ?, polarity = ?, subjectivity = ?, sentiment = ?, "
            "confidence = ?, unscored = ?, scorer = ? "
            f"where id = ? and text = ? and {_SHOWN}",
            [
                (
                    score.lang,
                    score.polarity,
                    score.subjectivity,
                    score.sentiment,
                    score.confidence,
                    score.unscored,
                    score.scorer,
                    post_id,
                    post.text,
                )
                for (post_id, post), score in scores
            ],
        )
