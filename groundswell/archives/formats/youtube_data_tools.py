"""YouTube Data Tools' tables: videos, and comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors import _youtube_posts as youtube
from collectors.base import BrokenRecord, Post
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "youtube_data_tools"
TITLE = "YouTube Data Tools: CSV of videos or comments"
_VIDEOS = {"videoId", "videoTitle", "publishedAt", "channelId"}
_COMMENTS = {"id", "text", "publishedAt", "authorChannelId"}


def fits(sample: Sample) -> float:
    """By the names of its columns."""
    columns = set(sample.columns)
    return 0.95 if columns >= _VIDEOS or columns >= _COMMENTS else 0.0


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One video or comment a row."""
    row = record.value or {}
    try:
        yield Entry(
            record.line, post=_video(row) if "videoId" in row else _comment(row)
        )
    except BrokenRecord as error:
        yield Entry(record.line, rejected=str(error))


def _video(row: Mapping[str, Any]) -> Post:
    tagged = str(row.get("tags") or "")
    snippet = {
        "publishedAt": row.get("publishedAt"),
        "channelId": row.get("channelId"),
        "channelTitle": row.get("channelTitle"),
        "title": row.get("videoTitle"),
        "description": row.get("videoDescription"),
        "tags": [one.strip() for one in tagged.split(",") if one.strip()],
        "defaultLanguage": row.get("defaultLanguage"),
    }
    statistics = {
        key: row.get(key) for key in ("viewCount", "likeCount", "commentCount")
    }
    item = {"id": row.get("videoId"), "snippet": snippet, "statistics": statistics}
    return youtube.to_video(item)


def _comment(row: Mapping[str, Any]) -> Post:
    answers = row.get("isReplyTo") or None
    snippet = {
        "textOriginal": row.get("text"),
        "authorDisplayName": row.get("authorName"),
        "authorChannelId": {"value": row.get("authorChannelId")},
        "likeCount": row.get("likeCount"),
        "publishedAt": row.get("publishedAt"),
        "parentId": answers,
        "videoId": row.get("videoId"),
    }
    item = {"id": row.get("id"), "snippet": snippet,
            "totalReplyCount": row.get("replyCount")}  # fmt: skip
    return youtube.to_comment(item)
