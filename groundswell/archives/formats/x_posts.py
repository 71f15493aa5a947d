"""Posts of X: twarc's JSONL of API v1.1 and v2 (pages, or flattened), an account's
archive, twarc-csv's tables."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from collectors import _x_v1, _x_v2
from collectors._json import mapping, mappings
from collectors._x_common import author, uri_of
from collectors.base import Author, BrokenRecord, Post
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "x_posts"
TITLE = "X (Twitter): twarc, an account's archive, twarc-csv"
_TABLE = ("author.username", "public_metrics.like_count", "text")
_PAGE = {"data", "meta", "includes"}


def fits(sample: Sample) -> float:
    """By the forms of the records."""
    if sample.columns:
        return 0.95 if set(_TABLE) <= set(sample.columns) else 0.0
    return _share(sample)


def _share(sample: Sample) -> float:
    if not sample.records:
        return 0.0
    known = sum(_form(one) is not None for one in sample.records)
    return 0.9 * known / len(sample.records)


def _form(value: Mapping[str, Any]) -> str | None:
    tweet = value.get("tweet")
    if isinstance(tweet, dict):
        return "archive" if {"full_text", "text", "deleted_at"} & set(tweet) else None
    if "data" in value and len(_PAGE & set(value)) >= 2:
        return "page"
    if _x_v1.is_v1(value):
        return "v1"
    has_v2 = {"author_id", "edit_history_tweet_ids", "public_metrics"} & set(value)
    return "v2" if _x_v2.is_v2(value) and has_v2 else None


def entries(record: Record, context: Context) -> Iterator[Entry]:
    """A page holds many posts; anything else one."""
    value = record.value or {}
    if "author.username" in value:
        value = unfolded(value)
    form = _form(value)
    if form == "page":
        yield from _page(record.line, value)
    elif form == "archive":
        yield _archived(record.line, value["tweet"], context.owner)
    elif form == "v1":
        protected = _x_v1.is_protected(value)
        yield _one(record.line, lambda: _x_v1.to_post(value), hidden=protected)
    elif form == "v2" or "id" in value:
        protected = _x_v2.is_protected(value)
        yield _one(record.line, lambda: _x_v2.to_post(value), hidden=protected)
    else:
        yield Entry(record.line, rejected="it is no post of X")


def _page(line: int, value: Mapping[str, Any]) -> Iterator[Entry]:
    beside = _x_v2.includes_of(value)
    found = value.get("data")
    tweets = found if isinstance(found, list) else [found]
    for tweet in mappings(tweets):
        hidden = _x_v2.is_protected(tweet, beside)
        yield _one(line, lambda t=tweet: _x_v2.to_post(t, beside), hidden=hidden)
    if not mappings(tweets):
        yield Entry(line, skipped="a page without posts")


def _archived(line: int, tweet: Mapping[str, Any], owner: Author | None) -> Entry:
    """An archive keeps for a while what its owner has deleted, and says so."""
    if "deleted_at" not in tweet:
        return _one(line, lambda: _of_archive(tweet, owner))
    gone = _x_v1.name(tweet)
    if gone is None or owner is None:
        return Entry(line, rejected="a deleted post without its id or its owner")
    return Entry(line, deletion=uri_of(gone), deleted_by=owner.uri)


def _of_archive(tweet: Mapping[str, Any], owner: Author | None) -> Post:
    if owner is None and "user" not in tweet:
        raise BrokenRecord(
            "whose archive it is cannot be told: data/account.js is missing"
        )
    return _x_v1.to_post(tweet, owner)


def _one(line: int, make: Any, *, hidden: bool = False) -> Entry:  # noqa: ANN401
    if hidden:
        return Entry(line, skipped="its author shows it to followers alone")
    try:
        return Entry(line, post=make())
    except BrokenRecord as error:
        return Entry(line, rejected=str(error))


def unfolded(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of twarc-csv as the post that it was: `a.b` is b in a; lists and objects
    stand as JSON."""
    found: dict[str, Any] = {}
    for name, cell in row.items():
        value = _cell(cell)
        if value is None:
            continue
        *path, last = str(name).split(".")
        place = found
        for part in path:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[last] = value
    found["referenced_tweets"] = list(_references(found))
    found.setdefault("author_id", mapping(found.get("author")).get("id"))
    return found


def _cell(cell: object) -> Any:  # noqa: ANN401 - a cell has any type
    if not isinstance(cell, str):
        return cell
    if not cell:
        return None
    if cell[0] in "[{":
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    if cell in {"True", "False"}:
        return cell == "True"
    is_count = cell.isascii() and cell.isdigit() and len(cell) < 13
    return int(cell) if is_count else cell


def _references(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    related = mapping(found.get("referenced_tweets"))
    for kind in ("retweeted", "replied_to", "quoted"):
        known = mapping(related.get(kind)).get("id")
        if known is not None:
            yield {"type": kind, "id": str(known)}


def owner_of(account: Mapping[str, Any]) -> Author | None:
    """Whose archive it is, from its data/account.js."""
    told = mapping(account.get("account"))
    try:
        return author(
            told.get("accountId"),
            username=told.get("username"),
            name=told.get("accountDisplayName"),
            followers=None,
        )
    except BrokenRecord:
        return None
