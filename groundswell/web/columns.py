"""What a column holds, by its name: its JSON type, its unit, whether it may be NULL. Pure.

Most names are columns of tables, whose types the database knows. What a query computes
stands in COMPUTED; tests/test_openapi.py holds all of it against real answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TYPES = {"INTEGER": "integer", "REAL": "number", "TEXT": "string"}
SHARE = "share, 0 to 1"
_MOMENTS = ("bucket", "hour", "first_hour", "last_hour", "at")
VIEWS = ("timeline",)  # SQLite says neither what a view computes nor what is never NULL

# Type, whether it may be NULL: of what no table has, or has otherwise.
COMPUTED: Mapping[str, tuple[str, bool]] = {
    "accounts": ("integer", False),
    "at_most": ("integer", False),
    "author": ("string", True),
    "author_url": ("string", True),
    "bucket": ("string", False),
    "campaign": ("string", False),
    "campaigns": ("string", True),
    "covered": ("number", False),
    "examples": ("string", True),
    "expected": ("number", True),
    "failures": ("integer", False),
    "first_hour": ("string", True),
    "hours": ("number", False),
    "interval_s": ("integer", False),
    "jobs": ("integer", False),
    "last_hour": ("string", True),
    "links": ("string", True),
    "messages": ("integer", False),
    "messages_error": ("integer", False),
    "negative": ("integer", True),
    "neutral": ("integer", True),
    "platform": ("string", False),
    "platforms": ("integer", False),
    "positive": ("integer", True),
    "posts_before": ("integer", False),
    "repeated_share": ("number", True),
    "scored": ("integer", True),
    "shared": ("integer", False),
    "shares": ("integer", False),
    "source": ("string", False),
    "sources": ("integer", False),
    "sources_blind": ("integer", False),
    "term": ("string", False),
    "terms": ("integer", False),
    "top_three_share": ("number", True),
    "unattributed": ("integer", False),
    "unscored": ("string", True),
    "voices": ("integer", True),
    "voices_error": ("integer", False),
    "answers": ("string", True),
    "busiest_five": ("integer", False),
    "compared": ("integer", True),
    "compared_from": ("string", True),
    "copies": ("integer", False),
    "counted": ("integer", False),
    "copy_share": ("number", True),
    "example": ("integer", False),
    "facet": ("string", False),
    "examined": ("integer", False),
    "pairs": ("integer", False),
    "place": ("string", True),
    "repeated_error": ("number", True),
    "synchrony": ("number", True),
    "synchrony_by_chance": ("number", True),
    "first_counts": ("string", True),
    "left_out": ("string", True),
    "looked_to": ("string", True),
    "other": ("string", False),
    "media": ("string", False),
    "query": ("string", True),
    "said": ("string", False),
    "seen_on": ("string", False),
    "sending": ("string", True),
    "attempts": ("integer", True),
    "squares": ("number", False),
    "versions": ("string", False),
    "weight": ("number", False),
    "without_evidence": ("integer", True),
    "comparable": ("integer", False),
    "covered_before": ("number", False),
    "one_in": ("integer", False),
    "what": ("string", False),
    # The same name for something else.
    "by_platform.posts": ("integer", True),
    "by_platform.posts_before": ("integer", True),
    "differences.example": ("integer", True),
    "differences.kind": ("string", False),
    "differences.text": ("string", True),
    "alerts.covered": ("number", True),
    "coverage_of.evidence": ("string", True),
    "gaps.evidence": ("string", True),
    "labelled.posts": ("number", False),
    "share": ("number", True),
    "filtered_top.label": ("string", True),
    "filtered_top.messages": ("integer", True),
    "filtered_top.unattributed": ("integer", True),
    "filtered_top.unscored": ("integer", False),
    "filtered_top.value": ("string", True),
    "filtered_volume.unscored": ("integer", True),
    "post_parts.hashtags": ("string", False),
    "event_counts.platforms": ("string", True),
    "event_counts.posts": ("integer", True),
    "since.alerts": ("integer", False),
    "since.posts": ("integer", False),
    "alerts.posts": ("integer", True),
    "languages.unscored": ("integer", False),
    "overview.unscored": ("integer", False),
    "sentiment.unscored": ("integer", True),
    "timeline.hashtags": ("string", True),
    "top_hashtags.term": ("integer", False),
}

UNITS: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "confidence",
            "copy_share",
            "covered",
            "covered_before",
            "repeated_error",
            "share",
            "synchrony",
            "synchrony_by_chance",
            "repeated_share",
            "subjectivity",
            "top_three_share",
        ),
        SHARE,
    ),
    **dict.fromkeys(
        (
            "expected",
            "negative",
            "neutral",
            "positive",
            "posts",
            "posts_before",
            "removed",
            "scored",
            "unattributed",
        ),
        "posts",
    ),
    **dict.fromkeys(("accounts", "followers", "voices", "voices_error"), "accounts"),
    **dict.fromkeys(("messages", "messages_error"), "messages"),
    **dict.fromkeys(("likes", "quotes", "replies", "reposts", "views"), "count"),
    **dict.fromkeys(("seen", "new", "rejected"), "items"),
    **dict.fromkeys(("sources", "sources_blind"), "sources"),
    **dict.fromkeys(("jobs", "failures"), "walks"),
    **dict.fromkeys(
        (
            "answers",
            "first_counts",
            "media",
            "post_parts.hashtags",
            "seen_on",
            "versions",
        ),
        "JSON",
    ),
    **dict.fromkeys(
        ("labelled.posts", "squares", "weight", "without_evidence"), "posts"
    ),
    **dict.fromkeys(("busiest_five", "examined", "shared"), "posts"),
    "at_most": "0 or 1",
    "comparable": "1 or 0",
    "copies": "count",
    "counted": "posts",
    "compared": "posts",
    "compared_from": "UTC time",
    "one_in": "spans of time",
    "pairs": "pairs of posts",
    "top_messages.message": "number",
    "example": "number",
    "looked_to": "UTC time",
    "since.alerts": "alerts",
    "alerts.links": "JSON",
    "alerts.examples": "JSON",
    "attempts": "tries",
    "daily_voices.hours": "a bit for each hour",
    "hours": "hours",
    "interval_s": "seconds",
    "languages.unscored": "posts",
    "filtered_top.unscored": "posts",
    "filtered_volume.unscored": "posts",
    "lang": "BCP 47",
    "overview.unscored": "posts",
    "platforms": "platforms",
    "polarity": "−1 to 1",
    "requests": "requests",
    "sentiment.unscored": "posts",
    "shares": "count",
    "terms": "terms",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A table's column. declared: SQLite's type, '' where a view computes it."""

    name: str
    declared: str
    null: bool


