"""Bluesky: Jetstream's messages, records of a repository, posts as its API shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from collectors import _bluesky_records as records
from collectors._json import mapping
from collectors.base import BrokenRecord
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "atproto"
TITLE = "Bluesky: Jetstream NDJSON, AT Protocol records, posts of its API"


def fits(sample: Sample) -> float:
    """By the forms of the records."""
    if not sample.records:
        return 0.0
    known = sum(_form(one) is not None for one in sample.records)
    return 0.9 * known / len(sample.records)


def _form(value: Mapping[str, Any]) -> str | None:
    if {"did", "time_us", "kind"} <= set(value):
        return "jetstream"
    if {"uri", "record", "author"} <= set(value):
        return "view"
    inner = value.get("value") or value.get("record")
    if isinstance(value.get("uri"), str) and isinstance(inner, dict):
        return "record"
    return None


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One message, record or view."""
    value, line = record.value or {}, record.line
    form = _form(value)
    try:
        if form == "jetstream":
            yield _event(line, value)
        elif form == "view":
            yield Entry(line, post=records.from_view(value))
        elif form == "record":
            yield _record(line, value["uri"], value.get("value") or value["record"])
        else:
            yield Entry(line, rejected="it is no record of the AT Protocol")
    except BrokenRecord as error:
        yield Entry(line, rejected=str(error))


def _record(line: int, uri: str, record: Mapping[str, Any]) -> Entry:
    if record.get("$type", records.POSTS) != records.POSTS:
        return Entry(line, skipped="not a post")
    return Entry(line, post=records.from_record(uri, record))


def _event(line: int, value: Mapping[str, Any]) -> Entry:
    commit = mapping(value.get("commit"))
    if value.get("kind") != "commit" or commit.get("collection") != records.POSTS:
        return Entry(line, skipped="not a post")
    uri = f"at://{value.get('did')}/{records.POSTS}/{commit.get('rkey')}"
    if commit.get("operation") == "delete":
        return Entry(line, deletion=uri)
    record = commit.get("record")
    if not isinstance(record, dict):
        return Entry(line, rejected="it has no record")
    return _record(line, uri, record)
