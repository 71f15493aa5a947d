"""Whether a fall is real or we were blind: the low days of a time, or its low hours, with
what of them was not seen. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median
from zoneinfo import ZoneInfo

from db.times import from_text, to_text
from groundswell.web import words, zones
from groundswell.web.data import Row
from groundswell.web.ranges import View

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LOW = 2 / 3  # of the usual: the median of the days, or hours, that are whole
DAYS = 4  # whole days, under which hours are looked at
MOST = 3  # that are told
_ALIKE = 0.02
_WHOLE = 0.999
_EXPLAINED = 0.5  # of what is missing


@dataclass(slots=True)
class Stretch:
    """A day, an hour, or neighbouring hours. posts, covered: by platform; covered: which
    share was seen of each part, 0 to 1; no part where no source watches."""

    start: datetime
    end: datetime
    posts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    covered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def total(self) -> int:
        """Posts of all platforms."""
        return sum(self.posts.values())

    def share(self, platform: str) -> float:
        """Which share of it was seen on a platform; 0 where no source watches."""
        known = self.covered.get(platform)
        return sum(known) / len(known) if known else 0.0


def told(rows: Sequence[Row], view: View) -> list[str]:
    """A sentence for each low stretch, the lowest first; none where none is low.

    rows: of `volume`, for the view. Where the time has four whole days or more a stretch is
    a day (of the view's zone; of UTC where counts are by the day) with at most two thirds
    of the posts of a usual one, the median; else neighbouring hours which each have at most
    that of a usual hour. What is missing is more than chance makes: two standard deviations
    (Poisson: the root of the usual). What was less seen than the rest of the time is set
    against the posts that it would have brought at the platform's usual rate: that explains
    the fall where it makes up half of what is missing.
    """
    bounds = from_text(view.counted["from_at"]), from_text(view.counted["to_at"])
    zone = view.zone if view.bucket == "hour" else zones.UTC
    unit, found = "day", _stretches(rows, zone, bounds)
    if len(found) < DAYS and view.bucket == "hour":
        unit, found = "hour", _stretches(rows, None, bounds)
    if len(found) < DAYS:
        return []
    usual = median(each.total for each in found)
    most = min(usual * LOW, usual - 2 * math.sqrt(usual))
    low = [each for each in found if each.total <= most]
    runs = [[each] for each in low] if unit == "day" else _runs(low)
    runs.sort(key=lambda run: sum(each.total for each in run) - usual * len(run))
    said = [
        _sentence(_joined(run), found, usual * len(run), unit) for run in runs[:MOST]
    ]
    return [
        f"{_when(run, unit, zone)}: {sentence}"
        for run, sentence in zip(runs, said, strict=False)
    ]


def _stretches(
    rows: Sequence[Row], zone: ZoneInfo | None, bounds: tuple[datetime, datetime]
) -> list[Stretch]:
    """The zone's days that lie wholly in the time, in order; None: its hours."""

    def start_of(row: Row) -> datetime:
        start = from_text(row["bucket"])
        return zones.midnight(zones.day_of(start, zone), zone) if zone else start

    found = []
    for start, group in groupby(sorted(rows, key=lambda r: str(r["bucket"])), start_of):
        end = start + HOUR
        if zone:
            end = zones.midnight(zones.day_of(start, zone) + DAY, zone)
        if start < bounds[0] or end > bounds[1]:
            continue
        each = Stretch(start, end)
        for row in group:
            each.posts[row["platform"]] += row["posts"] or 0
            if row["sources"]:
                each.covered[row["platform"]].append(row["covered"])
        found.append(each)
    return found


def _runs(low: Sequence[Stretch]) -> list[list[Stretch]]:
    """Neighbours together."""
    runs: list[list[Stretch]] = []
    for each in low:
        if runs and runs[-1][-1].end == each.start:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _joined(run: Sequence[Stretch]) -> Stretch:
    whole = Stretch(run[0].start, run[-1].end)
    for each in run:
        for name, posts in each.posts.items():
            whole.posts[name] += posts
        for name, covered in each.covered.items():
            whole.covered[name] += covered
    return whole


def _sentence(low: Stretch, every: Sequence[Stretch], usual: float, unit: str) -> str:
    posts = words.plural(low.total, "post") if low.total else "no post"
    fewest = f"{posts}, where {_usual(low, unit, usual)}."
    missing = usual - low.total
    rest = [each for each in every if not low.start <= each.start < low.end]
    watched = {name for each in every for name in each.covered}
    less = {
        name: low.share(name)
        for name in watched
        if _mean(rest, name) - low.share(name) >= _ALIKE
    }
    if not less:
        whole = all(low.share(name) >= _WHOLE for name in watched)
        how = (
            "It was seen the whole time" if whole else "It was seen as well as the rest"
        )
        return f"{fewest} {how}: the fall is real."
    return f"{fewest} {_blind(low, rest, less, missing)}"


def _when(run: Sequence[Stretch], unit: str, zone: ZoneInfo) -> str:
    if unit == "day":
        day = run[0].start.astimezone(zone) + HOUR  # days may begin within an hour
        return f"{day:%A}, {words.day(day)}"
    return words.span(to_text(run[0].start), to_text(run[-1].end), zone)


def _usual(low: Stretch, unit: str, usual: float) -> str:
    """`a usual day of this time has 100`, `2 usual hours of this time have 18`."""
    count = words.number(round(usual))
    hours = round((low.end - low.start) / timedelta(hours=1))
    if unit == "hour" and hours > 1:
        return f"{hours} usual hours of this time have {count}"
    return f"a usual {unit} of this time has {count}"


def _mean(stretches: Sequence[Stretch], platform: str) -> float:
    """Which share of them was seen on a platform, on average."""
    shares = [each.share(platform) for each in stretches]
    return sum(shares) / len(shares) if shares else 0.0


def _blind(
    low: Stretch, rest: Sequence[Stretch], less: Mapping[str, float], missing: float
) -> str:
    """What was less seen than the rest of the time, and what that may hide."""
    first = sorted(less, key=lambda name: (less[name], name))[:MOST]
    seen = [f"{name} ({words.percent(less[name], 1)} of it)" for name in first]
    more = len(less) - len(first)
    names = words.listed([*seen, words.plural(more, "other")] if more else seen)
    hidden = round(sum(_hidden(low, rest, name) for name in less))
    told = f"Less of it was seen than of the rest on {names}; at the usual rate that hides "
    told += f"about {words.plural(hidden, 'post')}, "
    if hidden >= missing * 0.9:
        return told + "which is all that is missing: we were blind, no fall is shown."
    if hidden >= missing * _EXPLAINED:
        return told + "most of what is missing: mostly we were blind."
    return told + "less than half of what is missing: most of the fall is real."


def _hidden(low: Stretch, rest: Sequence[Stretch], name: str) -> float:
    """The posts that the unseen part would have brought, at the rate of what was seen."""
    seen = sum(
        each.share(name) * (each.end - each.start).total_seconds() for each in rest
    )
    posts = sum(each.posts.get(name, 0) for each in rest if each.share(name))
    if not seen:
        return 0.0
    unseen = (1 - low.share(name)) * (low.end - low.start).total_seconds()
    return max(0.0, unseen * posts / seen)
