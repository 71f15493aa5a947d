"""Posts of the smaller simulated platforms: one plain record that each platform's module
dresses in that platform's own JSON. All invented."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from groundswell.demo import texts, writing
from groundswell.demo.ids import micros
from groundswell.demo.records import Counts

_NEAR_MISS = 0.2  # items that the campaign's words do not stand in
_RECENT = 60


@dataclass(frozen=True, slots=True)
class Channel:
    """One simulated server of a platform. platform: the collector's slug.

    per_day: how many items; comments: the share that answers an earlier one. uri: the
    canonical identity that the collector ought to give an item.
    """

    slug: str
    platform: str
    host: str
    per_day: float
    uri: Callable[[Item], str]
    comments: float = 0.0


@dataclass(frozen=True, slots=True)
class Item:
    """One item with its whole life. number: unique in its channel and growing with time.

    text: with "#" before each of `written` tags and the link, if there is one, at its end.
    tags: normal form. later: what it says from `edited_at` on. far: counts it ends with.
    """

    channel: Channel
    number: int
    kind: Literal["post", "comment"]
    name: str
    user: str
    title: str
    text: str
    written: tuple[str, ...]
    tags: frozenset[str]
    link: str | None
    created_at: datetime
    far: Counts
    parent: Item | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def uri(self) -> str:
        """Its canonical identity."""
        return self.channel.uri(self)

    def shows(self, at: datetime) -> bool:
        """Whether it is there to be read at a moment."""
        return self.created_at <= at and not self.deleted(at)

    def deleted(self, at: datetime) -> bool:
        """Whether its author had taken it back."""
        return self.deleted_at is not None and self.deleted_at <= at

    def edited(self, at: datetime) -> datetime | None:
        """When it was last edited before a moment; None if never."""
        edited = self.edited_at
        return edited if edited is not None and edited <= at else None

    def body(self, at: datetime) -> str:
        """Its text at a moment."""
        return f"{self.text} (Edited.)" if self.edited(at) else self.text

    def counts(self, at: datetime) -> Counts:
        """Counts that grow with age: half of all that will come within three hours."""
        age = max((at - self.created_at) / timedelta(hours=3), 0.0)
        share = age / (1 + age)
        far = (self.far.replies, self.far.reposts, self.far.likes, self.far.quotes)
        return Counts(*(int(n * share) for n in far))


def draw_hour(
    seed: int, channel: Channel, hour: datetime, before: Sequence[Item], busy: float
) -> Iterator[Item]:
    """The items of one hour, oldest first. before: all that the channel has so far."""
    rng = Random(f"{seed}/{channel.slug}/{micros(hour)}")
    rate = channel.per_day / 24 * busy
    known = list(before[-_RECENT:])
    at = hour + timedelta(hours=rng.expovariate(rate))
    while at < hour + timedelta(hours=1):
        item = _draw(rng, channel, at.replace(microsecond=0), known)
        known.append(item)
        yield item
        at += timedelta(hours=rng.expovariate(rate), seconds=1)


def _draw(rng: Random, channel: Channel, at: datetime, known: Sequence[Item]) -> Item:
    campaign = rng.random() >= _NEAR_MISS
    written = tuple(writing.draw_tags(rng, campaign=campaign))
    lead = (
        texts.words(rng, rng.choice(texts.TONES)) if campaign else texts.unrelated(rng)
    )
    link = writing.draw_link(rng)[0] if rng.random() < 0.4 else None
    parts = [lead, *(f"#{tag}" for tag in written), *([link] if link else [])]
    roots = [item for item in known if item.kind == "post"]
    answers = rng.random() < channel.comments and bool(roots)
    index = int(rng.paretovariate(0.7) * 3) % 220
    name, user = texts.person_name(index)
    edits, goes = rng.random() < 0.04, rng.random() < 0.08
    return Item(
        channel=channel,
        number=micros(at) // 1_000_000,
        kind="comment" if answers else "post",
        name=name,
        user=user,
        title=texts.headline(rng) if campaign else texts.unrelated(rng).rstrip("."),
        text=" ".join(parts),
        written=written,
        tags=writing.normal_tags(written),
        link=link,
        created_at=at,
        far=Counts(*(int(rng.paretovariate(0.9) * n) for n in (2, 1, 5, 0))),
        parent=rng.choice(roots) if answers else None,
        edited_at=at + timedelta(minutes=rng.randint(5, 300)) if edits else None,
        deleted_at=at + timedelta(hours=rng.uniform(0.5, 30)) if goes else None,
    )
