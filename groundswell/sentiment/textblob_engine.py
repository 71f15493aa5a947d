"""`textblob`: TextBlob's own polarity on prepared text, for who asks what TextBlob says."""

from __future__ import annotations

from groundswell.prose import PREPARATION
from groundswell.sentiment.engines import Label, Look, WordEngine
from groundswell.sentiment.faces import with_faces
from groundswell.sentiment.textblob_reader import Pair, reader, version

# From here on TextBlob's polarity is called positive: the value of best macro-recall on the
# training posts (sentiment.md section 3.1). Below 0 it is negative.
POSITIVE_FROM = 0.143


def read(prepared: str) -> Pair:
    """TextBlob's polarity and subjectivity of prepared text, which every engine gives."""
    return reader()(with_faces(prepared))


class TextBlobEngine(WordEngine):
    """It has no confidence to give. 0.0 often means that TextBlob knows none of the words
    (docs/sentiment.md): then its subjectivity is 0.0 too, and there was no evidence."""

    name = "textblob"

    def __init__(self) -> None:
        super().__init__()
        self.version = f"{version()}+prep{PREPARATION}"

    def look(self, prepared: str, original: str) -> Look:
        """The polarity decides."""
        del original
        polarity, subjectivity = read(prepared)
        label: Label = "negative" if polarity < 0 else "neutral"
        if polarity >= POSITIVE_FROM:
            label = "positive"
        evidence = bool(polarity or subjectivity)
        return Look(polarity, subjectivity, label, None, evidence)
