"""What a finished walk means: the coverage it proves, when to come back, how the source
is doing. Pure: a batch and the clock's reading in, a verdict out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from collectors import is_stream
from collectors._batch import Batch
from collectors._limits import backoff, clamp
from collectors.base import (
    Denied,
    Gap,
    OverBudget,
    Query,
    RateLimited,
    Walk,
)
from db.records import SourceState, Span, SpanState

# A page about half new is the aim (design.md section 4): 20 of Mastodon's 40.
_WANTED_NEW = 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """The shortest and the longest time between two walks."""

    floor: timedelta
    ceiling: timedelta


def spans(query: Query, batch: Batch) -> list[Span]:
    """The coverage that a walk proves or denies.

    Without a batch's word for it nothing is claimed: a broken walk leaves what it could
    not see blind, a capped one leaves the rest capped, and gaps that the platform itself
    admits are cut out of what was read.
    """
    end = _end(query, batch)
    start = min(query.since or end, end)
    if query.walk == "recheck":
        return []
    seen, rest = _seen_and_rest(query, batch, start, end)
    gaps = [_gap_span(gap, start, end) for gap in batch.gaps]
    found = _cut(seen, gaps, batch)
    if rest is not None:
        state: SpanState = "capped" if batch.outcome == "capped" else "blind"
        found.append(Span(*rest, state, _why(batch)))
    return [span for span in (*found, *gaps) if span.from_at < span.to_at]


def _end(query: Query, batch: Batch) -> datetime:
    """The end of the stretch that the walk set out to read.

    A stream proves no more than its last event, and its silence nothing; an answered
    request proves all until it was sent.
    """
    if is_stream(query.settings.get("platform", ""), query.base_url):
        if batch.reached is not None:
            return min(batch.reached, batch.finished_at)
        broken = batch.outcome == "broken"
        return batch.started_at if broken else query.since or batch.started_at
    return query.until or batch.started_at


def _seen_and_rest(
    query: Query, batch: Batch, start: datetime, end: datetime
) -> tuple[tuple[datetime, datetime] | None, tuple[datetime, datetime] | None]:
    """What was read for sure, and what was asked for and not read."""
    if batch.outcome == "complete":
        if _is_first_look(query, batch):
            return (min(batch.reached or start, end), end), None
        return (start, end), None
    if batch.reached is None:
        return None, (start, end)
    middle = min(max(batch.reached, start), end)
    if batch.ascending:
        return (start, middle), (middle, end)
    return (middle, end), (start, middle)


def _is_first_look(query: Query, batch: Batch) -> bool:
    """A first forward walk reads one window, however far back that happens to go."""
    forward = query.walk == "forward" and query.checkpoint is None
    return forward and not batch.ascending


def _cut(
    seen: tuple[datetime, datetime] | None, gaps: Sequence[Span], batch: Batch
) -> list[Span]:
    pieces = [seen] if seen else []
    for gap in gaps:
        pieces = [
            piece
            for start, end in pieces
            for piece in ((start, min(end, gap.from_at)), (max(start, gap.to_at), end))
            if piece[0] < piece[1]
        ]
    return [Span(start, end, batch.vouches) for start, end in pieces]


def _gap_span(gap: Gap, start: datetime, end: datetime) -> Span:
    """In whole seconds, outwards: the store knows none shorter."""
    from_at = (gap.from_at or start).replace(microsecond=0)
    to_at = (gap.to_at or end) + timedelta(seconds=1)
    return Span(from_at, min(to_at, max(end, from_at)), gap.state, gap.evidence)


def _why(batch: Batch) -> str:
    return (
        str(batch.error)
        if batch.error
        else "there were more posts than are read at one go"
    )


def source_state(walk: Walk, batch: Batch, failures: int) -> SourceState:
    """How the source is doing after this walk.

    A recheck asks for single posts, some of another host: it parks nothing.
    """
    if batch.error is None:
        return "ok"
    if isinstance(batch.error, RateLimited):
        return "limited"
    if walk == "recheck":
        return "failing"
    # A closed door stays closed; one "not here" may be a hiccup of the server.
    if isinstance(batch.error, Denied) or (batch.error.permanent and failures >= 3):
        return "parked"
    return "failing"


def next_interval(interval: timedelta, new: int, bounds: Bounds) -> timedelta:
    """The time until the next walk, from the posts that this one brought.

    It moves by at most a factor of two, so that one burst or one lull does not throw it.
    """
    factor = _WANTED_NEW / max(new, 1)
    moved = interval * min(max(factor, 0.5), 2.0)
    return min(max(moved, bounds.floor), bounds.ceiling)


def retry_at(batch: Batch, failures: int, now: datetime, dice: Random) -> datetime:
    """When to try a broken walk again: when the budget or the platform says, else ever
    later."""
    if isinstance(batch.error, OverBudget) and batch.error.retry_at:
        return max(batch.error.retry_at, now)
    if isinstance(batch.error, RateLimited) and batch.error.retry_at:
        return clamp(batch.error.retry_at, now)
    return now + backoff(failures, dice)
