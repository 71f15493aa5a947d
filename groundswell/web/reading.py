"""Posts as they are read: a list with filters that live in the address, not a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from groundswell.exports.selecting import KINDS, MOST_POSTS
from groundswell.web import campaigns, frame, pages, ranges, times, words
from groundswell.web.asked import is_number
from groundswell.web.charts import SENTIMENTS
from groundswell.web.data import Ask, Result, Row, ask, gather
from groundswell.web.zones import UTC

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request, Response

PAGE = 30
FILTERS = ("lang", "sentiment", "term", "kind", "q", "link")
_LONGEST, _LONGEST_LINK = 200, 4000
_VOICES = 12


async def posts(request: Request, datasette: Datasette) -> Response:
    """A campaign's posts, newest first."""
    await frame.allow(request, datasette)
    named, view, context = await campaigns.viewed(request, datasette, exact=True)
    slug = named.slug
    args = {name: request.args.get(name) or "" for name in request.args}
    terms = (await gather(datasette, terms=ask("terms_of", campaign=slug)))[
        "terms"
    ].rows
    chosen, problems = filters(args, [row["value"] for row in terms])
    below = args.get("below", "") if is_number(args.get("below", "")) else ""
    asked = {"campaign": slug, **view.params, **chosen, "below": below, "top": PAGE}
    results = await gather(
        datasette,
        posts=ask("read_posts", **asked),
        languages=ask("languages", campaign=slug, **view.counted),
        **_who(slug, view, chosen),
    )
    rows = results["posts"].rows
    languages = results["languages"].rows[:30]
    listed = {"", *(row["lang"] for row in languages)}
    parts = await gather(
        datasette, parts=ask("post_parts", ids=json.dumps([row["id"] for row in rows]))
    )
    context |= {
        "chosen": chosen,
        "problems": [*view.problems, *problems],
        "terms": terms,
        "languages": languages,
        "rare_lang": chosen["lang"] if chosen["lang"] not in listed else None,
        "kinds": KINDS,
        "sentiments": SENTIMENTS,
        "results": results,
        "posts": cards(rows, parts["parts"], view.zone),
        "older": _older(rows, chosen, view),
        "below": below,
        "looked_to": rows[0]["looked_to"] if rows else None,
        "keys": True,
        "picking": True,
        "most_picked": MOST_POSTS,
        "who": who(results["voices"].rows) if "voices" in results else None,
        "without_link": view.query(**{**chosen, "link": ""}),
        "carried": view.query(**{n: chosen[n] for n in _CARRIED}),
    }
    return await frame.page(request, datasette, "gs_posts.html", context)


def _who(slug: str, view: ranges.View, chosen: Mapping[str, str]) -> dict[str, Ask]:
    """Who wrote the posts with a link; nothing is asked where none is chosen."""
    if not chosen["link"]:
        return {}
    # One row more: posts that nobody is named for.
    asked = {"campaign": slug, **view.params, **chosen, "top": _VOICES + 1}
    return {"voices": ask("read_voices", **asked)}


def who(rows: Sequence[Row]) -> dict[str, Any]:
    """Rows of `read_voices` for their panel. posts: of all these voices and others; more:
    of voices that are not shown; unnamed: of accounts that are not named."""
    shown = [row for row in rows if row["author_id"] is not None][:_VOICES]
    unnamed = sum(row["posts"] for row in rows if row["author_id"] is None)
    whole = rows[0]["counted"] if rows else 0
    told = sum(row["posts"] for row in shown) + unnamed
    return {
        "voices": pages.ranking(shown),
        "posts": whole,
        "unnamed": unnamed,
        "more": whole - told,
        "looked_to": rows[0]["looked_to"] if rows else None,
    }


def cards(
    rows: Sequence[Row], parts: Result, zone: ZoneInfo = UTC
) -> list[dict[str, Any]]:
    """The posts, each with what belongs to it."""
    beside = {row["id"]: row for row in parts.rows}
    return [card(row, beside.get(row["id"]), zone) for row in rows]


def card(row: Row, parts: Row | None, zone: ZoneInfo = UTC) -> dict[str, Any]:
    """One post as it is read. parts: None where it was taken back in between."""
    read = {name: json.loads(parts[name]) for name in _LISTS} if parts else {}
    return {
        **pages.post(row),
        "hashtags": [],
        "media": [],
        "seen_on": [],
        "versions": [],
        **read,
        "copies": parts["copies"] if parts else 0,
        "answers": json.loads(parts["answers"]) if parts and parts["answers"] else None,
        "grew": _growth(row, parts["first_counts"] if parts else None, zone),
    }


_CARRIED = ("lang", "sentiment", "term", "q")  # to the campaign's page
_LISTS = ("hashtags", "media", "seen_on", "versions")


def _growth(row: Row, first: str | None, zone: ZoneInfo) -> Markup | None:
    """How the counts grew since they were first seen, in words; None: not at all."""
    if not first:
        return None
    before: Mapping[str, Any] = json.loads(first)
    told = [
        words.plural(row[name] - before[name], one, many)
        for name, one, many in (
            ("replies", "reply", "replies"),
            ("reposts", "share", "shares"),
            ("likes", "like", "likes"),
        )
        if row[name] is not None
        and before.get(name) is not None
        and row[name] > before[name]
    ]
    if not told:
        return None
    since = times.when(before["at"], zone)
    return Markup("{} more since {}").format(words.listed(told), since)


def filters(
    args: Mapping[str, str], terms: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """The filters that hold; those that cannot are named."""
    # A NUL ends what SQLite takes for the text.
    chosen = {
        name: args.get(name, "").replace("\0", " ").strip()[:_LONGEST]
        for name in FILTERS
    }
    chosen["link"] = args.get("link", "").strip()[:_LONGEST_LINK]
    known: dict[str, Sequence[str]] = {
        "sentiment": SENTIMENTS,
        "term": terms,
        "kind": KINDS,
    }
    problems = []
    for name, values in known.items():
        if chosen[name] and chosen[name] not in values:
            told = words.listed(list(values)) or "none"
            problems.append(
                f"{name}: “{chosen[name][:40]}” is not one of {told}. Showing all."
            )
            chosen[name] = ""
    return chosen, problems


def _older(
    rows: Sequence[Row], chosen: Mapping[str, str], view: ranges.View
) -> dict[str, str] | None:
    """What the address of the next page has besides; None: there is none."""
    if len(rows) == PAGE:
        return {**chosen, "below": str(rows[-1]["id"])}
    looked = rows[0]["looked_to"] if rows else None
    if not looked:
        return None
    span = {"range": "", "from": view.params["from_at"], "to": str(looked)}
    return {**chosen, **span}
