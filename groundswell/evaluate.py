"""How good the scores are, against posts that people have labelled.

`python -m groundswell.evaluate FILE.tsv...` prints the figures of docs/sentiment.md.
A file has four tab-separated columns, UTF-8, no header: id, lang, label, text.
"""

from __future__ import annotations

import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from groundswell.language import UNDETERMINED, Detector, EldcDetector, decide
from groundswell.sentiment import Document, Engine, load, score_documents, scorer

LABELS = ("negative", "neutral", "positive")
_SHORT = {"neg": "negative", "neu": "neutral", "pos": "positive"}
_CHUNK = 500


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
class Quality:
    """What an engine made of labelled posts; unscored ones are counted by reason."""

    confusion: Confusion
    unscored: Mapping[str, int]


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
    pairs: Counter[tuple[str, str]] = Counter()
    unscored: Counter[str] = Counter()
    rest = iter(posts)
    while chunk := list(islice(rest, _CHUNK)):
        documents = [Document(post.text, _lang_of(post, detector)) for post in chunk]
        for post, result in zip(chunk, score_documents(documents, engine), strict=True):
            if result.sentiment is None:
                unscored[result.unscored or ""] += 1
            else:
                pairs[post.label, result.sentiment] += 1
    return Quality(Confusion(pairs), unscored)


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


def _report(path: Path, engine: Engine, detector: Detector) -> str:
    posts = list(read_labelled(path))
    quality = measure(posts, engine)
    lines = [
        f"{path.name}  sha256 {sha256_of(path)[:16]}",
        f"  {len(posts)} posts, {quality.confusion.total} scored by {scorer(engine)}",
        *(f"  unscored: {count} {why}" for why, count in quality.unscored.items()),
        *_figures(quality.confusion),
        _languages(posts, detector),
    ]
    return "\n".join(lines)


def _figures(found: Confusion) -> list[str]:
    if not found.total:
        return []
    measures = {
        "macro-recall": found.macro_recall,
        "macro-F1": found.macro_f1,
        "accuracy": found.accuracy,
    }
    shares = " / ".join(f"{100 * found.share(label):.1f}" for label in LABELS)
    return [
        "".join(f"  {name} {100 * value:.2f}" for name, value in measures.items()),
        f"  recall of negative / neutral / positive: {shares}",
    ]


def _languages(posts: Sequence[Labelled], detector: Detector) -> str:
    found = Counter(_lang_of(post, detector) for post in posts)
    unsure = found.pop(UNDETERMINED, 0)
    top = ", ".join(f"{code} {count}" for code, count in found.most_common(5))
    return f"  languages by the text alone: {top}; not sure {unsure}"


def main(arguments: Sequence[str]) -> int:
    """Print the figures of each file. Returns the exit code."""
    if not arguments:
        print("usage: python -m groundswell.evaluate FILE.tsv...", file=sys.stderr)
        return 2
    engine, detector = load(), EldcDetector()
    paths = [Path(argument) for argument in arguments]
    for path in paths:
        print(_report(path, engine, detector))
    posts = [post for path in paths for post in read_labelled(path)]
    if len({post.lang for post in posts}) > 1:
        found = gate(posts, "en", detector)
        print(
            f"English gate over all {found.posts} posts: precision "
            f"{100 * found.precision:.2f}, recall {100 * found.recall:.2f}"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
