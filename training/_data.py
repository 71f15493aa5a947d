"""Labelled posts for training and for choosing settings; never a test file."""

from __future__ import annotations

import os
from pathlib import Path

from groundswell.evaluate import Labelled, read_labelled
from groundswell.sentiment.engines import LABELS

FOLDER = (
    Path(
        os.environ.get(
            "GROUNDSWELL_SHARED", Path(__file__).parents[1].parent / "shared"
        )
    )
    / "sentiment"
)
TRAIN, VALIDATION = "semeval2013-16_train.tsv", "tweeteval_val.tsv"


def posts(name: str) -> list[Labelled]:
    """The posts of one of the two files. Raises ValueError for any other."""
    if name not in (TRAIN, VALIDATION):
        raise ValueError(f"{name} is not for training")
    return list(read_labelled(FOLDER / name))


def classes(found: list[Labelled]) -> list[int]:
    """Their labels as numbers: 0 negative, 1 neutral, 2 positive."""
    return [LABELS.index(post.label) for post in found]
