"""From a TOML document to records; every mistake is noted and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from collectors.base import normal_term
from groundswell.config import staff, values
from groundswell.config.keys import KEYS, nearest, show_key, unknown, where
from groundswell.config.problems import Problem
from groundswell.config.records import (
    AlertRule,
    Bound,
    Campaign,
    Monitor,
    Notify,
    Person,
    Report,
    Source,
    Token,
    as_excluded,
)
from groundswell.config.reports import check_reports, page_url, read_report, zone
from groundswell.config.table import Table, named, repeats

T = TypeVar("T")
_LONGEST_EVERY = timedelta(days=30)
_LONGEST_BACKFILL = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Draft:
    """A source as far as it could be read. path: "source[0]". addressed: whether a
    base_url is written; without one the platform's own address is taken, if it has one.
    """

    path: str
    source: Source
    complete: bool
    addressed: bool = True


@dataclass(slots=True)
class Document:
    """What was read, and what was wrong. None: the section is not in the file."""

    monitor: Monitor = field(default_factory=Monitor)
    campaigns: list[Campaign] = field(default_factory=list)
    drafts: list[Draft] | None = None
    notify: list[Notify] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)
    alerts: list[AlertRule] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_document(tree: Mapping[str, object], folder: Path) -> Document:
    """The whole file. folder: what a relative database path starts from."""
    document = Document()
    top = Table(tree, "", document.problems)
    for key in tree:
        if key not in KEYS[""]:
            top.wrong(key, unknown("", key, KEYS[""]))
    document.monitor = _read_monitor(_section(top), folder)
    document.campaigns = [
        _read_campaign(one, document.monitor) for one in _sections(top, "campaign")
    ]
    if "source" in tree:
        document.drafts = [_read_source(one) for one in _sections(top, "source")]
    document.notify = [staff.read_notify(one) for one in _sections(top, "notify")]
    document.people = [staff.read_person(one) for one in _sections(top, "person")]
    document.tokens = [staff.read_token(one) for one in _sections(top, "token")]
    document.alerts = [staff.read_alert(one) for one in _sections(top, "alert")]
    slugs = {campaign.slug for campaign in document.campaigns}
    document.problems += staff.check_alerts(document.alerts, slugs)
    document.problems += staff.check_notify(document.notify, slugs)
    document.problems += staff.check_people(document.people, document.monitor)
    document.problems += staff.check_tokens(document.tokens)
    document.reports = [read_report(one) for one in _sections(top, "report")]
    document.problems += check_reports(document)
    _refuse_empty(top)
    return document


def _section(top: Table) -> Table:
    found = top.content.get("monitor", {})
    if not isinstance(found, dict):
        top.wrong("monitor", "write it once, as [monitor] in single brackets")
        found = {}
    return Table(found, "monitor", top.problems)


def _sections(top: Table, key: str) -> list[Table]:
    found = top.content.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        top.wrong(key, f"write each one as [[{key}]], in double brackets")
        return []
    return [
        Table(one, f"{key}[{index}]", top.problems) for index, one in enumerate(found)
    ]


def _refuse_empty(top: Table) -> None:
    if not top.content.get("campaign"):
        example = 'slug = "my-campaign" and hashtags = ["…"]'
        top.wrong("campaign", f"missing; write a [[campaign]] section with {example}")
    if top.content.get("source") == []:
        top.wrong("source", "is empty; write a [[source]] section, or leave it out")


def _read_monitor(table: Table, folder: Path) -> Monitor:
    table.refuse_unknown("monitor")
    usual = Monitor()
    return Monitor(
        database=_database(table, folder, usual.database),
        contact=table.get("contact", values.contact, None),
        host=table.get("host", values.host, usual.host),
        port=table.get("port", values.port, usual.port),
        opt_out=table.get("opt_out", values.opt_out, usual.opt_out),
        sentiment=table.get("sentiment", values.sentiment, usual.sentiment),
        reading=table.get("reading", values.reading, usual.reading),
        refine=table.get("refine", values.refine, usual.refine),
        refine_share=table.get("refine_share", values.share, usual.refine_share),
        url=table.get("url", page_url, None),
        timezone=table.get("timezone", zone, usual.timezone),
    )


def _database(table: Table, folder: Path, usual: Path) -> Path:
    path = folder / table.get("database", values.database, usual)
    try:
        if path.is_dir():
            table.wrong("database", "is a folder; write a file in it")
    except OSError as error:
        table.wrong("database", f"cannot be a file: {error.strerror}")
    return path


def _read_campaign(table: Table, monitor: Monitor) -> Campaign:
    table.refuse_unknown("campaign")
    slug = table.need("slug", values.slug, _slug_hint(table.content.get("title")))
    campaign = Campaign(
        slug=slug,
        title=table.get("title", values.text, slug),
        description=table.get("description", values.prose, ""),
        hashtags=table.words("hashtags", values.hashtag, _same("hashtag")),
        phrases=table.words("phrases", values.phrase, _same("phrase")),
        accounts=table.words("accounts", values.account, _same("account")),
        domains=table.words("domains", values.domain, _same("domain")),
        exclude=table.words("exclude", values.excluded, _excluded_key),
        starts=table.get("starts", values.starts, None),
        ends=table.get("ends", values.ends, None),
        sources=named(table, "sources"),
        timezone=table.get("timezone", zone, monitor.timezone),
    )
    _check_campaign(table, campaign)
    return campaign


def _same(kind: str) -> Callable[[str], object]:
    return lambda value: normal_term(kind, value)


def _excluded_key(value: str) -> object:
    term = as_excluded(value)
    return term.kind, term.key


def _slug_hint(name: object) -> str:
    made = values.slugify(name) if isinstance(name, str) else ""
    return f'slug = "{made or "my-campaign"}"'


def _check_campaign(table: Table, campaign: Campaign) -> None:
    if not any(table.content.get(key) for key in _TERM_KEYS):
        table.wrong("", f"watches nothing; write one of {', '.join(_TERM_KEYS)}")
    if campaign.starts and campaign.ends and campaign.ends <= campaign.starts:
        table.wrong("ends", "is not after starts")
    wanted = {(term.kind, term.key) for term in campaign.terms()}
    for term in campaign.excluded():
        if (term.kind, term.key) in wanted:
            table.wrong("exclude", f"{term.value!r} is also watched; keep it in one")


_TERM_KEYS = ("hashtags", "phrases", "accounts", "domains")


def _read_source(table: Table) -> Draft:
    before = len(table.problems)
    source = Source(
        platform=table.need("platform", values.text, 'platform = "mastodon"'),
        base_url=table.get("base_url", values.base_url, ""),
        slug=table.need("slug", values.slug, _source_slug_hint(table.content)),
        every=table.get("every", values.duration(most=_LONGEST_EVERY), None),
        backfill=table.get("backfill", values.duration(most=_LONGEST_BACKFILL), None),
        allow_private=table.get("allow_private", values.truth, False),
        keep=table.get("keep", _bound("forever"), None),
        recheck=table.get("recheck", _bound("never"), None),
        publish=table.get("publish", values.publish, None),
        options=_options(table.content),
    )
    sound = len(table.problems) == before
    return Draft(table.path, source, sound, addressed="base_url" in table.content)


def _bound(endless: str) -> Callable[[object], Bound]:
    """A reader for a time span of an hour or more, or the word for none."""
    read = values.duration(least=timedelta(hours=1), most=_LONGEST_BACKFILL)

    def bound(value: object) -> Bound:
        try:
            return Bound(None if value == endless else read(value))
        except values.Wrong as error:
            raise values.Wrong(f'{error}, or write "{endless}"') from None

    return bound


def _source_slug_hint(content: Mapping[str, object]) -> str:
    address = content.get("base_url")
    host = (
        address.partition("//")[2].rpartition("@")[2]
        if isinstance(address, str)
        else ""
    )
    return f'slug = "{values.slugify(host.partition("/")[0]) or "my-source"}"'


def _options(content: Mapping[str, object]) -> Mapping[str, Any]:
    extra = {key: found for key, found in content.items() if key not in KEYS["source"]}
    return MappingProxyType(extra)


def unknown_options(draft: Draft, declared: Iterable[str] | None) -> list[Problem]:
    """The keys of a source that neither every source nor its platform has.

    declared None: the platform is not known, so only what looks like a slip is named.
    """
    known = (*KEYS["source"], *(declared or ()))
    return [
        Problem(f"{draft.path}.{show_key(key)}", unknown("source", key, known))
        for key in draft.source.options
        if key not in known
        and (declared is not None or nearest(key, known) is not None)
    ]


def refuse_doubles(document: Document) -> None:
    """Note slugs and addresses that stand twice."""
    sources = [draft.source for draft in document.drafts or ()]
    slugs = {
        "campaign": [campaign.slug for campaign in document.campaigns],
        "source": [source.slug for source in sources],
    }
    for section, names in slugs.items():
        for index, first in repeats(names):
            message = f"{names[index]!r} is also {section}[{first}]; choose another"
            document.problems.append(Problem(f"{section}[{index}].slug", message))
    for index, first in repeats([_place(source) for source in sources]):
        message = f"is the same address as source[{first}]; keep one"
        document.problems.append(Problem(f"source[{index}].base_url", message))


def _place(source: Source) -> str:
    address = source.base_url.rstrip("/").casefold()
    return f"{source.platform} {address}" if address else ""


def check_source_names(document: Document, known: Sequence[str]) -> list[Problem]:
    """Campaigns that name a source which is not there."""
    return [
        Problem(
            f"campaign[{number}].sources",
            f"no source is called {name!r}; {where('source')} has {', '.join(known)}",
        )
        for number, campaign in enumerate(document.campaigns)
        for name in campaign.sources or ()
        if name not in known
    ]
