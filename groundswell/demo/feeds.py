"""Feeds in four forms: WordPress RSS 2.0, Atom with RFC 5005, JSON Feed, RDF.

Three of them tell the truth with ETag and Last-Modified. The wire's validators stay the
same for twelve hours although items were added: whoever believes its 304 is late.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from groundswell.demo.articles import FEEDS, Feed
from groundswell.demo.ids import cid, from_micros, micros
from groundswell.demo.records import Article
from groundswell.demo.stage import Stage

LIE = timedelta(hours=12)
_SUMMARY = 60
_TYPES = {
    "wordpress": "application/rss+xml; charset=UTF-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json",
    "rdf": "application/rdf+xml; charset=utf-8",
}
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a feed. next: the address of the older page, None at the end."""

    feed: Feed
    items: Sequence[Article]
    now: datetime
    here: str
    next: str | None


def routes(stage: Stage) -> list[BaseRoute]:
    """/NAME of every feed."""

    async def answer(request: Request) -> Response:
        feed = FEEDS.get(request.path_params["name"])
        if feed is None:
            return Response("No such feed.", status_code=404, media_type="text/plain")
        return _answer(request, stage, feed)

    return [Route("/{name}", answer)]


def _answer(request: Request, stage: Stage, feed: Feed) -> Response:
    now = stage.now()
    items = _shown(stage, feed, now)
    page = _page(request, feed)
    first = (page - 1) * feed.window
    if page > 1 and first >= len(items):
        # WordPress answers so behind its last page.
        return Response("<h1>Not found</h1>", status_code=404, media_type="text/html")
    headers = _validators(feed, stage.world.articles[feed.name], now)
    if _unchanged(request, headers):
        return Response(status_code=304, headers=headers)
    last = first + feed.window
    sheet = Sheet(
        feed,
        items[first:last],
        now,
        str(request.url),
        _older(request, feed, page if last < len(items) else None),
    )
    body = _FORMS[feed.form](sheet)
    return Response(body.encode(), headers=headers, media_type=_TYPES[feed.form])


def _shown(stage: Stage, feed: Feed, now: datetime) -> list[Article]:
    """What a feed holds at a moment, newest first."""
    items = stage.world.articles[feed.name]
    shown = [item for item in items if item.published_at <= now][::-1]
    return shown if feed.paged else shown[: feed.window]


def _page(request: Request, feed: Feed) -> int:
    if getattr(request.state, "endless", False) or not feed.paged:
        return 1
    given = request.query_params.get(
        "paged" if feed.form == "wordpress" else "page", ""
    )
    return max(1, int(given)) if given.isdecimal() and len(given) < 6 else 1


def _older(request: Request, feed: Feed, page: int | None) -> str | None:
    if not feed.paged or (
        page is None and not getattr(request.state, "endless", False)
    ):
        return None
    return str(request.url.include_query_params(page=(page or 1) + 1))


