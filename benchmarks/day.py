"""A simulated day: every post that the platforms still serve is in the store at the end,
once, none extra, and every blind hour is in the coverage.

    ./run bench day                  24 hours of world time, faults on

The real collectors, driver, store and scorer run against the simulated platforms over
loopback; only the clock is the world's.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db import checks, walks
from db.connection import Database, open_database
from groundswell import ingest
from groundswell.config.loading import parse
from groundswell.demo.faults import RATE_FORMS, Fault, Faults, outage
from groundswell.demo.server import Simulator, serve
from groundswell.demo.truth import TruthPost, expected, truth
from groundswell.demo.world import World
from groundswell.runtime import Runtime, open_runtime

START = datetime(2026, 9, 20, tzinfo=UTC)
TAGS = ("LabourLeaks", "LabourLeadership", "WikiLeaks", "DNCleaks")
STEP = timedelta(minutes=5)
_ALL_DUE = (
    "update walks set next_due_at = :now",
    "update walks set checkpoint = null where walk = 'settle'",
    "update rechecks set due_at = :now",
    "update sources set state = 'ok' where state in ('failing', 'limited')",
)


class WorldClock:
    """The world's time; waiting moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait in world time, which takes no time."""
        self.now += timedelta(seconds=max(seconds, 0.001))
        await asyncio.sleep(0)


@dataclass(slots=True)
class Report:
    """What was found at the end of the day; all lists are empty when all is well."""

    hours: float
    expected: int = 0
    stored: int = 0
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    not_dark: list[str] = field(default_factory=list)
    unknown_time: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    faults: int = 0
    walks: int = 0
    broken: int = 0
    blind_s: int = 0

    @property
    def ok(self) -> bool:
        """Whether everything is as it should be."""
        return not any(
            (self.missing, self.extra, self.doubled, self.not_dark, self.unknown_time,
             self.problems)
        )  # fmt: skip


_RECHECKS_DUE = ("update walks set next_due_at = :now where walk = 'recheck'",)


def bad_day(begin: datetime) -> list[Fault]:
    """All that the simulator can do wrong, spread over a day from `begin`."""
    hour = timedelta(hours=1)
    limits = [
        Fault("*", "rate_limited", every=41 + n, form=form, to_at=begin + 20 * hour)
        for n, form in enumerate(RATE_FORMS)
    ]
    odd = [
        Fault("*", "server_error", every=29, status=502, to_at=begin + 20 * hour),
        Fault("*", "truncated", every=37, to_at=begin + 20 * hour),
        Fault("*", "html", every=43, to_at=begin + 20 * hour),
        Fault("*", "reset", every=47, to_at=begin + 20 * hour),
        Fault("*", "drop", every=11, to_at=begin + 20 * hour),
        Fault("social", "endless", every=53, to_at=begin + 20 * hour),
    ]
    return [*_outages(begin), *limits, *odd]


def _outages(begin: datetime) -> list[Fault]:
    hour = timedelta(hours=1)
    return [
        outage("union", begin + 3 * hour, 4),
        outage("jetstream", begin + 8 * hour, 2),
        outage("gazette", begin + 5 * hour, 3),
    ]


def config_text(sources: Sequence[dict[str, object]], database: Path) -> str:
    """The configuration that watches the simulated platforms."""
    lines = [
        "[monitor]",
        f"database = {json.dumps(str(database))}",
        "[[campaign]]",
        'slug = "labourleaks"',
        'title = "Labour leaks"',
        f"hashtags = {json.dumps(list(TAGS))}",
    ]
    for source in sources:
        lines.append("[[source]]")
        lines += [f"{name} = {json.dumps(value)}" for name, value in source.items()]
    return "\n".join(lines) + "\n"


async def simulate(
    folder: Path, *, hours: float, seed: int = 7, history_days: float = 1.0
) -> Report:
    """Live through so many hours with faults on, then look at everything once more."""
    begin = START + timedelta(days=history_days)
    clock = WorldClock(begin)
    world = World(seed, START, days_of_history=history_days)
    faults = Faults(bad_day(begin), seed=seed)
    simulator = Simulator(world, clock, faults)
    report = Report(hours)
    database = folder / "campaigns.db"
    async with serve(simulator) as base:
        sources = [s for s in simulator.sources(base) if s["slug"] != "quiet"]
        for source in sources:
            if str(source["base_url"]).startswith("ws"):
                source["backfill"] = "24h"
        config = parse(config_text(sources, database), {})
        async with open_runtime(config, {}, clock=clock) as runtime:
            runtime.driver.sleep = clock.sleep
            runtime.driver.limits = _impatient(runtime)
            runtime.idle_s = 0.3
            await ingest.sync(runtime)
            await _live(runtime, clock, begin + timedelta(hours=hours))
            report.faults = sum(faults.done)
            faults.replace([])
            await _last_look(runtime, clock)
    _judge(database, world, clock(), sources, begin, report)
    return report


def _impatient(runtime: Runtime) -> object:
    from dataclasses import replace

    return replace(runtime.driver.limits, response_s=2.0)


async def _live(runtime: Runtime, clock: WorldClock, until: datetime) -> None:
    while clock() < until:
        await _work(runtime, rounds=3)
        clock.now += STEP


