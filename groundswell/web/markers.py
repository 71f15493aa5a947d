"""What happened in the time of a chart: terms added and removed, the diary. Pure.

Each moment is a dashed line in the pictures; lines that lie close together share a letter,
and the list below the pictures says what each letter stands for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from string import ascii_uppercase
from typing import Any

from db.times import from_text
from groundswell.web.data import Row

MOST = 60  # lines in a picture
_ADDED, _REMOVED, _DIARY = "term added", "term removed", "diary"


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """at: UTC text. what: what kind of thing happened. names: of the terms or the entry."""

    at: str
    what: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A letter, and the moments that it stands for; in order, one at least."""

    letter: str
    moments: tuple[Moment, ...]


def moments(terms: Sequence[Row], events: Sequence[Row]) -> list[Moment]:
    """Rows of `terms_of` and `events` as moments, in order; what happened to several terms
    at once is one moment."""
    found = sorted([*_of_terms(terms), *_of_events(events)])
    return [
        Moment(at, what, tuple(name for one in group for name in one.names))
        for (at, what), group in groupby(found, key=lambda one: (one.at, one.what))
    ]


def _of_terms(rows: Sequence[Row]) -> Iterator[Moment]:
    for row in rows:
        name = f"#{row['display']}" if row["kind"] == "hashtag" else str(row["display"])
        yield Moment(row["added_at"], _ADDED, (name,))
        if row["removed_at"]:
            yield Moment(row["removed_at"], _REMOVED, (name,))


def _of_events(rows: Sequence[Row]) -> Iterator[Moment]:
    for row in rows:
        yield Moment(row["at"], _DIARY, (row["title"],))


def lettered(found: Sequence[Moment], *, from_at: str, to_at: str) -> list[Mark]:
    """The newest MOST moments of a time, each letter a 26th of it or more after the one
    before, so that letters stand side by side and never run out."""
    inside = [one for one in found if from_at <= one.at < to_at][-MOST:]
    least = (from_text(to_at) - from_text(from_at)) / len(ascii_uppercase)
    groups: list[list[Moment]] = []
    for one in inside:
        if groups and from_text(one.at) - from_text(groups[-1][0].at) < least:
            groups[-1].append(one)
        else:
            groups.append([one])
    return [
        Mark(letter, tuple(group))
        for letter, group in zip(ascii_uppercase, groups, strict=False)
    ]


def lines(marks: Sequence[Mark]) -> list[dict[str, Any]]:
    """A line for each instant, in ms since 1970, the first of a letter with it."""
    return [
        {"at": _milliseconds(at), **({} if number else {"letter": mark.letter})}
        for mark in marks
        for number, at in enumerate(sorted({one.at for one in mark.moments}))
    ]


def _milliseconds(at: str) -> int:
    return int(from_text(at).timestamp()) * 1000
