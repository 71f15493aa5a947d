"""Groundswell's own export: one post a line, with all that a Post holds but what proves who
its author is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from collectors.base import Author, BrokenRecord, Copy, Media, Post
from collectors.text import parse_time
from groundswell.archives.records import Context, Entry, Record, Sample

NAME = "groundswell_export"
TITLE = "Groundswell's own export"
MARK = "groundswell/1"
_TIMES = ("published_at", "edited_at")
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


def to_dict(post: Post) -> dict[str, Any]:
    """A post as a line of the export; what is unknown is left out."""
    found: dict[str, Any] = {"format": MARK}
    for one in fields(post):
        value = getattr(post, one.name)
        if value is None or value in ((), {}):
            continue
        found[one.name] = _plain(one.name, value)
    return found


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - any field
    if name in _TIMES:
        return value.isoformat()
    if name == "author":
        return {
            f.name: v
            for f in fields(value)
            if f.name not in _UNTOLD and (v := getattr(value, f.name)) is not None
        }
    if name in {"media", "copies"}:
        return [
            {
                f.name: v
                for f in fields(part)
                if (v := getattr(part, f.name)) is not None
            }
            for part in value
        ]
    return list(value) if isinstance(value, tuple) else value


def from_dict(value: Mapping[str, Any]) -> Post:
    """The post of a line. Raises BrokenRecord, TypeError and ValueError."""
    known = {one.name for one in fields(Post)}
    given = {key: part for key, part in value.items() if key in known}
    for key in _TIMES:
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
