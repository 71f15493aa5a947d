"""The scan over the last minutes: what it finds in sparse series, and what is chance."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.alert_series import Series
from groundswell.alerts import watching
from groundswell.alerts.detector import Detector, Reading
from groundswell.alerts.scan import Scan, Strictness, likelihood_ratio, remembered
from tests.test_detector import DAY_BINS, START, STEP, poisson, quiet, usual

counts = st.floats(0, 1e5)
rates = st.floats(0.01, 1e4)
scatters = st.floats(0, 2)


@given(counts, rates, scatters)
def test_a_ratio_is_never_negative_and_scatter_only_lowers_it(
    count: float, rate: float, scatter: float
) -> None:
    plain, wide = (
        likelihood_ratio(count, rate),
        likelihood_ratio(count, rate, scatter),
    )
    assert -1e-6 * (1 + count) <= wide <= plain + 1e-6 * (1 + count)


@given(rates, scatters, st.floats(0, 1e3), st.floats(0, 1e3))
def test_more_posts_are_never_less_surprising(
    rate: float, scatter: float, more: float, least: float
) -> None:
    few = likelihood_ratio(least, rate, scatter)
    many = likelihood_ratio(least + more, rate, scatter)
    assert many >= few - 1e-6 * (1 + least + more)


def test_the_ratio_is_what_the_probabilities_say() -> None:
    """Nine posts where 1.5 are usual, by Poisson's own formula."""

    def log_chance(mean: float) -> float:
        return 9 * math.log(mean) - mean - math.lgamma(10)

    assert likelihood_ratio(9, 1.5) == pytest.approx(log_chance(9) - log_chance(1.5))


def test_what_is_remembered_weighs_half_after_its_memory() -> None:
    mean, deviation = remembered([0.0, *[3.0] * 60], 60)
    assert mean == pytest.approx(
        3 * (1 - 0.5 / sum(0.5 ** (n / 60) for n in range(61)))
    )
    assert deviation > 0
    assert remembered([2.0, 2.0], 5) == (2.0, 0.0)


def test_too_few_posts_are_never_a_burst() -> None:
    scan = Scan((1, 3), Strictness(fewest=5), steady=3)
    for number in range(600):
        scan.see(number % 5 == 0, 0.2)
    scan.close(60)
    assert scan.see(4, 0.01)[0] == 0
    margin, window = scan.see(9, 0.01)
    assert margin > 1
    assert window.told >= 9


def test_what_was_not_seen_is_forgotten() -> None:
    scan = Scan((3,), Strictness(), steady=3)
    scan.see(40, 1.0)
    scan.forget()
    _, window = scan.see(1, 1.0)
    assert (window.told, window.usual) == (1, 1.0)


def test_a_series_that_scatters_must_do_more() -> None:
    """Twelve posts where two are usual: a burst in a calm series, daily bread in one that
    comes in clumps."""

    def margin(clump: int) -> float:
        scan, dice = Scan((1, 2, 3, 12), Strictness(), steady=3), random.Random(1)
        for number in range(20 * DAY_BINS):
            scan.see(clump * poisson(dice, 0.7 / clump), 0.7)
            if number % 72 == 71:
                scan.close(60)
        for _ in range(12):
            scan.see(0, 0.7)
        return max(scan.see(4, 0.7)[0] for _ in range(3))

    assert margin(1) > 1 > margin(4)


def test_most_bursts_on_a_sparse_series_are_seen_within_the_hour() -> None:
    """Five times two posts in five minutes, by day."""
    late = 0
    for seed in range(8):
        detector, dice, kinds = Detector(), random.Random(seed), []
        begin = 20 * DAY_BINS + 12 * (9 + seed)
        for number in range(begin + 12):
            at = START + number * STEP
            times = 5 if number >= begin else 1
            reading = detector.see(at, poisson(dice, times * usual(at, 2)))
            kinds += [reading.kind] if number >= begin else []
        late += "spike" not in kinds
    assert late <= 1


def test_a_spike_names_the_time_that_gave_it_away() -> None:
    series, detector = Series(1, "mastodon"), Detector()
    for at, count in quiet(7, 1, 25):
        burst = at - START >= timedelta(days=22, hours=10)
        reading = detector.see(at, count + (3 if burst else 0))
        if reading.kind == "spike":
            break
    assert reading.within is not None
    assert reading.told is not None
    assert reading.told >= 3 * (reading.usual or 0)
    assert f"{reading.told:,.0f} posts in " in watching.summary(series, reading)


@pytest.mark.parametrize(
    ("within", "usual_", "told"),
    [
        (5, 12.4, "9 posts in five minutes, where about 12 are usual"),
        (15, 1.52, "9 posts in 15 minutes, where about 1.5 are usual"),
        (60, 0.01, "9 posts in an hour, where about 0.1 are usual"),
        (180, 2.0, "9 posts in 3 hours, where about 2.0 are usual"),
    ],
)
def test_a_summary_says_in_how_long(within: int, usual_: float, told: str) -> None:
    reading = Reading(
        START, 2, "spike", 0.4, within=timedelta(minutes=within), told=9, usual=usual_
    )
    assert watching.summary(Series(1, "mastodon"), reading) == f"mastodon: {told}"
