"""What a post's words and signs say, as numbers for a model: one pass over the text.

What stands between two spaces is read once and remembered, so that a post costs a look-up
for each of its words. The text is prepared (groundswell/prose.py): no addresses, no people,
names masked, "isn't" as "is not"; the original tells of those that were taken out.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from groundswell.prose import MASKED
from groundswell.sentiment import lexicons
from groundswell.sentiment.faces import LOOKS, PICTURE
from groundswell.sentiment.memory import Memory
from groundswell.sentiment.textblob_reader import reader

# In the order of the numbers.
NAMES = (
    "positive", "negative", "most", "least", "compound", "positives", "negatives", "last",
    "first", "after_but", "polarity", "subjectivity", "strong_polarity", "pictures_good",
    "pictures_bad", "tags", "exclaims", "asks", "trails_off", "capitals", "loud",
    "stretched", "figures", "quotes", "negations", "stressed", "length", "known", "people",
    "addresses", "ends_asking", "ends_exclaiming", "mixed", "tag_count", "nothing",
)  # fmt: skip


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NEGATIONS = _set(
    """
    no not never none nobody nothing neither nor nowhere cannot without hardly barely
    scarcely rarely lack lacks lacking dont doesnt didnt isnt wasnt arent werent wont
    cant couldnt shouldnt wouldnt aint havent hasnt hadnt
    """
)
STRESS = _set(
    """
    very really so too absolutely completely totally utterly extremely incredibly such
    highly deeply especially most more fucking freaking damn super hugely truly quite
    """
)
DOUBT = _set(
    """
    slightly somewhat kinda kind-of sort-of almost barely little partly fairly
    marginally
    """
)
BUT = _set(
    """
    but however although though yet nevertheless except
    """
)
_SUBJECTIVITY, _TAGS, _NOTHING = map(NAMES.index, ("subjectivity", "tags", "nothing"))
_REMEMBERED = 100_000
_WINDOW = 3  # words that a negation reaches

_CORE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_CAMEL = re.compile(r"[A-ZÀ-Þ]+(?![a-zà-ÿ])|[A-ZÀ-Þ]?[a-zà-ÿ]+")
_PLAIN, _NEGATES, _STRESSES, _DOUBTS, _TURNS, _FACE = range(6)


class Word(NamedTuple):
    """valence: VADER's, 0.0 where it has none. role: what it does to the next ones."""

    valence: float
    role: int
    loud: bool  # all in capitals


class Part(NamedTuple):
    """What stands between two spaces."""

    words: tuple[Word, ...] = ()
    signs: tuple[float, ...] = ()  # see _signs; () where there are none


_ONE = Part((Word(0.0, _PLAIN, False),))
_SIGNS = 9


class Features:
    """Texts to numbers. Safe in threads: what it remembers can only be lost."""

    def __init__(self) -> None:
        self._vader = lexicons.vader()
        self._emoji = lexicons.emoji()
        self._textblob = reader()
        self._parts: Memory[Part] = Memory(_REMEMBERED)

    def of(
        self, prepared: str, original: str
    ) -> tuple[list[float], tuple[float, float]]:
        """The numbers of NAMES, and TextBlob's polarity and subjectivity."""
        score = self._textblob(prepared)
        sums = _Sums()
        known = self._parts.get
        for part in prepared.split():
            found = known(part) or self._part(part)
            if found is _ONE:
                sums.words += 1
                sums.reach -= 1
                sums.stress = 1.0
            else:
                sums.add(found)
        return sums.features(score, prepared, original), score

    def _part(self, part: str) -> Part:
        return self._parts.keep(part, self._read(part))

    def _read(self, part: str) -> Part:
        face = self._vader.get(part.lower()) if not part.isalnum() else None
        if face is not None:  # an emoticon
            return Part((Word(face, _FACE, False),))
        is_tag = part[0] in "#＃"
        words = () if is_tag else tuple(map(self._word, _CORE.findall(part)))
        signs = (
            () if part.isalpha() and not _STRETCHED.search(part) else self._signs(part)
        )
        if words == _ONE.words and not any(signs):
            return _ONE
        return Part(words, signs if any(signs) else ())

    def _word(self, word: str) -> Word:
        lower = word.lower()
        valence = self._vader.get(lower)
        if valence is None:
            for form in (_STRETCHED.sub(r"\1\1", lower), _STRETCHED.sub(r"\1", lower)):
                valence = self._vader.get(form, valence)
        role = _PLAIN
        if lower in NEGATIONS:
            role = _NEGATES
        elif lower in STRESS:
            role = _STRESSES
        elif lower in DOUBT:
            role = _DOUBTS
        elif lower in BUT:
            role = _TURNS
        loud = len(word) > 1 and word.isupper()
        return Word(0.0 if valence is None or lower == MASKED else valence, role, loud)

    def _signs(self, part: str) -> tuple[float, ...]:
        """Pictures' good and bad valence, a tag's valence, ! and ?, trailing off,
        stretched, with figures, quoted; and whether it is a tag."""
        good = bad = 0.0
        for picture in PICTURE.findall(LOOKS.sub("", part)):
            valence = self._emoji.get(picture, 0.0)
            good, bad = good + max(valence, 0.0), bad + min(valence, 0.0)
        is_tag = part[0] in "#＃"
        tag = 0.0
        if is_tag:
            pieces = _CAMEL.findall(part[1:])
            tag = sum(self._vader.get(piece.lower(), 0.0) for piece in pieces)
        return (
            good, bad, tag, part.count("!"), part.count("?"),
            "..." in part or "…" in part, _STRETCHED.search(part) is not None,
            any(map(str.isdigit, part)), float(is_tag) + 0.1 * sum(map(part.count, "\"“”")),
        )  # fmt: skip


