"""What many endpoints of the OpenAPI document share: parameters, answers, words. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.times import to_text
from groundswell.web import openapi_closed

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the document needs to know of this server.

    url: its address, without a slash at the end. campaign, source, platform: one of each
    that there is, for examples; "" where there is none. rows, page_size, seconds: the most
    rows of an answer, a table's rows without _size, and the longest that a query may take.
    closed: whether only people who sign in, and tokens, may read.
    """

    url: str
    version: str
    now: datetime
    campaign: str
    source: str
    platform: str
    rows: int
    page_size: int
    seconds: float
    closed: bool = False

    @property
    def examples(self) -> dict[str, str | int]:
        """A value for each parameter, such that together they give rows."""
        return {
            "campaign": self.campaign or "SLUG",
            "slug": self.campaign or "SLUG",
            "from_at": to_text(self.now - timedelta(days=7))[:10],
            "to_at": to_text(self.now),
            "platform": self.platform or "mastodon",
            "platforms": self.platform or "mastodon",
            "source": self.source or "SOURCE",
            "q": self.campaign or "words",
            "at": to_text(self.now - timedelta(days=1)),
            "below": "",
            "bucket": "day",
            "facet": "hashtag",
            "hours": 24,
            "since": to_text(self.now - timedelta(days=2)),
            "top": 5,
            "ids": "[1, 2, 3]",
            "kind": "post",
            "link": "",
            "lang": "en",
            "sentiment": "negative",
            "term": "",
            "without": "",
            "other": "",
            "other_term": "",
        }


TAGS = {
    "campaign": "Queries about a campaign: what its page shows, and what search finds.",
    "monitor": "Queries about everything: all campaigns, the sources, what they saw.",
    "tables": "Tables, for bulk reads and filters of your own.",
    "feeds": "Atom feeds, for feed readers and for tools that wait for news.",
}
_TIME = {
    "anyOf": [
        {"type": "string", "format": "date"},
        {"type": "string", "format": "date-time"},
    ]
}
# For each parameter of the published queries its JSON schema and its unit.
PARAMS: Mapping[str, tuple[Json, str]] = {
    "at": ({"type": "string", "format": "date-time"}, "UTC time"),
    "below": ({"type": "string"}, "row in posts"),
    "bucket": ({"type": "string", "enum": ["hour", "day"]}, "hour or day"),
    "campaign": ({"type": "string"}, "slug"),
    "facet": (
        {
            "type": "string",
            "enum": [
                "",
                "total",
                "hashtag",
                "link",
                "voice",
                "language",
                "platform",
                "term",
                "sentiment",
            ],
        },
        "facet",
    ),
    "from_at": (_TIME, "UTC time or date"),
    "hours": ({"type": "integer", "minimum": 1, "maximum": 168}, "hours"),
    "ids": ({"type": "string"}, "JSON"),
    "kind": ({"type": "string"}, "kind"),
    "lang": ({"type": "string"}, "BCP 47"),
    "link": ({"type": "string"}, "address"),
    "order": ({"type": "string", "enum": ["", "newest", "urgent"]}, "order"),
    "other": ({"type": "string"}, "slug"),
    "other_term": ({"type": "string"}, "as in terms.value"),
    "platform": ({"type": "string"}, "platform's name"),
    "platforms": ({"type": "string"}, "platforms' names, with commas between"),
    "q": ({"type": "string"}, "words"),
    "sentiment": (
        {"type": "string", "enum": ["", "negative", "neutral", "positive", "unscored"]},
        "label",
    ),
    "since": ({"type": "string", "format": "date-time"}, "UTC time"),
    "source": ({"type": "string"}, "slug"),
    "term": ({"type": "string"}, "as in terms.value"),
    "to_at": (_TIME, "UTC time or date"),
    "top": ({"type": "integer", "minimum": 0}, "rows"),
    "without": ({"type": "string"}, "as in terms.value"),
}
SHAPE: Json = {
    "name": "_shape",
    "in": "query",
    "required": False,
    "description": "how rows are written: array is a list of objects, and nothing else, "
    "which stays as it is; the others are Datasette's own. Always send array.",
    "schema": {
        "type": "string",
        "enum": ["array", "objects", "arrays"],
        "default": "arrays",
    },
    "example": "array",
    "x-unit": "",
}
SCHEMAS: Json = {
    "error": {
        "type": "object",
        "title": "What was wrong",
        "required": ["ok", "error"],
        "properties": {
            "ok": {"const": False},
            "error": {
                "type": "string",
                "description": "ends with a sentence that names the parameter",
            },
            "status": {"type": "integer", "description": "the HTTP status again"},
            "title": {"type": ["string", "null"]},
        },
    }
}


