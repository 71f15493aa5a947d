"""What the collector holds while it runs: configuration, database, driver, scorer."""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import collectors
from collectors._driver import Driver, Limits, open_driver
from collectors.base import Collector, Secret
from db import watchlist
from db.connection import Database, open_database
from groundswell import language, sentiment
from groundswell.clock import Clock, utcnow
from groundswell.config.loading import (
    Campaign,
    Config,
    Source,
    addresses_for,
    missing_keys,
    secrets_for,
)
from groundswell.scoring import Scorer
from groundswell.sessions import Session, SessionFile
from groundswell.spending import StoreLedger
from groundswell.store_thread import Store

__all__ = [
    "Runtime",
    "Store",
    "open_runtime",
    "refiner_for",
    "scorer_for",
    "settings_hash",
]

REFINER = "encoder"
log = logging.getLogger("groundswell.runtime")


@dataclass(slots=True)
class Runtime:
    """Everything that a walk needs.

    refiner: scores in the background what the scorer has scored; None: nobody does.
    dice: for jitter. idle_s: a stream that is silent for so long has been read to now.
    """

    config: Config
    store: Store
    driver: Driver
    scorer: Scorer
    secrets: Mapping[str, Mapping[str, Secret]] = field(default_factory=dict)
    clock: Clock = utcnow
    dice: random.Random = field(default_factory=random.Random)
    sessions: dict[str, Session] = field(default_factory=dict)
    session_file: SessionFile | None = None
    idle_s: float = 10.0
    addresses: Mapping[str, Secret] = field(default_factory=dict)  # of [[notify]]s
    refiner: Scorer | None = None

    def source(self, slug: str) -> Source:
        """The configured source of this slug. Raises KeyError if there is none."""
        found = self.config.source(slug)
        if found is None:
            raise KeyError(slug)
        return found

    def collector(self, slug: str) -> Collector:
        """The collector that reads this source."""
        return collectors.load(self.source(slug).platform)

    def missing(self, slug: str) -> str | None:
        """The keys without which a source cannot be read, as a sentence; None: none."""
        return missing_keys(self.collector(slug), slug, self.secrets.get(slug, {}))

    def settings(self, slug: str, facts: Mapping[str, str]) -> dict[str, Any]:
        """What the source's collector is handed as Query.settings."""
        settings = self.source(slug).settings(self.secrets.get(slug, {}))
        settings["facts"] = facts
        if slug in self.sessions:
            settings["session"] = self.sessions[slug]
        return settings

    def hashes(self) -> dict[str, str]:
        """Each source's settings_hash, by slug."""
        return {
            source.slug: settings_hash(source, self.secrets.get(source.slug, {}))
            for source in self.config.sources
        }

    def keep_session(self, slug: str, session: Session) -> None:
        """Remember a source's log-in, for this run and the next."""
        if self.sessions.get(slug) != session:
            self.sessions[slug] = session
            if self.session_file is not None:
                self.session_file.save(self.sessions, self.hashes())

    def campaigns_of(self, slug: str) -> list[Campaign]:
        """The campaigns that watch this source."""
        return [
            campaign
            for campaign in self.config.campaigns
            if campaign.sources is None or slug in campaign.sources
        ]


def settings_hash(source: Source, secrets: Mapping[str, Secret]) -> str:
    """Changes when staff change anything that a parked source may have waited for."""
    public = {
        "base_url": source.base_url,
        "platform": source.platform,
        "allow_private": source.allow_private,
        "options": {name: str(value) for name, value in source.options.items()},
        # That a secret is set, and that it changed, never what it is.
        "secrets": {
            name: hashlib.sha256(b"groundswell" + secret.reveal().encode()).hexdigest()[
                :8
            ]
            for name, secret in secrets.items()
        },
    }
    text = json.dumps(public, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@asynccontextmanager
async def open_runtime(
    config: Config,
    env: Mapping[str, str],
    *,
    clock: Clock = utcnow,
    limits: Limits | None = None,
) -> AsyncIterator[Runtime]:
    """Everything that collecting needs, closed at the end.

    Raises StoreError, and ConfigError for a secret that cannot be used.
    """
    secrets = {
        source.slug: secrets_for(collectors.load(source.platform), source, env)
        for source in config.sources
    }
    addresses = addresses_for(config.notify, env)
    store = Store(open_database(config.monitor.database))
    try:
        contact = config.monitor.contact
        async with open_driver(contact=contact, clock=clock, limits=limits) as driver:
            driver.ledger = StoreLedger(store, clock)
            scorer = scorer_for(config)
            runtime = Runtime(config, store, driver, scorer, secrets, clock)
            runtime.addresses = addresses
            runtime.refiner = refiner_for(config, scorer)
            runtime.session_file = SessionFile(config.monitor.database)
            runtime.sessions = runtime.session_file.load(runtime.hashes())
            yield runtime
    finally:
        store.close()


def scorer_for(config: Config) -> Scorer:
    """The engine, with every campaign's terms masked."""
    terms = {term.value for campaign in config.campaigns for term in campaign.terms()}
    engine = sentiment.load(config.monitor.sentiment)
    return Scorer(engine, language.EldcDetector(), tuple(sorted(terms)))


def refiner_for(config: Config, scorer: Scorer) -> Scorer | None:
    """What looks again at the posts that `scorer` scored; None: nothing does.

    Unless the configuration says otherwise it is the encoder where that is installed and
    the default engine scores: who chose another one wants what that says.
    """
    monitor = config.monitor
    if monitor.refine == "off" or monitor.sentiment == REFINER:
        return None
    if monitor.refine is None and monitor.sentiment != sentiment.DEFAULT:
        return None
    try:
        engine = sentiment.load(REFINER)
    except LookupError as error:
        if monitor.refine is not None:
            log.warning("[monitor] refine: %s", error.args[0])
        return None
    return replace(scorer, engine=engine)


def watch(db: Database, config: Config, env: Mapping[str, str]) -> None:
    """Bring the database in step with the configuration, without a collector.

    Raises StoreError, and ConfigError for a secret that cannot be used.
    """
    sources = []
    for one in config.sources:
        held = secrets_for(collectors.load(one.platform), one, env)
        made = settings_hash(one, held)
        sources.append(
            watchlist.WatchedSource(one.slug, one.platform, one.base_url, made)
        )
    watchlist.sync(db, watched_campaigns(config), sources, utcnow())


def watched_campaigns(config: Config) -> list[watchlist.WatchedCampaign]:
    """The configured campaigns, as the store takes them."""
    return [
        watchlist.WatchedCampaign(
            c.slug,
            c.title,
            c.description or None,
            c.starts,
            c.ends,
            c.terms(),
            c.timezone.key,
        )
        for c in config.campaigns
    ]
