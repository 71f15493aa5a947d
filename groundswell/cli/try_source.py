"""groundswell try: one walk against one source, shown and not stored."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli.frame import DONE, FAILED, PARTLY, App, leave
from groundswell.cli.output import (
    one_line,
    plural,
    say,
    show,
    show_json,
    width,
    wrapped,
)

if TYPE_CHECKING:
    from collectors.base import Collector, Post, Query, Rejected, Term
    from groundswell.cli.network import Driver, Walked
    from groundswell.config.loading import Config, Source
    from groundswell.preview import Preview, Rate, Share, Watch

_RANK = {"complete": 0, "capped": 1, "broken": 2}
_SHOWN_REJECTED = 5
_PAGES = 10
_SPAN = timedelta(days=1)
# A busy stream sends some 50 posts a second; ten minutes of it are read in one.
_STREAM_SPAN = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """What is asked of the source. watches: the campaigns, or the hashtags given."""

    source: Source
    collector: Collector
    watches: tuple[Watch, ...]
    since: datetime
    until: datetime

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms, each once."""
        unique = {(t.kind, t.key): t for watch in self.watches for t in watch.terms}
        return tuple(unique.values())


@dataclass(kw_only=True)
class Result:
    """What all walks of one attempt gave together."""

    says: str | None = None
    posts: dict[str, Post] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    outcome: str = "complete"
    errors: list[str] = field(default_factory=list)

    def add(self, walked: Walked) -> None:
        """Take in one walk; the worst outcome stays."""
        self.posts.update((post.uri, post) for post in walked.posts)
        self.rejected.extend(walked.rejected)
        self.skipped.update(walked.skipped)
        self.requests += walked.requests
        self.outcome = max(self.outcome, walked.outcome, key=lambda name: _RANK[name])
        if walked.error is not None and str(walked.error) not in self.errors:
            self.errors.append(str(walked.error))


