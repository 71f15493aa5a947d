"""Every campaign's posts on every platform, followed bin by bin; what is unusual is raised.

Detectors stand in memory and are fed from the database: the last weeks when the monitor
starts, from which nothing is raised, then each bin once it was read, or once it is plain
that it will not be. The rows say what was raised: a bin that is judged again raises nothing
new.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from db.alert_series import Series
from groundswell.alerts.detector import Detector, Reading

STEP = timedelta(minutes=5)
HISTORY = timedelta(days=21)
# Walks read each source at least as often as this, or the bin was not seen.
PATIENCE = timedelta(minutes=30)

Spans = Sequence[tuple[datetime, datetime]]
Sources = Sequence[Sequence[Spans]]
Told = Callable[[Series, Reading], None]


@dataclass(slots=True)
class Follower:
    """One series: its detector, and the bin that comes next."""

    next_at: datetime
    detector: Detector = field(default_factory=lambda: Detector(STEP))


class Watching:
    """since: from when alerts are raised; what lies before is only learnt from."""

    def __init__(self, since: datetime) -> None:
        self._since = since
        self._followers: dict[Series, Follower] = {}
        # What was read and is not told yet: it stays until that was done.
        self.untold: deque[tuple[Series, Reading]] = deque()

    def begin(self, now: datetime) -> datetime:
        """From when counts are needed: the oldest bin that some series still lacks."""
        asked = [follower.next_at for follower in self._followers.values()]
        return min([*asked, floor(now)]) if asked else floor(now - HISTORY)

    def take(
        self,
        watched: Sequence[Series],
        counts: Mapping[Series, Mapping[datetime, int]],
        seen: Mapping[tuple[int, str], Sources],
        until: datetime,
        now: datetime,
    ) -> None:
        """Feed what lies before `until`; what is to be told is put to `untold`. counts,
        seen: of the time from `begin` to `until`."""
        for series in watched:
            follower = self._followers.setdefault(
                series, Follower(floor(self._since - HISTORY))
            )
            own = seen.get((series.campaign_id, series.platform), ())
            fed = self._fed(follower, counts.get(series, {}), own, until, now)
            # What was raised before a stop may end after it.
            self.untold += [
                (series, reading)
                for reading in fed
                if _is_told(series, reading)
                and (reading.at >= self._since - STEP or reading.kind == "over")
            ]

    @staticmethod
    def _fed(
        follower: Follower,
        counts: Mapping[datetime, int],
        seen: Sources,
        until: datetime,
        now: datetime,
    ) -> list[Reading]:
        readings = []
        while follower.next_at + STEP <= min(until, now):
            at = follower.next_at
            read = was_seen(seen, at, at + STEP)
            if not read and now - (at + STEP) < PATIENCE:
                break  # the next walk may read it yet
            count = counts.get(at, 0) if read else None
            readings.append(follower.detector.see(at, count))
            follower.next_at += STEP
        return readings


def _is_told(series: Series, reading: Reading) -> bool:
    """Silence is one of posts: where nobody posts, nobody is heard either."""
    if reading.kind is None:
        return False
    return reading.kind != "silence" or series.measure == "posts"


def seen_share(sources: Sources, begin: datetime, end: datetime) -> float | None:
    """How much of a time some source read, by the bin; None where no source watches."""
    if not sources:
        return None
    bins, at = [], floor(begin)
    while at < end:
        bins.append(was_seen(sources, at, min(at + STEP, end)))
        at += STEP
    return round(sum(bins) / len(bins), 3) if bins else None


def was_seen(sources: Sources, begin: datetime, end: datetime) -> bool:
    """Whether some source read that time for all of its terms."""
    return any(
        terms and all(_covers(spans, begin, end) for spans in terms)
        for terms in sources
    )


def _covers(spans: Spans, begin: datetime, end: datetime) -> bool:
    reached = begin
    for start, stop in spans:
        if start > reached:
            break
        reached = max(reached, stop)
    return reached >= end


def floor(at: datetime) -> datetime:
    """The beginning of the bin."""
    seconds = int(STEP.total_seconds())
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def summary(series: Series, reading: Reading) -> str:
    """One sentence, from the figures."""
    if reading.kind == "silence":
        usual = (reading.expected or 0.0) * (timedelta(hours=1) / STEP)
        return (
            f"{series.platform}: no posts where about {usual:,.0f} an hour are usual; "
            "the sources were read"
        )
    told = reading.count if reading.told is None else reading.told
    expected = reading.expected if reading.usual is None else reading.usual
    return (
        f"{series.platform}: {told:,.0f} {series.measure} in "
        f"{_span(reading.within or STEP)}, where about {_few(expected or 0.0)} are usual"
    )


def _span(within: timedelta) -> str:
    minutes = round(within / timedelta(minutes=1))
    if minutes < 60:
        return f"{'five' if minutes == 5 else minutes} minutes"
    return "an hour" if minutes == 60 else f"{minutes / 60:g} hours"


def _few(usual: float) -> str:
    """A number that may be under one."""
    return f"{usual:,.0f}" if usual >= 10 else f"{max(usual, 0.1):.1f}"
