"""Learn the weights of `social` and `linear`.

    python -m training.lexical [--teacher SOFT.npz]

Needs requirements/train.txt; some minutes on one core. Learnt from the SemEval 2013-16
tweets (CC BY 3.0); calibrated, and settings chosen, on the validation file; no test file is
read. --teacher: probabilities for the training posts, in their order, of a better model
(training/encoder.py --soft); `linear` learns from them as much as from the labels.

Writes groundswell/sentiment/weights/: numbers alone, no word of any post.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from groundswell.evaluate import Labelled
from groundswell.prose import mask_of, prepare
from groundswell.sentiment import ngrams
from groundswell.sentiment.features import NAMES, features
from training import _data

WEIGHTS = Path(__file__).parents[1] / "groundswell" / "sentiment" / "weights"
# Numbers that mean something together.
CROSSED = (
    "compound", "polarity", "last", "pictures_good", "pictures_bad", "exclaims", "asks",
    "negations", "length", "addresses", "known", "nothing", "people", "subjectivity",
    "after_but",
)  # fmt: skip
_CROSSED = [NAMES.index(name) for name in CROSSED]
_QUANTILES = (0.2, 0.4, 0.6, 0.8, 0.95)
Array = np.ndarray


def main() -> int:
    """Learn, say what was reached on the validation file, write."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--teacher", type=Path)
    options = asked.parse_args()
    train, held = _data.posts(_data.TRAIN), _data.posts(_data.VALIDATION)
    labels, held_labels = (np.asarray(_data.classes(one)) for one in (train, held))
    dense = Dense(numbers(train))
    x, x_held = dense.expanded(numbers(train)), dense.expanded(numbers(held))

    machine = LogisticRegression(C=0.05, class_weight="balanced", max_iter=1500)
    machine.fit(x, labels)
    told = x_held @ machine.coef_.T + machine.intercept_
    report("social", told, held_labels, None)
    # A logistic model with all classes alike gives probabilities as it is.
    write("social", dense.curves(machine.coef_, machine.intercept_), None)

    soft = np.load(options.teacher)["soft"] if options.teacher else np.eye(3)[labels]
    weights, bias = learn(sp.hstack([x * OWN, grams(train)]).tocsr(), soft)
    hashed = weights[:, x.shape[1] :] * SCALE
    scales = np.abs(hashed).max(1) / 127
    quantised = np.rint(hashed / scales[:, None]).astype(np.int8)
    weights[:, x.shape[1] :] = quantised * scales[:, None] / SCALE
    told = sp.hstack([x_held * OWN, grams(held)]).tocsr() @ weights.T + bias
    step = calibration(told, held_labels)
    report("linear", told, held_labels, step)
    (WEIGHTS / "linear.bin").write_bytes(quantised.tobytes())
    curves = dense.curves(weights[:, : x.shape[1]] * OWN, bias)
    write("linear", curves, step, scales=[float(s) for s in scales])
    return 0


# 0: classes as frequent as in the validation posts; 1: all alike, as macro-recall has it.
FAIRNESS = 1.0
# How much the hand-made numbers and the words weigh in the penalty, chosen on validation.
OWN, SCALE = 0.08, 2.0
PENALTY, STEPS = 0.5, 250


def numbers(posts: list[Labelled]) -> Array:
    """The numbers of features.NAMES, a row a post."""
    mask, read = mask_of(), features()
    return np.asarray(
        [read.of(prepare(post.text, mask), post.text)[0] for post in posts]
    )


class Dense:
    """The hand-made numbers as curves: bent at quantiles of the training posts, with a
    step at 0, and products of some of them."""

    def __init__(self, x: Array) -> None:
        self.low, self.high = (
            np.quantile(x, 0.0005, axis=0),
            np.quantile(x, 0.9995, axis=0),
        )
        self.low = np.minimum(self.low, 0.0)
        x = np.clip(x, self.low, self.high)
        self.knots = []
        for column in x.T:
            some = column[column != 0] if (column != 0).sum() > 500 else column
            bent = len(np.unique(column)) > 4
            self.knots.append(np.unique(np.quantile(some, _QUANTILES)) if bent else [])
        self.deviation = np.ones(1)
        self.mean = np.zeros(1)
        raw = self._raw(x)
        self.mean, self.deviation = raw.mean(0), raw.std(0) + 1e-9

    def _raw(self, x: Array) -> Array:
        columns = [x, (x != 0).astype(float)]
        columns += [
            np.maximum(0, x[:, [i]] - knot) - max(0.0, -knot)
            for i, knots in enumerate(self.knots)
            for knot in knots
        ]
        columns += [x[:, [a]] * x[:, [b]] for a, b in self._pairs()]
        return np.hstack(columns)

    @staticmethod
    def _pairs() -> list[tuple[int, int]]:
        return [(a, b) for n, a in enumerate(_CROSSED) for b in _CROSSED[:n]]

    def expanded(self, x: Array) -> Array:
        """All columns, each with mean 0 and deviation 1 over the training posts."""
        raw = self._raw(np.clip(x, self.low, self.high))
        return (raw - self.mean) / self.deviation

    def curves(self, weights: Array, bias: Array) -> dict[str, object]:
        """What models.Curves reads: the same function without the columns."""
        plain = weights / self.deviation
        start = bias - plain @ self.mean
        count = len(NAMES)
        place = 2 * count
        pieces = []
        for i, knots in enumerate(self.knots):
            own = plain[:, place : place + len(knots)]
            place += len(knots)
            pieces.append(
                [
                    [
                        value
                        for kind in range(3)
                        for value in self._line(
                            plain[kind, i],
                            plain[kind, count + i],
                            own[kind],
                            knots,
                            between,
                        )
                    ]
                    for between in range(len(knots) + 1)
                ]
            )
        return {
            "bounds": _rounded(np.stack([self.low, self.high], 1)),
            "knots": [_rounded(np.asarray(k)) for k in self.knots],
            "pieces": [[_rounded(np.asarray(line)) for line in one] for one in pieces],
            "crossed": _CROSSED,
            "pairs": _rounded(plain[:, place:].T),
            "bias": _rounded(start),
        }

    @staticmethod
    def _line(
        slope: float, step: float, bends: Array, knots: Array, passed: int
    ) -> tuple[float, float]:
        """Slope and height of a curve where so many knots lie to the left."""
        height = step - sum(w * max(0.0, -k) for w, k in zip(bends, knots, strict=True))
        for weight, knot in zip(bends[:passed], knots[:passed], strict=True):
            slope, height = slope + weight, height - weight * knot
        return slope, height


