"""What a collector is given, what it gives back, and how it may fail.

A platform module is arithmetic on requests and responses: it opens no socket, reads no
clock, never sleeps and knows no database. `collectors/_driver.py` does all of that.
How it may fail stands in `collectors/_errors.py`; import those names from here, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

import httpx

from collectors._about import ACCESS as ACCESS
from collectors._about import Access as Access
from collectors._about import Budget as Budget
from collectors._about import Card as Card
from collectors._about import Charge as Charge
from collectors._about import Duties as Duties
from collectors._about import Pace as Pace
from collectors._about import Publish as Publish
from collectors._checks import BrokenRecord as BrokenRecord
from collectors._checks import check_count, check_time, check_url, refuse
from collectors._errors import BadPayload as BadPayload
from collectors._errors import CollectorError as CollectorError
from collectors._errors import Denied as Denied
from collectors._errors import Gone as Gone
from collectors._errors import OverBudget as OverBudget
from collectors._errors import RateLimited as RateLimited
from collectors._errors import Unavailable as Unavailable
from collectors._secrets import Secret as Secret
from collectors._secrets import SecretSpec as SecretSpec
from collectors._terms import TERM_KINDS as TERM_KINDS
from collectors._terms import Term as Term
from collectors._terms import TermKind as TermKind
from collectors._terms import normal_tag as normal_tag
from collectors._terms import normal_term as normal_term

Walk = Literal["forward", "back", "settle", "recheck"]
Kind = Literal["post", "reply", "repost", "quote", "article", "comment", "video"]
CoverageState = Literal["complete", "overlapping", "capped", "blind", "untracked"]
AccountState = Literal["active", "withheld", "deleted"]

KINDS: tuple[str, ...] = get_args(Kind)
NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Known:
    """A stored post that a recheck asks about: its uri and its id on this source."""

    uri: str
    local_id: str | None = None


def has_websocket(base_url: str) -> bool:
    """Whether a source's address is a websocket's."""
    return base_url.lower().startswith(("ws://", "wss://"))


def _as_term(term: Term | str) -> Term:
    return term if isinstance(term, Term) else Term("hashtag", term.strip().lstrip("#"))


@dataclass(frozen=True, slots=True)
class Query:
    """One walk's question. A plain string among `terms` is a hashtag.

    checkpoint: where the last complete walk of this kind ended; None at the first.
    since, until: the span that a back or settle walk reads (aware UTC), newest first;
        for a forward walk `since` is the end of what is already covered.
    known: the posts that a recheck asks about.
    settings: the source's configuration: `base_url` always; `secrets` (a mapping of
        Secret), `facts` (what the last probe learnt) and `session` where there are any.
    """

    walk: Walk
    terms: tuple[Term, ...]
    settings: Mapping[str, Any] = field(default_factory=_nothing)
    checkpoint: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    known: tuple[Known, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", tuple(_as_term(term) for term in self.terms))

    @property
    def base_url(self) -> str:
        """The source's address without a trailing slash."""
        return str(self.settings.get("base_url", "")).rstrip("/")

    def secret(self, name: str) -> str | None:
        """A secret's text, or None. Only for building a request; never log it."""
        found = self.settings.get("secrets", NOTHING).get(name)
        return found.reveal() if isinstance(found, Secret) else found


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, video or sound beside a post; `alt` is its description, None if none."""

    type: str
    url: str
    preview_url: str | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Copy:
    """The same post met elsewhere. scheme: local_id, uri, url or bridge."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a post. None means unknown, never 0 or empty.

    opt_out: the author asked not to be indexed (noindex, #nobot and its like in the
    profile, Bluesky's !no-unauthenticated); None where the platform did not say.
    proven: addresses of which the platform itself found out that they are the author's: a
    page that links back (rel=me), a domain that is the handle. Empty: it told of none.
    """

    platform: str
    uri: str
    handle: str | None = None
    display_name: str | None = None
    url: str | None = None
    followers: int | None = None
    bot: bool | None = None
    opt_out: bool | None = None
    proven: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        refuse(not self.platform, "author.platform is empty")
        refuse(not self.uri, "author.uri is empty")
        check_url("author.url", self.url)
        for address in self.proven:
            refuse(not address, "author.proven has an empty address")
            check_url("author.proven", address)
        check_count("author.followers", self.followers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One public item. None means unknown, never 0.

    uri: the canonical identity, the same on every source (platforms.md section 21).
    platform: where the post was first published, after un-bridging.
    text: plain text, NFC. hashtags: casefolded NFKC, no "#", sorted, unique.
    published_at: the author's claim, aware; None where the platform gives none.
    lang: as the platform declared it; never guessed here.
    reply_to, repost_of, quote_of: uris. link_titles: url to title, where a card has one.
    """

    platform: str
    uri: str
    author: Author
    text: str
    published_at: datetime | None
    url: str | None = None
    kind: Kind = "post"
    title: str | None = None
    content_warning: str | None = None
    sensitive: bool | None = None
    lang: str | None = None
    edited_at: datetime | None = None
    hashtags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    reply_to: str | None = None
    repost_of: str | None = None
    quote_of: str | None = None
    replies: int | None = None
    reposts: int | None = None
    likes: int | None = None
    quotes: int | None = None
    views: int | None = None
    copies: tuple[Copy, ...] = ()
    link_titles: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        refuse(not self.platform, "platform is empty")
        refuse(not self.uri, "uri is empty")
        if self.kind not in KINDS:
            raise BrokenRecord(f"kind is not one of {', '.join(KINDS)}")
        check_url("url", self.url)
        for link in self.links:
            check_url("links", link)
        check_time("published_at", self.published_at)
        check_time("edited_at", self.edited_at)
        for name in ("replies", "reposts", "likes", "quotes", "views"):
            check_count(name, getattr(self, name))
        for tag in self.hashtags:
            if not tag or tag.startswith("#"):
                raise BrokenRecord(f"hashtag with # or empty: {tag!r}")
            if tag != tag.casefold():
                raise BrokenRecord(f"hashtag is not casefolded: {tag!r}")


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that could not be read. item: its id or place; reason: a sentence."""

    item: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccountChange:
    """An account event. state None: only the handle changed."""

    uri: str
    state: AccountState | None = None
    handle: str | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A span that this walk knows it has not seen. from_at None: since the last walk."""

    state: Literal["capped", "blind"]
    evidence: str
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one response, or one websocket message, gave.

    rejected: items that could not be read. skipped: items that were understood and not
    wanted, by reason ("no term matched": 3); posts + rejected + skipped = items.
    deletions: uris of posts that their author or server took back.
    next: the following request, None at the end. ascending: pages go from old to new.
    checkpoint: a proposal; the driver keeps the last one of a completed walk.
    reached: how far in time the walk has read for sure: going back, the oldest moment;
        going forward (ascending), the newest.
    vouches: "overlapping" where the platform can only show that nothing fell between
        two looks (feeds, search), "complete" where its paging proves it.
    session: what to hand back in `settings["session"]` of later queries (log-in tokens).
    say, done, refusal: of a dialogue (`Answers`): frames to send next, that all was
    answered, or why nothing will be.
    """

    posts: tuple[Post, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    deletions: tuple[str, ...] = ()
    next: httpx.Request | None = None
    checkpoint: str | None = None
    skipped: Mapping[str, int] = field(default_factory=_nothing)
    accounts: tuple[AccountChange, ...] = ()
    ascending: bool = False
    reached: datetime | None = None
    gap: Gap | None = None
    vouches: Literal["complete", "overlapping"] = "complete"
    session: Mapping[str, Secret] | None = None
    say: tuple[str, ...] = ()
    done: bool = False
    refusal: CollectorError | None = None


@dataclass(frozen=True, slots=True)
class Connection:
    """A websocket to open, and the frames to send once it is open."""

    url: str
    frames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Probe:
    """What a look at a source's own description told.

    state: open (it can be read), limited (it can, with a limit that `sentence` names),
    login (it wants a log-in), closed (its feed is switched off). `facts` are handed to
    later queries as `settings["facts"]`. next: one more question, or None.
    """

    state: Literal["open", "limited", "login", "closed"]
    sentence: str
    facts: Mapping[str, str] = field(default_factory=_nothing)
    next: httpx.Request | None = None


class Collector(Protocol):
    """What every platform module's COLLECTOR has.

    scope: "term" where each term is a walk of its own, "source" where one walk serves
    all terms. kinds: the kinds of term that this platform can be asked for; posts that
    come are held against all.
    """

    slug: ClassVar[str]
    docs: ClassVar[str]
    card: ClassVar[Card]
    duties: ClassVar[Duties]
    pace: ClassVar[Pace]
    scope: ClassVar[Literal["term", "source"]]
    kinds: ClassVar[frozenset[TermKind]]
    secrets: ClassVar[tuple[SecretSpec, ...]]
    settings: ClassVar[Mapping[str, str]]

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:
        """The walks that this source can do, given its settings and facts."""


@runtime_checkable
class RequestCollector(Collector, Protocol):
    """A platform that answers requests."""

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""


@runtime_checkable
class StreamCollector(Collector, Protocol):
    """A platform that sends messages over a websocket."""

    def connect(self, query: Query) -> Connection:
        """Where to connect, and what to say first."""

    def receive(self, message: str | bytes, query: Query) -> Page:
        """Total: for any message a Page, or BadPayload."""


@runtime_checkable
class Answers(StreamCollector, Protocol):
    """A platform that answers questions about the past over its websocket, and says when
    it has: all walks are dialogues, and none of them is a stream without a past."""

    answers: ClassVar[bool]


@runtime_checkable
class Explains(Protocol):
    """A platform whose errors say more than their status code: asked about every answer
    that is no success, and about one that is and could not be read."""

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """A Page to go on with (a fresh log-in), None for the usual rules, or raises."""


@runtime_checkable
class Probes(Protocol):
    """A platform that describes itself: software, version, what is open."""

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """The first question to the server's own description."""

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],
        so_far: Probe | None,
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""


@runtime_checkable
class Metered(Protocol):
    """A platform whose requests use up a budget: quota units, money, allowed words."""

    def budgets(self, settings: Mapping[str, Any]) -> Sequence[Budget]:
        """What may be spent, given a source's settings."""

    def price(
        self, request: httpx.Request, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """The most that a request can cost; () where it is free."""

    def bill(
        self, response: httpx.Response, settings: Mapping[str, Any]
    ) -> Sequence[Charge]:
        """What the answer did cost, never more than the price."""
