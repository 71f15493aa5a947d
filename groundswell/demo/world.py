"""A made-up campaign on made-up platforms: seeded, repeatable, without a clock.

The world is drawn hour by hour, each hour from a random generator of its own, so a world
that is extended later has the same past. What is visible at a moment is a question with
the moment as its argument; nothing changes when time passes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random
from typing import Literal

from groundswell.demo import articles, items, texts, writing
from groundswell.demo.ids import micros
from groundswell.demo.people import draw_people
from groundswell.demo.personas import several_accounts
from groundswell.demo.places import placed
from groundswell.demo.records import SERVERS, Article, Network, Person, Post

HOUR = timedelta(hours=1)
# Posts in each hour of a UTC day against the mean: quiet nights, a peak after work.
_RHYTHM = (
    0.16, 0.11, 0.09, 0.08, 0.11, 0.22, 0.48, 0.86, 1.18, 1.29, 1.34, 1.40,
    1.45, 1.40, 1.29, 1.29, 1.34, 1.45, 1.61, 1.83, 1.94, 1.61, 0.97, 0.50,
)  # fmt: skip
_WEEKEND = 0.65
_UNRELATED = 0.12  # beside each campaign post
_RECENT = 300


@dataclass(frozen=True, slots=True)
class Spike:
    """A burst of posts: `factor` times the usual from `from_at` to `to_at`."""

    from_at: datetime
    to_at: datetime
    factor: float
    label: str


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """Something that Bluesky's stream tells. person alone: an account's own event."""

    time_us: int
    what: Literal["create", "update", "delete", "account", "identity"]
    person: Person
    post: Post | None = None
    state: str = "active"


class World:
    """Everything that happens from `start` on, as far as `extend` has been asked.

    seed: the same seed and settings give the same world. start: aware UTC.
    days_of_history: where the live part begins, which has `live_per_minute` posts of the
    campaign a minute by day and night (None: the history's rhythm goes on).
    posts_per_day: the campaign's posts on a weekday without a spike.
    late_share: of the posts that a Mastodon server learns only hours later.
    channels: the smaller platforms that have posts too.
    bursts: instead of the one spike in the history; () makes a quiet world. They are on
    the channels too, there from the next full hour on.

    who: for each account on Mastodon and Bluesky (its uri), a bridge's mirrors among them,
    whose it is: a number for each person.
    """

    def __init__(
        self,
        seed: int,
        start: datetime,
        *,
        days_of_history: float = 7,
        posts_per_day: float = 640,
        live_per_minute: float | None = 4,
        late_share: float = 0.07,
        channels: Sequence[items.Channel] = (),
        bursts: Sequence[Spike] | None = None,
    ) -> None:
        self.seed = seed
        self.start = start
        self.live_from = start + timedelta(days=days_of_history)
        self.posts_per_day = posts_per_day
        self.live_per_minute = live_per_minute
        self.late_share = late_share
        self.spike = _spike(start, days_of_history)
        self.bursts = (self.spike,) if bursts is None else tuple(bursts)
        self._channel_bursts = tuple(bursts or ())
        self.people, self.who = several_accounts(seed, draw_people(seed, start))
        self._weights = list(accumulate(1 / (n + 3) ** 0.9 for n in range(2000)))
        self._recent: dict[Network, deque[Post]] = {
            "mastodon": deque(maxlen=_RECENT),
            "bluesky": deque(maxlen=_RECENT),
        }
        self.posts: list[Post] = []
        self.articles: dict[str, list[Article]] = {name: [] for name in articles.FEEDS}
        self.channels = {channel.slug: channel for channel in channels}
        self.items: dict[str, list[items.Item]] = {slug: [] for slug in self.channels}
        self.shelves = {server.slug: Shelf() for server in SERVERS}
        self.by_uri: dict[str, Post] = {}
        # By tag, and under "" all: Bluesky's order (micros) and the post's number.
        self.on_bluesky: dict[str, list[tuple[int, int]]] = {}
        self.stream: list[StreamEvent] = sorted(
            _account_events(self.people), key=lambda event: event.time_us
        )
        self._drawn_to = start
        self.extend(start)

    def extend(self, to: datetime) -> None:
        """Draw every hour that has begun by `to`; drawing again changes nothing."""
        while self._drawn_to <= to:
            self._draw_hour(self._drawn_to)
            self._drawn_to += HOUR

    def rate(self, at: datetime) -> float:
        """The campaign's posts an hour expected at a moment."""
        times = _times(self.bursts, at)
        if at >= self.live_from and self.live_per_minute is not None:
            return self.live_per_minute * 60 * times
        weekend = _WEEKEND if at.weekday() >= 5 else 1
        return self.posts_per_day / 24 * _RHYTHM[at.hour] * weekend * times

    def _draw_hour(self, hour: datetime) -> None:
        rng = Random(f"{self.seed}/{micros(hour)}")
        for at in self._moments(rng, hour):
            campaign = rng.random() >= _UNRELATED
            post = self._draw_post(rng, at, campaign=campaign)
            if post is not None:
                self._keep(post)
        busy = _RHYTHM[hour.hour]
        for article in articles.draw_hour(self.seed, hour, busy):
            self.articles[article.feed].append(article)
        for slug, channel in self.channels.items():
            known = self.items[slug]
            here = busy * _times(self._channel_bursts, hour)
            known.extend(items.draw_hour(self.seed, channel, hour, known, here))

    def _moments(self, rng: Random, hour: datetime) -> Iterator[datetime]:
        """When somebody writes: exponential gaps at the hour's peak, then thinned."""
        end = hour + HOUR
        begun = [one.from_at for one in self.bursts if hour <= one.from_at < end]
        turns = (hour, end - timedelta(seconds=1), *begun)
        peak = max(self.rate(at) for at in turns) * (1 + _UNRELATED)
        at = hour
        while peak > 0:
            at += timedelta(hours=rng.expovariate(peak))
            if at >= end:
                return
            if rng.random() * peak < self.rate(at) * (1 + _UNRELATED):
                yield at

    def _draw_post(self, rng: Random, at: datetime, *, campaign: bool) -> Post | None:
        person = self._draw_person(rng)
        if _silent(person, at):
            return None
        tags = writing.draw_tags(rng, campaign=campaign)
        body, link = writing.draw_body(rng, person, tags, campaign=campaign)
        parent = self._draw_known(rng, person, at, share=0.22)
        quoted = None if parent else self._draw_known(rng, person, at, share=0.07)
        if parent is not None:
            body = writing.mentioning(body, parent, at=at)
        on_mastodon = person.network == "mastodon"
        deleted_at = writing.draw_deletion(rng, at)
        versions = writing.draw_versions(
            rng, body, at, share=0.05 if on_mastodon else 0.005
        )
        if deleted_at is not None and versions[-1].at >= deleted_at:
            versions = versions[:1]
        post = Post(
            number=len(self.posts),
            author=person,
            created_at=at,
            claimed_at=at,
            uri="",
            url="",
            versions=versions,
            tags=writing.normal_tags(tags),
            lang=person.lang if campaign else "en",
            declared=writing.draw_declared(rng, person.lang if campaign else "en"),
            far=writing.draw_counts(rng, person),
            reply_to=parent,
            quote_of=quoted,
            link=link,
            deleted_at=deleted_at,
        )
        return placed(rng, _decorated(rng, post), late_share=self.late_share)

    def _draw_person(self, rng: Random) -> Person:
        weights = self._weights[: len(self.people)]
        chosen: Person = rng.choices(self.people, cum_weights=weights)[0]
        return chosen

    def _draw_known(
        self, rng: Random, person: Person, at: datetime, *, share: float
    ) -> Post | None:
        """With a chance of `share` a recent post of the same network."""
        recent = self._recent[person.network]
        draw, pick = rng.random(), rng.random()
        if draw >= share or not recent:
            return None
        known = recent[int(pick * len(recent))]
        shows = known.visibility == "public" and not known.deleted(at)
        seen = known.indexed_at is None or known.indexed_at <= at
        return known if shows and seen and not known.withheld(at) else None

    def _keep(self, post: Post) -> None:
        self.posts.append(post)
        for uri in (post.uri, post.away_uri):
            if uri is not None:
                self.by_uri[uri] = post
        if post.visibility != "public":
            return
        self._recent[post.author.network].append(post)
        for slug, arrival in post.arrivals.items():
            self.shelves[slug].put(post, arrival.key)
        if post.indexed_at is not None:
            entry = (micros(min(post.claimed_at, post.indexed_at)), post.number)
            for tag in ("", *sorted(post.tags)):
                insort(self.on_bluesky.setdefault(tag, []), entry)
            for event in _post_events(post):
                insort(self.stream, event, key=lambda event: event.time_us)

    def stream_between(self, from_us: int, to_us: int) -> Sequence[StreamEvent]:
        """The stream's events with from_us <= time_us < to_us, in order."""
        first = bisect_left(self.stream, from_us, key=lambda event: event.time_us)
        last = bisect_left(self.stream, to_us, key=lambda event: event.time_us)
        return self.stream[first:last]


class Shelf:
    """A Mastodon server's posts: by tag in the order of its ids, and by id."""

    def __init__(self) -> None:
        self.tags: dict[str, list[tuple[int, int]]] = {}
        self.by_key: dict[int, Post] = {}

    def put(self, post: Post, key: int) -> None:
        """Add a post under its id on this server."""
        self.by_key[key] = post
        for tag in post.tags:
            insort(self.tags.setdefault(tag, []), (key, post.number))


def _spike(start: datetime, days: float) -> Spike:
    """Five busy hours at two thirds of the history, from a full hour on."""
    begin = (start + timedelta(days=days * 0.66)).replace(
        minute=0, second=0, microsecond=0
    )
    return Spike(begin, begin + 5 * HOUR, 6, "the second memo is published")


def _times(bursts: Sequence[Spike], at: datetime) -> float:
    """How many times the usual is posted at a moment."""
    return max((b.factor for b in bursts if b.from_at <= at < b.to_at), default=1.0)


def _silent(person: Person, at: datetime) -> bool:
    """Whether the account is gone or switched off."""
    if person.gone_at is not None and at >= person.gone_at:
        return True
    away = person.away
    return away is not None and away[0] <= at < away[1]


def _decorated(rng: Random, post: Post) -> Post:
    """Visibility, warning, poll, picture: what only some posts have."""
    warns, polls, shows, hides = (rng.random() for _ in range(4))
    alt = rng.choice(texts.ALT_TEXTS)
    warning = rng.choice(texts.WARNINGS)
    poll = rng.randrange(len(texts.POLLS))
    if post.author.network == "bluesky":
        lies = timedelta(days=365) if hides < 0.002 else timedelta(days=-365 * 55)
        claimed = post.created_at + lies if hides < 0.004 else post.created_at
        return replace(
            post, picture=(alt,) if shows < 0.1 else None, claimed_at=claimed
        )
    return replace(
        post,
        visibility="unlisted" if hides < 0.04 else _private(hides),
        warning=warning if warns < 0.06 else "",
        poll=poll if polls < 0.025 else None,
        picture=(alt,) if shows < 0.1 and polls >= 0.025 else None,
    )


def _private(draw: float) -> str:
    return "private" if draw < 0.05 else "public"


def _post_events(post: Post) -> Iterator[StreamEvent]:
    if post.indexed_at is None:
        return
    yield StreamEvent(micros(post.indexed_at), "create", post.author, post)
    native = post.author.network == "bluesky"
    if native and len(post.versions) > 1:
        at = max(post.versions[1].at, post.indexed_at + timedelta(seconds=1))
        yield StreamEvent(micros(at), "update", post.author, post)
    if post.deleted_at is not None:
        at = max(post.deleted_at, post.indexed_at + timedelta(seconds=2))
        yield StreamEvent(micros(at), "delete", post.author, post)


def _account_events(people: Sequence[Person]) -> Iterator[StreamEvent]:
    for person in people:
        if person.away is not None:
            off, on = map(micros, person.away)
            yield StreamEvent(off, "account", person, state="deactivated")
            yield StreamEvent(on, "account", person)
        if person.gone_at is not None:
            yield StreamEvent(
                micros(person.gone_at), "account", person, state="deleted"
            )
        if person.renamed_at is not None:
            yield StreamEvent(micros(person.renamed_at), "identity", person)
