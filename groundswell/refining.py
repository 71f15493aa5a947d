"""Posts get the fast engine's label at once, and the better one's when there is time.

    the newest ──────┐
                     ├─▶ a batch ─▶ a process apart ─▶ the store, roll-ups with it
    the most shared ─┘

`posts.scorer` says what was refined, so nothing is noted down: whoever is killed in the
middle loses the batch in hand, and finds it again.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar

from db import refining, rescoring
from db.connection import Database
from db.refining import Place, Window
from db.rescoring import StoredWords
from groundswell.runtime import Runtime
from groundswell.scoring import Scorer
from groundswell.workers import Apart

P = ParamSpec("P")
T = TypeVar("T")

BATCH = 64  # a quarter of a second of one processor
OLDEST = timedelta(days=30)
# Edited posts, and those that came late, lie where it has passed.
_AGAIN = timedelta(hours=1)
_IDLE = timedelta(minutes=10)
_TROUBLE = timedelta(minutes=10)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

log = logging.getLogger("groundswell.refining")


def rest_after(used_s: float, took_s: float, share: float) -> float:
    """How many seconds to rest after work that used so much of a processor's time and took
    so long: with the rest it is `share` of a processor at most."""
    return max(0.0, used_s / share - took_s)


@dataclass(slots=True)
class _Lane:
    """An order of posts and how far it was followed. restless: it begins at the top every
    time. until: nothing was left in it; when it is followed again."""

    read: Callable[[Database, str, datetime, Place | None], Window]
    restless: bool = False
    below: Place | None = None
    until: datetime = _LONG_AGO

    def go_on(self, below: Place | None, now: datetime) -> None:
        """What was seen holds nothing to refine: go below it."""
        if self.restless:
            return
        self.below = below
        if below is None:
            self.until = now + _AGAIN


class Refinement:
    """Refines one batch after the other; whoever calls rests in between."""

    def __init__(self, runtime: Runtime, refiner: Scorer) -> None:
        self._runtime = runtime
        self._refiner = refiner
        self._newest = _Lane(refining.newest, restless=True)
        self._older = _Lane(refining.newest)
        self._shared = _Lane(refining.most_shared)
        self._shared_next = False
        self._apart: Apart | None = None
        self._used_s = 0.0
        self._busy_at = self._waits_until = _LONG_AGO
        self._closed = False
        self.refined = 0

    @property
    def pid(self) -> int | None:
        """The number of the process that holds the engine; None: there is none now."""
        return self._apart.pid if self._apart else None

    async def step(self) -> float | None:
        """Look for a batch and refine it: how long to rest then, in seconds, so that the
        budget is kept. None: there is nothing to do now."""
        now = self._runtime.clock()
        if self._closed or now < self._waits_until:
            return None
        clock = asyncio.get_running_loop().time
        began, used_s = clock(), self._used_s
        try:
            if not await self._work(now):
                return None
        except Exception:
            if not self._closed:
                log.exception("posts could not be refined; again in ten minutes")
                self._end_process()
                self._waits_until = now + _TROUBLE
            return None
        share = self._runtime.config.monitor.refine_share
        return rest_after(self._used_s - used_s, clock() - began, share)

    async def _work(self, now: datetime) -> bool:
        """Whether there was, or may be, something to refine."""
        posts = await self._next(now)
        if posts:
            await self._refine(posts)
            self._busy_at = now
            return True
        if now - self._busy_at > _IDLE:
            self._end_process()  # the network takes some hundred megabytes
        return min(self._older.until, self._shared.until) <= now

    async def _next(self, now: datetime) -> list[StoredWords]:
        """By turns the newest and the most shared; [] where this look found none."""
        lanes = [self._newest, self._older]
        lanes.insert(0 if self._shared_next else 2, self._shared)
        self._shared_next = not self._shared_next
        scorer = self._runtime.scorer.name
        for lane in lanes:
            if now < lane.until:
                continue
            found = await self._stored(lane.read, scorer, now - OLDEST, lane.below)
            if found.posts:
                return found.posts[:BATCH]
            lane.go_on(found.below, now)
        return []

    async def _refine(self, posts: list[StoredWords]) -> None:
        if self._apart is None:
            self._apart = Apart(self._refiner)
        scores, used_s = await asyncio.to_thread(self._apart.score, posts)
        self._used_s += used_s
        await self._stored(
            rescoring.store_scores, list(zip(posts, scores, strict=True))
        )
        self.refined += len(posts)

    async def _stored(
        self,
        work: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **more: P.kwargs,
    ) -> T:
        """Do this in the store's thread; its processor time counts too."""

        def timed(db: Database) -> tuple[T, float]:
            began = time.thread_time()
            return work(db, *args, **more), time.thread_time() - began

        found, used_s = await self._runtime.store.run(timed)
        self._used_s += used_s
        return found

    def _end_process(self) -> None:
        if self._apart is not None:
            self._apart.close()
            self._apart = None

    def close(self) -> None:
        """End the process; what it has in hand will be found again."""
        self._closed = True
        self._end_process()
