"""Spikes: the detector on the labelled series in `../shared/spikes`, with the parameters
that it has and with those that are best on all the others of the five.

    ./run bench spikes

Each series is run with every one of the sets; the score is that of the benchmark that the
series come from (never alerting is 0, perfect is 100). Left out: for each series the set is
taken that gives most on the other four, so that no series had a say in its own parameters.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks._figures import note
from groundswell.alerts import replay
from groundswell.alerts.detector import DEFAULT, Detector, Parameters

_HERE = Path(__file__).resolve().parent.parent
SPIKES = Path(os.environ.get("GROUNDSWELL_SHARED", _HERE.parent / "shared")) / "spikes"


def sets() -> Iterator[Parameters]:
    """The detector's own parameters first, then those around them."""
    yield DEFAULT
    scan = DEFAULT.strictness
    for strict, above, spread in itertools.product(
        (2.0, 2.25, 2.5), (3.0, 3.5, 4.0), (0.25, 0.5)
    ):
        yield replace(
            DEFAULT,
            strict=strict,
            strictness=replace(scan, strict=above, spread=spread),
        )


def main(most: int = 1_000) -> int:
    """Print both scores; most: sets that are tried."""
    if not SPIKES.is_dir():
        note("labelled series", f"none: {SPIKES} is missing")
        return 0
    tried = list(itertools.islice(sets(), most))
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        found = list(pool.map(scores, tried))
    windows = sum(count for _, count in found[0])
    told = [[score for score, _ in one] for one in found]
    own, mean = _normal(sum(told[0]), windows), sum(map(sum, told)) / len(told)
    note("the labelled series, as the detector is", f"{own:.1f}", aim="85")
    note("the mean of all sets", f"{_normal(mean, windows):.1f} ({len(told)} sets)")
    note("each left out", f"{_normal(left_out(told), windows):.1f}", aim="75")
    return 0 if own >= 85 else 1


def left_out(told: Sequence[Sequence[float]]) -> float:
    """The sum over the series, each by the set that is best on the others."""
    whole = 0.0
    for series in range(len(told[0])):
        best = max(told, key=lambda one: sum(one) - one[series])
        whole += best[series]
    return whole


def scores(parameters: Parameters) -> list[tuple[float, int]]:
    """Each series' score, and how many windows it has."""
    scorer = _scorer()
    windows = json.loads((SPIKES / "windows.json").read_text())
    found = []
    for path in sorted((SPIKES / "series").glob("*.csv")):
        rows = list(replay.read(path))
        detector = Detector(replay.step_of(at for _, at, _ in rows), parameters)
        alerts = [int(one.kind == "spike") for one in replay.through(detector, rows)]
        score, facts = scorer.score_series(
            [stamp for stamp, _, _ in rows], alerts, windows[f"realTweets/{path.name}"]
        )
        found.append((score, facts["windows"]))
    return found


def _normal(raw: float, windows: int) -> float:
    return 100 * (raw + windows) / (2 * windows)


def _scorer() -> Any:  # noqa: ANN401 - a module outside the project
    spec = importlib.util.spec_from_file_location("spike_score", SPIKES / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SPIKES / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    sys.exit(main())
