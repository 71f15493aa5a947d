"""`social`: TextBlob's and VADER's words, emoji and the look of a post, weighed by a small
logistic model."""

from __future__ import annotations

from collections.abc import Sequence

from groundswell.prose import PREPARATION
from groundswell.sentiment import models, textblob_engine
from groundswell.sentiment.engines import LABELS, Look, WordEngine
from groundswell.sentiment.faces import PICTURE
from groundswell.sentiment.features import features, has_evidence
from groundswell.sentiment.textblob_reader import Pair, version


class SocialEngine(WordEngine):
    """Confidence is the probability of the label. Weights: training/lexical.py."""

    name = "social"

    def __init__(self) -> None:
        super().__init__()
        told, sha = models.weights(self.name)
        self._curves = models.Curves.read(told["curves"])
        self._calibration = models.Calibration(**told["calibration"])
        self.version = f"{version()}+prep{PREPARATION}+{sha}"

    def look(self, prepared: str, original: str) -> Look:
        """The likeliest label."""
        numbers, pair = features().of(prepared, original)
        chances = self._calibration.probabilities(self.scores(numbers, prepared))
        return likeliest(chances, prepared, pair, evidence=has_evidence(numbers))

    def scores(self, numbers: Sequence[float], prepared: str) -> Sequence[float]:
        """One for each of LABELS."""
        del prepared
        return self._curves.scores(numbers)


def likeliest(
    chances: Sequence[float], prepared: str, pair: Pair, *, evidence: bool
) -> Look:
    """pair: TextBlob's numbers of the words, without emoji."""
    if not prepared.isascii() and PICTURE.search(prepared):
        pair = textblob_engine.read(prepared)
    most = max(chances)
    return Look(*pair, LABELS[list(chances).index(most)], round(most, 4), evidence)
