"""Walks over listings that come newest first, which is what most platforms have.

A platform gives the items of one answer, how an item becomes a post, and the request for
the next older page; how far to read, what was read for sure and what a checkpoint holds
is the same everywhere and stands here. Mastodon, whose pages go both ways, has its own.

Forward: from the newest down to what is covered already (`query.since`, less `overlap`);
the first look reads one page, a back walk reads the rest. Back and settle: down to
`query.since`; where to begin (`query.until`) is in the platform's first request.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any, Literal

import httpx

from collectors._asking import request_of
from collectors._json import mapping
from collectors.base import BrokenRecord, Gap, Page, Post, Query, Rejected

_SHORT = 6  # on a shorter page three odd posts are the middle
_AT_ONCE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Items:
    """The items of one answer, in its order. posts + rejected + skipped = items.

    times: of those whose time could be read, kept or not, in the platform's order.
    """

    posts: tuple[Post, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    skipped: Mapping[str, int] | None = None
    times: tuple[datetime, ...] = ()

    @property
    def oldest_at(self) -> datetime | None:
        """Down to when this page has read for sure; None where no time can be read.

        The latest of the last three, and on a page long enough never later than its
        middle: one post dated 1970, or next year, must not end a walk or claim what was
        not read.
        """
        if not self.times:
            return None
        cautious = max(self.times[-3:])
        if len(self.times) > _SHORT:
            cautious = min(cautious, median_low(self.times))
        return cautious

    @property
    def is_empty(self) -> bool:
        """Whether the answer had nothing on it at all."""
        return not (self.posts or self.rejected or self.skipped)


def read(
    items: Sequence[object],
    to_post: Callable[[Mapping[str, Any]], Post | str],
    *,
    name: Callable[[Mapping[str, Any]], str | None],
    time: Callable[[Mapping[str, Any]], datetime | None],
) -> Items:
    """Every item as a post, as rejected, or as skipped for a reason.

    to_post: the post, or why it is not wanted; raises BrokenRecord for what cannot be
    read. name: an item's id, for the list of rejected ones. time: when it was published,
    by the clock that the listing is sorted by.
    """
    posts: list[Post] = []
    rejected: list[Rejected] = []
    skipped: Counter[str] = Counter()
    for place, item in enumerate(items):
        one = mapping(item)
        try:
            found = to_post(one)
        except BrokenRecord as error:
            rejected.append(Rejected(name(one) or f"item {place + 1}", str(error)))
            continue
        if isinstance(found, str):
            skipped[found] += 1
        else:
            posts.append(found)
    times = (time(mapping(item)) for item in items)
    return Items(
        tuple(posts),
        tuple(rejected),
        dict(skipped),
        tuple(moment for moment in times if moment is not None),
    )


def floor(query: Query, overlap: timedelta = _AT_ONCE) -> datetime | None:
    """How far back a walk reads; None where it has no bound.

    overlap: for listings in which a post can surface below what was already read.
    """
    return query.since - overlap if query.since is not None else None


def before(
    response: httpx.Response,
    query: Query,
    items: Items,
    search: Callable[[Query, datetime], httpx.Request],
    *,
    full: str | None,
) -> tuple[httpx.Request | None, str | None]:
    """The next older page of a platform that is asked for times, and why there is none
    where there should be one: the parts `older` and `cut_short` of `page`.

    full: the reason, as a sentence, where more posts share one second than a page holds,
    so that the same page would come again; None: this page was not full, and is the last.
    """
    if full is None or not items.times:
        return None, None
    following = search(query, min(items.times))
    asked = request_of(response)
    if asked is not None and asked.url == following.url:
        return None, full
    return following, None


def page(
    items: Items,
    query: Query,
    older: httpx.Request | None,
    *,
    overlap: timedelta = _AT_ONCE,
    vouches: Literal["complete", "overlapping"] = "overlapping",
    cut_short: str | None = None,
    cursor: str | None = None,
) -> Page:
    """What one answer of a listing gave, and whether to read on.

    older: the request for the next older page; None: the platform has no more. cut_short:
    where the platform shows no more although there may be (a cap of its own), the reason,
    as a sentence; what lies below is then a gap. cursor: what a back walk that is capped
    may resume from; the oldest moment read where there is none.
    """
    reached, bound = items.oldest_at, floor(query, overlap)
    below = bound is not None and reached is not None and reached <= bound
    first_look = query.walk == "forward" and query.checkpoint is None
    is_last = older is None or below or first_look
    gap = None
    if older is None and not below:
        gap = _unread(query, reached, cut_short)
        if cut_short is None:
            reached = _down_to(query, reached)
    elif is_last:
        reached = _down_to(query, reached) if below else reached
    return Page(
        posts=items.posts,
        rejected=items.rejected,
        skipped=items.skipped or {},
        next=None if is_last else older,
        checkpoint=_proposal(items, query, cursor),
        reached=reached,
        gap=gap,
        vouches=vouches,
    )


def _unread(
    query: Query, reached: datetime | None, cut_short: str | None
) -> Gap | None:
    if cut_short is None:
        return None
    return Gap("capped", cut_short, query.since, reached or query.until)


def _down_to(query: Query, reached: datetime | None) -> datetime | None:
    """The walk's own bound, where the listing has been read down to it."""
    if query.since is None or reached is None:
        return reached or query.since
    return min(reached, query.since)


def _proposal(items: Items, query: Query, cursor: str | None) -> str | None:
    """Back: how far it came. Forward: only that a first look was had; where to go on is
    what coverage says."""
    if query.walk == "back":
        oldest = items.oldest_at
        return cursor or (_text(oldest) if oldest else query.checkpoint)
    return "looked" if query.walk == "forward" else None


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
