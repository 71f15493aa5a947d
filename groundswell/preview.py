"""What a walk brought, in numbers: how much, what it looks like, what may be noise.

Posts in, numbers out: no network, no clock, no terminal.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from collectors._matching import matches
from collectors.base import Post, Term, normal_tag
from collectors.text import find_hashtags, find_links

# Below this many posts a share says nothing.
FEW = 5
_MANY = 0.5
_LOUD = 0.3
_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON = frozenset(
    """about after again also been before being cannot could does doing down even every
    from going have having here into just know like made make many more most much need
    only other over people really said same should some still such than that their them
    then there these they thing think this those through today very want well were what
    when where which while will with would your""".split()  # noqa: SIM905 - a word list
)


@dataclass(frozen=True, slots=True)
class Watch:
    """A campaign as far as a post is judged by it."""

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()

    def wants(self, post: Post) -> bool:
        """Whether the post carries a term, and none that is excluded."""
        return bool(matches(post, self.terms)) and not matches(post, self.excluded)


@dataclass(frozen=True, slots=True)
class Rate:
    """per_hour: None where too few posts came to say."""

    platform: str
    posts: int
    per_hour: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """share: of the matching posts, 0 to 1."""

    what: str
    posts: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """matched: posts that the campaigns want; the figures below are of those alone.
    odd_dates: matched posts outside the span that was asked for. bots: declared ones."""

    matched: int
    unmatched: int
    odd_dates: int
    rates: tuple[Rate, ...]
    examples: tuple[Post, ...]
    tags: tuple[Share, ...]
    words: tuple[Share, ...]
    authors: tuple[Share, ...]
    bots: Share
    hints: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For `try --json`."""
        shares = ("rates", "tags", "words", "authors")
        return {
            "matched": self.matched,
            "unmatched": self.unmatched,
            "odd_dates": self.odd_dates,
            **{name: [asdict(one) for one in getattr(self, name)] for name in shares},
            "bots": asdict(self.bots),
            "hints": list(self.hints),
            "examples": [_example(post) for post in self.examples],
        }


def _example(post: Post) -> dict[str, Any]:
    published = post.published_at.isoformat() if post.published_at else None
    return {
        "platform": post.platform,
        "published_at": published,
        "author": name_of(post),
        "text": post.text,
        "url": post.url,
        "hashtags": list(post.hashtags),
    }


def preview(
    posts: Sequence[Post],
    watches: Sequence[Watch],
    *,
    since: datetime,
    until: datetime,
    complete: bool,
) -> Preview:
    """A walk's posts in numbers.

    since, until: the span that was asked for. complete: whether the walk read all of
    it; if not, a rate is taken over the time that its posts cover.
    """
    wanted = [post for post in posts if any(watch.wants(post) for watch in watches)]
    inside = [post for post in wanted if _within(post, since, until)]
    tags = _top(map(_tags, wanted), len(wanted), leave=_keys(watches, "hashtag"))
    authors = _top(([name_of(post)] for post in wanted), len(wanted), most=3)
    bots = _share("bots", sum(post.author.bot is True for post in wanted), len(wanted))
    return Preview(
        matched=len(wanted),
        unmatched=len(posts) - len(wanted),
        odd_dates=len(wanted) - len(inside),
        rates=rates(inside, hours=(_hours(until - since)) if complete else None),
        examples=spread(newest_first(wanted), 10),
        tags=tags,
        words=_top(map(_words, wanted), len(wanted), leave=_watched_words(watches)),
        authors=authors,
        bots=bots,
        hints=hints(tags, authors, bots),
    )


def _within(post: Post, since: datetime, until: datetime) -> bool:
    return post.published_at is not None and since <= post.published_at <= until


def _hours(span: Any) -> float:  # noqa: ANN401 - a timedelta
    return float(span.total_seconds()) / 3600


