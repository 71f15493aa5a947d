"""The inbox: posts that need an eye, what is done about each, and the rules for them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from datasette.utils.asgi import Response

from db import inbox
from db.connection import StoreError
from groundswell.exports.selecting import MOST_POSTS
from groundswell.web import campaigns, frame, pages, people, words, writing
from groundswell.web.asked import is_number
from groundswell.web.data import Row, ask, gather

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

STATES = (*inbox.STATES, "all")
ORDERS = {
    "urgent": "most urgent first",
    "newest": "newest first",
}
_SHOWN = 50
_LONGEST_NAME = 200


async def show(request: Request, datasette: Datasette) -> Response:
    """GET: what stands in the inbox. POST: a note, a new rule, or a rule's end."""
    await frame.allow(request, datasette)
    if request.method == "POST":
        return await _write(request, datasette)
    campaign = await campaigns.named(request, datasette)
    status = request.args.get("status") or "open"
    status = status if status in STATES else "open"
    order = request.args.get("order") or ""
    context: dict[str, Any] = {
        **campaign.context,
        "orders": ORDERS,
        "order": order if order in ORDERS else "urgent",
        "keys": True,
        "picking": True,
        "most_picked": MOST_POSTS,
        "states": STATES,
        "kinds": words.INBOX,
        "status": status,
        "mine": request.args.get("mine") == "1",
        "problem": request.args.get("problem"),
        "told": request.args.get("told"),
        "people": sorted(datasette.groundswell_accounts),
        "may_read": people.who(datasette, request) is not None,
        "may": people.may(people.who(datasette, request), "editor"),
    }
    if context["may_read"]:
        context |= await _filled(request, datasette, campaign[:2], context)
    return await frame.page(request, datasette, "gs_inbox.html", context)


async def _filled(
    request: Request,
    datasette: Datasette,
    campaign: tuple[str, int],
    context: Mapping[str, Any],
) -> dict[str, Any]:
    account = people.who(datasette, request)
    mine = account.name if account and context["mine"] else ""
    results = await gather(
        datasette,
        inbox=ask(
            "inbox",
            campaign=campaign[0],
            status=context["status"],
            assignee=mine,
            order=context["order"],
            top=_SHOWN,
        ),
    )
    rules = await writing.write(
        datasette, inbox.rules, campaign[1], frame.now(datasette)
    )
    wrote = request.args.get("wrote") or ""
    done = None
    if account and is_number(wrote):
        post = int(wrote)
        done = await writing.write(datasette, inbox.last, post, account.name)
    return {
        "results": results,
        "done": done,
        "wrote": wrote,
        "posts": [item(row) for row in results["inbox"].rows],
        "shown": _SHOWN,
        "rules": [
            (rule, words.inbox_rule(rule.kind, rule.value, rule.least))
            for rule in rules
        ],
    }


def item(row: Row) -> dict[str, Any]:
    """A post of the inbox as it is read: why it is here, and who did what."""
    told = [
        words.inbox_rule(why["kind"], why["value"], why["least"])
        for why in json.loads(row["why"])
    ]
    return {**pages.post(row), "why": told, "history": json.loads(row["notes"])}


async def _write(request: Request, datasette: Datasette) -> Response:
    account = people.require(datasette, request, "editor")
    slug, campaign_id, *_ = await campaigns.named(request, datasette)
    given = await request.post_vars()
    actions = {"note": _note, "undo": _undo, "rule": _rule, "remove": _remove}
    action = actions.get(given.get("action", ""), _nothing)
    try:
        told = await action(datasette, campaign_id, account.name, given)
        answer = {"told": told} if told else {}
        if given.get("action") == "note":
            answer["wrote"] = given["post"]
    except (ValueError, LookupError, StoreError) as error:
        answer = {"problem": str(error.args[0])}
    query = urlencode({**_kept(given), **answer})
    path = datasette.urls.path(f"/-/inbox/{quote(slug, safe='')}")
    return Response.redirect(f"{path}?{query}", status=303)


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """What the list shows stays as it was chosen."""
    chosen = {
        "status": (given.get("status_shown"), STATES),
        "order": (given.get("order"), ORDERS),
        "mine": (given.get("mine"), ("1",)),
    }
    return {
        name: value
        for name, (value, known) in chosen.items()
        if value and value in known
    }


async def _nothing(*_: object) -> str:
    raise ValueError("Nothing was done: the form named no action.")


async def _note(
    datasette: Datasette, campaign_id: int, person: str, given: Mapping[str, str]
) -> str | None:
    del campaign_id
    post, seen = given.get("post", ""), given.get("seen", "")
    status, assignee = given.get("status", ""), given.get("assignee", "")
    if not is_number(post) or status not in inbox.STATES:
        raise ValueError(
            f"Nothing was noted: choose {words.listed(list(inbox.STATES))}."
        )
    if assignee and assignee not in datasette.groundswell_accounts:
        raise ValueError(f"Nothing was noted: nobody is called {assignee[:40]}.")
    note = inbox.Note(
        post_id=int(post),
        status=status,
        assignee=assignee or None,
        note=given.get("note", "").strip(),
        seen=int(seen) if is_number(seen) else None,
    )
    now = frame.now(datasette)
    overtaken = await writing.write(datasette, inbox.write, note, person, now)
    if overtaken is None:
        return None
    return (
        f"{overtaken.person} wrote in the meantime and set it to {overtaken.status}. Both "
        f"notes stand; it is {status} now, as you wrote last."
    )


async def _undo(
    datasette: Datasette, campaign_id: int, person: str, given: Mapping[str, str]
) -> str:
    del campaign_id
    post, note = given.get("post", ""), given.get("seen", "")
    if not (is_number(post) and is_number(note)):
        raise ValueError("Nothing was undone: the form named no note.")
    now = frame.now(datasette)
    status = await writing.write(
        datasette, inbox.undo, int(post), int(note), person, now
    )
    return f"Undone: the post is {status} again."


async def _rule(
    datasette: Datasette, campaign_id: int, person: str, given: Mapping[str, str]
) -> str:
    kind = given.get("kind", "")
    if kind not in inbox.KINDS:
        raise ValueError("No rule was added: choose what it looks for.")
    value, least = given.get("value", "").strip().lstrip("@"), given.get("least", "")
    if kind in words.INBOX_NAMES and not 0 < len(value) <= _LONGEST_NAME:
        raise ValueError("No rule was added: write the account that it is about.")
    if kind not in words.INBOX_NAMES and not (is_number(least) and len(least) < 10):
        raise ValueError(
            "No rule was added: write from how many on, as a whole number."
        )
    rule = (kind, value, None) if kind in words.INBOX_NAMES else (kind, "", int(least))
    now = frame.now(datasette)
    await writing.write(datasette, inbox.add_rule, campaign_id, rule, person, now)
    return "The rule holds: for posts of the last six hours, and all that come."


async def _remove(
    datasette: Datasette, campaign_id: int, person: str, given: Mapping[str, str]
) -> str:
    rule = given.get("rule", "")
    if not is_number(rule):
        raise ValueError("No rule was taken away: the form named none.")
    now = frame.now(datasette)
    await writing.write(
        datasette, inbox.remove_rule, campaign_id, int(rule), person, now
    )
    return "The rule is gone; what it brought in stays."
