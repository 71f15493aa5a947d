"""Datasette's CSV of tables, rows, published queries and SQL, each cell of it guarded.

Datasette writes page after page of rows as they come; here each page is handed on with
cells that no spreadsheet program takes for formulas (groundswell/exports/delimited.py).
Nothing is held back, so that a table of millions streams as before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from datasette.database import QueryInterrupted
from datasette.utils.asgi import BadRequest

from groundswell.exports.delimited import guarded
from groundswell.web.data import DATABASE, SLOW
from groundswell.web.filters import sql_error

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

Data = Callable[..., Awaitable[Any]]
# Of SQL that a reader wrote; tables, queries and rows have routes of their own.
ROUTE = rf"^/(?P<database>{DATABASE})\.(?P<format>csv)$"


async def of_sql(request: Request, datasette: Datasette) -> Response:
    """SQL of the reader's own as CSV, where the server allows it; 400 without any."""
    # Datasette imports its plugins before its views.
    from datasette.views.database import DatabaseView

    if not request.args.get("sql"):
        raise BadRequest("sql: write a query; each table has a CSV of its own")
    return await answered(DatabaseView(datasette), request)


async def answered(view: Any, request: Request) -> Response:  # noqa: ANN401 - no types
    """A view's answer: CSV with safe cells. What went wrong is an error, of which CSV would
    show no rows and JSON the whole SQL."""
    form = request.url_vars["format"]
    if form in ("csv", "json"):
        view.data = _loud(view.data, guard=form == "csv")
    response: Response = await view.dispatch_request(request)
    return response


def _loud(data: Data, *, guard: bool) -> Data:
    """Datasette's look-up of a page of rows, where an error is one. guard: for CSV."""

    async def checked(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - handed through
        try:
            found = await data(*args, **kwargs)
        except QueryInterrupted as error:
            raise BadRequest(SLOW) from error
        if not isinstance(found, tuple):
            return found
        told = found[0]
        if told.get("error"):
            raise BadRequest(sql_error(told["error"]))
        if guard:
            told["columns"] = [guarded(name) for name in told["columns"]]
            told["rows"] = [_Row(row) for row in told["rows"]]
        return found

    return checked


class _Row:
    """A row whose cells are safe when it is written. By name it gives them as they are:
    Datasette makes a BLOB's address of the keys."""

    def __init__(self, row: Any) -> None:  # noqa: ANN401 - SQLite's, or Datasette's own
        self._row = row

    def __iter__(self) -> Iterator[Any]:
        return map(_cell, self._row)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        return self._row[name]


def _cell(value: Any) -> Any:  # noqa: ANN401 - what a row may hold
    if isinstance(value, str):
        return guarded(value)
    if isinstance(value, dict):  # with _labels: the value, and what it stands for
        return {name: _cell(part) for name, part in value.items()}
    return value
