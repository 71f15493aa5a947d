"""A monitor on the simulated platforms: real collectors, driver, store and scorer over
loopback, with the world's own clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.day import START, WorldClock, config_text
from db import walks
from db.connection import Database
from groundswell import ingest
from groundswell.config.loading import parse
from groundswell.demo.faults import Faults
from groundswell.demo.server import Simulator, serve
from groundswell.demo.venues import Venue
from groundswell.demo.world import World
from groundswell.runtime import Runtime, open_runtime


@dataclass(slots=True)
class Desk:
    """What a test holds in its hands."""

    runtime: Runtime
    clock: WorldClock
    simulator: Simulator
    faults: Faults
    base: str

    async def work(self, *, walk: str | None = None, source: str | None = None) -> int:
        """Run what is due once, of one kind or source if named; how many walks."""
        due = [
            one
            for one in await self.runtime.store.run(walks.due, self.clock())
            if walk in {None, one.walk} and source in {None, one.source}
        ]
        for one in due:
            await ingest.run_walk(self.runtime, one)
        return len(due)

    async def rows(self, sql: str, *parameters: Any) -> list[Any]:  # noqa: ANN401
        """What a query finds; rows of one column as plain values."""

        def read(db: Database) -> list[Any]:
            found = db.conn.execute(sql, parameters).fetchall()
            return [row[0] if len(row) == 1 else row for row in found]

        return await self.runtime.store.run(read)


@asynccontextmanager
async def desk(
    folder: Path,
    *,
    only: Sequence[str] = ("social",),
    days: float = 1.0,
    changes: dict[str, Any] | None = None,
    venues: Sequence[Venue] = (),
) -> AsyncIterator[Desk]:
    """A monitor that watches some of the simulated sources, after `days` of history."""
    clock = WorldClock(START + timedelta(days=days))
    faults = Faults()
    channels = [venue.channel for venue in venues]
    world = World(3, START, days_of_history=days, channels=channels)
    simulator = Simulator(world, clock, faults, venues=venues)
    async with serve(simulator) as base:
        sources = [
            {**source, **(changes or {})}
            for source in simulator.sources(base)
            if source["slug"] in only
        ]
        text = config_text(sources, folder / "campaigns.db")
        env = simulator.venue_keys()
        async with open_runtime(parse(text, env), env, clock=clock) as runtime:
            runtime.driver.sleep = clock.sleep
            runtime.driver.limits = replace(runtime.driver.limits, response_s=2.0)
            runtime.idle_s = 0.3
            await ingest.sync(runtime)
            yield Desk(runtime, clock, simulator, faults, base)
