"""What a configuration says, once it has been read and found sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from collectors import is_stream
from collectors.base import NOTHING, Publish, Secret, Term, TermKind

OptOut = Literal["withhold", "keep"]
Reading = Literal["open", "people"]
Role = Literal["viewer", "editor", "admin"]
Scope = Literal["read", "staff"]
Refine = Literal["encoder", "off"]

DATABASE = Path("data/campaigns.db")
BACKFILL = timedelta(days=7)
UTC = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """The `[monitor]` table. contact: sent in the User-Agent, so that a server's staff
    can reach us. opt_out: whether posts of people who asked not to be indexed are
    withheld from everything published, or kept like any other. sentiment: the engine
    that posts are scored with. reading: whether anyone who reaches the pages may read
    them, or only people who sign in. refine: the engine that looks at posts again in the
    background; None: the encoder where it is installed and sentiment is the default.
    refine_share: the part of one processor's time that this may take. url: where others
    reach the pages, without a slash at its end; reports link there. timezone: of
    campaigns that name none."""

    database: Path = DATABASE
    contact: str | None = None
    host: str = "127.0.0.1"
    port: int = 8001
    opt_out: OptOut = "withhold"
    sentiment: str = "linear"
    reading: Reading = "open"
    refine: Refine | None = None
    refine_share: float = 0.25
    url: str | None = None
    timezone: ZoneInfo = UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One `[[campaign]]`. Terms are as staff wrote them, without "#" or a leading "@".

    starts, ends: aware UTC, `ends` exclusive; None: open. sources: slugs, None: all.
    timezone: in which its pages show times and read them.
    """

    slug: str
    title: str
    description: str = ""
    hashtags: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    starts: datetime | None = None
    ends: datetime | None = None
    sources: tuple[str, ...] | None = None
    timezone: ZoneInfo = UTC

    def terms(self) -> tuple[Term, ...]:
        """What is searched for: hashtags, phrases, accounts, domains, in that order."""
        groups: tuple[tuple[TermKind, tuple[str, ...]], ...] = (
            ("hashtag", self.hashtags),
            ("phrase", self.phrases),
            ("account", self.accounts),
            ("domain", self.domains),
        )
        return tuple(Term(kind, value) for kind, values in groups for value in values)

    def excluded(self) -> tuple[Term, ...]:
        """What a post must not carry: "#tag" as a hashtag, anything else as a phrase."""
        return tuple(as_excluded(value) for value in self.exclude)


def as_excluded(value: str) -> Term:
    """An `exclude` entry as the term that it looks for."""
    bare = value.lstrip("#＃")
    return Term("hashtag", bare) if bare != value else Term("phrase", value)


@dataclass(frozen=True, slots=True)
class Bound:
    """A time span that may be endless: None is "forever", or "never"."""

    span: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One `[[source]]`. every: None lets the interval follow the rate of new posts.
    backfill: how far back history is read when a term is new; None: seven days, of a
    stream nothing. keep, recheck, publish: what the platform's rules ask for, where staff
    set it otherwise (see groundswell/duties.py). options: the platform's own keys."""

    slug: str
    platform: str
    base_url: str
    every: timedelta | None = None
    backfill: timedelta | None = None
    allow_private: bool = False
    keep: Bound | None = None
    recheck: Bound | None = None
    publish: Publish | None = None
    options: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def is_stream(self) -> bool:
        """Whether it is a stream, which has no past to ask for."""
        return is_stream(self.platform, self.base_url)

    @property
    def history(self) -> timedelta:
        """How far back to read. A day of a stream is gigabytes (platforms.md section
        5.2), so a stream's past is read only where staff ask for it."""
        if self.backfill is not None:
            return self.backfill
        return timedelta(0) if self.is_stream else BACKFILL

    def settings(self, secrets: Mapping[str, Secret] = NOTHING) -> dict[str, Any]:
        """What a collector is handed as `Query.settings`."""
        return {
            **self.options,
            "slug": self.slug,
            "platform": self.platform,
            "base_url": self.base_url,
            "allow_private": self.allow_private,
            "secrets": dict(secrets),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """One `[[notify]]`: a channel that is told of alerts; its address is a secret.

    campaigns: slugs, None: all. quiet: from and to, UTC, when nothing is sent; what was
    raised waits.
    """

    name: str
    campaigns: tuple[str, ...] | None = None
    quiet: tuple[time, time] | None = None

    @property
    def variable(self) -> str:
        """The environment variable that holds its address."""
        return f"GROUNDSWELL_NOTIFY_{self.name.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One `[[alert]]`: how one kind of alert is to be, for some campaigns (None: all).

    on: False: it is not looked for. least: from how much on it is raised, in the kind's own
    unit; None: the usual. phrases, accounts: what a "mention" looks for.
    """

    kind: str
    campaigns: tuple[str, ...] | None = None
    on: bool = True
    least: int | None = None
    phrases: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def is_for(self, slug: str) -> bool:
        """Whether it is about this campaign."""
        return self.campaigns is None or slug in self.campaigns


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One `[[person]]`: who may sign in; the hash of their password is a secret.

    role: a viewer reads, an editor also writes labels, notes and the diary, an admin also
    changes what the monitor itself concluded.
    """

    name: str
    role: Role = "editor"

    @property
    def variable(self) -> str:
        """The environment variable that holds the hash of their password."""
        return f"GROUNDSWELL_PASSWORD_{self.name.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One `[[token]]`: a script that may read; the hash of its token is a secret.

    scope: "read" is what anyone may read where reading is open, "staff" also what staff
    write. ends: aware UTC, the first moment at which it is no longer good.
    """

    name: str
    scope: Scope = "read"
    ends: datetime

    @property
    def variable(self) -> str:
        """The environment variable that holds the hash of the token."""
        return f"GROUNDSWELL_TOKEN_{self.name.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One `[[report]]`: a report that is made and sent on schedule.

    campaigns: slugs, None: all. at: the time of day in the zone; weekday: 0 is Monday, for
    a week. channels: names of [[notify]] sections; none: it is only kept.
    """

    name: str
    campaigns: tuple[str, ...] | None = None
    every: Literal["day", "week"] = "day"
    at: time = time(8)
    weekday: int = 0
    zone: ZoneInfo = UTC
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole. path: the file it was read from, None for the built-in default."""

    monitor: Monitor
    campaigns: tuple[Campaign, ...]
    sources: tuple[Source, ...]
    notify: tuple[Notify, ...] = ()
    people: tuple[Person, ...] = ()
    tokens: tuple[Token, ...] = ()
    alerts: tuple[AlertRule, ...] = ()
    reports: tuple[Report, ...] = ()
    path: Path | None = None

    def source(self, slug: str) -> Source | None:
        """The source of this slug, None where there is none."""
        return next((found for found in self.sources if found.slug == slug), None)
