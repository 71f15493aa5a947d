"""Alarms: how often alerts are raised in quiet months, and how soon a burst is seen.

    ./run bench alarms

Made-up months with day, night and weekends: posts by accounts of which few write much, in
threads of reposts, with tags and pages of which few are frequent, and a tone that moves
from hour to hour. Every alert of a quiet month is a false one. Spikes and silence are
judged by the bin, by posts, voices and reposts; the other rules every half hour. Then a
burst of five times the usual, at several hours of a day, on the same kind of month; and
beside it the most that a test could see that is told what is usual (`alarm_bound.py`).
"""

from __future__ import annotations

import math
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import median

from benchmarks._figures import note
from benchmarks.alarm_bound import DAY_BINS, STEP, most_seen, poisson
from db.alert_window import Seen
from groundswell.alerts import rules
from groundswell.alerts.detector import Detector
from groundswell.alerts.rules import RULES, Setting, Window

START = datetime(2026, 3, 2, tzinfo=UTC)
_LOOK = 6  # bins between two looks of the rules
RATES = (0.5, 5.0, 30.0)
_BURSTS = (0.5, 1.0, 2.0, 5.0, 30.0)
_WATCHED = 72  # bins: of a burst that lasts
_JUDGED = ("tone", "hashtag", "link", "audience", "copies")


def main(
    months: int = 4,
    bursts: int = 12,
    rates: Sequence[float] = RATES,
    burst_rates: Sequence[float] = _BURSTS,
) -> int:
    """Print alerts a month for each rate, then how many bursts were seen in time."""
    for rate in rates:
        found: Counter[str] = Counter()
        for seed in range(months):
            found += quiet_month(seed, rate)
        told = ", ".join(f"{kind} {count}" for kind, count in found.most_common())
        note(
            f"alerts in {months} quiet months at {rate:g} posts in five minutes",
            told or "none",
            aim=f"at most {months}",
        )
    for rate in burst_rates:
        _tell(rate, [seen_after(seed, rate) for seed in range(bursts)])
    return 0


def _tell(rate: float, delays: Sequence[int | None]) -> None:
    """How many of the bursts were seen in time, and the delay in the middle."""
    in_time = sum(delay is not None and delay <= 15 for delay in delays)
    middle = median(math.inf if delay is None else delay for delay in delays)
    begins = [_begin(seed) for seed in range(len(delays))]
    most = most_seen(
        lambda at: usual(at, rate), [START + begin * STEP for begin in begins]
    )
    after = f"after {middle:.0f} min" if middle < math.inf else "not within six hours"
    note(
        f"bursts of five times {rate:g} seen within a quarter of an hour",
        f"{in_time} of {len(delays)}; in the middle {after}",
        reference=f"the most that any could see: {most:.0%}",
        ratio=in_time / len(delays) / most,
        aim=f"{len(delays)}",
    )


def usual(at: datetime, rate: float) -> float:
    """Posts of five minutes, by day and night, and quiet weekends."""
    by_day = 0.7 if at.weekday() > 4 else 1.0
    return rate * by_day * (1 + 0.6 * math.sin((at.hour - 9) / 24 * math.tau))


