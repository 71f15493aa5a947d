"""Bringing stored posts to another engine or another version of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlite_utils import Database

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


class StoredWords(NamedTuple):
    """What a scorer reads of a post. lang: as the platform declared it."""

    id: int
    text: str
    title: str | None
    lang: str | None


def next_posts(
    db: Database, scorer: str | None, *, after: int, limit: int
) -> list[StoredWords]:
    """The next posts to score, by id."""
    rows = db.conn.execute(
        "select id, text, title, lang_declared "
        f"from posts where id > ? and {_SHOWN} and (? is null or scorer is not ?) "
        "order by id limit ?",
        (after, scorer, scorer, limit),
    )
    return [StoredWords(*row) for row in rows]


def store_scores(db: Database, scores: Sequence[tuple[StoredWords, Score]]) -> None:
    """Write new scores and move the roll-ups with them, in one transaction.

    A post whose words were changed or taken back since they were read is left as it is.
    """
    with (
        transaction(db) as conn,
        rollups.kept(conn, (post.id for post, _ in scores), rollups.SCORED),
    ):
        conn.executemany(
            "update posts set lang = ?, polarity = ?, subjectivity = ?, sentiment = ?, "
            "confidence = ?, unscored = ?, scorer = ?, evidence = ? "
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
                    score.evidence,
                    post.id,
                    post.text,
                )
                for post, score in scores
            ],
        )
