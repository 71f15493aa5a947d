"""The kill test: `kill -9` at random moments of a busy collection, by the real daemon
against the simulated platforms; in the end no post is lost, none is doubled, and the
file is sound.

    ./run bench kill

The process is stopped, then killed: between the two a look at the file's lock tells
whether a transaction was open, which a kill alone would not show.
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import collectors
from benchmarks import _processes
from benchmarks._processes import Platforms
from benchmarks.day import TAGS, config_text
from collectors.base import normal_tag
from db import checks
from db.connection import open_database

_EARLIEST_S, _LATEST_S = 0.05, 1.5
_BEGIN_S = 60.0
_WORK_S = 20.0
_WRITE_S = 3.0
_FINISH_S = 240.0
# A page of a tag shows a live post at once; a stream within half a second.
_PROMPT = timedelta(minutes=1)
_MARGIN = timedelta(seconds=30)


@dataclass(slots=True)
class Report:
    """What the kills left behind; all lists are empty when all is well."""

    kills: int = 0
    in_transaction: int = 0
    died_by_itself: int = 0
    expected: int = 0
    stored: int = 0
    runs: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything is as it should be."""
        bad = (self.missing, self.doubled, self.strangers, self.problems)
        return not any(bad) and not self.died_by_itself


def kill_test(
    folder: Path,
    *,
    kills: int,
    seed: int = 5,
    days: float = 14,
    only: Collection[str] | None = None,
) -> Report:
    """Kill the daemon so many times, let it finish, and compare with the world.

    only: the sources to watch; None for all that are open.
    """
    options = ("--seed", str(seed), "--days", str(days), "--live", "60")
    dice, report = random.Random(seed), Report()
    begin = datetime.now(UTC)
    with _processes.platforms(*options) as whole:
        world = replace(whole, sources=_watched(whole, only))
        database = folder / "campaigns.db"
        config = _write_config(folder, world, database, days)
        for number in range(kills):
            _run_and_kill(config, world, _moment(number, dice), report)
            report.problems += _problems(database)
        with _processes.started(_processes.daemon(config)) as daemon:
            _until(lambda: _is_whole(database, world, begin, report), _FINISH_S)
            report.died_by_itself += daemon.poll() is not None
        report.problems += _problems(database)
    return report


def _watched(world: Platforms, only: Collection[str] | None) -> list[dict[str, Any]]:
    """The open sources: one of the servers wants a log-in, some platforms want keys."""
    wanted = only or [one["slug"] for one in world.sources if _is_open(one)]
    return [one for one in world.sources if one["slug"] in wanted]


def _is_open(source: dict[str, Any]) -> bool:
    needs = collectors.load(str(source["platform"])).secrets
    return source["slug"] != "quiet" and not any(spec.required for spec in needs)


def _write_config(folder: Path, world: Platforms, database: Path, days: float) -> Path:
    """The sources, asked as often as they can be."""
    # A day more than there is, so that all of the world lies within.
    busy: dict[str, Any] = {"every": "1s", "backfill": f"{int(days) + 1}d"}
    sources = [{**one, **busy} for one in world.sources]
    config = folder / "groundswell.toml"
    config.write_text(config_text(sources, database), encoding="utf-8")
    return config


@dataclass(frozen=True, slots=True)
class _Moment:
    """When to kill: so many seconds after the first request or the first stored walk of
    this process; with `writing` then at its next write."""

    after_s: float
    stored: bool
    writing: bool


def _moment(number: int, dice: random.Random) -> _Moment:
    """Every third kill comes early, every third in the middle of the work, and every
    third while something is being written."""
    after_s = dice.uniform(_EARLIEST_S, _LATEST_S)
    return _Moment(after_s, stored=number % 3 > 0, writing=number % 3 == 2)


