"""Reddit: Pushshift's NDJSON of posts and comments, and those of its own API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors import _reddit_posts as things
from collectors._json import mapping
from collectors.base import BrokenRecord
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "reddit_dump"
TITLE = "Reddit: Pushshift-style NDJSON"


def fits(sample: Sample) -> float:
    """Every thing has a community, an author and a time of its own kind."""
    found = [_thing(one) for one in sample.records]
    known = [one for one in found if {"subreddit", "author", "created_utc"} <= set(one)]
    return 0.9 * len(known) / len(found) if found else 0.0


def _thing(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A listing of the API wraps each in its kind."""
    inner = value.get("data")
    return mapping(inner) if "kind" in value and isinstance(inner, dict) else value


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One thing a line."""
    thing = _thing(record.value or {})
    reason = things.unwanted(thing)
    if reason is not None:
        yield Entry(record.line, skipped=reason)
        return
    try:
        yield Entry(record.line, post=things.to_post(thing))
    except BrokenRecord as error:
        yield Entry(record.line, rejected=str(error))