def _rounded(values: Array) -> list[object]:
    told: list[object] = np.round(values, 7).tolist()
    return told


def grams(posts: list[Labelled]) -> sp.csr_matrix:
    """Words, pairs and pieces by bucket, as models.Buckets weighs them."""
    mask = mask_of()
    known: dict[str, tuple[list[str], list[int]]] = {}
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for row, post in enumerate(posts):
        tokens, pieces = ["<"], []
        for part in prepare(post.text, mask).split():
            if part not in known:
                own = ngrams.tokens(part)
                known[part] = own, [b for t in own for b in ngrams.piece_buckets(t)]
            tokens += known[part][0]
            pieces += known[part][1]
        tokens.append(">")
        words = [ngrams.word_bucket(token) for token in tokens[1:-1]]
        words += [ngrams.pair_bucket(a, b) for a, b in pairwise(tokens)]
        for buckets in (pieces, words):
            rows += [row] * len(buckets)
            columns += buckets
            values += [SCALE / np.sqrt(len(buckets))] * len(buckets)
    shape = (len(posts), ngrams.BUCKETS)
    return sp.csr_matrix((values, (rows, columns)), shape=shape)


def learn(x: sp.csr_matrix, soft: Array) -> tuple[Array, Array]:
    """Weights, a row a class, and their bias: a softmax as near to the probabilities `soft`
    as the penalty lets it come. A teacher's tell more than labels: which posts are plain,
    and which could be read in two ways."""
    count, size = x.shape
    turned = x.T.tocsr()

    def loss(values: Array) -> tuple[float, Array]:
        weights, bias = values[:-3].reshape(size, 3), values[-3:]
        scores = x @ weights + bias
        scores -= scores.max(1, keepdims=True)
        given = np.exp(scores)
        given /= given.sum(1, keepdims=True)
        value = -(soft * np.log(given + 1e-9)).sum() + PENALTY / 2 * (weights**2).sum()
        slope = turned @ (given - soft) + PENALTY * weights
        return value / count, np.r_[slope.ravel(), (given - soft).sum(0)] / count

    found = minimize(
        loss, np.zeros(size * 3 + 3), jac=True, method="L-BFGS-B",
        options={"maxiter": STEPS, "maxcor": 8},
    ).x  # fmt: skip
    return found[:-3].reshape(size, 3).T, found[-3:]


def calibration(told: Array, labels: Array) -> LogisticRegression:
    """The step from scores to probabilities, the classes nearly as frequent as one
    another, learnt from posts that the weights had not seen."""
    counts = np.bincount(labels)
    weighed = (len(labels) / (3 * counts)) ** FAIRNESS
    step = LogisticRegression(C=1.0, class_weight=dict(enumerate(weighed)))
    return step.fit(told, labels)


def write(
    name: str,
    curves: dict[str, object],
    step: LogisticRegression | None,
    **more: object,
) -> None:
    weights, bias = (step.coef_, step.intercept_) if step else (np.eye(3), np.zeros(3))
    told = {"weights": _rounded(weights), "bias": _rounded(bias)}
    found = {"curves": curves, "calibration": told, **more}
    WEIGHTS.mkdir(exist_ok=True)
    text = json.dumps(found, separators=(",", ":"))
    (WEIGHTS / f"{name}.json").write_text(text, encoding="utf-8")


def report(
    name: str, told: Array, labels: Array, step: LogisticRegression | None
) -> None:
    said = {"as learnt": told.argmax(1)}
    if step is not None:
        said["calibrated"] = step.predict(told)
    for what, given in said.items():
        recalls = [(given[labels == kind] == kind).mean() for kind in range(3)]
        print(f"{name}, {what}: macro-recall on validation {np.mean(recalls):.4f}")


if __name__ == "__main__":
    sys.exit(main())