def _failed(description: str) -> Json:
    schema = {"$ref": "#/components/schemas/error"}
    return {
        "description": description,
        "content": {"application/json": {"schema": schema}},
    }


RESPONSES: Json = {
    "wrong": _failed("A parameter is wrong, or the query took too long."),
    "missing": _failed("There is no such table, query or campaign."),
}
_OTHERS = {
    "400": {"$ref": "#/components/responses/wrong"},
    "404": {"$ref": "#/components/responses/missing"},
}
_TEXT = {"type": "string"}
_HTML = {"text/html": {"schema": _TEXT}}
FEED_RESPONSES: Json = {
    "200": {
        "description": "The feed, with ETag and Last-Modified",
        "content": {"application/atom+xml": {"schema": _TEXT}},
        "headers": {
            "ETag": {"schema": _TEXT, "description": "changes with the feed alone"},
            "Last-Modified": {
                "schema": _TEXT,
                "description": "when anything in the database last changed",
            },
        },
    },
    "304": {"description": "Nothing has changed since If-None-Match, or since then"},
    "400": {"description": "A parameter is wrong; a page says which", "content": _HTML},
    "404": {"description": "There is no such campaign", "content": _HTML},
}


def described(facts: Facts) -> str:
    """What holds everywhere, as paragraphs with a blank line between."""
    return "\n\n".join(f"**{head}.** {text}" for head, text in rules(facts))


def rules(facts: Facts) -> list[tuple[str, str]]:
    """What holds everywhere: headings and sentences."""
    known = {
        "rows": f"{facts.rows:,}",
        "size": facts.page_size,
        "s": f"{facts.seconds:g}",
    }
    held = _RULES | (openapi_closed.RULES if facts.closed else {})
    return [(head, text.format(**known)) for head, text in held.items()]


_RULES = {
    "Reading": (
        "Everything is read-only and needs no key. Always send _shape=array: the "
        "answer is then a list of objects. CORS is on, so pages on other hosts may "
        "read all of it. .csv instead of .json is a spreadsheet; with neither, the "
        "address is a page for people."
    ),
    "Tokens": (
        "What staff write (labels, notes, the inbox) is for people who sign in, and for "
        "scripts with a token of the scope staff, in the header Authorization: Bearer "
        "gsw_... A token that is wrong or has ended is HTTP 401, and error says which."
    ),
    "Times": (
        "Times are UTC, YYYY-MM-DDTHH:MM:SSZ. Parameters take such a time or a date: "
        "from_at=2025-05-04 begins with that day, to_at=2025-05-11 includes all of "
        "it. A + in an address means a space: write Z, or %2B02:00."
    ),
    "NULL is not 0": (
        "A number that is null is unknown, or could not be seen; 0 was seen."
    ),
    "Coverage": (
        "Where something is counted over time, covered says which share of it was "
        "read, 0 to 1: 1 with 0 posts is a quiet hour, 0 with null posts a blind one. "
        "Where an answer has no covered, coverage_of says it for the same time. "
        "Roll-ups count whole hours, the top lists whole days."
    ),
    "Errors": (
        "A wrong parameter is HTTP 400, and the JSON's error ends with a sentence "
        "that names it. A parameter or column that does not exist is wrong, too; one "
        "that begins with _ is Datasette's. What does not exist is 404, what is not "
        "for you 403, and any method but GET, HEAD and OPTIONS 405. A platform that "
        "has no posts gives no rows."
    ),
    "Paging": (
        "A query gives as many rows as top says. For the next page of newest_posts "
        "give to_at the last row's published_at. A table gives {size} rows, or as "
        "many as _size says; the next page is in the Link header. To read all of a "
        "table, or only what is new, go by id: _sort=id, and id__gt the last row's "
        "id, until an answer is empty."
    ),
    "Limits": (
        "{rows} rows an answer and {s} seconds a query. Requests are not counted; ask "
        "one after the other, and not more often than the sources are read, which is "
        "minutes. Send _nocount=1 and _nofacet=1 with bulk reads, which spares the "
        "server the counting."
    ),
    "Stability": (
        "Names of queries, parameters, tables and columns stay within a major "
        "version; new ones may come, so do not count on how many there are or on "
        "their order: read columns by name."
    ),
}


