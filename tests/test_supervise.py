"""Child processes: started again ever more slowly, ended together, none left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from groundswell import supervise
from groundswell.supervise import Child, keep_running


def python(name: str, program: str) -> Child:
    return Child(name, (sys.executable, "-c", program))


def writes_its_pid(path: Path, then: str) -> str:
    """A program that adds a line to a file, then does something."""
    return (
        f"import os, signal, sys, time\n"
        f"open({str(path)!r}, 'a').write(f'{{os.getpid()}}\\n')\n{then}"
    )


def pids(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until_there(path: Path, count: int = 1) -> None:
    async with asyncio.timeout(30):
        while len(pids(path)) < count:
            await asyncio.sleep(0.02)


WAIT = "time.sleep(600)"


def test_a_child_that_falls_is_started_again_ever_more_slowly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    stop = asyncio.Event()

    async def no_pause(event: asyncio.Event, seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 8:
            event.set()
        return event.is_set()

    monkeypatch.setattr(supervise, "wait_for", no_pause)
    child = python("falls", "raise SystemExit(1)")
    assert asyncio.run(keep_running([child], stop)) == 0
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_child_that_ran_long_starts_with_a_short_pause_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def no_pause(event: asyncio.Event, seconds: float) -> bool:
        pauses.append(seconds)
        if len(pauses) == 3:
            event.set()
        return event.is_set()

    monkeypatch.setattr(supervise, "wait_for", no_pause)
    monkeypatch.setattr(supervise, "_STEADY_S", 0.0)
    asyncio.run(keep_running([python("falls", "raise SystemExit(1)")]))
    assert pauses == [1, 1, 1]


def test_wrong_use_ends_all(tmp_path: Path) -> None:
    alive = tmp_path / "alive"

    async def story() -> int:
        wrong = python(
            "wrong",
            f"import os, time\nwhile not os.path.exists({str(alive)!r}): time.sleep(.02)\n"
            "raise SystemExit(2)",
        )
        other = python("other", writes_its_pid(alive, WAIT))
        async with asyncio.timeout(30):
            return await keep_running([wrong, other])

    assert asyncio.run(story()) == 2
    (other,) = pids(alive)
    assert not is_alive(other)


def test_all_are_asked_to_end_and_the_deaf_are_made_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "_GRACE_S", 0.5)
    polite, deaf = tmp_path / "polite", tmp_path / "deaf"
    stop = asyncio.Event()
    ignores = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"

    async def story() -> int:
        children = [
            python("polite", writes_its_pid(polite, WAIT)),
            python("deaf", ignores + writes_its_pid(deaf, WAIT)),
        ]
        running = asyncio.create_task(keep_running(children, stop))
        await until_there(polite)
        await until_there(deaf)
        stop.set()
        async with asyncio.timeout(30):
            return await running

    assert asyncio.run(story()) == 0
    assert not any(map(is_alive, pids(polite) + pids(deaf)))


def test_the_end_is_given_the_whole_grace(tmp_path: Path) -> None:
    """A child that needs a moment for its last transaction gets it."""
    started, done = tmp_path / "started", tmp_path / "done"
    program = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        f"    time.sleep(0.3); open({str(done)!r}, 'w').write('1'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
    )
    stop = asyncio.Event()

    async def story() -> None:
        child = python("slow", program + writes_its_pid(started, WAIT))
        running = asyncio.create_task(keep_running([child], stop))
        await until_there(started)
        stop.set()
        await running

    asyncio.run(story())
    assert done.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all(tmp_path: Path, number: signal.Signals) -> None:
    alive = tmp_path / "alive"

    async def story() -> int:
        child = python("child", writes_its_pid(alive, WAIT))
        running = asyncio.create_task(keep_running([child]))
        await until_there(alive)
        os.kill(os.getpid(), number)
        async with asyncio.timeout(30):
            return await running

    assert asyncio.run(story()) == 0
    assert not any(map(is_alive, pids(alive)))


def test_no_child_outlives_a_supervisor_that_breaks_off(tmp_path: Path) -> None:
    alive = tmp_path / "alive"

    async def story() -> None:
        child = python("child", writes_its_pid(alive, WAIT))
        running = asyncio.create_task(keep_running([child]))
        await until_there(alive)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(story())
    assert not any(map(is_alive, pids(alive)))