async def _work(runtime: Runtime, *, rounds: int) -> None:
    for _ in range(rounds):
        due = await runtime.store.run(walks.due, runtime.clock())
        if not due:
            return
        for walk in due:
            await ingest.run_walk(runtime, walk)


async def _last_look(runtime: Runtime, clock: WorldClock) -> None:
    """With the faults gone: wait out every pause, then ask for everything once more.

    Twice, because a settle walk may find posts to look at again.
    """
    clock.now += timedelta(minutes=20)
    for _ in range(2):
        await runtime.store.run(_make_due, clock(), _ALL_DUE)
        await _work(runtime, rounds=1)
        for _ in range(100):
            if not await runtime.store.run(_rechecks_left, clock()):
                break
            await runtime.store.run(_make_due, clock(), _RECHECKS_DUE)
            await _work(runtime, rounds=1)


def _make_due(db: Database, now: datetime, statements: Sequence[str]) -> None:
    for statement in statements:
        db.conn.execute(statement, {"now": _text(now)} if ":now" in statement else {})


def _rechecks_left(db: Database, now: datetime) -> int:
    (left,) = db.conn.execute(
        "select count(*) from rechecks r join walks w on w.source_id = r.source_id "
        "and w.walk = 'recheck' where r.due_at <= ?",
        (_text(now),),
    ).fetchone()
    return int(left)


def _judge(
    path: Path,
    world: World,
    now: datetime,
    sources: Sequence[dict[str, object]],
    begin: datetime,
    report: Report,
) -> None:
    db = open_database(path)
    posts = truth(world, now)
    slugs = {str(source["slug"]) for source in sources}
    served = expected(posts, TAGS, slugs)
    _compare(db, posts, served, report)
    report.unknown_time = _unknown_time(db, begin, now)
    report.problems = checks.problems(db)
    report.walks, report.broken = db.conn.execute(
        "select count(*), sum(outcome = 'broken') from runs"
    ).fetchone()
    (report.blind_s,) = db.conn.execute(
        "select coalesce(sum(unixepoch(to_at) - unixepoch(from_at)), 0) from coverage "
        "where state = 'blind'"
    ).fetchone()
    report.not_dark = _not_dark(db, begin, now)
    db.close()


def _compare(
    db: Database, posts: list[TruthPost], served: list[TruthPost], report: Report
) -> None:
    rows = db.conn.execute("select uri, url, state from posts").fetchall()
    by_name: dict[str, TruthPost] = {n: post for post in posts for n in post.names}
    found: dict[str, list[str]] = {}
    for uri, url, state in rows:
        known = by_name.get(uri) or by_name.get(url or "")
        if known is None:
            report.extra.append(f"{uri}: no platform has it")
            continue
        found.setdefault(known.uri, []).append(state)
        gone = known.state in {"deleted", "withheld"} or known.opted_out
        if gone and state in {"live", "edited"}:
            report.extra.append(f"{uri}: {known.state}, and still {state} here")
    report.expected, report.stored = len(served), len(rows)
    report.missing = [post.uri for post in served if post.uri not in found]
    report.doubled = [uri for uri, states in found.items() if len(states) > 1]
    for post in served:
        shown = {"live", "edited"} & set(found.get(post.uri, []))
        if post.uri in found and not shown and not post.opted_out:
            report.missing.append(f"{post.uri}: served, and not shown here")


def _unknown_time(db: Database, begin: datetime, now: datetime) -> list[str]:
    """Stretches of the day that the coverage says nothing about."""
    holes = []
    pairs = db.conn.execute(
        "select distinct source_id, term_id from coverage"
    ).fetchall()
    for source_id, term_id in pairs:
        spans = db.conn.execute(
            "select from_at, to_at from coverage where source_id = ? and term_id = ? "
            "and to_at > ? order by from_at",
            (source_id, term_id, _text(begin)),
        ).fetchall()
        end = _text(begin)
        for start, stop in spans:
            if start > end:
                holes.append(f"source {source_id}, term {term_id}: {end} to {start}")
            end = max(end, stop)
        if end < _text(now - timedelta(hours=2)):
            holes.append(f"source {source_id}, term {term_id}: {end} to now")
    return holes


def _not_dark(db: Database, begin: datetime, now: datetime) -> list[str]:
    """Outages that no run noticed."""
    missed = []
    for fault in _outages(begin):
        if not fault.to_at or fault.to_at > now:
            continue
        (broken,) = db.conn.execute(
            "select count(*) from runs r join sources s on s.id = r.source_id "
            "where s.slug = ? and r.outcome = 'broken' and r.started_at >= ? "
            "and r.started_at < ?",
            (fault.source, _text(fault.from_at), _text(fault.to_at)),
        ).fetchone()
        if not broken:
            missed.append(f"{fault.source} was out and nobody noticed")
    return missed


def _text(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def main(hours: float = 24.0) -> int:
    """Print the report; 1 where something is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(simulate(Path(folder), hours=hours))
    shown = {
        name: getattr(report, name)
        for name in (
            "hours",
            "expected",
            "stored",
            "walks",
            "broken",
            "faults",
            "blind_s",
        )
    }
    print(json.dumps(shown))
    for name in ("missing", "extra", "doubled", "not_dark", "unknown_time", "problems"):
        found = getattr(report, name)
        print(f"{name}: {len(found)}", *found[:10], sep="\n  ")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 24.0))
