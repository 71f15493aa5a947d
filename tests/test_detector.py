"""The detector on series whose truth is known, and on the labelled ones."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import random
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundswell.alerts import replay
from groundswell.alerts.detector import Detector, Reading
from tests.engines import SHARED

START = datetime(2026, 3, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)
DAY_BINS = 288


def poisson(dice: random.Random, mean: float) -> int:
    if mean > 50:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    limit, count, chance = math.exp(-mean), 0, dice.random()
    while chance > limit:
        count, chance = count + 1, chance * dice.random()
    return count


def usual(at: datetime, rate: float) -> float:
    """Day and night, and quiet weekends."""
    by_day = 0.7 if at.weekday() > 4 else 1.0
    return rate * by_day * (1 + 0.6 * math.sin((at.hour - 9) / 24 * math.tau))


def quiet(seed: int, rate: float, days: int) -> Iterator[tuple[datetime, float]]:
    dice = random.Random(seed)
    for n in range(days * DAY_BINS):
        at = START + n * STEP
        yield at, poisson(dice, usual(at, rate))


@pytest.mark.parametrize("rate", [0.1, 1, 8, 60])
def test_a_quiet_month_is_quiet(rate: float) -> None:
    """At most one false alert a month and term; here ten months of each rate."""
    alarms = 0
    for seed in range(10):
        detector = Detector()
        kinds = [detector.see(at, n).kind for at, n in quiet(seed, rate, 30)]
        alarms += kinds.count("spike") + kinds.count("silence")
    assert alarms <= 3


@pytest.mark.parametrize("hour", [0, 6, 9, 15, 21])
def test_a_burst_of_five_times_the_usual_is_seen_in_a_quarter_of_an_hour(
    hour: int,
) -> None:
    begin = 20 * DAY_BINS + 12 * hour
    late = []
    for seed in range(6):
        detector, dice, seen = Detector(), random.Random(seed), None
        for n in range(begin + 6):
            at = START + n * STEP
            times = 5 if n >= begin else 1
            kind = detector.see(at, poisson(dice, times * usual(at, 20))).kind
            if kind == "spike" and n >= begin and seen is None:
                seen = n
        late.append(seen is None or seen - begin >= 3)
    assert sum(late) <= 1


def test_a_spike_is_told_once_and_its_end() -> None:
    detector, kinds = Detector(), []
    for at, count in quiet(1, 20, 25):
        burst = timedelta(days=20) <= at - START < timedelta(days=20, hours=4)
        kinds.append(detector.see(at, count * 8 if burst else count).kind)
    assert [kind for kind in kinds if kind] == ["spike", "over"]


def test_silence_is_not_what_was_not_seen() -> None:
    def kinds(instead: float | None) -> list[str]:
        detector, found = Detector(), []
        for at, count in quiet(2, 20, 12):
            gone = (
                timedelta(days=10, hours=9) <= at - START < timedelta(days=10, hours=15)
            )
            found.append(detector.see(at, instead if gone else count).kind)
        return [kind for kind in found if kind]

    assert kinds(0) == ["silence", "over"]
    assert kinds(None) == []


def test_nothing_is_told_before_it_is_known_what_is_usual() -> None:
    detector = Detector()
    for at, count in quiet(3, 20, 2):
        assert detector.see(at, 50 * count).kind is None
    assert not detector.ready


def test_days_have_their_spikes_too() -> None:
    detector, dice = Detector(timedelta(days=1)), random.Random(4)
    counts = [poisson(dice, 400) for _ in range(90)]
    counts[70] *= 6
    kinds = [
        detector.see(START + timedelta(days=n), count).kind
        for n, count in enumerate(counts)
    ]
    assert kinds.index("spike") == 70
    assert kinds.count("spike") == 1


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=400), st.integers(0, 399))
@settings(deadline=None, max_examples=60)
def test_nothing_looks_ahead(counts: list[float | None], cut: int) -> None:
    def readings(some: list[float | None]) -> list[Reading]:
        detector = Detector(timedelta(hours=1))
        return [
            detector.see(START + timedelta(hours=n), count)
            for n, count in enumerate(some)
        ]

    whole, part = readings(counts), readings(counts[:cut])
    assert whole[: len(part)] == part
    assert all(math.isfinite(one.excess) for one in whole)


def replayed(path: Path, *options: str) -> list[dict[str, str]]:
    out = io.StringIO()
    with redirect_stdout(out):
        assert replay.main([str(path), *options]) == 0
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_replay_reads_a_series_and_tells_of_each_row(tmp_path: Path) -> None:
    path = tmp_path / "series.csv"
    rows = [(at, count) for at, count in quiet(5, 20, 12)]
    told = [
        (
            f"{at:%Y-%m-%d %H:%M:%S}",
            "" if n % 500 == 7 else count * (9 if n > 3200 else 1),
        )
        for n, (at, count) in enumerate(rows)
    ]
    text = "\n".join(f"{stamp},{value}" for stamp, value in told)
    path.write_text(f"timestamp,value\n{text}\n")
    found = replayed(path, "--kinds")
    assert [row["timestamp"] for row in found] == [stamp for stamp, _ in told]
    first = next(n for n, row in enumerate(found) if row["alert"] == "1")
    assert 3200 < first <= 3203
    assert found[first]["kind"] == "spike"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("time,count\n1,2\n", "line 1: want a header with timestamp and value"),
        ("timestamp,value\nyesterday,2\n", "line 2: Invalid isoformat string"),
        ("timestamp,value\n2026-03-02 10:00,many\n", "line 2: could not convert"),
        ("timestamp,value\n2026-03-02 10:00,-1\n", "line 2: -1 is no count"),
        (
            "timestamp,value\n2026-03-02 10:00,1\n2026-03-02 09:00,1\n",
            "line 3: 2026-03-02 09:00 is not after the last",
        ),
    ],
)
def test_replay_says_what_is_wrong_and_where(
    text: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "series.csv"
    path.write_text(text)
    assert replay.main([str(path)]) == 2
    assert problem in capsys.readouterr().err


def scorer() -> ModuleType:
    path = SHARED / "spikes" / "score.py"
    spec = importlib.util.spec_from_file_location("spike_score", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_labelled_series(tmp_path: Path) -> None:
    """The score of shared/spikes; the best that was published on these is 84.5."""
    folder = SHARED / "spikes"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: no labelled series to score")
    windows = json.loads((folder / "windows.json").read_text())
    raw = perfect = 0.0
    for path in sorted((folder / "series").glob("*.csv")):
        rows = replayed(path)
        found, _ = scorer().score_series(
            [row["timestamp"] for row in rows],
            [int(row["alert"]) for row in rows],
            windows[f"realTweets/{path.name}"],
        )
        raw, perfect = raw + found, perfect + len(windows[f"realTweets/{path.name}"])
    assert 100 * (raw + perfect) / (2 * perfect) >= 85


def test_the_first_minutes_after_a_time_that_was_not_seen_are_no_spike() -> None:
    """Three posts at once are nothing in three hours, and the three hours before are not
    known: that is no reason to take them for a burst."""
    detector, kinds = Detector(), []
    for at, count in quiet(6, 0.5, 21):
        hour = (at - START) % timedelta(days=1)
        if timedelta(hours=9) <= hour < timedelta(hours=11):
            detector.see(at, None)
            continue
        again = hour == timedelta(hours=11) and at - START > timedelta(days=15)
        kinds.append(detector.see(at, 3 if again else count).kind)
    assert "spike" not in kinds


def test_five_minutes_that_were_not_seen_do_not_end_a_spike() -> None:
    dice, detector, at = random.Random(4), Detector(), datetime(2026, 1, 1, tzinfo=UTC)
    rates = [100.0] * (10 * 24 * 12) + [240.0] * 48 + [100.0] * 60
    begun, told = 10 * 24 * 12, []
    for number, rate in enumerate(rates):
        count = None if number == begun + 12 else float(poisson(dice, rate))
        reading = detector.see(at + number * timedelta(minutes=5), count)
        if reading.kind and number >= begun:
            told.append((number - begun, reading.kind))
    (first, spike), (last, over) = told
    assert (spike, over) == ("spike", "over")
    assert first < 12, told
    assert last >= 48, told
