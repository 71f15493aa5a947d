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
# Fewer posts say nothing of a share.
_LEAST = 20


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much of a control is what is measured too. control, measured: as the sentences
    name them: `#B's`, `carry #A`. share: of the control's posts before the event, 0 to 1;
    None: it is not known. after: of those in the hours after; None: of too few to tell.
    looked_to: how far back posts were looked at; None: all."""

    control: str
    measured: str
    share: float | None
    after: float | None = None
    looked_to: datetime | None = None

    @property
    def told(self) -> str:
        """The share in words, a clause."""
        if self.share is None:
            return f"how many of {self.control} posts {self.measured} too is not known"
        return f"{percent(self.share)} of {self.control} posts {self.measured} too"

    @property
    def sentence(self) -> str:
        """The same as a sentence, with how far back it reaches, and with the share after
        where that is as large as none may be before: an event may bring two terms together,
        or concern both."""
        said = f"{self.told[0].upper()}{self.told[1:]}"
        if self.looked_to is not None:
            since = f"{self.looked_to.day} {self.looked_to:%b, %H:%M}"
            said += f", of the newest posts, since {since}"
        if self.after is not None and self.after >= MOST:
            said += (
                f"; of those in the hours after {percent(self.after)}, so that what "
                "followed may be more than it looks"
            )
        return f"{said}."

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
    """What rows of `shared_posts`, by the hour, say of the time before `at` and the hours
    after it; where less than 20 posts of the time before were looked at, all of them stand
    for it."""
    begin = at.replace(minute=0, second=0, microsecond=0)
    end = begin + timedelta(hours=hours)
    before = [row for row in rows if from_text(row["bucket"]) < begin]
    after = [row for row in rows if begin <= from_text(row["bucket"]) < end]
    share = _share(before, _LEAST)
    looked = [row["looked_to"] for row in rows if row["looked_to"]]
    return Overlap(
        control=control,
        measured=measured,
        share=_share(rows, 1) if share is None else share,
        after=_share(after, _LEAST),
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
