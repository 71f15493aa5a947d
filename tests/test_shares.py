"""The error bar: a sample of staff's labels corrects the shares, and says how well."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundswell.sentiment.engines import LABELS
from groundswell.sentiment.shares import LEAST, corrected

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
