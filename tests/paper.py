"""A platform made of paper: the JSON that a test writes, walked by the real driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, ClassVar, Literal

import httpx

from collectors._driver import Batch, Driver, Limits
from collectors._http import build_client
from collectors.base import (
    Author,
    BadPayload,
    Pace,
    Page,
    Post,
    Query,
    RateLimited,
    Secret,
    SecretSpec,
    Term,
    Walk,
)

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
BASE = "https://social.example"

Handler = Callable[[httpx.Request], httpx.Response]


class FakeTime:
    """A clock that only its own sleep moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.naps: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class Jitter(Random):
    """The longest pause that the back-off allows."""

    def random(self) -> float:
        return 1.0


def post(uri: str, text: str = "hello") -> Post:
    return Post(
        platform="paper",
        uri=uri,
        author=Author(platform="paper", uri="https://social.example/@ada"),
        text=text,
        published_at=NOW,
    )


@dataclass
class Paper:
    """A platform whose pages are the JSON that the tests write."""

    slug: ClassVar[str] = "paper"
    docs: ClassVar[str] = "https://docs.example"
    pace: ClassVar[Pace] = Pace(1000, 1.0, pages=50)
    scope: ClassVar[Literal["term", "source"]] = "source"
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = {}
    sessions: list[object] = field(default_factory=list)

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        return []

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        return ("forward",)

    def first(self, query: Query) -> httpx.Request:
        return httpx.Request("GET", f"{query.base_url}/1")

    def parse(self, response: httpx.Response, query: Query) -> Page:
        self.sessions.append(query.settings.get("session"))
        try:
            page = response.json()
        except ValueError as error:
            raise BadPayload("no JSON", response.text) from error
        if "bug" in page:
            raise KeyError(page["bug"])
        following = page.get("next")
        reached = page.get("reached")
        return Page(
            posts=tuple(post(uri) for uri in page.get("posts", ())),
            deletions=tuple(page.get("deletions", ())),
            next=httpx.Request("GET", f"{BASE}/{following}") if following else None,
            checkpoint=page.get("checkpoint"),
            ascending=page.get("ascending", False),
            reached=NOW - timedelta(hours=reached) if reached is not None else None,
        )


def driver_for(handler: Handler, time: FakeTime, limits: Limits) -> Driver:
    client = build_client(contact=None, transport=httpx.MockTransport(handler))
    return Driver(
        client=client, clock=time.clock, sleep=time.sleep, rng=Jitter(), limits=limits
    )


def walk(
    handler: Handler,
    *,
    time: FakeTime | None = None,
    collector: Paper | None = None,
    limits: Limits | None = None,
    kind: Walk = "forward",
) -> Batch:
    async def scene() -> Batch:
        driver = driver_for(handler, time or FakeTime(), limits or Limits())
        query = Query(kind, (Term("hashtag", "x"),), {"base_url": BASE})
        async with driver.client:
            return await driver.collect(collector or Paper(), query)

    return asyncio.run(scene())


def serving(*answers: httpx.Response | dict[str, Any] | Exception) -> Handler:
    """One answer after the other; a question too many fails the test."""
    left: Iterator[httpx.Response | dict[str, Any] | Exception] = iter(answers)

    def handler(request: httpx.Request) -> httpx.Response:
        answer = next(left, None)
        assert answer is not None, f"asked too often: {request.url}"
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else page_of(answer)

    return handler


def page_of(content: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, json=content)


def uris(batch: Batch) -> list[str]:
    return [found.uri for found in batch.posts]


THREE = (
    {"posts": ["a", "b"], "checkpoint": "30", "next": "2", "reached": 1},
    {"posts": ["c"], "checkpoint": "20", "next": "3", "reached": 2},
    {"posts": ["d"], "checkpoint": "10", "reached": 3},
)
RISING = tuple({**page, "ascending": True} for page in THREE)


def endless(request: httpx.Request) -> httpx.Response:
    page = int(request.url.path[1:])
    return page_of({"posts": [f"p{page}"], "next": str(page + 1), "checkpoint": "x"})


class Explaining(Paper):
    """Logs in when its token is refused; has its own word for a quota."""

    def first(self, query: Query) -> httpx.Request:
        return httpx.Request("GET", f"{BASE}/1", headers={"Authorization": "old"})

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        if response.status_code == 304:
            return Page()
        if response.status_code == 402:
            raise RateLimited("the quota is used up", NOW + timedelta(hours=9))
        if response.status_code == 401:
            return Page(
                next=httpx.Request("POST", f"{BASE}/login", json={"who": "ada"})
            )
        return None

    def parse(self, response: httpx.Response, query: Query) -> Page:
        if response.request.url.path != "/login":
            return super().parse(response, query)
        session = {"access": Secret("new")}
        again = httpx.Request("GET", f"{BASE}/1", headers={"Authorization": "new"})
        return Page(next=again, session=session)
