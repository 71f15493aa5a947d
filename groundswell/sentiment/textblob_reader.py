"""TextBlob's polarity and subjectivity, the very same numbers at many times its speed.

TextBlob splits a text anew with a dozen patterns and builds a dict for each known word.
Here what it makes of a stretch between two spaces is asked of it once and remembered; then
its rules of counting are followed over plain tuples. What it joins across a space (": )"
becomes ":)") is left to TextBlob itself. `tests/test_textblob.py` holds both together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.metadata import version as version_of
from itertools import accumulate
from threading import Lock
from typing import NamedTuple

from groundswell.sentiment.memory import Memory

Pair = tuple[float, float]

# Stretches that are remembered: about 30 MB at most, at some 200 bytes each.
_REMEMBERED = 150_000

# Nearly every stretch: one word with at most a mark before it, a contraction, and marks
# after it. Groups: mark, word, apostrophe and what follows it, marks. A word's ends are
# no punctuation of TextBlob's, no quotation mark and no emoticon.
_END = r"[^\s\"'“”‘’♥°.,;:!?()\[\]{}`@#$^&*+\-|=~_]"
_PLAIN = re.compile(
    rf"([#@\"“(\[*&$~=+|^`-])?({_END}(?:[^\s\"'“”‘’]*{_END})?)"
    r"(?:(['’])([^\W\d_]+))?(\.\.\.|\)?[,;:!?]+|[.\"”)])?"
)
_TERMINATED = re.compile(r"[.!?].*[\"'“”‘’]|[\"'“”‘’].*[.!?]", re.DOTALL)
_MARK = "END-OF-SENTENCE"  # what TextBlob puts between paragraphs


class Token(NamedTuple):
    """What a token does to the count. known: its polarity, subjectivity and intensity.
    emoticon: its polarity. long, longer: whether a negation, a modifier ends at it."""

    known: tuple[float, float, float] | None = None
    modifies: bool = False
    adverb: bool = False
    negates: bool = False
    exclaims: bool = False
    ironic: bool = False
    emoticon: float | None = None
    long: bool = True
    longer: bool = True


class Stretch(NamedTuple):
    """What stands between two spaces.

    wants: what the next stretch would begin with, were an emoticon written across the
    space. begins: what this one begins with. whole: TextBlob must see the whole text.
    """

    tokens: tuple[Token, ...]
    wants: frozenset[str] = frozenset()
    begins: frozenset[str] = frozenset()
    whole: bool = False


_UNKNOWN = Token()
_SILENT = frozenset(",?.")
_INERT = (Token(long=False, longer=False), Token(longer=False))
_ONE = (_UNKNOWN,)
_WORD = Stretch(_ONE)
_NOTHING: frozenset[str] = frozenset()


class Reader:
    """Reads texts as TextBlob does. Safe in threads: what it remembers can only be lost."""

    def __init__(self) -> None:
        # Late: textblob brings nltk, which takes a third of a second to import.
        from textblob import _text, en

        en.sentiment("ready")  # its lexicon loads at the first use
        self._text = _text
        self._shortenings = _text.ABBREVIATIONS
        self._sentiment = en.sentiment
        self._find_tokens = en.parser.find_tokens
        # The first kind that has it, as TextBlob looks for it.
        self._emoticons: dict[str, float] = {}
        forms = {"(!)"}
        for (_, value), written in _text.EMOTICONS.items():
            forms |= written
            for form in written:
                self._emoticons.setdefault(form.lower(), value)
        # What may stand before the space in an emoticon, and what is then to come.
        self._broken: dict[str, frozenset[str]] = {}
        for form in forms:
            for cut in range(1, len(form)):
                rest = {form[cut:end] for end in range(cut + 1, len(form) + 1)}
                self._broken[form[:cut]] = self._broken.get(form[:cut], _NOTHING) | rest
        self._ends = frozenset(form[-1] for form in self._broken)
        self._rests = _NOTHING.union(*self._broken.values())
        self._known: dict[str, Token] = self._lexicon()
        self._stretches: Memory[Stretch] = Memory(_REMEMBERED)

    def __call__(self, text: str) -> Pair:
        """Polarity from -1 to 1, subjectivity from 0 to 1."""
        known = self._stretches.get
        tokens: list[Token] = []
        wanted: frozenset[str] = frozenset()
        passed = False
        for part in text.split():
            found = known(part) or self._stretch(part)
            if found is _WORD:  # one such ends what many such end
                wanted, passed = _NOTHING, True
                continue
            if found.whole or (wanted and not wanted.isdisjoint(found.begins)):
                polarity, subjectivity = self._sentiment(text)
                return polarity, subjectivity
            if passed:
                tokens.append(_UNKNOWN)
                passed = False
            wanted = found.wants
            tokens += found.tokens
        return _counted(tokens)

    def _stretch(self, part: str) -> Stretch:
        return self._stretches.keep(part, self._read(part))

    def _read(self, part: str) -> Stretch:
        if self._is_nothing(part):
            return _WORD
        words = self._plain(part)
        if words is None:
            if _MARK in part or _TERMINATED.search(part):
                return Stretch((), whole=True)
            words = " ".join(self._find_tokens(part)).split()
        tokens = _shortened([self._token(word.lower()) for word in words])
        wants, begins = self._across(words)
        if tokens == _ONE and not wants and not begins:
            return _WORD
        return Stretch(tokens, wants, begins)

    def _is_nothing(self, part: str) -> bool:
        """Whether this only ends what came before it: most words, tags and names, and
        words with a comma or a full stop."""
        word = part[1:] if part[0] in "#@" else part
        if word[-1:] in _SILENT:
            word = word[:-1]
            if part[-1] == "." and not (
                word.islower() and part not in self._shortenings
            ):
                return False
        return (
            len(word) > 3
            and word.isalnum()
            and word[-1] not in self._ends
            and word.lower() not in self._known
        )

    def _across(self, words: list[str]) -> tuple[frozenset[str], frozenset[str]]:
        """A stretch's `wants` and `begins`."""
        wants: frozenset[str] = _NOTHING
        begins: frozenset[str] = _NOTHING
        if words and words[-1][-1] in self._ends:
            joined = "".join(words)
            for length in range(1, min(len(joined), 3) + 1):
                wants |= self._broken.get(joined[-length:], _NOTHING)
        if words and len(words[0]) < 4:
            begins = self._rests.intersection(accumulate(words[:4]))
        return wants, begins

    def _plain(self, part: str) -> list[str] | None:
        """The tokens of nearly every stretch, by TextBlob's rules; None: it must say."""
        found = _PLAIN.fullmatch(part)
        if found is None:
            return None
        lead, word, apostrophe, rest, marks = found.groups()
        words = [lead, word] if lead else [word]
        if apostrophe:
            if apostrophe == "'" and word.endswith("n") and rest.startswith("t"):
                if not word[:-1].isalpha():
                    return None
                words[-1:] = [word[:-1], "n"]
            words += [apostrophe, rest]
        if marks:
            if marks == "." and (apostrophe or self._abbreviated(word + ".")):
                return None
            if marks[0] == ")" and words[-1][-1] in self._ends:
                return None
            words += [marks] if marks == "..." else marks
        # Short ones may be emoticons.
        return None if lead and len(word) < 4 else words

    def _abbreviated(self, part: str) -> bool:
        text = self._text
        patterns = (text.RE_ABBR1, text.RE_ABBR2, text.RE_ABBR3)
        return part in text.ABBREVIATIONS or any(p.match(part) for p in patterns)

    def _token(self, word: str) -> Token:
        found = self._known.get(word)
        if found is not None:
            return found
        if len(word) > 5 or (len(word) > 2 and word.isalpha()):
            return _UNKNOWN
        made = self._made(word)
        if len(word) == 1:
            self._known[word] = made
        return made

    def _made(self, word: str) -> Token:
        looks = not word.isalpha() and len(word) <= 5
        looks = looks and word not in self._text.PUNCTUATION
        made = Token(
            exclaims=word == "!",
            ironic=word == "(!)",
            emoticon=self._emoticons.get(word) if looks else None,
            long=len(word.strip("'")) > 1,
            longer=len(word) > 2,
        )
        return _UNKNOWN if made == _UNKNOWN else made

    def _lexicon(self) -> dict[str, Token]:
        """Every word that counts, and those that negate and do not count."""
        sentiment = self._sentiment
        found = {
            word: Token(negates=True, long=len(word) > 1, longer=len(word) > 2)
            for word in sentiment.negations
        }
        for word, entry in dict.items(sentiment):
            polarity, subjectivity, intensity = entry[None]
            found[word] = Token(
                (polarity, subjectivity, intensity),
                modifies=any(tag in entry for tag in sentiment.modifiers),
                adverb=bool(sentiment.modifier(word)),
                negates=word in sentiment.negations,
            )
        return found


