"""What the simulated world is made of. Times are aware UTC throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from collectors.base import normal_tag
from groundswell.demo import texts

Network = Literal["mastodon", "bluesky"]
OptOut = Literal["nobot", "noindex", "no_unauthenticated"]
TokenKind = Literal["words", "tag", "link", "mention", "break"]
State = Literal["live", "edited", "deleted", "withheld"]


@dataclass(frozen=True, slots=True)
class Server:
    """A Mastodon server that answers on loopback.

    knows: the share of other servers' posts that reach it. backdates: a post that it
    fetches late gets an id from the post's own time, behind every cursor (platforms.md
    section 2); Pleroma's ids always come from the arrival. login: its tag timelines
    want a token.
    """

    slug: str
    host: str
    version: str
    knows: float
    software: Literal["mastodon", "pleroma"] = "mastodon"
    backdates: bool = True
    login: bool = False


SERVERS = (
    Server("social", "social.example", "4.5.2", 0.85),
    Server("union", "union.example", "4.4.9", 0.55),
    Server(
        "news",
        "news.example",
        "2.7.2 (compatible; Pleroma 2.9.1)",
        0.45,
        software="pleroma",
        backdates=False,
    ),
    Server("quiet", "quiet.example", "4.5.1", 0.3, login=True),
)
ELSEWHERE = ("village.example", "port.example", "studio.example")


@dataclass(frozen=True, slots=True)
class Person:
    """An invented author. host: the Mastodon server, or the Bluesky handle's domain.

    bridged: Bridgy Fed carries this person's posts to the other network.
    domain: an own domain that is the handle on Bluesky. verified: links on the profile
    that lead back to it (rel=me). claimed: links that do not.
    """

    index: int
    network: Network
    name: str
    user: str
    host: str
    uri: str
    lang: str
    followers: int
    joined: datetime
    bot: bool = False
    opt_out: OptOut | None = None
    indexable: bool = True
    bridged: bool = False
    renamed_at: datetime | None = None
    away: tuple[datetime, datetime] | None = None
    gone_at: datetime | None = None
    domain: str | None = None
    verified: tuple[str, ...] = ()
    claimed: tuple[str, ...] = ()

    def handle(self, at: datetime) -> str:
        """The handle at a moment, without a leading @."""
        if self.network == "mastodon":
            return f"{self.user}@{self.host}"
        renamed = self.renamed_at is not None and at >= self.renamed_at
        if renamed:
            return f"{self.user}-writes.example"
        return self.domain or f"{self.user}.{self.host}"

    @property
    def url(self) -> str:
        """The profile page."""
        if self.network == "bluesky":
            return f"https://bsky.app/profile/{self.uri}"
        return f"https://{self.host}/@{self.user}"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a post. text: as written, without "#" or "@"; url: where it leads."""

    kind: TokenKind
    text: str = ""
    url: str = ""


Body = tuple[Token, ...]
_SHOWN = 30


def shown_link(url: str) -> str:
    """A link as both networks show it: no scheme, cut after 30 characters."""
    return url.removeprefix("https://")[:_SHOWN]


def shown(token: Token) -> str:
    """What a reader sees of one token."""
    if token.kind == "tag":
        return f"#{token.text}"
    if token.kind == "mention":
        return f"@{token.text}"
    return shown_link(token.url) if token.kind == "link" else token.text


def plain(body: Body) -> str:
    """A body as a reader sees it."""
    paragraphs: list[list[str]] = [[]]
    for token in body:
        if token.kind == "break":
            paragraphs.append([])
        else:
            paragraphs[-1].append(shown(token))
    return "\n\n".join(" ".join(paragraph) for paragraph in paragraphs)


