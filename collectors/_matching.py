"""Which terms a post matches, tested here whatever the platform's search said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from yarl import URL

from collectors.base import Post, Term
from collectors.text import UNREADABLE, find_hashtags

MatchedBy = Literal["tag", "text", "url", "author", "server"]


def matches(post: Post, terms: Sequence[Term]) -> list[tuple[Term, MatchedBy]]:
    """The terms that a post carries, each with how it was found; empty when none.

    tag: the post's own tags or a tag in its text. text: a phrase, word by word, in
    title, warning or text. url: a link to the domain. author: written by or naming the
    account.
    """
    found = ((term, _match(post, term)) for term in terms)
    return [(term, how) for term, how in found if how is not None]


def names(post: Post, terms: Sequence[Term]) -> bool:
    """Whether a post carries one of the terms, or a hashtag's word without its "#".

    For platforms that have no hashtags: people write the bare word there.
    """
    if matches(post, terms):
        return True
    tags = (term for term in terms if term.kind == "hashtag")
    return any(has_phrase(_words(post), term.key) for term in tags)


def _match(post: Post, term: Term) -> MatchedBy | None:
    return _RULES[term.kind](post, term.key)


def _by_tag(post: Post, key: str) -> MatchedBy | None:
    if key in post.hashtags or key in find_hashtags(_words(post)):
        return "tag"
    return None


def _by_phrase(post: Post, key: str) -> MatchedBy | None:
    return "text" if has_phrase(_words(post), key) else None


def _by_domain(post: Post, key: str) -> MatchedBy | None:
    hosts = map(_host, post.links)
    inside = any(host == key or host.endswith("." + key) for host in hosts)
    return "url" if inside else None


def _host(link: str) -> str:
    """A link's host, "" where it has none that can be read."""
    try:
        return (URL(link).host or "").casefold()
    except UNREADABLE:
        return ""


def _by_account(post: Post, key: str) -> MatchedBy | None:
    names = (post.author.handle, post.author.uri, *post.mentions)
    folded = {name.casefold().lstrip("@") for name in names if name}
    return "author" if key in folded else None


def _by_feed(post: Post, key: str) -> MatchedBy | None:  # noqa: ARG001
    return "server"  # a feed named as a term wants every item of that feed


_RULES = {
    "hashtag": _by_tag,
    "phrase": _by_phrase,
    "domain": _by_domain,
    "account": _by_account,
    "feed": _by_feed,
}


def has_phrase(text: str, phrase: str) -> bool:
    """Whether a phrase stands in a text as whole words, case and width folded.

    An empty phrase stands nowhere.
    """
    if not phrase.strip():
        return False
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _phrase_pattern(phrase).search(folded) is not None


@lru_cache(maxsize=1024)
def _phrase_pattern(phrase: str) -> re.Pattern[str]:
    folded = unicodedata.normalize("NFKC", phrase).casefold().split()
    return re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, folded)) + r"(?!\w)")


def _words(post: Post) -> str:
    parts = (post.title, post.content_warning, post.text)
    return "\n".join(part for part in parts if part)