def _run_and_kill(
    config: Path, world: Platforms, moment: _Moment, report: Report
) -> None:
    """Start the daemon, wait for its moment, and kill it."""
    before, database = world.requests(), config.parent / "campaigns.db"
    runs = _processes.newest(database, "runs")
    with _processes.started(
        _processes.daemon(config), stderr=subprocess.DEVNULL
    ) as daemon:
        _until(lambda: world.requests() > before or daemon.poll() is not None, _BEGIN_S)
        if moment.stored:
            _until(
                lambda: (
                    _processes.newest(database, "runs") > runs
                    or daemon.poll() is not None
                ),
                _WORK_S,
            )
        time.sleep(moment.after_s)
        if moment.writing:
            _until(lambda: _is_writing(database), _WRITE_S)
        if daemon.poll() is not None:
            report.died_by_itself += 1
            return
        daemon.send_signal(signal.SIGSTOP)
        report.in_transaction += _is_writing(database)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        report.kills += 1


def _is_writing(database: Path) -> bool:
    """Whether another process is within a transaction."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as probe:
        try:
            probe.execute("begin immediate")
        except sqlite3.OperationalError:
            return True
        probe.execute("rollback")
    return False


def _until(happened: Callable[[], bool], seconds: float) -> bool:
    """Whether it happened within so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.005)
    return False


def _problems(database: Path) -> list[str]:
    with closing(open_database(database)) as db:
        return checks.problems(db)


def _is_whole(
    database: Path, world: Platforms, begin: datetime, report: Report
) -> bool:
    """Compare the store with the world; whether nothing is missing any more.

    What arrives late while we watch is left out: a walk of the last three days, every
    twelve hours, is what finds it.
    """
    time.sleep(2)
    now = datetime.now(UTC)
    with closing(open_database(database, read_only=True)) as db:
        rows = db.conn.execute("select uri, url from posts").fetchall()
        (report.runs,) = db.conn.execute("select count(*) from runs").fetchone()
    # Asked for last: the world goes on, and what is stored was in it by then.
    truth = world.truth()
    by_name = {name: one["uri"] for one in truth for name in one["names"]}
    known = [by_name.get(uri) or by_name.get(url or "") for uri, url in rows]
    found = Counter(uri for uri in known if uri)
    slugs = {str(one["slug"]) for one in world.sources}
    due = set(_due(truth, slugs, begin=begin, now=now))
    report.expected, report.stored = len(due), len(rows)
    report.missing = sorted(due - found.keys())
    report.doubled = [uri for uri, count in found.items() if count > 1]
    report.strangers = [
        row[0] for row, uri in zip(rows, known, strict=True) if uri is None
    ]
    return not report.missing


def _due(
    truth: Iterable[dict[str, Any]], slugs: set[str], *, begin: datetime, now: datetime
) -> Iterable[str]:
    """The posts that must be in the store: carrying a tag, served now, and shown in
    time to be seen."""
    wanted = {normal_tag(tag) for tag in TAGS}
    for post in truth:
        if not wanted & set(post["tags"]) or post["opted_out"]:
            continue
        claimed = datetime.fromisoformat(post["published_at"])
        for slug in slugs & set(post["served"]):
            shown = datetime.fromisoformat(post["visible_at"][slug])
            prompt = shown - claimed < _PROMPT and shown < now - _MARGIN
            if shown < begin or prompt:
                yield post["uri"]


def main(kills: int = 50) -> int:
    """Print the report; 1 where something is wrong."""
    days = 14 if kills > 10 else 4
    with tempfile.TemporaryDirectory() as folder:
        report = kill_test(Path(folder), kills=kills, days=days)
    names = ("kills", "in_transaction", "died_by_itself", "expected", "stored", "runs")
    print(json.dumps({name: getattr(report, name) for name in names}))
    for name in ("missing", "doubled", "strangers", "problems"):
        found = getattr(report, name)
        print(f"{name}: {len(found)}", *found[:10], sep="\n  ")
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50))
