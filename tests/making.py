"""Synthetic records for tests: every name and text here is invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from collectors.base import Author, Copy, Post, Term
from db import walks, watchlist
from db.records import Score, Sighting, Span, WalkRecord
from db.watchlist import WatchedCampaign, WatchedSource
from tests.conftest import NOW

NEUTRAL = Score(lang="en", polarity=0.0, subjectivity=0.1, sentiment="neutral",
                unscored=None, scorer="test/1", evidence=True)  # fmt: skip
POSITIVE = Score(lang="en", polarity=0.5, subjectivity=0.6, sentiment="positive",
                 unscored=None, scorer="test/1", evidence=True)  # fmt: skip


def make_author(name: str = "ada", **changes: Any) -> Author:  # noqa: ANN401
    """An author on an invented server."""
    fields: dict[str, Any] = {
        "platform": "mastodon",
        "uri": f"https://social.example/users/{name}",
        "handle": f"{name}@social.example",
        **changes,
    }
    return Author(**fields)


def make_post(number: int = 1, **changes: Any) -> Post:  # noqa: ANN401
    """A post; `number` makes its uri, and its time: so many minutes before NOW."""
    fields: dict[str, Any] = {
        "platform": "mastodon",
        "uri": f"https://social.example/posts/{number}",
        "url": f"https://social.example/@ada/{number}",
        "author": make_author(),
        "text": f"Invented post {number} about #LabourLeaks",
        "published_at": NOW - timedelta(minutes=number),
        "hashtags": ("labourleaks",),
        **changes,
    }
    return Post(**fields)


def sighted(
    post: Post, terms: Sequence[int] = (1,), score: Score = NEUTRAL
) -> Sighting:
    """A post as one walk met it."""
    return Sighting(post, tuple((term, "tag") for term in terms), score)


def watch(
    db: Database, *, tags: Sequence[str] = ("LabourLeaks",), sources: int = 2
) -> None:
    """One campaign (terms 1, 2, …) and sources (1 to so many), with forward walks."""
    terms = tuple(Term("hashtag", tag) for tag in tags)
    campaign = WatchedCampaign("labourleaks", "Labour leaks", None, None, None, terms)
    servers = [
        WatchedSource(f"server-{n}", "mastodon", f"https://s{n}.example", "")
        for n in range(1, sources + 1)
    ]
    watchlist.sync(db, [campaign], servers, NOW - timedelta(days=1))
    for source in range(1, sources + 1):
        jobs = {
            (1, walk): timedelta(minutes=5) for walk in ("forward", "back", "recheck")
        }
        walks.plan(db, source, jobs, NOW - timedelta(days=1))  # type: ignore[arg-type]


def make_record(
    *sightings: Sighting,
    at: datetime = NOW,
    **changes: Any,  # noqa: ANN401
) -> WalkRecord:
    """A complete forward walk of source 1 that brought these posts."""
    fields: dict[str, Any] = {
        "source_id": 1,
        "term_id": 1,
        "term_ids": (1,),
        "walk": "forward",
        "started_at": at - timedelta(seconds=2),
        "finished_at": at,
        "outcome": "complete",
        "requests": 1,
        "sightings": sightings,
        "spans": (Span(at - timedelta(hours=1), at, "complete"),),
        "checkpoint": "100",
        "next_due_at": at + timedelta(minutes=5),
        "interval_s": 300,
        "failures": 0,
        "source_state": "ok",
        **changes,
    }
    return WalkRecord(**fields)


def bridged(post: Post, original_uri: str) -> Post:
    """The same post as a bridge carries it: the original's uri, and the copy's."""
    from dataclasses import replace

    copies = (Copy("bridge", post.uri),)
    return replace(post, uri=original_uri, copies=copies)
