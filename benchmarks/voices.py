"""How well accounts are found to be one person's: precision and recall over all pairs of
accounts that were collected from the simulated platforms.

    ./run bench voices               two days of world time

The real collectors, driver and store run over loopback. Whose account is whose is the
simulator's truth (`World.who`); the people and what they show are made up, so recall says
how many of those pairs show a proof that is understood, and nothing about real people.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from benchmarks._figures import note
from benchmarks.day import START, WorldClock, config_text
from db import checks, walks
from db.connection import open_database
from groundswell import ingest
from groundswell.config.loading import parse
from groundswell.demo.server import Simulator, serve
from groundswell.demo.world import World
from groundswell.runtime import open_runtime

PRECISION, RECALL = 0.98, 0.8
_SOURCES = ("social", "union", "news", "jetstream", "search")
_STEP = timedelta(minutes=20)
_Pairs = set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs of collected accounts (uris in order). true: one person's, by the simulator.
    merged: one voice in the store. problems: what `groundswell check --store` says."""

    accounts: int
    true: _Pairs
    merged: _Pairs
    problems: list[str]

    @property
    def precision(self) -> float:
        """Of the pairs that were merged, the share that is one person's."""
        return len(self.true & self.merged) / len(self.merged)

    @property
    def recall(self) -> float:
        """Of the pairs that are one person's, the share that was merged."""
        return len(self.true & self.merged) / len(self.true)


def pairs(groups: Iterable[Iterable[str]]) -> _Pairs:
    """All pairs within groups."""
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def grouped(whose: Mapping[str, int]) -> list[list[str]]:
    """Accounts by their owner."""
    found: dict[int, list[str]] = {}
    for account, owner in whose.items():
        found.setdefault(owner, []).append(account)
    return list(found.values())


async def measure(folder: Path, *, seed: int = 3, days: float = 2.0) -> Found:
    """Collect everything, look at it again as far as that is due, and compare."""
    clock = WorldClock(START + timedelta(days=days))
    world = World(seed, START, days_of_history=days)
    simulator = Simulator(world, clock)
    async with serve(simulator) as base:
        sources = [*simulator.sources(base), simulator.search_source(base)]
        chosen = [source for source in sources if source["slug"] in _SOURCES]
        env = simulator.environment()
        config = parse(config_text(chosen, folder / "campaigns.db"), env)
        async with open_runtime(config, env, clock=clock) as runtime:
            runtime.driver.sleep = clock.sleep
            runtime.idle_s = 0.3
            await ingest.sync(runtime)
            end = clock.now + timedelta(hours=3)
            while clock.now < end:
                for walk in await runtime.store.run(walks.due, clock()):
                    await ingest.run_walk(runtime, walk)
                clock.now += _STEP
    return _compare(folder / "campaigns.db", world.who)


def _compare(path: Path, who: Mapping[str, int]) -> Found:
    db = open_database(path)
    rows = db.conn.execute("select uri, coalesce(voice, id) from authors").fetchall()
    stored = {uri: voice for uri, voice in rows if uri in who}
    true = {uri: who[uri] for uri in stored}
    found = Found(
        len(stored), pairs(grouped(true)), pairs(grouped(stored)), checks.problems(db)
    )
    db.close()
    return found


def main(days: float = 2.0, seeds: tuple[int, ...] = (3, 4, 5)) -> int:
    """Print the figures of some worlds; 1 where one is under its aim."""
    sound = True
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            found = asyncio.run(measure(Path(folder), seed=seed, days=days))
        of = f"world {seed}, {found.accounts} accounts"
        right, merged = len(found.true & found.merged), len(found.merged)
        note(
            f"voices' precision, {of}",
            f"{found.precision:.3f}: {right} of {merged} pairs",
            aim=f"at least {PRECISION}",
        )
        note(
            f"voices' recall, {of}",
            f"{found.recall:.3f}: {right} of {len(found.true)} pairs",
            aim=f"at least {RECALL}",
        )
        sound &= found.precision >= PRECISION and found.recall >= RECALL
        sound &= not found.problems
        print(*found.problems, sep="\n", end="")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
