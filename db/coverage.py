"""Coverage: what was seen of a term on a source, as spans that never overlap.

A better state wins over a worse one, whichever came first, so that painting is the same
in any order: a later back walk turns a blind span complete, a failed look never
darkens what was already seen.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from sqlite_utils import Database

from db.connection import transaction
from db.records import Span
from db.times import from_text, to_text

# "imported" vouches for nothing, but posts of that time are there.
RANK = {"blind": 1, "capped": 2, "imported": 3, "overlapping": 4, "complete": 5}


def paint(spans: Sequence[Span], new: Span) -> list[Span]:
    """The spans with one more laid over them: sorted, disjoint, neighbours merged.

    spans: any that do not overlap each other. An empty new span changes nothing.
    """
    if new.to_at <= new.from_at:
        return _merged(spans)
    edges = {new.from_at, new.to_at}
    for span in spans:
        edges |= {span.from_at, span.to_at}
    everything = [*spans, new]
    pieces = []
    for start, end in pairwise(sorted(edges)):
        here = [s for s in everything if s.from_at <= start and end <= s.to_at]
        if here:
            # Among equals the last, which is the new one: its evidence is the freshest.
            best = max(reversed(here), key=lambda span: RANK[span.state])
            pieces.append(replace(best, from_at=start, to_at=end))
    return _merged(pieces)


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: span.from_at):
        last = merged[-1] if merged else None
        if last and last.to_at == span.from_at and _alike(last, span):
            merged[-1] = replace(span, from_at=last.from_at)
        else:
            merged.append(span)
    return merged


def _alike(one: Span, other: Span) -> bool:
    """Seen spans merge whatever their evidence; unseen ones keep each its own reason."""
    if one.state != other.state:
        return False
    return one.state in {"complete", "overlapping"} or one.evidence == other.evidence


def lay(
    conn: sqlite3.Connection,
    source_id: int,
    term_ids: Iterable[int],
    spans: Sequence[Span],
) -> None:
    """Paint spans onto the stored coverage of each term; within a transaction."""
    for term_id in term_ids:
        for span in spans:
            if to_text(span.to_at) > to_text(span.from_at):
                _lay_one(conn, source_id, term_id, span)


def _lay_one(conn: sqlite3.Connection, source_id: int, term_id: int, new: Span) -> None:
    # Neighbours that only touch are read too: they may merge with the new span.
    touched = _read(
        conn,
        "to_at >= ? and from_at <= ?",
        (source_id, term_id, to_text(new.from_at), to_text(new.to_at)),
    )
    conn.executemany(
        "delete from coverage where source_id = ? and term_id = ? and from_at = ?",
        [(source_id, term_id, to_text(span.from_at)) for span in touched],
    )
    whole = replace(new, from_at=_whole(new.from_at), to_at=_whole(new.to_at))
    conn.executemany(
        "insert into coverage "
        "(source_id, term_id, from_at, to_at, state, run_id, evidence) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        [(source_id, term_id, *_row(span)) for span in paint(touched, whole)],
    )


def _whole(moment: datetime) -> datetime:
    return from_text(to_text(moment))


def _row(span: Span) -> tuple[str, str, str, int | None, str | None]:
    return (
        to_text(span.from_at),
        to_text(span.to_at),
        span.state,
        span.run_id,
        span.evidence,
    )


def read(
    conn: sqlite3.Connection,
    source_id: int,
    term_id: int,
    *,
    since: datetime,
    until: datetime,
) -> list[Span]:
    """The spans that reach into [since, until], oldest first."""
    bounds = (source_id, term_id, to_text(since), to_text(until))
    return _read(conn, "to_at > ? and from_at < ?", bounds)


def _read(
    conn: sqlite3.Connection, condition: str, bounds: tuple[int, int, str, str]
) -> list[Span]:
    rows = conn.execute(
        "select from_at, to_at, state, evidence, run_id from coverage "
        f"where source_id = ? and term_id = ? and {condition} order by from_at",
        bounds,
    )
    return [
        Span(from_text(start), from_text(end), state, evidence, run_id)
        for start, end, state, evidence, run_id in rows
    ]


def seen_until(
    conn: sqlite3.Connection, source_id: int, term_id: int
) -> datetime | None:
    """The end of the newest span that was seen, None where nothing was."""
    (latest,) = conn.execute(
        "select max(to_at) from coverage where source_id = ? and term_id = ? "
        "and state in ('complete', 'overlapping')",
        (source_id, term_id),
    ).fetchone()
    return from_text(latest) if latest else None


def darken(
    db: Database,
    source_id: int,
    term_ids: Iterable[int],
    *,
    now: datetime,
    evidence: str,
) -> None:
    """Write down as blind what nobody looked at since each term's last known span.

    A later walk that reads it after all paints it over.
    """
    with transaction(db) as conn:
        for term_id in term_ids:
            (since,) = conn.execute(
                "select coalesce((select max(to_at) from coverage where source_id = ? "
                "and term_id = t.id), t.added_at) from terms t where t.id = ?",
                (source_id, term_id),
            ).fetchone()
            lay(
                conn,
                source_id,
                [term_id],
                [Span(from_text(since), now, "blind", evidence)],
            )


def newest_hole(
    spans: Sequence[Span], since: datetime, until: datetime
) -> tuple[datetime, datetime] | None:
    """The newest stretch of [since, until] that no complete or overlapping span covers."""
    seen = sorted(
        (span for span in spans if span.state in {"complete", "overlapping"}),
        key=lambda span: span.from_at,
        reverse=True,
    )
    end = until
    for span in seen:
        if span.to_at < end:
            return max(span.to_at, since), end
        end = min(end, span.from_at)
        if end <= since:
            return None
    return (since, end) if since < end else None
