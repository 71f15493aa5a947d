"""Bluesky's search as a walk: one search after another, each in windows of time.

Pages follow an offset that ends near 10,000 results, sometimes with a 502; then a new
window begins at the oldest moment read (`until` is exclusive, so one millisecond
later: posts of the same moment are read twice rather than lost). Where a walk stands
travels in the request's URL: cursor, until and limit as parameters, the rest in the
fragment, which no server sees. platforms.md section 5.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import msgspec

from collectors._bluesky_records import from_view, mapping, sort_time
from collectors._bluesky_session import memory
from collectors._matching import matches
from collectors.base import (
    BadPayload,
    BrokenRecord,
    Gap,
    Page,
    Post,
    Query,
    Rejected,
    Term,
)
from collectors.text import parse_time, words

LIMIT = 100
# createdAt is what the client wrote, and the index lags: a post can surface behind.
OVERLAP = timedelta(hours=3)

_DEPTH = 10_000
_NEAR_DEPTH = 9_000
_STALLS_MAX = 20
_GROWTH = 5
_MS = timedelta(milliseconds=1)
_METHOD = "app.bsky.feed.searchPosts"


class _Answer(msgspec.Struct, frozen=True):
    posts: list[Any]
    cursor: Any = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk stands.

    search: which of the searches. last: the oldest moment read in it. newest: the
    newest in the walk. floor: where an earlier search stopped short of the bound.
    stalls: pages in a row that led no further back. skipped: 1 straight after a result
    that the server could not serve. auth: log-ins tried for this request.
    """

    search: int = 0
    cursor: str | None = None
    until: datetime | None = None
    limit: int = LIMIT
    last: datetime | None = None
    newest: datetime | None = None
    floor: datetime | None = None
    stalls: int = 0
    skipped: int = 0
    auth: int = 0

    @property
    def offset(self) -> int | None:
        """How many results lie before this page; None where the cursor does not say."""
        if self.cursor is None:
            return 0
        return _number(self.cursor)

    @property
    def is_deep(self) -> bool:
        """Whether a failure here may be the end of what the offset reaches."""
        return self.offset is None or self.offset >= _NEAR_DEPTH


@dataclass(frozen=True, slots=True)
class _Step:
    """What follows a page of one search. at None: this search is over; short: before
    its bound, at the place's `last`."""

    at: Place | None
    gap: Gap | None = None
    short: bool = False


def first_place(query: Query) -> Place:
    """The walk's beginning: from the newest, or from the end of its span."""
    return Place(until=_after(query.until) if query.until else None)


def place_of(request: httpx.Request | None, query: Query) -> Place:
    """Where a request stands; the walk's beginning where there is none to read."""
    if request is None:
        return first_place(query)
    params, kept = request.url.params, memory(request.url)
    return Place(
        search=min(_number(kept.get("search")) or 0, len(_searches(query)) - 1),
        cursor=params.get("cursor"),
        until=parse_time(params.get("until")),
        limit=_number(params.get("limit")) or LIMIT,
        last=parse_time(kept.get("last")),
        newest=parse_time(kept.get("newest")),
        floor=parse_time(kept.get("floor")),
        stalls=_number(kept.get("stalls")) or 0,
        skipped=_number(kept.get("skipped")) or 0,
        auth=_number(kept.get("auth")) or 0,
    )


def request_at(place: Place, query: Query) -> httpx.Request:
    """The search request of a place, without a log-in."""
    params = {**_searches(query)[place.search], "sort": "latest", "limit": place.limit}
    if place.until:
        params["until"] = _iso(place.until)
    if place.cursor is not None:
        params["cursor"] = place.cursor
    url = httpx.URL(f"{query.base_url}/xrpc/{_METHOD}", params=params)
    fragment = urlencode(dict(_kept(place)))
    return httpx.Request("GET", url.copy_with(fragment=fragment) if fragment else url)


