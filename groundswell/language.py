"""Which language a post is in: its text decides, the platform's tag helps when unsure."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from groundswell.english import Evidence, evidence
from groundswell.prose import count_letters, words_only

UNDETERMINED = "und"

# sentiment.md section 6: at 0.6 "English" is right in 98.8 % and found in 96.7 % of
# posts; below it, and under three letters, no guess is better than a guess.
SURE = 0.6
MIN_LETTERS = 3
# A text in a language that the detector has never met looks like one it has, at a
# middling score: of 137 African posts taken for English at 0.6, 23 reach 0.75, where
# 88 % of English posts stay (docs/sentiment.md).
SURE_OF_A_STRANGER = 0.75

# How much of a text's words must be English for it to be so (docs/accuracy.md says what
# that gives): where the detector is sure, and where it is not.
_SOME_KNOWN, _SOME_COMMON = 0.5, 0.35
_MOST_KNOWN, _MANY_COMMON = 0.7, 0.28
_KNOWN_IF_LIKELIEST = 0.5
_ALL_KNOWN, _THOUGHT_OF = 0.75, 0.15
ENGLISH = "en"

_MAX_CHARS = 2_000  # more text does not change the answer

# Languages that eldc reports as their nearest kin.
_KIN = {"id": "ms", "nb": "no", "nn": "no", "bs": "hr"}
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "fil": "tl"}
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?")
_NO_LANGUAGE = {"und", "zxx", "mul", "mis"}


@dataclass(frozen=True, slots=True)
class Language:
    """An ISO 639 code, "und" where it is not known, and a confidence from 0 to 1."""

    code: str
    confidence: float


UNKNOWN = Language(UNDETERMINED, 0.0)


class Detector(Protocol):
    """A language detector; safe to call from several threads and processes."""

    @property
    def languages(self) -> frozenset[str]:
        """The codes that it can tell apart."""

    def guesses(self, text: str) -> Sequence[Language]:
        """Its best guesses, likeliest first, sure or not; none where no text is."""


class EldcDetector:
    """eldc's 60 languages. Its tables are compiled in: it opens no file and no socket."""

    # eldc sets its tables up once per process, which two threads must not do at once;
    # after that it is safe in all of them.
    _lock = threading.Lock()

    def __init__(self) -> None:
        import eldc

        with self._lock:
            eldc.init()
        self._eldc = eldc.instance()  # settings of its own, whoever else uses eldc
        self._eldc.set_scores(3)
        self._languages = frozenset(eldc.LANGUAGES)

    def __reduce__(self) -> tuple[type[EldcDetector], tuple[()]]:
        return EldcDetector, ()

    @property
    def languages(self) -> frozenset[str]:
        """The codes that eldc can tell apart."""
        return self._languages

    def guesses(self, text: str) -> Sequence[Language]:
        """Up to three guesses; none under three letters of prose."""
        words = words_only(text)[:_MAX_CHARS]
        if count_letters(words, enough=MIN_LETTERS) < MIN_LETTERS:
            return ()
        sound = words.encode("utf-8", "replace").decode().replace("\0", " ")
        scores = self._eldc.detect_details(sound).scores
        return [Language(code, score) for code, score in scores.items()]


def detect(text: str, detector: Detector) -> Language:
    """The text's language by its words alone; "und" where the detector is not sure."""
    return _sure(_weighed(text, detector.guesses(text)))


def decide(text: str, declared: str | None, *, detector: Detector) -> Language:
    """The post's language, from its words and the tag that its platform gave.

    - Clear text decides, whatever the tag says: servers stamp their default on posts.
    - Where the words are not clear, the tag counts if it is among the detector's
      guesses, or names a language that the detector cannot know.
    - A tag that the detector cannot know (Welsh, Irish, Hausa) also wins over words
      that are only fairly clear: an unknown language looks like a known one.
    - Fewer than three letters are in no language: a tag alone is no text.
    """
    guesses = _weighed(text, detector.guesses(text))
    claim = primary_subtag(declared)
    if not guesses or claim is None:
        return _sure(guesses)
    best = guesses[0]
    if _KIN.get(claim) == best.code:
        return Language(claim, best.confidence)
    known = claim in detector.languages
    if best.confidence >= (SURE if known else SURE_OF_A_STRANGER):
        return best
    return _claimed(claim, guesses, known=known)


def _weighed(text: str, guesses: Sequence[Language]) -> Sequence[Language]:
    """The guesses after a look at the words: English is taken back where few are English,
    and found where nearly all are."""
    thought = next((g.confidence for g in guesses if g.code == ENGLISH), None)
    if thought is None and (not guesses or guesses[0].confidence >= SURE_OF_A_STRANGER):
        return guesses
    found = evidence(words_only(text)[:_MAX_CHARS])
    others = [guess for guess in guesses if guess.code != ENGLISH]
    if found.other is not None and thought is not None:
        return [Language(found.other, SURE), *others]
    best = guesses[0]
    if best.code == ENGLISH and best.confidence >= SURE:
        if found.known >= _SOME_KNOWN or found.common >= _SOME_COMMON:
            return guesses
        return [Language(ENGLISH, SURE - 0.01), *others]
    if _is_english(found, thought or 0.0, likeliest=best.code == ENGLISH):
        return [Language(ENGLISH, SURE), *others]
    return guesses


def _is_english(found: Evidence, thought: float, *, likeliest: bool) -> bool:
    if found.words > 1 and found.common >= _MANY_COMMON and found.known >= _MOST_KNOWN:
        return True
    if likeliest and found.known >= _KNOWN_IF_LIKELIEST:
        return True
    return thought >= _THOUGHT_OF and found.known >= _ALL_KNOWN


def _claimed(claim: str, guesses: Sequence[Language], *, known: bool) -> Language:
    if not known:
        return Language(claim, 0.0)
    return next((guess for guess in guesses if guess.code == claim), UNKNOWN)


def _sure(guesses: Sequence[Language]) -> Language:
    if guesses and guesses[0].confidence >= SURE:
        return guesses[0]
    return UNKNOWN


def primary_subtag(tag: str | None) -> str | None:
    """The language of a BCP 47 tag ("en" of "en-GB"); None where it names none."""
    found = _TAG.fullmatch((tag or "").strip())
    if found is None:
        return None
    code = found[1].lower()
    return None if code in _NO_LANGUAGE else _RENAMED.get(code, code)
