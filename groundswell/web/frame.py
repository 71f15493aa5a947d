"""What every page of ours begins and ends with."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from datasette.utils import add_cors_headers
from datasette.utils.asgi import NotFound, Response

from groundswell.clock import Clock, utcnow
from groundswell.web import headers, misspelt, people, zones
from groundswell.web.data import DATABASE, simulated

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

View = Callable[["Request", "Datasette"], Awaitable["Response"]]
READING = ("GET", "HEAD", "OPTIONS")


def static(datasette: Datasette, name: str) -> str:
    """The address of one of our static files."""
    path: str = datasette.urls.static_plugins("groundswell", name)
    return path


async def allow(request: Request, datasette: Datasette) -> None:
    """Raises Forbidden where the metadata's `allow` blocks shut this reader out."""
    if DATABASE not in datasette.databases:
        raise NotFound(f"This server has no database called {DATABASE}.")
    wanted = [("view-database", DATABASE), "view-instance"]
    await datasette.ensure_permissions(request.actor, wanted)


def now(datasette: Datasette) -> datetime:
    """The moment, in whole seconds."""
    clock: Clock = getattr(datasette, "groundswell_clock", utcnow)
    return clock().replace(microsecond=0)


def cors(datasette: Datasette) -> dict[str, str]:
    """The headers that let a page on another host read an answer; none if it may not."""
    told: dict[str, str] = {}
    if datasette.cors:
        add_cors_headers(told)
    return told


async def page(
    request: Request,
    datasette: Datasette,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> Response:
    """The template filled, with the headers of our own pages. Without a `zone` in the
    context times are UTC."""
    wrong = misspelt.sentences(template, request.args, context)
    told = {"zone": zones.UTC, "misspelt": list(wrong), **context}
    body = await datasette.render_template(template, told, request=request)
    secure = {"content-security-policy": headers.OURS}
    return Response.html(body, status=status, headers=secure)


async def variables(datasette: Datasette, request: Request | None) -> dict[str, Any]:
    """What our header and frame need, on Datasette's own pages too."""
    return {
        "static": lambda name: static(datasette, name),
        "charting": lambda name: datasette.urls.static_plugins(
            "datasette-dashboards", name
        ),
        "gs_simulated": await simulated(datasette),
        "account": people.who(datasette, request) if request else None,
        "has_accounts": bool(getattr(datasette, "groundswell_accounts", {})),
    }


async def nothing(request: Request, datasette: Datasette) -> Response:
    """There is no such page."""
    del datasette
    raise NotFound(f"There is no page {request.path}.")


def reading(view: View) -> View:
    """The view for those who read; any other method is 405, and the answer says which."""

    @functools.wraps(view)
    async def guarded(request: Request, datasette: Datasette) -> Response:
        if request.method in ("GET", "HEAD"):
            return await view(request, datasette)
        told = {"allow": ", ".join(READING), **cors(datasette)}
        if request.method == "OPTIONS":
            return Response.text("", headers=told)
        sentence = "Everything here is read-only: use GET."
        return Response.text(sentence, status=405, headers=told)

    return guarded