def _validators(feed: Feed, items: Sequence[Article], now: datetime) -> dict[str, str]:
    seen = now
    if feed.lies:
        block = micros(LIE + from_micros(0))
        seen = from_micros(micros(now) // block * block)
    changes = [_changed(item, seen) for item in items if item.published_at <= seen]
    newest = max(changes, default=from_micros(0))
    tag = cid(feed.name, newest, len(changes))[:24]
    return {"ETag": f'"{tag}"', "Last-Modified": format_datetime(newest, usegmt=True)}


def _unchanged(request: Request, headers: dict[str, str]) -> bool:
    given = request.headers.get("if-none-match")
    if given is not None:
        return given.removeprefix("W/") == headers["ETag"]
    return request.headers.get("if-modified-since") == headers["Last-Modified"]


def _changed(item: Article, now: datetime) -> datetime:
    updated = item.updated_at
    return updated if updated and updated <= now else item.published_at


def _wordpress(sheet: Sheet) -> str:
    feed = sheet.feed
    items = "".join(_wordpress_item(item, sheet.now) for item in sheet.items)
    return (
        f'{_HEAD}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/'
        'content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">\n<channel>'
        f"<title>{escape(feed.title)}</title><link>https://{feed.host}</link>"
        "<description>Invented news</description><language>en-GB</language>"
        "<sy:updatePeriod>hourly</sy:updatePeriod>"
        "<generator>https://wordpress.org/?v=6.8.1</generator>"
        f"{items}</channel></rss>\n"
    )


def _wordpress_item(item: Article, now: datetime) -> str:
    categories = "".join(
        f"<category><![CDATA[{name}]]></category>" for name in item.categories
    )
    body = item.body(now)
    summary = body if len(body) <= _SUMMARY else f"{body[:_SUMMARY]} [&hellip;]"
    return (
        f"<item><title>{escape(item.title)}</title><link>{item.url}</link>"
        f"<dc:creator><![CDATA[{item.author}]]></dc:creator>"
        f"<pubDate>{format_datetime(item.published_at)}</pubDate>{categories}"
        f'<guid isPermaLink="false">{escape(item.uri)}</guid>'
        f"<description><![CDATA[{summary}]]></description>"
        f"<content:encoded><![CDATA[<p>{escape(body)}</p>]]></content:encoded></item>\n"
    )


def _atom(sheet: Sheet) -> str:
    feed = sheet.feed
    entries = "".join(_atom_entry(item, sheet.now) for item in sheet.items)
    changed = max(
        (_changed(item, sheet.now) for item in sheet.items), default=sheet.now
    )
    older = f'<link rel="next" href="{escape(sheet.next)}"/>' if sheet.next else ""
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">'
        f"<title>{escape(feed.title)}</title><id>https://{feed.host}/</id>"
        f'<link rel="self" href="{escape(sheet.here)}"/>{older}'
        f"<updated>{changed.isoformat()}</updated>\n{entries}</feed>\n"
    )


def _atom_entry(item: Article, now: datetime) -> str:
    categories = "".join(
        f'<category term="{escape(name)}"/>' for name in item.categories
    )
    return (
        f"<entry><title>{escape(item.title)}</title><id>{item.uri}</id>"
        f'<link rel="alternate" href="{item.url}"/>'
        f"<author><name>{escape(item.author)}</name></author>"
        f"<published>{item.published_at.isoformat()}</published>"
        f"<updated>{_changed(item, now).isoformat()}</updated>{categories}"
        f'<content type="html">{escape("<p>" + escape(item.body(now)) + "</p>")}'
        "</content></entry>\n"
    )


def _json(sheet: Sheet) -> str:
    feed = sheet.feed
    told: dict[str, object] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": f"https://{feed.host}/",
        "language": "en",
        "items": [
            {
                "id": item.uri,
                "url": item.url,
                "title": item.title,
                "content_html": f"<p>{escape(item.body(sheet.now))}</p>",
                "date_published": item.published_at.isoformat(),
                "date_modified": _changed(item, sheet.now).isoformat(),
                "authors": [{"name": item.author}],
                "tags": list(item.categories),
            }
            for item in sheet.items
        ],
    }
    if sheet.next:
        told["next_url"] = sheet.next
    return json.dumps(told, ensure_ascii=False)


def _rdf(sheet: Sheet) -> str:
    feed = sheet.feed
    listed = "".join(f'<rdf:li rdf:resource="{item.uri}"/>' for item in sheet.items)
    items = "".join(
        f'<item rdf:about="{item.uri}"><title>{escape(item.title)}</title>'
        f"<link>{item.url}</link><description>{escape(item.body(sheet.now))}</description>"
        f"<dc:creator>{escape(item.author)}</dc:creator>"
        + "".join(f"<dc:subject>{escape(n)}</dc:subject>" for n in item.categories)
        + f"<dc:date>{item.published_at.isoformat()}</dc:date></item>\n"
        for item in sheet.items
    )
    return (
        f'{_HEAD}<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<channel rdf:about="https://{feed.host}/"><title>{escape(feed.title)}</title>'
        f"<link>https://{feed.host}/</link><description>Invented</description>"
        f"<items><rdf:Seq>{listed}</rdf:Seq></items></channel>\n{items}</rdf:RDF>\n"
    )


_FORMS = {"wordpress": _wordpress, "atom": _atom, "json": _json, "rdf": _rdf}
