"""Log-in tokens between runs: kept by their owner alone, dropped with the settings."""

from __future__ import annotations

import asyncio
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.day import WorldClock, config_text
from collectors.base import Secret
from db import walks
from groundswell import ingest
from groundswell.config.loading import parse
from groundswell.demo.server import Simulator, serve
from groundswell.demo.world import World
from groundswell.runtime import open_runtime
from groundswell.sessions import SessionFile
from tests.conftest import NOW

TOKENS = {"access": Secret("let-me-in"), "refresh": Secret("again")}


def test_a_session_comes_back_for_the_same_settings(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "campaigns.db")
    file.save({"search": TOKENS}, {"search": "one"})
    (found,) = file.load({"search": "one"}).values()
    assert found["access"].reveal() == "let-me-in"
    assert file.load({"search": "two"}) == {}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    SessionFile(tmp_path / "campaigns.db").save({"search": TOKENS}, {})
    (path,) = tmp_path.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"search": 1}', '{"search": {}}'])
def test_a_damaged_file_is_no_session(tmp_path: Path, text: str) -> None:
    (tmp_path / "campaigns.db.sessions").write_text(text)
    assert SessionFile(tmp_path / "campaigns.db").load({"search": "one"}) == {}


def test_a_second_run_does_not_log_in_again(tmp_path: Path) -> None:
    async def play() -> list[str]:
        clock = WorldClock(NOW)
        world = World(3, NOW.replace(hour=0), days_of_history=0.5)
        simulator = Simulator(world, clock)
        async with serve(simulator) as base:
            text = config_text(
                [simulator.search_source(base)], tmp_path / "campaigns.db"
            )
            environment = simulator.environment()
            tokens = []
            for _ in range(2):
                config = parse(text, environment)
                async with open_runtime(config, environment, clock=clock) as runtime:
                    await ingest.sync(runtime)
                    (due, *_) = await runtime.store.run(walks.due, clock())
                    await ingest.run_walk(runtime, due)
                    assert (
                        await runtime.store.run(walks.last_error, due.source_id) is None
                    )
                    tokens.append(runtime.sessions["search"]["access"].reveal())
                clock.now += timedelta(minutes=10)
            return tokens

    first, second = asyncio.run(play())
    assert first == second
    assert first not in (tmp_path / "campaigns.db").read_bytes().decode("latin-1")
