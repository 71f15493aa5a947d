"""What a post's words sound like: the engines, and the gate before them.

An engine only ever sees languages that it knows. A post in another one is unscored, with
the reason; it is never "neutral" (TextBlob gives 92 to 99 % of French, Spanish, Italian,
Portuguese and Arabic posts exactly 0.0: sentiment.md section 4.5).

Scoring is pure: a result depends on the text, its language and the mask, not on what was
scored before, nor on the thread or process.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version as version_of
from typing import Literal, Protocol

from collectors.base import Post
from groundswell.language import Detector, decide
from groundswell.prose import PREPARATION, Mask, is_blank, mask_of, prepare
from groundswell.sentiment.textblob_reader import reader as _textblob_reader

Label = Literal["negative", "neutral", "positive"]

# Settle walks read the same posts again and again, and campaigns repeat themselves (31 %
# of a political event's posts: sentiment.md section 5.1). Long texts are not kept: this
# bounds the cache to some 10 MB, a few as a rule.
_CACHED_TEXTS = 8192
_CACHED_CHARS = 1000


@dataclass(frozen=True, slots=True)
class Result:
    """A post's score, or why it has none; the columns of `posts` of the same names.

    polarity: -1 to 1. subjectivity: 0 to 1. confidence: 0 to 1, None where the engine
    has none to give. unscored: None, or "language:xx" (the engine does not know xx),
    "language:und" (no detector knows), "empty" (nothing to score but names and links).
    """

    lang: str
    polarity: float | None = None
    subjectivity: float | None = None
    sentiment: Label | None = None
    confidence: float | None = None
    unscored: str | None = None

    def __post_init__(self) -> None:
        scored = self.sentiment is not None
        if scored == (self.unscored is not None) or scored != (
            self.polarity is not None
        ):
            raise ValueError("a result has a score or a reason for none, never both")


@dataclass(frozen=True, slots=True)
class Document:
    """A text as published, and the language it was decided to be in."""

    text: str
    lang: str


class Engine(Protocol):
    """A way of scoring. Pure, chunkable, picklable, safe in threads and processes."""

    @property
    def name(self) -> str:
        """What it is called in configuration."""

    @property
    def version(self) -> str:
        """Changes whenever a score may: libraries, preparation, weights."""

    @property
    def languages(self) -> frozenset[str]:
        """The codes of the languages that it can score."""

    def score(self, documents: Sequence[Document], mask: Mask) -> list[Result]:
        """One result per document, in order; every document's language is known."""


class TextBlobEngine:
    """TextBlob's own polarity on prepared text; above 0 positive, below 0 negative.

    It has no confidence to give. 0.0 often means that it knows none of the words
    (docs/sentiment.md).
    """

    name = "textblob"
    languages = frozenset({"en"})

    def __init__(self) -> None:
        self.version = f"{version_of('textblob')}+prep{PREPARATION}"

    def score(self, documents: Sequence[Document], mask: Mask) -> list[Result]:
        """One result per document, in order."""
        return [self._score_one(document, mask) for document in documents]

    @staticmethod
    def _score_one(document: Document, mask: Mask) -> Result:
        prepared = prepare(document.text, mask)
        if is_blank(prepared):
            return Result(document.lang, unscored="empty")
        polarity, subjectivity = _textblob(prepared)
        return Result(document.lang, polarity, subjectivity, _label(polarity))


def _label(polarity: float) -> Label:
    if polarity > 0:
        return "positive"
    return "negative" if polarity < 0 else "neutral"


def _textblob(prepared: str) -> tuple[float, float]:
    if len(prepared) > _CACHED_CHARS:
        return _textblob_reader()(prepared)
    return _textblob_cached(prepared)


@lru_cache(maxsize=_CACHED_TEXTS)
def _textblob_cached(prepared: str) -> tuple[float, float]:
    return _textblob_reader()(prepared)


_ENGINES: dict[str, Callable[[], Engine]] = {"textblob": TextBlobEngine}


def load(name: str = "textblob") -> Engine:
    """The engine of that name. Raises LookupError, naming those there are."""
    if name not in _ENGINES:
        known = ", ".join(sorted(_ENGINES))
        raise LookupError(f"no sentiment engine is called {name!r}; there are {known}")
    return _ENGINES[name]()


def scorer(engine: Engine) -> str:
    """What `posts.scorer` holds: the engine and its version."""
    return f"{engine.name}/{engine.version}"


def score_posts(
    posts: Sequence[Post], engine: Engine, detector: Detector, mask: Sequence[str] = ()
) -> list[Result]:
    """One result per post, in order.

    mask: the campaign's terms as staff wrote them; scored words in them are names here.
    A content warning labels a topic and is not scored.
    """
    texts = [_text_of(post) for post in posts]
    documents = [
        Document(text, decide(text, post.lang, detector=detector).code)
        for text, post in zip(texts, posts, strict=True)
    ]
    return score_documents(documents, engine, mask)


def score_documents(
    documents: Sequence[Document], engine: Engine, mask: Sequence[str] = ()
) -> list[Result]:
    """One result per document, in order; the engine sees only languages it knows."""
    hidden = mask_of(tuple(sorted(set(mask))))
    known = [document for document in documents if document.lang in engine.languages]
    scored = iter(engine.score(known, hidden))
    return [
        next(scored)
        if document.lang in engine.languages
        else _unscored(document, hidden)
        for document in documents
    ]


def _unscored(document: Document, mask: Mask) -> Result:
    blank = is_blank(prepare(document.text, mask))
    reason = "empty" if blank else f"language:{document.lang}"
    return Result(document.lang, unscored=reason)


def _text_of(post: Post) -> str:
    """Title and text; a title that only repeats the text's beginning counts once."""
    if not post.title or post.text.startswith(post.title.rstrip("…. ")):
        return post.text
    return f"{post.title}\n\n{post.text}"
