"""How good the scores are, against posts that people have labelled: the measures.

A file has four tab-separated columns, UTF-8, no header: id, lang, label, text. The command
is `groundswell evaluate` (cli/evaluate.py); docs/accuracy.md holds its figures.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import TypeVar

from groundswell.language import Detector, decide
from groundswell.sentiment import Document, Engine, score_documents
from groundswell.sentiment.engines import LABELS
from groundswell.sentiment.faces import PICTURE

_SHORT = {"neg": "negative", "neu": "neutral", "pos": "positive"}
_CHUNK = 500
_Cell = TypeVar("_Cell", bound=tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Labelled:
    """A post and what people said of it; lang is a BCP 47 tag."""

    lang: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often a label was given where another, or the same, was true."""

    counts: Mapping[tuple[str, str], int]  # (true, given)

    def share(self, true: str) -> float:
        """The recall of a label: found, of those that have it. 0 where none has it."""
        return _ratio(self._hits(true), self._sum(true=true))

    def precision(self, given: str) -> float:
        """Right, of those that were given the label. 0 where none was."""
        return _ratio(self._hits(given), self._sum(given=given))

    @property
    def total(self) -> int:
        """Posts that were compared."""
        return sum(self.counts.values())

    @property
    def accuracy(self) -> float:
        """Right, of all."""
        return _ratio(sum(self._hits(label) for label in LABELS), self.total)

    @property
    def macro_recall(self) -> float:
        """The mean of the three recalls (SemEval-2017's number; guessing gives 1/3)."""
        return sum(map(self.share, LABELS)) / len(LABELS)

    @property
    def macro_f1(self) -> float:
        """The mean of the three F1."""
        return sum(map(self._f1, LABELS)) / len(LABELS)

    def _f1(self, label: str) -> float:
        precision, recall = self.precision(label), self.share(label)
        return _ratio(2 * precision * recall, precision + recall)

    def _hits(self, label: str) -> int:
        return self.counts.get((label, label), 0)

    def _sum(self, *, true: str | None = None, given: str | None = None) -> int:
        return sum(
            count
            for (was, said), count in self.counts.items()
            if true in (None, was) and given in (None, said)
        )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """A labelled post and what an engine said of it; unscored: why it said nothing."""

    post: Labelled
    said: str | None
    confidence: float | None
    unscored: str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What an engine made of labelled posts; unscored ones are counted by reason."""

    cases: Sequence[Case]

    @property
    def confusion(self) -> Confusion:
        """Of those that it scored."""
        return compare((c.post.label, c.said) for c in self.cases if c.said is not None)

    @property
    def unscored(self) -> Mapping[str, int]:
        """How many it did not score, by reason."""
        return Counter(c.unscored for c in self.cases if c.unscored is not None)


@dataclass(frozen=True, slots=True)
class Gate:
    """How well one language is told from the others."""

    precision: float
    recall: float
    posts: int


def compare(pairs: Iterable[tuple[str, str]]) -> Confusion:
    """A confusion of (true, given) labels. Raises ValueError for a word that is none."""
    counts = Counter(pairs)
    strange = {label for pair in counts for label in pair} - set(LABELS)
    if strange:
        raise ValueError(f"not a label: {', '.join(sorted(strange))}")
    return Confusion(counts)


def read_labelled(path: Path) -> Iterator[Labelled]:
    """A file's posts. Raises ValueError with the line that cannot be read."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            columns = line.rstrip("\n").split("\t", 3)
            if len(columns) != 4 or columns[2] not in _SHORT:
                raise ValueError(
                    f"{path.name}, line {number}: want id, lang, neg|neu|pos, text"
                )
            yield Labelled(columns[1], _SHORT[columns[2]], columns[3])


