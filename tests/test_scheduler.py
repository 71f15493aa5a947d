"""The daemon: what is started when, what happens when things go wrong, and how it ends."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import scheduler
from collectors.base import Term
from db import store, walks, watchlist
from db.connection import StoreError, open_database
from db.records import DueWalk, Stored
from db.times import to_text
from db.watchlist import WatchedCampaign, WatchedSource
from groundswell import ingest
from groundswell.runtime import Store
from scheduler import AlreadyRunning, Daemon, only_one, run_once
from tests.conftest import NOW
from tests.making import make_record

Work = Callable[[DueWalk], Coroutine[Any, Any, Stored | None]]


class Monitor:
    """What the daemon needs of a Runtime: a real database, a clock that tests move, and
    walks that do what a test wants."""

    def __init__(self, database: Path) -> None:
        self.store = Store(open_database(database))
        self.refiner = None
        self.now = NOW
        self.started: list[str] = []
        self.open = 0
        self.most_open = 0
        self.release = asyncio.Event()
        self.work: Work = self.wait

    def clock(self) -> datetime:
        return self.now

    async def add(self, slug: str, base_url: str, *, late_s: int = 0) -> None:
        """A source with one forward walk, due since so many seconds."""
        await self.store.run(_add, slug, base_url, self.now - timedelta(seconds=late_s))

    async def run_walk(self, _: object, due: DueWalk) -> Stored | None:
        self.started.append(due.source)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            return await self.work(due)
        finally:
            self.open -= 1

    async def follow(
        self, _: object, due: DueWalk, *, every_s: float
    ) -> AsyncIterator[Stored]:
        self.started.append(due.source)
        await self.release.wait()
        yield Stored(1, 0, 0, 0)

    async def wait(self, due: DueWalk) -> Stored | None:
        """Go on until released; then be due again in five minutes."""
        await self.release.wait()
        return await self.done(due)

    async def done(self, due: DueWalk) -> Stored | None:
        record = make_record(
            source_id=due.source_id, term_id=due.term_id, at=self.now, checkpoint="200"
        )
        return await self.store.run(store.record_walk, record)


def _add(db: Any, slug: str, base_url: str, due_at: datetime) -> None:  # noqa: ANN401
    known = db.conn.execute(
        "select slug, platform, base_url, settings_hash from sources"
    ).fetchall()
    campaign = WatchedCampaign(
        "one", "One", None, None, None, (Term("hashtag", "One"),)
    )
    sources = [WatchedSource(*row) for row in known]
    sources.append(WatchedSource(slug, "mastodon", base_url, ""))
    watchlist.sync(db, [campaign], sources, due_at)
    source_id = watchlist.source_ids(db)[slug]
    walks.plan(db, source_id, {(1, "forward"): timedelta(minutes=5)}, due_at)


Story = Callable[[Monitor, Daemon], Coroutine[Any, Any, None]]


def play(folder: Path, monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
    """Give a test its monitor; the daemon does not tick by itself."""

    async def go() -> None:
        monitor = Monitor(folder / "campaigns.db")
        monkeypatch.setattr(ingest, "run_walk", monitor.run_walk)
        monkeypatch.setattr(ingest, "follow", monitor.follow)
        monkeypatch.setattr(ingest, "sync", _nothing)
        daemon = Daemon(monitor)  # type: ignore[arg-type]
        try:
            await story(monitor, daemon)
        finally:
            daemon.stop()
            await daemon._finish()
            monitor.store.close()

    asyncio.run(go())


async def _nothing(*_: object) -> None:
    return None


async def settle(daemon: Daemon) -> None:
    """Let everything that can go on go on."""
    for _ in range(200):
        await asyncio.sleep(0)
    while daemon._ticks:
        await asyncio.gather(*daemon._ticks)


async def due_at(monitor: Monitor) -> dict[str, str]:
    def read(db: Any) -> dict[str, str]:  # noqa: ANN401
        return dict(
            db.conn.execute(
                "select slug, w.next_due_at from walks w join sources s on s.id = source_id"
            ).fetchall()
        )

    return await monitor.store.run(read)


# What is started when


def test_a_walk_that_outlasts_its_interval_is_not_started_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        await monitor.add("slow", "https://a.example")
        for _ in range(4):
            await daemon._tick()
            await settle(daemon)
            monitor.now += timedelta(hours=1)
        assert monitor.started == ["slow"]
        monitor.release.set()
        await settle(daemon)
        await asyncio.gather(*daemon._under_way.values())
        monitor.now += timedelta(hours=1)
        await daemon._tick()
        await settle(daemon)
        assert monitor.started == ["slow", "slow"]

    play(tmp_path, monkeypatch, story)


def test_what_has_waited_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        for late_s, slug in [(10, "b"), (1, "c"), (3600, "a"), (-5, "not-yet")]:
            await monitor.add(slug, f"https://{slug}.example", late_s=late_s)
        await daemon._tick()
        await settle(daemon)
        assert monitor.started == ["a", "b", "c"]

    play(tmp_path, monkeypatch, story)


def test_a_host_is_read_by_two_walks_at_once_and_the_third_follows_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        for number in range(5):
            await monitor.add(f"f{number}", f"https://a.example/feeds/{number}")
        await monitor.add("other", "https://b.example")
        await daemon._tick()
        await settle(daemon)
        assert sorted(monitor.started) == ["f0", "f1", "other"]
        monitor.release.set()
        for _ in range(20):
            if tasks := list(daemon._under_way.values()):
                await asyncio.gather(*tasks)
            await settle(daemon)
        assert len(monitor.started) == 6, "no tick came but those of free places"
        assert monitor.most_open == 3

    play(tmp_path, monkeypatch, story)


def test_a_stream_neither_takes_a_place_nor_waits_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        await monitor.add("s0", "wss://a.example", late_s=9)
        await monitor.add("s1", "wss://a.example/2", late_s=8)
        await monitor.add("s2", "wss://a.example/3", late_s=7)
        for number in range(3):
            await monitor.add(f"f{number}", f"https://a.example/{number}", late_s=5)
        await monitor.add("s3", "wss://a.example/4", late_s=1)
        await daemon._tick()
        await settle(daemon)
        assert monitor.started[:3] == ["s0", "s1", "s2"]
        assert sorted(monitor.started[3:]) == ["f0", "f1", "s3"]

    play(tmp_path, monkeypatch, story)


def test_no_more_than_sixteen_walks_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        for number in range(20):
            await monitor.add(f"s{number}", f"https://s{number}.example")
        await daemon._tick()
        await settle(daemon)
        assert len(monitor.started) == 16

    play(tmp_path, monkeypatch, story)


def test_open_streams_leave_the_places_to_the_walks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        for number in range(16):
            await monitor.add(f"s{number}", f"wss://s{number}.example", late_s=9)
        await monitor.add("walk", "https://a.example", late_s=1)
        await daemon._tick()
        await settle(daemon)
        assert "walk" in monitor.started

    play(tmp_path, monkeypatch, story)


def test_a_restart_goes_on_from_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def first(monitor: Monitor, daemon: Daemon) -> None:
        monitor.work = monitor.done
        await monitor.add("a", "https://a.example", late_s=60)
        await daemon._tick()
        await settle(daemon)
        await asyncio.gather(*daemon._under_way.values())

    async def second(monitor: Monitor, daemon: Daemon) -> None:
        later = NOW + timedelta(minutes=5)
        assert await due_at(monitor) == {"a": to_text(later)}
        await daemon._tick()
        await settle(daemon)
        assert monitor.started == [], "it is not due yet"
        monitor.now = later
        (due,) = await monitor.store.run(walks.due, later)
        assert due.checkpoint == "200"
        await daemon._tick()
        await settle(daemon)
        assert monitor.started == ["a"]

    play(tmp_path, monkeypatch, first)
    play(tmp_path, monkeypatch, second)


# When things go wrong


def test_a_fault_in_one_walk_ends_neither_the_daemon_nor_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        async def work(due: DueWalk) -> Stored | None:
            if due.source == "bad":
                raise KeyError("a bug")
            return await monitor.done(due)

        monitor.work = work
        await monitor.add("bad", "https://a.example", late_s=9)
        await monitor.add("good", "https://b.example", late_s=1)
        await daemon._tick()
        await settle(daemon)
        await asyncio.gather(*daemon._under_way.values())
        await settle(daemon)
        assert monitor.started == ["bad", "good"]
        assert daemon.tally.failed == {"bad"}
        assert daemon.tally.new == 0
        assert (await due_at(monitor))["bad"] == to_text(NOW + timedelta(minutes=1))

    play(tmp_path, monkeypatch, story)


@pytest.mark.parametrize("where", ["walk", "put_off", "due"])
def test_a_database_in_trouble_is_survived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        monkeypatch.setattr(scheduler, "_STORE_TROUBLE", timedelta(0))
        trouble = [StoreError("the disk is full")]

        def full(*_: object) -> Any:  # noqa: ANN401
            raise trouble[0]

        async def work(due: DueWalk) -> Stored | None:
            if trouble and where != "due":
                raise trouble[0] if where == "walk" else RuntimeError("a bug")
            return await monitor.done(due)

        monitor.work = work
        await monitor.add("a", "https://a.example")
        if where != "walk":
            monkeypatch.setattr(walks, where, full)
        await daemon._tick()
        await settle(daemon)
        await asyncio.gather(*daemon._under_way.values(), *daemon._ticks)
        assert daemon.tally.errors
        monkeypatch.undo()
        monkeypatch.setattr(ingest, "run_walk", monitor.run_walk)
        trouble.clear()
        monitor.started.clear()
        await daemon._tick()
        await settle(daemon)
        await asyncio.gather(*daemon._under_way.values())
        assert monitor.started == ["a"]
        assert (await due_at(monitor))["a"] == to_text(NOW + timedelta(minutes=5))

    play(tmp_path, monkeypatch, story)


def test_one_fault_does_not_cost_collect_what_the_others_bring(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        async def work(due: DueWalk) -> Stored | None:
            if due.source == "bad":
                raise KeyError("a bug")
            await monitor.done(due)
            return Stored(1, 3, 2, 0)

        monitor.work = work
        await monitor.add("bad", "https://a.example", late_s=9)
        await monitor.add("good", "https://a.example/2", late_s=1)
        tally = await run_once(monitor)  # type: ignore[arg-type]
        assert (tally.seen, tally.new) == (3, 2)
        assert tally.failed == {"bad"}
        assert "a bug" in tally.errors["bad"]

    play(tmp_path, monkeypatch, story)


def test_the_daemon_stores_what_is_in_hand_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(monitor: Monitor, daemon: Daemon) -> None:
        await monitor.add("a", "https://a.example")
        monitor.work = monitor.done
        running = asyncio.create_task(daemon.run())
        while not monitor.started:
            await asyncio.sleep(0)
        daemon.stop()
        async with asyncio.timeout(10):
            await running
        assert daemon._under_way == {}

    play(tmp_path, monkeypatch, story)


# One daemon for one database


def test_the_second_on_a_database_is_refused_until_the_first_lets_go(
    tmp_path: Path,
) -> None:
    database = tmp_path / "new" / "campaigns.db"
    with only_one(database):
        with pytest.raises(AlreadyRunning) as caught:
            only_one(database)
        assert f"process {os.getpid()}" in str(caught.value)
        assert str(database) in str(caught.value)
    only_one(database).release()
