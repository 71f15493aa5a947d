"""Whether what an event is measured against is apart from what is measured: rows of
`shared_posts` to the share of the control's posts that are measured ones too. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from db.times import from_text

Row = Mapping[str, Any]
# Where a share of the control's posts are measured ones too, they rise with an effect, and
# so does what is expected: of a doubling 2 / (1 + share) is left, 1.67 times at a fifth.
# docs/accuracy.md has how many effects are found at each share (benchmarks/placebo.py).
MOST = 0.2
# Fewer posts of the hours after say nothing of a share.
_LEAST = 20


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a control is what is measured too. control, measured: as the sentences
    name them: `#B's`, `carry #A`. share: of the control's posts, 0 to 1; None: none of them
    was looked at. after: whether it is that of the hours after alone. looked_to: how far
    back posts were looked at; None: all."""

    control: str
    measured: str
    share: float | None
    after: bool
    looked_to: datetime | None

    @property
    def told(self) -> str:
        """The share in words, a clause."""
        if self.share is None:
            return f"how many of {self.control} posts {self.measured} too is not known"
        when = " in the hours after" if self.after else ""
        return (
            f"{percent(self.share)} of {self.control} posts{when} {self.measured} too"
        )

    @property
    def sentence(self) -> str:
        """The same as a sentence, with how far back it reaches."""
        said = f"{self.told[0].upper()}{self.told[1:]}"
        if self.looked_to is None:
            return f"{said}."
        since = f"{self.looked_to.day} {self.looked_to:%b, %H:%M}"
        return f"{said}, of the newest posts, since {since}."

    @property
    def refused(self) -> str | None:
        """Why it is no control; None: it may be one."""
        if self.share is None or self.share < MOST:
            return None
        return f"{self.told}, and with {percent(MOST)} or more it is no control"


def beside(found: Overlap | None, refused: str | None) -> list[str]:
    """The sentence that stands beside an effect; none where it is why that was refused."""
    if found is None or (refused and refused == found.refused):
        return []
    return [found.sentence]


def overlap(
    rows: Sequence[Row], at: datetime, *, hours: int, control: str, measured: str
) -> Overlap:
    """The larger of two shares: of all posts that were looked at, and of those in the hours
    after `at` where there are 20 of them: an event that brings two terms together concerns
    both. rows: those of `shared_posts`, by the hour."""
    begin = at.replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(hours=hours)
    later = [row for row in rows if begin <= from_text(row["bucket"]) < end]
    whole, after = _share(rows, 1), _share(later, _LEAST)
    chosen = after if whole is not None and (after or 0) > whole else whole
    looked = [row["looked_to"] for row in rows if row["looked_to"]]
    return Overlap(
        control=control,
        measured=measured,
        share=chosen,
        after=chosen != whole,
        looked_to=from_text(looked[0]) if looked else None,
    )


def _share(rows: Sequence[Row], least: int) -> float | None:
    posts = sum(row["posts"] for row in rows)
    return sum(row["shared"] for row in rows) / posts if posts >= least else None


def percent(share: float) -> str:
    """In whole per cent, which never rounds something to all or to nothing."""
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"
