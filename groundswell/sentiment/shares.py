"""How many posts are really negative, neutral or positive: what the engine counted,
corrected by what staff found in a random sample of the same posts.

Of each label that the engine gave, the sample says how often which label was right; that,
weighted by how often the engine gave it, estimates the true shares whatever the engine's
bias is (a matrix measured on other posts does not: sentiment.md section 3.3). The error is
that of a sample drawn within each of the engine's labels, and none of other posts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundswell.sentiment.engines import LABELS

# Under so many labelled posts an interval says more about chance than about the campaign.
LEAST = 60
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """A label's share of the scored posts: as the engine counted, as corrected, and in
    which the true one lies in 95 of 100 cases."""

    counted: float
    corrected: float
    low: float
    high: float


def effective(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    """Rows of the published query `labelled` as a sample for `corrected`: posts that stand
    for many others count for more, and all together for fewer than they are (Kish's
    effective sample size, within each of the engine's labels). Unclear ones are left out.
    """
    clear = [row for row in rows if row["label"] in LABELS]
    found: dict[tuple[str, str], float] = {}
    for said in LABELS:
        own = [row for row in clear if row["said"] == said]
        weight = sum(row["weight"] for row in own)
        squares = sum(row["squares"] for row in own)
        for row in own:
            found[said, row["label"]] = row["weight"] * weight / squares
    return found


def corrected(
    counted: Mapping[str, int], sample: Mapping[tuple[str, str], float]
) -> dict[str, Share] | None:
    """counted: posts by the engine's label. sample: labelled posts by (the engine's label,
    people's label), drawn at random from those posts. None where fewer than LEAST were
    labelled, or nothing was counted.
    """
    total = sum(counted.get(label, 0) for label in LABELS)
    if not total or sum(sample.values()) < LEAST:
        return None
    overall = {
        true: (sum(sample.get((said, true), 0) for said in LABELS) + 1)
        / (sum(sample.values()) + len(LABELS))
        for true in LABELS
    }
    found: dict[str, Share] = {}
    for true in LABELS:
        share = variance = 0.0
        for said in LABELS:
            weight = counted.get(said, 0) / total
            rate, error = _rate(sample, said, true, overall[true])
            share += weight * rate
            variance += weight**2 * error
        low, high = _interval(share, variance)
        found[true] = Share(counted.get(true, 0) / total, share, low, high)
    return found


def _rate(
    sample: Mapping[tuple[str, str], float], said: str, true: str, usual: float
) -> tuple[float, float]:
    """How often a label is right where the engine gave another, or the same, and the
    variance of that. Of a label that was hardly sampled the whole sample speaks: one post's
    worth of it is added."""
    count = sum(sample.get((said, label), 0) for label in LABELS)
    rate = (sample.get((said, true), 0) + usual) / (count + 1)
    return rate, rate * (1 - rate) / (count + 1)


def _interval(share: float, variance: float) -> tuple[float, float]:
    """Wilson's, for as many posts as would have this variance."""
    if variance <= 0:
        return share, share
    count = max(share * (1 - share) / variance, 1.0)
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    half = (
        _Z
        / (1 + _Z**2 / count)
        * math.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    )
    return max(0.0, middle - half), min(1.0, middle + half)
