"""What a post's words sound like: the engines, and the gate before them.

An engine only ever sees languages that it knows. A post in another one is unscored, with
the reason; it is never "neutral" (TextBlob gives 92 to 99 % of French, Spanish, Italian,
Portuguese and Arabic posts exactly 0.0: sentiment.md section 4.5).

Scoring is pure: a result depends on the text, its language and the mask, not on what was
scored before, nor on the thread or process.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import Literal, Protocol

from groundswell.language import Detector, decide
from groundswell.prose import Mask, is_blank, mask_of, prepare

Label = Literal["negative", "neutral", "positive"]
LABELS: tuple[Label, Label, Label] = ("negative", "neutral", "positive")

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
    evidence: whether a lexicon knows any word, sign or picture of the text; None where
    there is no score.
    """

    lang: str
    polarity: float | None = None
    subjectivity: float | None = None
    sentiment: Label | None = None
    confidence: float | None = None
    unscored: str | None = None
    evidence: bool | None = None

    def __post_init__(self) -> None:
        scored = self.sentiment is not None
        if scored == (self.unscored is not None) or scored != (
            self.polarity is not None
        ):
            raise ValueError("a result has a score or a reason for none, never both")
        if scored != (self.evidence is not None):
            raise ValueError(
                "a score says whether there was evidence, and nothing else"
            )


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

    def forget(self) -> None:
        """Forget the results of texts that were met before; for measuring."""


@dataclass(frozen=True, slots=True)
class Look:
    """What an engine makes of a text's words: the fields of a Result."""

    polarity: float
    subjectivity: float
    sentiment: Label
    confidence: float | None
    evidence: bool

    def of(self, lang: str) -> Result:
        """The result of a text in this language."""
        return Result(
            lang,
            self.polarity,
            self.subjectivity,
            self.sentiment,
            self.confidence,
            evidence=self.evidence,
        )


class WordEngine(ABC):
    """An engine that looks at one text after the other, and at the same one once."""

    languages = frozenset({"en"})

    def __init__(self) -> None:
        self._remembered = lru_cache(_CACHED_TEXTS)(self.look)

    def __reduce__(self) -> tuple[type[WordEngine], tuple[()]]:
        return type(self), ()

    def forget(self) -> None:
        """Forget the results of texts that were met before."""
        self._remembered.cache_clear()

    @abstractmethod
    def look(self, prepared: str, original: str) -> Look:
        """prepared: what prose.prepare made of the original."""

    def score(self, documents: Sequence[Document], mask: Mask) -> list[Result]:
        """One result per document, in order."""
        return [self._score_one(document, mask) for document in documents]

    def _score_one(self, document: Document, mask: Mask) -> Result:
        prepared = prepare(document.text, mask)
        if is_blank(prepared):
            return Result(document.lang, unscored="empty")
        short = len(document.text) <= _CACHED_CHARS
        found = (self._remembered if short else self.look)(prepared, document.text)
        return found.of(document.lang)


DEFAULT = "linear"
# Each in a module of its own, imported when it is wanted: some take half a second.
_ENGINES = {
    "textblob": ("groundswell.sentiment.textblob_engine", "TextBlobEngine"),
    "social": ("groundswell.sentiment.social", "SocialEngine"),
    "linear": ("groundswell.sentiment.linear", "LinearEngine"),
    "encoder": ("groundswell.sentiment.encoder", "EncoderEngine"),
}


def available() -> list[str]:
    """The names of the engines."""
    return sorted(_ENGINES)


def load(name: str = DEFAULT) -> Engine:
    """The engine of that name. Raises LookupError, naming those there are, or what an
    engine needs that is not installed."""
    if name not in _ENGINES:
        known = ", ".join(available())
        raise LookupError(f"no sentiment engine is called {name!r}; there are {known}")
    module, kind = _ENGINES[name]
    made: Engine = getattr(import_module(module), kind)()
    return made


def scorer(engine: Engine) -> str:
    """What `posts.scorer` holds: the engine and its version."""
    return f"{engine.name}/{engine.version}"


class Words(Protocol):
    """What is read of a post. lang: as its platform declared it."""

    @property
    def text(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def lang(self) -> str | None: ...


def score_posts(
    posts: Sequence[Words], engine: Engine, detector: Detector, mask: Sequence[str] = ()
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


def _text_of(post: Words) -> str:
    """Title and text; a title that only repeats the text's beginning counts once."""
    if not post.title or post.text.startswith(post.title.rstrip("…. ")):
        return post.text
    return f"{post.title}\n\n{post.text}"
