"""The error bar: a sample of staff's labels corrects the shares, and says how well."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.sentiment.engines import LABELS
from groundswell.sentiment.shares import LEAST, corrected, effective

# An engine that finds too much bad and overlooks the good.
SAYS = {
    "negative": (0.80, 0.17, 0.03),
    "neutral": (0.32, 0.55, 0.13),
    "positive": (0.10, 0.30, 0.60),
}


def population(
    dice: random.Random, days: int, posts: int
) -> list[tuple[int, str, str]]:
    """(day, what the engine said, what is true), while the truth drifts from mostly
    neutral to mostly negative and the engine grows worse at it."""
    made = []
    for day in range(days):
        far = day / max(1, days - 1)
        true_shares = (0.2 + 0.35 * far, 0.55 - 0.3 * far, 0.25 - 0.05 * far)
        for _ in range(posts):
            (true,) = dice.choices(LABELS, true_shares)
            blurred = [(1 - 0.3 * far) * p + 0.1 * far for p in SAYS[true]]
            (said,) = dice.choices(LABELS, blurred)
            made.append((day, said, true))
    return made


@pytest.mark.parametrize("size", [LEAST, 200, 600])
def test_the_interval_covers_the_truth_as_often_as_it_says(size: int) -> None:
    """95 of 100, in a month in which both the truth and the engine's errors drift; the
    sample is drawn at random from the same month."""
    dice, hits, rounds = random.Random(size), 0, 150
    for _ in range(rounds):
        posts = population(dice, days=30, posts=40)
        drawn = Counter((said, true) for _, said, true in dice.sample(posts, size))
        found = corrected(Counter(said for _, said, _ in posts), drawn)
        assert found is not None
        true = Counter(label for _, _, label in posts)
        hits += sum(
            found[label].low <= true[label] / len(posts) <= found[label].high
            for label in LABELS
        )
    assert 0.93 <= hits / (rounds * len(LABELS)) <= 1.0


def drawn_daily(
    dice: random.Random, posts: list[tuple[int, str, str]], days: int
) -> list[dict[str, float | str]]:
    """As the monitor draws: each day ten posts of the week before. Rows of `labelled`."""
    by_day: dict[int, list[int]] = {}
    for number, (day, _, _) in enumerate(posts):
        by_day.setdefault(day, []).append(number)
    chosen: set[int] = set()
    rate: dict[int, float] = {}
    for day in range(1, days + 7):
        window = [n for d in range(max(0, day - 7), day) for n in by_day.get(d, [])]
        if window:
            chosen |= set(dice.sample(window, 10))
            for d in range(max(0, day - 7), day):
                rate[d] = rate.get(d, 0.0) + 10 / len(window)
    rows: dict[tuple[str, str], dict[str, float | str]] = {}
    for number in chosen:
        day, said, true = posts[number]
        row = rows.setdefault(
            (said, true),
            {"said": said, "label": true, "posts": 0, "weight": 0.0, "squares": 0.0},
        )
        weight = 1 / rate[day]
        for name, more in (("posts", 1), ("weight", weight), ("squares", weight**2)):
            row[name] = float(row[name]) + more
    return list(rows.values())


def test_daily_draws_hold_in_a_month_with_a_storm() -> None:
    """One day has thirty times the posts of others, mostly negative ones: what was drawn
    from quiet days stands for few posts, what was drawn from the storm for many."""
    dice, hits, rounds = random.Random(5), 0, 150
    for _ in range(rounds):
        posts = population(dice, days=30, posts=40)
        for _ in range(1_200):
            (true,) = dice.choices(LABELS, (0.75, 0.2, 0.05))
            (said,) = dice.choices(LABELS, SAYS[true])
            posts.append((18, said, true))
        sample = effective(drawn_daily(dice, posts, 30))
        found = corrected(Counter(said for _, said, _ in posts), sample)
        assert found is not None
        true_counts = Counter(label for _, _, label in posts)
        hits += sum(
            found[label].low <= true_counts[label] / len(posts) <= found[label].high
            for label in LABELS
        )
    assert 0.93 <= hits / (rounds * len(LABELS)) <= 1.0


def test_the_correction_takes_the_engines_bias_away() -> None:
    dice = random.Random(9)
    posts = population(dice, days=1, posts=20_000)
    counted = Counter(said for _, said, _ in posts)
    drawn = Counter((said, true) for _, said, true in dice.sample(posts, 2_000))
    found = corrected(counted, drawn)
    assert found is not None
    true = Counter(label for _, _, label in posts)["negative"] / len(posts)
    assert abs(found["negative"].counted - true) > 0.1
    assert abs(found["negative"].corrected - true) < 0.03


def test_too_small_a_sample_says_nothing() -> None:
    few = {("neutral", "neutral"): LEAST - 1}
    assert corrected({"neutral": 1000}, few) is None
    assert corrected({}, {("neutral", "neutral"): LEAST}) is None


counts = st.integers(0, 500)


@given(
    st.dictionaries(st.sampled_from(LABELS), counts),
    st.dictionaries(
        st.tuples(st.sampled_from(LABELS), st.sampled_from(LABELS)), counts
    ),
)
def test_shares_add_up_and_lie_in_their_intervals(
    counted: dict[str, int], sample: dict[tuple[str, str], int]
) -> None:
    found = corrected(counted, sample)
    if found is None:
        return
    assert sum(share.corrected for share in found.values()) == pytest.approx(1)
    for share in found.values():
        assert 0 <= share.low <= share.corrected + 1e-9
        assert share.corrected - 1e-9 <= share.high <= 1
