"""VADER's words and emoji, read from its installed package (MIT; its code is not run)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

# What people say with these is not in the words that describe them ("thumbs up", "fire").
_OURS = {
    "👍": 2.0, "👏": 2.0, "🙌": 2.0, "💪": 1.5, "🎉": 2.5, "🔥": 1.5, "🙏": 1.0, "👌": 1.5,
    "✨": 1.5, "💯": 1.5, "🥳": 2.5, "🤞": 1.0, "🏆": 2.0, "⭐": 1.0, "✊": 1.0, "👎": -2.0,
    "💔": -2.5, "🤮": -3.0, "🤢": -2.5, "🙄": -1.5, "🤬": -3.0, "🤦": -1.5, "😑": -1.0,
    "😒": -1.5, "🖕": -3.0, "💩": -2.0, "🤡": -2.0, "🤔": -0.5, "😬": -1.0, "🚮": -1.5,
}  # fmt: skip
_VARIATION = "\ufe0f"  # asks for an emoji's coloured form; says nothing


@cache
def vader() -> Mapping[str, float]:
    """Words and emoticons, lower-case, with their valence from -4 to 4."""
    lines = (line.split("\t") for line in _lines("vader_lexicon.txt"))
    return {cells[0].lower(): float(cells[1]) for cells in lines if len(cells) > 1}


@cache
def emoji() -> Mapping[str, float]:
    """Each emoji's valence: that of the words that describe it, added up, or ours; 0.0
    where neither tells. Without the mark that asks for the coloured form."""
    words = vader()
    described = (line.split("\t") for line in _lines("emoji_utf8_lexicon.txt"))
    read = {
        cells[0].replace(_VARIATION, ""): sum(
            words.get(word.strip(",:"), 0.0) for word in cells[1].lower().split()
        )
        for cells in described
        if len(cells) > 1
    }
    return {**read, **_OURS}


def _lines(name: str) -> Iterator[str]:
    text = files("vaderSentiment").joinpath(name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line)