def parse(
    response: httpx.Response, place: Place, query: Query
) -> tuple[Page, Place | None]:
    """A page of results (without `next`), and the place that follows it."""
    answer = _answer(response)
    moments = [moment for moment in map(sort_time, answer.posts) if moment]
    here = _moved(place, moments)
    step = _step(here, answer, query)
    follows = step.at or _next_search(here, step, query)
    page = Page(
        **_sorted(answer.posts, query),
        checkpoint=_checkpoint(here, query),
        reached=_reached(here, step, query),
        gap=step.gap,
        vouches="overlapping",
    )
    return page, follows


def new_window(place: Place) -> Place | None:
    """The place after the offset's end; None where no older moment is known."""
    until = _after(place.last) if place.last else None
    if until is None or (place.until is not None and until >= place.until):
        return None
    return replace(place, cursor=None, until=until, limit=LIMIT, stalls=0, skipped=0)


def failed(place: Place) -> tuple[Page, Place] | None:
    """After a server's error: a smaller page, then the one bad result left out.

    One post that the server cannot build fails its whole page (platforms.md section
    5.1). None where a second result in a row fails: then it is the server.
    """
    if place.is_deep:
        window = new_window(place)
        return (Page(vouches="overlapping"), window) if window else None
    if place.limit > 1:
        smaller = replace(place, limit=max(place.limit // _GROWTH, 1), auth=0)
        return Page(vouches="overlapping"), smaller
    if place.skipped or place.offset is None:
        return None
    reason = "the server answers with an error for every page that holds this result"
    left_out = Rejected(f"search {place.search + 1}, result {place.offset + 1}", reason)
    after = replace(place, cursor=str(place.offset + 1), skipped=1)
    return Page(rejected=(left_out,), vouches="overlapping"), after


def error_name(response: httpx.Response) -> str | None:
    """The name in an XRPC error body; None where the body is none."""
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    name = words(mapping(body).get("error"))
    return name[:80] if name else None


def _answer(response: httpx.Response) -> _Answer:
    try:
        return msgspec.json.decode(response.content, type=_Answer)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        sample = response.content[:500].decode("utf-8", "replace")
        raise BadPayload("not a page of search results", sample) from error


def _sorted(views: list[Any], query: Query) -> dict[str, Any]:
    """posts, rejected and skipped. Search gives near misses, so all are matched here."""
    posts: list[Post] = []
    rejected: list[Rejected] = []
    for number, view in enumerate(views):
        try:
            posts.append(from_view(view))
        except BrokenRecord as error:
            rejected.append(Rejected(_name(view, number), str(error)))
    wanted = tuple(post for post in posts if matches(post, query.terms))
    missed = len(posts) - len(wanted)
    skipped = {"no term matched": missed} if missed else {}
    return {"posts": wanted, "rejected": tuple(rejected), "skipped": skipped}


def _name(view: object, number: int) -> str:
    uri = mapping(view).get("uri")
    return uri[:200] if isinstance(uri, str) and uri else f"result {number}"


def _searches(query: Query) -> list[dict[str, Any]]:
    """The parameters of each search, without those that say where in it we are."""
    found = [params for term in query.terms for params in _params(term, query)]
    unique = [params for i, params in enumerate(found) if params not in found[:i]]
    return unique or [{"q": "*"}]


def _params(term: Term, query: Query) -> Iterator[dict[str, Any]]:
    """Lower case always: search once lost its case folding (section 5.1)."""
    if term.kind == "hashtag":
        yield {"q": f"#{term.key}"}
        if query.settings.get("plain_tags") is True:
            yield {"q": term.key}
    elif term.kind == "phrase":
        yield {"q": '"{}"'.format(term.key.replace('"', " "))}
    elif term.kind == "domain":
        yield {"q": "*", "domain": term.key}
    elif term.kind == "account":
        yield {"q": "*", "author": term.key}


def _moved(place: Place, moments: list[datetime]) -> Place:
    """The place with what its page showed. Results come newest first, by sort time."""
    last = moments[-1] if moments else None
    further = last is not None and (place.last is None or last < place.last)
    return replace(
        place,
        last=last if further else place.last,
        newest=max([*moments, *([place.newest] if place.newest else [])], default=None),
        stalls=0 if further else place.stalls + 1,
    )


def _step(here: Place, answer: _Answer, query: Query) -> _Step:
    bound = _bound(query)
    if bound is not None and here.last is not None and here.last < bound:
        return _Step(None)
    cursor = answer.cursor if isinstance(answer.cursor, str) else None
    whole = cursor is None and here.cursor is None and len(answer.posts) < here.limit
    if whole or (here.last is None and cursor is None):
        return _Step(None)
    if query.walk == "forward" and bound is None:
        return _Step(None, short=True)  # the first walk: history is for a back walk
    if cursor is None or _too_deep(cursor):
        return _window_step(here, len(answer.posts), query)
    return _cursor_step(here, cursor, query)


def _too_deep(cursor: str) -> bool:
    offset = _number(cursor)
    return offset is not None and offset + LIMIT > _DEPTH


def _window_step(here: Place, count: int, query: Query) -> _Step:
    window = new_window(here)
    if window is not None:
        return _Step(window)
    if (here.offset or 0) + count < _NEAR_DEPTH:
        return _Step(None)  # the window held one moment alone, and it was read whole
    return _capped(here, query, f"over {_NEAR_DEPTH} posts of one moment")


def _cursor_step(here: Place, cursor: str, query: Query) -> _Step:
    before, after = here.offset, _number(cursor)
    numeric = before is not None and after is not None
    stands = cursor == here.cursor or (numeric and (after or 0) <= (before or 0))
    if stands or here.stalls >= _STALLS_MAX:
        return _capped(here, query, "the search's paging does not move")
    limit = min(here.limit * _GROWTH, LIMIT)
    return _Step(replace(here, cursor=cursor, limit=limit, skipped=0, auth=0))


def _capped(here: Place, query: Query, why: str) -> _Step:
    gap = Gap("capped", why, from_at=_bound(query), to_at=here.last)
    return _Step(None, gap=gap, short=True)


def _next_search(here: Place, step: _Step, query: Query) -> Place | None:
    if here.search + 1 >= len(_searches(query)):
        return None
    return replace(
        first_place(query),
        search=here.search + 1,
        newest=here.newest,
        floor=_floor(here, step),
    )


def _floor(here: Place, step: _Step) -> datetime | None:
    """The youngest moment at which a search of this walk stopped short."""
    stops = [here.floor, here.last if step.short or step.at else None]
    return max((stop for stop in stops if stop), default=None)


def _reached(here: Place, step: _Step, query: Query) -> datetime | None:
    """What all searches have read: told by the last one alone."""
    if here.search + 1 < len(_searches(query)):
        return None
    return _floor(here, step) or (here.last if step.at else _bound(query) or here.last)


def _checkpoint(here: Place, query: Query) -> str | None:
    """The newest moment that the data named, never before the last checkpoint."""
    if query.walk != "forward":
        return None
    known = [here.newest, parse_time(query.checkpoint)]
    newest = max((moment for moment in known if moment), default=None)
    return newest.isoformat().replace("+00:00", "Z") if newest else None


def _bound(query: Query) -> datetime | None:
    """The oldest moment that a walk asks for; None: all there is."""
    if query.walk != "forward":
        return query.since
    since = query.since or parse_time(query.checkpoint)
    if since is None or since.year <= 1:
        return None
    return since - OVERLAP


def _after(moment: datetime) -> datetime:
    """The next millisecond: `until` is exclusive."""
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return whole if moment.year >= 9999 else whole + _MS


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kept(place: Place) -> Iterator[tuple[str, str]]:
    for name in ("last", "newest", "floor"):
        moment: datetime | None = getattr(place, name)
        if moment is not None:
            yield name, moment.isoformat()
    for name in ("search", "stalls", "skipped", "auth"):
        if getattr(place, name):
            yield name, str(getattr(place, name))


def _number(text: str | None) -> int | None:
    if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    return None
