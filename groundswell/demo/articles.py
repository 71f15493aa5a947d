"""The feeds of the simulated world, and the articles in them. All invented."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Literal

from groundswell.demo import texts, writing
from groundswell.demo.ids import micros
from groundswell.demo.records import Article

Format = Literal["wordpress", "atom", "json", "rdf"]


@dataclass(frozen=True, slots=True)
class Feed:
    """A publication. window: items a page; paged: whether older pages can be asked for.

    lies: its validators stay the same for hours although items were added. lang: as the
    feed declares it.
    """

    name: str
    title: str
    host: str
    form: Format
    per_day: float
    window: int = 10
    paged: bool = True
    lies: bool = False
    lang: str | None = "en"


FEEDS = {
    feed.name: feed
    for feed in (
        Feed(
            name="gazette",
            title="The Invented Gazette",
            host="gazette.example",
            form="wordpress",
            per_day=10,
            lang="en-GB",
        ),
        Feed("ledger", "The Ledger of Nowhere", "ledger.example", "atom", 7),
        Feed("branch-notes", "Branch Notes", "branch-notes.example", "json", 5),
        Feed(
            name="wire",
            title="Example Wire",
            host="wire.example",
            form="rdf",
            per_day=14,
            window=20,
            paged=False,
            lies=True,
            lang=None,
        ),
    )
}


def draw_hour(seed: int, hour: datetime, busy: float) -> Iterator[Article]:
    """The articles of one hour, in order of time within each feed."""
    for feed in FEEDS.values():
        rng = Random(f"{seed}/{feed.name}/{micros(hour)}")
        rate = feed.per_day / 24 * busy
        at = hour + timedelta(hours=rng.expovariate(rate))
        while at < hour + timedelta(hours=1):
            yield _draw(rng, feed, at.replace(microsecond=0))
            at += timedelta(hours=rng.expovariate(rate))


def _draw(rng: Random, feed: Feed, at: datetime) -> Article:
    matches = rng.random() < 0.4
    title, lead = texts.headline(rng), texts.words(rng, rng.choice(texts.TONES))
    tags = writing.draw_tags(rng, campaign=matches)
    by_category = rng.random() < 0.5
    written = "" if by_category else " " + " ".join(f"#{tag}" for tag in tags)
    name, _ = texts.person_name(rng.randrange(300))
    # Seconds alone could meet twice.
    number = micros(at) // 1_000_000 * 1000 + rng.randrange(1000)
    updated = at + timedelta(hours=rng.randint(1, 9)) if rng.random() < 0.1 else None
    url = f"https://{feed.host}/{at:%Y/%m/%d}/{number}"
    return Article(
        feed=feed.name,
        number=number,
        uri=f"https://{feed.host}/?p={number}" if feed.form == "wordpress" else url,
        url=url,
        title=title if matches else _other_title(rng, title),
        text=(lead if matches else texts.unrelated(rng)) + written,
        author=name,
        categories=tuple(tags) if by_category else ("News",),
        lang="en",
        published_at=at,
        updated_at=updated,
    )


def _other_title(rng: Random, title: str) -> str:
    """Mostly about other things; some name the campaign without its hashtag."""
    return title if rng.random() < 0.3 else texts.unrelated(rng).rstrip(".")