def sha256_of(path: Path) -> str:
    """A file's SHA-256, in hex: a figure belongs to the very bytes it was measured on."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def measure(
    posts: Iterable[Labelled], engine: Engine, detector: Detector | None = None
) -> Quality:
    """Score labelled posts: each as of its labelled language, or as a detector finds."""
    cases: list[Case] = []
    rest = iter(posts)
    while chunk := list(islice(rest, _CHUNK)):
        results = score_documents(documents(chunk, detector), engine)
        cases += [
            Case(post, result.sentiment, result.confidence, result.unscored)
            for post, result in zip(chunk, results, strict=True)
        ]
    return Quality(cases)


def documents(
    posts: Sequence[Labelled], detector: Detector | None = None
) -> list[Document]:
    """The posts as an engine takes them."""
    return [Document(post.text, _lang_of(post, detector)) for post in posts]


def _lang_of(post: Labelled, detector: Detector | None) -> str:
    if detector is None:
        return post.lang
    return decide(post.text, None, detector=detector).code


def gate(posts: Iterable[Labelled], code: str, detector: Detector) -> Gate:
    """The precision and recall of one language, by the text alone."""
    counts = Counter(
        (post.lang == code, _lang_of(post, detector) == code) for post in posts
    )
    right = counts[True, True]
    return Gate(
        precision=_ratio(right, right + counts[False, True]),
        recall=_ratio(right, right + counts[True, False]),
        posts=counts.total(),
    )


# Resampling: what the figures would be, had other posts of the same kind been labelled.
ROUNDS, _SEED = 500, 7
_OUTER = 0.025


def interval(
    quality: Quality, figure: Callable[[Confusion], float]
) -> tuple[float, float]:
    """In which a figure lies in 95 of 100 cases."""
    told = sorted(figure(found) for found in _resampled(quality.confusion.counts))
    return _bounds(told)


def difference(
    one: Quality, other: Quality, figure: Callable[[Confusion], float]
) -> tuple[float, float, float]:
    """By how much the second is better on posts that both scored, and its bounds."""
    both = Counter(
        (a.post.label, a.said, b.said)
        for a, b in zip(one.cases, other.cases, strict=True)
        if a.said is not None and b.said is not None
    )

    def gain(counts: Mapping[tuple[str, str, str], int]) -> float:
        first: Counter[tuple[str, str]] = Counter()
        second: Counter[tuple[str, str]] = Counter()
        for (true, said, also), count in counts.items():
            first[true, said] += count
            second[true, also] += count
        return figure(Confusion(second)) - figure(Confusion(first))

    told = sorted(gain(counts) for counts in _redrawn(both))
    return gain(both), *_bounds(told)


def relabelled(first: Quality, second: Quality) -> dict[str, int]:
    """The posts that the second engine labels otherwise than the first, both having scored
    them: all, those where it alone is right, and those where the first one was."""
    pairs = zip(first.cases, second.cases, strict=True)
    other = [(a, b) for a, b in pairs if a.said and b.said and a.said != b.said]
    return {
        "relabelled": len(other),
        "mended": sum(b.said == b.post.label for _, b in other),
        "spoilt": sum(a.said == a.post.label for a, _ in other),
    }


def _resampled(counts: Mapping[tuple[str, str], int]) -> Iterator[Confusion]:
    return map(Confusion, _redrawn(counts))


def _redrawn(counts: Mapping[_Cell, int]) -> Iterator[Counter[_Cell]]:
    dice, cells = Random(_SEED), list(counts)  # noqa: S311 - no secret
    weights, total = [counts[cell] for cell in cells], sum(counts.values())
    for _ in range(ROUNDS if total else 0):
        yield Counter(dice.choices(cells, weights, k=total))


def _bounds(told: Sequence[float]) -> tuple[float, float]:
    if not told:
        return 0.0, 0.0
    last = len(told) - 1
    return told[round(_OUTER * last)], told[round((1 - _OUTER) * last)]


def calibration_error(quality: Quality) -> float | None:
    """By how much confidence and accuracy differ, over tenths of confidence, weighted by
    their posts; None for an engine that tells none."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for case in quality.cases:
        if case.confidence is not None:
            right = case.said == case.post.label
            place = min(int(case.confidence * 10), 9)
            bins.setdefault(place, []).append((case.confidence, right))
    total = sum(map(len, bins.values()))
    if not total:
        return None
    return sum(
        abs(sum(c for c, _ in one) - sum(right for _, right in one)) / total
        for one in bins.values()
    )


def coverage(
    quality: Quality, steps: Sequence[float] = (0.5, 0.6, 0.7, 0.8, 0.9)
) -> list[tuple[float, float, float]]:
    """For each confidence: the share of scored posts with at least it, and how many of
    those are right. Empty for an engine that tells none."""
    told = [c for c in quality.cases if c.confidence is not None]
    found = []
    for step in steps if told else ():
        kept = [c for c in told if (c.confidence or 0) >= step]
        right = sum(c.said == c.post.label for c in kept)
        found.append((step, _ratio(len(kept), len(told)), _ratio(right, len(kept))))
    return found


_NEGATION = re.compile(
    r"\b(?:not|no|never|nobody|nothing|cannot)\b|n[’']t\b", re.IGNORECASE
)
GROUPS: Mapping[str, Callable[[Labelled], str]] = {
    "lang": lambda post: post.lang,
    "emoji": lambda post: "emoji" if PICTURE.search(post.text) else "no emoji",
    "negation": lambda post: "negation" if _NEGATION.search(post.text) else "none",
    "hashtag": lambda post: "hashtag" if "#" in post.text else "no hashtag",
    "length": lambda post: (
        "under 50" if len(post.text) < 50 else "50 to 99" if len(post.text) < 100
        else "100 and more"
    ),
}  # fmt: skip


def by_group(quality: Quality, name: str) -> dict[str, Quality]:
    """The same posts, apart by a property: one of GROUPS."""
    parts: dict[str, list[Case]] = {}
    for case in quality.cases:
        parts.setdefault(GROUPS[name](case.post), []).append(case)
    return {told: Quality(cases) for told, cases in sorted(parts.items())}


def rate(posts: Sequence[Labelled], engine: Engine, times: int = 5) -> float:
    """Posts a second of one processor's time, language given: the median of some runs.
    Words that were met before are remembered, as in a monitor that runs; texts are not."""
    if not posts:
        return 0.0
    # Of a slow engine a few hundred posts tell.
    some = documents(posts[: min(len(posts), 100)])
    one = _cost(some, engine)
    texts = documents(posts[: max(len(some), round(_LONG_ENOUGH_S / one))])
    return 1 / median(_cost(texts, engine) for _ in range(times))


_LONG_ENOUGH_S = 1.0


def _cost(texts: Sequence[Document], engine: Engine) -> float:
    """Seconds of a processor for each text."""
    engine.forget()
    began = time.process_time()
    for start in range(0, len(texts), _CHUNK):
        score_documents(texts[start : start + _CHUNK], engine)
    return (time.process_time() - began) / len(texts) or 1e-9
