"""What staff should know besides spikes and silence: rules over the last hours' posts.

A rule is pure: it is given a window of posts with what is usual, and gives findings. Each
has two thresholds: it is raised from the upper one, and over under half of it, so that what
moves around a threshold is one alert and not twenty. Figures are of voices, not posts: one
account that writes fifty times is one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from collectors._matching import has_phrase
from db.alert_window import Changed, Failing, Seen

Kind = Literal[
    "tone", "hashtag", "link", "audience", "copies", "cited", "source", "mention"
]
HOUR = timedelta(hours=1)
WINDOW = HOUR
TONE_WINDOW = 3 * HOUR
BASELINE = timedelta(days=14)
TONE_BASELINE = timedelta(days=7)
# Before that there is no usual: everything is new to a campaign that has just begun.
LEARNING = timedelta(days=1)

LOW = 0.5  # of the upper threshold: under it an alert is over
_NEW = 0.25  # of a tag's or page's voices now: as many posts before, and it is not new
_RATE = 8.0  # times as many in an hour as usual: a page takes off
_TONE_SHARE, _TONE_LOW = (
    0.15,
    0.08,
)  # a share of negative posts that is this much larger
_TONE_Z, _TONE_Z_LOW = 4.0, 2.0
_SHORTEST_COPY = 4  # words: "good morning" is no message that is handed on


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What rules look at. tags, links: posts with each in the two weeks before the
    window, of those that are in it. hours: how many hours of those weeks the campaign has
    been watched. tone: (negative, scored) of earlier blocks as long as TONE_WINDOW."""

    now: datetime
    posts: Sequence[Seen] = ()
    terms: frozenset[str] = frozenset()
    tags: Mapping[str, int] = field(default_factory=dict)
    links: Mapping[str, int] = field(default_factory=dict)
    hours: float = 0.0
    tone: Sequence[tuple[int, int]] = ()
    changed: Sequence[Changed] = ()
    failing: Sequence[Failing] = ()

    def last(self, span: timedelta) -> list[Seen]:
        """The posts of the last so many hours."""
        return [post for post in self.posts if post.at >= self.now - span]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """raised: whether it passes the upper threshold; else it only keeps an alert open.
    subject: what it is about; figures: what goes beside the evidence of `posts` (ids)."""

    subject: str
    summary: str
    raised: bool = True
    platform: str | None = None
    posts: tuple[int, ...] = ()
    figures: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Setting:
    """What staff set for a rule. least: its upper threshold, in the rule's own unit."""

    least: int
    phrases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()


