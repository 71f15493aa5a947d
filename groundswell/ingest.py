"""One walk of one source: from the word that it is due to its one transaction."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime, timedelta

import collectors
from collectors import _stream
from collectors._batch import Batch
from collectors._dialogue import converse
from collectors.base import (
    Answers,
    CollectorError,
    Probe,
    Probes,
    RequestCollector,
    StreamCollector,
)
from db import checks, coverage, expiry, store, walks, watchlist
from db.connection import Database
from db.records import RECHECK_AGES, DueWalk, Sighting, Stored, WalkRecord
from db.watchlist import WatchedSource
from groundswell import assess, duties, planning
from groundswell.planning import Job
from groundswell.runtime import Runtime, watched_campaigns

_PROBE_EVERY = timedelta(days=1)


async def sync(runtime: Runtime) -> None:
    """Bring the database in step with the configuration. Raises StoreError."""
    config, now = runtime.config, runtime.clock()
    campaigns = watched_campaigns(config)
    hashes = runtime.hashes()
    sources = [
        WatchedSource(s.slug, s.platform, s.base_url, hashes[s.slug])
        for s in config.sources
    ]
    await runtime.store.run(watchlist.sync, campaigns, sources, now)
    await runtime.store.run(walks.heal, now)
    await runtime.store.run(checks.tidy_if_due, now)
    await keep_duties(runtime)
    await runtime.store.run(_plan_all, runtime, now)
    await runtime.store.run(_darken, runtime, "the monitor was not running", now)


async def keep_duties(runtime: Runtime) -> None:
    """Let go of words that their platform's rules let us keep no longer."""
    now = runtime.clock()
    for platform in collectors.available():
        keep = duties.of_platform(runtime.config, platform).keep
        if keep is not None:
            await runtime.store.run(expiry.expire, platform, now - keep)


async def darken_parked(runtime: Runtime) -> None:
    """Keep the coverage of sources that are not read in step with the clock."""
    now = runtime.clock()
    await runtime.store.run(_darken, runtime, None, now)
    await runtime.store.run(walks.reopen, now - _PROBE_EVERY)


def _plan_all(db: Database, runtime: Runtime, now: datetime) -> None:
    for slug, source_id in watchlist.source_ids(db).items():
        facts, _ = watchlist.probed(db, source_id)
        _plan(db, runtime, slug, source_id, json.loads(facts), now)
        _park_keyless(db, runtime, slug, source_id)


def _park_keyless(db: Database, runtime: Runtime, slug: str, source_id: int) -> bool:
    """Park a source whose keys are not set; its walks wait for the day that they are."""
    missing = runtime.missing(slug)
    if missing is not None:
        watchlist.park(db, source_id, f"{slug}: {missing}")
    return missing is not None


def _darken(db: Database, runtime: Runtime, why: str | None, now: datetime) -> None:
    """Write down what nobody looked at: a parked source for its own reason, the others
    for `why`, or not at all where it is None."""
    for slug, source_id in watchlist.source_ids(db).items():
        evidence = walks.parked_because(db, source_id) or why
        if evidence is not None:
            _darken_one(db, runtime, (slug, source_id), evidence, now)


def _darken_one(
    db: Database, runtime: Runtime, source: tuple[str, int], why: str, now: datetime
) -> None:
    slug, source_id = source
    rows = watchlist.active_terms(db)
    collector, campaigns = runtime.collector(slug), runtime.campaigns_of(slug)
    asked = planning.watch(rows, campaigns, collector, 0).asked
    coverage.darken(db, source_id, asked, now=now, evidence=why)


async def darken(runtime: Runtime, due: DueWalk, why: str) -> None:
    """Write a whole source down as unseen until now, for a reason just met."""
    source = (due.source, due.source_id)
    await runtime.store.run(_darken_one, runtime, source, why, runtime.clock())


def _plan(
    db: Database,
    runtime: Runtime,
    slug: str,
    source_id: int,
    facts: Mapping[str, str],
    now: datetime,
) -> None:
    collector, source = runtime.collector(slug), runtime.source(slug)
    rows = watchlist.active_terms(db)
    everything = planning.watch(rows, runtime.campaigns_of(slug), collector, 0)
    wanted = planning.jobs(collector, source, runtime.settings(slug, facts), everything)
    walks.plan(db, source_id, wanted, now)