Tables = Mapping[str, Sequence[Column]]


def of_table(tables: Tables, owner: str, column: Column) -> dict[str, Any]:
    """The JSON schema of a table's column, without its description."""
    if owner in VIEWS:
        return of_query(tables, owner, column.name, "")
    kind = _TYPES.get(column.declared)
    return _schema(owner, column.name, kind, column.null)


def of_query(tables: Tables, owner: str, name: str, meaning: str) -> dict[str, Any]:
    """The JSON schema of a published query's column, without its description.

    No type where neither a table nor COMPUTED knows the name.
    """
    own = COMPUTED.get(f"{owner}.{name}") or COMPUTED.get(name)
    kind, null = own or _stored(tables, name)
    return _schema(owner, name, kind, null or "NULL" in meaning)


def unit(owner: str, name: str) -> str:
    """The column's unit; '' for words."""
    if name == "day":
        return "UTC day"
    if _is_moment(name):
        return "UTC time"
    return UNITS.get(f"{owner}.{name}") or UNITS.get(name, "")


def _stored(tables: Tables, name: str) -> tuple[str | None, bool]:
    """What every table that has the column agrees on: type, and whether it may be NULL."""
    stored = [columns for owner, columns in tables.items() if owner not in VIEWS]
    same = [column for columns in stored for column in columns if column.name == name]
    kinds = {_TYPES.get(column.declared) for column in same}
    kind = kinds.pop() if len(kinds) == 1 else None
    return kind, not same or any(column.null for column in same)


def _schema(owner: str, name: str, kind: str | None, null: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    if kind:
        schema["type"] = [kind, "null"] if null else kind
    if name == "day":
        schema["format"] = "date"
    elif _is_moment(name):
        schema["format"] = "date-time"
    if told := unit(owner, name):
        schema["x-unit"] = told
    return schema


def _is_moment(name: str) -> bool:
    return name.endswith("_at") or name in _MOMENTS
