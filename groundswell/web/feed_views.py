"""The feeds' routes: read the address, ask a query, write Atom, spare what is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from datasette.utils.asgi import BadRequest, Response
from datasette.utils.sqlite import sqlite3

from db.published import queries
from db.times import to_text
from groundswell import __version__
from groundswell.web import asked, atom, feeds, frame, words, zones
from groundswell.web.data import DATABASE, Result, Row, ask, fetch, simulated
from groundswell.web.errors import NoCampaign
from groundswell.web.filters import sql_error

if TYPE_CHECKING:
    from datasette.app import Datasette
    from datasette.utils.asgi import Request

ROUTE = r"^/-/feed/(?P<slug>[^/]+)/(?P<feed>alerts|notable|posts)\.atom$"
_QUERIES = {"alerts": "alerts", "notable": "most_shared", "posts": "newest_posts"}
_SPANS = {"alerts": timedelta(days=30), "notable": timedelta(days=7)}
_SAID = {
    "alerts": "What was unusual in the last 30 days. Time that nobody saw raises nothing.",
    "notable": "The most shared posts of the last 7 days; shares as last seen.",
    "posts": "The newest posts.",
}


async def feed(request: Request, datasette: Datasette) -> Response:
    """`/-/feed/SLUG/alerts.atom`, `notable.atom` (with the page's filters), `posts.atom`
    (with newest_posts' own parameters). 304 where the reader has it already."""
    await frame.allow(request, datasette)
    name, slug = request.url_vars["feed"], unquote(request.url_vars["slug"])
    given = _given(request, name)
    now = frame.now(datasette)
    known = (await fetch(datasette, ask("overview", to_at=to_text(now)))).rows
    about = next((row for row in known if row["campaign"] == slug), None)
    if about is None:
        raise NoCampaign(slug)
    params = {**_span(name, now), **given, "campaign": slug}
    result = await _fetched(datasette, _QUERIES[name], params)
    body = atom.render(
        atom.Feed(
            **_head(request, datasette, about=about, given=given),
            **await _told(datasette, about, name, params),
            **_entries(request, datasette, result, slug=slug),
        )
    )
    return _answer(request, datasette, body)


def _given(request: Request, name: str) -> dict[str, str]:
    """The reader's parameters. Raises BadRequest with a sentence for a wrong one."""
    args = {key: request.args.getlist(key) for key in request.args}
    every = {"posts": queries()["newest_posts"].params, "notable": feeds.FILTERS}
    known = [param for param in every.get(name, ()) if param != "campaign"]
    for sentence in asked.of_query(args, known, as_json=False):
        raise BadRequest(sentence)
    return {param: args[param][0] for param in known if any(args.get(param, ()))}


def _span(name: str, now: datetime) -> dict[str, str]:
    if name == "posts":
        return {"to_at": to_text(now)}
    return {"from_at": to_text(now - _SPANS[name]), "to_at": to_text(now)}


async def _fetched(
    datasette: Datasette, query: str, params: Mapping[str, str]
) -> Result:
    try:
        result = await fetch(datasette, ask(query, **params))
    except (sqlite3.OperationalError, OverflowError) as error:
        raise BadRequest(sql_error(str(error))) from error
    if result.error:
        raise BadRequest(result.error)
    return result


def _head(
    request: Request, datasette: Datasette, *, about: Row, given: Mapping[str, str]
) -> dict[str, Any]:
    slug, name = about["campaign"], request.url_vars["feed"]
    absolute = _absolute(request, datasette)
    shown = {"from_at": "from", "to_at": "to"} | {one: one for one in feeds.FILTERS}
    asked_for = {shown[key]: value for key, value in given.items() if key in shown}
    if not zones.is_utc(zones.named(about["timezone"])):
        asked_for = {key: _of_utc(key, value) for key, value in asked_for.items()}
    page = feeds.page_of(slug)
    return {
        "id": atom.name_of("feed", feeds.address(slug, name, given)),
        "own": absolute(feeds.address(slug, name, given)),
        "page": absolute(f"{page}?{urlencode(asked_for)}" if asked_for else page),
        "version": __version__,
    }


def _of_utc(name: str, value: str) -> str:
    """A time of the feed's address, which is UTC, so that a page cannot take it for one of
    its own zone; anything else as it is."""
    try:
        moment = datetime.fromisoformat(value)
        if len(value) == 10 and name == "to":
            moment += timedelta(days=1)
        return to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return value


async def _told(
    datasette: Datasette, about: Row, name: str, params: Mapping[str, str]
) -> dict[str, Any]:
    """The feed's title and subtitle, which says how much of the time was seen."""
    made_up = "Simulated data: " if await simulated(datasette) else ""
    where = f" on {params['platform']}" if params.get("platform") else ""
    narrowed = [params[one] for one in feeds.FILTERS[1:] if params.get(one)]
    where += f" ({', '.join(narrowed)})" if narrowed else ""
    return {
        "title": f"{made_up}{about['title']}: {feeds.TITLES[name]}{where}",
        "subtitle": f"{_SAID[name]} {await _coverage(datasette, params)}".strip(),
    }


async def _coverage(datasette: Datasette, params: Mapping[str, str]) -> str:
    """How much of the feed's time was seen; '' where that cannot be said.

    Time that goes on to now is looked at up to the last whole hour, so that a feed does
    not change with every minute.
    """
    known = queries()["totals"].params
    given = {key: value for key, value in params.items() if key in known}
    now = frame.now(datasette)
    if given["to_at"] == to_text(now):
        given["to_at"] = to_text(now.replace(minute=0, second=0))
    try:
        found = await fetch(datasette, ask("totals", **given))
    except sqlite3.OperationalError:  # the time begins within this hour
        return ""
    return words.covered(found.rows[0]["covered"]) if found.rows else ""


def _entries(
    request: Request, datasette: Datasette, result: Result, *, slug: str
) -> dict[str, Any]:
    absolute = _absolute(request, datasette)
    if request.url_vars["feed"] == "alerts":
        entries = [feeds.alert(row, slug, absolute) for row in result.rows]
    else:
        entries = [feeds.post(row, absolute) for row in result.rows]
    day = frame.now(datasette).replace(hour=0, minute=0, second=0)
    return {"entries": entries, "updated": feeds.updated(entries, to_text(day))}


def _absolute(request: Request, datasette: Datasette) -> Callable[[str], str]:
    def absolute(path: str) -> str:
        return str(datasette.absolute_url(request, datasette.urls.path(path)))

    return absolute


def _answer(request: Request, datasette: Datasette, body: bytes) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    changed = _changed_at(Path(datasette.get_database(DATABASE).path))
    told = {
        "etag": etag,
        "last-modified": format_datetime(changed, usegmt=True),
        "cache-control": "no-cache",
        **frame.cors(datasette),
    }
    if _known(request.headers, etag, changed):
        return Response("", status=304, headers=told)
    kind = f"{atom.KIND}; charset=utf-8"
    return Response(body.decode(), headers=told, content_type=kind)


def _changed_at(path: Path) -> datetime:
    """When the database last changed, deletions too: of which no post could tell."""
    files = (path, path.with_name(f"{path.name}-wal"))
    times = [file.stat().st_mtime for file in files if file.exists()]
    return datetime.fromtimestamp(int(max(times)), UTC)


def _known(given: Mapping[str, str], etag: str, changed: datetime) -> bool:
    """Whether the reader has it already (RFC 9110, section 13.2.2)."""
    tags = given.get("if-none-match")
    if tags is not None:
        found = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return etag in found or tags.strip() == "*"
    try:
        since = parsedate_to_datetime(given.get("if-modified-since", ""))
    except (TypeError, ValueError):
        return False
    return changed <= (since if since.tzinfo else since.replace(tzinfo=UTC))
