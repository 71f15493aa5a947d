"""Commands that run: serve, run, demo; and what a mistyped one is told."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import _processes
from tests.cli_folder import database, folder, problems, rows, run

__all__ = ["database", "folder"]  # fixtures


# serve, run, demo


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program holds."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield str(holder.getsockname()[1])


@pytest.mark.parametrize("command", ["serve", "run", "demo"])
def test_a_port_in_use_is_a_sentence(folder: Path, taken: str, command: str) -> None:
    told = run(command, "--port", taken)
    assert told.exit_code == 1
    (line,) = told.stderr.splitlines()
    assert taken in line
    assert "--port" in line


def test_run_is_refused_while_another_collects(folder: Path) -> None:
    from scheduler import only_one

    with only_one(folder / "data" / "campaigns.db"):
        told = run("run")
    assert told.exit_code == 1
    assert "already collects into" in told.stderr


@pytest.mark.parametrize("bad", [False, True])
def test_the_demo_touches_no_real_database(database: Path, bad: bool) -> None:
    if bad:
        database.write_bytes(b"Dear all, " * 999)
    before = database.read_bytes()
    told = run("demo", "--data", str(database.parent), "--port", free())
    assert told.exit_code == 1
    assert ("real data" in told.stderr) != bad
    assert database.read_bytes() == before


def free() -> str:
    return str(_processes.free_port())


@pytest.mark.slow
def test_a_demo_ends_by_itself_and_leaves_nothing_running(tmp_path: Path) -> None:
    mark = str(tmp_path)
    command = [sys.executable, "-m", "groundswell", "demo", "--for", "1s", "--days", "1",
               "--data", str(tmp_path / "demo"), "--port", free()]  # fmt: skip
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=_processes.ROOT,
        env={**os.environ, _processes.MARK: mark},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")
    assert "simulated" in done.stderr
    assert "Sign in as demo, with the password demo-demo-demo." in done.stderr
    assert _processes.marked(mark) == []
    found = tmp_path / "demo" / "campaigns.db"
    assert rows(found, "select count(*) from posts") > [(0,)]
    noted = rows(found, "select title, created_by from events")
    assert noted == [("Simulated: the second memo is published", "the demo")]
    assert problems(found) == []


def test_a_mistyped_command_names_the_ones_there_are(folder: Path) -> None:
    told = run("stauts")
    assert told.exit_code == 2
    assert "No such command 'stauts'" in told.stderr
