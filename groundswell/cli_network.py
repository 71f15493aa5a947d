"""The commands' way to the network: a driver for each source, opened when asked for."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collectors.base import Collector, CollectorError, Post, Probe, Query, Rejected
    from groundswell.config import Source


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
        from collectors._stream import drain

        walked: Walked = await drain(self._driver, collector, query)  # type: ignore[arg-type]
        return walked


@contextlib.asynccontextmanager
async def open_drivers(
    contact: str | None,
) -> AsyncIterator[Callable[[Source], Driver]]:
    """The driver for a source; private addresses are each source's own permission."""
    from collectors._driver import open_driver

    async with open_driver(contact=contact) as driver:
        network = _Network(driver)
        yield lambda _source: network
