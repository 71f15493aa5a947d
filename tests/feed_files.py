"""Feeds written by hand, and a look at them as a walk takes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from collectors._feed_state import State
from collectors.base import Page, Post, Query, Term
from collectors.feed import Feed

URL = "https://gazette.example/news.xml"
FEED = Feed()
RECORDINGS = Path(__file__).parent / "platforms" / "feed"


def rss(*items: str, head: str = "", prolog: str = "<?xml version='1.0'?>") -> str:
    return (
        f'{prolog}<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>Gazette</title>{head}{''.join(items)}</channel></rss>"
    )


def item(number: int, *, day: int | None = None, extra: str = "") -> str:
    date = f"<pubDate>{day or number:02d} Oct 2026 09:00:00 GMT</pubDate>"
    return (
        f"<item><guid>https://gazette.example/?p={number}</guid>"
        f"<link>https://gazette.example/{number}</link><title>Item {number}</title>"
        f"{'' if 'pubDate' in extra else date}{extra}</item>"
    )


def window(*numbers: int, head: str = "") -> str:
    return rss(*(item(number) for number in numbers), head=head)


def query(**changes: Any) -> Query:  # noqa: ANN401 - any field of a Query
    url = changes.pop("url", URL)
    given: dict[str, Any] = {
        "walk": "forward",
        "terms": (Term("feed", url),),
        "settings": {"base_url": url},
    }
    return Query(**(given | changes))


def answer(
    body: str | bytes,
    request: httpx.Request | None = None,
    *,
    status: int = 200,
    **headers: str,
) -> httpx.Response:
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    asked = request or httpx.Request("GET", URL)
    return httpx.Response(status, headers=named, content=content, request=asked)


def look(body: str | bytes, asked: Query | None = None, **headers: str) -> Page:
    asked = asked or query()
    request = FEED.first(asked)
    return FEED.parse(answer(body, request, **headers), asked)


def only(body: str | bytes, asked: Query | None = None, **headers: str) -> Post:
    (post,) = look(body, asked, **headers).posts
    return post


def state_of(page: Page) -> State:
    state = State.load(page.checkpoint)
    assert state is not None
    return state


def walk(asked: Query, bodies: Sequence[str]) -> list[Page]:
    """Each body answers the next request; the walk must want them all."""
    request: httpx.Request | None = FEED.first(asked)
    pages = []
    for body in bodies:
        assert request is not None
        pages.append(FEED.parse(answer(body, request), asked))
        request = pages[-1].next
    return pages


def one(extra: str) -> Post:
    return only(rss(f"<item>{extra}</item>"))
