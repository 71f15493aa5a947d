"""What could not be read of the time shown, in words for those who know no sources. Pure.

A platform counts as seen while its best source sees it. So a source may have been blind
where its platform was not: each gap says what the platform's other sources saw meanwhile.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from db.times import from_text, to_text
from groundswell.web import times, words
from groundswell.web.data import Row
from groundswell.web.zones import UTC

HOUR = timedelta(hours=1)
_SEEN = ("complete", "overlapping")
_WHOLE = 0.999
_STATES = {
    "blind": "could not be read",
    "capped": "was shown only in part",
    "untracked": "was not looked at",
}
# Time that nobody looked at for so long may still be read with the next walk.
_SOON = HOUR
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Gap:
    """when, length: the gap in words, with its share of the time shown. from_at, to_at: the
    gap, UTC. what: one sentence,
    true of the source and of its platform. why: the evidence; '': none. open: whether the
    platform was not wholly seen meanwhile."""

    when: Markup
    length: str
    what: str
    why: str
    open: bool
    from_at: str
    to_at: str


@dataclass(slots=True)
class _Hole:
    """Spans of one source's terms that meet, of one state and for one reason."""

    source: str
    platform: str
    state: str
    why: str
    from_at: datetime
    to_at: datetime


def told(rows: Sequence[Row], hours: float, zone: ZoneInfo = UTC) -> list[Gap]:
    """Rows of `coverage_of` as gaps: first those that left their platform unseen, and of
    each the newest first. hours: the length of the time shown. zone: in which times are
    told."""
    seen = _Seen(rows)
    holes = [hole for hole in _holes(rows) if _counts(hole, seen)]
    holes.sort(key=lambda hole: (hole.from_at, hole.to_at, hole.source), reverse=True)
    gaps = [_gap(hole, seen, hours, zone) for hole in holes]
    return sorted(gaps, key=lambda gap: not gap.open)


class _Line:
    """Spans of time that do not overlap, and how much of them lies before any moment: a
    source may have thousands of them, and each gap asks."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[datetime] = []
        self._ends: list[datetime] = []
        self._before = [timedelta()]
        for start, end in sorted(spans):
            begin = max(start, self._ends[-1]) if self._ends else start
            if end > begin:
                self._starts.append(begin)
                self._ends.append(end)
                self._before.append(self._before[-1] + (end - begin))

    def within(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from start to end they hold."""
        return self._until(end) - self._until(start)

    def _until(self, at: datetime) -> timedelta:
        count = bisect_left(self._starts, at)
        beyond = self._ends[count - 1] - at if count else timedelta()
        return self._before[count] - max(timedelta(), beyond)


class _Seen:
    """What each source saw, by platform, source and term."""

    def __init__(self, rows: Sequence[Row]) -> None:
        spans: dict[tuple[str, str, str], list[Span]] = defaultdict(list)
        for row in rows:
            if row["state"] == "imported":
                continue
            some = spans[row["platform"], row["source"], row["term"]]
            if row["state"] in _SEEN:
                some.append((from_text(row["from_at"]), from_text(row["to_at"])))
        self._lines: dict[str, dict[str, list[_Line]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for (platform, source, _), some in spans.items():
            self._lines[platform][source].append(_Line(some))

    def shares(self, hole: _Hole, source: str) -> list[float]:
        """Which share of the hole a source saw, for each of its terms."""
        whole = hole.to_at - hole.from_at
        lines = self._lines[hole.platform][source]
        return [line.within(hole.from_at, hole.to_at) / whole for line in lines]

    def others(self, hole: _Hole) -> list[float]:
        """Which share each other source of the platform saw: the least of its terms."""
        names = self._lines[hole.platform].keys() - {hole.source}
        return [min(self.shares(hole, name)) for name in names]


def _holes(rows: Sequence[Row]) -> Iterator[_Hole]:
    wanted = [row for row in rows if row["state"] in _STATES]
    last: _Hole | None = None
    for row in sorted(wanted, key=lambda row: (*_same(row), row["from_at"])):
        start, end = from_text(row["from_at"]), from_text(row["to_at"])
        if last and _key(last) == _same(row) and start <= last.to_at:
            last.to_at = max(last.to_at, end)
            continue
        if last:
            yield last
        last = _Hole(*_same(row), start, end)
    if last:
        yield last


def _same(row: Row) -> tuple[str, str, str, str]:
    return row["source"], row["platform"], row["state"], row["evidence"] or ""


def _key(hole: _Hole) -> tuple[str, str, str, str]:
    return hole.source, hole.platform, hole.state, hole.why


def _counts(hole: _Hole, seen: _Seen) -> bool:
    """Not what is over in a moment, nor a term that came later, where others were seen."""
    if hole.to_at <= hole.from_at:
        return False
    if hole.state != "untracked":
        return True
    own = seen.shares(hole, hole.source)
    return hole.to_at - hole.from_at >= _SOON and max(own) == 0


def _gap(hole: _Hole, seen: _Seen, hours: float, zone: ZoneInfo) -> Gap:
    length = (hole.to_at - hole.from_at) / HOUR
    others = seen.others(hole)
    return Gap(
        when=times.between(to_text(hole.from_at), to_text(hole.to_at), zone),
        length=f"{words.hours(length)}, {words.percent(length, hours)} of the time shown",
        what=_sentence(hole, others),
        why=hole.why,
        open=_unseen(hole, others) >= hours * (1 - _WHOLE),
        from_at=to_text(hole.from_at),
        to_at=to_text(hole.to_at),
    )


def _unseen(hole: _Hole, others: Sequence[float]) -> float:
    """For how many hours the platform's other sources did not see it either, at least."""
    return (1 - max(others, default=0.0)) * ((hole.to_at - hole.from_at) / HOUR)


def _sentence(hole: _Hole, others: Sequence[float]) -> str:
    """`mastodon was seen all of this time, though one of its 3 sources, tiny, …`."""
    name, state, count = hole.platform, _STATES[hole.state], len(others) + 1
    if not others:
        return f"{name} {state}; nothing else is read for it than {hole.source}"
    best = max(others)
    one = f"one of its {count} sources, {hole.source}, {state}"
    if best >= _WHOLE:
        return f"{name} was seen all of this time, though {one}"
    if best > 0:
        share = words.percent(best, 1)
        return f"{name} was seen {share} of this time by its best other source: {one}"
    return f"{name} was not seen by any other source: {one}"


def unlike(rows: Sequence[Row]) -> str:
    """Said once where a source missed what its platform did not; '' where none did."""
    seen = _Seen(rows)
    for hole in _holes(rows):
        if _counts(hole, seen) and max(seen.others(hole), default=0.0) >= _WHOLE:
            return (
                "A platform counts as seen while its best source sees it: what one of "
                "several sources missed is listed, and is no gap of the platform."
            )
    return ""
