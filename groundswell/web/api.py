"""The API's own pages: the OpenAPI document, and the same for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Response

from db.published import queries
from db.times import to_text
from groundswell import __version__
from groundswell.metadata import STAFF, STAFF_QUERIES
from groundswell.metadata import words as metadata_words
from groundswell.web import frame, openapi, reference
from groundswell.web.columns import Column
from groundswell.web.data import DATABASE, ask, gather
from groundswell.web.openapi_parts import Facts, rules

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


async def document(request: Request, datasette: Datasette) -> Response:
    """`/-/openapi.json`: every endpoint, for programs."""
    await frame.allow(request, datasette)
    built = await _document(datasette, await _facts(request, datasette))
    kind = "application/json; charset=utf-8"
    told = frame.cors(datasette)
    return Response(
        json.dumps(built, ensure_ascii=False), headers=told, content_type=kind
    )


async def page(request: Request, datasette: Datasette) -> Response:
    """`/-/api`: every endpoint, for people, out of the same document."""
    await frame.allow(request, datasette)
    facts = await _facts(request, datasette)
    context = {
        "groups": reference.groups(await _document(datasette, facts)),
        "rules": rules(facts),
        "facts": facts,
    }
    return await frame.page(request, datasette, "gs_api.html", context)


async def _document(datasette: Datasette, facts: Facts) -> dict[str, Any]:
    tables = metadata_words()["databases"][DATABASE]["tables"]
    # A query comes before a table of its name.
    shut = {*STAFF, *queries()}
    public = {name: table for name, table in tables.items() if name not in shut}
    known = {name: await _columns(datasette, name) for name in tables}
    published = {n: one for n, one in queries().items() if n not in STAFF_QUERIES}
    return openapi.document(published, public, known, facts)


async def _columns(datasette: Datasette, table: str) -> list[Column]:
    found = await datasette.get_database(DATABASE).table_column_details(table)
    # Of a column that is made of others SQLite says so behind its type.
    return [
        Column(c.name, c.type.partition(" ")[0], not (c.notnull or c.is_pk))
        for c in found
    ]


async def _facts(request: Request, datasette: Datasette) -> Facts:
    now = frame.now(datasette)
    found = await gather(
        datasette,
        overview=ask("overview", to_at=to_text(now)),
        health=ask("source_health"),
    )
    campaign = next((str(row["campaign"]) for row in found["overview"].rows), "")
    sources = found["health"].rows
    root = datasette.absolute_url(request, datasette.urls.path("/"))
    return Facts(
        url=str(root).rstrip("/"),
        version=__version__,
        now=now,
        campaign=campaign,
        source=str(sources[0]["source"]) if sources else "",
        platform=str(sources[0]["platform"]) if sources else "",
        rows=datasette.setting("max_returned_rows"),
        page_size=datasette.setting("default_page_size"),
        seconds=datasette.setting("sql_time_limit_ms") / 1000,
        closed=getattr(datasette, "groundswell_closed", False),
    )
