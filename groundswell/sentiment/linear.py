"""`linear`: what `social` weighs, and every word, pair of words and piece of a word."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from groundswell.sentiment import models
from groundswell.sentiment.social import SocialEngine


class LinearEngine(SocialEngine):
    """The default: 0.8 MB of weights, no further library. Weights: training/lexical.py."""

    name = "linear"

    def __init__(self) -> None:
        super().__init__()
        told, _ = models.weights(self.name)
        packed = models.packed("linear.bin")
        self._buckets = models.Buckets(packed, told["scales"])
        self.version += f".{sha256(packed).hexdigest()[:8]}"

    def scores(self, numbers: Sequence[float], prepared: str) -> Sequence[float]:
        """One for each of LABELS."""
        worn = self._buckets.scores(prepared)
        return [a + b for a, b in zip(self._curves.scores(numbers), worn, strict=True)]
