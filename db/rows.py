"""A post as the rows that it becomes: arithmetic alone, so that any process can do it."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from collectors.base import Author, Post
from db.identity import aliases, is_bridged, own_copies
from db.messages import message_of
from db.records import Score, Sighting
from db.times import to_text

COUNTS = ("replies", "reposts", "likes", "quotes", "views")
WORDS = ("text", "title", "content_warning", "url", "message")
SCORES = (
    "lang", "polarity", "subjectivity", "sentiment", "confidence", "unscored", "scorer",
    "evidence",
)  # fmt: skip
_REST = (
    "platform", "uri", "kind", "sensitive", "lang_declared", "published_at", "edited_at",
    "observed_at", "state", "reply_to", "repost_of", "quote_of", "bridged",
)  # fmt: skip
_NO_WORDS = ("", None, None, None, None)
# What a NewPost's `columns` hold, in this order; the ids stand before them.
COLUMNS = (*WORDS, *SCORES, *COUNTS, *_REST)
AUTHOR = (
    "platform", "uri", "handle", "display_name", "url", "followers", "bot", "opt_out",
)  # fmt: skip
Cell = str | int | float | None


class Belongings(NamedTuple):
    """What hangs on a post. links: url, domain, title. media: type, url, preview, alt."""

    hashtags: tuple[str, ...]
    links: tuple[tuple[str, str, str | None], ...]
    mentions: tuple[str, ...]
    media: tuple[tuple[str, str, str | None, str | None], ...]


NOTHING = Belongings((), (), (), ())


class NewPost(NamedTuple):
    """A post that is stored for the first time, without the ids that the store gives.

    names: its uri and those of its copies. author: what author_row gives. columns: those of
    COLUMNS. terms: their ids, each with how they matched. copies: scheme and value.
    """

    uri: str
    platform: str
    published_at: str
    names: tuple[str, ...]
    author: tuple[Cell, ...]
    columns: tuple[Cell, ...]
    counts: tuple[int | None, ...]
    terms: tuple[tuple[int, str], ...]
    belongings: Belongings
    copies: tuple[tuple[str, str], ...]

    @property
    def author_uri(self) -> str:
        """Who wrote it."""
        return str(self.author[1])


def new_post(
    sighting: Sighting, observed_at: datetime, *, hidden: bool = False
) -> NewPost:
    """A sighting as rows. hidden: its words are left unwritten; the post is counted."""
    post = sighting.post
    at = published_at(post, observed_at)
    score = Score(unscored="withheld") if hidden else sighting.score
    counts = counts_of(post)
    edited = to_text(post.edited_at) if post.edited_at else None
    state = "withheld" if hidden else "edited" if edited else "live"
    copies = own_copies(post) if post.copies else []
    return NewPost(
        post.uri,
        post.platform,
        at,
        tuple(aliases(post)) if post.copies else (post.uri,),
        author_row(post.author),
        (
            *(_NO_WORDS if hidden else words(post)),
            *scores(score, sighting.score.lang),
            *counts,
            post.platform, post.uri, post.kind, post.sensitive, post.lang, at, edited,
            to_text(observed_at), state, post.reply_to, post.repost_of, post.quote_of,
            bool(post.copies) and is_bridged(post),
        ),
        counts,
        sighting.terms,
        NOTHING if hidden else belongings(post),
        tuple((copy.scheme, copy.value) for copy in copies),
    )  # fmt: skip


def published_at(post: Post, observed_at: datetime) -> str:
    """The author's claim, but never later than our first sight of the post."""
    claim = post.published_at or observed_at
    return to_text(min(claim, observed_at))


def author_row(author: Author) -> tuple[Cell, ...]:
    """The cells of AUTHOR, and the addresses that are proven to be theirs, one a line."""
    return (
        author.platform, author.uri, author.handle, author.display_name, author.url,
        author.followers, author.bot, author.opt_out, "\n".join(author.proven),
    )  # fmt: skip


def words(post: Post) -> tuple[Cell, ...]:
    """The cells of WORDS."""
    message = message_of(post.text, post.title, post.links, post.repost_of, post.uri)
    return post.text, post.title, post.content_warning, post.url, message


def scores(score: Score, lang: str) -> tuple[Cell, ...]:
    """The cells of SCORES."""
    return (
        lang, score.polarity, score.subjectivity, score.sentiment, score.confidence,
        score.unscored, score.scorer, score.evidence,
    )  # fmt: skip


def score_of(post: NewPost) -> Score:
    """The score that a row holds."""
    start = len(WORDS)
    lang, polarity, subjectivity, *rest = post.columns[start : start + len(SCORES)]
    return Score(lang, polarity, subjectivity, *rest)  # type: ignore[arg-type]


def counts_of(post: Post) -> tuple[int | None, ...]:
    """The cells of COUNTS."""
    return post.replies, post.reposts, post.likes, post.quotes, post.views


def belongings(post: Post) -> Belongings:
    """What hangs on a post."""
    titles = post.link_titles
    return Belongings(
        post.hashtags,
        tuple((url, domain(url), titles.get(url)) for url in post.links),
        post.mentions,
        tuple((one.type, one.url, one.preview_url, one.alt) for one in post.media),
    )


@lru_cache(4096)
def domain(url: str) -> str:
    """The host of a link as people name it: lower-case, without "www."."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
