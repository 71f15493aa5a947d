"""A monitor in a simulated world without sockets: what `simalarms` drives.

The simulated platforms, their real collectors, the driver, ingest, scoring, the store and
the alerts, in one process: requests go to the platforms' ASGI application instead of a
socket, and the store does without its thread. The clock is passed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import httpx

from benchmarks.day import WorldClock
from db import walks
from db.connection import Database, open_database
from groundswell import alerting, ingest
from groundswell.alerts.watching import Watching
from groundswell.config.loading import parse
from groundswell.demo.server import Simulator
from groundswell.demo.venues import Venue, venues
from groundswell.demo.world import Spike, World
from groundswell.runtime import Runtime, open_runtime
from groundswell.store_thread import Store

P = ParamSpec("P")
T = TypeVar("T")

START = datetime(2026, 3, 2, tzinfo=UTC)
TERM = "LabourLeaks"
SOURCES = ("social", "search", "misskey")
_FIRST_PORT = 20_000
# Of the world's posts of the campaign those that carry the term and are by people of one
# network: what a platform's series has of them (measured on the world itself).
SHARE = 0.36


class Here:
    """The store without its thread."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def run(
        self,
        work: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work(db, …)` now."""
        return work(self._db, *args, **kwargs)


@dataclass(slots=True)
class Monitor:
    """A running monitor and the world that it watches."""

    runtime: Runtime
    clock: WorldClock
    simulator: Simulator
    watching: Watching

    async def walk(self, kinds: Sequence[str]) -> None:
        """Run what is due of these kinds."""
        for walk in await self.runtime.store.run(walks.due, self.clock()):
            if walk.walk in kinds:
                await ingest.run_walk(self.runtime, walk)

    async def judge(self, *, look: bool = True) -> None:
        """What the scheduler does for alerts: every minute, and every five."""
        await alerting.follow(self.runtime, self.watching)
        if look:
            await alerting.look(self.runtime)

    async def rows(self, sql: str) -> list[Any]:
        """What a query finds."""
        return await self.runtime.store.run(lambda db: db.conn.execute(sql).fetchall())


def world(
    rate: float, bursts: Sequence[Spike] = (), *, start: datetime = START
) -> World:
    """A quiet world in which a platform has `rate` posts of the term in five minutes, over
    the mean of weekdays; and these bursts."""
    return World(
        11,
        start,
        days_of_history=0,
        posts_per_day=rate * 288 / SHARE,
        live_per_minute=None,
        channels=[_misskey(rate).channel],
        bursts=bursts,
    )


def _misskey(rate: float) -> Venue:
    venue = next(one for one in venues() if one.channel.slug == "misskey")
    # Of its items four in five carry a tag of the campaign's, most of them the term.
    channel = replace(venue.channel, per_day=rate * 288 / 0.58)
    return replace(venue, channel=channel)


@asynccontextmanager
async def monitor(
    database: Path,
    shown: World,
    rate: float,
    now: datetime,
    every: str | None,
) -> AsyncIterator[Monitor]:
    """A monitor that begins now, or goes on with the database that is there. every: the
    sources' interval; None: it follows the rate, as by default."""
    clock = WorldClock(now)
    simulator = Simulator(shown, clock, venues=[_misskey(rate)])
    hosts = simulator.hosts
    simulator.ports = {host: _FIRST_PORT + n for n, host in enumerate(hosts)}
    base = f"http://127.0.0.1:{_FIRST_PORT - 1}"
    env = simulator.environment()
    own = [*simulator.sources(base), simulator.search_source(base)]
    text = _config([one for one in own if one["slug"] in SOURCES], database, every)
    transport = httpx.ASGITransport(simulator.app)
    async with (
        open_runtime(parse(text, env), env, clock=clock) as runtime,
        httpx.AsyncClient(transport=transport) as client,
    ):
        runtime.driver.private_client = client
        runtime.driver.sleep = clock.sleep
        threaded, here = runtime.store, open_database(database)
        runtime.store = cast("Store", Here(here))
        await ingest.sync(runtime)
        yield Monitor(runtime, clock, simulator, Watching(now))
        here.close()
        runtime.store = threaded


def _config(
    sources: Sequence[dict[str, object]], database: Path, every: str | None
) -> str:
    lines = [
        "[monitor]",
        f"database = {json.dumps(str(database))}",
        'refine = "off"',
        "[[campaign]]",
        'slug = "term"',
        'title = "A term"',
        f"hashtags = {json.dumps([TERM])}",
    ]
    for source in sources:
        lines.append("[[source]]")
        own = {**source, **({"every": every} if every else {})}
        lines += [f"{name} = {json.dumps(value)}" for name, value in own.items()]
    return "\n".join(lines) + "\n"


async def catch_up(one: Monitor, until: datetime, step: timedelta) -> None:
    """Live quickly through what lies before: forward walks alone, in large steps, from
    which detectors learn later."""
    while one.clock() < until:
        one.clock.now += step
        await one.walk(("forward",))


def hushed() -> None:
    """Alerts are logged as warnings; here they are counted."""
    logging.getLogger("groundswell").setLevel(logging.CRITICAL)
    logging.getLogger("httpx").setLevel(logging.WARNING)
