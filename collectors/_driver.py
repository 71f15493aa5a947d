"""The only loop that talks to the world over HTTP.

    collector.first ─▶ pace ─▶ exchange ─▶ redirects ─▶ parse ─▶ gather ─┐
                        ▲                                               │
                        └──────────────── page.next ◀───────────────────┘

A collector says what to ask and what an answer means; everything that can go wrong over
time is here. A walk never raises: it ends as a Batch with what came before the error.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Protocol, TypeVar

import httpx

from collectors._addresses import Resolve, is_loopback, resolve
from collectors._batch import Batch, Gathering, Limits, Outcome, fault
from collectors._http import build_client, exchange, redirected
from collectors._limits import (
    PATIENCE,
    Clock,
    Pacer,
    Sleep,
    backoff,
    clamp,
    error_for,
    pause_until,
)
from collectors._metering import Ledger, Meter
from collectors.base import (
    BadPayload,
    Collector,
    CollectorError,
    Explains,
    OverBudget,
    Pace,
    Page,
    Probe,
    Probes,
    Query,
    RateLimited,
    RequestCollector,
    Unavailable,
)

__all__ = ["Batch", "Driver", "Limits", "open_driver"]

PROBE_REQUESTS = 6
_AT_HOME = Pace(1000, 1.0)

T = TypeVar("T")


class ProbingCollector(Collector, Probes, Protocol):
    """A collector whose platform describes itself."""


@dataclass(kw_only=True)
class Driver:
    """One per process: its clients, each host's budget, and the limits of a walk.

    private_client: for sources with `settings["allow_private"]`; without it those are
    asked through `client`, which refuses private addresses. resolve: for websockets.
    cut_messages: those that streams have sent without their end, by hash. ledger: what
    metered platforms have cost so far; without one they are not asked at all.
    """

    client: httpx.AsyncClient
    clock: Clock
    private_client: httpx.AsyncClient | None = None
    pacer: Pacer = field(default_factory=Pacer)
    sleep: Sleep = asyncio.sleep
    rng: Random = field(default_factory=Random)
    limits: Limits = field(default_factory=Limits)
    resolve: Resolve = resolve
    cut_messages: set[int] = field(default_factory=set)
    ledger: Ledger | None = None

    async def collect(self, collector: RequestCollector, query: Query) -> Batch:
        """One walk. Never raises, but for cancellation."""
        return await _Walk(self, collector, query).run()

    async def probe(
        self, collector: ProbingCollector, settings: Mapping[str, Any]
    ) -> Probe:
        """What a source's own description tells, after at most six questions.

        Raises the tree of `base.py`.
        """
        line = Line(
            self,
            pace=collector.pace,
            private=_is_private(settings),
            meter=Meter(self.ledger, collector, settings),
        )
        try:
            return await self._probe(collector, settings, line)
        except CollectorError:
            raise
        except Exception as bug:
            raise fault(bug, collector.slug) from bug

    async def _probe(
        self, collector: ProbingCollector, settings: Mapping[str, Any], line: Line
    ) -> Probe:
        so_far: Probe | None = None

        def learn(response: httpx.Response) -> Probe:
            return collector.learn(response, settings, so_far)

        so_far = await line.ask(collector.probe(settings), learn)
        for _ in range(PROBE_REQUESTS - 1):
            if so_far.next is None:
                break
            so_far = await line.ask(so_far.next, learn)
        return replace(so_far, next=None)


@asynccontextmanager
async def open_driver(
    *, contact: str | None, clock: Clock, limits: Limits | None = None
) -> AsyncIterator[Driver]:
    """A driver with real clients, closed at the end."""
    async with AsyncExitStack() as stack:
        public = await stack.enter_async_context(build_client(contact=contact))
        private = await stack.enter_async_context(
            build_client(contact=contact, allow_private=True)
        )
        yield Driver(
            client=public,
            private_client=private,
            clock=clock,
            limits=limits or Limits(),
        )


def _is_private(settings: Mapping[str, Any]) -> bool:
    return settings.get("allow_private") is True


@dataclass
class Line:
    """One source's way to the world: pacing, retries, redirects; counts what it sent."""

    driver: Driver
    pace: Pace
    private: bool
    meter: Meter
    deadline: datetime | None = None
    requests: int = 0
    bytes: int = 0
    _waited: bool = False
    _read_again: bool = False

    async def ask(
        self, request: httpx.Request, read: Callable[[httpx.Response], T]
    ) -> T:
        """What `read` makes of the answer.

        Unavailable is tried again, with growing pauses; a pause of up to a minute that
        the host asks for is waited out once; a body that was cut is fetched again once.
        """
        failures = 0
        while True:
            response: httpx.Response | None = None
            try:
                response = await self._answer(request)
                return read(response)
            except Unavailable:
                failures += 1
                if failures > self.driver.limits.retries or self._late():
                    raise
                pause = backoff(failures, self.driver.rng)
                await self.driver.sleep(pause.total_seconds())
            except OverBudget:
                raise
            except RateLimited as error:
                if not self._may_wait(error, response, request):
                    raise
            except BadPayload:
                if self._read_again or response is None or not _is_cut(response):
                    raise
                self._read_again = True

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        driver, limits = self.driver, self.driver.limits
        client = driver.private_client if self.private else None
        for _ in range(limits.redirects + 1):
            host = host_of(request.url)
            await driver.pacer.wait(
                host,
                pace_for(request.url, self.pace),
                clock=driver.clock,
                sleep=driver.sleep,
            )
            async with self.meter.paid(request) as receipt:
                self.requests += 1
                response = await exchange(
                    client or driver.client,
                    request,
                    max_bytes=limits.bytes_per_response,
                    response_s=limits.response_s,
                )
                receipt.answered(response)
            self.bytes += len(response.content)
            until = pause_until(response, driver.clock())
            if until is not None:
                driver.pacer.hold(host, until)
            onward = redirected(request, response)
            if onward is None:
                return response
            request = onward
        raise BadPayload(f"{host} redirects more than {limits.redirects} times")

    def _may_wait(
        self, error: RateLimited, response: httpx.Response | None, asked: httpx.Request
    ) -> bool:
        """Whether to wait and try again; the pacer then does the waiting."""
        now = self.driver.clock()
        url = response.request.url if response is not None else asked.url
        until = error.retry_at or now + PATIENCE
        self.driver.pacer.hold(host_of(url), clamp(until, now))
        short = error.retry_at is not None and until - now <= PATIENCE
        if self._waited or not short or self._late():
            return False
        self._waited = True
        return True

    def _late(self) -> bool:
        return self.deadline is not None and self.driver.clock() >= self.deadline


