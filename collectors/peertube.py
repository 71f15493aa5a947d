"""PeerTube's videos, by a server's own search or by Sepia Search, the index of many.

A hashtag is looked for twice in one walk: as a tag, where the server's word is taken, and
as a word, where title and description must hold it. Traps and field map: platforms.md
section 9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any, ClassVar, Literal
from urllib.parse import urlencode, urlsplit

import httpx

from collectors import _newest_first
from collectors._asking import (
    address_faults,
    facts_of,
    first_known,
    gone,
    keeping,
    kept,
    next_known,
    number,
    then,
)
from collectors._json import bad, decode, mapping
from collectors._matching import names
from collectors._peertube_posts import name, published_at, to_post
from collectors.base import (
    NOTHING,
    BadPayload,
    Card,
    Duties,
    Known,
    Pace,
    Page,
    Post,
    Probe,
    Query,
    RequestCollector,
    SecretSpec,
    TermKind,
    Walk,
    normal_tag,
)
from collectors.text import words

SEPIA = "https://sepiasearch.org"
COUNT = 100
# The index learns of a video hours after its server.
OVERLAP = timedelta(hours=12)


class PeerTube:
    """See `collectors.base.RequestCollector`, `Explains` and `Probes`."""

    slug: ClassVar[str] = "peertube"
    docs: ClassVar[str] = "https://docs.joinpeertube.org/api-rest-reference.html"
    card: ClassVar[Card] = Card(
        name="PeerTube",
        access="open",
        gives="videos of one server, or of about a thousand through Sepia Search",
        needs="nothing",
        base_url=SEPIA,
    )
    duties: ClassVar[Duties] = Duties(
        why="each server has rules of its own, each video its licence"
    )
    pace: ClassVar[Pace] = Pace(requests=20, per_s=60)
    scope: ClassVar[Literal["term", "source"]] = "term"
    kinds: ClassVar[frozenset[TermKind]] = frozenset({"hashtag", "phrase"})
    secrets: ClassVar[tuple[SecretSpec, ...]] = ()
    settings: ClassVar[Mapping[str, str]] = NOTHING

    def check(self, settings: Mapping[str, Any]) -> list[str]:
        """What is wrong with a source's settings, as sentences."""
        return address_faults(settings, SEPIA)

    def walks(self, settings: Mapping[str, Any]) -> Sequence[Walk]:  # noqa: ARG002
        """All four."""
        return ("forward", "back", "settle", "recheck")

    def first(self, query: Query) -> httpx.Request:
        """The walk's first request."""
        if query.walk == "recheck":
            return first_known(query, _video)
        tagged = query.terms[0].kind == "hashtag"
        return _search(query, "tag" if tagged else "word", 0)

    def parse(self, response: httpx.Response, query: Query) -> Page:
        """Total: for any bytes a Page, or BadPayload."""
        if query.walk == "recheck":
            return _recheck(response, query)
        return _page(response, query)

    def explain(self, response: httpx.Response, query: Query) -> Page | None:
        """A known video that is not there any more; None for the usual rules."""
        missing = response.status_code in {403, 404, 410}
        if query.walk == "recheck" and missing:
            return gone(response, query, _video)
        return None

    def probe(self, settings: Mapping[str, Any]) -> httpx.Request:
        """What the server says of itself."""
        base = str(settings.get("base_url", "")).rstrip("/")
        return httpx.Request("GET", f"{base}/api/v1/config")

    def learn(
        self,
        response: httpx.Response,
        settings: Mapping[str, Any],  # noqa: ARG002
        so_far: Probe | None,  # noqa: ARG002
    ) -> Probe:
        """What the answer told; total, whatever the status or the bytes."""
        host = response.request.url.host
        try:
            config = mapping(decode(response)) if response.is_success else NOTHING
        except BadPayload:
            config = NOTHING
        if "searchInstanceName" in config:
            return Probe("open", "an index of many servers", {"software": "index"})
        version = words(config.get("serverVersion"))
        if version is None:
            return Probe("closed", f"{host} does not answer as a PeerTube server does")
        facts = {"software": "peertube", "version": version}
        return Probe("open", f"PeerTube {version}", facts)


def _search(query: Query, part: str, start: int) -> httpx.Request:
    term = query.terms[0]
    params = {
        "tagsOneOf" if part == "tag" else "search": (
            normal_tag(term.value) if part == "tag" else term.value
        ),
        "sort": "-publishedAt",
        "nsfw": "both",
        "count": str(COUNT),
        "start": str(start),
    }
    if floor := _newest_first.floor(query, OVERLAP):
        params["startDate"] = floor.astimezone(UTC).isoformat()
    if query.walk == "back" and query.until is not None:
        params["endDate"] = query.until.astimezone(UTC).isoformat()
    address = f"{query.base_url}/api/v1/search/videos?{urlencode(params)}"
    return keeping(httpx.Request("GET", address), part=part, start=start)


def _page(response: httpx.Response, query: Query) -> Page:
    videos = mapping(decode(response)).get("data")
    if not isinstance(videos, list):
        raise bad(response, "a list of videos was due")
    at = kept(response)
    part, start = at.get("part", "word"), number(at.get("start"))

    def wanted(video: Mapping[str, Any]) -> Post | str:
        post = to_post(video)
        by_tag = part == "tag"
        return post if by_tag or names(post, query.terms) else "no term matched"

    items = _newest_first.read(videos, wanted, name=name, time=published_at)
    older = None
    if len(videos) >= COUNT:
        older = _search(query, part, start + COUNT)
    page = _newest_first.page(items, query, older, overlap=OVERLAP)
    return then(page, _search(query, "word", 0) if part == "tag" else None)


def _video(query: Query, known: Known) -> httpx.Request | None:
    """A video's own page; an index has none, so its server is asked."""
    if not known.local_id:
        return None
    base = query.base_url
    if facts_of(query.settings).get("software") == "index" or base == SEPIA:
        parts = urlsplit(known.uri)
        base = f"{parts.scheme}://{parts.netloc}"
    return httpx.Request("GET", f"{base}/api/v1/videos/{known.local_id}")


def _recheck(response: httpx.Response, query: Query) -> Page:
    video = mapping(decode(response))
    if name(video) is None:
        raise bad(response, "a video was due")
    items = _newest_first.read([video], to_post, name=name, time=published_at)
    follows = next_known(response, query, _video)
    return Page(posts=items.posts, rejected=items.rejected, next=follows)


COLLECTOR: RequestCollector = PeerTube()
