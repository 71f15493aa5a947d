"""Posts in, scores for the store out: language, then the engine that knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from db.records import Score
from groundswell import sentiment
from groundswell.language import Detector
from groundswell.sentiment import Words


@dataclass(frozen=True, slots=True)
class Scorer:
    """mask: names and watch terms that must not weigh in a score."""

    engine: sentiment.Engine
    detector: Detector
    mask: Sequence[str] = field(default=())

    @property
    def name(self) -> str:
        """What a scored row's `scorer` holds: the engine and its version."""
        return sentiment.scorer(self.engine)

    def score(self, posts: Sequence[Words]) -> list[Score]:
        """One score a post, in order."""
        results = sentiment.score_posts(posts, self.engine, self.detector, self.mask)
        return [
            Score(
                lang=result.lang,
                polarity=result.polarity,
                subjectivity=result.subjectivity,
                sentiment=result.sentiment,
                confidence=result.confidence,
                unscored=result.unscored,
                scorer=self.name,
                evidence=result.evidence,
            )
            for result in results
        ]
