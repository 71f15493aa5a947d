"""Scoring: each engine beside stock TextBlob, and by two processes beside one.

    ./run bench scoring

One core: each engine scores made-up posts, as does `TextBlob(text).sentiment`, by turns in
one process; the ratio is of the medians of processor time. Words that were met before are
remembered, as in a monitor that runs; texts are not met twice. Two processes: the same
texts scored by one process and by two, wall time; and a made-up store rescored, start and
storing included.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from benchmarks import stored
from benchmarks._figures import note
from db.connection import open_database
from db.rescoring import StoredWords
from groundswell import sentiment, workers
from groundswell.language import EldcDetector
from groundswell.rescoring import rescore
from groundswell.scoring import Scorer
from groundswell.sentiment import Document, score_documents

TEXTS, POSTS = 4_000, 60_000
_ROUNDS = 3
_WORDS = [
    "the",
    "members",
    "were",
    "told",
    "a",
    "very",
    "different",
    "story",
    "about",
    "reading",
    "room",
    "today",
    "what",
    "wonderful",
    "evening",
    "thank",
    "you",
    "to",
    "everybody",
    "who",
    "came",
    "and",
    "helped",
    "nobody",
    "knows",
    "where",
    "second",
    "memo",
    "went",
    "that",
    "is",
    "disgrace",
    "doors",
    "open",
    "at",
    "six",
    "agenda",
    "on",
    "table",
    "by",
    "window",
    "not",
    "good",
    "really",
    "bad",
    "never",
    "love",
    "hate",
    "great",
    "awful",
    "terrible",
    "amazing",
    "sad",
    "happy",
    "why",
    "how",
    "this",
    "so",
    "much",
    "people",
    "vote",
    "leak",
    "party",
    "leader",
    "meeting",
    "report",
    "news",
    "shame",
    "proud",
    "angry",
    "hope",
    "fear",
    "lies",
    "truth",
    "support",
]
_AIMS = {"textblob": "4 times", "social": "12,000", "linear": "4,000", "encoder": "100"}


def main(texts: int = TEXTS, posts: int = POSTS, rounds: int = _ROUNDS) -> int:
    """Note each engine's rate, and that of rescoring by one and by two processes."""
    made = made_up(texts)
    documents = [Document(text, "en") for text in made]
    for name in sentiment.available():
        try:
            engine = sentiment.load(name)
        except LookupError as error:
            print(f"{name}: {error}")
            continue
        some = documents if name != "encoder" else documents[: max(32, texts // 10)]
        _engine(name, engine, some, rounds)
    _alone(posts)
    _processes(posts)
    return 0


def _alone(posts: int) -> None:
    """Scoring and nothing else, by one process and by two that have started."""
    scorer = Scorer(sentiment.load(), EldcDetector(), ())
    made = [StoredWords(n, text, None, "en") for n, text in enumerate(made_up(posts))]
    chunks = [made[n : n + 2_000] for n in range(0, len(made), 2_000)]
    taken = {}
    for processes in (1, 2):
        with workers.pool(processes, scorer) as pool:
            list(pool.map(workers.score, [made[:50]] * 4 * processes))
            began = time.perf_counter()
            list(pool.map(workers.score, chunks))
            taken[processes] = time.perf_counter() - began
    note(
        f"scoring {posts:,} posts by two processes, nothing stored",
        f"{posts / taken[2]:,.0f} posts/s",
        reference=f"by one, {posts / taken[1]:,.0f} posts/s",
        ratio=taken[1] / taken[2],
        aim="1.8 on free cores",
    )


def _engine(
    name: str, engine: sentiment.Engine, documents: list[Document], rounds: int
) -> None:
    from textblob import TextBlob

    def ours() -> None:
        engine.forget()
        score_documents(documents, engine)

    def stock() -> None:
        for document in documents[:1000]:
            _ = TextBlob(document.text).sentiment

    ours(), stock()
    taken, floor = [], []
    for _ in range(rounds):
        taken.append(_timed(ours) / len(documents))
        floor.append(_timed(stock) / len(documents[:1000]))
    own, theirs = statistics.median(taken), statistics.median(floor)
    note(
        f"scoring with {name}, one core",
        f"{1 / own:,.0f} posts/s",
        reference=f"TextBlob(text).sentiment, {1 / theirs:,.0f} posts/s",
        ratio=theirs / own,
        aim=_AIMS[name],
    )


def _timed(run: Callable[[], None]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def _processes(posts: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = stored.make(Path(name) / "rescored.db", posts)
        one = _rescored(file, 1)
        two = _rescored(file, 2)
    note(
        f"rescoring {posts:,} posts by two processes",
        f"{posts / two:,.0f} posts/s",
        reference=f"by one, {posts / one:,.0f} posts/s",
        ratio=one / two,
        aim="1.8 on free cores",
    )


def _rescored(file: Path, processes: int) -> float:
    scorer = Scorer(sentiment.load(), EldcDetector(), ("labourleaks",))
    scorer.score([])
    os.sync()
    began = time.perf_counter()
    with closing(open_database(file)) as db:
        if processes == 1:
            sum(rescore(db, scorer, everything=True))
        else:
            with workers.pool(processes, scorer) as pool:
                sum(rescore(db, scorer, everything=True, pool=pool))
    return time.perf_counter() - began


def made_up(count: int) -> list[str]:
    """So many English texts, no two of them alike."""
    dice = random.Random(3)
    return [
        " ".join(dice.choices(_WORDS, k=dice.randint(6, 30)))
        + dice.choice(("", "!", ".", " #LabourLeaks", " :)", " https://a.example/1"))
        + f" {n}"
        for n in range(count)
    ]


if __name__ == "__main__":
    sys.exit(main())
