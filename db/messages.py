"""Which posts say the same: the same words with the same links are one message.

What does not change what is said is left out: capitals, punctuation, the form of letters,
characters that cannot be seen, addresses as they are written (shorteners give each post
its own; where they lead is compared instead) and who is addressed (a letter sent to every
member is one message). Emoji stay.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from hashlib import blake2b

# Hyphens, joiners and marks of direction that show nothing, and choices of an emoji's look.
_UNSEEN = re.compile(
    "[\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
_FORWARDED = re.compile(r"\s*RT @\w+:?\s")
_NOT_SAID = re.compile(
    r"https?://\S+|(?<!\w)@[\w.-]+(?:@[\w.-]+)?"
    "|[^\\w\\s\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]"
)
_ASCII = {code: " " for code in range(128) if _NOT_SAID.match(chr(code))}


def message_of(
    text: str,
    title: str | None,
    links: Iterable[str],
    repost_of: str | None,
    uri: str,
) -> int:
    """A number that posts which say the same share, 0 to 2**53 - 1, which JSON keeps.

    links: where the post's links lead, in any order. A post without words or links is a
    message with what it reposts, else of its own.
    """
    said = _words(f"{title} {text}" if title else text)
    where = sorted(set(links))
    told = "\n".join([said, *where]) if said or where else f"\t{repost_of or uri}"
    digest = blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 11


def repeated_share(posts: int, messages: int) -> float | None:
    """The share of posts that say what an earlier one of them says, 0 to 1; None: no post.

    messages: how many different things they say. queries/concentration.sql counts so too.
    """
    return round(1 - messages / posts, 3) if posts else None


def message_of_cells(
    text: str, title: str | None, links: str, repost_of: str | None, uri: str
) -> int:
    """The same as an SQL function. links: a JSON array."""
    return message_of(text, title, json.loads(links), repost_of, uri)


def _words(text: str) -> str:
    forwarded = _FORWARDED.match(text)
    plain = text[forwarded.end() :] if forwarded else text
    if plain.isascii():
        if "@" not in plain and "://" not in plain:  # the same, three times as fast
            return " ".join(plain.translate(_ASCII).casefold().split())
    else:
        plain = _UNSEEN.sub("", unicodedata.normalize("NFKC", plain))
    return " ".join(_NOT_SAID.sub(" ", plain).casefold().split())
