"""From words (options, an address's parameters) to a selection of posts; and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db import choosing
from db.choosing import Selection, Thread
from db.connection import Database
from db.times import to_text

KINDS = ("post", "reply", "repost", "quote", "article", "comment", "video")
SENTIMENTS = ("negative", "neutral", "positive", "unscored")
_LONGEST = 1000  # characters of a search
_LONGEST_LINK = 4000  # of an address
MOST_POSTS = 200  # that may be picked at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody asked for, as it was written; '' stands for all. link: an address, as
    in `links.url`. post: rows in posts; none stands for all."""

    campaign: str
    from_at: str = ""
    to_at: str = ""
    platform: str = ""
    sentiment: str = ""
    lang: str = ""
    term: str = ""
    kind: str = ""
    text: str = ""
    link: str = ""
    post: tuple[str, ...] = ()


# How the command line's options are called, where it is not by the field's name.
_OPTIONS = {"from_at": "--from", "to_at": "--to"}


def option(name: str) -> str:
    """The command line's option for a field of Wish."""
    return _OPTIONS.get(name, f"--{name}")


class WrongWish(ValueError):
    """A wish that cannot be met. name: the field of Wish; str() is a sentence about it."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


def select(db: Database, wish: Wish, now: datetime) -> Selection:
    """The selection that a wish means. Raises WrongWish."""
    known = choosing.campaigns(db)
    if wish.campaign not in known:
        raise WrongWish(
            "campaign",
            f"no campaign is called {_short(wish.campaign)}; there {_listed(list(known))}",
        )
    campaign_id = known[wish.campaign]
    from_at, to_at = _times(wish, now)
    if wish.platform:
        _one_of("platform", wish.platform, choosing.platforms(db))
    if wish.sentiment:
        _one_of("sentiment", wish.sentiment, SENTIMENTS)
    if wish.lang:
        _one_of("lang", wish.lang, choosing.languages(db, campaign_id))
    if wish.kind:
        _one_of("kind", wish.kind, KINDS)
    post = picked(wish.post)
    thread = _thread(db, campaign_id, post) if post else None
    return Selection(
        campaign_id=campaign_id,
        campaign=wish.campaign,
        # What was seen before a thread began says nothing of it.
        from_at=from_at or (thread.first_at if thread else ""),
        to_at=to_at,
        platform=wish.platform,
        sentiment=wish.sentiment,
        lang=wish.lang,
        term=wish.term,
        term_ids=_terms(db, campaign_id, wish.term) if wish.term else (),
        words=words(wish.text),
        kind=wish.kind,
        link=_link(wish.link),
        posts=thread.uris if thread else (),
        post_ids=thread.ids if thread else (),
    )


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "are none yet"
    shown = ", ".join(names[:20])
    return f"are {shown}" + (" and others" if len(names) > 20 else "")


def _one_of(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise WrongWish(name, f"{_short(value)} is not known; there {_listed(known)}")


def _times(wish: Wish, now: datetime) -> tuple[str, str]:
    from_at = moment("from_at", wish.from_at) if wish.from_at else None
    to_at = moment("to_at", wish.to_at, end=True) if wish.to_at else None
    if from_at and from_at >= (to_at or now):
        end = _short(wish.to_at) if to_at else "now"
        raise WrongWish("from_at", f"{_short(wish.from_at)} does not lie before {end}")
    return (to_text(from_at) if from_at else "", to_text(to_at) if to_at else "")


def moment(name: str, text: str, *, end: bool = False) -> datetime:
    """A date or a time, in UTC where it names no zone; a date as an end is included.

    Raises WrongWish.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        if len(text.strip()) == 10 and end:
            found += timedelta(days=1)
        if found.utcoffset() is None:
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError) as error:
        raise WrongWish(
            name,
            f"{_short(text)} is no time; write 2026-05-01 or 2026-05-01T09:00:00Z",
        ) from error


def _terms(db: Database, campaign_id: int, term: str) -> tuple[int, ...]:
    known = choosing.terms(db, campaign_id)
    wanted = {term, term.removeprefix("#").casefold()}
    found = tuple(row for row, value, display in known if {value, display} & wanted)
    if not found:
        names = list(dict.fromkeys(display for _, _, display in known))
        raise WrongWish("term", f"{_short(term)} is no term; there {_listed(names)}")
    return found


def picked(post: Iterable[str]) -> tuple[str, ...]:
    """The posts that were named, each once, in their order."""
    return tuple(one for one in dict.fromkeys(part.strip() for part in post) if one)


def too_many(post: Sequence[str]) -> str:
    """The sentence about more posts than may be picked at once; '' where there are not."""
    if len(post) <= MOST_POSTS:
        return ""
    return f"{len(post):,} are chosen, and {MOST_POSTS} are the most at once"


def _thread(db: Database, campaign_id: int, post: Sequence[str]) -> Thread:
    if sentence := too_many(post):
        raise WrongWish("post", sentence)
    ids = []
    for one in post:
        if not (one.isascii() and one.isdigit() and len(one) < 19):
            raise WrongWish("post", _no_post(one))
        ids.append(int(one))
    try:
        return choosing.thread(db, campaign_id, ids)
    except choosing.NoPost as error:
        raise WrongWish("post", _no_post(str(error.id))) from None


def _no_post(post: str) -> str:
    return f"{_short(post)} is no post of this campaign; it may have been taken back"


def _link(link: str) -> str:
    if len(link) > _LONGEST_LINK:
        raise WrongWish(
            "link", f"it is too long; {_LONGEST_LINK:,} characters are the most"
        )
    return link


def words(text: str) -> str:
    """The words to look for, as they were written. Raises WrongWish."""
    if text and not any(char.isalnum() for char in text):
        raise WrongWish("text", f"{_short(text)} has no word to look for")
    if len(text) > _LONGEST:
        raise WrongWish("text", f"it is too long; {_LONGEST} characters are the most")
    return text


def sentences(selection: Selection) -> Iterator[str]:
    """The filter for people, a line each."""
    yield f"campaign: {selection.campaign}"
    yield f"published from: {selection.from_at or 'the beginning'}"
    yield (
        f"published before: {selection.to_at}"
        if selection.to_at
        else "published before: the time of writing"
    )
    for name, value in (
        ("platform", selection.platform),
        ("sentiment", selection.sentiment),
        ("language", selection.lang),
        ("term", selection.term),
        ("kind", selection.kind),
        ("text has all of", selection.words),
        ("links to", selection.link),
    ):
        yield f"{name}: {' '.join(value.split()) or 'all'}"
    if selection.posts:
        yield (
            f"chosen posts: {len(selection.posts)}, with the posts that they answer and "
            "the answers to them, as far as they were collected for this campaign"
        )
    for uri in selection.posts:
        yield f"chosen: {uri}"


def as_data(selection: Selection) -> dict[str, str | list[str]]:
    """The filter for programs; what is '' was not asked for."""
    names = ("campaign", "from_at", "to_at", "platform", "sentiment", "lang", "term")
    return {
        **{name: getattr(selection, name) for name in names},
        "kind": selection.kind,
        "text": selection.words,
        "link": selection.link,
        "posts": list(selection.posts),
    }