def ref(name: str) -> Json:
    """A reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def row(title: str, found: Mapping[str, Json], meanings: Mapping[str, str]) -> Json:
    """The schema of a row: every column is there, and more may come."""
    return {
        "type": "object",
        "title": f"A row of: {title}",
        "required": list(found),
        "properties": {
            name: {**schema, "description": meanings.get(name, "")}
            for name, schema in found.items()
        },
    }


def rows(of: Json) -> Json:
    """The answer of a query: an array, or Datasette's own shapes."""
    return {
        "anyOf": [{"title": "_shape=array", "type": "array", "items": of}, _own(of)]
    }


def table_rows(of: Json) -> Json:
    """The answer of a table: an array, or Datasette's own shapes, with the next page."""
    own = _own(of)
    own["properties"] |= {
        "next": {
            "type": ["string", "null"],
            "description": "what to give _next; null: this was the last page",
        },
        "next_url": {"type": ["string", "null"], "description": "the next page"},
        "filtered_table_rows_count": {
            "type": ["integer", "null"],
            "description": "rows that the filters leave; null: it would take long to count",
        },
    }
    own["required"] = [*own["required"], "next", "next_url"]
    return {"anyOf": [{"title": "_shape=array", "type": "array", "items": of}, own]}


def _own(of: Json) -> Json:
    return {
        "title": "_shape=objects and _shape=arrays",
        "type": "object",
        "required": ["rows", "columns", "truncated"],
        "properties": {
            "rows": {"type": "array", "items": {"anyOf": [of, {"type": "array"}]}},
            "columns": {"type": "array", "items": {"type": "string"}},
            "truncated": {
                "type": "boolean",
                "description": "whether there were more rows than an answer may have",
            },
        },
    }


def responses(schema: Json) -> Json:
    """The answers of an endpoint that gives rows."""
    link = {
        "description": 'the next page of a table: <URL>; rel="next"',
        "schema": {"type": "string"},
    }
    good = {
        "description": "Rows",
        "content": {"application/json": {"schema": schema}},
        "headers": {"Link": link},
    }
    return {"200": good, **_OTHERS}


def of_table(
    has: Sequence[str], lookups: Sequence[str], facts: Facts, *, searched: bool
) -> list[Json]:
    """A table's parameters. has: its columns. searched: whether it takes _search."""
    one = {"type": "string", "enum": list(has)}
    size = {"type": "integer", "minimum": 0, "maximum": facts.rows}
    size["default"] = facts.page_size
    switch = {"type": "string"}
    params = [
        _plain("_size", "how many rows", size, 3, "rows"),
        _plain("_next", "the next of the answer before", {"type": "string"}, None),
        _plain("_sort", "the column to sort by, upwards", one, has[0]),
        _plain("_sort_desc", "the column to sort by, downwards", one, None),
        _plain("_nocount", "1: count no rows", switch, "1"),
        _plain("_nofacet", "1: count no facets", switch, "1"),
    ]
    if searched:
        words = {"type": "string"}
        params.append(
            _plain("_search", "words in text or title", words, "report", "words")
        )
    return [*params, _filters(has, lookups), SHAPE]


def _plain(
    name: str, description: str, schema: Json, example: object, unit: str = ""
) -> Json:
    param = {
        "name": name,
        "in": "query",
        "required": False,
        "allowEmptyValue": True,
        "description": description,
        "schema": schema,
        "x-unit": unit,
    }
    return param if example is None else {**param, "example": example}


def _filters(has: Sequence[str], lookups: Sequence[str]) -> Json:
    """Column filters: any number of COLUMN=value and COLUMN__FILTER=value."""
    named = "|".join(re.escape(name) for name in has)
    return {
        "name": "filters",
        "in": "query",
        "required": False,
        "description": "COLUMN=value, or COLUMN__FILTER=value with one of the filters "
        f"{', '.join(lookups)}; several must all hold",
        "style": "form",
        "explode": True,
        "schema": {
            "type": "object",
            "propertyNames": {"pattern": f"^({named})(__({'|'.join(lookups)}))?$"},
            "additionalProperties": {"type": "string"},
        },
        "x-unit": "",
    }
