"""Datasette's metadata: metadata.json is this, written out (`./run docs`).

Words (titles, descriptions) and machinery (sorting, facets, queries, rights) are kept in
functions of their own: Datasette 1.0 wants them in two files (stack.md section 1.1).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import escape

from db.published import PublishedQuery, queries
from groundswell.metadata_words import TABLES

DATABASE = "campaigns"
FILE = Path(__file__).parents[1] / "metadata.json"

# Not for readers: keyed hashes, keys, opaque checkpoints, bookkeeping.
CLOSED = (
    "meta", "suppressions", "walks", "rechecks", "author_links", "voice_decisions",
    "_sqlite_migrations",
)  # fmt: skip
# What staff write about posts and people is for those who are signed in.
STAFF = ("labels", "notes", "samples", "inbox", "inbox_rules", "cited")
STAFF_QUERIES = ("inbox",)
_NEWEST_FIRST = {
    "timeline": "published_at",
    "posts": "published_at",
    "runs": "id",
    "events": "at",
    "alerts": "raised_at",
    "coverage": "from_at",
    "hourly": "hour",
    "daily_hashtags": "day",
    "daily_links": "day",
    "daily_terms": "day",
    "hourly_terms": "hour",
    "hourly_messages": "hour",
    "daily": "day",
    "daily_voices": "day",
}
_LABELS = {
    "authors": "handle",
    "campaigns": "title",
    "hashtags": "tag",
    "links": "url",
    "posts": "text",
    "sources": "slug",
    "terms": "display",
}
_FACETS = {
    "posts": ["platform", "lang", "sentiment", "state"],
    "sources": ["platform", "state"],
    "terms": ["campaign_id", "kind"],
    "events": ["campaign_id"],
    "alerts": ["campaign_id", "rule"],
}
# Their rows are parts of posts: found from a post's page, not from the list of tables.
_SIDE = (
    "copies", "daily", "daily_hashtags", "daily_links", "daily_terms", "daily_voices",
    "hourly",
    "hourly_messages", "hourly_terms",
    "matches", "media", "mentions", "metrics", "observations",
    "post_hashtags", "post_links", "rejected", "revisions", "draws", "samples", "cited",
    "inbox", "inbox_rules",
)  # fmt: skip


def build() -> dict[str, Any]:
    """The whole metadata, for Datasette(metadata=…)."""
    return _merge(words(), machinery())


def words() -> dict[str, Any]:
    """Titles and descriptions."""
    tables = {
        name: {"title": title, "description": description, "columns": dict(columns)}
        for name, (title, description, columns) in TABLES.items()
    }
    about = {
        "title": "Groundswell",
        "description": "Public posts about campaigns: collected, scored, counted.",
    }
    data = {
        "title": "Campaigns",
        "description": "Tables, queries and JSON. Times are UTC; an empty count is an "
        "unknown one, not 0.",
    }
    return {**about, "databases": {DATABASE: {**data, "tables": tables}}}


def machinery() -> dict[str, Any]:
    """Sorting, facets, labels, rights and the published queries."""
    tables: dict[str, dict[str, Any]] = {name: {} for name in (*TABLES, *CLOSED)}
    for name, column in _NEWEST_FIRST.items():
        tables[name]["sort_desc"] = column
    for name, column in _LABELS.items():
        tables[name]["label_column"] = column
    for name, columns in _FACETS.items():
        tables[name]["facets"] = columns
    for name in _SIDE:
        tables[name]["hidden"] = True
    for name in CLOSED:
        tables[name] |= {"hidden": True, "allow": False}
    for name in STAFF:
        tables[name]["allow"] = {"id": "*"}
    published = {name: _query(query) for name, query in queries().items()}
    for name in STAFF_QUERIES:
        published[name]["allow"] = {"id": "*"}
    return {"databases": {DATABASE: {"tables": tables, "queries": published}}}


def render() -> str:
    """The text of metadata.json."""
    return json.dumps(build(), indent=2, ensure_ascii=False) + "\n"


def _query(query: PublishedQuery) -> dict[str, Any]:
    return {
        "title": query.title,
        "description_html": f"<p>{escape(query.description)}</p>",
        "sql": query.sql,
        "params": list(query.params),
        "parameters": dict(query.params),
        "columns": dict(query.columns),
        "hide_sql": True,
    }


def _merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(first)
    for key, value in second.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merge(merged[key], value) if both else value
    return merged


if __name__ == "__main__":
    FILE.write_text(render(), encoding="utf-8")
