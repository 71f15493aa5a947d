"""Alerts, from the store to the store: counts in, out what is unusual, with evidence."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from db import alerts
from db.alerts import Alert, Series
from groundswell.alerts import watching
from groundswell.alerts.detector import Reading
from groundswell.alerts.watching import STEP, Watching
from groundswell.runtime import Runtime

log = logging.getLogger("groundswell.alerts")

_A_PIECE = timedelta(days=1)  # read at once: the store's thread has other work
_LOOK_BACK = timedelta(minutes=15)


async def follow(runtime: Runtime, watch: Watching) -> int:
    """Judge every bin that has come to its end; how many alerts were raised."""
    now = runtime.clock()
    watched = await runtime.store.run(alerts.series)
    since, last, raised = watch.begin(now), watching.floor(now), 0
    while since < last:
        until = min(since + _A_PIECE, last)
        counts = await runtime.store.run(alerts.counts, since, until, STEP)
        seen = await runtime.store.run(alerts.seen, since, until)
        for series, reading in watch.take(watched, counts, seen, until, now):
            raised += await _tell(runtime, series, reading)
        since = until
    return raised


async def _tell(runtime: Runtime, series: Series, reading: Reading) -> bool:
    if reading.kind == "over":
        now = runtime.clock()
        await runtime.store.run(alerts.resolve, series, reading.at, now)
        return False
    alert = await _alert(runtime, series, reading)
    channels = [(one.name, one.campaigns) for one in runtime.config.notify]
    fresh = await runtime.store.run(alerts.raise_once, alert, channels, runtime.clock())
    if fresh:
        log.warning("%s: %s", alert.rule, alert.summary)
    return fresh


async def _alert(runtime: Runtime, series: Series, reading: Reading) -> Alert:
    begin: datetime = reading.at + STEP - _LOOK_BACK
    told = await runtime.store.run(alerts.evidence, series, begin, reading.at + STEP)
    expected = None if reading.expected is None else round(reading.expected, 2)
    return Alert(
        series=series,
        rule=str(reading.kind),
        raised_at=reading.at,
        summary=watching.summary(series, reading),
        evidence={
            "count": reading.count,
            "expected": expected,
            "excess": round(reading.excess, 2),
            **told,
        },
    )
