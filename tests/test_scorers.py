"""Engines as programs: their versions, what they load, purity, any text."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundswell.names import NAMES, TITLES
from groundswell.prose import MAX_CHARS, PREPARATION, mask_of, prepare
from groundswell.sentiment import (
    Document,
    Engine,
    load,
    score_documents,
    scorer,
)
from tests.engines import engine, polarity, score_texts

__all__ = ["engine"]  # fixtures


def test_the_scorer_names_every_version() -> None:
    from importlib.metadata import version

    assert (
        scorer(load("textblob")) == f"textblob/{version('textblob')}+prep{PREPARATION}"
    )
    blob, weights = scorer(load("linear")).rsplit("+", 1)
    assert blob == f"linear/{version('textblob')}+prep{PREPARATION}"
    assert re.fullmatch(r"[0-9a-f]{8}\.[0-9a-f]{8}", weights)
    with pytest.raises(
        LookupError, match="there are encoder, linear, social, textblob"
    ):
        load("none")


def test_a_change_of_preparation_is_a_new_version() -> None:
    """When this fails, raise PREPARATION and write the new digest here."""
    names = "\n".join([*NAMES, "", *TITLES])
    digest = hashlib.sha256(names.encode()).hexdigest()[:12]
    assert (PREPARATION, digest) == (2, "1e327a888eef")


def test_nothing_heavy_is_imported_before_a_score() -> None:
    code = (
        "import sys, groundswell.sentiment as s; s.load();"
        "sys.exit(bool({'textblob', 'nltk', 'eldc'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_score_needs_no_corpus_and_no_network(tmp_path: Path) -> None:
    """Where nltk has no data at all and an audit hook forbids sockets."""
    code = """
import sys
from groundswell.sentiment import Document, load, score_documents
def forbid(event, args):
    if event.startswith(("socket.connect", "socket.getaddrinfo", "urllib", "subprocess")):
        raise RuntimeError(event)
sys.addaudithook(forbid)
(result,) = score_documents([Document("a good day", "en")], load())
sys.exit(result.polarity != 0.7)
"""
    env = {**os.environ, "NLTK_DATA": str(tmp_path), "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=env)


def _sample() -> list[str]:
    words = ["not", "very", "good", "bad", "really", "awful", ":)", "!", "great"]
    words += ["Britain", "isn't", "the", "a"]
    choose = random.Random(2)
    return [" ".join(choose.choices(words, k=12)) for _ in range(300)]


def test_scoring_is_pure(engine: Engine) -> None:
    texts = _sample()
    expected = dict(zip(texts, score_texts(texts), strict=True))
    shuffled = random.Random(3).sample(texts, len(texts))
    assert score_texts(shuffled) == [expected[text] for text in shuffled]
    assert pickle.loads(pickle.dumps(engine)).version == engine.version  # noqa: S301
    with ThreadPoolExecutor(4) as pool:
        ones = pool.map(lambda text: score_texts([text])[0], texts)
        assert list(ones) == [expected[text] for text in texts]


def test_another_process_agrees(engine: Engine) -> None:
    documents = [Document(text, "en") for text in _sample()]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        apart = pool.submit(score_documents, documents, engine).result()
    assert apart == score_documents(documents, engine)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="goad not!:()'’&;#@\n.\0\ud800é🎉", max_size=60))
def test_any_text_scores_or_says_why(text: str) -> None:
    (result,) = score_documents([Document(text, "en")], load())
    if result.unscored is None:
        assert result.polarity is not None
        assert result.subjectivity is not None
        assert -1 <= result.polarity <= 1
        assert 0 <= result.subjectivity <= 1
    else:
        assert result.unscored == "empty"


@pytest.mark.parametrize("piece", ["(", "good! ", "n't", "&amp;", "@a", "RT @a: ", "'"])
def test_huge_text_is_cut(piece: str) -> None:
    huge = "A good day. " + piece * (100_000 // len(piece))
    assert len(prepare(huge, mask_of())) <= MAX_CHARS
    assert polarity(huge) is not None
