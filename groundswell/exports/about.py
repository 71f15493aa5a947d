"""What an export says of itself: the filter, the time, what was seen, what is left out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db import choosing
from db.choosing import Known, Selection
from db.connection import Database
from db.times import to_text
from groundswell import __version__
from groundswell.exports import columns, selecting

SEEN = ("complete", "overlapping")
STATES = ("seen", "capped", "blind", "untracked", "imported")
MEANT = (
    "seen: everything was read (complete), or two looks overlap (overlapping). capped: the "
    "platform showed a part. blind: the source could not be read. untracked: nobody "
    "looked, or not yet. imported: an archive brought posts; whether all, nobody knows."
)
_WIDTH = 88


@dataclass(frozen=True, slots=True)
class About:
    """The facts of one export.

    posts: how many were chosen. from_at, to_at: the time that `coverage` speaks of (rows
    of the published query coverage_of), UTC text; from_at is "" where nothing is known.
    """

    selection: Selection
    known: Known
    posts: int
    written_at: datetime
    from_at: str
    to_at: str
    coverage: Sequence[Mapping[str, Any]]


def gather(db: Database, selection: Selection, posts: int, now: datetime) -> About:
    """The facts of the selection's posts, which are so many."""
    known = choosing.known(db, selection)
    from_at = selection.from_at or known.first_at or ""
    to_at = min(selection.to_at or to_text(now), to_text(now))
    spans = choosing.coverage(db, selection, from_at, to_at) if from_at else []
    return About(selection, known, posts, now, from_at, to_at, spans)


def hours(
    spans: Iterable[Mapping[str, Any]],
) -> dict[tuple[str, str, str], dict[str, float]]:
    """Source, platform and term to the hours in each of STATES."""
    found: dict[tuple[str, str, str], dict[str, float]] = {}
    for span in spans:
        key = span["source"], span["platform"], span["term"]
        own = found.setdefault(key, dict.fromkeys(STATES, 0.0))
        own["seen" if span["state"] in SEEN else span["state"]] += span["hours"]
    return found


def readme(about: About, title: str, notes: Sequence[str], *, table: bool) -> list[str]:
    """The lines of the README. title: what kind of file. table: its columns are told."""
    heading = f"Groundswell: {title}"
    lines = [heading, "=" * len(heading), *_what(about)]
    lines += _section("The filter", selecting.sentences(about.selection))
    lines += _section(f"What was seen of this time{_span(about)}", _seen(about))
    lines += _section("What is left out", left_out(about))
    lines += _section("About this file", notes)
    if table:
        told = (f"{one.name}: {one.meaning}" for one in columns.COLUMNS)
        lines += _section("The columns (empty: unknown or none)", told)
    return lines


def _what(about: About) -> Iterator[str]:
    title = " ".join(about.known.title.split())
    if about.known.simulated:
        yield "SIMULATED: these posts are made up by the demo."
    yield f"Public posts of the campaign {title}, oldest first: {about.posts:,}."
    yield f"Written {to_text(about.written_at)} (UTC) by Groundswell {__version__}."


def _span(about: About) -> str:
    return f" ({about.from_at} to {about.to_at}, UTC)" if about.from_at else ""


def _section(title: str, texts: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    yield "-" * len(title)
    for text in texts:
        yield from textwrap.wrap(
            text,
            _WIDTH,
            initial_indent="- ",
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def _seen(about: About) -> Iterator[str]:
    found = hours(about.coverage)
    if not found:
        yield "Nothing: no source was read for it."
        return
    yield f"Hours for each source and term. {MEANT}"
    for (source, platform, term), own in found.items():
        told = ", ".join(f"{state} {own[state]:g}" for state in STATES)
        yield f"{source} ({platform}), {term}: {told}"


def left_out(about: About) -> Iterator[str]:
    """What is not in the export, a sentence each."""
    yield (
        "Posts that were deleted or withheld, and posts of people who asked not to be "
        "indexed or to be forgotten. What is taken back after this was written is still "
        "in this file: pass it on with care, and delete it when it is no longer needed."
    )
    on = f" on {about.selection.platform}" if about.selection.platform else ""
    yield (
        f"Posts of this time{on} that were collected and taken back since: "
        f"{about.known.removed:,} (in whole hours, whatever else the filter says)."
    )
    yield "What staff wrote (labels, notes), and the pictures and videos themselves."
