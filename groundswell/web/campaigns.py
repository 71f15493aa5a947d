"""Which campaign an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from datasette.utils.asgi import NotFound

from db import labels
from groundswell.web.data import DATABASE

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


class Named(NamedTuple):
    """A campaign's slug, number and title."""

    slug: str
    id: int
    title: str

    @property
    def context(self) -> dict[str, Any]:
        """What the pages' common parts need to know of it."""
        return {"campaign_slug": self.slug, "about": {"title": self.title}}


async def named(request: Request, datasette: Datasette) -> Named:
    """The campaign in the address. Raises NotFound."""
    slug = unquote(request.url_vars["slug"])
    found = await datasette.get_database(DATABASE).execute(
        labels.CAMPAIGN, {"slug": slug}
    )
    if not found.rows:
        raise NotFound(f"There is no campaign called {slug}.")
    return Named(slug, int(found.rows[0]["id"]), found.rows[0]["title"])
