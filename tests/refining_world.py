"""Posts to be refined, and in which order a store hands them out."""

from __future__ import annotations

from typing import Any

import pytest
from sqlite_utils import Database

from db import store
from db.refining import Window
from groundswell.config.loading import Campaign
from groundswell.sentiment.encoder import missing
from tests.making import (
    NEUTRAL,
    make_record,
    sighted,
)

needs_extra = pytest.mark.skipif(
    bool(missing()), reason=f"not installed: {', '.join(missing())}"
)
TEXTS = (
    "What a wonderful evening it was at the town hall",
    "That was a horrible mess and nobody said sorry",
    "The meeting is at the town hall on Tuesday",
)
FAST = str(NEUTRAL.scorer)
CAMPAIGN = Campaign(slug="labourleaks", title="Labour leaks", hashtags=("LabourLeaks",))


def stored(db: Database, *posts: Any) -> None:  # noqa: ANN401 - Posts
    store.record_walk(db, make_record(*map(sighted, posts)))


def ids(window: Window) -> list[int]:
    return [post.id for post in window.posts]


def numbers(db: Database, window: Window) -> list[int]:
    """The posts as make_post counts them."""
    uris = dict(db.conn.execute("select id, uri from posts").fetchall())
    return [int(uris[post.id].rpartition("/")[2]) for post in window.posts]
