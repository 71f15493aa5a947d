"""The API as an OpenAPI 3.1 document: published queries, tables and feeds. Pure.

Built from the queries' headers, the tables' words and what the database says of its
columns, so that it cannot drift from them. Beside OpenAPI's own keys it has

- x-unit: the unit of a parameter or column, in words;
- x-default: what a parameter that is left out means, where that is no constant;
- x-page: the page for people, x-example: a call that gives rows, both as paths.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from db.published import PublishedQuery
from groundswell.web import asked, columns, feeds, openapi_closed, openapi_parts
from groundswell.web.columns import Tables
from groundswell.web.openapi_parts import Facts

Json = dict[str, Any]
ARRAY = {"_shape": "array"}
# The queries behind the feeds, whose other parameters posts.atom takes.
FEEDS: Mapping[str, tuple[str, str]] = {
    "alerts": (
        "Alerts as a feed",
        "An Atom feed of what was unusual in the last 30 days, newest first.",
    ),
    "notable": (
        "Notable posts as a feed",
        "An Atom feed of the 20 most shared live posts of the last 7 days.",
    ),
    "posts": (
        "Posts as a feed",
        "An Atom feed of live posts, newest first: any list that newest_posts can give.",
    ),
}


def document(
    queries: Mapping[str, PublishedQuery],
    words: Mapping[str, Any],
    tables: Tables,
    facts: Facts,
) -> Json:
    """The whole document.

    words: for each table that anyone may read its title, description and columns, as in
    metadata.json. tables: every table's columns, as the database has them.
    """
    paths: Json = {}
    schemas: Json = dict(openapi_parts.SCHEMAS)
    for query in queries.values():
        schemas[query.name] = _query_row(query, tables)
        paths[f"/campaigns/{query.name}.json"] = {"get": _query(query, facts)}
    for name, table in words.items():
        schemas[f"{name}_row"] = _table_row(name, table, tables)
        paths[f"/campaigns/{name}.json"] = {"get": _table(name, table, tables, facts)}
    for name in FEEDS:
        paths[f"/-/feed/{{slug}}/{name}.atom"] = {"get": _feed(name, queries, facts)}
    about = {"title": "Groundswell", "version": facts.version}
    built = {
        "openapi": "3.1.0",
        "info": {**about, "description": openapi_parts.described(facts)},
        "servers": [{"url": facts.url or "/"}],
        "tags": [{"name": n, "description": t} for n, t in openapi_parts.TAGS.items()],
        "paths": paths,
        "components": {"schemas": schemas, "responses": openapi_parts.RESPONSES},
    }
    return openapi_closed.with_token(built) if facts.closed else built


def told(meaning: str) -> tuple[str, bool, str]:
    """A parameter's meaning, whether it is needed, and what it is if left out ('')."""
    text, _, last = meaning.rpartition("; ")
    if last == "needed":
        return text, True, ""
    if last.endswith("if left out"):
        text, _, _ = meaning.partition("; ")
        rest = meaning[len(text) + 2 :].removesuffix("if left out")
        return text, False, rest.rstrip(" ,")
    return meaning, False, ""


def _written(params: Mapping[str, object]) -> str:
    """Parameters as in an address, where times can be read."""
    return urlencode(params, safe=":")


def _query(query: PublishedQuery, facts: Facts) -> Json:
    params = [_param(name, text, facts) for name, text in query.params.items()]
    wanted = ("campaign", "from_at", "to_at", "q")
    given = {
        k: v for k, v in facts.examples.items() if k in wanted and k in query.params
    }
    row = openapi_parts.ref(query.name)
    return {
        "operationId": query.name,
        "summary": query.title,
        "description": query.description,
        "tags": ["campaign" if "campaign" in query.params else "monitor"],
        "parameters": [*params, openapi_parts.SHAPE],
        "responses": openapi_parts.responses(openapi_parts.rows(row)),
        "x-page": f"/campaigns/{query.name}?{_written(given)}".rstrip("?"),
        "x-example": f"/campaigns/{query.name}.json?{_written({**given, **ARRAY})}",
    }


def _query_row(query: PublishedQuery, tables: Tables) -> Json:
    found = {
        name: columns.of_query(tables, query.name, name, meaning)
        for name, meaning in query.columns.items()
    }
    return openapi_parts.row(query.title, found, query.columns)


def _param(name: str, meaning: str, facts: Facts) -> Json:
    text, needed, default = told(meaning)
    schema, unit = openapi_parts.PARAMS.get(name, ({"type": "string"}, ""))
    schema = dict(schema)
    if needed:
        schema["minLength"] = 1
    if default.isdigit():
        schema["default"] = int(default)
    param: Json = {
        "name": name,
        "in": "query",
        "required": needed,
        "description": text,
        "schema": schema,
        "x-unit": unit,
    }
    if not needed:
        param["allowEmptyValue"] = True  # which is as if it were left out
    if name in facts.examples:
        param["example"] = facts.examples[name]
    return {**param, "x-default": default} if default else param


def _table(name: str, table: Mapping[str, Any], tables: Tables, facts: Facts) -> Json:
    given = {"_size": 3, **ARRAY, "_nocount": 1, "_nofacet": 1}
    has = [column.name for column in tables.get(name, ())]
    return {
        "operationId": f"table_{name}",
        "summary": table["title"],
        "description": table["description"],
        "tags": ["tables"],
        "parameters": openapi_parts.of_table(
            has, asked.LOOKUPS, facts, searched=name == "posts"
        ),
        "responses": openapi_parts.responses(
            openapi_parts.table_rows(openapi_parts.ref(f"{name}_row"))
        ),
        "x-page": f"/campaigns/{name}",
        "x-example": f"/campaigns/{name}.json?{_written(given)}",
    }


def _table_row(name: str, table: Mapping[str, Any], tables: Tables) -> Json:
    found = {
        column.name: columns.of_table(tables, name, column)
        for column in tables.get(name, ())
    }
    return openapi_parts.row(table["title"], found, table["columns"])


def _feed(name: str, queries: Mapping[str, PublishedQuery], facts: Facts) -> Json:
    title, description = FEEDS[name]
    slug: Json = {
        "name": "slug",
        "in": "path",
        "required": True,
        "description": "the campaign's slug",
        "schema": {"type": "string", "minLength": 1},
        "example": facts.examples["slug"],
        "x-unit": "slug",
    }
    every = queries["newest_posts"].params
    taken = {"posts": every, "notable": feeds.FILTERS}.get(name, ())
    params = [_param(n, every[n], facts) for n in taken if n != "campaign"]
    example = quote(str(slug["example"]), safe="")
    return {
        "operationId": f"feed_{name}",
        "summary": title,
        "description": description,
        "tags": ["feeds"],
        "parameters": [slug, *params],
        "responses": openapi_parts.FEED_RESPONSES,
        "x-page": f"/-/campaign/{example}",
        "x-example": f"/-/feed/{example}/{name}.atom",
    }
