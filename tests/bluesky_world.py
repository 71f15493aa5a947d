"""Bluesky's servers in memory, and the driver's loop without its patience."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
import pytest

from collectors.base import Page, Query, Secret, Term, Unavailable
from collectors.bluesky import Bluesky

Json: TypeAlias = Any

COLLECTOR = Bluesky()
BASE = "https://bsky.example"
RUTH = "did:plc:aaaa2222bbbb3333cccc4444"
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SECRETS = {"identifier": Secret("ruth.example"), "password": Secret("hush-hush")}


def uri(number: int) -> str:
    return f"at://{RUTH}/app.bsky.feed.post/{number}"


def view(number: int, at: datetime, text: str = "#labourleaks") -> dict[str, Json]:
    moment = at.isoformat().replace("+00:00", "Z")
    return {
        "uri": uri(number),
        "author": {"did": RUTH, "handle": "ruth.example", "labels": []},
        "record": {"text": text, "createdAt": moment},
        "indexedAt": moment,
    }


@dataclass
class Server:
    """A search server: newest first, `until` exclusive, an offset that ends."""

    posts: list[dict[str, Json]] = field(default_factory=list)
    page: int = 100
    depth: int = 10_000
    ends_with: int | None = None  # the status beyond `depth`; None: no more cursor
    broken: frozenset[str] = frozenset()  # posts that no page can hold
    asked: list[httpx.URL] = field(default_factory=list)

    def __post_init__(self) -> None:
        newest_first = sorted(self.posts, key=_created, reverse=True)
        self.index = [(_created(post), post) for post in newest_first]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        params = request.url.params
        start = int(params.get("cursor", 0))
        stop = min(start + min(int(params["limit"]), self.page), self.depth)
        found = self._found(params["q"], params.get("until"))
        if start >= self.depth and self.ends_with:
            return trouble(self.ends_with, "UpstreamFailure")
        if any(post["uri"] in self.broken for post in found[start:stop]):
            return trouble(502, "UpstreamFailure")
        more = stop < len(found) and (stop < self.depth or self.ends_with)
        cursor = {"cursor": str(stop)} if more else {}
        return httpx.Response(200, json={"posts": found[start:stop], **cursor})

    def _found(self, word: str, until: str | None) -> list[dict[str, Json]]:
        end = (
            datetime.fromisoformat(until) if until else datetime.max.replace(tzinfo=UTC)
        )
        return [
            post
            for at, post in self.index
            if at < end and word in post["record"]["text"]
        ]


def _created(post: dict[str, Json]) -> datetime:
    return datetime.fromisoformat(post["record"]["createdAt"])


def trouble(status: int, name: str) -> httpx.Response:
    return httpx.Response(status, json={"error": name, "message": "no"})


def walk(
    answer: Callable[[httpx.Request], httpx.Response],
    query: Query,
    pages_max: int = 400,
) -> list[Page]:
    """The driver's loop, without its patience; sessions are handed back as it does."""
    pages: list[Page] = []
    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        request: httpx.Request | None = COLLECTOR.first(query)
        while request is not None:
            response = client.send(request)
            found = None
            if response.status_code >= 400:
                found = COLLECTOR.explain(response, query)
                if found is None:
                    raise Unavailable(str(response.status_code))
            page = found or COLLECTOR.parse(response, query)
            pages.append(page)
            if len(pages) > pages_max:
                pytest.fail("the walk does not end")
            if page.session:
                query = replace(
                    query, settings={**query.settings, "session": page.session}
                )
            request = page.next
    return pages


def ask(*terms: str | Term, walk: Json = "forward", **changes: Json) -> Query:
    known = {"settings": {"base_url": BASE}, **changes}
    return Query(walk, terms or ("LabourLeaks",), **known)  # type: ignore[arg-type]


def uris(pages: list[Page]) -> Counter[str]:
    return Counter(post.uri for page in pages for post in page.posts)
