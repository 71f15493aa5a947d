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

from markupsafe import Markup

from db.times import from_text, to_text
from groundswell.web import times, words, zones
from groundswell.web.data import Row
from groundswell.web.ranges import View

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LOW = 2 / 3  # of the usual: the median of the days, or hours, that are whole
DAYS = 4  # whole days, under which hours are looked at
ALIKE = 3  # other days, at least, whose same hour is compared
SEEN = ("complete", "overlapping")  # states of coverage
MOST = 3  # that are told
_SINCE = Markup("Nothing was collected before {}{}.")
_TOLD = Markup("{}: {}")
_LOWEST = Markup("{}: {}.")
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

    @property
    def seen(self) -> bool:
        """Whether anything of it was, on any platform."""
        return any(any(known) for known in self.covered.values())

    def share(self, platform: str) -> float:
        """Which share of it was seen on a platform; 0 where no source watches."""
        known = self.covered.get(platform)
        return sum(known) / len(known) if known else 0.0


def earlier(view: View) -> tuple[datetime, datetime] | None:
    """The days before the time shown that its hours are compared with, where it has not
    enough of its own days; None: no hours are told of it, or they have."""
    if view.bucket == "day" or view.q or view.to_at - view.from_at >= DAYS * DAY:
        return None
    return view.from_at - DAYS * DAY, view.from_at


def told(
    rows: Sequence[Row],
    view: View,
    coverage: Sequence[Row] = (),
    before: Sequence[Row] = (),
) -> list[str]:
    """HTML: from when on was collected, where that is within the time; then a sentence for
    each low stretch that was seen, the lowest first, and for those that nobody saw.

    rows: of `volume`, for the view. coverage: of `coverage_of`, for the same. before: of
    `volume`, for `earlier`. Where the time has four whole days or more a stretch is a day
    (of the view's zone; of UTC where counts are by the day) with at most two thirds of the
    posts of a usual one, the median of those of which something was seen; else neighbouring
    hours which each have at most that of the usual same hour of three other days or more.
    What is missing is more than chance makes: two standard deviations (Poisson: the root of
    the usual). What was less seen than the rest of the time is set against the posts that
    it would have brought at the platform's usual rate: that explains the fall where it
    makes up half of what is missing. Where the usual is 0 nothing can be said. Where no
    day is low the lowest is named.
    """
    bounds = from_text(view.counted["from_at"]), from_text(view.counted["to_at"])
    zone = view.zone if view.bucket == "hour" else zones.UTC
    start = _collected(rows, coverage)
    if start is None:
        return []
    said: list[str] = []
    if start - max(bounds[0], view.from_at) >= HOUR:
        known = any(row["posts"] and from_text(row["bucket"]) < start for row in rows)
        later = "; earlier posts that are counted were found since" if known else ""
        when = times.when(to_text(start), view.zone)
        said = [_SINCE.format(when, later)]
        bounds = start, bounds[1]
    days = _stretches(rows, zone, bounds)
    if len(days) >= DAYS:
        return said + _of_days(days, zone)
    if view.bucket == "day":
        return said
    hours = _stretches(rows, None, bounds)
    past = _stretches(before, None, (_collected(before, ()) or bounds[0], bounds[1]))
    return said + _of_hours(hours, [*past, *hours], zone)


def _collected(rows: Sequence[Row], coverage: Sequence[Row]) -> datetime | None:
    """Since when anything was seen; None: nothing was."""
    seen = [row["bucket"] for row in rows if row["sources"] and row["covered"]]
    if not seen:
        return None
    bucket = from_text(min(seen))
    first: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in coverage:
        if row["state"] in SEEN and from_text(row["to_at"]) > bucket:
            of_source, begin = first[row["source"]], from_text(row["from_at"])
            of_source[row["term"]] = min(of_source.get(row["term"], begin), begin)
    # A source sees what it reads for all of its terms; a later one may have joined since.
    whole = min((max(terms.values()) for terms in first.values()), default=bucket)
    return whole if bucket < whole < bucket + DAY else bucket


def _clock(each: Stretch, zone: ZoneInfo) -> int:
    return each.start.astimezone(zone).hour


def _of_days(days: Sequence[Stretch], zone: ZoneInfo) -> list[str]:
    seen = [each for each in days if each.seen]
    if not seen:
        return []
    usual = median(each.total for each in seen)
    low = [each for each in days if _is_low(each, usual)]
    if not low:
        return _lowest(seen, usual, zone)
    runs = [[each] for each in low if each.seen]
    runs.sort(key=lambda run: run[0].total)
    runs += _runs([each for each in low if not each.seen])
    return [_told(run, days, usual * len(run), "day", zone) for run in runs[:MOST]]


