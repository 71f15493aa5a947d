"""A post's text made ready for scoring: what is no prose goes, names are masked.

The steps are those that sentiment.md found to be right on the posts they touch (4.1,
4.2, 7.2); they hardly move the accuracy, and docs/sentiment.md says so.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

from groundswell.names import NAMES, TITLES

# Part of the scorer's version: raise it with any change here or in names.py.
PREPARATION = 2

# An article's opening is enough to score. TextBlob's tokenizer takes quadratic time on
# runs of punctuation: 100 kB of "(" took it 2.1 s, this many 0.13 s.
MAX_CHARS = 20_000

# What stands where a name stood: an unknown word, so that "not" and "very" end at it as
# they ended at the name.
MASKED = "somename"

URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
MENTION = re.compile(r"(?<![\w.])@[\w.-]+(?:@[\w.-]+)?")
HASHTAG = re.compile(r"[#＃]\w+")
_ENTITY = re.compile(r"&#?\w{1,12};")
FORWARDED = re.compile(r"^\s*(?:RT\s+@[\w.@-]+\s*:?\s*)+")
_LETTER = re.compile(r"[^\W\d_]")
_TOKEN = re.compile(r"[^\W_]+")

_CURLY = re.compile(r"(?<=\w)[’ʼ＇](?=\w)")
_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "is"}
# Without its apostrophe only where no other word is meant.
_NOT = re.compile(
    r"\b(?:(\w{1,12})n't"
    r"|(do|does|did|is|was|are|were|have|has|had|could|would|should|ca|wo|ai)nt"
    r"|(can)not)\b",
    re.IGNORECASE,
)
# Without one of these there is nothing to mend; "t" is what follows an apostrophe.
_NEGATED = frozenset(
    ("t", "cannot", "dont", "doesnt", "didnt", "isnt", "wasnt", "arent", "werent", "havent",
     "hasnt", "hadnt", "couldnt", "wouldnt", "shouldnt", "cant", "wont", "aint")
)  # fmt: skip
_PATTERNS = 2_000


class Mask:
    """Names to hide from a scorer: whole words, with "#" or without, joined or apart.

    names: hidden in any case ("great britain", #GreatBritain). titles: hidden only with
    their own capitals, all in capitals, or as a hashtag.
    """

    def __init__(self, names: Sequence[str], titles: Sequence[str] = ()) -> None:
        branches = {_words(title): _titled_branch for title in titles}
        branches |= {_words(name): _branch for name in names}
        # By the word that a post must hold for the name to be in it: most posts hold
        # none, and the others are searched for a name or two and not for all.
        self._branches: dict[str, list[str]] = defaultdict(list)
        self._patterns: dict[frozenset[str], re.Pattern[str]] = {}
        # Longest first, so that "Green New Deal" is not taken for "New Deal".
        for words in sorted(branches, key=lambda words: (-len("".join(words)), words)):
            branch = branches[words](words) if words else ""
            for key in {
                word.casefold() for word in (*words[:1], "".join(words)) if word
            }:
                self._branches[key].append(branch)

    def hide(self, text: str, words: AbstractSet[str] | None = None) -> str:
        """The text with MASKED in the place of each name. words: those of the text, in
        one case, where they are known."""
        if words is None:
            words = words_of(text)
        held = self._branches.keys() & words
        if not held:
            return text
        return self._pattern(frozenset(held)).sub(MASKED, text)

    def _pattern(self, held: frozenset[str]) -> re.Pattern[str]:
        """What finds the names that these words may be in; a few come again and again."""
        found = self._patterns.get(held)
        if found is None:
            if len(self._patterns) >= _PATTERNS:
                self._patterns.clear()
            branches = (
                branch for key in sorted(held) for branch in self._branches[key]
            )
            either = "|".join(branches)
            found = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE)
            self._patterns[held] = found
        return found


def words_of(text: str) -> set[str]:
    """The words of a text, in one case, contractions apart at their apostrophe."""
    return set(_TOKEN.findall(text.casefold()))


def _words(name: str) -> tuple[str, ...]:
    """A name's words; a tag's too ("#SureStart" is Sure and Start)."""
    bare = name.strip().lstrip("#＃@")
    apart = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", bare)
    return tuple(_TOKEN.findall(apart))


def _branch(words: Sequence[str]) -> str:
    return "[#＃]?" + _spelt(words)


def _titled_branch(words: Sequence[str]) -> str:
    capitals = _spelt([word.upper() for word in words])
    return rf"[#＃]{_spelt(words)}|(?-i:{_spelt(words)}|{capitals})"


def _spelt(words: Sequence[str]) -> str:
    return r"[\s_'’-]{0,3}".join(map(re.escape, words))


@lru_cache(maxsize=64)
def mask_of(terms: tuple[str, ...] = ()) -> Mask:
    """The shipped names, and a campaign's terms as staff wrote them."""
    return Mask((*NAMES, *terms), TITLES)


def prepare(text: str, mask: Mask) -> str:
    """Prose without entities, addresses, mentions and "RT @x:"; names masked, "isn't"
    as "is not", which TextBlob does not know (it splits at the apostrophe)."""
    plain = strip(text)
    words = words_of(plain)
    hidden = straightened(mask.hide(plain, words))
    return hidden if words.isdisjoint(_NEGATED) else _NOT.sub(_apart, hidden)


def strip(text: str) -> str:
    """The text without entities, addresses, mentions and "RT @x:"; cut at MAX_CHARS."""
    plain = text[:MAX_CHARS]
    if "&" in plain:
        # Twice: servers that escape what their users had pasted escaped.
        plain = html.unescape(html.unescape(plain))[:MAX_CHARS]
    # Each pattern costs a pass over the text: most hold nothing of what it looks for.
    if "@" in plain:
        plain = FORWARDED.sub("", plain)
    if "//" in plain or "www." in plain.lower():
        plain = URL.sub(" ", plain)
    if "@" in plain:
        plain = MENTION.sub(" ", plain)
    return plain.strip()


def mend_negations(text: str) -> str:
    """ "isn't", "isn’t" and "isnt" as "is not"; "cannot" as "can not"."""
    return _NOT.sub(_apart, straightened(text))


def straightened(text: str) -> str:
    """With straight apostrophes."""
    return text if text.isascii() else _CURLY.sub("'", text)


def _apart(found: re.Match[str]) -> str:
    stem = found[1] or found[2] or found[3]
    return _STEMS.get(stem.lower(), stem) + " not"


def is_blank(prepared: str) -> bool:
    """Whether nothing is left to score: fewer than two letters beside masked names."""
    return count_letters(prepared.replace(MASKED, " "), enough=2) < 2


def words_only(text: str) -> str:
    """The text without addresses, mentions, hashtags and entities, for a detector."""
    plain = MENTION.sub(" ", URL.sub(" ", text[:MAX_CHARS]))
    return HASHTAG.sub(" ", _ENTITY.sub(" ", plain)).strip()


def count_letters(text: str, *, enough: int) -> int:
    """How many letters of any script a text holds; counting stops at `enough`."""
    count = 0
    for _ in _LETTER.finditer(text):
        count += 1
        if count >= enough:
            break
    return count