Look = Callable[[Window, Setting], list[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """least: the usual upper threshold, in `unit`. says_over: whether people are told when
    it is over. learns: whether it needs to know what is usual."""

    least: int
    unit: str
    look: Look
    says_over: bool = True
    learns: bool = True


def tone(window: Window, setting: Setting) -> list[Finding]:
    """The share of negative posts is larger than usual by more than chance explains; the
    same message counts once, however often it is repeated."""
    once = {post.message: post for post in window.last(TONE_WINDOW) if post.sentiment}
    scored = list(once.values())
    negative = [post for post in scored if post.sentiment == "negative"]
    usual, spread = _usual_tone(window.tone)
    if len(scored) < setting.least or usual is None:
        return []
    share = len(negative) / len(scored)
    error = math.sqrt(usual * (1 - usual) / len(scored) + spread**2)
    z = (share - usual) / error if error else 0.0
    if z < _TONE_Z_LOW or share - usual < _TONE_LOW:
        return []
    return [
        Finding(
            subject="negative",
            summary=(
                f"{share:.0%} of the last three hours' scored posts are negative, where "
                f"{usual:.0%} are usual"
            ),
            raised=z >= _TONE_Z and share - usual >= _TONE_SHARE,
            posts=tuple(post.id for post in negative),
            figures={"share": round(share, 3), "usual": round(usual, 3)},
        )
    ]


def _usual_tone(blocks: Sequence[tuple[int, int]]) -> tuple[float | None, float]:
    """The usual share of negative posts, and how much it moves between blocks beyond
    chance. None where less than a day's worth of blocks has enough posts."""
    known = [(negative, scored) for negative, scored in blocks if scored >= 10]
    if len(known) < 8:
        return None, 0.0
    whole = sum(scored for _, scored in known)
    usual = sum(negative for negative, _ in known) / whole
    shares = [negative / scored for negative, scored in known]
    mean = sum(shares) / len(shares)
    found = sum((share - mean) ** 2 for share in shares) / (len(shares) - 1)
    chance = sum(usual * (1 - usual) / scored for _, scored in known) / len(known)
    return usual, math.sqrt(max(0.0, found - chance))


def hashtag(window: Window, setting: Setting) -> list[Finding]:
    """A tag that nobody searched for, and that was hardly there before, rides along."""
    found = []
    for tag, posts in _by(window.last(WINDOW), lambda post: post.tags).items():
        voices = _voices(posts)
        before = window.tags.get(tag, 0)
        if (
            tag in window.terms
            or voices < setting.least * LOW
            or before > voices * _NEW
        ):
            continue
        found.append(
            Finding(
                subject=tag,
                summary=(
                    f"#{tag} rides along: {voices} voices in the last hour, "
                    f"{_posts(before)} in the two weeks before"
                ),
                raised=voices >= setting.least,
                posts=tuple(post.id for post in posts),
                figures={"before": before},
            )
        )
    return found


def link(window: Window, setting: Setting) -> list[Finding]:
    """A page that many more share in an hour than usual."""
    found = []
    for url, posts in _by(window.last(WINDOW), lambda post: post.links).items():
        voices = _voices(posts)
        before = window.links.get(url, 0)
        usual = before / window.hours if window.hours else 0.0
        if voices < setting.least * LOW or voices < _RATE * usual * LOW:
            continue
        found.append(
            Finding(
                subject=url,
                summary=(
                    f"{url} takes off: {voices} voices shared it in the last hour, "
                    f"{_posts(before)} did in the two weeks before"
                ),
                raised=voices >= setting.least and voices >= _RATE * usual,
                posts=tuple(post.id for post in posts),
                figures={"before": before},
            )
        )
    return found


def audience(window: Window, setting: Setting) -> list[Finding]:
    """An account that many follow writes, and did not in the month before."""
    first: dict[int, Seen] = {}
    for post in window.last(WINDOW):
        if (post.followers or 0) >= setting.least and post.before is False:
            first.setdefault(post.voice, post)
    return [
        Finding(
            subject=f"{post.platform}:{post.handle or post.voice}",
            summary=(
                f"{post.handle or 'an account'} joins, with {post.followers:,} followers; "
                "it had not written here in the month before"
            ),
            platform=post.platform,
            posts=(post.id,),
            figures={"followers": post.followers},
        )
        for post in first.values()
    ]


def copies(window: Window, setting: Setting) -> list[Finding]:
    """Many accounts write the same text; reposts, which platforms offer, are none."""
    own = [
        post
        for post in window.last(WINDOW)
        if post.kind != "repost" and len(post.text.split()) >= _SHORTEST_COPY
    ]
    found = []
    for message, posts in _by(own, lambda post: (str(post.message),)).items():
        voices = _voices(posts)
        if voices < setting.least * LOW:
            continue
        spread = max(post.at for post in posts) - min(post.at for post in posts)
        minutes = max(1, round(spread.total_seconds() / 60))
        found.append(
            Finding(
                subject=message,
                summary=(
                    f"{voices} voices wrote the same text within {minutes} "
                    f"minute{'' if minutes == 1 else 's'}"
                ),
                raised=voices >= setting.least,
                posts=tuple(post.id for post in posts),
                figures={"minutes": minutes},
            )
        )
    return found


def cited(window: Window, setting: Setting) -> list[Finding]:
    """A post that many shared was edited, deleted or withheld."""
    return [
        Finding(
            subject=f"{post.id} {post.state} {post.edited_at or ''}".strip(),
            summary=(
                f"{post.platform}: a post that was shared {post.shares:,} times was "
                f"{post.state if post.state != 'withheld' else 'taken back'}"
            ),
            platform=post.platform,
            posts=(post.id,),
            figures={"shares": post.shares},
        )
        for post in window.changed
        if post.state != "live" and post.shares >= setting.least
    ]


def source(window: Window, setting: Setting) -> list[Finding]:
    """A source has not been read for so many minutes."""
    found = []
    for one in window.failing:
        minutes = (
            (window.now - one.since).total_seconds() / 60 if one.since else math.inf
        )
        if minutes < setting.least:
            continue
        since = f"since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else "at all yet"
        why = f": {one.error}" if one.error else ""
        found.append(
            Finding(
                subject=one.slug,
                summary=f"{one.slug} was not read {since}{why}",
                platform=one.platform,
                figures={"state": one.state},
            )
        )
    return found


def mention(window: Window, setting: Setting) -> list[Finding]:
    """A phrase, or an account that is named or writes, that staff want to know of."""
    found = []
    for name in (*setting.phrases, *(f"@{one}" for one in setting.accounts)):
        posts = [post for post in window.last(WINDOW) if _names(post, name)]
        if len(posts) < setting.least:
            continue
        found.append(
            Finding(
                subject=name,
                summary=(
                    f"{name}: {_posts(len(posts))} by {_voices(posts)} "
                    f"voice{'' if _voices(posts) == 1 else 's'} in the last hour"
                ),
                posts=tuple(post.id for post in posts),
            )
        )
    return found


def _names(post: Seen, name: str) -> bool:
    if not name.startswith("@"):
        return has_phrase(post.text, name)
    wanted = name[1:].casefold()
    told = (post.handle or "", *post.mentions)
    return any(wanted == one.lstrip("@").casefold() for one in told)


def _by(
    posts: Sequence[Seen], keys: Callable[[Seen], Sequence[str]]
) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for post in posts:
        for key in keys(post):
            found[key].append(post)
    return found


def _voices(posts: Sequence[Seen]) -> int:
    return len({post.voice for post in posts})


def _posts(count: int) -> str:
    return f"{count:,} post{'' if count == 1 else 's'}"


# In the order in which they are told.
RULES: Mapping[str, Rule] = {
    "tone": Rule(30, "scored posts in three hours", tone),
    "hashtag": Rule(10, "voices in an hour", hashtag),
    "link": Rule(10, "voices in an hour", link),
    "audience": Rule(50_000, "followers", audience, says_over=False),
    "copies": Rule(10, "voices in an hour", copies, learns=False),
    "cited": Rule(20, "shares", cited, says_over=False, learns=False),
    "source": Rule(60, "minutes", source, learns=False),
    "mention": Rule(1, "posts in an hour", mention, says_over=False, learns=False),
}
