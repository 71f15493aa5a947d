"""What followed an event, on series whose truth is known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import placebo
from benchmarks.placebo import START, WORLDS, found, rate_of, simulated
from groundswell import effects_told
from groundswell.effects import Effect, lookback, measure
from groundswell.effects_model import HOUR, Series
from tests.engines import SHARED

SCATTER = WORLDS["scatter"]
BEGIN = 28 * 24 + 9
AT = START + BEGIN * HOUR + timedelta(minutes=20)


def series(
    seed: int = 1, rate: float = 20, times: float = 1, length: int = 24
) -> Series:
    return simulated(seed, SCATTER, rate, BEGIN + length, begin=BEGIN, times=times)


def blinded(whole: Series, *spans: range) -> Series:
    dark = {place for span in spans for place in span}
    counts = [None if n in dark else count for n, count in enumerate(whole.counts)]
    return replace(whole, counts=counts)


# The rate that is promised


@pytest.mark.parametrize("name", WORLDS)
def test_placebo_dates_have_no_effect(name: str) -> None:
    """At most 7 of 100; docs/accuracy.md has the rates of the benchmark."""
    said = [e for rate in (0.5, 5, 100) for e in found(range(60), WORLDS[name], rate)]
    assert rate_of(said) <= 0.07


@pytest.mark.parametrize("hours", [3, 72])
def test_nor_over_other_times(hours: int) -> None:
    said = found(range(150), SCATTER, 5, hours=hours)
    said += found(range(150), WORLDS["rare bursts"], 20, hours=hours)
    assert rate_of(said) <= 0.07


def test_nor_against_a_control() -> None:
    said = found(range(60), SCATTER, 5, control=True)
    said += found(range(60, 120), WORLDS["drift"], 20, control=True)
    assert rate_of(said) <= 0.07


@pytest.mark.parametrize(
    ("rate", "times", "least"), [(0.2, 5, 0.7), (2, 5, 0.95), (20, 2, 0.65), (20, 5, 1)]
)
def test_true_effects_are_found(rate: float, times: float, least: float) -> None:
    said = found(range(40), SCATTER, rate, times=times)
    assert sum(effect.told == "more" for effect in said) >= least * len(said)


def test_silence_after_is_an_effect_too() -> None:
    said = found(range(30), SCATTER, 20, times=0.2)
    assert sum(effect.told == "fewer" for effect in said) >= 25


def test_the_interval_holds_the_true_ratio() -> None:
    """It is that of a count which chance moves too, so that it holds it more often."""
    said = found(range(100), SCATTER, 20, times=3)
    ratios = [effect.ratio for effect in said if effect.ratio]
    held = [low <= 3 <= (high or 1e9) for _, low, high in ratios]
    assert sum(held) >= 93
    middle = sorted(times for times, _, _ in ratios)[50]
    assert 2.7 <= middle <= 3.3


def test_the_recorded_series() -> None:
    """Every fifth hour away from what people marked, on five series of real counts."""
    folder = SHARED / "spikes"
    if not folder.is_dir():
        pytest.skip(f"{folder} is missing: no recorded series")
    assert rate_of(placebo.on_recorded(folder, 24)) <= 0.07


# What a count may and may not do


@given(
    st.lists(st.none() | st.integers(0, 10_000), max_size=900),
    st.integers(0, 900),
    st.integers(1, 168),
)
@settings(deadline=None, max_examples=60)
def test_any_counts_give_an_effect_or_a_reason(
    counts: list[int | None], place: int, hours: int
) -> None:
    effect = measure(
        Series(start=START, counts=counts), START + place * HOUR, hours=hours
    )
    assert (effect.refused is None) == (effect.posts is not None)
    assert effects_told.verdict(effect).endswith(".")
    if effect.refused is None:
        assert effect.low is not None
        assert effect.high is not None
        assert effect.expected is not None
        assert 0 <= effect.low <= effect.expected <= effect.high


@given(st.integers(0, 50), st.integers(2, 8))
@settings(deadline=None, max_examples=15)
def test_many_times_the_posts_are_many_times_the_expected(seed: int, many: int) -> None:
    few = series(seed, rate=50)
    more = replace(few, counts=[many * (count or 0) for count in few.counts])
    one, other = measure(few, AT), measure(more, AT)
    assert one.expected
    assert other.expected
    assert other.expected / one.expected == pytest.approx(many, rel=0.1)
    assert other.posts == many * (one.posts or 0)


@given(st.integers(0, 50), st.integers(BEGIN, BEGIN + 12))
@settings(deadline=None, max_examples=15)
def test_what_was_not_seen_is_not_zero(seed: int, first: int) -> None:
    whole = series(seed, rate=50)
    gap = range(first, first + 10)
    seen, dark = measure(whole, AT), measure(blinded(whole, gap), AT)
    empty = replace(
        whole, counts=[0 if n in gap else c for n, c in enumerate(whole.counts)]
    )
    assert seen.ratio
    assert dark.ratio
    assert dark.after == pytest.approx(14 / 24)
    assert dark.ratio[0] == pytest.approx(seen.ratio[0], rel=0.5)
    zero = measure(empty, AT)
    assert zero.expected == pytest.approx(seen.expected)
    assert dark.expected < zero.expected  # type: ignore[operator]
    # And before: a day that was dark makes the next one's expectation no smaller.
    before = measure(blinded(whole, range(BEGIN - 24, BEGIN)), AT)
    assert before.expected == pytest.approx(seen.expected, rel=0.6)


def test_a_control_without_a_change_widens_and_hardly_shifts() -> None:
    alone = [measure(series(seed), AT) for seed in range(40)]
    both = [
        measure(series(seed), AT, control=series(seed + 1000, rate=60))
        for seed in range(40)
    ]
    widths = [(e.high - e.low) / e.expected for e in alone]  # type: ignore[operator]
    wider = [(e.high - e.low) / e.expected for e in both]  # type: ignore[operator]
    assert sum(wider) > 1.1 * sum(widths)
    shifts = sorted(
        b.expected / a.expected  # type: ignore[operator]
        for a, b in zip(alone, both, strict=True)
    )
    assert shifts[20] == pytest.approx(1, abs=0.1)


def test_what_the_control_did_too_is_taken_off() -> None:
    """Something that moves all campaigns alike is no effect of this event."""
    alone, both = [], []
    for seed in range(20):
        own, control = series(seed, times=3), series(seed + 1000, rate=60, times=3)
        alone.append(measure(own, AT).told)
        both.append(measure(own, AT, control=control))
    assert alone.count("more") >= 18
    assert sum(effect.told is not None for effect in both) <= 2
    changes = sorted(effect.control or 0 for effect in both)
    assert 2.5 <= changes[10] <= 3.5


def test_the_days_of_other_entries_are_no_measure_of_chance() -> None:
    whole = series(3)
    burst = [
        (count or 0) * (6 if 500 <= n < 524 else 1)
        for n, count in enumerate(whole.counts)
    ]
    loud = replace(whole, counts=burst)
    unknown = measure(loud, AT)
    known = measure(loud, AT, others=[START + 500 * HOUR, AT])
    assert known.high is not None
    assert unknown.high is not None
    assert known.high < 0.7 * unknown.high


def test_only_what_is_over_counts() -> None:
    early = series(5, length=5)
    effect = measure(early, AT)
    assert (effect.hours, effect.over, effect.after) == (24, 5, 1)
    assert "in the first 5 hours after, where" in effects_told.verdict(effect)


# Where nothing can be said


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (series().counts[:BEGIN], "the first hour after it is not over"),
        (
            blinded(series(), range(520)).counts,
            "only 6.7 days before it were seen, and 7 are needed",
        ),
        (
            series(rate=0.02, seed=4).counts,
            "only 8 posts were seen before it, and 20 are needed",
        ),
        (
            blinded(series(), range(BEGIN, BEGIN + 14)).counts,
            "only 42 % of the time after it was seen",
        ),
        (
            blinded(series(), range(BEGIN - 60, BEGIN)).counts,
            "of the three days just before it, less than half was seen",
        ),
    ],
)
def test_the_reason_is_named(counts: list[float | None], reason: str) -> None:
    effect = measure(Series(start=START, counts=counts), AT)
    assert effect.refused == reason
    assert effect.told is effect.ratio is effect.difference is None
    assert effects_told.verdict(effect) == f"Cannot be said: {reason}."


def test_a_long_time_needs_a_long_past() -> None:
    effect = measure(series(length=168), AT, hours=168)
    assert "ask for fewer hours" in (effect.refused or "")
    assert lookback(168) == timedelta(days=56)


def test_a_control_too_must_have_been_seen() -> None:
    dark = blinded(series(2), range(BEGIN, BEGIN + 20))
    effect = measure(series(), AT, control=dark)
    assert effect.refused == "of the control, only 17 % of the time after it was seen"


def test_wrong_use_is_an_error() -> None:
    with pytest.raises(ValueError, match="hours: 1 to 168, not 0"):
        measure(series(), AT, hours=0)
    moved = replace(series(), start=START + HOUR)
    with pytest.raises(ValueError, match="the control's bins"):
        measure(series(), AT, control=moved)


def test_bins_may_be_longer_than_an_hour() -> None:
    dice = random.Random(1)
    counts = [dice.randint(40, 60) for _ in range(28 * 4)] + [200] * 4
    whole = Series(start=START, counts=counts, step=6 * HOUR)
    effect = measure(whole, START + timedelta(days=28))
    assert effect.posts == 800
    assert effect.expected == pytest.approx(200, rel=0.1)
    assert (effect.over, effect.told) == (24, "more")


# In words


def told(**changes: object) -> str:
    base = Effect(
        at=AT, hours=24, over=24, before=1, after=1, placebos=20,
        posts=214, expected=82.4, low=60, high=110,
    )  # fmt: skip
    return effects_told.verdict(replace(base, **changes))  # type: ignore[arg-type]


def test_a_verdict_is_a_plain_sentence() -> None:
    where = "where 60 to 110 were to be expected without it"
    assert (
        told() == f"214 posts in the 24 hours after, {where}: about 2.6 times as many."
    )
    assert told(posts=90).endswith("no effect that could be told from chance.")
    assert told(posts=20).endswith("about 76 % fewer.")
    assert told(low=0, high=3, expected=0.6, posts=12).endswith(
        "where 0 to 3 were to be expected without it: at least 4 times as many."
    )
    assert told(after=0.75).startswith(
        "214 posts in the 18 of the first 24 hours after that were seen, where"
    )
    assert told(over=1, hours=1, posts=1).startswith("1 post in the hour after")


def test_the_figures_have_their_intervals() -> None:
    effect = Effect(
        at=AT, hours=24, over=24, before=0.4, after=1, placebos=20,
        posts=214, expected=82.4, low=60, high=110, control=1.3,
    )  # fmt: skip
    first, second = effects_told.figures(effect)
    assert first == (
        "Expected 82; difference +132 (+104 to +154); 2.6 times the expected "
        "(1.9 to 3.6), in 95 of 100 cases."
    )
    assert second.startswith("In the same hours the control had 1.3 times")
    assert "Seen: 40 % of the 28 days before, 100 %" in effects_told.coverage(effect)


def test_a_change_in_the_watching_is_named() -> None:
    rows = [
        {
            "bucket": f"2026-03-0{day}T{hour:02}:00:00Z", "terms": 1 + (day > 2),
            "sources": 3, "left_out": "x, nostr",
        }
        for day in (2, 3) for hour in range(24)
    ]  # fmt: skip
    at = START + timedelta(days=1)
    terms, left = effects_told.changes(rows, at, 24)
    assert terms.startswith("The campaign was read with 2 terms after it and 1 before")
    assert left == "Left out, for too little was seen of them: x, nostr."
    assert effects_told.changes([], at, 24) == []
