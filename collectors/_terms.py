"""What is searched for, and how it is compared."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

TermKind = Literal["hashtag", "phrase", "account", "domain", "feed"]
TERM_KINDS: frozenset[TermKind] = frozenset(get_args(TermKind))


@lru_cache(4096)
def normal_tag(tag: str) -> str:
    """A hashtag as it is stored and compared: no "#", NFKC, casefolded."""
    bare = unicodedata.normalize("NFKC", tag).strip()
    while bare.startswith("#"):
        bare = bare.lstrip("#").strip()
    return unicodedata.normalize("NFKC", bare.casefold())


def normal_term(kind: str, value: str) -> str:
    """A term's value as it is compared: tags as tags, phrases as folded words."""
    if kind == "hashtag":
        return normal_tag(value)
    if kind == "feed":
        return value.strip()
    folded = unicodedata.normalize("NFKC", value).casefold().strip()
    if kind == "account":
        return folded.lstrip("@")
    return " ".join(folded.split())


@dataclass(frozen=True, slots=True)
class Term:
    """One thing searched for. `value` is as staff wrote it, without "#"."""

    kind: TermKind
    value: str

    @property
    def key(self) -> str:
        """The value as it is compared."""
        return normal_term(self.kind, self.value)
