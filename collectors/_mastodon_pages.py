"""One answer full of statuses: what is on it, and how far in time it has read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import Any

from collectors._json import local_id, mapping, mappings
from collectors._mastodon_ask import has_snowflakes, host_of
from collectors._mastodon_status import to_post, unwanted
from collectors.base import BrokenRecord, Post, Query, Rejected
from collectors.text import parse_time, words

_SHORT = 6  # on a shorter page three odd posts are the middle
READ_BEFORE = "read in an earlier walk"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Mastodon's ids hold milliseconds since 1970 above 16 bits of chance. Before 2.0 (2017)
# they counted from 1; what lies outside these years is no such id.
_FIRST_YEAR, _LAST_YEAR = 2016, 2100


@dataclass(frozen=True, slots=True)
class Statuses:
    """The statuses of one answer, in its order. posts + rejected + skipped = items.

    ids: those that could be read. times: the authors' claims that could be read.
    """

    posts: tuple[Post, ...]
    rejected: tuple[Rejected, ...]
    skipped: Mapping[str, int]
    ids: tuple[str, ...]
    times: tuple[datetime, ...]
    snowflakes: bool

    @property
    def newest(self) -> str:
        """The id of the page's newer end."""
        return max(self.ids, key=_rank) if all_numeric(self.ids) else self.ids[0]

    @property
    def oldest(self) -> str:
        """The id of the page's older end."""
        return min(self.ids, key=_rank) if all_numeric(self.ids) else self.ids[-1]

    @property
    def oldest_at(self) -> datetime | None:
        """Down to when this page has read for sure; None where no time can be read.

        The id's own time where it has one. Else the latest of the last three posts', and
        on a page long enough never later than its middle: one post dated 1970, or next
        year, must not end a walk or claim what was not read.
        """
        if not self.times:
            return None
        cautious = max(self.times[-3:])
        if len(self.times) > _SHORT:
            cautious = min(cautious, median_low(self.times))
        return self._time_of(self.oldest) or cautious

    @property
    def newest_at(self) -> datetime | None:
        """Up to when this page has read for sure; the mirror of `oldest_at`."""
        if not self.times:
            return None
        cautious = min(self.times[:3])
        if len(self.times) > _SHORT:
            cautious = max(cautious, median_low(self.times))
        return self._time_of(self.newest) or cautious

    def _time_of(self, status_id: str) -> datetime | None:
        return snowflake_time(status_id) if self.snowflakes else None


def read(
    items: Sequence[object], query: Query, *, until_id: str | None = None
) -> Statuses:
    """The statuses of an answer. until_id: where an earlier walk ended; it and what is
    older are left out."""
    known = _known_uris(items, query)
    read_before = _read_before(items, until_id)
    host = host_of(query.settings)
    posts: list[Post] = []
    rejected: list[Rejected] = []
    skipped: Counter[str] = Counter()
    for place, item in enumerate(items):
        try:
            reason = READ_BEFORE if read_before[place] else unwanted(mapping(item))
            if reason is not None:
                skipped[reason] += 1
            else:
                posts.append(to_post(mapping(item), host=host, uris=known))
        except BrokenRecord as error:
            rejected.append(Rejected(_name(item, place), str(error)))
    return Statuses(
        tuple(posts),
        tuple(rejected),
        dict(skipped),
        ids=tuple(found for found in map(_id_of, items) if found is not None),
        times=tuple(_times(items)),
        snowflakes=has_snowflakes(query.settings),
    )


def _name(item: object, place: int) -> str:
    return _id_of(item) or f"item {place + 1}"


def _id_of(item: object) -> str | None:
    return local_id(mapping(item).get("id"))


def _times(items: Sequence[object]) -> Iterator[datetime]:
    for item in mappings(items):
        moment = parse_time(item.get("created_at"))
        if moment is not None:
            yield moment


def _known_uris(items: Sequence[object], query: Query) -> dict[str, str]:
    """The uris of statuses by their id here: of those on this page, and of those stored."""
    found = {known.local_id: known.uri for known in query.known if known.local_id}
    for item in mappings(items):
        here, uri = _id_of(item), words(item.get("uri"))
        if here is not None and uri is not None:
            found[here] = uri
    return found


def _read_before(items: Sequence[object], until_id: str | None) -> list[bool]:
    """For each item whether an earlier walk, which ended at `until_id`, has read it."""
    ids = [_id_of(item) for item in items]
    if until_id is None:
        return [False] * len(ids)
    if all_numeric([until_id, *filter(None, ids)]):
        return [one is not None and not is_above(one, until_id) for one in ids]
    end = ids.index(until_id) if until_id in ids else len(ids)
    return [place >= end for place in range(len(ids))]


def all_numeric(ids: Sequence[str]) -> bool:
    """Whether ids can be compared: only plain numbers can (platforms.md section 4)."""
    return all(found.isascii() and found.isdigit() for found in ids)


def _rank(number: str) -> tuple[int, str]:
    bare = number.lstrip("0")
    return len(bare), bare


def is_above(one: str, other: str) -> bool:
    """Whether one numeric id is newer than another: by length, then as text."""
    return _rank(one) > _rank(other)


def snowflake_time(status_id: str) -> datetime | None:
    """When a Mastodon server gave this id; None if the id does not hold a time."""
    if not all_numeric([status_id]) or len(status_id) > 20:
        return None
    moment = _EPOCH + timedelta(milliseconds=int(status_id) >> 16)
    return moment if _FIRST_YEAR <= moment.year < _LAST_YEAR else None


def snowflake_after(moment: datetime) -> str:
    """The lowest id that is newer than everything a Mastodon server got by then."""
    milliseconds = (moment - _EPOCH) // timedelta(milliseconds=1)
    return str(max(0, milliseconds + 1) << 16)


def as_counts(read_page: Statuses) -> Mapping[str, Any]:
    """The part of a Page that says what was on it."""
    return {
        "posts": read_page.posts,
        "rejected": read_page.rejected,
        "skipped": read_page.skipped,
    }
