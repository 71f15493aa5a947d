"""The models' arithmetic: numbers of a post in, three probabilities out. No framework.

What was learnt stands in weights/, made by `training/`; it holds numbers alone.
"""

from __future__ import annotations

import json
import math
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from itertools import pairwise
from typing import Any

from groundswell.sentiment import ngrams
from groundswell.sentiment.memory import Memory

Three = tuple[float, float, float]  # for negative, neutral, positive
# What stands between two spaces: its pieces' sums and number, its words' sums, its words.
_Weighed = tuple[Sequence[float], Sequence[float], list[str]]
_REMEMBERED = 60_000


@dataclass(frozen=True, slots=True)
class Curves:
    """A sum of curves, one for each number, each straight between its knots, and of
    products of two numbers.

    bounds: what a number is at least and at most: longer texts than were learnt from are
    read as the longest of those. pieces: of each number, for each stretch between knots,
    slope and height for each class, so that it is 0 at 0. pairs: numbers and weights.
    """

    bounds: Sequence[tuple[float, float]]
    knots: Sequence[Sequence[float]]
    pieces: Sequence[Sequence[Sequence[float]]]
    pairs: Mapping[tuple[int, int], Three]
    crossed: Sequence[int]
    bias: Three

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Curves:
        """From the JSON that training writes."""
        crossed = [int(index) for index in told["crossed"]]
        pairs = [(a, b) for n, a in enumerate(crossed) for b in crossed[:n]]
        return cls(
            bounds=[(low, high) for low, high in told["bounds"]],
            knots=told["knots"],
            pieces=told["pieces"],
            pairs={
                pair: (w[0], w[1], w[2])
                for pair, w in zip(pairs, told["pairs"], strict=True)
            },
            crossed=crossed,
            bias=(told["bias"][0], told["bias"][1], told["bias"][2]),
        )

    def scores(self, numbers: Sequence[float]) -> list[float]:
        """One for each class."""
        first, second, third = self.bias
        held: dict[int, float] = {}
        for index, number in enumerate(numbers):
            if not number:
                continue
            low, high = self.bounds[index]
            value = low if number < low else min(number, high)
            piece = self.pieces[index][bisect_right(self.knots[index], value)]
            first += piece[0] * value + piece[1]
            second += piece[2] * value + piece[3]
            third += piece[4] * value + piece[5]
            held[index] = value
        crossed = [index for index in self.crossed if index in held]
        for place, a in enumerate(crossed):
            for b in crossed[:place]:
                weights, product = self.pairs[a, b], held[a] * held[b]
                first += weights[0] * product
                second += weights[1] * product
                third += weights[2] * product
        return [first, second, third]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores to probabilities: three times three weights and a bias, then softmax."""

    weights: Sequence[Sequence[float]]
    bias: Sequence[float]

    def probabilities(self, scores: Sequence[float]) -> Three:
        """They add up to 1."""
        a, b, c = scores
        told = [
            w[0] * a + w[1] * b + w[2] * c + bias
            for w, bias in zip(self.weights, self.bias, strict=True)
        ]
        most = max(told)
        first, second, third = (math.exp(value - most) for value in told)
        whole = first + second + third
        return first / whole, second / whole, third / whole


class Buckets:
    """Weights of words, pairs and pieces by bucket: ngrams.py says what is weighed.

    Safe in threads: what it remembers of a word can only be lost.
    """

    def __init__(self, packed: bytes, scales: Sequence[float]) -> None:
        size = ngrams.BUCKETS
        self._weights = [
            array("b", packed[n * size : (n + 1) * size]) for n in range(3)
        ]
        self._scales = scales
        self._parts: Memory[_Weighed] = Memory(_REMEMBERED)

    def scores(self, prepared: str) -> list[float]:
        """One for each class: what the pieces and the words weigh, each by the root of
        their number."""
        one, two, three = self._weights
        p1 = p2 = p3 = p_count = w1 = w2 = w3 = 0.0
        words = 0
        before = "<"
        known = self._parts.get
        for part in prepared.split():
            pieces, own, tokens = known(part) or self._part(part)
            p1, p2, p3 = p1 + pieces[0], p2 + pieces[1], p3 + pieces[2]
            p_count += pieces[3]
            if not tokens:
                continue
            bucket = ngrams.pair_bucket(before, tokens[0])
            w1, w2, w3 = (
                w1 + own[0] + one[bucket],
                w2 + own[1] + two[bucket],
                w3 + own[2] + three[bucket],
            )
            words += 2 * len(tokens)
            before = tokens[-1]
        last = ngrams.pair_bucket(before, ">")
        w1, w2, w3 = w1 + one[last], w2 + two[last], w3 + three[last]
        by_piece, by_word = math.sqrt(p_count) or 1.0, math.sqrt(words + 1)
        return [
            scale * (piece / by_piece + word / by_word)
            for scale, piece, word in zip(
                self._scales, (p1, p2, p3), (w1, w2, w3), strict=True
            )
        ]

    def _part(self, part: str) -> _Weighed:
        tokens = ngrams.tokens(part)
        pieces = [bucket for token in tokens for bucket in ngrams.piece_buckets(token)]
        own = [ngrams.word_bucket(token) for token in tokens]
        own += [ngrams.pair_bucket(a, b) for a, b in pairwise(tokens)]
        found = (
            (*(sum(map(w.__getitem__, pieces)) for w in self._weights), len(pieces)),
            tuple(sum(map(w.__getitem__, own)) for w in self._weights),
            tokens,
        )
        return self._parts.keep(part, found)


def weights(name: str) -> tuple[dict[str, Any], str]:
    """What stands in weights/NAME.json, and the first part of its SHA-256."""
    raw = packed(f"{name}.json")
    found: dict[str, Any] = json.loads(raw)
    return found, sha256(raw).hexdigest()[:8]


def packed(name: str) -> bytes:
    """A file of weights."""
    return files("groundswell.sentiment").joinpath("weights", name).read_bytes()
