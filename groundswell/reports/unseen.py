"""What a report could not see, and why. Pure."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

from db.times import from_text
from groundswell.reports import words
from groundswell.reports.reading import Answer, Reading, Row
from groundswell.reports.words import Figure, Words

_MOST = 8
_STATES = {"blind": "not read", "capped": "shown only in part"}


def unseen(reading: Reading, zone: ZoneInfo) -> tuple[Words, ...]:
    """A sentence for each gap, the longest first, then what nobody looked for."""
    gaps = [_gap(row, reading.gaps, zone) for row in _longest(reading.gaps)]
    rest = len(reading.gaps.rows) - len(gaps)
    if rest > 0:
        more = Figure(f"{words.number(rest)} more", reading.gaps.path)
        gaps.append(("And ", more, "."))
    return (*gaps, *_untracked(reading.coverage), *_imported(reading.coverage))


def _longest(gaps: Answer) -> list[Row]:
    return sorted(gaps.rows, key=lambda row: -row["hours"])[:_MOST]


def _gap(row: Row, gaps: Answer, zone: ZoneInfo) -> Words:
    start = max(from_text(row["from_at"]), from_text(gaps.given["from_at"]))
    end = min(from_text(row["to_at"]), from_text(gaps.given["to_at"]))
    why = words.one_line(row["evidence"], 160)
    length = Figure(words.hours((end - start).total_seconds() / 3600), gaps.path)
    state = _STATES.get(row["state"], row["state"])
    who = f"{row['source']} ({row['platform']}): "
    when = f" {state}, {words.span(start, end, zone)}"
    return who, length, when + (f": {why}" if why else "")


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