async def run_walk(runtime: Runtime, due: DueWalk) -> Stored | None:
    """Walk once and store it; None where there was nothing to do. Raises StoreError."""
    job = await prepare(runtime, due)
    if job is None:
        return None
    return await keep(runtime, job, await _read(runtime, job))


async def _read(runtime: Runtime, job: Job) -> Batch:
    collector = runtime.collector(job.due.source)
    if isinstance(collector, Answers):
        return await converse(runtime.driver, collector, job.query)
    if job.is_stream and isinstance(collector, StreamCollector):
        return await _stream.drain(
            runtime.driver, collector, job.query, idle_s=runtime.idle_s
        )
    if isinstance(collector, RequestCollector):
        return await runtime.driver.collect(collector, job.query)
    raise TypeError(f"{collector.slug} cannot read {job.query.base_url}")


async def follow(
    runtime: Runtime, due: DueWalk, *, every_s: float
) -> AsyncGenerator[Stored, None]:
    """Keep a stream open; each stretch of it is stored like a walk of its own."""
    job = await prepare(runtime, due)
    if job is None:
        return
    collector = runtime.collector(due.source)
    if not isinstance(collector, StreamCollector):
        raise TypeError(f"{collector.slug} cannot follow {job.query.base_url}")
    stretches = _stream.follow(runtime.driver, collector, job.query, every_s=every_s)
    async with aclosing(stretches):
        async for batch in stretches:
            yield await keep(runtime, job, batch)
            query = replace(
                job.query,
                since=batch.reached or job.query.since,
                checkpoint=batch.checkpoint or job.query.checkpoint,
            )
            # The line has proved itself: a later break is a first failure again.
            due = job.due if batch.error else replace(job.due, failures=0)
            job = replace(job, due=due, query=query)


async def prepare(runtime: Runtime, due: DueWalk) -> Job | None:
    """The walk's job; None, and put off, where nothing is to do or the door is shut."""
    shut = await runtime.store.run(_park_keyless, runtime, due.source, due.source_id)
    if shut:
        return None
    facts = await _facts(runtime, due)
    if facts is None:
        return None
    return await runtime.store.run(_prepare, runtime, due, facts)


def _prepare(
    db: Database, runtime: Runtime, due: DueWalk, facts: Mapping[str, str]
) -> Job | None:
    now = runtime.clock()
    if walks.parked_because(db, due.source_id) is not None:
        return None
    collector, source = runtime.collector(due.source), runtime.source(due.source)
    rows = watchlist.active_terms(db)
    campaigns = runtime.campaigns_of(due.source)
    watched = planning.watch(rows, campaigns, collector, due.term_id)
    ask = planning.Ask(db, due, watched, source, now)
    query = planning.query(ask)
    if query is None:
        walks.put_off(db, [due], planning.next_look(ask))
        return None
    query = replace(query, settings=runtime.settings(due.source, facts))
    return Job(due, query, watched)


async def _facts(runtime: Runtime, due: DueWalk) -> Mapping[str, str] | None:
    """What is known of the server, asked anew once a day; None where it is closed."""
    text, asked_at = await runtime.store.run(watchlist.probed, due.source_id)
    facts: dict[str, str] = json.loads(text)
    collector = runtime.collector(due.source)
    now = runtime.clock()
    if not isinstance(collector, Probes) or (
        asked_at and now - asked_at < _PROBE_EVERY
    ):
        return facts
    settings = runtime.settings(due.source, facts)
    try:
        probe = await runtime.driver.probe(collector, settings)
    except CollectorError:
        return facts  # the walk itself will tell what is wrong
    return await _learn(runtime, due, probe, now)


async def _learn(
    runtime: Runtime, due: DueWalk, probe: Probe, now: datetime
) -> Mapping[str, str] | None:
    shut = probe.sentence if probe.state in {"login", "closed"} else None
    facts = dict(probe.facts)
    await runtime.store.run(
        watchlist.note_probe, due.source_id, json.dumps(facts), now=now, parked=shut
    )
    if shut:
        return None  # its walks and their places stay, for the day that it opens
    await runtime.store.run(_plan, runtime, due.source, due.source_id, facts, now)
    return facts


async def keep(runtime: Runtime, job: Job, batch: Batch) -> Stored:
    """Score what came and store all of it in one transaction. Raises StoreError."""
    if batch.session:
        runtime.keep_session(job.due.source, batch.session)
    sightings = await asyncio.to_thread(sight, runtime, job, batch)
    record = _record(runtime, job, batch, sightings)
    return await runtime.store.run(store.record_walk, record)


