"""The simulated world's posts as the detectors meet them: counts by platform and bin, and
what was seen of the time. What `simalarms` asks of months, without collectors or store.

Nothing is read for two hours every second day, and for half a day every week, where a part
is not seen; then all of it is caught up with, as a collector does that comes back.
"""

from __future__ import annotations

import copy
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from benchmarks.alarm_world import START, TERM, world
from db.alert_series import Series
from groundswell.alerts.watching import STEP, Watching, floor
from groundswell.demo.world import Spike, World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLATFORMS = ("mastodon", "bluesky", "misskey")
WATCHED = [
    Series(1, platform, measure)
    for platform in PLATFORMS
    for measure in ("posts", "voices")
]
LEARNT = 7 * DAY
_LASTS = timedelta(hours=2)

Counts = Mapping[Series, Mapping[datetime, int]]


def month(
    rate: float, days: int, *, blind: bool, bursts: int
) -> tuple[Counter[str], dict[str, list[float | None]]]:
    """After a week, what is raised in so many quiet days, by kind and platform; and for so
    many bursts, each as if it were the first, minutes until it is seen by platform (None:
    not while it lasts)."""
    shown, begin = world(rate), START + LEARNT
    end = begin + days * DAY
    shown.extend(end)
    counts, watching = _counts(shown), Watching(begin)
    raised: Counter[str] = Counter()
    delays: dict[str, list[float | None]] = {name: [] for name in PLATFORMS}
    at, read_to = START + HOUR, START + HOUR
    begins = list(starts(begin, days, bursts))
    while at < end:
        at += HOUR / 2
        if not (blind and sleeps(at - begin)):
            read_to = at
        _take(watching, counts, read_to, at)
        raised.update(_told(watching))
        for start in [one for one in begins if floor_hour(one) == at == read_to]:
            for platform, delay in _burst(watching, rate, start, at).items():
                delays[platform].append(delay)
    return raised, delays


def floor_hour(at: datetime) -> datetime:
    """The beginning of the hour."""
    return at.replace(minute=0, second=0, microsecond=0)


def sleeps(since: timedelta) -> bool:
    """Whether nothing is read: from nine to eleven every second day, and from eleven to
    eleven once a week."""
    day, hour = since.days, since.seconds // 3600
    if day % 7 == 5:
        return hour >= 11
    if day % 7 == 6:
        return hour < 11
    return day % 2 == 1 and 9 <= hour < 11


def begun(platform: str, at: datetime) -> datetime:
    """When a burst begins on a platform: the smaller ones have it from a full hour on."""
    late = platform == "misskey" and floor_hour(at) < at
    return floor_hour(at) + HOUR if late else at


def starts(begin: datetime, days: int, bursts: int) -> Iterator[datetime]:
    """When bursts begin: in the second half, round the clock, at odd minutes."""
    for number in range(bursts):
        gap = timedelta(days=days / 2 / bursts) * number
        yield floor_hour(begin + timedelta(days=days / 2) + gap) + timedelta(
            hours=1 + number * 7 % 24, minutes=(number * 7 + 2) % 60
        )


def _take(watching: Watching, counts: Counts, read_to: datetime, now: datetime) -> None:
    spans = [[[(START, read_to)]]]
    seen = {(1, platform): spans for platform in PLATFORMS}
    watching.take(WATCHED, counts, seen, floor(now), now)


def _told(watching: Watching) -> Iterator[str]:
    """The kinds that were raised; several measures of one platform at one time are one."""
    told = {
        (str(reading.kind), series.platform)
        for series, reading in watching.untold
        if reading.kind != "over"
    }
    watching.untold.clear()
    for kind, platform in sorted(told):
        yield f"{kind} ({platform})"


def _burst(
    watching: Watching, rate: float, at: datetime, now: datetime
) -> dict[str, float | None]:
    """A copy of the monitor lives through a burst that the others never hear of."""
    own = copy.deepcopy(watching)
    shown = _branch(rate, at, now)
    counts = _counts(shown)
    found: dict[str, float | None] = dict.fromkeys(PLATFORMS)
    while now < at + _LASTS:
        now += STEP
        _take(own, counts, now, now)
        for series, reading in own.untold:
            began = begun(series.platform, at)
            late = (reading.at + STEP - began) / timedelta(minutes=1)
            if reading.kind == "spike" and late > 0 and found[series.platform] is None:
                found[series.platform] = late
        own.untold.clear()
    return found


def _branch(rate: float, at: datetime, now: datetime) -> World:
    """A world that begins now, with a burst."""
    shown = world(rate, [Spike(at, at + _LASTS, 5, "a burst")], start=floor_hour(now))
    shown.extend(at + _LASTS)
    return shown


def _counts(shown: World) -> Counts:
    """Posts and voices of the term, by platform and bin."""
    told: dict[tuple[str, datetime], list[str]] = defaultdict(list)
    for platform, at, author in _posts(shown):
        told[platform, floor(at)].append(author)
    found: dict[Series, dict[datetime, int]] = {series: {} for series in WATCHED}
    for (platform, at), authors in told.items():
        found[Series(1, platform, "posts")][at] = len(authors)
        found[Series(1, platform, "voices")][at] = len(set(authors))
    return found


def _posts(shown: World) -> Iterator[tuple[str, datetime, str]]:
    name = TERM.casefold()
    for post in shown.posts:
        person = post.author
        open_ = post.visibility == "public" and person.opt_out is None
        if open_ and name in post.tags:
            yield person.network, post.created_at, person.uri
    for items in shown.items.values():
        for item in items:
            if name in item.tags:
                yield item.channel.platform, item.created_at, item.user


def soon(delays: Sequence[float | None]) -> int:
    """How many were seen within a quarter of an hour."""
    return sum(delay is not None and delay <= 15 for delay in delays)
