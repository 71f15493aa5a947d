"""The diary's entries with what followed each: what is asked, and what the panel shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.times import from_text, to_text
from groundswell import effects, effects_told
from groundswell.effects_asked import Asked
from groundswell.effects_overlap import beside
from groundswell.web.data import Ask, Result, Row, ask, fetch, gather
from groundswell.web.ranges import View

if TYPE_CHECKING:
    from datasette.app import Datasette

HOURS = 24
MOST = 5  # entries that are judged: each takes about five milliseconds beside the query
_CONTROLS = ("control", "shared")
_SPAN = timedelta(days=28)  # so that one query has the counts of all of them


def judged(events: Sequence[Row]) -> list[Row]:
    """The entries that are judged, of rows of `events`: the newest, and of those no more
    than 28 days older."""
    newest = from_text(events[0]["at"]) if events else None
    return [
        row
        for row in events[:MOST]
        if newest is not None and newest - from_text(row["at"]) <= _SPAN
    ]


async def results(
    datasette: Datasette, asked: Asked, view: View, now: datetime
) -> dict[str, Result]:
    """The diary's entries of the view's time (`events`); where there are any, the counts
    around them, and all entries and alerts of that time (`counts`, `diary`, `alerts`);
    with a control its counts, and which of its posts are measured ones (`control`,
    `shared`)."""
    span = {name: view.params[name] for name in ("from_at", "to_at")}
    events = await fetch(datasette, ask("events", campaign=asked.campaign, **span))
    every = _asks(judged(events.rows), asked, view, now)
    return {"events": events, **await gather(datasette, **every)}


def _asks(
    entries: Sequence[Row], asked: Asked, view: View, now: datetime
) -> dict[str, Ask]:
    if not entries:
        return {}
    first, last = entries[-1]["at"], entries[0]["at"]
    since = to_text(from_text(first) - effects.lookback(HOURS))
    until = to_text(min(now, from_text(last) + timedelta(hours=HOURS)))
    of = {"platform": view.platform}
    around: dict[str, object] = {"at": last, "since": first, "hours": HOURS, **of}
    span = {"campaign": asked.campaign, "to_at": until}
    asks = {
        "counts": ask("event_counts", **asked.counts, **around),
        "diary": ask("events", from_at=since, **span),
        "alerts": ask("alerts", from_at=first, **of, **span),
    }
    if asked.control_counts:
        asks["control"] = ask("event_counts", **asked.control_counts, **around)
    if asked.shared:
        whole = {"from_at": since, "to_at": until}
        asks["shared"] = ask("shared_posts", **asked.shared, **whole, **of)
    return asks


def panel(
    found: Mapping[str, Result], asked: Asked, now: datetime
) -> dict[str, Any] | None:
    """The entries with what followed each; None where there are none. found: what
    `results` gave."""
    events = found["events"].rows
    some = judged(events)
    if not some:
        return None
    counts = found["counts"]
    return {
        "events": found["events"],
        "counts": counts,
        "control": found.get("control"),
        "shared": found.get("shared"),
        "told": asked.told,
        "entries": [_entry(row, found, asked, now) for row in some],
        "older": len(events) - len(some),
        "platforms": counts.rows[0]["platforms"] if counts.rows else None,
        "caution": effects_told.CAUTION,
    }


def _entry(
    row: Row, found: Mapping[str, Result], asked: Asked, now: datetime
) -> dict[str, Any]:
    at, counts = from_text(row["at"]), found["counts"].rows
    diary, alerts = found["diary"].rows, found["alerts"].rows
    both = found["shared"].rows if "shared" in found else ()
    overlap = asked.overlap(both, at, HOURS)
    effect = effects_told.effect(
        counts,
        at,
        now=now,
        hours=HOURS,
        diary=diary,
        control=found["control"].rows if "control" in found else (),
        overlap=overlap,
    )
    # Without its counts the control would be left out unsaid.
    if effect and any(found[name].error for name in _CONTROLS if name in found):
        effect = effects.refuse(effect, "the control took too long to count")
    return {
        **row,
        "effect": effect,
        "verdict": effects_told.verdict(effect) if effect else None,
        "figures": [
            *effects_told.figures(effect, asked.control_name),
            *beside(overlap, effect.refused),
        ]
        if effect
        else [],
        "seen": effects_told.coverage(effect) if effect else None,
        "changes": effects_told.changes(counts, at, HOURS),
        "else": effects_told.others(at, HOURS, diary=diary, alerts=alerts),
    }