def sight(runtime: Runtime, job: Job, batch: Batch) -> tuple[Sighting, ...]:
    """The posts that belong to a campaign or were asked for, each with its score."""
    asked = {known.uri for known in job.query.known}
    wanted = []
    for post in batch.posts:
        terms = job.watch.terms_of(post, batch.finished_at)
        if post.uri in asked or (terms and not asked):
            wanted.append((post, terms))
    scores = runtime.scorer.score([post for post, _ in wanted])
    return tuple(
        Sighting(post, terms, score)
        for (post, terms), score in zip(wanted, scores, strict=True)
    )


def _record(
    runtime: Runtime, job: Job, batch: Batch, sightings: tuple[Sighting, ...]
) -> WalkRecord:
    due, now = job.due, batch.finished_at
    own = duties.of_source(
        runtime.source(due.source), runtime.collector(due.source).duties
    )
    failures = due.failures + 1 if batch.outcome == "broken" else 0
    interval, next_due = _when(
        runtime, job, batch, failures=failures, seen=len(sightings)
    )
    return WalkRecord(
        source_id=due.source_id,
        term_id=due.term_id,
        term_ids=tuple(sorted(job.watch.asked)),
        walk=due.walk,
        started_at=batch.started_at,
        finished_at=now,
        outcome=batch.outcome,
        requests=batch.requests,
        sightings=sightings,
        rejected=batch.rejected,
        skipped={**batch.skipped, **_unwanted(batch, sightings)},
        deletions=() if due.walk == "recheck" else batch.deletions,
        absent=batch.deletions if due.walk == "recheck" else (),
        accounts=batch.accounts,
        rechecked=_answered(job, batch),
        postponed=tuple(k.uri for k in job.query.known),
        spans=tuple(assess.spans(job.query, batch)),
        checkpoint=_checkpoint(job, batch),
        next_due_at=next_due,
        interval_s=int(interval.total_seconds()),
        failures=failures,
        source_state=assess.source_state(due.walk, batch, failures),
        error=str(batch.error) if batch.error else None,
        opt_out=runtime.config.monitor.opt_out,
        ages=own.ages or RECHECK_AGES,
        recheck_every=own.recheck,
        central=runtime.collector(due.source).card.central,
    )


def _answered(job: Job, batch: Batch) -> tuple[str, ...]:
    """The rechecked posts that the source told of, if only that it has them no more."""
    if batch.outcome == "complete":
        return tuple(known.uri for known in job.query.known)
    told = {post.uri for post in batch.posts} | set(batch.deletions)
    return tuple(known.uri for known in job.query.known if known.uri in told)


def _unwanted(batch: Batch, sightings: tuple[Sighting, ...]) -> dict[str, int]:
    """Posts that came and belong to no campaign: excluded, or outside its dates."""
    dropped = len(batch.posts) - len(sightings)
    return {"excluded or outside the campaign's dates": dropped} if dropped else {}


def _checkpoint(job: Job, batch: Batch) -> str | None:
    """The place to resume from: only a walk that ended well moves it.

    A stream that broke off has been read in order up to there: what came is whole, and
    a long catch-up over a poor line gets on.
    """
    if batch.outcome == "broken":
        return batch.checkpoint if job.is_stream else None
    match job.due.walk:
        case "forward":
            return batch.checkpoint
        case "settle" if batch.outcome == "complete":
            return planning.settled(job.query, batch.started_at)
        case "back" if batch.outcome == "capped":
            return planning.back_stop(batch.reached, batch.checkpoint)
        case _:
            return None


def _when(
    runtime: Runtime, job: Job, batch: Batch, *, failures: int, seen: int
) -> tuple[timedelta, datetime]:
    """The walk's new interval, and when it is due next."""
    now = batch.finished_at
    interval = timedelta(seconds=job.due.interval_s)
    if failures:
        return interval, assess.retry_at(batch, failures, now, runtime.dice)
    limits = planning.bounds(runtime.source(job.due.source), job.due.walk)
    if job.due.walk == "forward":
        interval = assess.next_interval(interval, seen, limits)
    elif job.due.walk == "back" and (batch.gaps or not seen):
        # The hole may be one that nothing can fill: a feed's window, a stream's past.
        interval = min(interval * 2, limits.ceiling)
    else:
        interval = limits.floor
    return interval, now + interval