def _lowest(days: Sequence[Stretch], usual: float, zone: ZoneInfo) -> list[str]:
    """That no day is a fall; nothing where there are no posts."""
    least = min(days, key=lambda each: each.total)
    if least.total >= usual:
        return []
    said = (
        f"No day fell clearly; the lowest had {words.plural(least.total, 'post')}, where a "
        f"usual one has {words.number(round(usual))}"
    )
    if any(least.share(name) < _WHOLE for name in least.covered):
        said += ", and not all of it was seen"
    return [_LOWEST.format(said, _when([least], "day", zone))]


def _of_hours(
    hours: Sequence[Stretch], every: Sequence[Stretch], zone: ZoneInfo
) -> list[str]:
    """Hours beside the same hours of other days."""
    alike: dict[int, list[Stretch]] = defaultdict(list)
    for each in every:
        if each.seen:
            alike[_clock(each, zone)].append(each)
    usual = {each.start: _others(each, alike[_clock(each, zone)]) for each in hours}
    runs = _runs([each for each in hours if _is_low(each, usual[each.start])])
    sums = [sum(usual[each.start] for each in run) for run in runs]
    told = sorted(zip(runs, sums, strict=True), key=lambda one: _sum(one[0]) - one[1])
    return [
        _told(run, _same(run, alike, zone), usual_sum, "hour", zone)
        for run, usual_sum in told[:MOST]
    ]


def _same(
    run: Sequence[Stretch], alike: Mapping[int, Sequence[Stretch]], zone: ZoneInfo
) -> list[Stretch]:
    """The hours of other days that it is compared with, and its own."""
    return [one for each in run for one in alike[_clock(each, zone)]]


def _told(
    run: Sequence[Stretch],
    every: Sequence[Stretch],
    usual: float,
    unit: str,
    zone: ZoneInfo,
) -> Markup:
    return _TOLD.format(_when(run, unit, zone), _sentence(run, every, usual, unit))


def _sum(run: Sequence[Stretch]) -> int:
    return sum(each.total for each in run)


def _others(each: Stretch, alike: Sequence[Stretch]) -> float:
    """The median of the same hour of other days; 0: of too few."""
    others = [one.total for one in alike if one.start != each.start]
    return median(others) if len(others) >= ALIKE else 0.0


def _is_low(each: Stretch, usual: float) -> bool:
    most = min(usual * LOW, usual - 2 * math.sqrt(usual))
    return usual > 0 and each.total <= most


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


def _sentence(
    run: Sequence[Stretch], every: Sequence[Stretch], usual: float, unit: str
) -> str:
    low = _joined(run)
    posts = words.plural(low.total, "post") if low.total else "no post"
    fewest = f"{posts}, where {_usual(run, unit, usual)}."
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
        # Days may begin within an hour.
        day, last = (run[end].start.astimezone(zone) + HOUR for end in (0, -1))
        if day != last:
            return f"{words.days(day.date(), last.date())}, whole days"
        return f"{day:%A}, {words.day(day)}"
    return times.between(to_text(run[0].start), to_text(run[-1].end), zone)


def _usual(run: Sequence[Stretch], unit: str, usual: float) -> str:
    """`a usual day of this time has 100`, `the same 2 hours of other days have 18`."""
    count = words.number(round(usual))
    if unit == "hour":
        same = "hour of other days has" if len(run) == 1 else "hours of other days have"
        return f"the same {same} {count}, as a rule"
    if len(run) > 1:
        return f"{len(run)} usual days of this time have {count}"
    return f"a usual day of this time has {count}"


def _mean(stretches: Sequence[Stretch], platform: str) -> float:
    """Which share of them was seen on a platform, on average."""
    shares = [each.share(platform) for each in stretches]
    return sum(shares) / len(shares) if shares else 0.0


def _blind(
    low: Stretch, rest: Sequence[Stretch], less: Mapping[str, float], missing: float
) -> str:
    """What was less seen than the rest of the time, and what that may hide."""
    names = _named(less, {name for each in rest for name in each.covered})
    hidden = round(sum(_hidden(low, rest, name) for name in less))
    told = f"Less of it was seen than of the rest on {names}; at the usual rate that hides "
    told += f"about {words.plural(hidden, 'post')}, "
    if hidden >= missing * 0.9:
        return told + "which is all that is missing: we were blind, no fall is shown."
    if hidden >= missing * _EXPLAINED:
        return told + "most of what is missing: mostly we were blind."
    return told + "less than half of what is missing: most of the fall is real."


def _named(less: Mapping[str, float], watched: set[str]) -> str:
    """The platforms, with how much of it was seen: the least seen ones, or how many."""
    if len(less) > MOST and less.keys() >= watched:
        mean = sum(less.values()) / len(less)
        part = (
            f"{words.percent(mean, 1)} of it, on average" if mean else "nothing of it"
        )
        return f"all {len(less)} platforms ({part})"
    first = sorted(less, key=lambda name: (less[name], name))[:MOST]
    seen = [f"{name} ({words.percent(less[name], 1)} of it)" for name in first]
    more = len(less) - len(first)
    return words.listed([*seen, words.plural(more, "other")] if more else seen)


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