def rates(posts: Iterable[Post], *, hours: float | None) -> tuple[Rate, ...]:
    """Posts per hour of each platform, busiest first.

    hours: the span read; None takes each platform's own, from its oldest post to its
    newest, and gives None where that is no span at all.
    """
    times: dict[str, list[datetime]] = {}
    for post in posts:
        if post.published_at is not None:
            times.setdefault(post.platform, []).append(post.published_at)
    found = [
        Rate(platform, len(moments), _per_hour(moments, hours))
        for platform, moments in times.items()
    ]
    return tuple(sorted(found, key=lambda rate: (-rate.posts, rate.platform)))


def _per_hour(moments: Sequence[datetime], hours: float | None) -> float | None:
    if hours:
        return len(moments) / hours
    covered = _hours(max(moments) - min(moments))
    return (len(moments) - 1) / covered if covered else None


def newest_first(posts: Sequence[Post]) -> list[Post]:
    """By time; posts without one come last."""
    dated = [post for post in posts if post.published_at is not None]
    undated = [post for post in posts if post.published_at is None]
    return sorted(dated, key=_published, reverse=True) + undated


def _published(post: Post) -> float:
    return post.published_at.timestamp() if post.published_at else 0.0


def spread(posts: Sequence[Post], count: int) -> tuple[Post, ...]:
    """So many posts, evenly over all of them, the first included; the same each time."""
    if len(posts) <= count:
        return tuple(posts)
    return tuple(posts[index * len(posts) // count] for index in range(count))


def _tags(post: Post) -> set[str]:
    return {*post.hashtags, *find_hashtags(post.text)}


def _words(post: Post) -> set[str]:
    """Words of four letters or more, without links, tags, names and common words."""
    text = post.text
    for link in find_links(text):
        text = text.replace(link, " ")
    plain = re.sub(r"[#＃@]\S+", " ", text)
    return {word.casefold() for word in _WORD.findall(plain)} - _COMMON


def _keys(watches: Sequence[Watch], kind: str) -> set[str]:
    return {term.key for watch in watches for term in watch.terms if term.kind == kind}


def _watched_words(watches: Sequence[Watch]) -> set[str]:
    phrases = {word for key in _keys(watches, "phrase") for word in key.split()}
    return phrases | _keys(watches, "hashtag")


def _top(
    groups: Iterable[Iterable[str]],
    total: int,
    *,
    leave: frozenset[str] | set[str] = frozenset(),
    most: int = 8,
) -> tuple[Share, ...]:
    """What stands in the most posts, in two at least; each counts once a post."""
    counted = Counter(what for group in groups for what in group if what not in leave)
    frequent = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:most]
    return tuple(_share(what, posts, total) for what, posts in frequent if posts > 1)


def _share(what: str, posts: int, total: int) -> Share:
    return Share(what, posts, round(posts / total, 4) if total else 0.0)


def name_of(post: Post) -> str:
    """The author as people know them."""
    return post.author.handle or post.author.display_name or post.author.uri


def hints(
    tags: Sequence[Share], authors: Sequence[Share], bots: Share
) -> tuple[str, ...]:
    """Sentences about what may be noise, and what to do about it."""
    said = [
        f"#{one.what} comes in {one.share:.0%} of the posts: add it to hashtags, or to "
        f"exclude if it is another subject."
        for one in tags
        if one.posts >= FEW and one.share >= _MANY
    ]
    said += [
        f"{one.what} wrote {one.share:.0%} of the posts."
        for one in authors
        if one.posts >= FEW and one.share >= _LOUD
    ]
    if bots.posts >= FEW and bots.share >= _LOUD:
        said.append(f"{bots.share:.0%} of the posts come from declared bots.")
    return tuple(said)


def hashtag_terms(hashtags: Iterable[str]) -> tuple[Term, ...]:
    """Hashtags as terms, each once."""
    unique = {normal_tag(tag): Term("hashtag", tag) for tag in hashtags}
    return tuple(unique.values())
