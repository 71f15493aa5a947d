"""A post's text as the sentence encoder reads it, in training and after."""

from __future__ import annotations

import html
import re

from groundswell.prose import FORWARDED, HASHTAG, MAX_CHARS, MENTION, URL, Mask
from groundswell.sentiment.faces import with_faces

_CAMEL = re.compile(r"(?<=[a-zà-ÿ0-9])(?=[A-ZÀ-Þ])|(?<=[A-Z])(?=[A-Z][a-z])|_")


def written(text: str, mask: Mask) -> str:
    """Addresses and people as "http" and "@user", hashtags as words, names masked, emoji
    as emoticons: nothing could be learnt about emoji from the training data, which holds
    none (sentiment.md section 2)."""
    plain = html.unescape(html.unescape(text[:MAX_CHARS]))
    plain = MENTION.sub("@user", URL.sub("http", FORWARDED.sub("", plain)))
    plain = HASHTAG.sub(lambda tag: _CAMEL.sub(" ", tag[0]), mask.hide(plain))
    return " ".join(with_faces(plain).split())
