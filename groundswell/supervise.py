"""Child processes kept running: started together, restarted when they fall, ended
together within seconds."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

log = logging.getLogger("groundswell.supervise")

_GRACE_S = 10.0
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_STEADY_S = 60.0
_WRONG_USE = 2


@dataclass(frozen=True, slots=True)
class Child:
    """A program to keep running. environment: variables that it gets beside our own."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


async def keep_running(
    children: Sequence[Child], stop: asyncio.Event | None = None
) -> int:
    """Run the children until `stop` or a signal; one that ends is started again, ever
    more slowly.

    The exit code: 0, or 2 as soon as a child says that it was used wrongly, which no
    restart mends.
    """
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError, RuntimeError):
            loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_keep(child, stop)) for child in children]
    return max(task.result() for task in tasks)


async def _keep(child: Child, stop: asyncio.Event) -> int:
    pause = _FIRST_PAUSE_S
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        started = loop.time()
        # A session of its own: Ctrl-C reaches us alone, and we end the children in order.
        process = await asyncio.create_subprocess_exec(
            *child.command,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **child.environment},
        )
        try:
            await _until_ended(process, stop)
        finally:
            # Also where we are broken off: a session of its own would live on.
            if stop.is_set() or process.returncode is None:
                await end(process)
        if stop.is_set():
            return 0
        if process.returncode == _WRONG_USE:
            stop.set()
            return _WRONG_USE
        if loop.time() - started > _STEADY_S:
            pause = _FIRST_PAUSE_S
        log.warning(
            "%s ended (code %s); starting it again in %.0f s",
            child.name,
            process.returncode,
            pause,
        )
        await wait_for(stop, pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
    return 0


async def _until_ended(
    process: asyncio.subprocess.Process, stop: asyncio.Event
) -> None:
    waiting = {asyncio.create_task(process.wait()), asyncio.create_task(stop.wait())}
    _, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event came within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


async def end(process: asyncio.subprocess.Process) -> None:
    """Ask a process to end, and after the grace time make it."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_GRACE_S):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
