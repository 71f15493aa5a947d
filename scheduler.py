"""When which job runs: APScheduler ticks, the database says what is due.

Next-due times live in the database, so a restart resumes where the last run stopped, and
the scheduler holds no state but what is under way right now.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from collections import Counter
from collections.abc import Coroutine
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from filelock import FileLock, Timeout

from collectors import is_stream
from db import checks, deliveries, labels, reports, walks
from db.connection import StoreError
from db.records import DueWalk
from groundswell import alerting, delivering, ingest, reporting
from groundswell.alerts.watching import Watching
from groundswell.clock import utcnow
from groundswell.refining import Refinement
from groundswell.runtime import Runtime

log = logging.getLogger("groundswell.scheduler")

_AT_ONCE = 16
_AT_ONCE_ON_HOST = 2
_TICK_S = 5
_FOLLOW_S = 30.0
_REFINE_S = 15
_CANCEL_S = 5.0
_FIRST_LOOK = timedelta(seconds=30)
_STORE_TROUBLE = timedelta(minutes=1)

Key = tuple[int, int, str]


class AlreadyRunning(Exception):
    """Another daemon collects into this database."""


@dataclass(slots=True)
class Tally:
    """What a tick or a run brought. failed: sources whose walk broke."""

    walks: int = 0
    seen: int = 0
    new: int = 0
    failed: set[str] = field(default_factory=set)
    errors: dict[str, str] = field(default_factory=dict)


class Daemon:
    """Collects what is due until it is told to stop."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        tick_s: float = _TICK_S,
        follow_s: float = _FOLLOW_S,
        refine_s: float = _REFINE_S,
    ) -> None:
        self._runtime = runtime
        self._tick_s = tick_s
        self._follow_s = follow_s
        self._refine_s = refine_s
        self._under_way: dict[Key, asyncio.Task[None]] = {}
        self._hosts: Counter[str] = Counter()
        self._choosing = asyncio.Lock()
        self._ticks: set[asyncio.Future[None]] = set()
        self._stop = asyncio.Event()
        self._watching = Watching(runtime.clock())
        self._refinement = (
            Refinement(runtime, runtime.refiner) if runtime.refiner else None
        )
        self.tally = Tally()

    async def run(self) -> None:
        """Work until `stop` or a signal; what is in hand is stored before it returns."""
        self._listen_for_signals()
        await ingest.sync(self._runtime)
        await self._runtime.store.run(deliveries.recover)
        await self._runtime.store.run(reports.recover)
        scheduler = self._scheduler()
        scheduler.start()
        try:
            await self._tick()
            await self._stop.wait()
        finally:
            scheduler.shutdown(wait=False)
            await self._finish()

    def stop(self) -> None:
        """Ask the daemon to end."""
        self._stop.set()

    def _scheduler(self) -> AsyncIOScheduler:
        # misfire_grace_time defaults to one second: a late tick would be dropped with
        # nothing but a warning (style.md section 6).
        # A tick that comes while one is still choosing is dropped by design, and no news.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = AsyncIOScheduler(
            timezone="UTC",
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": 300,
            },
        )
        scheduler.add_job(self._tick, "interval", seconds=self._tick_s, id="tick")
        scheduler.add_job(self._darken, "interval", minutes=5, id="darken")
        scheduler.add_job(self._tidy, "interval", hours=1, id="tidy")
        scheduler.add_job(self._alert, "interval", minutes=1, id="alert")
        soon = utcnow() + _FIRST_LOOK  # by then the sources were asked once
        scheduler.add_job(
            self._look, "interval", minutes=5, id="look", next_run_time=soon
        )
        scheduler.add_job(self._refine, "interval", seconds=self._refine_s, id="refine")
        scheduler.add_job(self._write_reports, "interval", minutes=1, id="reports")
        scheduler.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        return scheduler

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(name, self.stop)

    async def _tick(self) -> None:
        """Start what is due and not under way; a walk that outlasts its interval goes on
        and is not started twice."""
        async with self._choosing:
            for walk in await self._due():
                if self._stop.is_set():
                    return
                if _key(walk) not in self._under_way and not self._is_busy(walk):
                    self._start(walk)

    async def _due(self) -> list[DueWalk]:
        """What is due; nothing while the database cannot be read, for the next tick will
        ask again."""
        try:
            return await self._runtime.store.run(walks.due, self._runtime.clock())
        except Exception as error:
            log.exception("the database cannot be read")
            self.tally.errors["database"] = str(error)
            return []

    def _is_busy(self, walk: DueWalk) -> bool:
        # An open stream neither takes a place nor waits for one: it may stay for days.
        if _is_stream(walk):
            return False
        full = self._hosts.total() >= _AT_ONCE
        return full or self._hosts[_host(walk)] >= _AT_ONCE_ON_HOST

    def _start(self, walk: DueWalk) -> None:
        stays = _is_stream(walk)
        work = self._follow(walk) if stays else self._walk(walk)
        task = asyncio.create_task(self._guarded(walk, work))
        self._under_way[_key(walk)] = task
        if not stays:
            self._hosts[_host(walk)] += 1
        task.add_done_callback(lambda _: self._ended(walk, stays=stays))

    def _ended(self, walk: DueWalk, *, stays: bool) -> None:
        self._under_way.pop(_key(walk), None)
        if not stays:
            self._hosts[_host(walk)] -= 1
            self._next_in_line()

    def _next_in_line(self) -> None:
        """A place is free: fill it now, not at the next tick."""
        if not self._stop.is_set():
            tick = asyncio.ensure_future(self._tick())
            self._ticks.add(tick)
            tick.add_done_callback(self._ticks.discard)

    async def _guarded(self, walk: DueWalk, work: Coroutine[Any, Any, None]) -> None:
        """No single walk ends the daemon; a database in trouble is left alone a while."""
        try:
            await work
        except StoreError as error:
            log.error("store: %s", error)  # noqa: TRY400 - the sentence is the message
            self.tally.errors["database"] = str(error)
            await asyncio.sleep(_STORE_TROUBLE.total_seconds())
        except Exception as error:
            log.exception("source=%s walk=%s", walk.source, walk.walk)
            self.tally.errors[walk.source] = f"{type(error).__name__}: {error}"
            self.tally.failed.add(walk.source)
            await self._put_off(walk)

    async def _put_off(self, walk: DueWalk) -> None:
        later = self._runtime.clock() + _STORE_TROUBLE
        try:
            await self._runtime.store.run(walks.put_off, [walk], later)
        except Exception:
            log.exception("source=%s walk=%s cannot be put off", walk.source, walk.walk)

    async def _walk(self, walk: DueWalk) -> None:
        stored = await ingest.run_walk(self._runtime, walk)
        if stored is not None:
            self._count(walk, stored.seen, stored.new)
            await self._tell_trouble(walk)

    async def _follow(self, walk: DueWalk) -> None:
        stretches = ingest.follow(self._runtime, walk, every_s=self._follow_s)
        async with aclosing(stretches):
            async for stored in stretches:
                self._count(walk, stored.seen, stored.new)
                await self._tell_trouble(walk)

    async def _tell_trouble(self, walk: DueWalk) -> None:
        """Say once that a source fails, and once that it is well again."""
        error = await self._runtime.store.run(walks.last_error, walk.source_id)
        before = self.tally.errors.get(walk.source)
        if error and error != before:
            log.warning("%s: %s", walk.source, error)
            self.tally.errors[walk.source] = error
            self.tally.failed.add(walk.source)
        elif before and not error:
            log.warning("%s: well again", walk.source)
            del self.tally.errors[walk.source]
            self.tally.failed.discard(walk.source)

    def _count(self, walk: DueWalk, seen: int, new: int) -> None:
        self.tally.walks += 1
        self.tally.seen += seen
        self.tally.new += new
        log.info("source=%s walk=%s seen=%d new=%d", walk.source, walk.walk, seen, new)

    async def _darken(self) -> None:
        await ingest.darken_parked(self._runtime)

    async def _alert(self) -> None:
        """Judge what came; a mistake there must not keep the posts from being collected."""
        try:
            await alerting.follow(self._runtime, self._watching)
            await delivering.deliver(self._runtime)
        except Exception:
            log.exception("alerts could not be looked for or sent")

    async def _look(self) -> None:
        """Hold the last hours against the rules; here too no mistake gets out."""
        try:
            await alerting.look(self._runtime)
        except Exception:
            log.exception("the last hours could not be looked at for alerts")

    async def _refine(self) -> None:
        """Refine batch after batch, with the rests that the budget asks for, until nothing
        is left."""
        while self._refinement and (rest := await self._refinement.step()) is not None:
            await asyncio.sleep(rest)

    async def _write_reports(self) -> None:
        """Make and send what is due; a mistake there must not end the collecting."""
        try:
            await reporting.follow(self._runtime)
        except Exception:
            log.exception("reports could not be made or sent")

    async def _tidy(self) -> None:
        await self._runtime.store.run(checks.tidy_if_due, self._runtime.clock())
        await ingest.keep_duties(self._runtime)
        await self._runtime.store.run(
            labels.draw_daily,
            labels.DAILY,
            labels.SAMPLED,
            self._runtime.clock(),
            random.SystemRandom(),
        )

    async def _finish(self) -> None:
        """Stop reading; a transaction that has begun is finished by the store's thread."""
        if self._refinement:
            self._refinement.close()
        tasks = [*self._under_way.values(), *self._ticks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_CANCEL_S)


