"""The time axis of a chart, in a zone: where its marks stand and what they say. Pure.

Vega knows UTC and the reader's own zone alone. So places stay UTC, which no change of the
clocks bends, and labels are written from the moment plus the zone's offset at it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from db.times import from_text
from groundswell.web import zones

_MIDNIGHTS = timedelta(
    days=4
)  # longer times have a mark for each day, and none between
# Up to so long, a mark every so many hours.
_STEPS = (
    (timedelta(hours=8), 1),
    (timedelta(hours=30), 3),
    (timedelta(days=2), 6),
    (_MIDNIGHTS, 12),
)


def zoned(
    spec: dict[str, Any], buckets: Sequence[str], zone: ZoneInfo
) -> dict[str, Any]:
    """A chart of hours of UTC (charts.py) with its axis and its notes in the zone.
    buckets: when its bars begin, UTC text, in order; none: the chart as it is."""
    if zones.is_utc(zone) or not buckets:
        return spec
    start, end = from_text(buckets[0]), from_text(buckets[-1]) + zones.HOUR
    shown = {"calculate": shifted("datum.start", start, end, zone), "as": "shown"}
    title = f"from ({zones.letters_between(start, end, zone)})"
    layers = [_relabelled(one, axis(start, end, zone), title) for one in spec["layer"]]
    return {**spec, "transform": [*spec["transform"], shown], "layer": layers}


def _relabelled(
    layer: dict[str, Any], labels: dict[str, Any], title: str
) -> dict[str, Any]:
    if "layer" in layer:
        inner = [_relabelled(one, labels, title) for one in layer["layer"]]
        return {**layer, "layer": inner}
    encoding = dict(layer["encoding"])
    kept = {
        name: value
        for name, value in encoding["x"]["axis"].items()
        if name not in {"format", "tickCount"}
    }
    encoding["x"] = {**encoding["x"], "axis": {**kept, **labels}}
    if "tooltip" in encoding:
        first, *others = encoding["tooltip"]
        first = {**first, "field": "shown", "title": title}
        encoding["tooltip"] = [first, *others]
    return {**layer, "encoding": encoding}


def axis(start: datetime, end: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What an axis of hours has in another zone than UTC: marks at whole hours and days of
    the zone, in ms since 1970, and their labels."""
    local = shifted("time(datum.value)", start, end, zone)
    places = ", ".join(str(_ms(moment)) for moment in ticks(start, end, zone))
    midnight = f"utchours({local}) == 0 && utcminutes({local}) == 0"
    return {
        "values": {"expr": f"[{places}]"},
        "labelExpr": f"utcFormat({local}, {midnight} ? '%-d %b' : '%H:%M')",
    }


def shifted(value: str, start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """A Vega expression: the moment `value`, in ms, moved so that UTC reads like the zone.
    start, end: the time in which it lies."""
    changes = list(offsets(start, end, zone))
    told = str(changes[-1][1])
    for (_, before), (at, _) in reversed(list(pairwise(changes))):
        told = f"({value} < {_ms(at)} ? {before} : {told})"
    return f"({value} + {told})"


def offsets(
    start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[datetime, int]]:
    """The zone's offset to UTC in ms at the start, and at each hour from which on it is
    another one; clocks change at whole hours of UTC, or within one that is shown as of
    before."""
    hour = start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    known = None
    while hour < end:
        offset = hour.astimezone(zone).utcoffset() or timedelta(0)
        if offset != known:
            yield hour, round(offset / timedelta(milliseconds=1))
        known, hour = offset, hour + zones.HOUR


def ticks(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Whole hours of the zone, midnight first: so many that a wide chart is not crowded."""
    length = end - start
    step = next((hours for most, hours in _STEPS if length <= most), 24)
    day, last = (moment.astimezone(zone).date() for moment in (start, end))
    while day <= last:
        for moment in _of_day(day, step, zone):
            if start <= moment < end:
                yield moment
        day += timedelta(days=1)


def _of_day(day: date, step: int, zone: ZoneInfo) -> Iterator[datetime]:
    """Those of its hours that are there: one that clocks leave out is not."""
    for hour in range(0, 24, step):
        written = datetime.combine(day, time(hour))
        moment, _ = zones.read(written, zone)
        if moment.astimezone(zone).replace(tzinfo=None) == written:
            yield moment


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
