"""How a simulated person writes one post: its words, tags, link, life and counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from collectors.base import normal_tag
from groundswell.demo import texts
from groundswell.demo.records import Body, Counts, Person, Post, Token, Version

CAMPAIGN = ("LabourLeaks", "LabourLeadership", "WikiLeaks", "DNCleaks")
_TAG_WEIGHTS = (62, 20, 12, 6)
# Beside a campaign tag; the last two only look like one.
_BESIDE = ("Politics", "Unions", "Minutes", "LabourLeaksParody", "Leaks")
_UNRELATED = ("Gardening", "Bread", "Bicycles", "LabourLeaksParody", "LeadershipTips")
_LINK_WEIGHTS = [1 / (rank + 1) ** 1.1 for rank in range(len(texts.LINKS))]
_CHECKS = " (Edited: a page number.)"


def _as_typed(rng: Random, tag: str) -> str:
    """Mostly the usual form; sometimes lower case, upper case or full-width letters."""
    draw = rng.random()
    if draw < 0.70:
        return tag
    if draw < 0.88:
        return tag.lower()
    if draw < 0.985:
        return tag.upper()
    return "".join(chr(ord(letter) + 0xFEE0) for letter in tag)


def draw_tags(rng: Random, *, campaign: bool) -> list[str]:
    """Tags as typed, unique in their normal form."""
    if campaign:
        chosen = rng.choices(CAMPAIGN, _TAG_WEIGHTS, k=rng.choice((1, 1, 1, 2, 3)))
        chosen += rng.choices(_BESIDE, k=rng.choice((0, 0, 1)))
    else:
        chosen = rng.choices(_UNRELATED, k=rng.choice((0, 1, 2)))
    return [_as_typed(rng, tag) for tag in dict.fromkeys(chosen)]


def draw_link(rng: Random) -> tuple[str, str]:
    """A link and its title; a few links get most of the posts."""
    return rng.choices(texts.LINKS, _LINK_WEIGHTS)[0]


def draw_body(
    rng: Random, person: Person, tags: Sequence[str], *, campaign: bool
) -> tuple[Body, tuple[str, str] | None]:
    """One post's tokens and the link among them, None if there is none."""
    tone = rng.choices(texts.TONES, (30, 38, 32))[0]
    said = texts.words(rng, tone, person.lang) if campaign else texts.unrelated(rng)
    link = draw_link(rng) if campaign and rng.random() < 0.3 else None
    tokens = [Token("words", said)]
    if link is not None:
        tokens.append(Token("link", "", link[0]))
    if tags and rng.random() < 0.4:
        tokens.append(Token("break"))
    tokens += [Token("tag", tag) for tag in tags]
    return tuple(tokens), link


def mentioning(body: Body, parent: Post, *, at: datetime) -> Body:
    """A reply's body: its parent's author is named first."""
    author = parent.author
    name = author.user if author.network == "mastodon" else author.handle(at)
    # Bluesky's facet names the account, Mastodon's link leads to the profile.
    target = author.url if author.network == "mastodon" else author.uri
    return (Token("mention", name, target), *body)


def draw_versions(rng: Random, body: Body, created_at: datetime, *, share: float
) -> tuple[Version, ...]:  # fmt: skip
    """The body and, with a chance of `share`, what an edit made of it."""
    first = Version(created_at, body)
    if rng.random() >= share:
        return (first,)
    edited = tuple(
        Token("words", token.text + _CHECKS) if token.kind == "words" else token
        for token in body
    )
    return first, Version(created_at + _later(rng, hours=2), edited)


def draw_deletion(rng: Random, created_at: datetime) -> datetime | None:
    """When the author takes the post back; for one in thirty."""
    delay = _later(rng, hours=6)
    return created_at + delay if rng.random() < 0.033 else None


def _later(rng: Random, *, hours: float) -> timedelta:
    return timedelta(seconds=30 + rng.expovariate(1 / (hours * 3600)))


def draw_declared(rng: Random, lang: str) -> str | None:
    """The language as declared: missing for one in eight, wrong for one in thirty."""
    draw = rng.random()
    if draw < 0.12:
        return None
    if draw < 0.155:
        return "en" if lang != "en" else "de"
    return lang


def draw_counts(rng: Random, person: Person) -> Counts:
    """The counts a post ends with: mostly few, rarely very many."""
    reach = rng.paretovariate(1.1) * (1 + person.followers / 2000)
    likes = min(int(reach * rng.uniform(0, 3)), 20_000)
    return Counts(
        replies=int(likes * rng.uniform(0, 0.2)),
        reposts=int(likes * rng.uniform(0.1, 0.5)),
        likes=likes,
        quotes=int(likes * rng.uniform(0, 0.06)),
    )


def normal_tags(tags: Sequence[str]) -> frozenset[str]:
    """Tags in the form in which they are compared."""
    return frozenset(normal_tag(tag) for tag in tags)
