"""The diary's entries with what followed each: what is asked, and what the panel shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from db.times import from_text, to_text
from groundswell import effects, effects_told
from groundswell.web.data import Ask, Result, Row, ask, fetch, gather
from groundswell.web.ranges import View

if TYPE_CHECKING:
    from datasette.app import Datasette

HOURS = 24
MOST = 5  # entries that are judged: each takes about five milliseconds beside the query
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
    datasette: Datasette, campaign: str, view: View, now: datetime
) -> dict[str, Result]:
    """The diary's entries of the view's time (`events`); where there are any, the counts
    around them, and all entries and alerts of that time (`counts`, `diary`, `alerts`)."""
    span = {name: view.params[name] for name in ("from_at", "to_at")}
    events = await fetch(datasette, ask("events", campaign=campaign, **span))
    asked = _asked(judged(events.rows), campaign, view, now)
    return {"events": events, **await gather(datasette, **asked)}


def _asked(
    entries: Sequence[Row], campaign: str, view: View, now: datetime
) -> dict[str, Ask]:
    if not entries:
        return {}
    first, last = entries[-1]["at"], entries[0]["at"]
    since = to_text(from_text(first) - effects.lookback(HOURS))
    until = to_text(min(now, from_text(last) + timedelta(hours=HOURS)))
    span = {"campaign": campaign, "to_at": until}
    return {
        "counts": ask(
            "event_counts",
            campaign=campaign,
            at=last,
            since=first,
            hours=HOURS,
            platform=view.platform,
        ),
        "diary": ask("events", from_at=since, **span),
        "alerts": ask("alerts", from_at=first, platform=view.platform, **span),
    }


def panel(found: Mapping[str, Result], now: datetime) -> dict[str, Any] | None:
    """The entries with what followed each; None where there are none. found: what
    `results` gave."""
    events = found["events"].rows
    some = judged(events)
    if not some:
        return None
    counts = found["counts"]
    diary, alerts = found["diary"].rows, found["alerts"].rows
    return {
        "events": found["events"],
        "counts": counts,
        "entries": [_entry(row, counts.rows, diary, alerts, now) for row in some],
        "older": len(events) - len(some),
        "platforms": counts.rows[0]["platforms"] if counts.rows else None,
        "caution": effects_told.CAUTION,
    }


def _entry(
    row: Row,
    counts: Sequence[Row],
    diary: Sequence[Row],
    alerts: Sequence[Row],
    now: datetime,
) -> dict[str, Any]:
    at = from_text(row["at"])
    found = effects_told.effect(counts, at, now=now, hours=HOURS, diary=diary)
    return {
        **row,
        "effect": found,
        "verdict": effects_told.verdict(found) if found else None,
        "figures": effects_told.figures(found) if found else [],
        "seen": effects_told.coverage(found) if found else None,
        "changes": effects_told.changes(counts, at, HOURS),
        "else": effects_told.others(at, HOURS, diary=diary, alerts=alerts),
    }
