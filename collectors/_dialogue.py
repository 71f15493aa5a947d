"""The loop for platforms that answer questions over a websocket (`Answers`).

A walk is a dialogue: the first frames are sent, messages are read, and where a message
calls for it (`Page.say`) more is asked, until all was answered (`Page.done`). Unlike a
stream, silence is no answer: who does not say that it is done has not answered.
"""

from __future__ import annotations

import asyncio

from websockets.asyncio.client import ClientConnection

from collectors._batch import Batch, Outcome, fault
from collectors._driver import Driver
from collectors._stream import Reading
from collectors.base import Answers, CollectorError, Query, Unavailable

_SILENCE_S = 20.0


async def converse(
    driver: Driver, collector: Answers, query: Query, *, silence_s: float = _SILENCE_S
) -> Batch:
    """One walk over a dialogue. Never raises, but for cancellation.

    Capped at the driver's limits; broken where nothing comes for `silence_s` seconds.
    """
    reading = Reading(driver, collector, query, streamed=False)
    error: CollectorError | None = None
    outcome: Outcome = "broken"
    try:
        async with reading.opened() as socket:
            outcome = await _talk(reading, socket, silence_s)
    except CollectorError as caught:
        error = caught
    except Exception as bug:  # noqa: BLE001 - a collector's fault must not end the daemon
        error = fault(bug, collector.slug)
    return reading.hand_over(outcome, error)


async def _talk(
    reading: Reading, socket: ClientConnection, silence_s: float
) -> Outcome:
    while not reading.is_full():
        try:
            async with asyncio.timeout(silence_s):
                message = await socket.recv()
        except TimeoutError:
            raise Unavailable("it did not say that it had answered") from None
        page = reading.read(message)
        if page is None:
            continue
        if page.refusal is not None:
            raise page.refusal
        for frame in page.say:
            await socket.send(frame)
        if page.done:
            return "complete"
    return "capped"
