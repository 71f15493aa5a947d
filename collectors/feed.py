"""Feeds: RSS 0.9x to 2.0, RDF, Atom and JSON Feed, by their address.

A feed shows a window: its newest items. A forward walk reads it with a conditional
request (`_feed_state` says when the answer is believed) and proves that nothing fell
between two looks by an item that both windows hold. Where none is, it pages back
(RFC 5005, JSON Feed's next_url, WordPress's ?paged=n) until one is, or reports a gap.

State travels from page to page in the request's extensions, so that a walk needs no
memory of its own and every page proposes the checkpoint that the first one earned.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

import httpx

from collectors._feed_json import read_json
from collectors._feed_model import Window
from collectors._feed_posts import Sorted, sort_items
from collectors._feed_state import (
    State,
    seen_hashes,
    terms_hash,
    validators,
)
from collectors._feed_xml import decode, read_xml
from collectors.base import (
    NOTHING,
    TERM_KINDS,
    BadPayload,
    Card,
    Duties,
    Gap,
    Pace,
    Page,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
)
from collectors.text import parse_time, web_url

_MAX_BYTES = 8_000_000  # a malformed megabyte takes about six seconds to read
_FORWARD_PAGES = 10
_BACK_PAGES = 50
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
_EXTENSION = "groundswell.feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Where in a walk a request stands.

    checkpoint: what the first page proposed. reached: the oldest moment of the pages
    before. ids: what the page before held. named: whether the feed itself says how it
    pages, so that the end of paging is the end of the feed.
    """

    page: int = 1
    checkpoint: str | None = None
    reached: datetime | None = None
    ids: tuple[str, ...] = ()
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One answer, read."""

    url: str
    query: Query
    step: _Step
    window: Window
    items: Sorted
    ids: tuple[str, ...]
    reached: datetime | None


class Feed:
    """Collects from one feed; a source is one feed's URL."""

    slug: ClassVar[str] = "feed"
    docs: ClassVar[str] = "https://www.rssboard.org/rss-specification"
    card: ClassVar[Card] = Card(
        name="Feeds",
        access="open",
        gives="RSS, RDF, Atom and JSON feeds of the press, unions, parties and blogs",
        needs="nothing",
    )
    duties: ClassVar[Duties] = Duties(
        why="the words belong to their publishers: quote and link, do not republish"
    )
    pace: ClassVar[Pace] = Pace(10, 60, pages=_BACK_PAGES)
    scope: ClassVar[Literal["term", "source"]] = "source"
    kinds: ClassVar[frozenset[TermKind]] = TERM_KINDS
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with `base_url`, the feed's own address."""
        written = str(settings.get("base_url") or "")
        if web_url(written) is None:
            return ["base_url must be the feed's whole address, https://host/path"]
        if httpx.URL(written).userinfo:
            return ["base_url must not hold a name or password"]
        return []

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """Forward; and back, which gets as far as the feed pages."""
        return ("forward", "back")

    def first(self, query: Query) -> httpx.Request:
        """The feed itself, asked for only if it changed where that can be believed."""
        headers = {"Accept": _ACCEPT}
        state = State.load(query.checkpoint) if query.walk == "forward" else None
        if state is not None:
            headers |= state.conditional_headers(query.terms)
        return httpx.Request("GET", _feed_url(query), headers=headers)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """The window as a Page; BadPayload for anything that is no feed."""
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return _not_modified(query)
        step = _step(response)
        state = State.load(query.checkpoint) if query.walk == "forward" else None
        digest = hashlib.sha256(response.content).hexdigest()[:16]
        if state and step.page == 1 and _same_body(state, digest, query):
            kept = state.after_same_body(response).dump()
            return Page(checkpoint=kept, vouches="overlapping")
        look = _read(response, query, step)
        if query.walk != "forward":
            return _back(look)
        if step.page == 1:
            proposal = _propose(look, response, state=state, digest=digest)
            look = replace(look, step=replace(step, checkpoint=proposal))
        return _forward(look, state)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """304 is a complete, empty page; 404 on an older page is the end of paging."""
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return _not_modified(query)
        step = _step(response)
        older = step.page > 1 or _paged(_url_of(response, query)) > 1
        if response.status_code == httpx.codes.NOT_FOUND and older:
            return _past_the_end(query, step)
        return None


