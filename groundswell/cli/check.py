"""groundswell check: every mistake at once, or what the configuration amounts to; on
demand whether the sources can be read and whether the database is sound."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from groundswell.cli import token as cli_token
from groundswell.cli.frame import DONE, FAILED, PARTLY, WRONG_USE, App, leave
from groundswell.cli.output import (
    one_line,
    plural,
    problem_lines,
    say,
    show,
    show_json,
    table,
    wrapped,
)
from groundswell.clock import utcnow
from groundswell.config.problems import ConfigError

if TYPE_CHECKING:
    from collectors.base import Collector, CollectorError, Probe, Query
    from groundswell.cli.network import Driver
    from groundswell.config.loading import Campaign, Config, Source

_TASTE = timedelta(seconds=30)
_STATES = {
    "Unavailable": "unreachable",
    "RateLimited": "busy",
    "Denied": "login",
    "Gone": "gone",
    "BadPayload": "unreadable",
}


@click.command()
@click.option("--online", is_flag=True, help="Ask each source whether it can be read.")
@click.option("--store", is_flag=True, help="Prove that the database is sound.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_obj
def check(app: App, *, online: bool, store: bool, as_json: bool) -> None:
    """Check the configuration: every mistake, with what to write instead.

    Example: groundswell check --online
    """
    try:
        config = app.load()
        found = described(app, config)
    except ConfigError as error:
        _show_problems(error, as_json=as_json)
        leave(WRONG_USE)
    if online:
        found["online"] = asyncio.run(_ask_all(app, config))
    if store:
        found["store"] = _read_store(config.monitor.database)
    show_json(found) if as_json else _show(found)
    leave(
        FAILED if found.get("store", {}).get("problems") else _code(found.get("online"))
    )


def _show_problems(error: ConfigError, *, as_json: bool) -> None:
    """Here the mistakes are what was asked for, so they are data."""
    if not as_json:
        for line in problem_lines(error):
            show(line)
        return
    problems = [
        {"path": one.path, "line": one.line, "message": one.message}
        for one in error.problems
    ]
    file = str(error.file) if error.file else None
    show_json({"ok": False, "file": file, "problems": problems})


def described(app: App, config: Config) -> dict[str, Any]:
    """What a sound configuration amounts to, as `check --json` prints it."""
    return {
        "ok": True,
        "file": str(config.path) if config.path else None,
        "database": str(config.monitor.database),
        "contact": config.monitor.contact,
        "campaigns": [_campaign(one, config) for one in config.campaigns],
        "sources": [_source(app, one) for one in config.sources],
        "secrets": _secrets(app, config),
        "tokens": cli_token.described(config.tokens, app.env, utcnow()),
        "people": _people(app, config),
    }


def _campaign(campaign: Campaign, config: Config) -> dict[str, Any]:
    everywhere = [source.slug for source in config.sources]
    sources = everywhere if campaign.sources is None else list(campaign.sources)
    return {
        "slug": campaign.slug,
        "title": campaign.title,
        "terms": [{"kind": t.kind, "value": t.value} for t in campaign.terms()],
        "exclude": list(campaign.exclude),
        "starts": campaign.starts.isoformat() if campaign.starts else None,
        "ends": campaign.ends.isoformat() if campaign.ends else None,
        "sources": sources,
    }


def _source(app: App, source: Source) -> dict[str, Any]:
    from groundswell.config.loading import format_duration, missing_keys, secrets_for

    collector = app.platform(source.platform)
    held = secrets_for(collector, source, app.env)
    return {
        "slug": source.slug,
        "platform": source.platform,
        "base_url": source.base_url,
        "every": format_duration(source.every) if source.every else None,
        "backfill": format_duration(source.history) if source.history else None,
        "missing": missing_keys(collector, source.slug, held),
    }


def _secrets(app: App, config: Config) -> list[dict[str, Any]]:
    """Each variable once, with the sources that can use it; never its content."""
    found: dict[str, dict[str, Any]] = {}
    for source in config.sources:
        try:
            specs = app.platform(source.platform).secrets
        except LookupError:
            continue
        for spec in specs:
            variable = spec.variable(source.slug)
            is_set = any(app.env.get(name) for name in (variable, f"{variable}_FILE"))
            usual = {
                "variable": variable,
                "set": is_set,
                "how": spec.how,
                "sources": [],
            }
            found.setdefault(variable, usual)["sources"].append(source.slug)
    for channel in config.notify:
        names = (channel.variable, f"{channel.variable}_FILE")
        found[channel.variable] = {
            "variable": channel.variable,
            "set": any(app.env.get(name) for name in names),
            "how": f"where notices for {channel.name} go, an address that Apprise knows",
            "sources": [],
        }
    return list(found.values())


def _people(app: App, config: Config) -> list[dict[str, Any]]:
    """Who may sign in, and whether the hash of their password is set."""
    from groundswell.config.loading import passwords_for

    held = passwords_for(config.people, app.env)
    return [
        {
            "name": one.name,
            "role": one.role,
            "variable": one.variable,
            "set": one.name in held,
        }
        for one in config.people
    ]


def _show(found: Mapping[str, Any]) -> None:
    if found["file"]:
        show(f"{found['file']} is fine.")
    else:
        say("There is no groundswell.toml here; groundswell init writes one.")
        show("The built-in configuration is used.")
    if not found["contact"]:
        say(
            wrapped("Set contact in [monitor], so that a server's staff can reach you.")
        )
    show(f"Database: {found['database']}")
    show("\nCampaigns")
    for line in table(*_campaign_rows(found["campaigns"])):
        show(line)
    show("\nSources")
    for line in table(*_source_rows(found["sources"])):
        show(line)
    for one in found["sources"]:
        if one["missing"]:
            show(wrapped(f"{one['slug']} waits: {one['missing']}", "  "))
    _show_secrets(found["secrets"])
    cli_token.show_tokens(found["tokens"])
    _show_people(found["people"])
    if "online" in found:
        _show_online(found["online"])
    if "store" in found:
        _show_store(found["database"], found["store"])


def _campaign_rows(campaigns: Sequence[Mapping[str, Any]]) -> tuple[list[str], Any]:
    head = ["slug", "title", "terms", "sources"]
    rows = [
        (one["slug"], one["title"], _terms(one["terms"]), str(len(one["sources"])))
        for one in campaigns
    ]
    return head, rows


def _terms(terms: Sequence[Mapping[str, str]]) -> str:
    """2 hashtags, 1 phrase."""
    kinds = [term["kind"] for term in terms]
    return ", ".join(plural(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))


def _source_rows(sources: Sequence[Mapping[str, Any]]) -> tuple[list[str], Any]:
    head = ["slug", "platform", "address", "every", "history"]
    rows = [
        (
            one["slug"],
            one["platform"],
            one["base_url"],
            one["every"] or "auto",
            one["backfill"] or "none",
        )
        for one in sources
    ]
    return head, rows


def _show_secrets(secrets: Sequence[Mapping[str, Any]]) -> None:
    if not secrets:
        return
    show(
        "\nSecrets (environment variables; for sources that want a log-in, and notices)"
    )
    for one in secrets:
        state = "set" if one["set"] else f"not set ({one['how']})"
        show(wrapped(f"{one['variable']}: {state}", "  "))


def _show_people(people: Sequence[Mapping[str, Any]]) -> None:
    if not people:
        return
    show("\nPeople (hashes of their passwords in environment variables)")
    for one in people:
        missing = f"cannot sign in: {one['variable']} is not set (groundswell password)"
        state = "may sign in" if one["set"] else missing
        show(wrapped(f"{one['name']}, {one['role']}: {state}", "  "))


def _show_online(looks: Sequence[Mapping[str, Any]]) -> None:
    show("\nOnline")
    head = ["source", "reachable", "state", "at most", "what it says"]
    rows = [
        (
            one["source"],
            {True: "yes", False: "no", None: "not asked"}[one["reachable"]],
            one["state"],
            one["limit"],
            one["sentence"],
        )
        for one in looks
    ]
    for line in table(head, rows):
        show(line)


def _code(looks: Sequence[Mapping[str, Any]] | None) -> int:
    if not looks:
        return DONE
    usable = [one["state"] in {"open", "limited"} for one in looks]
    if all(usable):
        return DONE
    return PARTLY if any(usable) else FAILED


def _read_store(path: Path) -> dict[str, Any]:
    """How many posts there are, None without a database, and what is wrong with it."""
    from db import checks, reads
    from db.connection import StoreError, open_database

    if not path.exists():
        return {"posts": None, "problems": []}
    try:
        database = open_database(path, read_only=True)
    except StoreError as error:
        return {"posts": None, "problems": [str(error)]}
    try:
        found = checks.problems(database)
        return {
            "posts": None if found else reads.count_posts(database),
            "problems": found,
        }
    finally:
        database.close()


def _show_store(database: str, store: Mapping[str, Any]) -> None:
    show("\nDatabase")
    for problem in store["problems"]:
        show(wrapped(one_line(problem, 500), "  "))
    if store["posts"] is not None:
        posts = plural(store["posts"], "post")
        show(f"The database is sound: {posts}, roll-ups equal a recount.")
    elif not store["problems"]:
        show(f"There is no database at {database} yet; groundswell collect makes one.")


async def _ask_all(app: App, config: Config) -> list[dict[str, Any]]:
    say(f"Asking {plural(len(config.sources), 'source')} …")
    async with app.open_driver(config.monitor, pages=1) as driver:
        asked = (ask(app, config, source, driver) for source in config.sources)
        return list(await asyncio.gather(*asked))


async def ask(
    app: App, config: Config, source: Source, driver: Driver
) -> dict[str, Any]:
    """What one source says of itself; an error is an answer too."""
    from collectors.base import CollectorError, Probes
    from groundswell.config.loading import missing_keys, secrets_for

    collector = app.platform(source.platform)
    secrets = secrets_for(collector, source, app.env)
    found = {
        "source": source.slug,
        "platform": source.platform,
        "limit": _limit(collector, source.settings()),
    }
    if missing := missing_keys(collector, source.slug, secrets):
        said = {"state": "key", "sentence": missing, "facts": {}}
        return {**found, "reachable": None, **said}
    settings = source.settings(secrets)
    try:
        if isinstance(collector, Probes):
            probe = await driver.probe(collector, settings)
        else:
            probe = await _taste(driver, collector, _small_query(config, settings))
    except CollectorError as error:
        return {**found, **_failed(error)}
    said = {
        "state": probe.state,
        "sentence": probe.sentence,
        "facts": dict(probe.facts),
    }
    return {**found, "reachable": True, **said}


def _limit(collector: Collector, settings: Mapping[str, Any]) -> str:
    """How fast we ask, and what we spend: "20/min", "100 searches/day"."""
    from collectors.base import Metered

    pace = f"{collector.pace.requests * 60 / collector.pace.per_s:g}/min"
    if not isinstance(collector, Metered):
        return pace
    budgets = collector.budgets(settings)
    return ", ".join([pace, *(f"{one.limit_shown}/{one.per}" for one in budgets)])


async def _taste(driver: Driver, collector: Collector, query: Query) -> Probe:
    """For a platform that does not describe itself: whether a small walk comes back."""
    from collectors.base import Probe
    from groundswell.cli.network import walk_once

    walked = await walk_once(driver, collector, query)
    if walked.error is not None:
        raise walked.error
    return Probe("open", "it answers")


def _small_query(config: Config, settings: Mapping[str, Any]) -> Query:
    from collectors.base import Query

    first = config.campaigns[0].terms()[:1]
    return Query("forward", first, settings, since=utcnow() - _TASTE)


def _failed(error: CollectorError) -> dict[str, Any]:
    """A refusal came from a server that was reached; only the network's failure did not."""
    state = _STATES.get(type(error).__name__, "failed")
    reached = state != "unreachable"
    return {"reachable": reached, "state": state, "sentence": str(error), "facts": {}}
