"""Each page and each JSON endpoint on stores of growing size, and stock Datasette beside.

    ./run bench pages
    .venv/bin/python -m benchmarks.pages 10000000      # one size

Made-up stores (benchmarks/stored.py), served by the real server in a process of its own.
Each address is asked for several times over one connection; the figure is the median, in
milliseconds, of what the server took to answer. Stock Datasette serves the largest file
without our settings, metadata and plugin, and is asked for the addresses that it has too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks import stored
from benchmarks._figures import note
from benchmarks._processes import ROOT, free_port
from db.published import queries
from groundswell.metadata import STAFF_QUERIES

SIZES = (100_000, 1_000_000)
_TIMES = 7
_WARM = 2
_SPAN = "from_at=2026-11-13T12:00:00Z&to_at=2026-11-20T12:00:00Z"
PAGES = (
    "/",
    "/-/campaign/labourleaks",
    "/-/campaign/labourleaks?range=30d",
    "/-/campaign/labourleaks?lang=de",
    "/-/campaign/labourleaks?term=labourleaks&sentiment=negative",
    "/-/campaign/labourleaks?q=ba",
    "/-/sources",
)
TABLES = (
    "/campaigns/timeline",
    "/campaigns/timeline?campaign=labourleaks&platform=bluesky&sentiment=negative",
    "/campaigns/timeline.json?campaign=labourleaks&_size=100",
    "/campaigns/posts",
    "/campaigns/posts?platform=bluesky&sentiment=negative&_facet=lang",
    "/campaigns/posts?published_at__gte=2026-11-01&_facet=platform",
    "/campaigns/posts?_search=badobi",
    "/campaigns/search_posts?campaign=labourleaks&q=ba",
)


def main(sizes: Sequence[int] = SIZES, times: int = _TIMES) -> int:
    """Print one table, a row an address; 1 where an answer was no answer."""
    columns: list[dict[str, float | None]] = []
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        for size in sizes:
            file = stored.make(Path(name) / f"{size}.db", size)
            used = file.stat().st_size / size * 1e6 / 1e9
            note(f"space, of {size:,} posts", f"{used:.2f} GB a million", aim="1 GB")
            with served(OURS, file) as base:
                columns.append(_measured(base, [*PAGES, *_endpoints(), *TABLES], times))
        with served(_STOCK, file) as base:
            stock = _measured(
                base, [f"/{file.stem}{p[10:]}" for p in TABLES[:-1]], times
            )
    _note_all(sizes, columns, stock)
    return (
        0 if all(value is not None for one in columns for value in one.values()) else 1
    )


def _endpoints() -> list[str]:
    """The JSON of every published query that needs no words."""
    found = []
    for name, query in queries().items():
        if name in STAFF_QUERIES:
            continue
        known = {"campaign": "campaign=labourleaks", "from_at": _SPAN}
        asked = [told for key, told in known.items() if key in query.params]
        if "q" not in query.params:
            found.append(f"/campaigns/{name}.json?{'&'.join([*asked, '_shape=array'])}")
    return found


OURS = """
import sys
from benchmarks.stored import END
from groundswell.web.server import serve
serve(sys.argv[1], port=int(sys.argv[2]), clock=lambda: END, ready=print)
"""
_STOCK = """
import sys
from datasette.cli import cli
cli(["serve", sys.argv[1], "-p", sys.argv[2], "--setting", "sql_time_limit_ms", "60000"])
"""


@contextmanager
def served(program: str, file: Path) -> Iterator[str]:
    port = free_port()
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(file), str(port)],
        cwd=ROOT,
        # Stock Datasette without our plugin, which is installed beside it.
        env=os.environ | ({} if program == OURS else {"DATASETTE_LOAD_PLUGINS": ""}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            time.sleep(0.1)
            try:
                httpx.get(f"{base}/-/versions.json", timeout=5)
                break
            except httpx.TransportError:
                continue
        yield base
    finally:
        child.terminate()
        child.wait(30)


def _measured(base: str, paths: Sequence[str], times: int) -> dict[str, float | None]:
    """Milliseconds by address; None where the answer was an error."""
    found: dict[str, float | None] = {}
    with httpx.Client(base_url=base, timeout=120) as client:
        for path in paths:
            taken = []
            for _ in range(_WARM + times):
                began = time.perf_counter()
                answer = client.get(path)
                taken.append((time.perf_counter() - began) * 1000)
            said = answer.status_code == 200 and "took too long" not in answer.text
            found[path] = statistics.median(taken[_WARM:]) if said else None
            if not said:
                print(f"  {path}: {answer.status_code}", file=sys.stderr)
    return found


def _note_all(
    sizes: Sequence[int],
    columns: Sequence[dict[str, float | None]],
    stock: dict[str, float | None],
) -> None:
    """A line an address: at each size, against the smallest and against stock."""
    theirs = dict(zip(TABLES, stock.values(), strict=False))
    told = ", ".join(f"{size:,}" for size in sizes)
    print(f"pages and JSON, milliseconds at {told} posts")
    for path in columns[0]:
        first, last, other = columns[0][path], columns[-1][path], theirs.get(path)
        against = f", stock {other:.0f} ms" if other else ""
        note(
            path,
            " / ".join(_cell(column[path]) for column in columns) + " ms",
            reference=f"{sizes[0]:,} posts{against}" if first and last else "",
            ratio=last / first if first and last else None,
            aim=_aim(path),
        )


def _aim(path: str) -> str:
    if path in TABLES:
        return "300 ms" if "_search" in path else "150 ms"
    return "50 ms at 10^6, 80 at 10^7"


def _cell(value: float | None) -> str:
    return f"{value:.1f}" if value is not None else "error"


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or SIZES))