class _Crowd:
    """Who writes what: posts of one bin after the other."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._number = 0
        self._recent: list[Seen] = []

    def posts(self, at: datetime, mean: float) -> list[Seen]:
        """Those of one bin, and the reposts that they draw later are among the next."""
        return [self._post(at) for _ in range(poisson(self._dice, mean))]

    def _post(self, at: datetime) -> Seen:
        dice = self._dice
        self._number += 1
        voice = int(dice.paretovariate(0.8)) % 20_000
        tone = 0.30 + 0.08 * math.sin(at.timestamp() / 86_400 / 5)
        first = (
            dice.choice(self._recent) if self._recent and dice.random() < 0.3 else None
        )
        post = Seen(
            id=self._number, voice=voice, at=at, platform="mastodon",
            kind="repost" if first else "post",
            message=first.message if first else self._number,
            text="made up words of a post", handle=f"voice{voice}",
            sentiment=first.sentiment if first else (
                "negative" if dice.random() < tone else "neutral"
            ),
            followers=int(100 * dice.paretovariate(0.9)) % 40_000, before=True,
            tags=first.tags if first else self._some("t", 0.5),
            links=first.links if first else self._some("https://x.example/", 0.3),
        )  # fmt: skip
        if first is None:
            self._recent = [*self._recent[-30:], post]
        return post

    def _some(self, name: str, share: float) -> tuple[str, ...]:
        if self._dice.random() > share:
            return ()
        return (f"{name}{int(self._dice.paretovariate(0.7)) % 50_000}",)


def quiet_month(seed: int, rate: float) -> Counter[str]:
    """What was raised in a month in which nothing happened, by kind."""
    crowd = _Crowd(random.Random(seed))
    detectors = {name: Detector() for name in ("posts", "voices", "reposts")}
    judge = _Judge()
    raised: Counter[str] = Counter()
    for number in range(30 * DAY_BINS):
        at = START + number * STEP
        posts = crowd.posts(at, usual(at, rate))
        counts = {
            "posts": len(posts),
            "voices": len({post.voice for post in posts}),
            "reposts": sum(post.kind == "repost" for post in posts),
        }
        kinds = {
            (detector.see(at, counts[name]).kind, name)
            for name, detector in detectors.items()
        }
        # A spike by several measures is one; silence is one of posts.
        raised["spike"] += any(kind == "spike" for kind, _ in kinds)
        raised["silence"] += ("silence", "posts") in kinds
        raised.update(judge.take(posts, at + STEP, number))
    return +raised


class _Judge:
    """The rules over a month, with what they need to know of the two weeks before."""

    def __init__(self) -> None:
        self._posts: list[Seen] = []
        self._tone: list[tuple[int, int]] = []
        self._tags: Counter[str] = Counter()
        self._links: Counter[str] = Counter()
        self._open: set[tuple[str, str]] = set()

    def take(self, posts: list[Seen], now: datetime, number: int) -> list[str]:
        """The kinds that were raised after this bin."""
        self._posts += posts
        if number % _LOOK or number < DAY_BINS:
            self._drop(now, number)
            return []
        window = Window(
            now=now, posts=self._posts, tags=self._tags, links=self._links,
            hours=min(number / 12, 14 * 24.0), tone=self._tone[-56:],
        )  # fmt: skip
        self._drop(now, number)
        return list(self._raised(window))

    def _raised(self, window: Window) -> Iterator[str]:
        for kind in _JUDGED:
            found = RULES[kind].look(window, Setting(RULES[kind].least))
            lasting = {(kind, finding.subject) for finding in found}
            self._open -= {key for key in self._open if key[0] == kind} - lasting
            for finding in found:
                key = (kind, finding.subject)
                if finding.raised and key not in self._open:
                    self._open.add(key)
                    yield kind

    def _drop(self, now: datetime, number: int) -> None:
        """What leaves the window becomes what was before it."""
        edge = now - rules.WINDOW
        for post in self._posts:
            if edge <= post.at < edge + STEP:
                self._tags.update(post.tags)
                self._links.update(post.links)
        kept = [post for post in self._posts if post.at >= now - rules.TONE_WINDOW]
        if number % 36 == 0:
            negative = sum(post.sentiment == "negative" for post in kept)
            self._tone.append((negative, len(kept)))
        self._posts = kept


def seen_after(seed: int, rate: float) -> int | None:
    """Minutes until a burst after three weeks is seen, by posts or voices; None: not while
    it lasts."""
    dice = random.Random(1_000 + seed)
    crowd, detectors = _Crowd(dice), (Detector(), Detector())
    begin = _begin(seed)
    for number in range(begin + _WATCHED):
        at = START + number * STEP
        posts = crowd.posts(at, usual(at, rate) * (5 if number >= begin else 1))
        counts = (len(posts), len({post.voice for post in posts}))
        kinds = [
            each.see(at, count).kind
            for each, count in zip(detectors, counts, strict=True)
        ]
        if number >= begin and "spike" in kinds:
            return 5 * (number - begin + 1)
    return None


def _begin(seed: int) -> int:
    return 20 * DAY_BINS + 12 * (2 * seed % 24)


if __name__ == "__main__":
    sys.exit(main())
