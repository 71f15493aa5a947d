"""The database behind one thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from db.connection import Database

P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """The database behind one thread: writes come one after the other, and the event
    loop never waits for the disk."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")

    async def run(
        self,
        work: Callable[Concatenate[Database, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run `work(db, …)`. A cancelled caller leaves the transaction to finish."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._thread, lambda: work(self._db, *args, **kwargs)
        )

    def close(self) -> None:
        """Let the transaction in hand finish, then close the file."""
        self._thread.submit(self._db.close)
        self._thread.shutdown(wait=True)
