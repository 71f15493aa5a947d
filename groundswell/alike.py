"""Two times set against each other on the platforms that were seen alike in both. Pure.

What was seen of one time and not of the other makes a difference of its own: a platform
that was blind yesterday looks like a rise today. So counts are compared on the platforms
alone of which about the same share was seen both times, and the others are named with the
reason. For the pages and for reports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from groundswell.reports.words import listed, number, percent

_ALIKE = 0.02  # shares of two times that differ by less are alike
WHOLE = 0.999
_NAMED = 6  # platforms in one sentence; beyond these the others are counted
_EACH = 3  # shares told one by one; of more the least and the most


def seen_alike(
    now: int | None, before: int | None, seen: float, seen_before: float
) -> bool:
    """Whether both times of a platform were seen, and about as much of each: what the
    query `by_platform` calls comparable. now, before: posts; None: nothing was seen."""
    return (
        None not in (now, before)
        and min(seen, seen_before) > 0
        and abs(seen - seen_before) < _ALIKE
    )


@dataclass(frozen=True, slots=True)
class Part:
    """One platform in two times. now, before: posts; None: nothing was seen. seen,
    seen_before: shares of the times, 0 to 1. alike: whether it may be compared. watched:
    whether a source watches it."""

    name: str
    now: int | None
    before: int | None
    seen: float
    seen_before: float
    alike: bool
    watched: bool = True

    @property
    def idle(self) -> bool:
        """Whether nothing was seen in either time, and no post is known of either."""
        return not (self.now or self.before or self.seen or self.seen_before)


@dataclass(frozen=True, slots=True)
class Alike:
    """now, before: the posts on the platforms seen alike. names: those platforms, most
    posts first. apart: those that are left out: seen unlike, or with posts and unseen.
    idle: platforms of which nothing is known in either time; they change neither count."""

    now: int
    before: int
    names: tuple[str, ...]
    apart: tuple[Part, ...]
    idle: tuple[str, ...]

    @property
    def all(self) -> bool:
        """Whether nothing had to be left out."""
        return bool(self.names) and not self.apart


def alike(parts: Iterable[Part]) -> Alike:
    """Which platforms may be compared, and their sums."""
    ranked = sorted(
        parts, key=lambda each: (-max(each.now or 0, each.before or 0), each.name)
    )
    same = [each for each in ranked if each.alike]
    return Alike(
        now=sum(each.now or 0 for each in same),
        before=sum(each.before or 0 for each in same),
        names=tuple(each.name for each in same),
        apart=tuple(each for each in ranked if not each.alike and not each.idle),
        idle=tuple(each.name for each in ranked if each.idle),
    )


def of_rows(rows: Iterable[Mapping[str, Any]]) -> Alike:
    """The same of rows of `by_platform`, which has both times."""
    return alike(
        Part(
            name=row["platform"],
            now=row["posts"],
            before=row["posts_before"],
            seen=row["covered"],
            seen_before=row["covered_before"],
            alike=bool(row["comparable"]),
            watched=bool(row["sources"]),
        )
        for row in rows
    )


def where(found: Alike, both: str) -> str:
    """On which platforms two times are compared; both: `both days`."""
    if len(found.names) == 1:
        return f"On {found.names[0]}, the only platform seen alike {both}"
    return f"On the {number(len(found.names))} platforms seen alike {both}"


def platforms_of(found: Alike) -> str:
    """The platforms that are compared, shortly: `the 16 platforms seen alike`."""
    if len(found.names) == 1:
        return f"{found.names[0]}, alone seen alike"
    return f"the {number(len(found.names))} platforms seen alike"


def left_out(found: Alike, later: str, earlier: str) -> list[str]:
    """Sentences on what is left out and why, one for each reason. later, earlier: what the
    times are called, as `the later day`."""
    begin = "Left out {} {}: " if found.names else "Of {1}, "
    return [
        begin.format("is" if len(group) == 1 else "are", _names(group))
        + _reason(group, later, earlier)
        for group in _groups(found.apart)
    ]


def incomparable(found: Alike, times: str) -> str:
    """That there is nothing to compare; times: `the two days`."""
    if found.apart:
        why = "no platform was seen alike in both"
    else:
        why = "nothing was seen of either"
    return f"{times[0].upper()}{times[1:]} cannot be compared: {why}."


def _groups(parts: Iterable[Part]) -> list[list[Part]]:
    ordered = sorted(parts, key=_kind)  # stable: most posts first within each
    return [list(group) for _, group in groupby(ordered, key=_kind)]


def _kind(part: Part) -> int:
    """What keeps it from being compared, a place in `_reason`: less was seen of the earlier
    time, of the later, of both; nothing of either; no source watches."""
    if not part.seen and not part.seen_before:
        return 3 if part.watched else 4
    if part.seen >= WHOLE or not part.seen_before:
        return 0
    return 1 if part.seen_before >= WHOLE or not part.seen else 2


def _reason(group: Sequence[Part], later: str, earlier: str) -> str:
    now = _shares([each.seen for each in group])
    before = _shares([each.seen_before for each in group])
    return (
        f"{before} of {earlier} was seen.",
        f"{now} of {later} was seen.",
        f"{before} of {earlier} was seen, and {now} of {later}.",
        "nothing was seen in either time; posts were found afterwards.",
        "only archives brought posts.",
    )[_kind(group[0])]


def _names(group: Sequence[Part]) -> str:
    names = [each.name for each in group]
    if len(names) > _NAMED:
        names[_NAMED - 1 :] = [f"{number(len(names) - _NAMED + 1)} others"]
    return listed(names)


def _shares(shares: Sequence[float]) -> str:
    told = [percent(each) for each in shares]
    if len(set(told)) == 1:
        return told[0]
    if len(told) <= _EACH:
        return listed(told)
    return f"{percent(min(shares))} to {percent(max(shares))}"
