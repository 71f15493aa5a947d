"""4CAT's exports: CSV and NDJSON with thread_id, id, timestamp, body, author."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.base import BrokenRecord
from groundswell.archives import table
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "fourcat"
TITLE = "4CAT: CSV or NDJSON"
_KEYS = ("thread_id", "id", "timestamp", "body", "author")
_COLUMNS = {
    "id": "id", "published_at": "timestamp", "text": "body", "title": "subject",
    "author": "author", "author_name": "author_fullname", "url": "url", "likes": "likes",
    "views": "views", "replies": "comments", "reposts": "reposts", "hashtags": "hashtags",
    "lang": "language",
}  # fmt: skip


def fits(sample: Sample) -> float:
    """By the columns that every export of 4CAT has."""
    if sample.columns:
        return 0.85 if set(_KEYS) <= set(sample.columns) else 0.0
    return 0.85 * sample.share(_KEYS)


def entries(record: Record, context: Context) -> Iterator[Entry]:
    """One post a row. 4CAT does not say which platform it is of: --platform does."""
    columns = {**_COLUMNS, **context.columns}
    try:
        post = table.to_post(
            record.value or {}, columns, context.platform, day_first=context.day_first
        )
        yield Entry(record.line, post=post)
    except BrokenRecord as error:
        yield Entry(record.line, rejected=str(error))
