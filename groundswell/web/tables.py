"""Datasette's pages and JSON of tables and queries, behind a look at what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils import tilde_decode
from datasette.utils.asgi import BadRequest, NotFound

from db.published import queries
from groundswell.web import asked, spreadsheets
from groundswell.web.data import DATABASE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datasette.app import Datasette
    from datasette.database import Database
    from datasette.utils.asgi import Request, Response

# Datasette's own routes, for our database alone.
_TABLE = rf"^/(?P<database>{DATABASE})/(?P<table>"
_FORMAT = r"(\.(?P<format>\w+))?$"
ROUTE = rf"{_TABLE}[^\/\.]+){_FORMAT}"
ROW_ROUTE = rf"{_TABLE}[^/]+?)/(?P<pks>[^/]+?){_FORMAT}"


async def table(request: Request, datasette: Datasette) -> Response:
    """A table or a published query, as Datasette shows it; 400 for what it cannot read."""
    # Datasette imports its plugins before its views.
    from datasette.views.base import DatasetteError
    from datasette.views.table import TableView

    for sentence in await _problems(request, datasette):
        raise BadRequest(sentence)
    try:
        return await spreadsheets.answered(TableView(datasette), request)
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        # Datasette reads what we do not know of (_through, _facet_size) as it goes.
        raise BadRequest(f"a parameter cannot be read: {error}") from error
    except DatasetteError as error:
        if error.status == 500:
            error.status = 400
        raise


async def row(request: Request, datasette: Datasette) -> Response:
    """A row, as Datasette shows it; 404 for a key with another number of parts."""
    from datasette.views.row import RowView

    name = tilde_decode(request.url_vars["table"])
    keys = await _database(datasette).primary_keys(name)
    if request.url_vars["pks"].count(",") + 1 != max(1, len(keys)):
        raise NotFound(f"A row of {name} is named by {', '.join(keys) or 'rowid'}.")
    view = RowView(datasette)
    view.foreign_key_tables = _shown(view.foreign_key_tables, request, datasette)
    return await spreadsheets.answered(view, request)


def _shown(
    look: spreadsheets.Data, request: Request, datasette: Datasette
) -> spreadsheets.Data:
    """The look-up of how many rows of other tables refer to one, without those tables that
    the reader may not see: that there is a note on a post is told to no one else."""

    async def allowed(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - handed through
        found = await look(*args, **kwargs)
        kept = []
        for one in found:
            what = (DATABASE, one["other_table"])
            told = {"action": "view-table", "resource": what, "default": True}
            if await datasette.permission_allowed(request.actor, **told):
                kept.append(one)
        return kept

    return allowed


def _database(datasette: Datasette) -> Database:
    if DATABASE not in datasette.databases:
        raise NotFound(f"This server has no database called {DATABASE}.")
    return datasette.get_database(DATABASE)


async def _problems(request: Request, datasette: Datasette) -> Iterator[str]:
    database = _database(datasette)
    name = tilde_decode(request.url_vars["table"])
    args = {key: request.args.getlist(key) for key in request.args}
    as_json = request.url_vars["format"] == "json"
    query = queries().get(name)
    if query is not None:
        return asked.of_query(args, list(query.params), as_json=as_json)
    there = {*await database.table_names(), *await database.view_names()}
    if name not in there:
        return iter(())  # Datasette says that there is none
    columns: list[str] = await database.table_columns(name)
    if await database.get_view_definition(name):
        known = asked.Known(columns, "offset")
    else:
        keys = await database.primary_keys(name)
        described = datasette.table_metadata(DATABASE, name)
        ordered = any(args.get(f"_{way}") or described.get(way) for way in _WAYS)
        columns = columns if keys else ["rowid", *columns]
        known = asked.Known(columns, max(1, len(keys)) + ordered)
    return asked.of_table(args, known, as_json=as_json)


_WAYS = ("sort", "sort_desc")
