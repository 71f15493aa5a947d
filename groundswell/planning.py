"""What each source's walks are, and what a due walk should ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from collectors import is_stream
from collectors.base import Collector, Query, Walk
from db import coverage, walks
from db.connection import Database
from db.records import DueWalk, TermRow
from db.times import from_text, to_text
from groundswell.assess import Bounds
from groundswell.config.loading import Campaign, Source
from groundswell.matching import Watch, same_term

SHALLOW = timedelta(hours=6)
DEEP = timedelta(hours=72)
_DEEP_EVERY = timedelta(hours=12)
_RECHECK_AT_ONCE = 200
_LOOK_AGAIN = timedelta(minutes=10)
_BOUNDS: Mapping[Walk, Bounds] = {
    "forward": Bounds(timedelta(minutes=1), timedelta(hours=1)),
    "back": Bounds(timedelta(minutes=1), timedelta(hours=12)),
    "settle": Bounds(timedelta(minutes=30), timedelta(minutes=30)),
    "recheck": Bounds(timedelta(minutes=1), timedelta(minutes=10)),
}


@dataclass(frozen=True, slots=True)
class Job:
    """A due walk, ready to be sent off."""

    due: DueWalk
    query: Query
    watch: Watch

    @property
    def is_stream(self) -> bool:
        """Whether this walk reads a stream."""
        streams = is_stream(self.due.platform, self.due.base_url)
        return streams and self.due.walk != "recheck"


def bounds(source: Source, walk: Walk) -> Bounds:
    """How often a walk may run: staff's `every` rules the forward walk, and shortens
    the others where it is shorter than their own floor."""
    own = _BOUNDS[walk]
    if source.every is None:
        return own
    if walk == "forward":
        return Bounds(source.every, source.every)
    floor = min(own.floor, source.every * 10)
    return Bounds(floor, max(floor, own.ceiling))


def jobs(
    collector: Collector, source: Source, settings: Mapping[str, Any], watch: Watch
) -> dict[tuple[int, Walk], timedelta]:
    """The walks that a source should have, (term id or 0, walk) to the first interval."""
    if not watch.rows:
        return {}
    if collector.scope == "source":
        keys = [0]
    else:
        keys = sorted({min(same_term(watch.rows, row.id)) for row in watch.rows})
    found: dict[tuple[int, Walk], timedelta] = {}
    for walk in collector.walks(settings):
        # Rechecks are of posts, not of terms: one a source.
        for key in [0] if walk == "recheck" else keys:
            found[key, walk] = bounds(source, walk).floor
    # A closed source keeps the one walk that will find it open again.
    return found or {(key, "forward"): bounds(source, "forward").floor for key in keys}


def watch(
    rows: list[TermRow], campaigns: list[Campaign], collector: Collector, term_id: int
) -> Watch:
    """What one walk of a source asks for. term_id 0: all that the source can find."""
    slugs = {campaign.slug for campaign in campaigns}
    mine = tuple(row for row in rows if row.campaign in slugs)
    if term_id:
        return Watch(mine, tuple(campaigns), same_term(mine, term_id), vouched=True)
    findable = frozenset(row.id for row in mine if row.kind in collector.kinds)
    return Watch(mine, tuple(campaigns), findable)


@dataclass(frozen=True, slots=True)
class Ask:
    """A due walk and what its question is made from."""

    db: Database
    due: DueWalk
    watch: Watch
    source: Source
    now: datetime

    @property
    def rows(self) -> list[TermRow]:
        """The stored terms that the walk asks for."""
        return [row for row in self.watch.rows if row.id in self.watch.asked]


def query(ask: Ask) -> Query | None:
    """What a due walk asks for, without settings; None where nothing is to do."""
    return _BUILDERS[ask.due.walk](ask) if ask.rows else None


def _forward(ask: Ask) -> Query:
    place = None if _has_new_term(ask) else ask.due.checkpoint
    seen = _resumes_at(ask) if place else min(_seen_until(ask, r) for r in ask.rows)
    if place is None and ask.source.is_stream:
        # A stream's past comes with its first look, however long that takes to succeed.
        seen = min(row.added_at for row in ask.rows) - ask.source.history
    return Query("forward", ask.watch.terms(), checkpoint=place, since=seen)


def _resumes_at(ask: Ask) -> datetime:
    """The moment that the checkpoint stands for: the end of what was seen last.

    A term that came back, or came to this source, was not looked for before that.
    """
    conn, source_id = ask.db.conn, ask.due.source_id
    ends = [coverage.seen_until(conn, source_id, row.id) for row in ask.rows]
    return min(max((end for end in ends if end), default=ask.now), ask.now)


def _seen_until(ask: Ask, row: TermRow) -> datetime:
    seen = coverage.seen_until(ask.db.conn, ask.due.source_id, row.id)
    return min(seen or row.added_at, ask.now)


def _has_new_term(ask: Ask) -> bool:
    """Whether a term came since the last look at a source that is read as a whole.

    It has not been looked for in what the source calls unchanged, so all is read again.
    A stream's cursor is a time: it serves new terms as well.
    """
    due = ask.due
    if due.term_id or due.checkpoint_at is None or ask.source.is_stream:
        return False
    return max(row.added_at for row in ask.rows) > due.checkpoint_at


def _settle(ask: Ask) -> Query:
    last = ask.due.checkpoint
    shallow = last is not None and ask.now - from_text(last) < _DEEP_EVERY
    depth = SHALLOW if shallow else DEEP
    return Query("settle", ask.watch.terms(), since=ask.now - depth)


def settled(built: Query, now: datetime) -> str | None:
    """The checkpoint of a settle walk: when it last went deep."""
    deep = built.since is not None and now - built.since >= DEEP
    return to_text(now) if deep else None


def _back(ask: Ask) -> Query | None:
    holes = [hole for row in ask.rows if (hole := _hole(ask, row))]
    if not holes:
        return None
    since, until = max(holes, key=lambda hole: hole[1])
    place = back_place(ask.due.checkpoint, until)
    return Query("back", ask.watch.terms(), checkpoint=place, since=since, until=until)


def _hole(ask: Ask, row: TermRow) -> tuple[datetime, datetime] | None:
    """The newest stretch of one term that was not seen, up to the last forward walk."""
    conn, source_id = ask.db.conn, ask.due.source_id
    newest = coverage.seen_until(conn, source_id, row.id)
    horizon = row.added_at - ask.source.history
    if newest is None or newest <= horizon:
        return None
    spans = coverage.read(conn, source_id, row.id, since=horizon, until=newest)
    return coverage.newest_hole(spans, horizon, newest)


def back_place(stored: str | None, until: datetime) -> str | None:
    """Where a capped back walk stopped, if this walk goes on from that very moment."""
    at, _, place = (stored or "").partition("|")
    return place if place and at == to_text(until) else None


def back_stop(reached: datetime | None, place: str | None) -> str | None:
    """What a capped back walk leaves for the next one."""
    return f"{to_text(reached)}|{place}" if reached and place else None


def _recheck(ask: Ask) -> Query | None:
    known = walks.rechecks_due(
        ask.db, ask.due.source_id, ask.now, limit=_RECHECK_AT_ONCE
    )
    return Query("recheck", ask.watch.terms(), known=tuple(known)) if known else None


_BUILDERS = {
    "forward": _forward,
    "settle": _settle,
    "back": _back,
    "recheck": _recheck,
}


def next_look(ask: Ask) -> datetime:
    """When to ask again whether a walk that had nothing to do has something now."""
    later = ask.now + _LOOK_AGAIN
    if ask.due.walk == "recheck":
        upcoming = walks.next_recheck(ask.db, ask.due.source_id)
        return min(upcoming, later) if upcoming and upcoming > ask.now else later
    if ask.due.walk == "back" and not _was_read(ask):
        # Its first forward walk is under way: what that leaves open is not kept waiting.
        return ask.now + bounds(ask.source, "back").floor
    return later


def _was_read(ask: Ask) -> bool:
    conn, source_id = ask.db.conn, ask.due.source_id
    return all(coverage.seen_until(conn, source_id, row.id) for row in ask.rows)
