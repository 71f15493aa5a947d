"""Reports on schedule: made once when they are due, kept beside the database, and sent.

What is due follows from the clock and the report's time zone alone, what was done from the
database; so a restart, a late start and a clock that is set lose and double nothing. Of
several times that were missed only the last is reported of.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from db import reports as store
from db.reports import Due, Made
from groundswell.config.loading import Config, Report
from groundswell.delivering import (
    RETRIES,
    BadAddress,
    Letter,
    letter_sent,
    open_channels,
)
from groundswell.duties import confined
from groundswell.reports import digest, html, kept, pdf, periods, reading, text
from groundswell.reports.kept import Drawn
from groundswell.reports.periods import Period
from groundswell.runtime import Runtime

log = logging.getLogger("groundswell.reporting")

_AGAIN = timedelta(minutes=15)

# Addresses, what to send: whether it arrived. Raises BadAddress.
Send = Callable[[str, Letter], bool]


def draw(
    config: Config,
    period: Period,
    now: datetime,
    campaigns: Sequence[str] | None = None,
    *,
    base: str | None = None,
    with_pdf: bool = True,
) -> Drawn:
    """Read and write a report. base: the pages' address; None: the configuration's.

    Raises StoreError.
    """
    found = reading.read(config.monitor.database, period, now, campaigns)
    shown = {
        row["platform"]
        for one in found.campaigns
        for row in one.windows[period.main].platforms.rows
    }
    report = digest.report(found, period, now, confined(config, shown))
    base = base or config.monitor.url
    paper = None
    if with_pdf:
        try:
            paper = pdf.render(report, base)
        except pdf.NoPdf:
            log.debug("no PDF: the library is not installed")
    return Drawn(
        report.title, html.render(report, base), text.render(report, base), paper,
        found.missing, found.known,
    )  # fmt: skip


async def follow(runtime: Runtime, send: Send | None = None) -> int:
    """Make what is due and send what waits; how many arrived."""
    for report in runtime.config.reports:
        await _make_if_due(runtime, report)
    return await _deliver(runtime, send or letter_sent)


async def _make_if_due(runtime: Runtime, report: Report) -> None:
    now = runtime.clock()
    period, _ = periods.due(report.every, report.at, report.weekday, report.zone, now)
    start = period.window.from_at
    stands = await runtime.store.run(store.state_of, report.name, start)
    if stands is not None:
        state, at = stands
        if state != "failed" or abs(now - at) < _AGAIN:
            return
    elif not await runtime.store.run(store.known, report.name):
        # Configured after it was due: the next one is its first.
        await _record(runtime, report, period, "skipped")
        return
    await _make(runtime, report, period)


async def _make(runtime: Runtime, report: Report, period: Period) -> None:
    now = runtime.clock()
    config, folder = runtime.config, kept.folder_of(runtime.config.monitor.database)
    try:
        drawn = await asyncio.to_thread(draw, config, period, now, report.campaigns)
        name = kept.file_name(report.name, period.window.from_at)
        await asyncio.to_thread(kept.keep, folder, name, drawn)
        await asyncio.to_thread(kept.clear, folder, now)
    except Exception as error:
        log.exception("report %s could not be made", report.name)
        why = f"{type(error).__name__}: {error}"[:300]
        await _record(runtime, report, period, "failed", why)
        return
    await _record(runtime, report, period, "made")


async def _record(
    runtime: Runtime,
    report: Report,
    period: Period,
    state: store.State,
    error: str | None = None,
) -> None:
    window = period.window
    made = Made(report.name, window.from_at, window.to_at, state, error)
    channels = report.channels if state == "made" else ()
    await runtime.store.run(store.record, made, channels, runtime.clock())


async def _deliver(runtime: Runtime, send: Send) -> int:
    """Send each channel what waits for it."""
    now = runtime.clock()
    open_now = open_channels(runtime, now)
    arrived = 0
    while due := await runtime.store.run(store.take, now, open_now):
        arrived += await _send(runtime, due, send)
    return arrived


async def _send(runtime: Runtime, due: Due, send: Send) -> bool:
    address = runtime.addresses[due.channel].reveal()
    folder = kept.folder_of(runtime.config.monitor.database)
    try:
        name = kept.file_name(due.name, due.period_from)
        letter = await asyncio.to_thread(kept.letter_of, folder, name)
        arrived = await asyncio.to_thread(send, address, letter)
    except (BadAddress, OSError) as error:
        why = getattr(error, "strerror", None) or str(error)
        await runtime.store.run(store.failed, due, why)
        log.error("report to %s: %s", due.channel, why)  # noqa: TRY400 - the sentence
        return False
    if arrived:
        await runtime.store.run(store.sent, due, runtime.clock())
        return True
    await _again(runtime, due)
    return False


async def _again(runtime: Runtime, due: Due) -> None:
    if due.attempts > len(RETRIES):
        error = f"not taken by the receiver, {due.attempts} times; given up"
        await runtime.store.run(store.failed, due, error)
        log.error("report to %s: %s", due.channel, error)
        return
    at = runtime.clock() + RETRIES[due.attempts - 1]
    error = "not taken by the receiver; it will be tried again"
    await runtime.store.run(store.later, due, at, error)
