"""/-/downloading/NAME: how far a download is, for the page that began it.

The page makes the name up (32 hexadecimal digits), gives it with the download's address,
and asks by it. Only whoever downloads is answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasette.utils.asgi import Response

from groundswell.web import desk, frame

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

ROUTE = r"^/-/downloading/(?P<watch>[0-9a-f]{32})$"
_KEPT = {"cache-control": "no-store"}


async def progress(request: Request, datasette: Datasette) -> Response:
    """GET: its state as JSON; where there is none of that name, when there would be a
    place. POST: it is to end."""
    await frame.allow(request, datasette)
    place, client = desk.of(datasette), desk.client(request, datasette)
    job = place.find(client, request.url_vars["watch"])
    if request.method == "POST":
        if job is not None:
            job.stop.set()
        return Response.json({"ok": job is not None}, headers=_KEPT)
    if request.method != "GET":
        return Response.text("GET or POST.", 405, {"allow": "GET, POST"})
    if job is not None:
        return Response.json(job.told(), headers=_KEPT)
    busy = place.busy(client)
    told = {
        "state": "unknown",
        "wait": busy.wait_s if busy else 0,
        "problem": str(busy) if busy else None,
    }
    return Response.json(told, headers=_KEPT)
