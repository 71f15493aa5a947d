"""The loop for platforms that send messages over a websocket.

`drain` is a walk: connect with the checkpoint, read to the present, disconnect. `follow`
keeps the socket open and hands over what came every few seconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidStatus,
    WebSocketException,
)

from collectors._addresses import checked
from collectors._batch import Batch, Gathering, Outcome, fault
from collectors._driver import Driver, host_of, pace_for
from collectors._http import in_words, tls_context, whole
from collectors._limits import PATIENCE, clamp, error_for
from collectors.base import (
    BadPayload,
    CollectorError,
    Explains,
    Gap,
    Page,
    Query,
    RateLimited,
    Rejected,
    StreamCollector,
    Unavailable,
)

# At DEBUG the library logs every frame and header; a relay's address may hold a key.
_LOG = logging.getLogger("websockets.client")
_TOO_BIG = 1009
_CLOSE_S = 2.0
# An event from the future would move checkpoint and coverage past what was never read.
_AHEAD = timedelta(minutes=2)
# A pong waits behind all that was sent before it: with the library's 20 s, a backlog of
# a few megabytes makes us hang up on a server that is doing its best.
_PONG_S = 120.0


class _Connect(connect):
    """websockets' connect, without its redirects: their targets are not checked."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def drain(
    driver: Driver,
    collector: StreamCollector,
    query: Query,
    *,
    caught_up_s: float = 5.0,
    idle_s: float = 10.0,
) -> Batch:
    """One walk over a stream: from the checkpoint to the present. Never raises.

    Complete when a page's `reached` is within `caught_up_s` seconds of now, or nothing
    came for `idle_s` seconds; capped at the limits of seconds, messages, bytes, items.
    """
    reading = Reading(driver, collector, query)
    error: CollectorError | None = None
    try:
        async with reading.opened() as socket:
            outcome = await reading.catch_up(
                socket, caught_up=timedelta(seconds=caught_up_s), idle_s=idle_s
            )
    except CollectorError as caught:
        outcome, error = "broken", caught
    except Exception as bug:  # noqa: BLE001 - a collector's fault must not end the daemon
        outcome, error = "broken", fault(bug, collector.slug)
    return reading.hand_over(outcome, error)


async def follow(
    driver: Driver,
    collector: StreamCollector,
    query: Query,
    *,
    every_s: float = 10.0,
    max_posts: int = 500,
) -> AsyncGenerator[Batch, None]:
    """Batches from a socket that stays open: one every `every_s` seconds, or sooner.

    Sooner with `max_posts` posts or the limit of items. Each is complete, an empty one
    too, so that checkpoint and coverage move. The last is broken: the socket dropped,
    and the caller connects again. Close it with `contextlib.aclosing`.
    """
    reading = Reading(driver, collector, query)
    error: CollectorError
    try:
        async with reading.opened() as socket:
            while True:
                await reading.read_for(socket, every_s, max_posts=max_posts)
                yield reading.hand_over("complete")
    except CollectorError as caught:
        error = caught
    except Exception as bug:  # noqa: BLE001 - a collector's fault must not end the daemon
        error = fault(bug, collector.slug)
    yield reading.hand_over("broken", error)


