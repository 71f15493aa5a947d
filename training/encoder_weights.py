"""From a trained adapter to what the engine reads, and to what `linear` learns from.

    python -m training.encoder_weights ADAPTER.npz [--soft SOFT.npz]

Writes groundswell/sentiment/weights/encoder.npz and encoder.json: the adapter, and the step
from its scores to probabilities, learnt on the validation file. --soft: the probabilities
of the training posts, in their order, for `python -m training.lexical --teacher`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from groundswell.evaluate import Labelled
from groundswell.prose import mask_of, prepare
from groundswell.sentiment.encoder import Network, centred
from groundswell.sentiment.encoder_text import written
from groundswell.sentiment.features import features
from groundswell.sentiment.linear import LinearEngine
from training import _data
from training.lexical import WEIGHTS

# Of `linear` beside the network, and how alike the classes are made: of a few of each,
# those with the best macro-recall and macro-F1 together on the validation file.
SHARE, FAIRNESS = 0.4, 0.7


def main() -> int:
    """Write, and say what was reached on the validation file."""
    asked = argparse.ArgumentParser()
    asked.add_argument("adapter", type=Path)
    asked.add_argument("--soft", type=Path)
    options = asked.parse_args()
    network = Network(options.adapter.read_bytes())
    held = _data.posts(_data.VALIDATION)
    own, theirs = scores(network, held), lexical(held)
    shares = [float((1 - SHARE) / own.std()), float(SHARE / theirs.std())]
    told, labels = blended(shares, own, theirs), np.asarray(_data.classes(held))
    counts = np.bincount(labels)
    weighed = (len(labels) / (3 * counts)) ** FAIRNESS
    step = LogisticRegression(C=0.3, class_weight=dict(enumerate(weighed)))
    step.fit(told, labels)
    for what, said in (
        ("as learnt", told.argmax(1)),
        ("calibrated", step.predict(told)),
    ):
        recalls = [(said[labels == kind] == kind).mean() for kind in range(3)]
        print(f"encoder, {what}: macro-recall on validation {np.mean(recalls):.4f}")
    found = {
        "weights": np.round(step.coef_, 6).tolist(),
        "bias": np.round(step.intercept_, 6).tolist(),
    }
    shutil.copy(options.adapter, WEIGHTS / "encoder.npz")
    whole = {"calibration": found, "shares": shares}
    text = json.dumps(whole, separators=(",", ":"))
    (WEIGHTS / "encoder.json").write_text(text, encoding="utf-8")
    if options.soft:
        train = scores(network, _data.posts(_data.TRAIN))
        alone = LogisticRegression(C=0.3, class_weight=dict(enumerate(weighed)))
        alone.fit(own, labels)
        np.savez_compressed(options.soft, soft=alone.predict_proba(train))
    return 0


def lexical(posts: list[Labelled]) -> np.ndarray:
    """The scores of `linear`, a row a post: centred, as the encoder takes them."""
    engine, mask = LinearEngine(), mask_of()
    rows = []
    for post in posts:
        prepared = prepare(post.text, mask)
        numbers, _ = features().of(prepared, post.text)
        rows.append(centred(engine.scores(numbers, prepared)))
    return np.asarray(rows)


def blended(shares: list[float], own: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Both on one scale, in the shares that were chosen."""
    return shares[0] * own + shares[1] * theirs


def scores(network: Network, posts: list[Labelled]) -> np.ndarray:
    """One row a post, in order."""
    mask = mask_of()
    texts = [written(post.text, mask) for post in posts]
    found = network.scores(list(dict.fromkeys(texts)))
    return np.asarray([centred(found[text]) for text in texts])


if __name__ == "__main__":
    sys.exit(main())
