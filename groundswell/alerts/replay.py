"""A recorded series through the detector: `python -m groundswell.alerts.replay SERIES.csv`.

Reads `timestamp,value` with a header, one row a bin, in order; an empty value is a bin
that was not seen. Writes `timestamp,alert` to stdout: alert is 1 where a spike was raised,
else 0; --kinds adds a column that says which kind, --silence alerts on silence too.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from groundswell.alerts.detector import Detector, Reading


class BadSeries(ValueError):
    """A file that is no series; says which line and why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 for a file that cannot be read."""
    asked = argparse.ArgumentParser(
        prog="python -m groundswell.alerts.replay", description="Spikes of a series."
    )
    asked.add_argument("series", type=Path, help="CSV with timestamp,value")
    asked.add_argument("--kinds", action="store_true", help="a third column: the kind")
    asked.add_argument("--silence", action="store_true", help="alert on silence too")
    options = asked.parse_args(arguments)
    try:
        rows = list(read(options.series))
    except (OSError, BadSeries, UnicodeDecodeError) as error:
        print(f"{options.series}: {error}", file=sys.stderr)
        return 2
    wanted = {"spike", "silence"} if options.silence else {"spike"}
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["timestamp", "alert", *(["kind"] if options.kinds else [])])
    for (stamp, _, _), reading in zip(rows, replayed(rows), strict=True):
        alert = int(reading.kind in wanted)
        out.writerow([stamp, alert, *([reading.kind or ""] if options.kinds else [])])
    return 0


def read(path: Path) -> Iterator[tuple[str, datetime, float | None]]:
    """Each row's time as written, as a time, and its value. Raises BadSeries."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        if not {"timestamp", "value"} <= set(lines.fieldnames or ()):
            raise BadSeries("line 1: want a header with timestamp and value")
        before: datetime | None = None
        for line in lines:
            stamp, told = line["timestamp"] or "", (line["value"] or "").strip()
            try:
                at, value = datetime.fromisoformat(stamp), float(told) if told else None
            except ValueError as error:
                raise BadSeries(f"line {lines.line_num}: {error}") from error
            if value is not None and not 0 <= value < float("inf"):
                raise BadSeries(f"line {lines.line_num}: {told} is no count")
            if before is not None and at <= before:
                raise BadSeries(f"line {lines.line_num}: {stamp} is not after the last")
            before = at
            yield stamp, at, value


def replayed(rows: Sequence[tuple[str, datetime, float | None]]) -> Iterator[Reading]:
    """The detector's readings. Bins that the file leaves out were not seen."""
    return through(Detector(step_of(at for _, at, _ in rows)), rows)


def through(
    detector: Detector, rows: Sequence[tuple[str, datetime, float | None]]
) -> Iterator[Reading]:
    """A detector's readings of a series."""
    step = detector.step
    before: datetime | None = None
    for _, at, value in rows:
        if before is not None and at - before > 1.5 * step:
            detector.see(before + step, None)
        before = at
        yield detector.see(at, value)


def step_of(times: Iterable[datetime]) -> timedelta:
    """The most frequent distance; five minutes where there is none."""
    ordered = list(times)
    apart = Counter(b - a for a, b in pairwise(ordered))
    return apart.most_common(1)[0][0] if apart else timedelta(minutes=5)


if __name__ == "__main__":
    raise SystemExit(main())
