"""What is answered where a page cannot be: in our own look, with ways on from there; a
sentence as JSON for scripts. Datasette's own page of an error stays for what nobody
expected (500)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from datasette.utils.asgi import Base400, Response

from db.times import to_text
from groundswell.web import frame
from groundswell.web.data import ask, fetch

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

_LONGEST_PATH = 120
_TITLES = {
    400: "That cannot be read",
    403: "This is not open to you",
    404: "There is nothing here",
    405: "That is not done here",
}


class NoCampaign(Base400):
    """The address names a campaign that is not watched.

    Not a NotFound: for one of those Datasette leads to other spellings of the address.
    """

    status = 404

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is no campaign called {slug}.")
        self.slug = slug


async def answer(
    request: Request, datasette: Datasette, exception: Exception
) -> Response | None:
    """The page or JSON for what was wrong with a request; None: not ours to tell."""
    from datasette.views.base import DatasetteError  # before its views come its plugins

    if isinstance(exception, Base400):
        status, message = exception.status, str(exception.args[0])
    elif isinstance(exception, DatasetteError) and not exception.message_is_html:
        status, message = exception.status, str(exception.message)
    else:
        return None
    if status >= 500:
        return None
    if isinstance(exception, NoCampaign) and not _wants_json(request):
        return await _unknown(request, datasette, exception.slug)
    return await told(request, datasette, status, _plain(request, message))


async def told(
    request: Request, datasette: Datasette, status: int, sentence: str
) -> Response:
    """The sentence as JSON where the address asks for that, else as a page."""
    if _wants_json(request):
        body = {"ok": False, "error": sentence, "status": status, "title": None}
        return Response.json(body, status=status, headers=frame.cors(datasette))
    context = {
        "title": _TITLES.get(status, "That did not work"),
        "sentence": sentence,
        "status": status,
        "sign_in": status == 403,
    }
    page = await frame.page(request, datasette, "gs_error.html", context, status=status)
    page.headers.update(frame.cors(datasette))
    return page


def _wants_json(request: Request) -> bool:
    path: str = request.path
    return path.partition("?")[0].endswith(".json")


async def _unknown(request: Request, datasette: Datasette, slug: str) -> Response:
    """The campaigns that there are, for whoever may read them (the views asked)."""
    overview = ask("overview", to_at=to_text(frame.now(datasette)))
    known = (await fetch(datasette, overview)).rows
    context = {"slug": slug, "campaigns": known}
    return await frame.page(request, datasette, "gs_unknown.html", context, status=404)


def _plain(request: Request, message: str) -> str:
    """Datasette's own short words as sentences; others as they are."""
    path = unquote(request.path)
    shown = path if len(path) <= _LONGEST_PATH else path[:_LONGEST_PATH] + "…"
    nowhere = f"There is no page {shown}"
    return {
        "404": nowhere,
        "Database not found": nowhere,
        "Table not found": f"{nowhere}: no table or query has that name",
        "Record not found": f"{nowhere}: the table has no row of that key",
    }.get(message, message)