def pace_for(url: httpx.URL, pace: Pace) -> Pace:
    """A platform's pace; a server on this very machine needs no politeness."""
    return _AT_HOME if is_loopback(url.host) else pace


def host_of(url: httpx.URL) -> str:
    """The key of a host's budget: its name, and its port where that is unusual."""
    return url.netloc.decode("ascii")


def _is_cut(response: httpx.Response) -> bool:
    """Whether a 200 looks like the first part of JSON or XML, the end of it missing."""
    ends = {b"{": b"}", b"[": b"]", b"<": b">"}
    body = response.content.strip()
    wanted = ends.get(body[:1])
    return response.status_code == 200 and wanted is not None and body[-1:] != wanted


class _Walk:
    """The state of one request walk."""

    def __init__(
        self, driver: Driver, collector: RequestCollector, query: Query
    ) -> None:
        now = driver.clock()
        self._driver = driver
        self._collector = collector
        self._query = query
        self._gathered = Gathering(query.walk, started_at=now)
        self._deadline = now + timedelta(seconds=driver.limits.seconds)
        self._line = Line(
            driver,
            pace=collector.pace,
            private=_is_private(query.settings),
            meter=Meter(driver.ledger, collector, query.settings),
            deadline=self._deadline,
        )
        self._asked: set[int] = set()

    async def run(self) -> Batch:
        error: CollectorError | None = None
        outcome: Outcome = "broken"
        try:
            outcome = await self._pages()
        except CollectorError as caught:
            error = caught
        except Exception as bug:  # noqa: BLE001 - a collector's fault must not end the daemon
            error = fault(bug, self._collector.slug)
        return self._gathered.batch(
            outcome,
            error,
            requests=self._line.requests,
            finished_at=self._driver.clock(),
        )

    async def _pages(self) -> Outcome:
        request: httpx.Request | None = self._collector.first(self._query)
        while request is not None:
            if self._is_full():
                return "capped"
            self._remember(request)
            page = await self._line.ask(request, self._read)
            self._gathered.add(page)
            if page.session is not None:
                settings = {**self._query.settings, "session": page.session}
                self._query = replace(self._query, settings=settings)
            request = page.next
        return "complete"

    def _read(self, response: httpx.Response) -> Page:
        if not response.is_success:
            page = self._explained(response)
            if page is not None:
                return page
            raise error_for(response, self._driver.clock()) or BadPayload("no answer")
        try:
            return self._collector.parse(response, self._query)
        except BadPayload:
            # Some platforms say what is wrong with a 200, in plain text or in JSON.
            page = self._explained(response)
            if page is None:
                raise
            return page

    def _explained(self, response: httpx.Response) -> Page | None:
        collector = self._collector
        if not isinstance(collector, Explains):
            return None
        return collector.explain(response, self._query)

    def _remember(self, request: httpx.Request) -> None:
        """Raises BadPayload for a request already made: an endless cursor.

        The headers count too: after a log-in the same page is asked with a new token.
        """
        headers = tuple(request.headers.raw)
        mark = hash((request.method, str(request.url), headers, request.content))
        if mark in self._asked:
            raise BadPayload(
                f"{request.url.host} repeats itself: the next page is one already read"
            )
        self._asked.add(mark)

    def _is_full(self) -> bool:
        limits = self._driver.limits
        return (
            self._gathered.pages >= min(limits.pages, self._collector.pace.pages)
            or self._line.bytes >= limits.bytes_per_walk
            or self._gathered.items >= limits.items
            or self._driver.clock() >= self._deadline
        )
