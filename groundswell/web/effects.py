"""The diary's entries with what followed each: rows of the published queries to what the
panel shows. Pure but for `ask_counts`, which says what is to be asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from db.times import from_text, to_text
from groundswell import effects, effects_told
from groundswell.web.data import Ask, Row, ask
from groundswell.web.ranges import View

HOURS = 24
MOST = 5  # entries that are judged: each costs some ten milliseconds
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


def ask_counts(
    events: Sequence[Row], campaign: str, view: View, now: datetime
) -> dict[str, Ask]:
    """What is to be asked beside the rows of `events`; nothing where there are none."""
    some = judged(events)
    if not some:
        return {}
    first, last = some[-1]["at"], some[0]["at"]
    until = min(now, from_text(last) + timedelta(hours=HOURS))
    span = {"campaign": campaign, "to_at": to_text(until)}
    since = to_text(from_text(first) - effects.lookback(HOURS))
    return {
        "event_counts": ask(
            "event_counts",
            campaign=campaign,
            at=last,
            since=first,
            hours=HOURS,
            platform=view.platform,
        ),
        "event_diary": ask("events", from_at=since, **span),
        "event_alerts": ask("alerts", from_at=first, platform=view.platform, **span),
    }


def panel(
    events: Sequence[Row], results: Mapping[str, Any], now: datetime
) -> dict[str, Any] | None:
    """The entries with what followed each; None where there are none. results: those of
    `ask_counts`, by its names."""
    some = judged(events)
    if not some:
        return None
    counts = results["event_counts"]
    diary = results["event_diary"].rows
    alerts = results["event_alerts"].rows
    return {
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
        "else": effects_told.what_else(at, HOURS, diary=diary, alerts=alerts),
    }
