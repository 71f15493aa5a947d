"""The process that writes a download, as the server sees it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from groundswell.exports.writing import Order
from groundswell.web.desk import Job

_FAILED = "It could not be written; the server's log says why."


class Writer:
    """A running process. ended: it is over. wrong: the wish's field that cannot be met, and
    a sentence. too_many: the most posts, where there are more. All None where nothing is
    wrong; `job.problem` where it failed."""

    def __init__(self, job: Job, process: asyncio.subprocess.Process) -> None:
        self.job = job
        self.ended = False
        self.whole = False
        self.wrong: tuple[str, str] | None = None
        self.too_many: int | None = None
        self._process = process
        self._ending = False
        self._changed = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())

    @classmethod
    async def start(cls, job: Job, order: Order) -> Writer:
        """A process for the order, whose own temporary files lie in the job's folder."""
        folder = str(job.folder)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "groundswell.exports.writing",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": folder, "SQLITE_TMPDIR": folder},
        )
        writer = cls(job, process)
        assert process.stdin is not None  # noqa: S101 - for the type checker
        process.stdin.write(order.as_line())
        process.stdin.close()
        return writer

    async def changes(self) -> None:
        """Waits until it told something, or ended."""
        await self._changed.wait()
        self._changed.clear()

    async def end(self) -> None:
        """It ends now, whatever it does."""
        self._ending = True
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker
        async for line in self._process.stdout:
            self._heed(json.loads(line))
            self._changed.set()
        await self._process.wait()
        told = self.whole or self.wrong or self.too_many or self.job.problem
        if not told and not self._ending:
            self.job.problem = _FAILED
        self.job.writing = False
        self.ended = True
        self._changed.set()

    def _heed(self, told: Mapping[str, Any]) -> None:
        job = self.job
        if "posts" in told:
            job.posts, job.done, job.state = told["posts"], told["done"], "writing"
        elif "wrong" in told:
            self.wrong = (told["wrong"][0], told["wrong"][1])
        elif "too_many" in told:
            self.too_many = told["too_many"]
        elif "failed" in told:
            job.problem = told["failed"]
        else:
            self.whole = True
            job.fingerprint, job.size = told["fingerprint"], job.file.stat().st_size
