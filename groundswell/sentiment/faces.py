"""Emoji for readers that know none: as the emoticons that people wrote before them."""

from __future__ import annotations

import re

from groundswell.sentiment.lexicons import emoji

# ♥ is one of TextBlob's own emoticons.
PICTURE = re.compile(
    "[\u2190-\u21ff\u2300-\u2664\u2666-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
)
# What only says how a picture looks: its colour, its skin, that it is joined to the next.
LOOKS = re.compile("[\ufe0e\ufe0f\u200d\U0001f3fb-\U0001f3ff]")

_STRONG = 2.5


def with_faces(text: str) -> str:
    """The text with an emoticon for each emoji that means something good or bad, and
    nothing for the others."""
    if text.isascii() or not PICTURE.search(text):
        return text
    return PICTURE.sub(lambda found: _face(found[0]), LOOKS.sub("", text))


def _face(picture: str) -> str:
    valence = emoji().get(picture, 0.0)
    if valence > 0:
        return " :D " if valence >= _STRONG else " :) "
    if valence < 0:
        return " :'( " if valence <= -_STRONG else " :( "
    return " "