class _Sums:
    """What is added up over a text."""

    __slots__ = (
        "after",
        "first",
        "good",
        "last",
        "least",
        "louds",
        "most",
        "negations",
        "negatives",
        "positives",
        "reach",
        "signs",
        "stress",
        "stressed",
        "turned",
        "words",
        "worse",
    )  # fmt: skip

    def __init__(self) -> None:
        self.words = self.positives = self.negatives = self.reach = 0
        self.good = self.worse = self.most = self.least = self.last = self.first = 0.0
        self.after = 0.0
        self.louds = self.negations = self.stressed = 0
        self.stress = 1.0
        self.turned = False
        self.signs: list[float] | None = None

    def add(self, part: Part) -> None:
        for word in part.words:
            self.words += 1
            self.louds += word.loud
            if word.valence:
                self._value(word)
            if word.role == _NEGATES:
                self.negations += 1
                self.reach = _WINDOW + 1
            elif word.role == _TURNS:
                self.turned, self.after = True, 0.0
            self.stress = 1.0
            if word.role == _STRESSES:
                self.stress, self.stressed = 1.3, self.stressed + 1
            elif word.role == _DOUBTS:
                self.stress = 0.7
            self.reach -= 1
        if part.signs:
            held = self.signs
            self.signs = (
                [a + b for a, b in zip(held, part.signs, strict=True)]
                if held
                else list(part.signs)
            )

    def _value(self, word: Word) -> None:
        value = word.valence * self.stress * (1.2 if word.loud else 1.0)
        if self.reach > 0 and word.role != _FACE:
            value *= -0.6
        if value > 0:
            self.good += value
            self.positives += 1
            self.most = max(self.most, value)
        else:
            self.worse += value
            self.negatives += 1
            self.least = min(self.least, value)
        if not self.first:
            self.first = value
        self.last = value
        if self.turned:
            self.after += value

    def features(
        self, score: tuple[float, float], prepared: str, original: str
    ) -> list[float]:
        polarity, subjectivity = score
        (
            good_picture,
            bad_picture,
            tag,
            exclaims,
            asks,
            trails,
            stretched,
            figures,
            marks,
        ) = self.signs or _NO_SIGNS
        total = self.good + self.worse + good_picture + bad_picture
        words = self.words or 1
        tags = int(marks)
        found = self.positives + self.negatives
        end = prepared[-1:]
        people, addresses = original.count("@"), original.count("http")
        return [
            self.good, self.worse, self.most, self.least,
            total / math.sqrt(total * total + 15.0),
            self.positives, self.negatives, self.last, self.first, self.after,
            polarity, subjectivity, polarity * abs(polarity), good_picture, bad_picture,
            tag, min(exclaims, 4), min(asks, 3), min(trails, 2), self.louds / words,
            min(self.louds, 4), min(stretched, 2), min(figures, 4),
            min(round(10 * (marks - tags)), 4), min(self.negations, 3),
            min(self.stressed, 3), math.log1p(words), found / words, min(people, 4),
            min(addresses, 2), float(end == "?"), float(end == "!"),
            float(self.good > 0 > self.worse), min(tags, 5),
            float(not found and not polarity and not good_picture and not bad_picture),
        ]  # fmt: skip


_NO_SIGNS = (0.0,) * _SIGNS


def has_evidence(numbers: Sequence[float]) -> bool:
    """Whether a lexicon knows any word, sign or picture of a text, or of its tags, by the
    numbers of NAMES. `nothing` alone would not do: it was learnt from as it is, and leaves
    out tags and the words to which TextBlob gives a subjectivity and no polarity."""
    return not numbers[_NOTHING] or bool(numbers[_SUBJECTIVITY] or numbers[_TAGS])


@cache
def features() -> Features:
    """The process's own."""
    return Features()
