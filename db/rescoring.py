"""Bringing stored posts to another engine or another version of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlite_utils import Database

from db import rollups
from db.connection import transaction
from db.parameters import listed
from db.records import Score

_SHOWN = "state in ('live', 'edited')"


# What was scored before evidence was looked at (m019) is brought up to date too.
_OUTDATED = (
    f"{_SHOWN} and (:scorers is null or scorer is null "
    "or scorer not in (select value from json_each(:scorers)) "
    "or (sentiment is not null and evidence is null))"
)


def to_rescore(db: Database, scorers: Sequence[str] | None) -> int:
    """How many posts none of these scored as they do today; all that have words when
    scorers is None."""
    (count,) = db.conn.execute(
        f"select count(*) from posts where {_OUTDATED}", {"scorers": _listed(scorers)}
    ).fetchone()
    return int(count)


def _listed(scorers: Sequence[str] | None) -> str | None:
    return None if scorers is None else listed(scorers)


class StoredWords(NamedTuple):
    """What a scorer reads of a post. lang: as the platform declared it."""

    id: int
    text: str
    title: str | None
    lang: str | None


def next_posts(
    db: Database, scorers: Sequence[str] | None, *, after: int, limit: int
) -> list[StoredWords]:
    """The next posts to score, by id."""
    rows = db.conn.execute(
        "select id, text, title, lang_declared "
        f"from posts where id > :after and {_OUTDATED} order by id limit :limit",
        {"after": after, "scorers": _listed(scorers), "limit": limit},
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
