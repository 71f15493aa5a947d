"""Which campaign an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from datasette.utils.asgi import NotFound

from db import labels
from groundswell.web.data import DATABASE

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


async def named(request: Request, datasette: Datasette) -> tuple[str, int]:
    """The slug in the address and the campaign's number. Raises NotFound."""
    slug = unquote(request.url_vars["slug"])
    found = await datasette.get_database(DATABASE).execute(
        labels.CAMPAIGN, {"slug": slug}
    )
    if not found.rows:
        raise NotFound(f"There is no campaign called {slug}.")
    return slug, int(found.rows[0]["id"])