@dataclass(frozen=True, slots=True)
class Version:
    """What a post said from `at` on."""

    at: datetime
    body: Body


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post's place on one Mastodon server: visible since `at`, ordered by `key`."""

    at: datetime
    key: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Replies, boosts and likes at one moment."""

    replies: int
    reposts: int
    likes: int
    quotes: int


@dataclass(frozen=True, slots=True)
class Post:
    """A post with its whole life, past and future; ask `World` what shows at a moment.

    claimed_at: what the author's program wrote as its time; rarely a lie. away_uri: the
    bridged copy on the other network, None if none. far: the counts it ends with.
    link: (url, title) of its card. picture: alt text; ("",) stands for none given.
    """

    number: int
    author: Person
    created_at: datetime
    claimed_at: datetime
    uri: str
    url: str
    versions: tuple[Version, ...]
    tags: frozenset[str]
    lang: str
    declared: str | None
    far: Counts
    visibility: str = "public"
    reply_to: Post | None = None
    quote_of: Post | None = None
    warning: str = ""
    poll: int | None = None
    picture: tuple[str | None] | None = None
    link: tuple[str, str] | None = None
    deleted_at: datetime | None = None
    away_uri: str | None = None
    away_url: str | None = None
    indexed_at: datetime | None = None
    arrivals: Mapping[str, Arrival] = field(default_factory=dict)

    def version(self, at: datetime) -> int:
        """Which of `versions` shows at a moment."""
        return sum(version.at <= at for version in self.versions[1:])

    def body(self, at: datetime) -> Body:
        """What it says at a moment."""
        return self.versions[self.version(at)].body

    def edited_at(self, at: datetime) -> datetime | None:
        """When it was last edited before a moment; None if never."""
        index = self.version(at)
        return self.versions[index].at if index else None

    def deleted(self, at: datetime) -> bool:
        """Whether author or account had taken it back."""
        ends = (self.deleted_at, self.author.gone_at)
        return any(end is not None and end <= at for end in ends)

    def withheld(self, at: datetime) -> bool:
        """Whether its author's account is switched off at a moment."""
        away = self.author.away
        return away is not None and away[0] <= at < away[1]

    def counts(self, at: datetime) -> Counts:
        """Counts that grow with age: half of all that will come within three hours."""
        age = (at - self.created_at) / timedelta(hours=3)
        share = age / (1 + age) if age > 0 else 0.0
        far = self.far
        return Counts(*(int(n * share) for n in (
            far.replies, far.reposts, far.likes, far.quotes
        )))  # fmt: skip

    @property
    def at_uri(self) -> str | None:
        """Its uri on Bluesky, as an original or as a copy."""
        return self.uri if self.author.network == "bluesky" else self.away_uri

    @property
    def fed_uri(self) -> str | None:
        """Its uri in the fediverse, as an original or as a copy."""
        return self.uri if self.author.network == "mastodon" else self.away_uri


@dataclass(frozen=True, slots=True)
class Article:
    """A feed's item; it appears at `published_at` and may be updated later."""

    feed: str
    number: int
    uri: str
    url: str
    title: str
    text: str
    author: str
    categories: tuple[str, ...]
    lang: str
    published_at: datetime
    updated_at: datetime | None = None

    @property
    def tags(self) -> frozenset[str]:
        """The hashtags it carries, from categories and text, in normal form."""
        written = (
            word.strip(".,") for word in self.text.split() if word.startswith("#")
        )
        return frozenset(normal_tag(tag) for tag in (*self.categories, *written))

    def body(self, at: datetime) -> str:
        """Its text at a moment."""
        if self.updated_at is not None and at >= self.updated_at:
            return f"{self.text} (Updated.)"
        return self.text


def bio(person: Person) -> str:
    """A profile's own words."""
    if person.opt_out == "nobot":
        return "Keeps bees and old timetables. #nobot"
    if person.bot:
        return "Automatic notices of meetings. An invented account."
    return f"An invented person from {person.host}. {texts.WARNINGS[0].title()}, bread."


def uri_of_copy(at_uri: str) -> str:
    """The ActivityPub id that Bridgy Fed gives to a Bluesky post."""
    return f"https://bsky.brid.gy/convert/ap/{at_uri}"
