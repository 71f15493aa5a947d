"""The diary's page: what staff noted of what happened, and what followed each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

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
    zones,
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
    named = await campaigns.named(request, datasette)
    slug = named.slug
    given = await request.post_vars()
    told: dict[str, str] = {}
    try:
        if given.get("action") == "remove":
            await _remove(datasette, slug, given)
        else:
            told = await _add(datasette, named, account.name, given)
    except (ValueError, LookupError, StoreError) as error:
        told = {"problem": str(error.args[0])}
    kept = {name: request.args.get(name) for name in _KEPT if request.args.get(name)}
    query = f"?{urlencode(kept | told)}" if kept or told else ""
    path = datasette.urls.path(f"/-/diary/{quote(slug, safe='')}")
    return Response.redirect(f"{path}{query}", status=303)


async def _add(
    datasette: Datasette, named: campaigns.Named, person: str, given: Mapping[str, str]
) -> dict[str, str]:
    """What the page is told besides: how a time was read at which clocks change, and that
    an entry to come is not shown yet."""
    at, note = _moment(given.get("at", ""), named.zone)
    now = frame.now(datasette)
    await writing.write(
        datasette,
        diary.add,
        named.slug,
        at,
        given.get("title", ""),
        note=given.get("note"),
        by=person,
        now=now,
    )
    told = [f"{note}."] if note else []
    if at > now:
        shown = words.time(at, named.zone)
        told.append(f"It is shown from {shown}{' UTC' * zones.is_utc(named.zone)} on.")
    return {"told": " ".join(["Noted.", *told])} if told else {}


async def _remove(datasette: Datasette, slug: str, given: Mapping[str, str]) -> None:
    number = given.get("entry", "")
    if not is_number(number):
        raise ValueError("Nothing was removed: the form named no entry.")
    if not await writing.write(datasette, diary.remove, slug, int(number)):
        raise LookupError("That entry is not there any more.")


def _moment(text: str, zone: ZoneInfo) -> tuple[datetime, str]:
    """What a field for date and time sends, a time of the zone, as UTC, and what is to be
    said of it. Raises ValueError."""
    try:
        found = datetime.fromisoformat(text)
        if found.utcoffset() is None:
            return zones.read(found, zone)
        return found.astimezone(UTC), ""
    except (ValueError, OverflowError):
        raise ValueError(
            "Nothing was noted: write when it happened, as 2026-05-01T09:00."
        ) from None
