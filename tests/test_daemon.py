"""The real daemon as a process, against the simulated platforms as another: how it ends,
and that there is one for a database."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks import _processes
from benchmarks._processes import Platforms
from benchmarks.day import config_text
from db import checks
from db.connection import open_database

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> Iterator[Platforms]:
    with _processes.platforms("--seed", "3", "--days", "0.5") as found:
        yield found


@pytest.fixture(autouse=True)
def _no_faults(world: Platforms) -> Iterator[None]:
    world.faults([])
    yield
    world.faults([])


def write_config(folder: Path, world: Platforms, *slugs: str) -> Path:
    sources = [one for one in world.sources if one["slug"] in slugs]
    assert len(sources) == len(slugs)
    config = folder / "groundswell.toml"
    config.write_text(config_text(sources, folder / "campaigns.db"), encoding="utf-8")
    return config


def until(happened: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def stored(folder: Path, table: str) -> int:
    return _processes.newest(folder / "campaigns.db", table)


def end_in_time(daemon: subprocess.Popen[bytes], folder: Path) -> None:
    """SIGTERM; ten seconds later it has ended well, and the database is sound."""
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(timeout=10) == 0
    with closing(open_database(folder / "campaigns.db")) as db:
        assert checks.problems(db) == []


def test_it_ends_on_sigterm_while_it_is_busy(tmp_path: Path, world: Platforms) -> None:
    config = write_config(tmp_path, world, "social", "union", "gazette", "wire")
    with _processes.started(_processes.daemon(config)) as daemon:
        until(lambda: stored(tmp_path, "runs"))
        end_in_time(daemon, tmp_path)
    assert stored(tmp_path, "posts")


def test_it_ends_on_sigterm_while_a_server_does_not_answer(
    tmp_path: Path, world: Platforms
) -> None:
    world.faults([{"source": "social", "kind": "hang"}])
    config = write_config(tmp_path, world, "social", "wire")
    before = asked(world, "social")
    with _processes.started(_processes.daemon(config)) as daemon:
        until(lambda: asked(world, "social") > before)
        until(lambda: stored(tmp_path, "runs"))
        end_in_time(daemon, tmp_path)


def asked(world: Platforms, source: str) -> int:
    told = _processes.fetch(f"{world.base}/control")["requests"]
    return int(told.get(source, 0))


def test_it_ends_on_sigterm_while_a_stream_is_open(
    tmp_path: Path, world: Platforms
) -> None:
    config = write_config(tmp_path, world, "jetstream")
    before = asked(world, "jetstream")
    with _processes.started(_processes.daemon(config)) as daemon:
        until(lambda: asked(world, "jetstream") > before)
        end_in_time(daemon, tmp_path)


def test_a_second_one_is_refused_and_says_which_process_is_there(
    tmp_path: Path, world: Platforms
) -> None:
    config = write_config(tmp_path, world, "wire")
    with _processes.started(_processes.daemon(config)) as daemon:
        until(lambda: (tmp_path / "campaigns.db.pid").exists())
        second = subprocess.run(
            _processes.daemon(config),
            capture_output=True,
            text=True,
            timeout=60,
            cwd=_processes.ROOT,
        )
        assert second.returncode == 1
        assert f"(process {daemon.pid})" in second.stderr
        assert "already collects" in second.stderr
        assert second.stdout == ""


def test_collect_once_brings_posts_and_ends(tmp_path: Path, world: Platforms) -> None:
    config = write_config(tmp_path, world, "wire", "gazette")
    told = collect(config)
    assert told.returncode == 0, told.stderr
    said = json.loads(told.stdout)
    assert said["posts_new"] == stored(tmp_path, "posts") > 0
    assert said["errors"] == {}


def test_collect_once_says_which_source_failed(
    tmp_path: Path, world: Platforms
) -> None:
    world.faults([{"source": "gazette", "kind": "html"}])
    config = write_config(tmp_path, world, "wire", "gazette")
    told = collect(config)
    assert told.returncode == 3
    said = json.loads(told.stdout)
    assert list(said["errors"]) == ["gazette"]
    assert said["posts_new"] > 0, "what the other brought is stored"


def test_collect_once_fails_where_all_do(tmp_path: Path, world: Platforms) -> None:
    world.faults([{"source": "gazette", "kind": "html"}])
    told = collect(write_config(tmp_path, world, "gazette"))
    assert told.returncode == 1


def collect(config: Path) -> subprocess.CompletedProcess[str]:
    command = [*_processes.daemon(config)[:-1], "--json"]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=_processes.ROOT
    )
