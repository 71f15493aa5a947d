"""Zeeschuimer's NDJSON: what a browser was sent, wrapped, with the platform's name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from collectors import _x_v1
from collectors._json import mapping
from collectors.base import BrokenRecord, Post
from groundswell.archives import table
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "zeeschuimer"
TITLE = "Zeeschuimer: NDJSON of X, TikTok, Instagram, Threads"
_KEYS = ("item_id", "source_platform", "data")
Data = Mapping[str, Any]


def fits(sample: Sample) -> float:
    """Every line is wrapped alike."""
    return 0.95 * sample.share(_KEYS)


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One item a line, by the platform that it names."""
    value = record.value or {}
    platform = str(value.get("source_platform", "")).removeprefix("www.")
    make, data = _MAKERS.get(platform), value.get("data")
    if make is None:
        named = platform[:60] or "no platform"
        yield Entry(record.line, skipped=f"items of {named} are not known here")
        return
    try:
        yield Entry(record.line, post=make(mapping(data)))
    except BrokenRecord as error:
        yield Entry(record.line, rejected=str(error))


def _x(data: Data) -> Post:
    """A tweet of X's own pages: the old form, its author beside it."""
    result = mapping(
        mapping(mapping(data.get("core")).get("user_results")).get("result")
    )
    user = {**mapping(result.get("legacy")), **mapping(result.get("core"))}
    legacy = mapping(data.get("legacy"))
    whole = mapping(
        mapping(mapping(data.get("note_tweet")).get("note_tweet_results")).get("result")
    )
    tweet = {
        **legacy,
        "id_str": data.get("rest_id") or legacy.get("id_str"),
        "user": {**user, "id_str": result.get("rest_id") or legacy.get("user_id_str")},
    }
    if whole.get("text"):
        tweet["full_text"] = whole["text"]
    return _x_v1.to_post(tweet)


def _tiktok(data: Data) -> Post:
    author, counts = mapping(data.get("author")), mapping(data.get("stats"))
    row = {
        "id": data.get("id"),
        "text": data.get("desc") or " ",
        "published_at": data.get("createTime"),
        "author": author.get("uniqueId"),
        "author_name": author.get("nickname"),
        "url": f"https://www.tiktok.com/@{author.get('uniqueId')}/video/{data.get('id')}",
        "likes": counts.get("diggCount"),
        "reposts": counts.get("shareCount"),
        "replies": counts.get("commentCount"),
        "views": counts.get("playCount"),
    }
    return table.to_post(row, {key: key for key in row}, "tiktok")


def _meta(platform: str, page: str) -> Callable[[Data], Post]:
    def make(data: Data) -> Post:
        user, caption = mapping(data.get("user")), data.get("caption")
        text = caption.get("text") if isinstance(caption, dict) else caption
        row = {
            "id": str(data.get("pk") or data.get("id") or "").partition("_")[0] or None,
            "text": text,
            "published_at": data.get("taken_at"),
            "author": user.get("username"),
            "author_name": user.get("full_name"),
            "url": page.format(code=data.get("code"), user=user.get("username")),
            "likes": data.get("like_count"),
            "replies": data.get("comment_count"),
        }
        return table.to_post(row, {key: key for key in row}, platform)

    return make


_MAKERS: Mapping[str, Callable[[Data], Post]] = {
    "twitter.com": _x,
    "x.com": _x,
    "tiktok.com": _tiktok,
    "instagram.com": _meta("instagram", "https://www.instagram.com/p/{code}/"),
    "threads.net": _meta("threads", "https://www.threads.net/@{user}/post/{code}"),
    "threads.com": _meta("threads", "https://www.threads.net/@{user}/post/{code}"),
}
