"""Refining: what the encoder adds in the background, at the budget that is usual.

    ./run bench refining

A made-up store whose posts `linear` has scored; the daemon's refinement works on it for so
many seconds of wall time, its process's start left out, with the rests that it asks for.
Noted: posts an hour, the part of one processor that both processes took, and the peak
memory of the one that holds the network.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import stored
from benchmarks._figures import note
from benchmarks._processes import peak_mb
from benchmarks.scoring import made_up
from db.connection import Database
from groundswell.config.loading import Campaign, Config, Monitor
from groundswell.refining import Refinement
from groundswell.rescoring import rescore
from groundswell.runtime import open_runtime
from groundswell.scoring import Scorer

POSTS, SECONDS = 20_000, 60.0
_CAMPAIGN = Campaign(slug="labourleaks", title="", hashtags=("LabourLeaks",))


def main(posts: int = POSTS, seconds: float = SECONDS) -> int:
    """Note what was refined in so many seconds."""
    with tempfile.TemporaryDirectory() as name:
        file = stored.make(Path(name) / "refined.db", posts)
        monitor = Monitor(database=file, refine="encoder")
        config = Config(monitor=monitor, campaigns=(_CAMPAIGN,), sources=())
        return asyncio.run(_refined(config, seconds))


async def _refined(config: Config, seconds: float) -> int:
    async with open_runtime(config, {}, clock=lambda: stored.END) as runtime:
        if runtime.refiner is None:
            print("the encoder is not installed: ./run setup --encoder")
            return 0
        await runtime.store.run(_scored, runtime.scorer)
        refinement = Refinement(runtime, runtime.refiner)
        try:
            begun = await refinement.step()  # loads the network
            count, used_s = refinement.refined, _used_s(refinement)
            began = time.perf_counter()
            while begun is not None and time.perf_counter() - began < seconds:
                rest = await refinement.step()
                if rest is None:
                    break
                await asyncio.sleep(rest)
            took = time.perf_counter() - began
            used_s = _used_s(refinement) - used_s
            peak = peak_mb(refinement.pid) if refinement.pid else 0.0
        finally:
            refinement.close()
    share = config.monitor.refine_share
    rate = (refinement.refined - count) / took
    note(
        f"refining for {took:.0f} s",
        f"{rate * 3600:,.0f} posts/hour",
        reference=f"of one processor {used_s / took:.1%}, the budget",
        ratio=used_s / took / share,
        aim="1.00 at most",
    )
    note("refining, peak memory of its process", f"{peak:,.0f} MB")
    return 0


def _used_s(refinement: Refinement) -> float:
    """Of this process's threads and of the other process, as the system counts."""
    ticks = Path(f"/proc/{refinement.pid}/stat").read_text().rpartition(")")[2].split()
    other = (int(ticks[11]) + int(ticks[12])) / 100
    return time.process_time() + other


def _scored(db: Database, scorer: Scorer) -> None:
    """English words for the posts, and the fast engine's scores."""
    ids = [row[0] for row in db.conn.execute("select id from posts where text <> ''")]
    texts = zip(made_up(len(ids)), ids, strict=True)
    db.conn.executemany(
        "update posts set text = ?, lang_declared = 'en' where id = ?", texts
    )
    sum(rescore(db, scorer))


if __name__ == "__main__":
    sys.exit(main())