async def run_once(runtime: Runtime) -> Tally:
    """Walk everything that is due now, once, and say what it brought."""
    await ingest.sync(runtime)
    tally = Tally()
    due = await runtime.store.run(walks.due, runtime.clock())
    by_host: dict[str, list[DueWalk]] = {}
    for walk in due:
        by_host.setdefault(_host(walk), []).append(walk)
    await asyncio.gather(
        *(_one_host(runtime, group, tally) for group in by_host.values())
    )
    return tally


async def _one_host(runtime: Runtime, group: list[DueWalk], tally: Tally) -> None:
    """One walk after the other; a source that fails is left alone until the next time."""
    for walk in group:
        if walk.source in tally.failed:
            continue
        try:
            await _one_walk(runtime, walk, tally)
        except StoreError:
            raise
        except (
            Exception
        ) as error:  # a fault in one walk must not cost what others bring
            log.exception("source=%s walk=%s", walk.source, walk.walk)
            tally.failed.add(walk.source)
            tally.errors[walk.source] = f"{type(error).__name__}: {error}"


async def _one_walk(runtime: Runtime, walk: DueWalk, tally: Tally) -> None:
    stored = await ingest.run_walk(runtime, walk)
    if stored is not None:
        tally.walks += 1
        tally.seen += stored.seen
        tally.new += stored.new
    error = await runtime.store.run(walks.last_error, walk.source_id)
    if error:
        tally.failed.add(walk.source)
        tally.errors[walk.source] = error
        await ingest.darken(runtime, walk, error)


def _key(walk: DueWalk) -> Key:
    return (walk.source_id, walk.term_id, walk.walk)


def _host(walk: DueWalk) -> str:
    return urlsplit(walk.base_url).netloc


def _is_stream(walk: DueWalk) -> bool:
    return walk.walk == "forward" and is_stream(walk.platform, walk.base_url)


def _report(event: JobExecutionEvent) -> None:
    problem = getattr(event, "exception", None) or "missed"
    log.error("job=%s problem=%s", event.job_id, problem)


def only_one(database: Path) -> FileLock:
    """The lock that keeps a second daemon from this database, held until released.

    Raises AlreadyRunning with the process that holds it.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    holder = Path(f"{database}.pid")
    lock = FileLock(f"{database}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        with suppress(OSError):
            pid = holder.read_text().strip()
            raise AlreadyRunning(_refusal(database, f" (process {pid})")) from None
        raise AlreadyRunning(_refusal(database, "")) from None
    holder.write_text(f"{os.getpid()}\n")
    return lock


def _refusal(database: Path, which: str) -> str:
    return (
        f"another Groundswell{which} already collects into {database}; "
        "stop it first, or name another database"
    )
