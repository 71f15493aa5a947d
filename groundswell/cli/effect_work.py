"""What `effect` does: an event's effect by the published queries, in words and as data."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from db import diary
from db.published import ask
from db.times import to_text
from groundswell import effects, effects_told
from groundswell.effects_asked import asked
from groundswell.effects_overlap import beside

if TYPE_CHECKING:
    from sqlite_utils import Database


class Measured:
    """An event's effect, with what else is to be known. Raises LookupError for a campaign
    or a term that there is not."""

    def __init__(
        self,
        database: Database,
        campaign: str,
        at: datetime,
        hours: int,
        now: datetime,
        *,
        term: str | None,
        control: str | None,
        control_term: str | None,
    ) -> None:
        terms = {}
        for name in (campaign, control) if control else (campaign,):
            diary.entries(database, name)
            terms[name] = ask(database, "terms_of", campaign=name)
        self.asked = asked(
            campaign, terms, term=term, control=control, control_term=control_term
        )
        self._hours = hours
        self._span = {
            "from_at": to_text(at - effects.lookback(hours)),
            "to_at": to_text(min(at + timedelta(hours=hours), now)),
        }
        self._read(database, at, now)

    def _read(self, database: Database, at: datetime, now: datetime) -> None:
        span, hours = {"at": to_text(at), "hours": self._hours}, self._hours
        rows = ask(database, "event_counts", **self.asked.counts, **span)
        given, shared = self.asked.control_counts, self.asked.shared
        other = ask(database, "event_counts", **given, **span) if given else []
        both = ask(database, "shared_posts", **shared, **self._span) if shared else []
        around = {"campaign": self.asked.campaign, **self._span}
        entries = ask(database, "events", **around)
        alerts = ask(database, "alerts", **{**around, "from_at": span["at"]})
        self.overlap = self.asked.overlap(both, at, hours)
        found = effects_told.effect(
            rows,
            at,
            now=now,
            hours=hours,
            diary=entries,
            control=other,
            overlap=self.overlap,
        )
        self.found = found or effects.Effect(
            at=at, hours=hours, over=0, before=0, after=0, refused="nothing was seen"
        )
        self.changes = effects_told.changes(rows, at, hours)
        self.else_ = effects_told.what_else(at, hours, diary=entries, alerts=alerts)
        self.platforms = rows[0]["platforms"] if rows else None

    def lines(self) -> list[str]:
        """What people read."""
        control = self.asked.control_name if self.asked.control else ""
        return [
            effects_told.verdict(self.found),
            *([self.asked.told] if self.asked.told else []),
            *effects_told.figures(self.found, control),
            *beside(self.overlap, self.found.refused),
            effects_told.coverage(self.found),
            *self.changes,
            *(f"What else happened: {told}" for told in self.else_),
            effects_told.CAUTION,
        ]

    def as_json(self) -> dict[str, Any]:
        """What scripts read; None where nothing can be said."""
        one, other = self.asked.term, self.asked.control_term
        return {
            "campaign": self.asked.campaign,
            "term": one["value"] if one else None,
            "control_campaign": self.asked.control,
            "control_term": other["value"] if other else None,
            "control_overlap": self.overlap.share if self.overlap else None,
            "control_overlap_after": self.overlap.after if self.overlap else None,
            **asdict(self.found),
            "at": to_text(self.found.at),
            "told": self.found.told,
            "difference": self.found.difference,
            "ratio": self.found.ratio,
            "platforms": self.platforms,
            "measured": self.asked.told,
            "verdict": effects_told.verdict(self.found),
            "changes": self.changes,
            "what_else": self.else_,
        }
