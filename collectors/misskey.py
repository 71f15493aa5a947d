"""Misskey's hashtag search, and that of its forks: POST requests with a JSON body.

`untilId` pages down; ids are in the order in which the server got the notes. Traps and
field map: platforms.md section 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, Literal

import httpx

from collectors import _newest_first
from collectors._asking import (
    address_faults,
    first_known,
    gone,
    known_of,
    next_known,
)
from collectors._json import bad, decode, local_id, mapping, mappings
from collectors._misskey_posts import name, published_at, to_post, unwanted
from collectors.base import (
    NOTHING,
    BadPayload,
    Card,
    Denied,
    Duties,
    Known,
    Pace,
    Page,
    Post,
    Probe,
    Query,
    RateLimited,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
    normal_tag,
)
from collectors.text import words

LIMIT = 100
# A note of another server has that server's time, and arrives when it arrives.
OVERLAP = timedelta(hours=2)
_EXAMPLE = "https://misskey.io"
_CLOSED = {"CREDENTIAL_REQUIRED", "ACCESS_DENIED", "AUTHENTICATION_FAILED"}


class Misskey:
    """See `collectors.base.RequestCollector`, `Explains` and `Probes`."""

    slug: ClassVar[str] = "misskey"
    docs: ClassVar[str] = "https://misskey-hub.net/en/docs/for-developers/api/"
    card: ClassVar[Card] = Card(
        name="Misskey",
        access="open",
        gives="hashtags of Misskey, Sharkey and their kin, with reactions",
        needs="nothing",
    )
    duties: ClassVar[Duties] = Duties(
        why="each server has rules of its own; keep to them"
    )
    pace: ClassVar[Pace] = Pace(requests=20, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, _EXAMPLE)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request. Ids hold no time that can be made: all begin now."""
        if query.walk == "recheck":
            return first_known(query, _note)
        return _search(query, query.checkpoint if query.walk == "back" else None)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _recheck(response, query)
        return _page(response, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """What Misskey's error codes mean. Raises Denied and RateLimited."""
        code = _code(response)
        if code in _CLOSED or response.status_code in {401, 403}:
            raise Denied("this server shows hashtags to members only; use another")
        if code == "RATE_LIMIT_EXCEEDED":
            raise RateLimited("the server asks for a pause (RATE_LIMIT_EXCEEDED)")
        if query.walk == "recheck" and code == "NO_SUCH_NOTE":
            return gone(response, query, _note)
        return None

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """What the server says of itself."""
        base = str(settings.get("base_url", "")).rstrip("/")
        return httpx.Request("POST", f"{base}/api/meta", json={"detail": False})

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],  # noqa: ARG002
        so_far: Probe | None,  # noqa: ARG002
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        host = response.request.url.host
        try:
            meta = mapping(decode(response)) if response.is_success else NOTHING
        except BadPayload:
            meta = NOTHING
        version = words(meta.get("version"))
        if version is None:
            return Probe("closed", f"{host} does not answer as a Misskey server does")
        facts = {"version": version}
        shown = mapping(meta.get("policies")).get("ugcVisibilityForVisitor")
        shown = shown or meta.get("ugcVisibilityForVisitor")
        if shown == "none":
            return Probe("login", f"{host} shows notes to members only", facts)
        if shown == "local":
            return Probe("limited", f"{host} shows visitors its own notes only", facts)
        return Probe("open", f"Misskey or kin, {version}", facts)


def _code(response: httpx.Response) -> str | None:
    try:
        return words(mapping(mapping(decode(response)).get("error")).get("code"))
    except BadPayload:
        return None


def _search(query: Query, until_id: str | None) -> httpx.Request:
    body: dict[str, Any] = {"tag": normal_tag(query.terms[0].value), "limit": LIMIT}
    if until_id:
        body["untilId"] = until_id
    return httpx.Request("POST", f"{query.base_url}/api/notes/search-by-tag", json=body)


def _page(response: httpx.Response, query: Query) -> Page:
    notes = decode(response)
    if not isinstance(notes, list):
        raise bad(response, "a list of notes was due")

    def wanted(note: Mapping[str, Any]) -> Post | str:
        return unwanted(note) or to_post(note, query.base_url)

    items = _newest_first.read(notes, wanted, name=name, time=published_at)
    ids = [here for here in (local_id(n.get("id")) for n in mappings(notes)) if here]
    if notes and not ids:
        raise bad(response, "none of the notes has an id")
    # A short page is no end: notes that visitors may not see are left out of it.
    older = _search(query, ids[-1]) if ids else None
    cursor = ids[-1] if ids else query.checkpoint
    return _newest_first.page(items, query, older, overlap=OVERLAP, cursor=cursor)


def _note(query: Query, known: Known) -> httpx.Request | None:
    if not known.local_id:
        return None
    address = f"{query.base_url}/api/notes/show"
    return httpx.Request("POST", address, json={"noteId": known.local_id})


def _recheck(response: httpx.Response, query: Query) -> Page:
    note = mapping(decode(response))
    if name(note) is None:
        raise bad(response, "a note was due")

    follows = next_known(response, query, _note)
    known = known_of(response, query)
    if known is not None and unwanted(note) is not None:
        # Its author has shut it away from the public: as good as taken back.
        return Page(deletions=(known.uri,), next=follows)
    items = _newest_first.read(
        [note], lambda one: to_post(one, query.base_url), name=name, time=published_at
    )
    return Page(posts=items.posts, rejected=items.rejected, next=follows)


COLLECTOR: RequestCollector = Misskey()