def _shortened(tokens: list[Token]) -> tuple[Token, ...]:
    """Without what does nothing beside an unknown word."""
    kept: list[Token] = []
    for token in tokens:
        after = bool(kept) and kept[-1] is _UNKNOWN
        if after and (token is _UNKNOWN or token in _INERT):
            continue
        if token is _UNKNOWN and kept and kept[-1] in _INERT:
            kept[-1] = token
        else:
            kept.append(token)
    return tuple(kept)


def _counted(tokens: list[Token]) -> Pair:
    """TextBlob's rules: `textblob._text.Sentiment.assessments`, step for step."""
    said: list[
        list[float]
    ] = []  # polarity, subjectivity, intensity, 1 or -1 if negated
    modifier: Token | None = None
    negated = False
    for token in tokens:
        if token is _UNKNOWN:
            modifier, negated = None, False
        elif token.known is not None:
            _count_known(
                said, token.known, modified=modifier is not None, negated=negated
            )
            modifier = token if token.modifies else None
            negated = token.negates
        else:
            negated = token.negates or (negated and not token.long)
            if negated and modifier is not None and modifier.adverb:
                said[-1][3] = -1.0
                negated = False
            elif modifier is not None and token.longer:
                modifier = None
            _count_sign(said, token)
    if not said:
        return 0.0, 0.0
    polarity = subjectivity = 0.0
    for p, s, _, sign in said:
        polarity += p * -0.5 if sign < 0 else p
        subjectivity += s
    return polarity / float(len(said)), subjectivity / float(len(said))


def _count_known(
    said: list[list[float]],
    known: tuple[float, float, float],
    *,
    modified: bool,
    negated: bool,
) -> None:
    polarity, subjectivity, intensity = known
    if modified:
        last = said[-1]
        last[0] = max(-1.0, min(polarity * last[2], 1.0))
        last[1] = max(-1.0, min(subjectivity * last[2], 1.0))
        last[2] = intensity
    else:
        last = [polarity, subjectivity, intensity, 1.0]
        said.append(last)
    if negated:
        last[2] = 1.0 / last[2]
        last[3] = -1.0


def _count_sign(said: list[list[float]], token: Token) -> None:
    if token.exclaims and said:
        said[-1][0] = max(-1.0, min(said[-1][0] * 1.25, 1.0))
    if token.ironic:
        said.append([0.0, 1.0, 1.0, 1.0])
    if token.emoticon is not None:
        said.append([token.emoticon, 1.0, 1.0, 1.0])


_loading = Lock()


def reader() -> Callable[[str], Pair]:
    """The process's one reader."""
    with _loading:
        return _reader()


@cache
def _reader() -> Reader:
    return Reader()


def version() -> str:
    """TextBlob's own."""
    return version_of("textblob")
