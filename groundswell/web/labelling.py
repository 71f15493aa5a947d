"""The page on which staff say what a few posts really sound like, one at a time."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from db import labels
from db.connection import StoreError
from db.times import to_text
from groundswell.sentiment.shares import LEAST
from groundswell.web import campaigns, frame, people, writing
from groundswell.web.asked import is_number
from groundswell.web.data import ask, gather

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

WINDOW = timedelta(days=30)
MORE = 20  # posts that are drawn at once


async def label(request: Request, datasette: Datasette) -> Response:
    """GET: the next post of the sample. POST: a label, or more posts to label."""
    await frame.allow(request, datasette)
    if request.method == "POST":
        return await _write(request, datasette)
    campaign = await campaigns.named(request, datasette)
    slug, campaign_id, *_ = campaign
    account = people.who(datasette, request)
    now = frame.now(datasette)
    context: dict[str, Any] = {
        **campaign.context,
        "may": people.may(account, "editor"),
        "keys": True,
        "labels": labels.LABELS,
        "least": LEAST,
        "more": MORE,
        "last": request.args.get("last"),
        "problem": request.args.get("problem"),
    }
    results = await gather(
        datasette,
        labelled=ask("labelled", campaign=slug, from_at=to_text(now - WINDOW)),
    )
    context |= {"results": results, **_counted(results["labelled"].rows)}
    if people.may(account, "editor"):
        again = _number(request.args.get("post"))
        context["post"], context["waiting"] = await writing.write(
            datasette, _next, campaign_id, account.name if account else "", again, now
        )
    return await frame.page(request, datasette, "gs_label.html", context)


def _next(
    db: Any,  # noqa: ANN401 - sqlite-utils' Database
    campaign_id: int,
    person: str,
    again: int | None,
    now: datetime,
) -> tuple[labels.ToLabel | None, int]:
    """The post to show, and how many wait. The day's sample is drawn here where the
    collector has not drawn it, as of a campaign that is new today."""
    waiting = labels.to_label(db, campaign_id, person, limit=200)
    if not waiting:
        dice = random.SystemRandom()
        day = (labels.DAILY, labels.SAMPLED, now, dice, campaign_id)
        if labels.draw_daily(db, *day):
            waiting = labels.to_label(db, campaign_id, person, limit=200)
    wanted = labels.sampled(db, campaign_id, again) if again is not None else None
    return wanted or (waiting[0] if waiting else None), len(waiting)


def _counted(rows: tuple[Mapping[str, Any], ...]) -> dict[str, int]:
    """Posts that count, and those that are kept as unclear and do not."""
    unclear = int(sum(row["posts"] for row in rows if row["label"] == "unclear"))
    return {
        "done": int(sum(row["posts"] for row in rows)) - unclear,
        "unclear": unclear,
    }


def _number(text: str | None) -> int | None:
    return int(text) if text and is_number(text) else None


async def _write(request: Request, datasette: Datasette) -> Response:
    account = people.require(datasette, request, "editor")
    slug, campaign_id, *_ = await campaigns.named(request, datasette)
    given = await request.post_vars()
    now = frame.now(datasette)
    told: dict[str, str] = {}
    try:
        if given.get("draw"):
            hour = now.replace(minute=0, second=0)
            await writing.write(
                datasette,
                labels.draw,
                campaign_id,
                MORE,
                since=hour - WINDOW,
                until=hour + timedelta(hours=1),
                now=now,
                dice=random.SystemRandom(),
            )
        else:
            told = await _store(datasette, account.name, given)
    except StoreError as error:
        told = {"problem": str(error)}
    path = datasette.urls.path(f"/-/label/{quote(slug, safe='')}")
    query = f"?{urlencode(told)}" if told else ""
    return Response.redirect(f"{path}{query}", status=303)


async def _store(
    datasette: Datasette, person: str, given: Mapping[str, str]
) -> dict[str, str]:
    """What the next page is told: the post just labelled, or what was wrong."""
    post_id, chosen = _number(given.get("post")), given.get("label")
    if post_id is None or chosen not in labels.LABELS:
        return {
            "problem": f"Nothing was stored: choose one of {', '.join(labels.LABELS)}."
        }
    missing = await writing.write(
        datasette,
        labels.store,
        [labels.Label(post_id, chosen)],
        person,
        frame.now(datasette),
    )
    if missing:
        return {
            "problem": "That post was taken back in the meantime; nothing was stored."
        }
    return {"last": str(post_id)}
