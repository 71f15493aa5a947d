"""Exports: how many posts a second the command writes, and how much memory it takes.

    ./run bench exporting                   20,000 posts in every form
    .venv/bin/python -m benchmarks.exporting 1000000 csv gexf

The store is made for it, of plain posts; the program's start is in the time.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path

from benchmarks._figures import note
from benchmarks._processes import ROOT
from db.connection import open_database
from tests import export_store

ENDINGS = {
    "ndjson": "ndjson",
    "csv": "csv",
    "gexf": "gexf",
    "xlsx": "xlsx",
    "evidence": "zip",
}
LIMIT_MB = 250


def main(posts: int = 20_000, forms: Sequence[str] = tuple(ENDINGS)) -> int:
    """Write each form once; 1 where one took more memory than it may."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        # In a process of its own: a child's peak begins with its parent's memory.
        filling = get_context("spawn").Process(target=_fill, args=(Path(folder), posts))
        filling.start()
        filling.join()
        for form in forms:
            file = Path(folder) / f"x.{ENDINGS[form]}"
            wall, cpu, peak = _export(Path(folder), file)
            worst = max(worst, peak)
            note(
                f"export of {posts:,} posts as {form}",
                f"{wall:.1f} s, {cpu:.1f} s of a core, {peak:.0f} MB of memory, "
                f"{file.stat().st_size / 1e6:.1f} MB large",
                aim=f"under {LIMIT_MB} MB of memory",
            )
    return int(worst > LIMIT_MB)


def _fill(folder: Path, posts: int) -> None:
    database = open_database(export_store.configure(folder))
    export_store.many(database, posts)
    database.close()


def _export(folder: Path, file: Path) -> tuple[float, float, float]:
    """Seconds, seconds of a core, and the most memory in MB."""
    command = [sys.executable, "-m", "groundswell", "--config",
               str(folder / "groundswell.toml"), "export", "--campaign", "labourleaks",
               "-o", str(file)]  # fmt: skip
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    quiet = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawn(sys.executable, command, env, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise RuntimeError(f"the export ended with {status}")
    cpu = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - began, cpu, usage.ru_maxrss / 1024


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    sys.exit(main(count, sys.argv[2:] or tuple(ENDINGS)))