def _feed_url(query: Query) -> str:
    """The feed's address as configured: a slash at its end can matter."""
    return str(query.settings.get("base_url", ""))


def _url_of(response: httpx.Response, query: Query) -> str:
    try:
        return str(response.request.url)
    except RuntimeError:  # a response that was never asked for
        return _feed_url(query)


def _step(response: httpx.Response) -> _Step:
    try:
        found = response.request.extensions.get(_EXTENSION)
    except RuntimeError:
        return _Step()
    return found if isinstance(found, _Step) else _Step()


def _not_modified(query: Query) -> Page:
    """Raises BadPayload where nothing was asked that 304 could answer."""
    state = State.load(query.checkpoint)
    if state is None or not state.conditional_headers(query.terms):
        raise BadPayload("feed is broken: 304 came to a request without validators")
    return Page(checkpoint=state.after_304().dump(), vouches="overlapping")


def _same_body(state: State, digest: str, query: Query) -> bool:
    return state.hash == digest and state.terms == terms_hash(query.terms)


def _read(response: httpx.Response, query: Query, step: _Step) -> _Look:
    url = _url_of(response, query)
    window = _window(response, url)
    items = sort_items(window, _feed_url(query), query.terms)
    return _Look(
        url=url,
        query=query,
        step=step,
        window=window,
        items=items,
        ids=seen_hashes(items.uris),
        reached=_reached(window, step),
    )


def _window(response: httpx.Response, url: str) -> Window:
    body = response.content
    if not body.strip():
        raise BadPayload("feed is broken: the answer is empty")
    if len(body) > _MAX_BYTES:
        raise BadPayload(f"feed is broken: {len(body)} bytes, over {_MAX_BYTES}")
    text = decode(body, response.charset_encoding)
    # By content: JSON feeds are served as text/html, and Atom as application/json.
    if text.lstrip().startswith(("{", "[")):
        return read_json(text, url=url)
    language = response.headers.get("content-language")
    return read_xml(text, url=url, language=language)


def _reached(window: Window, step: _Step) -> datetime | None:
    """How far back the window reads for sure: its last item's newest date.

    Not the oldest date in it: a pinned item from last year, or one dated 1970, would
    vouch for months that the feed does not show.
    """
    dates = [item.moment for item in window.items if item.moment is not None]
    known = [date for date in (*dates[-1:], step.reached) if date is not None]
    return min(known, default=None)


def _propose(
    look: _Look, response: httpx.Response, *, state: State | None, digest: str
) -> str:
    """The checkpoint that this window earns, if the walk completes."""
    dates = [item.moment for item in look.window.items if item.moment is not None]
    etag, modified = validators(response)
    lied = state is not None and state.caught_lying(response, look.ids)
    fresh = State(
        etag=etag,
        modified=modified,
        hash=digest,
        newest=max(dates).isoformat() if dates else "",
        # An emptied feed proves nothing, so what was there before stays the proof.
        seen=look.ids or (state.seen if state else ()),
        trust=not lied and (state is None or state.trust),
        terms=terms_hash(look.query.terms),
    )
    if look.window.lost:  # the rest must come next time, so nothing may say "unchanged"
        fresh = replace(fresh, etag="", modified="", hash="")
    return fresh.dump()


def _forward(look: _Look, state: State | None) -> Page:
    known = set(state.seen) if state else set()
    emptied = look.step.page == 1 and not look.ids
    if not known or emptied or _reaches(look, known, state) or _ended(look):
        return _page(look)
    older = _older(look, limit=_FORWARD_PAGES)
    if older is not None:
        return _page(look, older=older)
    newest = f" (newest {state.newest})" if state and state.newest else ""
    evidence = f"no item of the last window{newest} is in {_extent(look)}"
    return _page(look, gap=Gap("capped", evidence, to_at=look.reached))


