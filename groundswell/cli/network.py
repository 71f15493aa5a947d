"""The commands' way to the network: a driver, opened when asked for."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.base import Collector, CollectorError, Post, Probe, Query, Rejected

_PATIENCE_S = 60.0


class Walked(Protocol):
    """What a walk gave, as far as `try` looks at it (collectors._batch.Batch)."""

    @property
    def posts(self) -> Sequence[Post]: ...
    @property
    def rejected(self) -> Sequence[Rejected]: ...
    @property
    def skipped(self) -> Mapping[str, int]: ...
    @property
    def requests(self) -> int: ...
    @property
    def outcome(self) -> Literal["complete", "capped", "broken"]: ...
    @property
    def error(self) -> CollectorError | None: ...


class Driver(Protocol):
    """What the commands ask of a driver (collectors._driver.Driver)."""

    async def probe(self, collector: Collector, settings: Mapping[str, Any]) -> Probe:
        """What a source says of itself. Raises CollectorError."""

    async def collect(self, collector: Collector, query: Query) -> Walked:
        """One walk over request and response."""

    async def drain(self, collector: Collector, query: Query) -> Walked:
        """One walk over a websocket."""


class _Network:
    """collectors._driver.Driver, with websockets beside it."""

    def __init__(self, driver: Any) -> None:  # noqa: ANN401 - see Driver
        self._driver = driver

    async def probe(self, collector: Collector, settings: Mapping[str, Any]) -> Probe:
        found: Probe = await self._driver.probe(collector, settings)
        return found

    async def collect(self, collector: Collector, query: Query) -> Walked:
        walked: Walked = await self._driver.collect(collector, query)
        return walked

    async def drain(self, collector: Collector, query: Query) -> Walked:
        from collectors._dialogue import converse
        from collectors._stream import drain
        from collectors.base import Answers, StreamCollector

        if not isinstance(collector, StreamCollector):
            raise TypeError(f"{collector.slug} does not read streams")
        walked: Walked
        if isinstance(collector, Answers):
            walked = await converse(self._driver, collector, query)
        else:
            walked = await drain(self._driver, collector, query)
        return walked


@contextlib.asynccontextmanager
async def open_driver(
    contact: str | None, pages: int, database: Path
) -> AsyncIterator[Driver]:
    """The real driver, for somebody who waits: few pages, a minute at most a walk.

    database: where requests that cost something are written down, before they are made.
    """
    from collectors._driver import Limits
    from collectors._driver import open_driver as open_real_driver
    from groundswell.clock import utcnow
    from groundswell.spending import LedgerFile

    limits = Limits(pages=pages, seconds=_PATIENCE_S)
    with contextlib.closing(LedgerFile(database, utcnow)) as ledger:
        async with open_real_driver(
            contact=contact, clock=utcnow, limits=limits
        ) as driver:
            driver.ledger = ledger
            yield _Network(driver)


async def walk_once(driver: Driver, collector: Collector, query: Query) -> Walked:
    """One walk, over whichever kind of connection the source's address asks for."""
    from collectors.base import has_websocket

    read = driver.drain if has_websocket(query.base_url) else driver.collect
    return await read(collector, query)