@click.command("try")
@click.argument("source")
@click.argument("address", required=False)
@click.option("--hashtag", "hashtags", multiple=True, help="Instead of the campaigns'.")
@click.option(
    "--since", metavar="SPAN", help="How far back: 6h, 2d. [1d; a stream: 10m]"
)
@click.option(
    "--allow-private", is_flag=True, help="ADDRESS may be in a private network."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def try_source(
    app: App,
    source: str,
    *,
    address: str | None,
    hashtags: tuple[str, ...],
    since: str | None,
    allow_private: bool,
    as_json: bool,
) -> None:
    """Read a source once, store nothing, show what came.

    SOURCE is a slug of the configuration, or a platform followed by an ADDRESS.

    Example: groundswell try mastodon https://mastodon.social --hashtag LabourLeaks
    """
    from groundswell.clock import utcnow

    config = app.load()
    chosen = _source(app, config, source, address, allow_private=allow_private)
    attempt = _attempt(app, config, chosen, _tags(hashtags), _span(since))
    result = asyncio.run(_run(app, config, attempt))
    seen = _preview(attempt, result, until=utcnow())
    show_json(_as_json(attempt, result, seen)) if as_json else _show(
        attempt, result, seen
    )
    leave(_code(result))


def _source(
    app: App, config: Config, name: str, address: str | None, *, allow_private: bool
) -> Source:
    from groundswell.config.loading import ad_hoc_source

    if address is not None:
        return ad_hoc_source(
            name, address, allow_private=allow_private, find=app.platform
        )
    found = config.source(name)
    if found is None:
        known = ", ".join(source.slug for source in config.sources)
        raise click.UsageError(
            f"No source is called {name!r}. There are {known}; "
            "or write a platform and an address."
        )
    return found


def _tags(hashtags: Sequence[str]) -> list[str]:
    from groundswell.config.loading import Wrong, hashtag

    try:
        return [hashtag(tag) for tag in hashtags]
    except Wrong as error:
        raise click.BadParameter(str(error), param_hint="--hashtag") from None


def _span(written: str | None) -> timedelta | None:
    from groundswell.config.loading import Wrong, parse_duration

    try:
        return parse_duration(written) if written is not None else None
    except Wrong as error:
        raise click.BadParameter(str(error), param_hint="--since") from None


def _attempt(
    app: App,
    config: Config,
    source: Source,
    tags: Sequence[str],
    span: timedelta | None,
) -> Attempt:
    from groundswell.clock import utcnow

    usual = _STREAM_SPAN if source.is_stream else _SPAN
    until = utcnow()
    return Attempt(
        source=source,
        collector=app.platform(source.platform),
        watches=_watches(config, source, tags),
        since=until - min(span or usual, timedelta(days=3650)),
        until=until,
    )


def _watches(config: Config, source: Source, tags: Sequence[str]) -> tuple[Watch, ...]:
    """The hashtags given, else every campaign that this source is read for."""
    from groundswell.preview import Watch, hashtag_terms

    if tags:
        return (Watch(hashtag_terms(tags)),)
    known = config.source(source.slug) is not None
    watching = [
        campaign
        for campaign in config.campaigns
        if not known or campaign.sources is None or source.slug in campaign.sources
    ]
    if not watching:
        raise click.UsageError(
            f"No campaign is read from {source.slug!r}; name a --hashtag."
        )
    return tuple(Watch(one.terms(), one.excluded()) for one in watching)


async def _run(app: App, config: Config, attempt: Attempt) -> Result:
    async with app.open_driver(config.monitor, pages=_PAGES) as driver:
        return await walk(app, attempt, driver)


async def walk(app: App, attempt: Attempt, driver: Driver) -> Result:
    """One walk over the source, or one for each term where its platform wants that."""
    from groundswell.cli.network import walk_once
    from groundswell.config.loading import missing_keys, secrets_for

    secrets = secrets_for(attempt.collector, attempt.source, app.env)
    slug = attempt.source.slug
    if missing := missing_keys(attempt.collector, slug, secrets):
        say(wrapped(f"{slug}: {missing}"))
        leave(FAILED)
    settings = attempt.source.settings(secrets)
    result = Result()
    await _learn(attempt, driver, settings, result)
    for query in queries(attempt, settings):
        names = ", ".join(one_line(term.value, 40) for term in query.terms)
        say(f"Reading {attempt.source.slug} for {names} …")
        result.add(await walk_once(driver, attempt.collector, query))
    return result


async def _learn(
    attempt: Attempt, driver: Driver, settings: dict[str, Any], result: Result
) -> None:
    """What the source says of itself; a walk may need it, and fails well without."""
    from collectors.base import CollectorError, Probes

    if not isinstance(attempt.collector, Probes):
        return
    try:
        probe = await driver.probe(attempt.collector, settings)
    except CollectorError as error:
        result.says = str(error)
        return
    settings["facts"] = dict(probe.facts)
    result.says = probe.sentence


def queries(attempt: Attempt, settings: dict[str, Any]) -> list[Query]:
    """The walks: back from now where the platform can, else forward."""
    from collectors.base import Query

    possible = attempt.collector.walks(settings)
    back = "back" in possible
    each = attempt.collector.scope == "term"
    groups = [(term,) for term in attempt.terms] if each else [attempt.terms]
    return [
        Query(
            walk="back" if back else "forward",
            terms=terms,
            settings=settings,
            since=attempt.since,
            until=attempt.until if back else None,
        )
        for terms in groups
    ]


def _preview(attempt: Attempt, result: Result, *, until: datetime) -> Preview:
    """until: when the walk ended; a stream brings posts newer than its beginning."""
    from groundswell.preview import preview

    return preview(
        list(result.posts.values()),
        attempt.watches,
        since=attempt.since,
        until=until,
        complete=result.outcome == "complete",
    )


def _as_json(attempt: Attempt, result: Result, seen: Preview) -> dict[str, Any]:
    return {
        "source": attempt.source.slug,
        "platform": attempt.source.platform,
        "says": result.says,
        "outcome": result.outcome,
        "errors": result.errors,
        "requests": result.requests,
        "since": attempt.since.isoformat(),
        "until": attempt.until.isoformat(),
        "rejected": [{"item": r.item, "reason": r.reason} for r in result.rejected],
        "skipped": dict(result.skipped),
        **seen.as_json(),
    }


def _show(attempt: Attempt, result: Result, seen: Preview) -> None:
    source = attempt.source
    show(wrapped(f"{source.slug} ({source.platform}, {source.base_url})"))
    # Each term's walk may end in the same error, which the probe has told already.
    for sentence in dict.fromkeys(filter(None, (result.says, *result.errors))):
        _line(sentence)
    _line(f"{plural(result.requests, 'request')}, {result.outcome}")
    _line(f"{plural(seen.matched, 'matching post')}, {seen.unmatched} others")
    if seen.odd_dates:
        _line(f"{plural(seen.odd_dates, 'post')} without a date in the span asked for")
    _block("Rate", [_rate(rate) for rate in seen.rates])
    _block("Matches", [_match(post) for post in seen.examples])
    _show_noise(seen)
    _show_left_out(result)


def _line(text: str) -> None:
    show(wrapped(one_line(text, 500), "  "))


def _block(title: str, lines: Sequence[str]) -> None:
    if lines:
        show(f"\n{title}")
        for line in lines:
            show(line if line.startswith("  ") else wrapped(line, "  "))


def _rate(rate: Rate) -> str:
    posts = plural(rate.posts, "post")
    if rate.per_hour is None:
        return f"{rate.platform}: {posts}, too few to give a rate"
    return f"{rate.platform}: {posts}, {rate.per_hour:.3g} an hour"


def _match(post: Post) -> str:
    """One line, whatever the post does: "  09-21 14:02 name: text"."""
    from groundswell.preview import name_of

    at = post.published_at.strftime("%m-%d %H:%M ") if post.published_at else ""
    name = one_line(name_of(post), 24)
    return "  " + one_line(f"{at}{name}: {post.title or post.text}", width() - 2)


def _show_noise(seen: Preview) -> None:
    figures = {
        "tags": [f"#{_share(one)}" for one in seen.tags],
        "words": [_share(one) for one in seen.words],
        "authors": [_share(one) for one in seen.authors],
        "bots": [f"{seen.bots.share:.0%}"] if seen.bots.posts else [],
    }
    lines = [f"{name}: {', '.join(found)}" for name, found in figures.items() if found]
    _block("Likely noise", [*seen.hints, *lines])


def _share(share: Share) -> str:
    return f"{one_line(share.what, 40)} {share.share:.0%}"


def _show_left_out(result: Result) -> None:
    rejected = [
        one_line(f"{one.item}: {one.reason}", 200)
        for one in result.rejected[:_SHOWN_REJECTED]
    ]
    more = len(result.rejected) - len(rejected)
    _block("Could not be read", rejected + ([f"and {more} more"] if more else []))
    counts = result.skipped.most_common()
    _block("Skipped", [f"{count} {one_line(why, 200)}" for why, count in counts])


def _code(result: Result) -> int:
    if result.outcome != "broken":
        return DONE
    return PARTLY if result.posts else FAILED
