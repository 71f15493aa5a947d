"""What a collector is given, what it gives back, and how it may fail.

A platform module is arithmetic on requests and responses: it opens no socket, reads no
clock, never sleeps and knows no database. `collectors/_driver.py` does all of that.

    CollectorError
    ├── Unavailable    network, time-out, 5xx             try again later
    ├── RateLimited    429, or the platform's own words   not before `retry_at`
    ├── Denied         401, 403, 422 "needs a user"       parked until the settings change
    ├── Gone           404, 410, 451                      parked until the settings change
    └── BadPayload     an answer that cannot be read      try again later, sample kept
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable
from urllib.parse import urlsplit

import httpx

Walk = Literal["forward", "back", "settle", "recheck"]
TermKind = Literal["hashtag", "phrase", "account", "domain", "feed"]
Kind = Literal["post", "reply", "repost", "quote", "article", "comment", "video"]
CoverageState = Literal["complete", "overlapping", "capped", "blind", "untracked"]
AccountState = Literal["active", "withheld", "deleted"]

KINDS: tuple[str, ...] = get_args(Kind)
NOTHING: Mapping[str, Any] = MappingProxyType({})


def _nothing() -> Mapping[str, Any]:
    return NOTHING


class BrokenRecord(ValueError):
    """A post or author that must not travel further; says which field and why."""


def normal_tag(tag: str) -> str:
    """A hashtag as it is stored and compared: no "#", NFKC, casefolded."""
    bare = unicodedata.normalize("NFKC", tag).strip()
    while bare.startswith("#"):
        bare = bare.lstrip("#").strip()
    return unicodedata.normalize("NFKC", bare.casefold())


def normal_term(kind: str, value: str) -> str:
    """A term's value as it is compared: tags as tags, phrases as folded words."""
    if kind == "hashtag":
        return normal_tag(value)
    if kind == "feed":
        return value.strip()
    folded = unicodedata.normalize("NFKC", value).casefold().strip()
    if kind == "account":
        return folded.lstrip("@")
    return " ".join(folded.split())


@dataclass(frozen=True, slots=True)
class Term:
    """One thing searched for. `value` is as staff wrote it, without "#"."""

    kind: TermKind
    value: str

    @property
    def key(self) -> str:
        """The value as it is compared."""
        return normal_term(self.kind, self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """A stored post that a recheck asks about: its uri and its id on this source."""

    uri: str
    local_id: str | None = None


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


class Secret:
    """Text that no log, repr or error shows."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for a request header or body."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"


@dataclass(frozen=True, slots=True)
class SecretSpec:
    """A secret that a platform can use: read from the environment, `env` or `env_FILE`.

    per_source: the variable's name ends in the source's slug (MASTODON_TOKEN_MY_SERVER),
    so that one server's token is never sent to another.
    """

    name: str
    env: str
    how: str
    required: bool = False
    per_source: bool = False

    def variable(self, source_slug: str) -> str:
        """The environment variable for one source."""
        if not self.per_source:
            return self.env
        return f"{self.env}_{source_slug.upper().replace('-', '_').replace('.', '_')}"


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


def _refuse(condition: bool, message: str) -> None:
    if condition:
        raise BrokenRecord(message)


def _check_url(name: str, url: str | None) -> None:
    if url is None:
        return
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BrokenRecord(f"{name} is not a URL: {error}") from error
    _refuse(
        parts.scheme not in {"http", "https"} or not parts.netloc,
        f"{name} must be an absolute http(s) URL, not {url[:80]!r}",
    )


def _check_time(name: str, moment: datetime | None) -> None:
    if moment is not None:
        _refuse(moment.utcoffset() is None, f"{name} has no time zone")


def _check_count(name: str, count: int | None) -> None:
    _refuse(count is not None and count < 0, f"{name} is negative: {count}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a post. None means unknown, never 0 or empty.

    opt_out: the author asked not to be indexed (noindex, #nobot and its like in the
    profile, Bluesky's !no-unauthenticated); None where the platform did not say.
    """

    platform: str
    uri: str
    handle: str | None = None
    display_name: str | None = None
    url: str | None = None
    followers: int | None = None
    bot: bool | None = None
    opt_out: bool | None = None

    def __post_init__(self) -> None:
        _refuse(not self.platform, "author.platform is empty")
        _refuse(not self.uri, "author.uri is empty")
        _check_url("author.url", self.url)
        _check_count("author.followers", self.followers)


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
        _refuse(not self.platform, "platform is empty")
        _refuse(not self.uri, "uri is empty")
        _refuse(self.kind not in KINDS, f"kind is not one of {', '.join(KINDS)}")
        _check_url("url", self.url)
        for link in self.links:
            _check_url("links", link)
        _check_time("published_at", self.published_at)
        _check_time("edited_at", self.edited_at)
        for name in ("replies", "reposts", "likes", "quotes", "views"):
            _check_count(name, getattr(self, name))
        for tag in self.hashtags:
            _refuse(not tag or tag.startswith("#"), f"hashtag with # or empty: {tag!r}")
            _refuse(tag != tag.casefold(), f"hashtag is not casefolded: {tag!r}")


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


@dataclass(frozen=True, slots=True)
class Connection:
    """A websocket to open, and the frames to send once it is open."""

    url: str
    frames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """At most `requests` in `per_s` seconds to one host; at most `pages` in one walk."""

    requests: int
    per_s: float
    pages: int = 50


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


class CollectorError(Exception):
    """A walk that could not go on. permanent: trying again will not help."""

    permanent: ClassVar[bool] = False


class Unavailable(CollectorError):
    """The network, a time-out or a server's own fault (5xx)."""


class RateLimited(CollectorError):
    """The platform asked for a pause. retry_at: aware UTC, None where it did not say."""

    def __init__(self, message: str, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Denied(CollectorError):
    """The platform wants a log-in, or refused ours. The message names the key to set."""

    permanent = True


class Gone(CollectorError):
    """Nothing is at this address."""

    permanent = True


class BadPayload(CollectorError):
    """An answer that cannot be read. sample: its first bytes, as text."""

    def __init__(self, message: str, sample: str = "") -> None:
        super().__init__(message)
        self.sample = sample[:500]


class Collector(Protocol):
    """What every platform module's COLLECTOR has.

    scope: "term" where each term is a walk of its own, "source" where one walk serves
    all terms.
    """

    slug: ClassVar[str]
    docs: ClassVar[str]
    pace: ClassVar[Pace]
    scope: ClassVar[Literal["term", "source"]]
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
class Explains(Protocol):
    """A platform whose errors say more than their status code."""

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