def _reaches(look: _Look, known: set[str], state: State | None) -> bool:
    """Whether a window goes back to what was seen before.

    Its end must: a known item further up may be one that the site has pinned.
    """
    if known & set(look.ids[-1:]):
        return True
    newest = parse_time(state.newest) if state and state.newest else None
    return newest is not None and look.reached is not None and look.reached <= newest


def _back(look: _Look) -> Page:
    since = look.query.since
    if since is not None and look.reached is not None and look.reached <= since:
        return _page(look)
    if _ended(look):
        return replace(_page(look), reached=since or look.reached)
    older = _older(look, limit=_BACK_PAGES)
    if older is not None:
        return _page(look, older=older)
    evidence = f"the feed shows {_extent(look)} and nothing older"
    gap = Gap("capped", evidence, from_at=since, to_at=look.reached)
    return _page(look, gap=gap)


def _ended(look: _Look) -> bool:
    """Whether this is the last page of a feed that says itself how it pages."""
    step = look.step
    if step.page == 1 or not step.named or look.window.lost:
        return False
    return not look.ids or _older_url(look) == (None, False)


def _extent(look: _Look) -> str:
    pages = look.step.page
    return "the present window" if pages == 1 else f"the newest {pages} pages"


def _page(
    look: _Look, *, older: httpx.Request | None = None, gap: Gap | None = None
) -> Page:
    return Page(
        posts=look.items.posts,
        rejected=look.items.rejected,
        skipped=look.items.skipped,
        next=older,
        checkpoint=look.step.checkpoint,
        reached=look.reached,
        gap=gap,
        vouches="overlapping",
    )


def _past_the_end(query: Query, step: _Step) -> Page:
    """WordPress answers 404 after its last page; others do so to any unknown page."""
    gap = None
    if not step.named:
        since = query.since if query.walk == "back" else None
        evidence = "the feed shows no older page"
        gap = Gap("capped", evidence, from_at=since, to_at=step.reached)
    whole = query.walk == "back" and step.named
    return Page(
        checkpoint=step.checkpoint,
        reached=(query.since or step.reached) if whole else step.reached,
        gap=gap,
        vouches="overlapping",
    )


def _older(look: _Look, *, limit: int) -> httpx.Request | None:
    """The request for the page before this one; None where paging ends.

    A server that ignores the page number answers with the window that came before.
    """
    step = look.step
    if step.page >= limit or not look.ids or set(look.ids) <= set(step.ids):
        return None
    url, named = _older_url(look)
    if url is None:
        return None
    following = _Step(
        page=step.page + 1,
        checkpoint=step.checkpoint,
        reached=look.reached,
        ids=look.ids,
        named=named,
    )
    headers = {"Accept": _ACCEPT}
    return httpx.Request(
        "GET", url, headers=headers, extensions={_EXTENSION: following}
    )


def _older_url(look: _Look) -> tuple[httpx.URL | None, bool]:
    """Where the older items are, and whether the feed said so itself."""
    here = httpx.URL(look.url)
    if look.window.next_url:
        return _sound_next(look.window.next_url, here), True
    wordpress = "wordpress" in look.window.generator.casefold()
    if wordpress or here.path.rstrip("/").endswith("/feed"):
        paged = str(_paged(look.url) + 1)
        return here.copy_set_param("paged", paged), wordpress
    return None, False


def _sound_next(address: str, here: httpx.URL) -> httpx.URL | None:
    """A feed may send us on within its own host only, and not from https to http."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError):
        return None
    schemes = {here.scheme, "https"}
    fit = url.scheme in schemes and (url.host, url.port) == (here.host, here.port)
    return url if fit and url != here else None


def _paged(url: str) -> int:
    """Which page of a WordPress feed an address asks for; 1 where it names none."""
    number = httpx.QueryParams(urlsplit(url).query).get("paged", "")
    sound = number.isascii() and number.isdigit() and len(number) < 6
    return max(int(number), 1) if sound else 1


COLLECTOR: RequestCollector = Feed()
