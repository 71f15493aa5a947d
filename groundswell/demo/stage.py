"""What every simulated platform shares: the world, the clock, a pause, credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from groundswell.clock import Clock
from groundswell.demo.ids import micros
from groundswell.demo.world import World

Pause = Callable[[float], Awaitable[None]]

# Not secrets: they open nothing but the simulated platforms on this machine.
MASTODON_TOKEN = "demo-token"  # noqa: S105 - see above
BLUESKY_HANDLE = "monitor.bsky.example"
BLUESKY_PASSWORD = "demo-demo-demo-demo"  # noqa: S105 - see above


@dataclass(slots=True)
class Stage:
    """The world as it is now. pause: how a loop waits (seconds); a test gives its own.

    requests: how many came to each source. closing: set when the server is to stop.
    """

    world: World
    clock: Clock
    pause: Pause = asyncio.sleep
    look_back: timedelta = timedelta(hours=36)
    requests: dict[str, int] = field(default_factory=dict)
    meters: dict[str, tuple[int, int]] = field(default_factory=dict)
    closing: bool = False

    def now(self) -> datetime:
        """The clock's time, with the world drawn up to it."""
        moment = self.clock()
        self.world.extend(moment)
        return moment

    def used(self, slug: str, now: datetime, *, window_s: int) -> tuple[int, int]:
        """Requests in the present window of world time, and unix seconds of its end."""
        window = micros(now) // 1_000_000 // window_s
        before, count = self.meters.get(slug, (window, 0))
        count = count + 1 if before == window else 1
        self.meters[slug] = (window, count)
        return count, (window + 1) * window_s
