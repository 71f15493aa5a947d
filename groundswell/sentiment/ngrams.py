"""Words and pieces of words as numbers of buckets: what `linear` weighs.

A post is its words, pairs of neighbouring words, and all runs of 3 to 5 characters of each
word with its edges. Each has a bucket by its CRC-32, so that no text is kept with the
weights. The pieces of a word do not depend on its neighbours: their sum is remembered.
"""

from __future__ import annotations

import re
from zlib import crc32

BUCKETS = 1 << 18
_MASK = BUCKETS - 1
SHORTEST, LONGEST = 3, 5
_LONG_WORD = 24

_TOKENS = re.compile(r"[#＃]?[^\W_]+(?:['’-][^\W_]+)*|[!?.]+|[^\w\s]+")
_REPEATED = re.compile(r"(.)\1{2,}")
_DIGITS = re.compile(r"\d+")


def tokens(part: str) -> list[str]:
    """The words and signs of what stands between two spaces, in one case; repetitions
    cut to three, figures to 0."""
    plain = _DIGITS.sub("0", _REPEATED.sub(r"\1\1\1", part.lower().replace("’", "'")))
    return _TOKENS.findall(plain)


def piece_buckets(token: str) -> list[int]:
    """Of the runs of characters of a token with its edges."""
    told = f" {token[:_LONG_WORD]} ".encode("utf-8", "surrogatepass")
    return [
        crc32(told[start : start + size]) & _MASK
        for size in range(SHORTEST, LONGEST + 1)
        for start in range(len(told) - size + 1)
    ]


def word_bucket(token: str) -> int:
    """Of a token."""
    return crc32(b"w" + token.encode("utf-8", "surrogatepass")) & _MASK


def pair_bucket(first: str, second: str) -> int:
    """Of two tokens that follow one another."""
    return crc32(f"p{first} {second}".encode("utf-8", "surrogatepass")) & _MASK
