"""The diary's page: what staff noted of what happened, and what followed each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from db import diary
from db.connection import StoreError
from groundswell.web import (
    campaigns,
    effects,
    frame,
    measured,
    people,
    words,
    writing,
)
from groundswell.web.asked import is_number

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request


_KEPT = ("range", "from", "to", "platform", "term", "against")  # of the address


async def show(request: Request, datasette: Datasette) -> Response:
    """GET: the entries of the time shown. POST: a new one, or one's end."""
    await frame.allow(request, datasette)
    if request.method == "POST":
        return await _write(request, datasette)
    named, view, context = await campaigns.viewed(request, datasette, default="30d")
    now = frame.now(datasette)
    chosen = await measured.chosen(request, datasette, named.slug, context["campaigns"])
    found = await effects.results(datasette, chosen.asked, view, now)
    context |= {
        "results": found,
        "measured": chosen,
        "chosen": chosen.given,
        "diary": effects.panel(found, chosen.asked, now),
        "entries": found["events"].rows,
        "may": people.may(people.who(datasette, request), "editor"),
        "problem": request.args.get("problem"),
        "told": request.args.get("told"),
        "longest": {"title": diary.LONGEST_TITLE, "note": diary.LONGEST_NOTE},
    }
    return await frame.page(request, datasette, "gs_diary.html", context)


async def _write(request: Request, datasette: Datasette) -> Response:
    account = people.require(datasette, request, "editor")
    slug = (await campaigns.named(request, datasette)).slug
    given = await request.post_vars()
    told: dict[str, str] = {}
    try:
        if given.get("action") == "remove":
            await _remove(datasette, slug, given)
        else:
            told = await _add(datasette, slug, account.name, given)
    except (ValueError, LookupError, StoreError) as error:
        told = {"problem": str(error.args[0])}
    kept = {name: request.args.get(name) for name in _KEPT if request.args.get(name)}
    query = f"?{urlencode(kept | told)}" if kept or told else ""
    path = datasette.urls.path(f"/-/diary/{quote(slug, safe='')}")
    return Response.redirect(f"{path}{query}", status=303)


async def _add(
    datasette: Datasette, slug: str, person: str, given: Mapping[str, str]
) -> dict[str, str]:
    """What the page is told besides: that an entry to come is not shown yet."""
    at, now = _moment(given.get("at", "")), frame.now(datasette)
    await writing.write(
        datasette,
        diary.add,
        slug,
        at,
        given.get("title", ""),
        note=given.get("note"),
        by=person,
        now=now,
    )
    if at <= now:
        return {}
    return {"told": f"Noted. It is shown from {words.time(at)} UTC on."}


async def _remove(datasette: Datasette, slug: str, given: Mapping[str, str]) -> None:
    number = given.get("entry", "")
    if not is_number(number):
        raise ValueError("Nothing was removed: the form named no entry.")
    if not await writing.write(datasette, diary.remove, slug, int(number)):
        raise LookupError("That entry is not there any more.")


def _moment(text: str) -> datetime:
    """What a field for date and time sends, UTC. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
        if found.utcoffset() is None:
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            "Nothing was noted: write when it happened, as 2026-05-01T09:00."
        ) from None
