"""Posts as NDJSON, one a line, with all that a Post holds: `import` takes it back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import Any

from collectors.base import Post
from groundswell.exports.notes import paragraphs

MARK = "groundswell/1"
TIMES = ("published_at", "edited_at")
# What proves who an author is stays in the store: a file is not the platform, whose own
# word a proof is.
_UNTOLD = ("proven",)

NOTES = paragraphs("""
UTF-8, one JSON object a line, one post each; what is unknown is left out.

Texts are exactly as they were collected. `groundswell import` takes the file back.

Scores are not in it: they are made anew where it is imported.
""")


def lines(posts: Iterable[Post]) -> Iterator[bytes]:
    """A line for each post."""
    for post in posts:
        yield json.dumps(to_dict(post), ensure_ascii=False).encode() + b"\n"


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
    if name in TIMES:
        return value.isoformat()
    if name == "author":
        return _known(value)
    if name in {"media", "copies"}:
        return [_known(part) for part in value]
    return list(value) if isinstance(value, tuple) else value


def _known(record: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the records
    return {
        f.name: v
        for f in fields(record)
        if f.name not in _UNTOLD and (v := getattr(record, f.name)) is not None
    }
