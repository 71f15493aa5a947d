"""/-/xlsx/NAME: the rows of a published query as a workbook that explains itself."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils.asgi import BadRequest, Forbidden, NotFound, Response
from datasette.utils.sqlite import sqlite3

from db.published import PublishedQuery, queries
from db.times import to_text
from groundswell import __version__
from groundswell.exports.columns import Column
from groundswell.exports.forms import XLSX_TYPE
from groundswell.metadata import STAFF_QUERIES
from groundswell.web import asked, columns, frame, people
from groundswell.web.data import DATABASE, SLOW, link, simulated
from groundswell.web.filters import sql_error

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

ROUTE = r"^/-/xlsx/(?P<name>\w+)$"
_WIDE = {
    "text": 80,
    "title": 30,
    "url": 50,
    "uri": 40,
    "author_url": 40,
    "evidence": 60,
}
_LINKS = ("url", "author_url")
# One at a time, however many ask: the pages stay quick.
_WRITER = ThreadPoolExecutor(1, "xlsx")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a workbook is made of. given: the parameters that the address has. address:
    where the rows came from. seen: where it is said what was seen of their time. more:
    whether there were more rows than a workbook gets."""

    query: PublishedQuery
    given: Mapping[str, str]
    rows: Sequence[Sequence[Any]]
    address: str
    seen: str
    now: datetime
    more: bool = False
    simulated: bool = False

    def readme(self) -> list[str]:
        """The lines of the first sheet."""
        return [
            *self._head(),
            "",
            "Parameters",
            *(f"{n}: {self.given.get(n) or '(left out)'} ({meaning})"
              for n, meaning in self.query.params.items()),
            "",
            "Columns (empty: unknown, which is not 0)",
            *(_meaning(self.query, name) for name in self.query.columns),
        ]  # fmt: skip

    def _head(self) -> Iterator[str]:
        yield f"Groundswell: {self.query.title}"
        if self.simulated:
            yield "SIMULATED: these posts are made up by the demo."
        yield self.query.description
        yield f"Rows: {len(self.rows):,}" + (
            ", the first ones; there are more. Ask for a shorter time."
            if self.more
            else ""
        )
        yield f"From: {self.address}"
        if "from_at" in self.query.params and "campaign" in self.query.params:
            yield f"What was seen of the time: {self.seen}"
        yield f"Written {to_text(self.now)} (UTC) by Groundswell {__version__}."
        yield (
            "Posts that were deleted or withheld are left out. What is taken back after "
            "this was written is still in this file: pass it on with care, and delete it "
            "when it is no longer needed."
        )

    def written(self) -> bytes:
        """The workbook."""
        from groundswell.exports import xlsx  # openpyxl takes long to load

        file = io.BytesIO()
        xlsx.table(
            file,
            [_column(self.query, name) for name in self.query.columns],
            self.rows,
            title="rows",
            readme=self.readme(),
            written_at=self.now,
        )
        return file.getvalue()


def _meaning(query: PublishedQuery, name: str) -> str:
    unit = columns.unit(query.name, name)
    return f"{name}: {query.columns[name]}{f' [{unit}]' if unit else ''}"


def _column(query: PublishedQuery, name: str) -> Column:
    moment = columns.unit(query.name, name) == "UTC time"
    width = _WIDE.get(name, 21 if moment else max(12, len(name) + 2))
    return Column(name, query.columns[name], width, name in _LINKS)


async def workbook(request: Request, datasette: Datasette) -> Response:
    """The route. 403 and 404 as for the query, 400 where a parameter is wrong."""
    await frame.allow(request, datasette)
    query = await _permitted(request, datasette)
    args = {name: request.args.getlist(name) for name in request.args}
    for sentence in asked.of_query(args, list(query.params), as_json=False):
        raise BadRequest(sentence)
    given = {n: request.args.get(n) or "" for n in args if n in query.params}
    rows, more = await _rows(datasette, query, given)
    time = {
        n: text for n, text in given.items() if n in queries()["coverage_of"].params
    }
    sheet = Sheet(
        query=query,
        given=given,
        rows=rows,
        address=datasette.absolute_url(request, link(datasette, query.name, given)),
        seen=datasette.absolute_url(request, link(datasette, "coverage_of", time)),
        now=frame.now(datasette),
        more=more,
        simulated=await simulated(datasette),
    )
    body = await asyncio.get_running_loop().run_in_executor(_WRITER, sheet.written)
    headers = {
        "content-disposition": f'attachment; filename="groundswell-{query.name}.xlsx"',
        "cache-control": "no-store",
        **frame.cors(datasette),
    }
    return Response(body, 200, headers, XLSX_TYPE)


async def _permitted(request: Request, datasette: Datasette) -> PublishedQuery:
    """The query that the address names. Raises NotFound and Forbidden."""
    name = request.url_vars["name"]
    query = queries().get(name)
    if query is None:
        raise NotFound(f"There is no query called {name}.")
    if name in STAFF_QUERIES and people.who(datasette, request) is None:
        raise Forbidden("Sign in to read this: /-/login")
    await datasette.ensure_permissions(
        request.actor,
        [
            ("view-query", (DATABASE, name)),
            ("view-database", DATABASE),
            "view-instance",
        ],
    )
    return query


async def _rows(
    datasette: Datasette, query: PublishedQuery, given: Mapping[str, str]
) -> tuple[list[tuple[Any, ...]], bool]:
    """As many rows as an answer of Datasette's has, and whether there are more."""
    try:
        found = await datasette.get_database(DATABASE).execute(
            query.sql, query.bind(given), truncate=True
        )
    except QueryInterrupted as error:
        raise BadRequest(SLOW) from error
    except (sqlite3.OperationalError, OverflowError) as error:
        raise BadRequest(sql_error(str(error))) from error
    return [tuple(row) for row in found.rows], bool(found.truncated)