class Reading:
    """The state of one connection: what came, and the query as it moves on."""

    def __init__(
        self,
        driver: Driver,
        collector: StreamCollector,
        query: Query,
        *,
        streamed: bool = True,
    ) -> None:
        self._driver = driver
        self._collector = collector
        self._query = query
        self._streamed = streamed
        self._limits = driver.limits
        self._requests = 0
        self._messages = 0
        self._bytes = 0
        self._bad_in_a_row = 0
        self._reached: datetime | None = None
        self._gap_from: datetime | None = None
        self._begin()

    def _begin(self) -> None:
        now = self._driver.clock()
        walk = self._query.walk
        self._gathered = Gathering(walk, started_at=now, streamed=self._streamed)
        self._deadline = now + timedelta(seconds=self._limits.seconds)

    def hand_over(self, outcome: Outcome, error: CollectorError | None = None) -> Batch:
        """What came since the last hand-over; a new gathering begins."""
        batch = self._gathered.batch(
            outcome,
            error,
            requests=self._requests,
            finished_at=self._driver.clock(),
        )
        self._requests = 0
        self._begin()
        return batch

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[ClientConnection]:
        """The open socket, its first frames sent. Raises the tree, inside it too."""
        connection = self._collector.connect(self._query)
        url = _address(connection.url)
        driver, pace = self._driver, pace_for(url, self._collector.pace)
        await driver.pacer.wait(
            host_of(url), pace, clock=driver.clock, sleep=driver.sleep
        )
        self._requests += 1
        try:
            socket = await self._dial(url)
            try:
                for frame in connection.frames:
                    await socket.send(frame)
                yield socket
            finally:
                await socket.close()
        except RateLimited as error:
            self._hold(error, url)
            raise
        except (WebSocketException, OSError) as error:
            meant = self._meaning(error, url)
            if isinstance(meant, RateLimited):
                self._hold(meant, url)
            raise meant from error

    async def _dial(self, url: httpx.URL) -> ClientConnection:
        """A connection to the first address of the host that answers."""
        port = url.port or (443 if url.scheme == "wss" else 80)
        addresses = await checked(
            url.host,
            port,
            allow_private=self._query.settings.get("allow_private") is True,
            resolve=self._driver.resolve,
        )
        *others, last = addresses
        for address in others:
            try:
                return await self._dial_address(url, address, port)
            except OSError:
                continue
        return await self._dial_address(url, last, port)

    async def _dial_address(
        self, url: httpx.URL, address: str, port: int
    ) -> ClientConnection:
        """The handshake and TLS speak to the name, the connection goes to the address."""
        return await _Connect(
            str(url),
            host=address,
            port=port,
            ssl=tls_context() if url.scheme == "wss" else None,
            proxy=None,
            user_agent_header=self._driver.client.headers["User-Agent"],
            max_size=self._limits.bytes_per_message,
            close_timeout=_CLOSE_S,
            ping_timeout=_PONG_S,
            logger=_LOG,
        )

    async def catch_up(
        self, socket: ClientConnection, *, caught_up: timedelta, idle_s: float
    ) -> Outcome:
        """Read to the present."""
        clock, loop = self._driver.clock, asyncio.get_running_loop()
        slack_s = idle_s / 10  # moving the alarm for each message would cost more
        set_at = loop.time()
        try:
            async with asyncio.timeout(idle_s) as silence:
                while not self.is_full():
                    reached = self._take(await socket.recv())
                    if reached is not None and clock() - reached <= caught_up:
                        return "complete"
                    if (now := loop.time()) - set_at > slack_s:
                        silence.reschedule(now + idle_s)
                        set_at = now
        except TimeoutError:  # nothing more to say is as good as the present
            return "complete"
        return "capped"

    async def read_for(
        self, socket: ClientConnection, every_s: float, *, max_posts: int
    ) -> None:
        """Read for `every_s` seconds, or until there is enough for a batch."""
        gathered, limits = self._gathered, self._limits
        try:
            async with asyncio.timeout(every_s):
                while gathered.posts < max_posts and gathered.items < limits.items:
                    self._take(await socket.recv())
        except TimeoutError:
            return

    def _take(self, message: str | bytes) -> datetime | None:
        """Read one message; how far in time it reaches."""
        page = self.read(message)
        return page.reached if page is not None else None

    def read(self, message: str | bytes) -> Page | None:
        """Read one message; None where it could not be. One odd message is one reject."""
        self._messages += 1
        self._bytes += len(message)
        try:
            page = self._collector.receive(message, self._query)
        except BadPayload as error:
            self._ask_again_if_cut(message)
            self._reject(error)
            return None
        except CollectorError:
            raise
        except Exception as bug:  # noqa: BLE001 - rejected by name, as any odd message
            self._reject(fault(bug, self._collector.slug))
            return None
        if page.reached is not None and page.reached > self._driver.clock() + _AHEAD:
            if self._streamed:
                self._reject(BadPayload("it is dated in the future"))
                return None
            page = replace(page, reached=None)  # an answer goes on all the same
        self._bad_in_a_row = 0
        self._close_gap(page)
        self._gathered.add(page)
        self._move_on(page)
        return page

    def _move_on(self, page: Page) -> None:
        """The next message is read from where this one ended, so that a jump shows."""
        here = page.checkpoint
        if here is not None and here != self._query.checkpoint:
            self._query = replace(self._query, checkpoint=here)
        if page.session is not None:
            settings = {**self._query.settings, "session": page.session}
            self._query = replace(self._query, settings=settings)

    def _ask_again_if_cut(self, message: str | bytes) -> None:
        """A message that lacks its end is read again: the stream breaks off here, and its
        next reading begins with what came before. One that comes cut twice is rejected.
        """
        mark = hash(message)
        if _is_cut(message) and mark not in self._driver.cut_messages:
            self._driver.cut_messages.add(mark)
            raise Unavailable("a message came without its end; it is asked for again")

    def _close_gap(self, page: Page) -> None:
        """What could not be read lies between its neighbours: a known gap."""
        if self._gap_from is not None and page.reached is not None:
            reason = "a message of the stream could not be read"
            gap = Gap("blind", reason, self._gap_from, page.reached)
            self._gathered.gap(gap)
            self._gap_from = None
        self._reached = page.reached or self._reached

    def _reject(self, error: BadPayload) -> None:
        self._gap_from = self._gap_from or self._reached
        self._bad_in_a_row += 1
        self._gathered.reject(Rejected(f"message {self._messages}", str(error)))
        if self._bad_in_a_row >= self._limits.bad_in_a_row:
            raise BadPayload(
                f"{self._bad_in_a_row} messages in a row could not be read: {error}",
                error.sample,
            ) from error

    def is_full(self) -> bool:
        limits = self._limits
        return (
            self._messages >= limits.messages
            or self._bytes >= limits.bytes_per_stream
            or self._gathered.items >= limits.items
            or self._driver.clock() >= self._deadline
        )

    def _hold(self, error: RateLimited, url: httpx.URL) -> None:
        now = self._driver.clock()
        until = clamp(error.retry_at or now + PATIENCE, now)
        self._driver.pacer.hold(host_of(url), until)

    def _meaning(self, error: Exception, url: httpx.URL) -> CollectorError:
        if isinstance(error, InvalidStatus):
            return self._refusal(error, url)
        if isinstance(error, ConnectionClosed):
            return _closed(error, url.host)
        return in_words(error, url.host)

    def _refusal(self, error: InvalidStatus, url: httpx.URL) -> CollectorError:
        """An HTTP status where a websocket was due; the collector is asked first."""
        raw = error.response
        response = whole(
            httpx.Request("GET", url),
            raw.status_code,
            httpx.Headers(list(raw.headers.raw_items())),
            bytes(raw.body or b""),
        )
        try:
            if isinstance(self._collector, Explains):
                self._collector.explain(response, self._query)
        except CollectorError as explained:
            return explained
        plain = error_for(response, self._driver.clock())
        return plain or BadPayload(f"{url.host} does not speak the websocket protocol")


def _is_cut(message: str | bytes) -> bool:
    """Whether a message begins as JSON and does not end as such."""
    text = message.encode() if isinstance(message, str) else message
    ends = {b"{": b"}", b"[": b"]"}
    wanted = ends.get(text.strip()[:1])
    return wanted is not None and text.strip()[-1:] != wanted


def _address(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadPayload("the stream's address is not a URL") from error
    if url.scheme not in {"ws", "wss"} or not url.host:
        raise BadPayload("the stream's address must begin with ws:// or wss://")
    return url


def _closed(error: ConnectionClosed, host: str) -> CollectorError:
    """The reason that a server gives is its own text: the code alone is shown."""
    if error.sent is not None and error.sent.code == _TOO_BIG:
        return BadPayload(f"{host} sent a message that is too big")
    if error.rcvd is None:
        return Unavailable(f"the connection to {host} broke off")
    return Unavailable(f"{host} closed the connection (code {error.rcvd.code})")
