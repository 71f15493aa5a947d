"""What a report could not see, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from db.times import from_text
from groundswell.reports import words
from groundswell.reports.reading import Answer, Reading, Row
from groundswell.reports.words import Figure, Words

_MOST = 8
_NAMED = 4  # terms of a gap
_ALIKE = 1 / 60  # hours by which terms' spans may differ and are told as one
_STATES = {"blind": "not read", "capped": "shown only in part"}


def unseen(reading: Reading, zone: ZoneInfo) -> tuple[Words, ...]:
    """A sentence for each gap of a source, whichever terms it hides, the longest first;
    then what nobody looked for."""
    found = sorted(merged(reading.coverage.rows), key=lambda gap: -gap.hours)
    gaps = [_gap(one, reading.gaps, zone) for one in found[:_MOST]]
    rest = len(found) - len(gaps)
    if rest > 0:
        more = Figure(f"{words.number(rest)} more", reading.gaps.path)
        gaps.append(("And ", more, "."))
    return (*gaps, *_untracked(reading.coverage), *_imported(reading.coverage))


@dataclass(slots=True)
class Gap:
    """What a source did not show of a time, for one reason. terms: each with the hours
    that are hidden of it."""

    source: str
    platform: str
    state: str
    why: str
    from_at: datetime
    to_at: datetime
    terms: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def hours(self) -> float:
        """Of the term that it hides longest."""
        return max(self.terms.values())

    @property
    def alike(self) -> bool:
        """Whether it hides all its terms for all of its time."""
        whole = (self.to_at - self.from_at) / timedelta(hours=1)
        return all(whole - hours <= _ALIKE for hours in self.terms.values())

    def add(self, row: Row) -> None:
        """One span of one term more."""
        self.to_at = max(self.to_at, from_text(row["to_at"]))
        self.terms[row["term"]] += row["hours"]


def merged(rows: Sequence[Row]) -> list[Gap]:
    """Rows of `coverage_of` that are blind or capped, as one gap for each source and reason
    where the spans of its terms meet."""
    wanted = [row for row in rows if row["state"] in _STATES]
    found: list[Gap] = []
    for row in sorted(wanted, key=lambda row: (*_same(row), row["from_at"])):
        start = from_text(row["from_at"])
        last = found[-1] if found else None
        if last is None or _key(last) != _same(row) or start > last.to_at:
            last = Gap(*_same(row), start, start)
            found.append(last)
        last.add(row)
    return found


def _same(row: Row) -> tuple[str, str, str, str]:
    return row["source"], row["platform"], row["state"], row["evidence"] or ""


def _key(gap: Gap) -> tuple[str, str, str, str]:
    return gap.source, gap.platform, gap.state, gap.why


def _gap(gap: Gap, gaps: Answer, zone: ZoneInfo) -> Words:
    why = words.one_line(gap.why, 160)
    length = Figure(words.hours(gap.hours), gaps.path)
    who = f"{gap.source} ({gap.platform}): {'' if gap.alike else 'up to '}"
    when = words.span(gap.from_at, gap.to_at, zone)
    when = when if gap.alike else f"within {when}"
    said = f" {_STATES[gap.state]}, {when}, for {_named(gap)}"
    return who, length, said + (f": {why}" if why else "")


def _named(gap: Gap) -> str:
    names = [words.one_line(name, 60) for name in sorted(gap.terms)]
    if len(names) > _NAMED:
        names[_NAMED:] = [f"{len(names) - _NAMED} more terms"]
    return words.listed(names)


def _untracked(coverage: Answer) -> tuple[Words, ...]:
    """Of each source the term that was looked for least."""
    hours: dict[tuple[str, str], dict[str, float]] = defaultdict(
        lambda: defaultdict(float)
    )
    for row in coverage.rows:
        if row["state"] == "untracked":
            hours[row["source"], row["platform"]][row["term"]] += row["hours"]
    worst = {source: max(terms.values()) for source, terms in hours.items()}
    found = sorted(worst.items(), key=lambda pair: -pair[1])[:_MOST]
    return tuple(
        (
            f"{source} ({platform}): nobody looked for ",
            Figure(words.hours(length), coverage.path),
        )
        for (source, platform), length in found
    )


def _imported(coverage: Answer) -> tuple[Words, ...]:
    if not any(row["state"] == "imported" for row in coverage.rows):
        return ()
    spans = Figure("part of this time", coverage.path)
    return (
        ("Archives brought posts of ", spans, "; whether all of them, nobody knows."),
    )
