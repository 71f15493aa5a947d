"""Groundswell's own export (groundswell/exports/ndjson.py), read back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import parse_time
from groundswell.archives.records import Context, Entry, Record, Sample
from groundswell.exports.ndjson import MARK, TIMES

NAME = "groundswell_export"
TITLE = "Groundswell's own export"
_LISTS = ("hashtags", "links", "mentions")
# A file is not the platform, whose own word a proof is; and it stays in the store.
_UNTOLD = ("proven",)


def fits(sample: Sample) -> float:
    """Each line names its form."""
    marked = [one.get("format") == MARK for one in sample.records]
    return sum(marked) / len(marked) if marked else 0.0


def entries(record: Record, context: Context) -> Iterator[Entry]:  # noqa: ARG001
    """One post a line."""
    value = record.value or {}
    if value.get("format") != MARK:
        yield Entry(record.line, rejected=f"its format is not {MARK}")
        return
    try:
        yield Entry(record.line, post=from_dict(value))
    except (BrokenRecord, TypeError, ValueError, AttributeError) as error:
        reason = str(error) if isinstance(error, BrokenRecord) else "a field is odd"
        yield Entry(record.line, rejected=reason)


def from_dict(value: Mapping[str, Any]) -> Post:
    """The post of a line. Raises BrokenRecord, TypeError and ValueError."""
    known = {one.name for one in fields(Post)}
    given = {key: part for key, part in value.items() if key in known}
    for key in TIMES:
        if key in given:
            given[key] = _moment(key, given[key])
    for key in _LISTS:
        if key in given:
            given[key] = tuple(str(one) for one in given[key])
    author = given["author"].items()
    given["author"] = Author(**{k: v for k, v in author if k not in _UNTOLD})
    given["media"] = tuple(Media(**one) for one in given.get("media", ()))
    given["copies"] = tuple(Copy(**one) for one in given.get("copies", ()))
    given.setdefault("published_at", None)
    return Post(**given)


def _moment(name: str, text: object) -> Any:  # noqa: ANN401 - a datetime
    found = parse_time(text)
    if found is None:
        raise BrokenRecord(f"{name} is no time")
    return found
